// Colour of every extruded segment by what it prints or by its layer. Pure.

import { FEATURE_RGB, rampColour } from './palette.ts';
import { layerIndexAt, type Segments, type ToolpathScene } from './toolpath-index.ts';

export const COLOUR_MODES = ['feature', 'layer'] as const;
export type ColourMode = (typeof COLOUR_MODES)[number];

/** Four bytes (red, green, blue, opaque) a segment. */
export function segmentColours(scene: ToolpathScene, mode: ColourMode, segments: Segments): Uint8Array {
  const colours = new Uint8Array(segments.count * 4);
  const layersMax = Math.max(1, scene.layers.length - 1);
  let layer = -1;
  let layerEnd = 0;
  let rgb = rampColour(0);
  for (let index = 0; index < segments.count; index++) {
    const move = segments.moves[index] ?? 0;
    if (mode === 'feature') {
      rgb = FEATURE_RGB[scene.features[move] ?? 1] ?? rgb;
    } else if (move >= layerEnd || layer < 0) {
      layer = layerIndexAt(scene.layers, move + 1);
      layerEnd = scene.layers[layer + 1]?.firstMove ?? scene.moves;
      rgb = rampColour(layer / layersMax);
    }
    colours[index * 4] = rgb[0];
    colours[index * 4 + 1] = rgb[1];
    colours[index * 4 + 2] = rgb[2];
    colours[index * 4 + 3] = 255;
  }
  return colours;
}
