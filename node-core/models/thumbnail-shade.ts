// Light on one sample of a thumbnail: surface or ground. Shadows and occlusion take few taps a sample, turned by a fixed
// noise from sample to sample; averaging the samples of a pixel smooths them.

import type { Scene } from './thumbnail-scene.ts';
import { dot, normalise, type Vector3 } from './vector.ts';

/** A pixel averages four samples, so it gets four times as many taps. */
const TAPS = 5;
const GROUND_TAPS = 8;
const GOLDEN_ANGLE = 2.399_963_229_728_653;
/** Of the part's radius. */
const OCCLUSION_RADIUS = 0.22;
const SHADOW_SOFTNESS = 0.035;
const GROUND_SOFTNESS = 0.1;
const SHADOW_BIAS = 0.012;

/** Jorge Jimenez' interleaved gradient noise: 0 … 1, even over every small neighbourhood. */
function noiseAt(x: number, y: number): number {
  const inner = (0.067_110_56 * x + 0.005_837_15 * y) % 1;
  return (52.982_918_9 * inner) % 1;
}

function worldAt(scene: Scene, x: number, y: number, distance: number): Vector3 {
  const { toCamera, right, up, cameraDistance, scale, originX, originY } = scene;
  const u = ((x + 0.5 - originX) / scale) * distance;
  const v = ((originY - y - 0.5) / scale) * distance;
  const w = cameraDistance - distance;
  return [
    right[0] * u + up[0] * v + toCamera[0] * w,
    right[1] * u + up[1] * v + toCamera[1] * w,
    right[2] * u + up[2] * v + toCamera[2] * w,
  ];
}

/** 0 in full light … 1 in full shadow. */
function shadowAt(scene: Scene, point: Vector3, softness: number, noise: number, taps: number): number {
  const { shadow, shadowScale, shadowLeft, shadowTop, toLight, lightRight, lightUp, radius } = scene;
  const depth = dot(point, toLight) + SHADOW_BIAS * radius;
  const centreX = (dot(point, lightRight) - shadowLeft) * shadowScale;
  const centreY = (shadowTop - dot(point, lightUp)) * shadowScale;
  let covered = 0;
  for (let tap = 0; tap < taps; tap++) {
    const angle = noise * 2 * Math.PI + tap * GOLDEN_ANGLE;
    const reach = Math.sqrt((tap + noise) / taps) * softness * radius * shadowScale;
    const x = Math.floor(centreX + Math.cos(angle) * reach);
    const y = Math.floor(centreY + Math.sin(angle) * reach);
    if (x < 0 || y < 0 || x >= shadow.width || y >= shadow.height) continue;
    if ((shadow.depth[y * shadow.width + x] as number) > depth) covered++;
  }
  return covered / taps;
}

/** 0 … 1 of the sky that the surface around hides (Alchemy's estimator: McGuire et al. 2011). */
function occlusionAt(
  scene: Scene,
  x: number,
  y: number,
  point: Vector3,
  normal: Vector3,
  noise: number,
): number {
  const { target, radius, scale, cameraDistance, right, up, toCamera, originX, originY } = scene;
  const reachMm = OCCLUSION_RADIUS * radius;
  const reach = (reachMm / cameraDistance) * scale;
  let hidden = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const angle = noise * 2 * Math.PI + tap * GOLDEN_ANGLE;
    const length = Math.max(1.5, ((tap + 0.5 + noise * 0.5) / TAPS) * reach);
    const sx = Math.round(x + Math.cos(angle) * length);
    const sy = Math.round(y + Math.sin(angle) * length);
    if (sx < 0 || sy < 0 || sx >= target.width || sy >= target.height) continue;
    const depth = target.depth[sy * target.width + sx] as number;
    if (depth === Number.NEGATIVE_INFINITY) continue;
    // worldAt, spelled out: this is the innermost loop.
    const distance = 1 / depth;
    const u = ((sx + 0.5 - originX) / scale) * distance;
    const v = ((originY - sy - 0.5) / scale) * distance;
    const w = cameraDistance - distance;
    const dx = right[0] * u + up[0] * v + toCamera[0] * w - point[0];
    const dy = right[1] * u + up[1] * v + toCamera[1] * w - point[1];
    const dz = right[2] * u + up[2] * v + toCamera[2] * w - point[2];
    const distance2 = dx * dx + dy * dy + dz * dz;
    const rise = dx * normal[0] + dy * normal[1] + dz * normal[2] - 0.008 * radius;
    if (rise <= 0) continue;
    const fade = 1 / (1 + distance2 / (reachMm * reachMm));
    hidden += (rise / Math.sqrt(distance2)) * fade;
  }
  // The ground hides the lower half of what is near it.
  const height = Math.max(0, point[2] - scene.groundZ) / radius;
  const ground = 0.35 * (0.5 - normal[2] / 2) * Math.exp(-height * 4);
  return Math.min(1, (hidden / TAPS) * 1.9 + ground);
}

