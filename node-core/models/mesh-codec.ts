// Meshes for the viewer in few bytes: positions in 16 bits of the bounding box, indices as differences. Order of triangles
// is kept, so that marked triangles stay the same. Reading is strict: any bytes are either exactly one mesh or refused.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { Mesh } from './mesh.ts';
import { VarintReader, VarintWriter } from './varints.ts';

const MAGIC = 0x314d_5444; // "DTM1"
const STEPS = 65_535;
const HEADER_BYTES = 4 + 24;
const TRIANGLES_MAX = 20_000_000;

/** Positions are exact to 1/131 070 of the box in each axis. */
export function encodeMesh(mesh: Mesh): Bytes {
  const { positions, indices } = mesh;
  const vertices = positions.length / 3;
  const writer = new VarintWriter(HEADER_BYTES + vertices * 6 + indices.length * 2);
  writer.word(MAGIC);
  const floats = new Float32Array(6);
  const words = new Uint32Array(floats.buffer);
  for (let axis = 0; axis < 3; axis++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = axis; i < positions.length; i += 3) {
      const value = positions[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    floats[axis] = vertices === 0 ? 0 : low;
    floats[axis + 3] = vertices === 0 ? 0 : high;
  }
  for (const word of words) writer.word(word);
  writer.unsigned(vertices);
  writer.unsigned(mesh.triangles);
  for (let axis = 0; axis < 3; axis++) {
    const low = floats[axis] as number;
    const span = (floats[axis + 3] as number) - low;
    let last = 0;
    for (let i = axis; i < positions.length; i += 3) {
      const step = span === 0 ? 0 : Math.round((((positions[i] as number) - low) / span) * STEPS);
      writer.signed(step - last);
      last = step;
    }
  }
  let last = 0;
  for (let i = 0; i < indices.length; i++) {
    writer.signed((indices[i] as number) - last);
    last = indices[i] as number;
  }
  return writer.finish();
}

export function decodeMesh(bytes: Bytes): Result<Mesh> {
  const mesh = readMesh(bytes);
  return mesh === undefined ? refuse(modelFault('model.preview.malformed')) : ok(mesh);
}

function readMesh(bytes: Bytes): Mesh | undefined {
  const reader = new VarintReader(bytes);
  if (reader.word() !== MAGIC) return undefined;
  const words = Uint32Array.from({ length: 6 }, () => reader.word());
  const box = new Float32Array(words.buffer);
  const vertices = reader.unsigned();
  const triangles = reader.unsigned();
  // Three bytes a vertex and a triangle at least: a lying count cannot make anybody allocate.
  if (reader.failed || triangles > TRIANGLES_MAX || (vertices + triangles) * 3 > bytes.length)
    return undefined;
  const positions = new Float32Array(vertices * 3);
  for (let axis = 0; axis < 3; axis++) {
    const low = box[axis] as number;
    const span = (box[axis + 3] as number) - low;
    // Written so that NaN fails.
    if (!(span >= 0 && Number.isFinite(low) && Number.isFinite(span))) return undefined;
    let step = 0;
    for (let i = axis; i < positions.length; i += 3) {
      step += reader.signed();
      if (step < 0 || step > STEPS) return undefined;
      positions[i] = low + (span * step) / STEPS;
    }
  }
  const indices = new Uint32Array(triangles * 3);
  let index = 0;
  for (let i = 0; i < indices.length; i++) {
    index += reader.signed();
    if (index < 0 || index >= vertices) return undefined;
    indices[i] = index;
  }
  return reader.failed || !reader.atEnd ? undefined : { positions, indices, triangles };
}
