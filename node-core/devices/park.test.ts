// A held print: the nozzle is taken away over everything that was printed, or no further than up, and comes back to
// exactly where it was. The truth is the virtual printer's body and the independent interpreter, not the host's tracker.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { DIALECTS, DialectPeer } from './dialect-peers.ts';
import { createMarlinDriver } from './marlin.ts';
import { MotionTracker } from './motion-tracker.ts';
import { cancelScript, heightOverPrint, parkScript } from './park.ts';
import { interpret } from './reference-machine.ts';
import type { MachineDriver, MachineEvent, Temperatures } from './types.ts';
import { createLinkPair, createMachineBody, createSimClock } from './virtual/index.ts';

const VOLUME = { x: 220, y: 220, z: 250 };
const HOT: Temperatures = { nozzleC: 210, nozzleTargetC: 210, bedC: 60, bedTargetC: 60 };

/** Two towers, one after the other: the second is printed beside a finished one of 30 mm. */
function towers(): string[] {
  const lines = ['M140 S50', 'M104 S200', 'G28', 'M190 S50', 'M109 S200', 'G92 E0', 'M83'];
  for (const [x, top] of [
    [60, 30],
    [150, 4],
  ] as const) {
    lines.push(`G1 Z${top + 40} F600`, `G1 X${x} Y60 F6000`);
    for (let z = 1; z <= top; z++)
      lines.push(`G1 Z${z} F600`, `G1 X${x + 10} E0.4 F1800`, `G1 Y70 E0.4`, `G1 X${x} E0.4`, 'G1 Y60 E0.4');
  }
  return [...lines, 'M104 S0', 'M140 S0', 'M107', 'M84'];
}

const OF_TOWERS = towers();
/** A move in the first layer of the second tower. */
const HELD_AT = OF_TOWERS.indexOf('G1 X160 E0.4 F1800');

function trackerOf(lines: readonly string[]): MotionTracker {
  const tracker = new MotionTracker();
  for (const line of lines) {
    const bytes = utf8ToBytes(line);
    tracker.apply(bytes, 0, bytes.length);
  }
  return tracker;
}

type Held = { readonly lines: readonly string[]; readonly onStrike?: (driver: MachineDriver) => void };

/** Prints, is held at the same line, and is gone on with; what the machine executed meanwhile, and where it ended. */
async function hold(dialect: (typeof DIALECTS)[number], { lines, onStrike }: Held) {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const peer = new DialectPeer(far, clock, dialect, undefined, lines[HELD_AT] ?? '');
  const driver = createMarlinDriver({ open: async () => ok(near), clock, volumeMm: VOLUME });
  peer.onStrike = () => onStrike?.(driver);
  let from = 0;
  let to = 0;
  driver.onEvent((event: MachineEvent) => {
    if (event.type !== 'state') return;
    if (event.state === 'paused') {
      to = peer.executed.length;
      // The owner moves it about.
      void driver
        .send('G1 Z3 F600')
        .then(() => driver.send('G1 X5 Y5 F6000'))
        .then(() => driver.resume());
    }
    if (event.state === 'pausing') from = peer.executed.length;
  });
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(
    await clock.drive(driver.print({ jobId: 'a', gcode: utf8ToBytes(`${lines.join('\n')}\n`) })),
  );
  expect(end.outcome).toBe('finished');
  return { executed: peer.executed, aside: peer.executed.slice(from, to), to, state: peer.body.state() };
}

const WITH_M0 = OF_TOWERS.toSpliced(HELD_AT + 1, 0, 'M0');

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  test.each<[string, Held]>([
    ['by the owner', { lines: OF_TOWERS, onStrike: (driver) => void driver.pause() }],
    ['by M0 in the file', { lines: WITH_M0 }],
  ])('held %s beside a finished tower', async (_how, held) => {
    const { executed, aside, to, state } = await hold(dialect, held);
    const moves = aside.filter((command) => /^G1 [XYZ]/.test(command));
    // Over the tower of 30 mm, and only then aside.
    expect(moves.slice(-2)).toEqual(['G1 Z35 F600', 'G1 X10 Y210 F6000']);
    const back = executed.slice(to).filter((command) => /^G1 [XYZ]/.test(command));
    expect(back.slice(0, 3)).toEqual(['G1 Z3 F600', 'G1 X5 Y5 F6000', 'G1 Z35 F600']);
    expect(back[4]).toBe('G1 Z1 F600');
    expect(state).toEqual(interpret(OF_TOWERS));
  });
});

