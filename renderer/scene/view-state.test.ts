import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bedFor } from './bed-size.ts';
import { planScale } from './layer-canvas.tsx';
import { clock } from './layer-table.tsx';
import { createNozzleFeed, type Glide, glideAt, nextGlide } from './nozzle-feed.ts';
import { parseColour, rampColour } from './palette.ts';

describe('the bed', () => {
  it('is whole 50 mm wide, with room around the model', () => {
    expect(bedFor({ x: 20, y: 30 })).toEqual({ x: 100, y: 100 });
    expect(bedFor({ x: 200, y: 81 })).toEqual({ x: 250, y: 150 });
  });
});

describe('the plan of a layer', () => {
  it('holds the whole area, upright and undistorted', () => {
    const size = fc.integer({ min: 20, max: 1000 });
    const origin = fc.integer({ min: -50, max: 300 });
    fc.assert(
      fc.property(origin, origin, size, size, size, size, (minX, minY, x, y, width, height) => {
        const area = { minX, minY, maxX: minX + x, maxY: minY + y };
        const { scale, left, bottom } = planScale(area, width + 40, height + 40);
        expect(left + area.minX * scale).toBeGreaterThanOrEqual(-0.001);
        expect(left + area.maxX * scale).toBeLessThanOrEqual(width + 40.001);
        expect(bottom - area.maxY * scale).toBeGreaterThanOrEqual(-0.001);
        expect(bottom - area.minY * scale).toBeLessThanOrEqual(height + 40.001);
      }),
    );
  });
});

describe('the nozzle between two pieces of news', () => {
  it('glides over the time that lay between them', () => {
    const first = nextGlide(undefined, { moves: 100, atMs: 1000 });
    expect(glideAt(first, 5000)).toBe(100);
    const second = nextGlide(first, { moves: 200, atMs: 1250 });
    expect([glideAt(second, 1250), glideAt(second, 1375), glideAt(second, 9000)]).toEqual([100, 150, 200]);
  });

  it('jumps where another job began', () => {
    const first = nextGlide(undefined, { moves: 5000, atMs: 1000 });
    expect(glideAt(nextGlide(first, { moves: 3, atMs: 1200 }), 1200)).toBe(3);
  });

  it('never runs ahead of the news, nor back', () => {
    const news = fc.record({ step: fc.nat({ max: 400 }), pauseMs: fc.integer({ min: 1, max: 3000 }) });
    fc.assert(
      fc.property(fc.array(news, { maxLength: 30 }), (steps) => {
        let glide: Glide | undefined;
        let moves = 0;
        let atMs = 0;
        let shown = 0;
        for (const { step, pauseMs } of steps) {
          moves += step;
          atMs += pauseMs;
          glide = nextGlide(glide, { moves, atMs });
          for (const part of [0, 0.3, 0.7, 1]) {
            const now = glideAt(glide, atMs + pauseMs * part);
            expect(now).toBeGreaterThanOrEqual(shown - 1e-6);
            expect(now).toBeLessThanOrEqual(moves + 1e-6);
            if (part < 1) shown = now;
          }
          shown = glideAt(glide, atMs);
        }
      }),
    );
  });

  it('tells its listeners until they leave', () => {
    const feed = createNozzleFeed();
    let told = 0;
    const leave = feed.subscribe(() => told++);
    feed.push({ moves: 1, atMs: 0 });
    leave();
    feed.push({ moves: 2, atMs: 1 });
    expect([told, feed.latest()?.moves]).toEqual([1, 2]);
  });
});

describe('colours and clocks', () => {
  it('reads colours and treats anything else as black', () => {
    expect(parseColour('#Ff8000')).toEqual([255, 128, 0]);
    expect(parseColour('url(x)')).toEqual([0, 0, 0]);
  });

  it('ramps from end to end and survives anything', () => {
    expect(rampColour(0)).toEqual([72, 32, 110]);
    expect(rampColour(1)).toEqual([240, 220, 50]);
    expect(rampColour(Number.NaN)).toEqual(rampColour(0));
    expect(rampColour(7)).toEqual(rampColour(1));
  });

  it('counts minutes and seconds', () => {
    expect([clock(0), clock(59.6), clock(245)]).toEqual(['0:00', '1:00', '4:05']);
  });
});
