// A machine that a host left behind in the middle of something: cold, aside, whatever it was doing.

import { expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { sampleJob } from './driver-conformance.ts';
import { makeSafe } from './make-safe.ts';
import { createMarlinDriver } from './marlin.ts';
import {
  createLinkPair,
  createSimClock,
  runVirtualPrinter,
  type VirtualPrinterOptions,
} from './virtual/index.ts';

type Left = 'in a heat-up' | 'printing' | 'waiting for the user';

/** A host that vanished without a word, and the printer as it stands then. */
async function leave(left: Left, options: Partial<VirtualPrinterOptions> = {}) {
  const clock = createSimClock(() => new Promise<void>((resolve) => setImmediate(resolve)));
  const pair = createLinkPair(clock);
  // The first host's end, dead to the world from the moment it is abandoned.
  let abandoned = false;
  const near = pair.near;
  let hear: (bytes: Uint8Array) => void = () => undefined;
  near.onData((bytes) => hear(bytes));
  const first = {
    ...near,
    write: (bytes: Uint8Array) => (abandoned ? Promise.resolve() : near.write(bytes)),
    onData: (listener: (bytes: Uint8Array) => void) => {
      hear = (bytes) => (abandoned ? undefined : listener(bytes));
    },
    onClose: () => undefined,
    close: async () => undefined,
  };
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, ...options });
  const driver = createMarlinDriver({ open: async () => ok(first), clock });
  unwrap(await clock.drive(driver.connect()));
  const gcode =
    left === 'waiting for the user'
      ? utf8ToBytes('G28\nM104 S200\nM140 S60\nM600\nG1 X9\n')
      : sampleJob(400).gcode;
  void driver.print({ jobId: 'a', gcode });
  const there = () => {
    const { positionMm, nozzleTargetC, nozzleC } = printer.truth();
    if (left === 'printing') return positionMm.z > 1;
    return left === 'in a heat-up'
      ? nozzleTargetC > 0 && nozzleC > 60
      : driver.temperatures.bedTargetC === 60;
  };
  await clock.drive(
    (async () => {
      for (let i = 0; i < 100_000 && !there(); i++) await clock.sleep(50);
    })(),
  );
  expect(there()).toBe(true);
  abandoned = true;
  const second = {
    write: (bytes: Uint8Array) => near.write(bytes),
    onData: (listener: (bytes: Uint8Array) => void) => {
      hear = listener;
    },
    onClose: () => undefined,
    close: async () => undefined,
  };
  return { clock, printer, second };
}

for (const emergencyParser of [true, false]) {
  const board = emergencyParser ? '' : ' (no emergency parser)';
  test.each<Left>(['in a heat-up', 'printing', 'waiting for the user'])(
    `%s${board}: off and aside`,
    async (left) => {
      const { clock, printer, second } = await leave(left, { emergencyParser });
      const before = printer.truth();
      const report = await clock.drive(makeSafe(second, clock, { homed: true }));
      expect([report.end, report.restarted]).toEqual(['parked', false]);
      const { nozzleTargetC, bedTargetC, fan, halted, positionMm } = printer.truth();
      expect([nozzleTargetC, bedTargetC, fan, halted]).toEqual([0, 0, 0, undefined]);
      expect(positionMm.z).toBeGreaterThanOrEqual(before.positionMm.z + 10);
      expect([positionMm.x, positionMm.y]).toEqual([0, 0]);
    },
  );
}

test('nothing moves on a machine that was never homed', async () => {
  const { clock, printer, second } = await leave('in a heat-up');
  const before = printer.truth().positionMm;
  const report = await clock.drive(makeSafe(second, clock, { homed: false }));
  expect([report.end, printer.truth().nozzleTargetC]).toEqual(['off', 0]);
  expect(printer.truth().positionMm).toEqual(before);
});

test('a board that restarts when the port is opened is left where it stands', async () => {
  const { clock, printer, second } = await leave('printing');
  const before = printer.truth().positionMm;
  const safe = makeSafe(second, clock, { homed: true });
  printer.restart();
  const report = await clock.drive(safe);
  expect([report.end, report.restarted, printer.truth().nozzleTargetC]).toEqual(['off', true, 0]);
  expect(printer.truth().positionMm).toMatchObject({ x: before.x, y: before.y });
});

test('a machine that hears nothing but the emergency stop is stopped', async () => {
  const { clock, printer, second } = await leave('printing');
  // Whatever has a number is lost on the way.
  const deaf = {
    ...second,
    write: (bytes: Uint8Array) =>
      new TextDecoder().decode(bytes).includes('N') ? Promise.resolve() : second.write(bytes),
  };
  const report = await clock.drive(makeSafe(deaf, clock, { homed: true }));
  await clock.drive(clock.sleep(1_000));
  expect(printer.truth()).toMatchObject({ nozzleTargetC: 0, bedTargetC: 0, halted: 'M112 Shutdown' });
  expect(report.end).toBe('stopped');
});
