// The bundled samples. A wall hook for cables, 20 × 30 × 15 mm, that prints lying on its side without supports. A centre line is
// widened to a round-ended band, and the band is given height with chamfered edges. Dedicated to the public domain (CC0 1.0).

import type { Bytes } from '../base/index.ts';
import { Welder } from './mesh.ts';
import { encodeBinaryStl } from './stl.ts';

const HALF_THICKNESS_MM = 2;
const WIDTH_MM = 15;
const CHAMFER_MM = 0.8;
const BEND_RADIUS_MM = 8;
const PLATE_TOP_MM = 26;
const TIP_TOP_MM = 12;
const BEND_STEPS = 48;
const END_STEPS = 20;

type Point = readonly [number, number];

/** Centre line from the top of the plate, down, around the bend and up to the tip, with the direction at each point. */
function centreLine(): readonly { readonly at: Point; readonly along: Point }[] {
  const line: { at: Point; along: Point }[] = [{ at: [0, PLATE_TOP_MM], along: [0, -1] }];
  for (let step = 0; step <= BEND_STEPS; step++) {
    const angle = Math.PI + (Math.PI * step) / BEND_STEPS;
    line.push({
      at: [
        BEND_RADIUS_MM + BEND_RADIUS_MM * Math.cos(angle),
        BEND_RADIUS_MM + BEND_RADIUS_MM * Math.sin(angle),
      ],
      along: [-Math.sin(angle), Math.cos(angle)],
    });
  }
  line.push({ at: [2 * BEND_RADIUS_MM, TIP_TOP_MM], along: [0, 1] });
  return line;
}

/** Outline at a distance from the centre line, counter-clockwise: right side, round end, left side back, round end. */
function outline(distance: number): Point[] {
  const line = centreLine();
  const side = (sign: number) =>
    line.map(
      ({ at, along }): Point => [at[0] + sign * along[1] * distance, at[1] - sign * along[0] * distance],
    );
  const end = ({ at, along }: { at: Point; along: Point }, facing: number): Point[] => {
    const points: Point[] = [];
    for (let step = 1; step < END_STEPS; step++) {
      const angle = -Math.PI / 2 + (Math.PI * step) / END_STEPS;
      const [forward, sideways] = [facing * Math.cos(angle), facing * Math.sin(angle)];
      points.push([
        at[0] + distance * (along[0] * forward - along[1] * sideways),
        at[1] + distance * (along[1] * forward + along[0] * sideways),
      ]);
    }
    return points;
  };
  const first = line[0] as (typeof line)[number];
  const last = line[line.length - 1] as (typeof line)[number];
  return [...side(1), ...end(last, 1), ...side(-1).reverse(), ...end(first, -1)];
}

/** Triangles that fill the outline: a strip between the two sides, a fan in each round end. */
function fillOutline(): (readonly [number, number, number])[] {
  const count = BEND_STEPS + 3;
  const ring = 2 * count + 2 * (END_STEPS - 1);
  const left = (i: number) => count + (END_STEPS - 1) + (count - 1 - i);
  const triangles: (readonly [number, number, number])[] = [];
  for (let i = 0; i + 1 < count; i++) {
    triangles.push([i, i + 1, left(i + 1)], [i, left(i + 1), left(i)]);
  }
  for (let i = count; i < left(count - 1); i++) triangles.push([count - 1, i, i + 1]);
  for (let i = left(0); i + 1 < ring; i++) triangles.push([left(0), i + 1, (i + 2) % ring]);
  return triangles;
}

/** The sample as binary STL. */
export function createSampleModel(): Bytes {
  const welder = new Welder(1024);
  const corners: number[] = [];
  const slices = [
    { z: 0, distance: HALF_THICKNESS_MM - CHAMFER_MM },
    { z: CHAMFER_MM, distance: HALF_THICKNESS_MM },
    { z: WIDTH_MM - CHAMFER_MM, distance: HALF_THICKNESS_MM },
    { z: WIDTH_MM, distance: HALF_THICKNESS_MM - CHAMFER_MM },
  ];
  // Turned about, so that the opening faces whoever looks from the front.
  const rings = slices.map(({ z, distance }) =>
    outline(distance).map(([x, y]) => welder.add(2 * BEND_RADIUS_MM - x, PLATE_TOP_MM - y, z)),
  );
  const [bottom, top] = [rings[0] as number[], rings[rings.length - 1] as number[]];
  for (const [a, b, c] of fillOutline()) {
    corners.push(top[a] as number, top[b] as number, top[c] as number);
    corners.push(bottom[a] as number, bottom[c] as number, bottom[b] as number);
  }
  for (let slice = 0; slice + 1 < rings.length; slice++) {
    const [low, high] = [rings[slice] as number[], rings[slice + 1] as number[]];
    for (let i = 0; i < low.length; i++) {
      const next = (i + 1) % low.length;
      const [a, b, c, d] = [low[i], low[next], high[next], high[i]] as [number, number, number, number];
      corners.push(a, b, c, a, c, d);
    }
  }
  const indices = Uint32Array.from(corners);
  return encodeBinaryStl({ positions: welder.positions(), indices, triangles: indices.length / 3 });
}

/** An upright prism as binary STL: a plate, a post or a cap, by its measures. It stands on the ground at the origin. */
export function createPrism(sides: number, radiusMm: number, heightMm: number): Bytes {
  const welder = new Welder(4 * sides);
  const ring = (z: number) =>
    Array.from({ length: sides }, (_side, side) => {
      const angle = (2 * Math.PI * side) / sides;
      return welder.add(radiusMm * Math.cos(angle), radiusMm * Math.sin(angle), z);
    });
  const [bottom, top] = [ring(0), ring(heightMm)];
  const [below, above] = [welder.add(0, 0, 0), welder.add(0, 0, heightMm)];
  const corners: number[] = [];
  for (let side = 0; side < sides; side++) {
    const next = (side + 1) % sides;
    const [a, b, c, d] = [bottom[side], bottom[next], top[next], top[side]] as [
      number,
      number,
      number,
      number,
    ];
    corners.push(below, b, a, above, d, c, a, b, c, a, c, d);
  }
  const indices = Uint32Array.from(corners);
  return encodeBinaryStl({ positions: welder.positions(), indices, triangles: indices.length / 3 });
}
