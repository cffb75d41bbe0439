// A studio photograph of a mesh as PNG, in software: soft key light with shadow, sky and bounce light, ambient occlusion,
// transparent background, shadow on the ground. Deterministic up to the rounding of trigonometric functions.

import type { Bytes } from '../base/index.ts';
import type { Mesh } from './mesh.ts';
import { encodePng } from './png.ts';
import { drawMesh } from './thumbnail-draw.ts';
import { createScene, type Scene } from './thumbnail-scene.ts';
import { groundShade, shadeSurface } from './thumbnail-shade.ts';

export type ThumbnailOptions = {
  readonly width: number;
  readonly height: number;
  /** `#rrggbb` of the part. */
  readonly colour?: string;
  /** Direction of the camera around the vertical, 0 looking along +y; and above the horizon. */
  readonly azimuthDegrees?: number;
  readonly elevationDegrees?: number;
};

const COLOUR = '#c6d0db';
/** Samples along each side of a pixel. */
const SUPERSAMPLES = 2;
const SIDE_PX_MAX = 2048;

export function renderThumbnail(mesh: Mesh, options: ThumbnailOptions): Bytes {
  const width = Math.max(1, Math.min(SIDE_PX_MAX, Math.round(options.width)));
  const height = Math.max(1, Math.min(SIDE_PX_MAX, Math.round(options.height)));
  const scene = createScene(mesh, {
    width: width * SUPERSAMPLES,
    height: height * SUPERSAMPLES,
    azimuth: ((options.azimuthDegrees ?? 32) * Math.PI) / 180,
    elevation: ((options.elevationDegrees ?? 26) * Math.PI) / 180,
    colour: parseColour(options.colour ?? COLOUR),
  });
  drawMesh(mesh, scene);
  return encodePng(develop(scene, width, height), width, height);
}

function parseColour(text: string): readonly [number, number, number] {
  const value = Number.parseInt(text.slice(1), 16);
  const channel = (shift: number) => toLinear(((value >> shift) & 255) / 255);
  return [channel(16), channel(8), channel(0)];
}

function toLinear(value: number): number {
  return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function toSrgbByte(value: number): number {
  const clamped = Math.max(0, Math.min(1, value));
  const encoded = clamped <= 0.003_130_8 ? clamped * 12.92 : 1.055 * clamped ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
}

/** Shades every sample and averages them, weighted by how much they cover. */
function develop(scene: Scene, width: number, height: number): Bytes {
  const pixels = new Uint8Array(width * height * 4);
  const shaded: [number, number, number] = [0, 0, 0];
  const samples = SUPERSAMPLES * SUPERSAMPLES;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (let sample = 0; sample < samples; sample++) {
        const sx = x * SUPERSAMPLES + (sample % SUPERSAMPLES);
        const sy = y * SUPERSAMPLES + Math.floor(sample / SUPERSAMPLES);
        if (scene.target.depth[sy * scene.target.width + sx] === Number.NEGATIVE_INFINITY) {
          alpha += groundShade(scene, sx, sy);
          continue;
        }
        shadeSurface(scene, sx, sy, shaded);
        red += shaded[0];
        green += shaded[1];
        blue += shaded[2];
        alpha += 1;
      }
      if (alpha === 0) continue;
      const at = (y * width + x) * 4;
      pixels[at] = toSrgbByte(red / alpha);
      pixels[at + 1] = toSrgbByte(green / alpha);
      pixels[at + 2] = toSrgbByte(blue / alpha);
      pixels[at + 3] = Math.round((alpha / samples) * 255);
    }
  }
  return pixels;
}
