import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../../base/index.ts';
import {
  cutterCases,
  type DriverWorld,
  MARLIN_PEER,
  type PeerTraits,
  type SampleJob,
} from '../driver-conformance.ts';
import { SimGrbl, type SimGrblOptions } from '../testing/index.ts';
import type { MachineEvent } from '../types.ts';
import { createLinkPair, createSimClock, type VirtualTruth } from '../virtual/index.ts';
import { prepareCutJob } from './cut-job.ts';
import { createGrblDriver } from './index.ts';
import { parseGrblLine } from './replies.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Rounds of a square with the tool on, in the words of a mill. */
function cutJob(rounds: number): SampleJob {
  const lines = ['G21', 'G90', 'M3 S1000'];
  for (let round = 0; round < rounds; round++) {
    lines.push(`G1 Z${((round + 1) * 0.2).toFixed(2)} F600`, 'G0 X40 Y40');
    for (let i = 0; i < 12; i++)
      lines.push(`G1 X${40 + ((i * 7) % 50)}.125 Y${40 + ((i * 13) % 50)}.25 F1800`);
  }
  lines.push('G0 X5 Y5', 'M5', 'M30');
  const text = lines.map((line, i) => (i % 3 === 0 ? `N${i} ${line} (remark ${i})` : `${line} ; remark`));
  return { lines, gcode: utf8ToBytes(`%\n${text.join('\r\n')}\n%\n`) };
}

const PEER: PeerTraits = {
  ...MARLIN_PEER,
  firmware: 'GRBL 1.1h',
  takesCommands: false,
  cutJob,
};

function setUp(options: Partial<SimGrblOptions> = {}, tool: 'spindle' | 'laser' = 'spindle') {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const sim = new SimGrbl(pair.far, { clock, ...options });
  const driver = createGrblDriver({ open: async () => ok(pair.near), clock, tool });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const world: DriverWorld = {
    peer: PEER,
    driver,
    events,
    truth: () => truthOf(sim),
    strike: (trouble) => {
      if (trouble === 'reset') sim.powerCycle();
      else pair.unplug('pulled');
    },
    drive: (promise) => clock.drive(promise),
    until: (condition) =>
      clock.drive(
        (async () => {
          for (let i = 0; i < 20_000 && !condition(); i++) await clock.sleep(50);
          if (!condition()) throw new Error('it never came to that');
        })(),
      ),
  };
  const faults = () => events.flatMap((event) => (event.type === 'fault' ? [event.fault.code] : []));
  return { ...world, clock, sim, faults };
}

/** The board's truth in the form the cases ask for: what may be left on is the tool. */
function truthOf(sim: SimGrbl): VirtualTruth {
  return {
    timeMs: 0,
    commands: sim.log.length,
    unknownCommands: 0,
    logHash: '',
    log: sim.log,
    positionMm: { ...sim.position, e: 0 },
    nozzleMm: { ...sim.position },
    homed: false,
    extrudedMm: 0,
    depositedMm: 0,
    coldMoves: 0,
    collisions: 0,
    bedOccupied: false,
    nozzleC: 0,
    nozzleTargetC: 0,
    bedC: 0,
    bedTargetC: 0,
    fan: sim.spindle,
    halted: sim.state === 'Alarm' ? 'alarm' : undefined,
    resets: sim.resets,
    lineErrors: 0,
    overflowBytes: sim.overflowBytes,
  };
}

for (const { name, run } of cutterCases()) test(name, () => run(setUp()));

test('fills the receive buffer and never overflows it', async () => {
  const { driver, drive, sim } = setUp();
  unwrap(await drive(driver.connect()));
  const { gcode, lines } = cutJob(5);
  const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
  expect([end.outcome, end.progress.linesAcknowledged]).toEqual(['finished', lines.length]);
  expect(sim.overflowBytes).toBe(0);
  expect(sim.log.filter((line) => line !== 'M5 M9')).toEqual(lines);
});

test('a pause keeps the place to the hundredth, and the job is whole afterwards', async () => {
  const { driver, drive, until, sim } = setUp();
  unwrap(await drive(driver.connect()));
  const { gcode } = cutJob(4);
  const printing = driver.print({ jobId: 'a', gcode });
  await until(() => sim.log.length > 25);
  unwrap(await drive(driver.pause()));
  const held = { ...sim.position };
  refusedWith(await driver.send('G0 X0'), 'device.busy');
  expect(sim.position).toEqual(held);
  unwrap(await drive(driver.resume()));
  expect(unwrap(await drive(printing)).outcome).toBe('finished');
});

