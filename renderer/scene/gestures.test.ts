import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dragMove, pinchMoves, wheelFactor, zoomMove } from './gestures.ts';
import { keyMove } from './viewport.tsx';

const BOX = { left: 100, top: 50, width: 800, height: 400 };

describe('a drag', () => {
  it('turns once around over the height of the view, and pans by what it was dragged', () => {
    expect(dragMove('turn', { x: 400, y: 0 }, 400)).toMatchObject({ azimuth: -2 * Math.PI });
    expect(dragMove('pan', { x: 40, y: 20 }, 400)).toEqual({ move: 'pan', right: -0.1, up: 0.05 });
  });
});

describe('the wheel', () => {
  it('zooms to where the pointer is', () => {
    expect(zoomMove(2, { x: 100, y: 50 }, BOX)).toEqual({ move: 'zoom', factor: 2, x: -1, y: 1 });
    expect(zoomMove(2, { x: 500, y: 250 }, BOX)).toEqual({ move: 'zoom', factor: 2, x: 0, y: 0 });
  });

  it('nears and leaves by the same amount, in pixels and in lines, and never jumps', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.constantFrom(0, 1),
        fc.boolean(),
        (deltaY, deltaMode, ctrlKey) => {
          const there = wheelFactor({ deltaY, deltaMode, ctrlKey });
          const back = wheelFactor({ deltaY: -deltaY, deltaMode, ctrlKey });
          expect(there * back).toBeCloseTo(1, 9);
          expect(there).toBeGreaterThan(0.01);
          expect(there).toBeLessThan(100);
        },
      ),
    );
    expect(wheelFactor({ deltaY: -100, deltaMode: 0, ctrlKey: false })).toBeGreaterThan(1);
  });
});

describe('two fingers', () => {
  it('zoom by how far they part, and move the picture with their middle', () => {
    const moves = pinchMoves(
      [
        { x: 200, y: 100 },
        { x: 400, y: 100 },
      ],
      [
        { x: 200, y: 140 },
        { x: 600, y: 140 },
      ],
      BOX,
    );
    expect(moves).toEqual([
      { move: 'pan', right: -0.25, up: 0.1 },
      { move: 'zoom', factor: 2, x: -0.25, y: 0.55 },
    ]);
  });
});

describe('the keyboard', () => {
  const key = (name: string, shiftKey = false) => keyMove({ key: name, shiftKey });

  it('turns, moves, zooms and chooses sides', () => {
    expect(key('ArrowUp')).toMatchObject({ move: 'turn', azimuth: 0 });
    expect(key('ArrowLeft', true)).toMatchObject({ move: 'pan', up: 0 });
    expect(key('+')).toMatchObject({ move: 'zoom', x: 0, y: 0 });
    expect([key('f'), key('1'), key('3')]).toEqual([
      { move: 'view', view: 'home' },
      { move: 'view', view: 'top' },
      { move: 'view', view: 'side' },
    ]);
  });

  it('leaves other keys to the page', () => {
    expect([key('Tab'), key('Enter'), key('constructor'), key('9')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
