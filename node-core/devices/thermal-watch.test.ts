// The watch over the heaters: no false alarm over many normal prints of many builds of printer, every fault seen, and
// the figures of both in a page of the documentation. Then each fault through the whole driver.

import { expect, test } from 'vitest';
import { ok, unwrap } from '../base/index.ts';
import { markdownTable } from './doc-table.ts';
import { sampleJob } from './driver-conformance.ts';
import { DEFAULT_HEAT_LIMITS } from './job-lines.ts';
import { createMarlinDriver } from './marlin.ts';
import { runTrial, type TrialFault } from './thermal-trials.ts';
import { ThermalWatch } from './thermal-watch.ts';
import type { MachineEvent, Temperatures } from './types.ts';
import { createLinkPair, createSimClock, runVirtualPrinter, type Trouble } from './virtual/index.ts';

const NORMAL_TRIALS = 500;
const FAULT_TRIALS = 40;

const VERDICTS = [
  ['Verdict', 'When (nozzle / bed)', 'What the console does'],
  ['`slow`', 'on the way up, not 2 K in 30 s / 1 K in 2 min', 'heaters off, job ended'],
  [
    '`drift`',
    'once reached, 8 K / 6 K below for 1 min / 2 min, or 20 K / 15 K below for 20 s / 40 s',
    'heaters off, job ended',
  ],
  [
    '`runaway`',
    '15 K / 10 K above for 20 s / 40 s and not falling; or switched off and 15 K warmer by itself',
    'emergency stop where the firmware hears it past its queue; else heaters off, then the emergency stop',
  ],
  ['`too-hot`', "15 K / 10 K above the machine's own limit, twice in a row", 'as for `runaway`'],
  [
    '`sensor`',
    'below -10 °C or above 550 °C / 250 °C twice in a row; a leap no heater can make that stays, or four in a minute',
    'heaters off, job ended',
  ],
];

const FAULTS: readonly (TrialFault & { readonly words: string })[] = [
  { words: 'No power at the nozzle', heater: 'nozzle', trouble: 'no-power', during: 'heating up' },
  { words: 'No power at the nozzle', heater: 'nozzle', trouble: 'no-power', during: 'printing' },
  { words: 'Nozzle at a third of its power', heater: 'nozzle', trouble: 'weak', during: 'printing' },
  { words: 'Nozzle heater stuck on', heater: 'nozzle', trouble: 'stuck-on', during: 'printing' },
  { words: 'Nozzle heater stuck on', heater: 'nozzle', trouble: 'stuck-on', during: 'off again' },
  { words: 'Nozzle sensor broken', heater: 'nozzle', trouble: 'sensor-open', during: 'printing' },
  { words: 'Nozzle sensor slipped out', heater: 'nozzle', trouble: 'sensor-loose', during: 'heating up' },
  { words: 'Nozzle sensor slipped out', heater: 'nozzle', trouble: 'sensor-loose', during: 'printing' },
  {
    words: 'Nozzle sensor with a loose contact',
    heater: 'nozzle',
    trouble: 'sensor-jumps',
    during: 'printing',
  },
  { words: 'No power at the bed', heater: 'bed', trouble: 'no-power', during: 'heating up' },
  { words: 'No power at the bed', heater: 'bed', trouble: 'no-power', during: 'printing' },
  { words: 'Bed heater stuck on', heater: 'bed', trouble: 'stuck-on', during: 'printing' },
  { words: 'Bed heater stuck on', heater: 'bed', trouble: 'stuck-on', during: 'off again' },
  { words: 'Bed sensor broken', heater: 'bed', trouble: 'sensor-open', during: 'printing' },
  { words: 'Bed sensor with a loose contact', heater: 'bed', trouble: 'sensor-jumps', during: 'printing' },
];

test('no false alarm, every fault seen: the table of the documentation', { timeout: 120_000 }, async () => {
  const falseAlarms = range(NORMAL_TRIALS)
    .map((seed) => runTrial(seed))
    .filter((result) => result.code !== undefined);
  const rows: string[][] = [];
  let [right, wrong, missed] = [0, falseAlarms.length, 0];
  for (const [index, fault] of FAULTS.entries()) {
    const results = range(FAULT_TRIALS).map((seed) => runTrial(10_000 * (index + 1) + seed, fault));
    const seen = results.filter(({ code, isFalse }) => code !== undefined && !isFalse);
    right += seen.length;
    wrong += results.filter(({ isFalse }) => isFalse).length;
    missed += results.filter(({ code }) => code === undefined).length;
    const after = seen.map(({ afterS }) => afterS).sort((a, b) => a - b);
    const named = [...new Set(seen.map(({ code }) => code?.replace('device.thermal.', '')))].sort();
    const peakC = Math.max(...seen.map((result) => result.peakC));
    rows.push([
      `${fault.words}, ${fault.during}`,
      `${seen.length} of ${results.length}`,
      named.join(', '),
      `${Math.round(after[after.length >> 1] ?? 0)} s`,
      `${Math.round(after.at(-1) ?? 0)} s`,
      `${Math.round(peakC)} °C`,
    ]);
  }
  const page = pageText(rows, { right, wrong, missed });
  await expect(page).toMatchFileSnapshot('../../docs/thermal-supervision.md');
  expect(falseAlarms).toEqual([]);
  expect({ wrong, missed }).toEqual({ wrong: 0, missed: 0 });
});