test('a paused spindle stops, and turns again before it moves on', async () => {
  const { driver, drive, until, sim, clock } = setUp();
  unwrap(await drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: cutJob(4).gcode });
  await until(() => sim.log.length > 25);
  unwrap(await drive(driver.pause()));
  expect([sim.spindle, sim.toolToggles]).toEqual([0, 1]);
  // However long it lasts, and whatever is looked at meanwhile.
  await drive(clock.sleep(60_000));
  expect([sim.spindle, sim.toolToggles]).toEqual([0, 1]);
  const held = { ...sim.position };
  const resuming = driver.resume();
  await drive(clock.sleep(1_000));
  expect([sim.spindle, sim.position]).toEqual([1000, held]);
  unwrap(await drive(resuming));
  expect(unwrap(await drive(printing)).outcome).toBe('finished');
  expect(sim.spindle).toBe(0);
});

test('a laser is dark while it is paused, and is not driven outside of its laser mode', async () => {
  const laser = setUp({ settings: { 32: 1 } }, 'laser');
  unwrap(await laser.drive(laser.driver.connect()));
  const printing = laser.driver.print({ jobId: 'a', gcode: cutJob(4).gcode });
  await laser.until(() => laser.sim.log.length > 25);
  unwrap(await laser.drive(laser.driver.pause()));
  await laser.drive(laser.clock.sleep(10_000));
  // The firmware does it; a stop by the host would switch it on again.
  expect([laser.sim.spindle, laser.sim.toolToggles]).toEqual([0, 0]);
  unwrap(await laser.drive(laser.driver.resume()));
  expect(unwrap(await laser.drive(printing)).outcome).toBe('finished');
  const unsafe = setUp({}, 'laser');
  unwrap(await unsafe.drive(unsafe.driver.connect()));
  refusedWith(
    await unsafe.drive(unsafe.driver.print({ jobId: 'a', gcode: cutJob(1).gcode })),
    'grbl.laser-mode',
  );
  expect(unsafe.sim.log).toEqual([]);
});

test('M0 in a file waits for the owner', async () => {
  const { driver, drive, until } = setUp();
  unwrap(await drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: utf8ToBytes('G21\nM0\nG1 X10 F3000\n') });
  await until(() => driver.state === 'paused');
  unwrap(await drive(driver.resume()));
  expect(unwrap(await drive(printing)).outcome).toBe('finished');
});

test('a line that the firmware refuses ends the job before the lines behind it are cut', async () => {
  const { driver, drive, sim } = setUp();
  unwrap(await drive(driver.connect()));
  // Without a feed rate: the one thing that only the machine can know.
  const gcode = utf8ToBytes('G21\nM3 S500\nG1 X10\nG1 X20 F100\nG1 X30\nG1 X40\n');
  const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
  expect(end).toMatchObject({
    outcome: 'failed',
    fault: { code: 'grbl.error', data: { line: 3, number: 22 } },
  });
  expect(sim.spindle).toBe(0);
  expect(sim.position.x).toBeLessThan(5);
  expect(driver.state).toBe('idle');
});

test('a limit switch: alarm, tool off, locked until the owner unlocks it', async () => {
  const { driver, drive, until, sim, faults } = setUp();
  unwrap(await drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: cutJob(40).gcode });
  await until(() => sim.log.length > 25);
  sim.hitLimit();
  const end = unwrap(await drive(printing));
  expect(end.fault).toMatchObject({ code: 'grbl.alarm', data: { number: 1 } });
  expect(driver.state).toBe('fault');
  await until(() => sim.spindle === 0);
  refusedWith(await driver.print({ jobId: 'b', gcode: cutJob(1).gcode }), 'device.busy');
  unwrap(await drive(driver.send('$X')));
  expect(driver.state).toBe('idle');
  expect(faults()).toContain('grbl.alarm');
});

test('is moved by hand within its travel only, and the zero of files is set where it stands', async () => {
  const { driver, drive, sim, until } = setUp({ settings: { 20: 1, 22: 1 } });
  unwrap(await drive(driver.connect()));
  unwrap(await drive(driver.send('$H')));
  unwrap(await drive(driver.send('$J=G91 G21 X-12.5 F2000')));
  await until(() => sim.state === 'Idle' && sim.position.x === -12.5);
  expect(await drive(driver.send('$J=G91 G21 X50 F2000'))).toMatchObject({
    ok: false,
    fault: { code: 'grbl.refused', data: { number: 15 } },
  });
  unwrap(await drive(driver.send('G10 L20 P0 X0 Y0 Z0')));
  unwrap(await drive(driver.send('G0 X-1')));
  await until(() => sim.state === 'Idle' && sim.position.x === -13.5);
  expect([driver.state, sim.position.y, sim.position.z]).toEqual(['idle', 0, 0]);
});

test('a machine with homing switches is locked at first, and $H frees it', async () => {
  const { driver, drive, faults } = setUp({ settings: { 22: 1 } });
  const report = unwrap(await drive(driver.connect()));
  expect(report.capabilities).toContain('HOMING');
  expect([driver.state, faults()]).toEqual(['fault', ['grbl.locked']]);
  unwrap(await drive(driver.send('$H')));
  expect(driver.state).toBe('idle');
});

