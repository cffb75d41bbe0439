// G-code that was made before. Machines of one kind print the same file, so a model is sliced once for all of them, and a
// second quote for the same choice costs no time. The file itself lies encrypted under the model's key, as ever.

import { bytesToHex } from '../../base/index.ts';
import { encodeRecord, parseRecord, recordHash, SliceStats } from '../../records/index.ts';
import type { SliceJob, Slicer } from '../adapters/slicer.ts';
import type { Sqlite } from '../adapters/sqlite.ts';

export type KeptSlice = { readonly stats: SliceStats; readonly gcodeContentId: string };

export type Slices = ReturnType<typeof createSlices>;

type Row = { readonly stats: Buffer; readonly gcode_content_id: string };

export function createSlices(database: Sqlite) {
  return {
    /** As it was sliced by this slicer for this choice; undefined where it never was. */
    find(modelId: string, job: SliceJob, slicer: Slicer | undefined): KeptSlice | undefined {
      if (slicer === undefined) return undefined;
      const row = database
        .prepare<[string], Row>('SELECT stats, gcode_content_id FROM slices WHERE key = ?')
        .get(sliceKey(modelId, job, slicer.id, slicer.version));
      const stats =
        row === undefined ? undefined : parseRecord(SliceStats, 'slice', new Uint8Array(row.stats));
      return row === undefined || stats?.ok !== true
        ? undefined
        : { stats: stats.value, gcodeContentId: row.gcode_content_id };
    },
    keep(modelId: string, job: SliceJob, { stats, gcodeContentId }: KeptSlice): void {
      database
        .prepare('INSERT OR REPLACE INTO slices (key, stats, gcode_content_id) VALUES (?, ?, ?)')
        .run(sliceKey(modelId, job, stats.slicer, stats.slicerVersion), encodeRecord(stats), gcodeContentId);
    },
  };
}

/** Everything that G-code follows from. Names, colours and prices of a machine's profile are not among it. */
function sliceKey(modelId: string, job: SliceJob, slicer: string, version: string): string {
  const { name: _name, materials: _materials, rateMicroPerHour: _rate, ...rest } = job.profile;
  const { setupMicro: _setup, minimumMicro: _minimum, ...machine } = rest;
  const { material, densityMgPerCm3, nozzleC, bedC } = job.material;
  const filament = { material, densityMgPerCm3, nozzleC, bedC };
  const { settings, rules = null } = job;
  return bytesToHex(recordHash({ modelId, machine, filament, settings, rules, slicer, version }));
}
