// Affine transforms of 3MF (core 1.3 section 3.3): twelve numbers, rows of a 4×3 matrix, points are row vectors on the
// left. The last row is the translation, in millimetres.

/** m00 m01 m02 m10 m11 m12 m20 m21 m22 m30 m31 m32 */
export type Transform = readonly number[];

export const IDENTITY: Transform = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

/** First `inner`, then `outer`. */
export function multiplyTransforms(inner: Transform, outer: Transform): Transform {
  const product: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = row === 3 ? (outer[9 + column] as number) : 0;
      for (let k = 0; k < 3; k++) sum += (inner[row * 3 + k] as number) * (outer[k * 3 + column] as number);
      product.push(sum);
    }
  }
  return product;
}

function determinant(m: Transform): number {
  const [a, b, c, d, e, f, g, h, i] = m as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

type Source = { readonly positions: Float32Array; readonly indices: Uint32Array };

/** Writes the transformed mesh into the targets; a mirroring transform also turns the triangles, so outside stays out. */
export function transformMesh(
  source: Source,
  transform: Transform,
  positions: Float32Array,
  floatAt: number,
  indices: Uint32Array,
  cornerAt: number,
): void {
  const m = transform as readonly number[];
  const [m00, m01, m02] = [m[0] as number, m[1] as number, m[2] as number];
  const [m10, m11, m12] = [m[3] as number, m[4] as number, m[5] as number];
  const [m20, m21, m22] = [m[6] as number, m[7] as number, m[8] as number];
  const [m30, m31, m32] = [m[9] as number, m[10] as number, m[11] as number];
  for (let i = 0; i < source.positions.length; i += 3) {
    const x = source.positions[i] as number;
    const y = source.positions[i + 1] as number;
    const z = source.positions[i + 2] as number;
    positions[floatAt + i] = x * m00 + y * m10 + z * m20 + m30;
    positions[floatAt + i + 1] = x * m01 + y * m11 + z * m21 + m31;
    positions[floatAt + i + 2] = x * m02 + y * m12 + z * m22 + m32;
  }
  const base = floatAt / 3;
  const mirrored = determinant(transform) < 0;
  for (let i = 0; i < source.indices.length; i += 3) {
    indices[cornerAt + i] = base + (source.indices[i] as number);
    indices[cornerAt + i + 1] = base + (source.indices[i + (mirrored ? 2 : 1)] as number);
    indices[cornerAt + i + 2] = base + (source.indices[i + (mirrored ? 1 : 2)] as number);
  }
}