test('a move beyond the soft limits ends in alarm 2', async () => {
  const { driver, drive } = setUp({ settings: { 20: 1, 22: 1 } });
  unwrap(await drive(driver.connect()));
  unwrap(await drive(driver.send('$H')));
  const gcode = utf8ToBytes('G21\nG0 X-10\nG0 X-900\nG0 X-20\n');
  const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
  expect(end.fault).toMatchObject({ code: 'grbl.alarm', data: { number: 2 } });
});

test('an open safety door pauses, and it does not go on before it is closed', async () => {
  const { driver, drive, until, sim, faults } = setUp();
  unwrap(await drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: cutJob(10).gcode });
  await until(() => sim.log.length > 25);
  sim.openDoor();
  await until(() => driver.state === 'paused');
  refusedWith(await driver.resume(), 'grbl.door');
  expect(faults()).toContain('grbl.door');
  unwrap(await drive(driver.cancel()));
  expect(unwrap(await drive(printing)).outcome).toBe('cancelled');
});

test('a board that falls silent is noticed', async () => {
  const { driver, drive, until, sim } = setUp();
  unwrap(await drive(driver.connect()));
  const printing = driver.print({ jobId: 'a', gcode: cutJob(40).gcode });
  await until(() => sim.log.length > 25);
  sim.freeze();
  expect(unwrap(await drive(printing)).fault).toMatchObject({ code: 'device.no-answer' });
});

test('commands that make no sense here are refused before they are sent', async () => {
  const { driver, drive, sim } = setUp();
  unwrap(await drive(driver.connect()));
  const before = sim.log.length;
  for (const command of ['M104 S200', 'G0 X1!', '?', '~', '', '5', 'x'.repeat(90)])
    refusedWith(await drive(driver.send(command)), 'device.command.refused');
  refusedWith(await drive(driver.send('G38')), 'grbl.refused');
  expect(unwrap(await drive(driver.send('M115'))).join()).toContain('[VER:1.1h');
  expect(sim.log.length).toBe(before);
});

const ALPHABET = 'GMXYZFS0123456789.-;()$!~?%/ \n\r\té';

describe('files', () => {
  test.each([
    ['device.job.empty', '(nothing)\n%\n; more\n'],
    ['device.job.forbidden', 'G21\n$H\n'],
    ['device.job.forbidden', 'G1 X1!\n'],
    ['device.job.forbidden', 'G10 L2 P1 X0\n'],
    ['device.job.forbidden', 'M104 S200\n'],
    ['device.job.forbidden', 'T1 M6\n'],
    ['device.job.line-too-long', `G1 ${'X1'.repeat(60)}\n`],
    ['device.job.line-unreadable', 'G1 X1\u00e9\n'],
    ['grbl.file.unknown', 'G21\nG5 X1\n'],
    ['grbl.file.unknown', 'M117 hello\n'],
    ['grbl.file.unknown', 'G1 X1 Yten\n'],
  ])('%s: %j', (code, text) => refusedWith(prepareCutJob(utf8ToBytes(text)), code));

  test('modal lines, several words, line numbers and percent signs pass', () => {
    const job = unwrap(prepareCutJob(utf8ToBytes('%\nN10 g21 g90\r\nG1X1Y2F100\nX5\n/Y7\nM30\n%')));
    expect(new TextDecoder().decode(job.gcode)).toBe('G21 G90\nG1X1Y2F100\nX5\nY7\nM30\n');
    expect([job.count, [...job.starts], [...job.ends]]).toEqual([5, [0, 8, 19, 22, 25], [7, 18, 21, 24, 28]]);
  });

  test('any bytes are prepared or refused, and what is prepared holds no order to the firmware', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...ALPHABET)).map((chars) => chars.join('')),
        (text) => {
          const job = prepareCutJob(utf8ToBytes(text));
          if (!job.ok) return;
          const sent = new TextDecoder().decode(job.value.gcode);
          expect(sent).not.toMatch(/[$!~?]/);
          for (const line of sent.split('\n')) expect(line.length).toBeLessThan(80);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});

test('any line of any board is read', () => {
  expect(parseGrblLine('<Hold:0|MPos:1.000,-2.500,0.000|FS:0,0|WCO:0.000,0.000,1.000>')).toEqual({
    type: 'status',
    status: {
      state: 'Hold',
      phase: 0,
      machine: { x: 1, y: -2.5, z: 0 },
      work: undefined,
      toolS: 0,
      offset: { x: 0, y: 0, z: 1 },
    },
  });
  expect(parseGrblLine('<Idle|MPos:nan,inf,1e999>')).toMatchObject({ status: { machine: undefined } });
  fc.assert(
    fc.property(fc.string(), (line) => {
      parseGrblLine(line);
      parseGrblLine(`<${line}>`);
    }),
    { seed: 5, numRuns: 500 },
  );
});

function refusedWith(result: { ok: boolean; fault?: { code: string } }, code: string): void {
  expect(result).toMatchObject({ ok: false, fault: { code } });
}
