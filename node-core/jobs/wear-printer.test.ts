// What the driver hands to the wear rules, from the virtual printer to the figures of a print: a healthy machine, and
// one for each of the faults that a driver has to see for the rules to know.

import { expect, test } from 'vitest';
import { type Bytes, ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMarlinDriver } from '../devices/index.ts';
import {
  createLinkPair,
  createSimClock,
  runVirtualPrinter,
  type VirtualPrinterOptions,
} from '../devices/virtual/index.ts';
import { type PrintVitals, VitalsCollector } from './wear.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const HEAT_UP = ['G28', 'M140 S60', 'M104 S210', 'M190 S60', 'M109 S210', 'G92 E0', 'M83'];

/** Moves that wait for the planner, four times as many as lines that do not, and long enough to see the heaters hold. */
function jobOf(): Bytes {
  const lines = [...HEAT_UP];
  for (let i = 0; i < 60; i++) {
    for (let side = 0; side < 8; side++) lines.push(`G1 X${20 + (side % 2) * 100} Y${20 + i} E1 F6000`);
    lines.push(`M106 S${i}`, 'G92 E0');
  }
  // Behind a wait they go out alone, also where a window is open.
  for (let i = 0; i < 30; i++) lines.push('G4 P100', 'M82', 'M83');
  return utf8ToBytes(`${[...lines, 'G1 X10 E1', 'G28 X Y', 'M104 S0', 'M140 S0', 'M107'].join('\n')}\n`);
}

async function vitalsOf(options: Partial<VirtualPrinterOptions>): Promise<PrintVitals> {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, ...options });
  const machineTimeMs = () => printer.timeMs;
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock, machineTimeMs });
  const vitals = new VitalsCollector();
  driver.onEvent((event) => vitals.record(event, machineTimeMs()));
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode: jobOf() })));
  await clock.drive(driver.disconnect());
  return vitals.finish(end);
}

const troubled = (
  kind: NonNullable<VirtualPrinterOptions['troubles']>[number]['kind'],
  afterCommands: number,
) => vitalsOf({ troubles: [{ kind, afterCommands }] });

test('the driver sees duty, slow answers, lost steps and refused extrusion; moves that wait do not count', async () => {
  const healthy = await vitalsOf({});
  const windowed = await vitalsOf({ advancedOk: true });
  expect(healthy.cold).toBe(0);
  expect(healthy.nozzleDuty).toBeGreaterThan(20);
  expect(healthy.bedDuty).toBeGreaterThan(20);
  // Its planner is full for seconds at a time, and it answers at once.
  expect(healthy.answerMs).toBeLessThan(5);
  expect(windowed.answerMs).toBeLessThan(5);

  const worn = await troubled('nozzle-worn', 2);
  const ratio = (of: PrintVitals, figure: 'nozzleDuty' | 'bedDuty') =>
    (of[figure] ?? 0) / (healthy[figure] ?? 1);
  expect(ratio(worn, 'nozzleDuty')).toBeCloseTo(1 / 0.7, 1);
  expect(ratio(worn, 'bedDuty')).toBeCloseTo(1, 1);
  expect(ratio(await troubled('bed-worn', 2), 'bedDuty')).toBeCloseTo(1 / 0.7, 1);

  const slow = await troubled('board-slow', 2);
  expect(slow.answerMs).toBeGreaterThanOrEqual(25);
  expect(slow.answerMs).toBeLessThan(30);

  // Boards that say nothing of their end stops are not judged.
  expect([healthy.xHit, healthy.yHit]).toEqual([undefined, undefined]);
  const telling = await vitalsOf({ tellsEndstops: true });
  expect([telling.xHit, telling.yHit]).toEqual([0, 0]);
  const slips = { kind: 'belt-slips', afterCommands: 60 } as const;
  const slipped = await vitalsOf({ tellsEndstops: true, troubles: [slips, { ...slips, afterCommands: 90 }] });
  expect([slipped.xHit, slipped.yHit]).toEqual([-4, 0]);

  const cold = await troubled('nozzle-no-power', 40);
  expect(cold.cold).toBe(1);
});
