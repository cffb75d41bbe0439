// The embedded slicer: CuraEngine compiled to WebAssembly, for computers where none is installed. It runs in its own
// worker thread, which is ended when it takes too long. Settings are given one by one: the engine evaluates none of
// Cura's formulas (infill density, for instance, has no effect; the distance of infill lines has).

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { curaSettings } from './slicer-cura-settings.ts';
import { slicerFault } from './slicer-faults.ts';
import {
  checkSliceJob,
  finishSlice,
  GCODE_OUTPUT_BYTES_MAX,
  SLICE_TIMEOUT_MS,
  type SliceJob,
  type SliceOptions,
  type SliceOutput,
  type Slicer,
  type SlicerParts,
} from './slicer-job.ts';

const ID = 'CuraEngine';
/** cura-wasm 1.5.2 holds the engine's main branch of January 2021. */
const VERSION = 'wasm-1.5.2';

/** Settings that the engine takes from the extruder, whose defaults (filament of 2.85 mm) win over the machine's. */
const EXTRUDER_SETTINGS = new Set([
  'material_diameter',
  'machine_nozzle_size',
  'machine_nozzle_heat_up_speed',
]);

/**
 * The thread's whole program. The package starts a thread of its own that it can only ask to stop, which a thread that
 * hangs does not do; ended together with this one, it does not matter whether it listens. Given as text, as it needs no
 * bundle: plain calls of the package, nothing of the console.
 */
const THREAD_PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { CuraWASM } = require(workerData.path);
const engine = new CuraWASM({ overrides: workerData.overrides, transfer: true });
engine.on('progress', (percent) => parentPort.postMessage({ type: 'progress', percent }));
engine.slice(workerData.stl, 'stl').then(
  ({ gcode }) => parentPort.postMessage({ type: 'done', gcode }),
  () => parentPort.postMessage({ type: 'failed' }),
);
`;

type ThreadMessage =
  | { readonly type: 'progress'; readonly percent: number }
  | { readonly type: 'done'; readonly gcode: ArrayBuffer }
  | { readonly type: 'failed' };

/** Undefined where the package is not installed. It is loaded when it slices: 4 MB that few computers need. */
export function createCuraSlicer(parts: SlicerParts): Slicer | undefined {
  const require = createRequire(import.meta.url);
  try {
    return new CuraSlicer(require.resolve('cura-wasm'), parts);
  } catch {
    return undefined;
  }
}

class CuraSlicer implements Slicer {
  readonly id = ID;
  readonly version = VERSION;
  readonly #path: string;
  readonly #parts: SlicerParts;

  constructor(path: string, parts: SlicerParts) {
    this.#path = path;
    this.#parts = parts;
  }

  async slice(job: SliceJob, options: SliceOptions = {}): Promise<Result<SliceOutput>> {
    const { mesh } = this.#parts;
    const shape = await mesh.printStl(job.model, job.name ?? '', { signal: options.signal });
    if (!shape.ok) return shape;
    const { stl, sizeUm } = shape.value;
    const sound = checkSliceJob(job, sizeUm);
    if (!sound.ok) return sound;
    const gcode = await this.#run(centreStl(stl), job, sizeUm, options);
    return gcode.ok ? finishSlice(this, gcode.value, job, mesh, options) : gcode;
  }

  async #run(
    stl: Bytes,
    job: SliceJob,
    sizeUm: { readonly x: number; readonly y: number },
    { signal, timeoutMs = SLICE_TIMEOUT_MS, onProgress }: SliceOptions,
  ): Promise<Result<Bytes>> {
    if (signal?.aborted === true) return refuse(slicerFault('slicer.cancelled'));
    const settings = Object.entries(curaSettings(job, sizeUm)).map(([key, value]) => ({ key, value }));
    // The extruder's come last: the engine gives it every setting that follows its name.
    const extruder = settings.filter(({ key }) => EXTRUDER_SETTINGS.has(key));
    const overrides = [...settings, ...extruder.map((setting) => ({ ...setting, scope: 'e0' }))];
    const file = stl.buffer.slice(stl.byteOffset, stl.byteOffset + stl.length);
    const worker = new Worker(THREAD_PROGRAM, {
      eval: true,
      name: 'cura',
      workerData: { path: this.#path, overrides, stl: file },
    });
    return new Promise((resolve) => {
      const settle = (result: Result<Bytes>) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(result);
        void worker.terminate();
      };
      const fail = () => settle(refuse(slicerFault('slicer.failed', { slicer: ID })));
      const onAbort = () => settle(refuse(slicerFault('slicer.cancelled')));
      const timer = setTimeout(() => {
        const minutes = Math.max(1, Math.round(timeoutMs / 60_000));
        settle(refuse(slicerFault('slicer.timeout', { slicer: ID, minutes })));
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.on('message', (message: ThreadMessage) => {
        if (message.type === 'progress') onProgress?.(Math.min(1, message.percent / 100));
        else if (message.type === 'done') settle(readOutput(new Uint8Array(message.gcode)));
        else fail();
      });
      worker.on('error', fail);
      worker.on('exit', fail);
    });
  }
}

function readOutput(gcode: Bytes): Result<Bytes> {
  if (gcode.length === 0) return refuse(slicerFault('slicer.empty', { slicer: ID }));
  return gcode.length > GCODE_OUTPUT_BYTES_MAX
    ? refuse(slicerFault('slicer.flood', { slicer: ID }))
    : ok(gcode);
}

/** The engine takes the middle of the bed as origin, and does not place the part by itself: it is moved beforehand. */
function centreStl(stl: Bytes): Bytes {
  const moved = stl.slice();
  const view = new DataView(moved.buffer);
  const count = view.getUint32(80, true);
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const eachCoordinate = (visit: (offset: number, axis: number) => void) => {
    for (let triangle = 0; triangle < count; triangle++) {
      for (let i = 0; i < 9; i++) visit(84 + triangle * 50 + 12 + i * 4, i % 3);
    }
  };
  eachCoordinate((offset, axis) => {
    const value = view.getFloat32(offset, true);
    low[axis] = Math.min(low[axis] as number, value);
    high[axis] = Math.max(high[axis] as number, value);
  });
  const shift = [0, 1, 2].map((axis) =>
    axis === 2 ? -(low[2] as number) : -((low[axis] as number) + (high[axis] as number)) / 2,
  );
  eachCoordinate((offset, axis) => {
    view.setFloat32(offset, view.getFloat32(offset, true) + (shift[axis] as number), true);
  });
  return moved;
}
