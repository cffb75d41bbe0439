// The embedded slicer: CuraEngine compiled to WebAssembly, for computers where none is installed. It runs in its own
// worker thread, which is ended when it takes too long. Settings are given one by one: the engine evaluates none of
// Cura's formulas (infill density, for instance, has no effect; the distance of infill lines has).

import { createRequire } from 'node:module';
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

type CuraOverride = { readonly key: string; readonly value: string | number | boolean };

/** The part of cura-wasm that is used; the package's own types need packages that are not installed. */
interface CuraWasm {
  on(event: 'progress', listener: (percent: number) => void): void;
  slice(file: ArrayBuffer, extension: string): Promise<{ readonly gcode: ArrayBuffer }>;
  dispose(): Promise<void>;
}
type CuraModule = {
  readonly CuraWASM: new (config: {
    readonly overrides: readonly CuraOverride[];
    readonly transfer: boolean;
  }) => CuraWasm;
};

/** Undefined where the package is not installed. It is loaded on first use: 4 MB that few computers need. */
export function createCuraSlicer(parts: SlicerParts): Slicer | undefined {
  const require = createRequire(import.meta.url);
  try {
    const path = require.resolve('cura-wasm');
    return new CuraSlicer(() => require(path) as CuraModule, parts);
  } catch {
    return undefined;
  }
}

class CuraSlicer implements Slicer {
  readonly id = ID;
  readonly version = VERSION;
  readonly #load: () => CuraModule;
  readonly #parts: SlicerParts;

  constructor(load: () => CuraModule, parts: SlicerParts) {
    this.#load = load;
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
    const overrides = Object.entries(curaSettings(job, sizeUm)).map(([key, value]) => ({ key, value }));
    const engine = new (this.#load().CuraWASM)({ overrides, transfer: true });
    engine.on('progress', (percent) => onProgress?.(Math.min(1, percent / 100)));
    const file = stl.buffer.slice(stl.byteOffset, stl.byteOffset + stl.length) as ArrayBuffer;
    const work = engine.slice(file, 'stl').then(
      ({ gcode }) => readOutput(new Uint8Array(gcode)),
      () => refuse(slicerFault('slicer.failed', { slicer: ID })),
    );
    const { stopped, release } = stopOn(signal, timeoutMs);
    try {
      return await Promise.race([work, stopped]);
    } finally {
      release();
      // Ends its thread, wherever it is.
      await engine.dispose().catch(() => undefined);
    }
  }
}

function readOutput(gcode: Bytes): Result<Bytes> {
  if (gcode.length === 0) return refuse(slicerFault('slicer.empty', { slicer: ID }));
  return gcode.length > GCODE_OUTPUT_BYTES_MAX
    ? refuse(slicerFault('slicer.flood', { slicer: ID }))
    : ok(gcode);
}

function stopOn(
  signal: AbortSignal | undefined,
  timeoutMs: number,
): { readonly stopped: Promise<Result<Bytes>>; readonly release: () => void } {
  let release = () => {};
  const stopped = new Promise<Result<Bytes>>((resolve) => {
    const onAbort = () => resolve(refuse(slicerFault('slicer.cancelled')));
    const timer = setTimeout(() => {
      const minutes = Math.max(1, Math.round(timeoutMs / 60_000));
      resolve(refuse(slicerFault('slicer.timeout', { slicer: ID, minutes })));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return { stopped, release };
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
