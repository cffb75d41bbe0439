// A depth-buffered triangle rasteriser over typed arrays: for thumbnails and their shadow maps. Depth is larger when nearer
// and linear on the screen (1/distance, or distance to a light); attributes are interpolated alike.

export type RasterTarget = {
  readonly width: number;
  readonly height: number;
  /** -Infinity where nothing is drawn. */
  readonly depth: Float32Array;
  /** Normal of the nearest surface, x, y, z a pixel; undefined where only depth matters. */
  readonly normals: Float32Array | undefined;
};

export function createRasterTarget(width: number, height: number, withNormals: boolean): RasterTarget {
  return {
    width,
    height,
    depth: new Float32Array(width * height).fill(Number.NEGATIVE_INFINITY),
    normals: withNormals ? new Float32Array(width * height * 3) : undefined,
  };
}

/** Three corners: screen x, y, depth each, and the normal at each. Reused for every triangle. */
export type RasterTriangle = {
  readonly screen: Float64Array;
  readonly normals: Float64Array;
};

export function createRasterTriangle(): RasterTriangle {
  return { screen: new Float64Array(9), normals: new Float64Array(9) };
}

/** Draws the pixels whose centres the triangle covers, from either side. */
export function drawTriangle(target: RasterTarget, { screen, normals }: RasterTriangle): void {
  const [ax, ay, az] = [screen[0] as number, screen[1] as number, screen[2] as number];
  const [bx, by, bz] = [screen[3] as number, screen[4] as number, screen[5] as number];
  const [cx, cy, cz] = [screen[6] as number, screen[7] as number, screen[8] as number];
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  if (area === 0 || !Number.isFinite(area)) return;
  const { width, height, depth } = target;
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  const inverse = 1 / area;
  // Barycentric weights of b and c grow linearly along a row.
  const stepB = (cy - ay) * inverse;
  const stepC = -(by - ay) * inverse;
  for (let y = top; y <= bottom; y++) {
    const py = y + 0.5 - ay;
    const px = left + 0.5 - ax;
    let wb = (px * (cy - ay) - py * (cx - ax)) * inverse;
    let wc = (py * (bx - ax) - px * (by - ay)) * inverse;
    for (let x = left; x <= right; x++, wb += stepB, wc += stepC) {
      const wa = 1 - wb - wc;
      if (wa < 0 || wb < 0 || wc < 0) continue;
      const at = y * width + x;
      const z = wa * az + wb * bz + wc * cz;
      if (z <= (depth[at] as number)) continue;
      depth[at] = z;
      if (target.normals === undefined) continue;
      for (let axis = 0; axis < 3; axis++) {
        target.normals[at * 3 + axis] =
          wa * (normals[axis] as number) +
          wb * (normals[axis + 3] as number) +
          wc * (normals[axis + 6] as number);
      }
    }
  }
}