/** Writes the linear light that the surface at a covered sample sends to the camera. */
export function shadeSurface(scene: Scene, x: number, y: number, into: [number, number, number]): void {
  const { target, toCamera, toLight, colour, right, up } = scene;
  const at = y * target.width + x;
  const point = worldAt(scene, x, y, 1 / (target.depth[at] as number));
  const normals = target.normals as Float32Array;
  let normal = normalise([
    normals[at * 3] as number,
    normals[at * 3 + 1] as number,
    normals[at * 3 + 2] as number,
  ]);
  // Open surfaces are seen from behind too.
  if (dot(normal, toCamera) < -0.15) normal = [-normal[0], -normal[1], -normal[2]];
  const noise = noiseAt(x, y);
  const facing = Math.max(0, dot(normal, toLight));
  const light = facing === 0 ? 0 : facing * (1 - 0.85 * shadowAt(scene, point, SHADOW_SOFTNESS, noise, TAPS));
  const open = 1 - occlusionAt(scene, x, y, point, normal, noise);
  const sky = 0.5 + 0.5 * normal[2];
  const fill = Math.max(0, dot(normal, right) * 0.75 + dot(normal, toCamera) * 0.45);
  const rim = (1 - Math.max(0, dot(normal, toCamera))) ** 3 * Math.max(0, 0.4 + dot(normal, up));
  const half = normalise([toLight[0] + toCamera[0], toLight[1] + toCamera[1], toLight[2] + toCamera[2]]);
  const gloss = light > 0 ? Math.max(0, dot(normal, half)) ** 36 * 0.1 * light : 0;
  for (let channel = 0; channel < 3; channel++) {
    // Warm key, cool sky, warm bounce from the ground.
    const key = [1.0, 0.965, 0.91][channel] as number;
    const cool = [0.86, 0.93, 1.0][channel] as number;
    const warm = [1.0, 0.96, 0.9][channel] as number;
    const ambient = (0.34 * sky * cool + 0.14 * (1 - sky) * warm + 0.12 * fill * cool) * open;
    const lit = (colour[channel] as number) * (0.92 * light * key * (0.6 + 0.4 * open) + ambient);
    into[channel] = lit + gloss + 0.1 * rim * cool * open;
  }
}

/** Opacity of the black shadow on the ground at an uncovered sample. */
export function groundShade(scene: Scene, x: number, y: number): number {
  const { toCamera, right, up, cameraDistance, scale, originX, originY, groundZ, radius, target } = scene;
  const u = (x + 0.5 - originX) / scale;
  const v = (originY - y - 0.5) / scale;
  // Along the ray of this sample, per unit of distance, the height sinks by this.
  const sink = toCamera[2] - right[2] * u - up[2] * v;
  if (sink <= 1e-6) return 0;
  const distance = (cameraDistance * toCamera[2] - groundZ) / sink;
  const point = worldAt(scene, x, y, distance);
  if (Math.hypot(point[0], point[1]) > radius * 3) return 0;
  const noise = noiseAt(x, y);
  const cast = shadowAt(scene, point, GROUND_SOFTNESS, noise, GROUND_TAPS);
  if (cast === 0) return 0;
  const edge = Math.min(x, y, target.width - 1 - x, target.height - 1 - y) / (target.width * 0.07);
  const fade = Math.min(1, Math.max(0, edge));
  return 0.3 * cast * fade * fade * (3 - 2 * fade);
}
