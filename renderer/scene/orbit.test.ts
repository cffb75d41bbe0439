import fc from 'fast-check';
import { Box3, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { type CameraMove, fittingDistance, Orbit } from './orbit.ts';

const BOX = new Box3(new Vector3(20, 30, 0), new Vector3(80, 70, 40));

function createOrbit({ gliding = false, aspect = 1.5 } = {}): Orbit {
  const orbit = new Orbit();
  orbit.setGliding(gliding);
  orbit.setAspect(aspect);
  orbit.fit(BOX, 'home');
  return orbit;
}

function corners(box: Box3): Vector3[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map(
    (corner) =>
      new Vector3(
        corner & 1 ? box.max.x : box.min.x,
        corner & 2 ? box.max.y : box.min.y,
        corner & 4 ? box.max.z : box.min.z,
      ),
  );
}

function expectWhole(orbit: Orbit): void {
  for (const corner of corners(BOX)) {
    const seen = corner.project(orbit.camera);
    expect(Math.max(Math.abs(seen.x), Math.abs(seen.y))).toBeLessThanOrEqual(1.0001);
  }
}

/** Frames of a screen until the camera rests. */
function settle(orbit: Orbit, fromMs = 0): number {
  let frames = 0;
  while (orbit.tick(fromMs + frames * 16) && frames < 1000) frames++;
  return frames;
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const anyMove: fc.Arbitrary<CameraMove> = fc.oneof(
  fc.record({ move: fc.constant('turn' as const), azimuth: number(-9, 9), polar: number(-9, 9) }),
  fc.record({ move: fc.constant('pan' as const), right: number(-2, 2), up: number(-2, 2) }),
  fc.record({
    move: fc.constant('zoom' as const),
    factor: number(0.05, 20),
    x: number(-1, 1),
    y: number(-1, 1),
  }),
  fc.record({
    move: fc.constant('view' as const),
    view: fc.constantFrom('home' as const, 'top' as const, 'front' as const, 'side' as const),
  }),
);

describe('where a box fits into the picture', () => {
  it('has every corner of the box in it', () => {
    const side = fc.integer({ min: 1, max: 400 });
    const part = fc.integer({ min: -10, max: 10 });
    fc.assert(
      fc.property(
        fc.tuple(side, side, side),
        fc.tuple(part, part, part).filter((parts) => parts.some((one) => one !== 0)),
        fc.integer({ min: 3, max: 30 }),
        ([x, y, z], [dx, dy, dz], tenths) => {
          const { camera } = createOrbit({ aspect: tenths / 10 });
          const box = new Box3(new Vector3(0, 0, 0), new Vector3(x, y, z));
          const direction = new Vector3(dx, dy + 0.001, dz).normalize();
          const distance = fittingDistance(box, direction, tenths / 10);
          const centre = box.getCenter(new Vector3());
          camera.near = 0.01;
          camera.far = 100_000;
          camera.updateProjectionMatrix();
          camera.position.copy(centre).addScaledVector(direction, distance * 1.001);
          camera.lookAt(centre);
          camera.updateMatrixWorld();
          for (const corner of corners(box)) {
            const seen = corner.project(camera);
            expect(Math.max(Math.abs(seen.x), Math.abs(seen.y))).toBeLessThanOrEqual(1.0001);
          }
        },
      ),
    );
  });
});

describe('the camera', () => {
  it('shows everything from each side, with up upwards', () => {
    const orbit = createOrbit();
    for (const view of ['home', 'top', 'front', 'side'] as const) {
      orbit.move({ move: 'view', view });
      expectWhole(orbit);
      const up = new Vector3(50, view === 'top' ? 60 : 50, view === 'top' ? 20 : 30).project(orbit.camera);
      const down = new Vector3(50, view === 'top' ? 40 : 50, view === 'top' ? 20 : 10).project(orbit.camera);
      expect(up.y).toBeGreaterThan(down.y);
      expect(Math.abs(up.x - down.x)).toBeLessThan(0.001);
    }
  });

  it('keeps everything in a picture of other proportions, until it was moved by hand', () => {
    const orbit = createOrbit();
    orbit.setAspect(0.5);
    expectWhole(orbit);
    orbit.move({ move: 'turn', azimuth: 0.2, polar: 0 });
    const before = orbit.camera.position.clone();
    orbit.setAspect(2);
    expect(orbit.camera.position).toEqual(before);
  });

  it('drags what is under the pointer along, whichever way', () => {
    const orbit = createOrbit();
    const nearest = new Vector3(50, 30, 20);
    const before = nearest.clone().project(orbit.camera);
    orbit.move({ move: 'turn', azimuth: -0.1, polar: -0.1 });
    const turned = nearest.clone().project(orbit.camera);
    expect(turned.x).toBeGreaterThan(before.x);
    orbit.move({ move: 'pan', right: -0.1, up: 0 });
    expect(nearest.clone().project(orbit.camera).x).toBeGreaterThan(turned.x);
  });

  it('keeps the point under the cursor where it is while zooming', () => {
    fc.assert(
      fc.property(number(-1, 1), number(-1, 1), number(0.5, 2), (x, y, factor) => {
        const orbit = createOrbit();
        const { camera } = orbit;
        const centre = BOX.getCenter(new Vector3());
        const depth = centre.clone().project(camera).z;
        const under = new Vector3(x, y, depth).unproject(camera);
        orbit.move({ move: 'zoom', factor, x, y });
        const seen = under.clone().project(camera);
        expect(seen.x).toBeCloseTo(x, 6);
        expect(seen.y).toBeCloseTo(y, 6);
      }),
    );
  });

  it('arrives where it would be at once, gliding, and rests', () => {
    fc.assert(
      fc.property(fc.array(anyMove, { minLength: 1, maxLength: 8 }), (moves) => {
        const gliding = createOrbit({ gliding: true });
        const direct = createOrbit();
        for (const move of moves) {
          gliding.move(move);
          direct.move(move);
        }
        expect(settle(gliding)).toBeLessThan(200);
        expect(gliding.tick(99_999)).toBe(false);
        const apart = gliding.camera.position.distanceTo(direct.camera.position);
        expect(apart).toBeLessThan(0.001 * (1 + direct.camera.position.length()));
      }),
    );
  });

  it('stays finite and off the pole, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 30 }), (moves) => {
        const orbit = createOrbit();
        for (const move of moves) orbit.move(move);
        const { elements } = orbit.camera.matrixWorld;
        expect(elements.every(Number.isFinite)).toBe(true);
        // The way up never turns over.
        expect(elements[6]).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });

  it('takes a long pause between two frames as one step, not as a jump over the target', () => {
    const orbit = createOrbit({ gliding: true });
    orbit.move({ move: 'view', view: 'side' });
    orbit.tick(0);
    const target = BOX.getCenter(new Vector3());
    orbit.tick(60_000);
    expect(orbit.camera.position.x).toBeGreaterThan(target.x);
    settle(orbit, 60_016);
    expect(orbit.camera.position.y).toBeCloseTo(target.y, 1);
  });
});
