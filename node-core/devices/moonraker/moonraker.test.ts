import { describe, expect, test } from 'vitest';
import { unwrap, utf8ToBytes } from '../../base/index.ts';
import { DRIVER_CASES, type PeerTraits } from '../driver-conformance.ts';
import { createHostedDriver } from '../network/index.ts';
import { HOSTED_CASES, type HostedKind } from '../testing/hosted-cases.ts';
import { hostedWorld } from '../testing/hosted-world.ts';
import { SimMoonraker, type SimMoonrakerOptions } from '../testing/sim-moonraker.ts';
import { createMoonrakerHost } from './index.ts';
import { hostStatus, KlipperStatus, KlipperSteps, mergeStatus, stepLengths } from './status.ts';

/** Machine seconds a second: fewer questions for the same print. */
const PACE = { timeScale: 5 };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const PEER: PeerTraits = {
  firmware: 'Klipper',
  hosted: true,
  codes: {
    reset: ['device.halted'],
    disconnect: ['device.halted'],
    air: ['printhost.print-failed'],
  },
  stopsAtOnce: true,
  accepts: ['device.job.line-too-long', 'device.job.line-unreadable'],
  takesCommands: true,
};

function setUp(options: Partial<SimMoonrakerOptions> = {}, key = 'k3y') {
  return hostedWorld({
    peer: PEER,
    settle,
    serve: (clock) => new SimMoonraker({ clock, key: 'k3y', printer: PACE, ...options }),
    drive: ({ network, clock, random, machineTimeMs, tag }) =>
      createHostedDriver({
        host: createMoonrakerHost({ network, clock, random, address: 'simulated', key }),
        clock,
        random,
        tag,
        machineTimeMs,
      }),
  });
}

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));

const KIND: HostedKind = {
  stranger: () => setUp({}, 'wr0ng'),
  startSent: /"printer\.print\.start"/,
  stopsAtOnce: true,
};
for (const { name, run } of HOSTED_CASES) test(name, () => run(setUp(), KIND));

test.each([
  ['device.job.forbidden', 'SAVE_CONFIG'],
  ['device.job.forbidden', '  save_config ; quietly'],
  ['device.job.forbidden', 'N7 RUN_SHELL_COMMAND CMD=x*12'],
  ['device.job.forbidden', 'SDCARD_PRINT_FILE FILENAME=other.gcode'],
  ['device.job.forbidden', 'FIRMWARE_RESTART'],
  ['device.temperature.too-high', 'SET_HEATER_TEMPERATURE HEATER=extruder TARGET=400'],
  ['device.temperature.too-high', 'set_heater_temperature heater=heater_bed target=10 target=200'],
  ['device.temperature.too-high', 'M104 S400'],
])('%s: a file with %s', async (code, line) => {
  const { driver, drive, server } = setUp();
  unwrap(await drive(driver.connect()));
  const refused = await drive(driver.print({ jobId: 'a', gcode: utf8ToBytes(`G28\n${line}\n`) }));
  expect(refused).toMatchObject({ ok: false, fault: { code } });
  expect([server.files.size, server.starts.length]).toEqual([0, 0]);
});

test.each([
  ['device.temperature.too-high', 'SET_HEATER_TEMPERATURE HEATER=extruder TARGET=400'],
  ['device.command.refused', 'RUN_SHELL_COMMAND CMD=x'],
  ['device.command.refused', 'G28\nM104 S200'],
])('%s: the command %j', async (code, command) => {
  const { driver, drive } = setUp();
  unwrap(await drive(driver.connect()));
  expect(await drive(driver.send(command))).toMatchObject({ ok: false, fault: { code } });
});

test('long lines and words of other alphabets pass, as Klipper reads them', async () => {
  const { driver, drive } = setUp();
  unwrap(await drive(driver.connect()));
  const polygon = Array.from({ length: 60 }, (_, i) => `[${i},${i}]`).join(',');
  const gcode = utf8ToBytes(`G28\n; Überzug\nM117 Überzug [${polygon}]\nG1 X10 F3000\n`);
  expect(unwrap(await drive(driver.print({ jobId: 'a', gcode }))).outcome).toBe('finished');
});

