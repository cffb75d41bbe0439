// Files of a real slicer, with the beginnings and ends that makers and set-ups of each firmware ask for: the guard and the
// line rules of that firmware let them pass, and those of a plain Marlin board stop what it could not read.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import type { Bytes } from '../../base/index.ts';
import { DEFAULT_HEAT_LIMITS, lineRules, prepareJob } from '../../devices/index.ts';
import { createSampleModel, inspectGcode, STRICT_RULES } from '../../models/index.ts';
import { testProfile } from '../../models/testing/profile.ts';
import type { GcodeDialect } from '../../records/index.ts';

const slicer = needTool('slicer', 'files of a real slicer for each firmware');

const PROFILE = testProfile();

type Flavour = { readonly flavour: string; readonly start: string; readonly end: string };
/** As the profiles that come with slicers begin and end a print. */
const FLAVOURS: Readonly<Record<GcodeDialect, Flavour>> = {
  marlin: {
    flavour: 'marlin2',
    start: 'G90\\nM140 S60\\nM104 S205\\nM190 S60\\nM109 S205\\nG28\\nG1 Z2 F240\\nG92 E0',
    end: 'M104 S0\\nM140 S0\\nM107\\nG1 X0 Y200 F3000\\nM84',
  },
  prusa: {
    flavour: 'marlin',
    start:
      'M862.3 P \\"MK3S\\" ; model check\\nM862.1 P0.4 ; nozzle check\\nM115 U3.11.0\\nG90\\nM83\\nM104 S205\\nM140 S60\\nM190 S60\\nM109 S205\\nG28 W\\nG80\\nG92 E0\\nM221 S95',
    end: 'M104 S0\\nM140 S0\\nM107\\nG1 X0 Y200 F3600\\nM900 K0\\nM84',
  },
  repetier: {
    flavour: 'repetier',
    start: 'G28\\nM140 S60\\nM104 S205\\nM190 S60\\nM109 S205\\nM201 X1000 Y1000\\nM202 X1000 Y1000\\nG92 E0',
    end: 'M104 S0\\nM140 S0\\nM107\\nM84',
  },
  smoothie: {
    flavour: 'smoothie',
    start: 'M140 S60\\nM104 S205\\nG28\\nM190 S60\\nM109 S205\\nM204 S1000\\nG92 E0',
    end: 'M104 S0\\nM140 S0\\nM107\\nM84',
  },
  klipper: {
    flavour: 'marlin',
    start:
      'M190 S0 ; the macro heats\\nM109 S0\\nSET_PRINT_STATS_INFO TOTAL_LAYER=100\\nSTART_PRINT EXTRUDER_TEMP=205 BED_TEMP=60 PRINT_MIN=100.125,90.250 PRINT_MAX=140.500,120.750 FILAMENT=PLA COLOUR=orange',
    end: 'END_PRINT',
  },
};
const DIALECTS = Object.keys(FLAVOURS) as GcodeDialect[];

describe.skipIf(slicer === undefined)('a real slicer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-dialects-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const model = join(folder, 'model.stl');
  writeFileSync(model, createSampleModel());

  function slice(dialect: GcodeDialect): Bytes {
    const { flavour, start, end } = FLAVOURS[dialect];
    const out = join(folder, `${dialect}.gcode`);
    const config = join(folder, `${dialect}.ini`);
    const heat = dialect === 'klipper' ? 0 : 205;
    writeFileSync(
      config,
      [
        `gcode_flavor = ${flavour}`,
        `start_gcode = ${start}`,
        `end_gcode = ${end}`,
        `temperature = ${heat}`,
        `first_layer_temperature = ${heat}`,
        `bed_temperature = 0`,
        `first_layer_bed_temperature = 0`,
        'layer_height = 0.3',
        'bed_shape = 0x0,250x0,250x210,0x210',
        'gcode_comments = 1',
        'machine_limits_usage = ignore',
      ].join('\n'),
    );
    const ran = spawnSync(slicer ?? '', ['-g', model, '--load', config, '--output', out], {
      timeout: 60_000,
    });
    expect(ran.status, String(ran.stderr)).toBe(0);
    return new Uint8Array(readFileSync(out));
  }

  test.each(DIALECTS)('%s', (dialect) => {
    const gcode = slice(dialect);
    const { faults, report } = inspectGcode(gcode, PROFILE, STRICT_RULES, { dialect });
    expect(faults).toEqual([]);
    expect(report.nozzleCMax).toBe(205);
    expect(prepareJob(gcode, DEFAULT_HEAT_LIMITS, lineRules(dialect))).toMatchObject({ ok: true });
    const elsewhere = inspectGcode(gcode, PROFILE, STRICT_RULES).faults.map(({ code }) => code);
    expect(elsewhere.length > 0).toBe(['prusa', 'repetier', 'klipper'].includes(dialect));
  });
});