describe('the way aside', () => {
  const away = (lines: readonly string[], volume: typeof VOLUME | undefined) =>
    parkScript(trackerOf(lines), HOT, volume).away.filter((line) => /^G1 [XYZ]/.test(line));
  const begun = ['G28', 'M83', 'G1 X50 Y50 Z2 F3000', 'G1 X60 E1'];

  test('is up and into a corner that the print does not reach', () => {
    expect(away(begun, VOLUME)).toEqual(['G1 Z7 F600', 'G1 X10 Y210 F6000']);
    expect(away([...begun, 'G1 X5 Y215 E1', 'G1 X100 E1'], VOLUME)).toEqual([
      'G1 Z7 F600',
      'G1 X210 Y210 F6000',
    ]);
    // Everywhere is something: the corner all the same, above it.
    expect(away([...begun, 'G1 X0 Y0 E1', 'G1 X220 Y220 E1'], VOLUME)).toEqual([
      'G1 Z7 F600',
      'G1 X10 Y210 F6000',
    ]);
  });

  test.each<[string, readonly string[], typeof VOLUME | undefined, readonly string[]]>([
    ['the size of the machine is not known', begun, undefined, ['G1 Z7 F600']],
    ['the zero point was moved', [...begun, 'G92 X0'], VOLUME, ['G1 Z7 F600']],
    ['the zero point lies in the middle', [...begun, 'G1 X-20 E1'], VOLUME, ['G1 Z7 F600']],
    ['something stands too high', [...begun, 'G1 Z249.5', 'G1 X70 E1', 'G1 Z3'], VOLUME, ['G1 Z8 F600']],
    ['there is no room at all', [...begun, 'G1 Z250', 'G1 X70 E1'], VOLUME, ['G1 Z250 F600']],
    ['it was homed and has not moved since', ['G28'], VOLUME, ['G1 Z5 F600']],
    ['the bed was probed', [...begun, 'G29'], VOLUME, ['G1 Z5 F600']],
    ['it was homed again', [...begun, 'G28 X'], VOLUME, ['G1 Z5 F600']],
    ['nothing was homed', ['G1 X50 Y50 Z2'], VOLUME, []],
    ['one axis was not homed', ['G28 X Y', 'G1 X50 Y50 Z2'], VOLUME, []],
  ])('is no further than up where %s', (_why, lines, volume, moves) => {
    expect(away(lines, volume)).toEqual(moves);
  });

  test('takes as much height as there is, and one millimetre at least', () => {
    expect(heightOverPrint(2, 30, 250)).toBe(35);
    expect(heightOverPrint(40, 30, 250)).toBe(45);
    expect(heightOverPrint(2, 248, 250)).toBe(250);
    expect(heightOverPrint(2, 249.5, 250)).toBeUndefined();
    expect(heightOverPrint(251, 2, 250)).toBeUndefined();
  });

  test('draws filament back only where it is soft, and will be again', () => {
    const retracts = (temperatures: Temperatures) =>
      parkScript(trackerOf(begun), temperatures, VOLUME).away.includes('G1 E-1 F1800');
    expect(retracts(HOT)).toBe(true);
    expect(retracts({ ...HOT, nozzleC: 120 })).toBe(false);
    expect(retracts({ ...HOT, nozzleTargetC: 0 })).toBe(false);
  });
});

describe('after a cancel', () => {
  const begun = ['G28', 'G1 X50 Y50 Z30 F3000', 'G1 X60 E1', 'G1 Z2'];
  test('it goes above a finished tower before it goes home', () => {
    expect(cancelScript(true, trackerOf(begun), VOLUME)).toEqual([
      'G21',
      'G91',
      'G1 Z33 F600',
      'G90',
      'G28 X Y',
      'M84',
    ]);
  });
  test('it stays where it cannot come above it, and where nothing is known of the place', () => {
    const [tall, low] = [{ ...VOLUME, z: 29 }, trackerOf([])];
    expect(cancelScript(true, trackerOf(begun), tall)).toEqual(['G21', 'G91', 'G1 Z27 F600', 'G90', 'M84']);
    expect(cancelScript(true)).toContain('G1 Z10 F600');
    expect(cancelScript(false, low, VOLUME)).toEqual(['M84']);
  });
});