test.each<readonly [Trouble, string]>([
  ['nozzle-no-power', 'device.thermal.slow'],
  ['nozzle-weak', 'device.thermal.slow'],
  ['nozzle-stuck-on', 'device.thermal.runaway'],
  ['bed-no-power', 'device.thermal.drift'],
  ['bed-stuck-on', 'device.thermal.runaway'],
  ['sensor-open', 'device.thermal.sensor'],
  ['sensor-loose', 'device.thermal.drift'],
  ['sensor-jumps', 'device.thermal.sensor'],
])('a firmware without protection and %s: heaters off, %s', async (trouble, code) => {
  for (const emergencyParser of [true, false]) {
    const world = setUp(emergencyParser);
    const { driver, clock, printer, events } = world;
    unwrap(await clock.drive(driver.connect()));
    const printing = driver.print({ jobId: 'a', gcode: sampleJob(4_000).gcode });
    const heating = code === 'device.thermal.slow';
    const ready = () =>
      heating
        ? printer.truth().nozzleTargetC > 0
        : events.some((event) => event.type === 'progress' && event.progress.layer >= 2);
    await world.until(ready);
    printer.strike(trouble);
    const end = unwrap(await clock.drive(printing));
    expect([end.outcome, end.fault?.code]).toEqual(['failed', code]);
    await world.until(() => driver.state === 'fault');
    const { nozzleTargetC, bedTargetC, halted } = printer.truth();
    expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
    const isRunaway = code === 'device.thermal.runaway';
    expect(halted !== undefined).toBe(isRunaway && emergencyParser);
    expect(events.filter((event) => event.type === 'fault').map(({ fault }) => fault.code)).toEqual([code]);
  }
});

test('a heater that goes on after heaters-off gets the emergency stop', async () => {
  const world = setUp(false);
  const { driver, clock, printer } = world;
  unwrap(await clock.drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: sampleJob(4_000).gcode });
  await world.until(() => printer.truth().nozzleTargetC > 0 && printer.truth().nozzleC > 195);
  printer.strike('nozzle-stuck-on');
  unwrap(await clock.drive(printing));
  await world.until(() => printer.truth().halted !== undefined);
  expect(driver.state).toBe('fault');
});

test('heat by hand is watched, too', async () => {
  const world = setUp(true);
  const { driver, clock, printer } = world;
  unwrap(await clock.drive(driver.connect()));
  unwrap(await clock.drive(driver.send('M104 S200')));
  printer.strike('nozzle-no-power');
  await world.until(() => driver.state === 'fault');
  expect(printer.truth().nozzleTargetC).toBe(0);
});

test('reports that piled up while the host stood still accuse nobody', () => {
  const watch = new ThermalWatch(DEFAULT_HEAT_LIMITS);
  const at = (nozzleC: number): Temperatures => ({
    nozzleC,
    nozzleTargetC: 200,
    bedC: undefined,
    bedTargetC: undefined,
  });
  for (let s = 0; s < 30; s++) expect(watch.observe(at(20 + 6 * s), s * 1000)).toBeUndefined();
  // A pause with a cold nozzle, a minute of it read in one millisecond.
  const late = [195, 160, 120, 90, 60, 90, 130, 170, 199].map((celsius) => {
    watch.interrupted();
    return watch.observe(at(celsius), 90_000);
  });
  expect(late.filter((verdict) => verdict !== undefined)).toEqual([]);
  expect(watch.observe(at(200), 91_000)).toBeUndefined();
});

test('a machine that reports no targets is still held to its limits', () => {
  const watch = new ThermalWatch({ ...DEFAULT_HEAT_LIMITS, nozzleCMax: 250 });
  const at = (nozzleC: number): Temperatures => ({
    nozzleC,
    nozzleTargetC: undefined,
    bedC: undefined,
    bedTargetC: undefined,
  });
  const codes: (string | undefined)[] = [];
  for (let s = 0; s < 300; s++) codes.push(watch.observe(at(20 + s), s * 1000)?.fault.code);
  expect(codes.indexOf('device.thermal.too-hot')).toBe(247);
});

function setUp(emergencyParser: boolean) {
  const clock = createSimClock(() => new Promise<void>((resolve) => setImmediate(resolve)));
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, emergencyParser, thermalProtection: false });
  const driver = createMarlinDriver({
    open: async () => ok(pair.near),
    clock,
    machineTimeMs: () => printer.timeMs,
  });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const until = (condition: () => boolean) =>
    clock.drive(
      (async () => {
        for (let i = 0; i < 200_000 && !condition(); i++) await clock.sleep(50);
        if (!condition()) throw new Error('it never came to that');
      })(),
    );
  return { clock, printer, driver, events, until };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function pageText(
  rows: readonly (readonly string[])[],
  { right, wrong, missed }: { right: number; wrong: number; missed: number },
): string {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  return `# The host's own watch over the heaters

A firmware watches its heaters, if it was built to. The console does not rely on it: it judges every temperature report
by rules of its own, slower than a sane firmware's, so that an alarm here means that the firmware did nothing.

${markdownTable(VERDICTS)}

Ended by the watch, a machine stays in the state _fault_ until the owner connects it again; verdict and temperatures are in
the record of the print. Reports that pile up while the computer sleeps or the process is stopped are not judged by
their time: the watch begins anew.

**Not seen:** a sensor that sticks at the right reading, and anything on a machine that reports no temperatures.

## How often it is right

Simulated printers without any protection in the firmware: heaters of 0.7 to 1.8 times the power and 0.6 to 1.8 times
the mass, rooms of 6 to 34 °C, noisy, coarse, rare, lost and garbled reports, part fans, draughts, changes of target, a
pause with a cold nozzle. ${NORMAL_TRIALS} normal prints and ${FAULT_TRIALS} of each fault, seeded; the test that makes
this page fails when a figure changes.

${markdownTable([['Fault', 'Seen', 'As', 'Median', 'Slowest', 'Hottest'], ...rows])}

Precision ${percent(right, right + wrong)} (${wrong} false alarms), recall ${percent(right, right + missed)} (${missed} missed).
`;
}