test('without [pause_resume] a file with M0 is refused, and so is a pause', async () => {
  const { driver, drive, until, events } = setUp({ withoutPause: true });
  unwrap(await drive(driver.connect()));
  const stops = await drive(driver.print({ jobId: 'a', gcode: utf8ToBytes('G28\nM0\nG1 X10 F600\n') }));
  expect(stops).toMatchObject({ ok: false, fault: { code: 'printhost.no-pause' } });
  const printing = driver.print({
    jobId: 'b',
    gcode: utf8ToBytes(`G28\n${'G1 X10 F600\nG1 X90\n'.repeat(40)}`),
  });
  await until(() =>
    events.some((event) => event.type === 'progress' && event.progress.linesAcknowledged > 1),
  );
  expect(await drive(driver.pause())).toMatchObject({ ok: false, fault: { code: 'printhost.no-pause' } });
  unwrap(await drive(driver.cancel()));
  expect(unwrap(await drive(printing)).outcome).toBe('cancelled');
});

test('how hard the heaters are driven is told, also where only that changed', () => {
  const whole = KlipperStatus.parse({
    extruder: { temperature: 210, target: 210, power: 0.41 },
    heater_bed: { temperature: 60, target: 60, power: 'much' },
  });
  expect(hostStatus(whole).duty).toEqual({ nozzle: 0.41, bed: undefined });
  const later = mergeStatus(
    whole,
    KlipperStatus.parse({ extruder: { power: 0.47 }, heater_bed: { power: 0 } }),
  );
  expect(hostStatus(later)).toMatchObject({
    temperatures: { nozzleC: 210, bedC: 60 },
    duty: { nozzle: 0.47, bed: 0 },
  });
});

describe('where the steps of homings are counted', () => {
  const SLIP = { kind: 'belt-slips', afterCommands: 30 } as const;
  const moves = Array.from({ length: 40 }, (_, i) => `G1 X${20 + (i % 2) * 100} Y${20 + i} F6000`);
  const hitsOf = async (options: Partial<SimMoonrakerOptions>, end: readonly string[]) => {
    const { driver, drive } = setUp({ kinematics: 'cartesian', ...options });
    unwrap(await drive(driver.connect()));
    const gcode = utf8ToBytes(`${['G28', 'G4 S3', ...moves, ...end].join('\n')}\n`);
    const printed = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
    expect(printed.outcome).toBe('finished');
    return printed.signs?.homingHits;
  };
  const telling = (...troubles: (typeof SLIP)[]) => ({ printer: { ...PACE, tellsEndstops: true, troubles } });
  const homes = ['G28 X Y', 'M84'];

  test('a belt that slipped shows at the homing at the end, axis by axis', async () => {
    expect(await hitsOf(telling(), homes)).toEqual({
      x: { hitMm: 0, fromMm: 0 },
      y: { hitMm: 0, fromMm: 0 },
    });
    const slipped = await hitsOf(telling(SLIP, SLIP), homes);
    expect([slipped?.x?.hitMm, slipped?.y?.hitMm]).toEqual([expect.closeTo(-4, 6), expect.closeTo(0, 6)]);
  });

  test.each<[string, Partial<SimMoonrakerOptions>, readonly string[]]>([
    ['the motors were free in between', {}, ['M84', 'G28 X Y']],
    ['nothing is homed again', {}, ['M84']],
    ['two motors move each axis', { kinematics: 'corexy' }, homes],
  ])('nothing is judged where %s', async (_why, options, end) => {
    const hits = await hitsOf({ ...telling(SLIP), ...options }, end);
    expect(hits ?? {}).toEqual({});
  });

  test('nothing is judged where Klipper does not say', async () => {
    const { driver, drive } = setUp();
    unwrap(await drive(driver.connect()));
    const gcode = utf8ToBytes(`${['G28', ...moves, ...homes].join('\n')}\n`);
    expect(unwrap(await drive(driver.print({ jobId: 'a', gcode }))).signs?.homingHits).toBeUndefined();
  });

  test.each<[string, object, object]>([
    ['a belt', { rotation_distance: 40, microsteps: 16 }, { x: 0.0125 }],
    [
      'gears',
      {
        rotation_distance: 40,
        microsteps: 16,
        gear_ratio: [
          [5, 1],
          [2, 1],
        ],
      },
      { x: 0.00125 },
    ],
    ['nonsense', { rotation_distance: 0, microsteps: 'many' }, {}],
  ])('a step of %s', (_what, stepper_x, lengths) => {
    const settings = { printer: { kinematics: 'cartesian' }, stepper_x };
    const parsed = KlipperSteps.parse({ status: { configfile: { settings } } });
    expect(stepLengths(parsed)).toEqual(lengths);
  });
});