describe('any file, held anywhere', () => {
  const mm = (max: number) => fc.integer({ min: 0, max: max * 10 }).map((tenths) => tenths / 10);
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(mm(200), mm(200), mm(3)).map(([x, y, e]) => ({ x, y, e })) },
    { weight: 3, arbitrary: mm(60).map((z) => ({ z })) },
    { weight: 1, arbitrary: fc.constantFrom('G91', 'G90', 'M82', 'M83', 'G92 E0', 'G92 E7.5', 'M107') },
    { weight: 1, arbitrary: fc.constantFrom('G20', 'G21', 'G29', 'G28 X', 'G92 Z5', 'G1 F1234', 'G1 E-1') },
  );

  test('it ends as if it had not been held, and nothing is crossed below its height', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 40 }), fc.nat(), (steps, cut) => {
        const lines = ['M104 S210', 'M109 S210', 'G28', 'G1 X10 Y10 Z1 F3000', ...fileOf(steps)];
        const at = 3 + (cut % (lines.length - 2));
        const tracker = trackerOf(lines.slice(0, at));
        const { away, back } = parkScript(tracker, HOT, VOLUME);
        const whole = createMachineBody();
        for (const line of lines) whole.execute(line);
        const held = createMachineBody();
        for (const line of lines.slice(0, at)) held.execute(line);
        const before = held.state();
        for (const line of [...away, ...back]) {
          const { x, y, z } = held.state();
          held.execute(line);
          const now = held.state();
          const crossed = now.x !== x || now.y !== y;
          if (crossed && !tracker.originMoved)
            expect(Math.min(z, now.z)).toBeGreaterThan(tracker.printed?.topMm ?? 0);
        }
        const after = held.state();
        for (const axis of ['x', 'y', 'z', 'extrudedMm'] as const)
          expect(after[axis]).toBeCloseTo(before[axis], 4);
        for (const line of lines.slice(at)) held.execute(line);
        const [ended, expected] = [held.state(), whole.state()];
        for (const axis of ['x', 'y', 'z', 'extrudedMm', 'nozzleTargetC'] as const)
          expect(ended[axis]).toBeCloseTo(expected[axis], 3);
      }),
      { seed: 12, numRuns: 400 },
    );
  });
});

type Step = string | { readonly z: number } | { readonly x: number; readonly y: number; readonly e: number };

/** Lines that stay on the bed whatever modes are on: every move is said in the mode and unit of its place. */
function fileOf(steps: readonly Step[]): string[] {
  const lines: string[] = [];
  let [relative, relativeE, unit, e] = [false, false, 1, 0];
  let [x, y, z, zeroZ] = [10, 10, 1, 0];
  const say = (to: number, from: number) => ((relative ? to - from : to) / unit).toFixed(4);
  for (const step of steps) {
    if (typeof step === 'object') {
      if ('z' in step) {
        const to = Math.max(1, step.z) - zeroZ;
        lines.push(`G1 Z${say(to, z)}`);
        z = to;
      } else {
        e = relativeE ? step.e : e + step.e;
        lines.push(`G1 X${say(step.x, x)} Y${say(step.y, y)} E${(e / unit).toFixed(4)}`);
        [x, y] = [step.x, step.y];
      }
      continue;
    }
    lines.push(step);
    if (step === 'G91' || step === 'G90') [relative, relativeE] = [step === 'G91', step === 'G91'];
    else if (step === 'M82' || step === 'M83') relativeE = step === 'M83';
    else if (step === 'G20' || step === 'G21') unit = step === 'G20' ? 25.4 : 1;
    else if (step === 'G28 X') {
      x = 0;
    } else if (step === 'G92 Z5') {
      // Inches or not.
      zeroZ += z - 5 * unit;
      z = 5 * unit;
    }
    if (step === 'G92 E0') e = 0;
    if (step === 'G92 E7.5') e = 7.5 * unit;
    if (step === 'G1 E-1') e = relativeE ? e : -unit;
  }
  return lines;
}
