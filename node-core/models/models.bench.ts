// One million triangles of binary STL: parsed, welded and measured, against three's loader that only parses. Run by hand.

import { performance } from 'node:perf_hooks';
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js';
import { unwrap } from '../base/index.ts';
import { analyseModel, encodeMesh, parseModel, previewMesh, renderThumbnail } from './index.ts';
import { binaryStl, torusFacets } from './test-shapes.ts';

const RUNS = 5;

function medianMs(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
}

const bytes = binaryStl(torusFacets(1000, 500));
const loader = new STLLoader();
const referenceMs = medianMs(() => loader.parse(bytes.buffer as ArrayBuffer));
const analyseMs = medianMs(() => unwrap(analyseModel(bytes, 'torus.stl')));
const mesh = unwrap(parseModel(bytes, 'torus.stl'));
const rows: [string, number][] = [
  ['three STLLoader.parse (reference)', referenceMs],
  ['parse and weld', medianMs(() => unwrap(parseModel(bytes, 'torus.stl')))],
  ['parse, weld and measure', analyseMs],
  ['preview of 4000 triangles', medianMs(() => previewMesh(mesh, 4000))],
  ['encode for the viewer', medianMs(() => encodeMesh(mesh))],
  [
    'thumbnail 512 × 512 of a preview',
    medianMs(() => renderThumbnail(previewMesh(mesh, 200_000), { width: 512, height: 512 })),
  ],
];
console.log(`${mesh.triangles} triangles, median of ${RUNS}`);
for (const [name, ms] of rows)
  console.log(`${name.padEnd(36)} ${ms.toFixed(0).padStart(6)} ms  ratio ${(ms / referenceMs).toFixed(2)}`);
