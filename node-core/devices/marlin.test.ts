import { expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMarlinDriver } from './marlin.ts';
import type { MachineEvent } from './types.ts';
import {
  createLinkPair,
  createSimClock,
  runVirtualPrinter,
  type VirtualPrinterOptions,
} from './virtual/index.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(options: Partial<VirtualPrinterOptions> = {}) {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, ...options });
  const driver = createMarlinDriver({
    open: async () => ok(pair.near),
    clock,
    machineTimeMs: () => printer.timeMs,
  });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  return { clock, pair, printer, driver, events };
}

const JOB = `; a small job
M140 S60
M104 S200
G28 ; home
M190 S60
M109 S200
G92 E0
;LAYER_CHANGE
G1 Z0.2 F600
G1 X20 Y20 F6000
G1 X60 Y20 E2.5 F1800
G1 X60 Y60 E5
;LAYER_CHANGE
G1 Z0.4 F600
G1 X20 Y60 E7.5 F1800
G1 E6.5 F2400
M104 S0
M140 S0
M84
`;

test('prints a small job to its end', async () => {
  const { clock, driver, printer, events } = setUp();
  const report = unwrap(await clock.drive(driver.connect()));
  expect(report.firmware).toContain('Marlin');
  expect(report.capabilities).toContain('AUTOREPORT_TEMP');
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode: utf8ToBytes(JOB) })));
  expect(end).toMatchObject({
    outcome: 'finished',
    filamentUm: 6500,
    progress: { linesAcknowledged: 16, linesTotal: 16, layer: 2, layersTotal: 2, resends: 0 },
  });
  const truth = printer.truth();
  expect(truth.extrudedMm).toBeCloseTo(6.5, 9);
  expect(truth.positionMm).toMatchObject({ x: 20, y: 60, z: 0.4 });
  expect([truth.nozzleTargetC, truth.bedTargetC, truth.unknownCommands, truth.coldMoves]).toEqual([
    0, 0, 0, 0,
  ]);
  expect(events.filter((event) => event.type === 'state').map((event) => event.state)).toEqual([
    'connecting',
    'idle',
    'printing',
    'heating',
    'printing',
    'heating',
    'printing',
    'idle',
  ]);
  expect(end.progress.elapsedMs).toBeGreaterThan(60_000);
});
