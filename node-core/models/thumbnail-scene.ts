// Camera, lights and buffers of one thumbnail. World: millimetres, z up, the part's box centred at the origin.
// View: x right, y up, distance from the camera along its axis.

import type { Mesh } from './mesh.ts';
import { createRasterTarget, type RasterTarget } from './raster.ts';
import { cross, normalise, type Vector3 } from './vector.ts';

export type SceneOptions = {
  /** In samples. */
  readonly width: number;
  readonly height: number;
  readonly azimuth: number;
  readonly elevation: number;
  /** Linear light. */
  readonly colour: Vector3;
};

export type Scene = {
  readonly colour: Vector3;
  readonly centre: Vector3;
  /** Half the diagonal of the box. */
  readonly radius: number;
  /** Height of the ground under the part. */
  readonly groundZ: number;
  /** From the part towards the camera, and the camera's right and up. */
  readonly toCamera: Vector3;
  readonly right: Vector3;
  readonly up: Vector3;
  readonly cameraDistance: number;
  /** Samples per tangent, and where the camera's axis meets the picture. */
  readonly scale: number;
  readonly originX: number;
  readonly originY: number;
  readonly target: RasterTarget;
  /** Towards the key light, and the two axes of its shadow map. */
  readonly toLight: Vector3;
  readonly lightRight: Vector3;
  readonly lightUp: Vector3;
  /** Shadow map: samples per millimetre, and the position of its first sample. */
  readonly shadow: RasterTarget;
  readonly shadowScale: number;
  readonly shadowLeft: number;
  readonly shadowTop: number;
};

/** Distance of the camera in radii: a long lens, so that the part is hardly distorted. */
const CAMERA_RADII = 5;
/** Part of the picture that the part fills; the rest is room for its shadow. */
const FILL = 0.84;
const SHADOW_SIDE = 1024;

export function createScene(mesh: Mesh, options: SceneOptions): Scene {
  const { low, high } = bounds(mesh.positions);
  const centre: Vector3 = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
  const radius = Math.max(1e-6, Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2);
  const { azimuth, elevation } = options;
  const toCamera: Vector3 = [
    Math.cos(elevation) * Math.sin(azimuth),
    -Math.cos(elevation) * Math.cos(azimuth),
    Math.sin(elevation),
  ];
  const right = normalise(cross([0, 0, 1], toCamera));
  const up = cross(toCamera, right);
  // Over the photographer's left shoulder, high.
  const toLight = normalise([
    toCamera[0] * 0.55 - right[0] * 0.75,
    toCamera[1] * 0.55 - right[1] * 0.75,
    1.15,
  ]);
  const lightRight = normalise(cross([0, 0, 1], toLight));
  const lightUp = cross(toLight, lightRight);
  const base = { centre, radius, toCamera, right, up, cameraDistance: radius * CAMERA_RADII };
  const frame = fitFrame(mesh.positions, base, options);
  const light = fitShadow(mesh.positions, centre, lightRight, lightUp);
  return {
    ...base,
    ...frame,
    ...light,
    colour: options.colour,
    groundZ: low[2] - centre[2],
    target: createRasterTarget(options.width, options.height, true),
    toLight,
    lightRight,
    lightUp,
    shadow: createRasterTarget(SHADOW_SIDE, SHADOW_SIDE, false),
  };
}

type Triple = [number, number, number];

function bounds(positions: Float32Array): { readonly low: Triple; readonly high: Triple } {
  const low: Triple = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high: Triple = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    const value = positions[i] as number;
    if (value < low[axis]) low[axis] = value;
    if (value > high[axis]) high[axis] = value;
  }
  return positions.length === 0 ? { low: [0, 0, 0], high: [0, 0, 0] } : { low, high };
}

type Camera = Pick<Scene, 'centre' | 'toCamera' | 'right' | 'up' | 'cameraDistance'>;

/** Scale and origin by which all vertices, seen in perspective, fill the middle of the picture. */
function fitFrame(positions: Float32Array, camera: Camera, { width, height }: SceneOptions) {
  let [left, rightmost, bottom, top] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  const { centre, toCamera, right, up, cameraDistance } = camera;
  for (let i = 0; i < positions.length; i += 3) {
    const x = (positions[i] as number) - centre[0];
    const y = (positions[i + 1] as number) - centre[1];
    const z = (positions[i + 2] as number) - centre[2];
    const distance = cameraDistance - (x * toCamera[0] + y * toCamera[1] + z * toCamera[2]);
    const u = (x * right[0] + y * right[1] + z * right[2]) / distance;
    const v = (x * up[0] + y * up[1] + z * up[2]) / distance;
    if (u < left) left = u;
    if (u > rightmost) rightmost = u;
    if (v < bottom) bottom = v;
    if (v > top) top = v;
  }
  const spanX = Math.max(1e-9, rightmost - left);
  const spanY = Math.max(1e-9, top - bottom);
  const scale = Math.min((width * FILL) / spanX, (height * FILL) / spanY);
  return {
    scale,
    originX: width / 2 - ((left + rightmost) / 2) * scale,
    // A little above the middle: the shadow falls below.
    originY: height * 0.485 + ((bottom + top) / 2) * scale,
  };
}

function fitShadow(positions: Float32Array, centre: Vector3, lightRight: Vector3, lightUp: Vector3) {
  let [left, rightmost, bottom, top] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (let i = 0; i < positions.length; i += 3) {
    const x = (positions[i] as number) - centre[0];
    const y = (positions[i + 1] as number) - centre[1];
    const z = (positions[i + 2] as number) - centre[2];
    const u = x * lightRight[0] + y * lightRight[1] + z * lightRight[2];
    const v = x * lightUp[0] + y * lightUp[1] + z * lightUp[2];
    if (u < left) left = u;
    if (u > rightmost) rightmost = u;
    if (v < bottom) bottom = v;
    if (v > top) top = v;
  }
  const span = Math.max(1e-9, rightmost - left, top - bottom);
  return {
    shadowScale: (SHADOW_SIDE - 4) / span,
    shadowLeft: left - span / 512,
    shadowTop: top + span / 512,
  };
}
