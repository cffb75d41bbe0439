// Cuts a flat polygon with any number of corners into triangles by ear clipping, in the plane of its Newell normal.
// Concave outlines come out right; a polygon that crosses itself still yields n-2 triangles, of no promised shape.

/** Triples of positions in `corners` (0 … n-1). `points` holds x, y, z of each corner in order. */
export function triangulatePolygon(points: Float64Array): number[] {
  const count = points.length / 3;
  if (count === 3) return [0, 1, 2];
  const [u, v] = projectFlat(points);
  const left = Array.from({ length: count }, (_, i) => i);
  const triangles: number[] = [];
  let at = 0;
  let failures = 0;
  while (left.length > 3) {
    const size = left.length;
    const before = left[(at + size - 1) % size] as number;
    const here = left[at % size] as number;
    const after = left[(at + 1) % size] as number;
    // Where no ear is left (crossing or collinear outline) corners are cut as they come, so that it always ends.
    if (failures >= size || isEar(u, v, left, before, here, after)) {
      triangles.push(before, here, after);
      left.splice(at % size, 1);
      at = at % size === 0 ? 0 : (at % size) - 1;
      failures = 0;
    } else {
      at = (at + 1) % size;
      failures++;
    }
  }
  triangles.push(left[0] as number, left[1] as number, left[2] as number);
  return triangles;
}

/** Drops the axis along which the polygon's normal is longest, keeping it counter-clockwise. */
function projectFlat(points: Float64Array): readonly [Float64Array, Float64Array] {
  const count = points.length / 3;
  let nx = 0;
  let ny = 0;
  let nz = 0;
  for (let i = 0; i < count; i++) {
    const a = i * 3;
    const b = ((i + 1) % count) * 3;
    const [ax, ay, az] = [points[a] as number, points[a + 1] as number, points[a + 2] as number];
    const [bx, by, bz] = [points[b] as number, points[b + 1] as number, points[b + 2] as number];
    nx += (ay - by) * (az + bz);
    ny += (az - bz) * (ax + bx);
    nz += (ax - bx) * (ay + by);
  }
  const largest = Math.max(Math.abs(nx), Math.abs(ny), Math.abs(nz));
  const drop = largest === Math.abs(nz) ? 2 : largest === Math.abs(ny) ? 1 : 0;
  const normal = drop === 2 ? nz : drop === 1 ? ny : nx;
  const first = (drop + 1) % 3;
  const second = (drop + 2) % 3;
  const u = new Float64Array(count);
  const v = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    u[i] = points[i * 3 + (normal < 0 ? second : first)] as number;
    v[i] = points[i * 3 + (normal < 0 ? first : second)] as number;
  }
  return [u, v];
}

function area2(u: Float64Array, v: Float64Array, a: number, b: number, c: number): number {
  const [au, av] = [u[a] as number, v[a] as number];
  return (
    ((u[b] as number) - au) * ((v[c] as number) - av) - ((v[b] as number) - av) * ((u[c] as number) - au)
  );
}

function isEar(
  u: Float64Array,
  v: Float64Array,
  left: readonly number[],
  before: number,
  here: number,
  after: number,
): boolean {
  if (area2(u, v, before, here, after) <= 0) return false;
  for (const other of left) {
    if (other === before || other === here || other === after) continue;
    // A corner at the very place of one of the ear's own (a bridge to a hole) does not spoil it.
    if (samePlace(u, v, other, before) || samePlace(u, v, other, here) || samePlace(u, v, other, after))
      continue;
    const inside =
      area2(u, v, before, here, other) >= 0 &&
      area2(u, v, here, after, other) >= 0 &&
      area2(u, v, after, before, other) >= 0;
    if (inside) return false;
  }
  return true;
}

function samePlace(u: Float64Array, v: Float64Array, a: number, b: number): boolean {
  return u[a] === u[b] && v[a] === v[b];
}
