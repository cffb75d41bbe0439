import fc from 'fast-check';
import { type InstancedBufferGeometry, Mesh } from 'three';
import { describe, expect, it } from 'vitest';
import type { Toolpath } from '../../node-core/models/index.ts';
import { GROWTH_LAYER } from './stage.ts';
import { buildToolpathScene, segmentsBefore } from './toolpath-index.ts';
import { createToolpathObject, type ToolpathObject } from './toolpath-object.ts';

const LAYER_MOVES = 40;
const LAYERS = 5;

/** Every fourth move travels, the others print walls. */
function path(): Toolpath {
  const moves = LAYER_MOVES * LAYERS;
  const index = Array.from({ length: moves }, (_, move) => move);
  return {
    moves,
    positions: Float32Array.from(
      index.flatMap((move) => [move % 17, move % 23, Math.floor(move / 40) * 0.2]),
    ),
    features: Uint8Array.from(index.map((move) => (move % 4 === 0 ? 0 : 2))),
    layerStarts: Uint32Array.from({ length: LAYERS }, (_, layer) => layer * LAYER_MOVES),
    layerHeights: Float32Array.from({ length: LAYERS }, (_, layer) => 0.2 * (layer + 1)),
    layerSeconds: new Float32Array(LAYERS),
    lines: Uint32Array.from(index),
    commands: Uint32Array.from(index),
  };
}

/** Printed segments in the next picture that is kept, and in what is drawn into it afterwards. */
function beads(object: ToolpathObject): { kept: number; added: number } {
  const counts = { kept: 0, added: 0 };
  object.group.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    const { instanceCount } = node.geometry as InstancedBufferGeometry;
    if (node.layers.isEnabled(GROWTH_LAYER)) counts.added = instanceCount;
    else counts.kept = instanceCount;
  });
  return counts;
}

describe('a print in the picture', () => {
  it('grows by exactly what was printed, whichever way it is told', () => {
    const scene = buildToolpathScene(path());
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -30, max: 60 }), { maxLength: 40 }), (steps) => {
        const object = createToolpathObject(scene, 'light');
        object.growth.beforeWhole(false);
        let inPicture = beads(object).kept;
        let moves = 0;
        for (const step of steps) {
          moves = Math.min(scene.moves, Math.max(0, moves + step));
          object.setMoves(moves);
          const addition = object.growth.beforeAddition();
          if (addition === 'whole') {
            object.growth.beforeWhole(false);
            inPicture = beads(object).kept;
          } else if (addition) inPicture += beads(object).added;
          expect(inPicture).toBe(segmentsBefore(scene.extrusions, moves));
        }
        object.dispose();
      }),
    );
  });

  it('shows something else in a rough picture and in a light one, and always what is printed', () => {
    const object = createToolpathObject(buildToolpathScene(path()), 'dark');
    object.setMoves(90);
    const visible = (): string =>
      object.group.children
        .filter(({ visible: seen, layers }) => seen && !layers.isEnabled(GROWTH_LAYER))
        .map((child) => object.group.children.indexOf(child))
        .join();
    object.growth.beforeWhole(false);
    const full = visible();
    object.growth.beforeWhole(true);
    const rough = visible();
    object.setLight(true);
    object.growth.beforeWhole(false);
    const light = visible();
    expect(new Set([full, rough, light]).size).toBe(3);
    object.growth.beforeWhole(true);
    expect(visible()).toBe(rough);
    object.dispose();
  });
});
