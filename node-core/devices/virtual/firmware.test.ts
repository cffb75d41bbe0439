// The virtual firmware against what is known of Marlin 2.1.2: exact replies, in exact order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8ToBytes } from '../../base/index.ts';
import { prepareJob } from '../job-lines.ts';
import { encodeLine } from '../line-codec.ts';
import { MotionTracker } from '../motion-tracker.ts';
import { createLinkPair, createSimClock, runVirtualPrinter, type VirtualPrinterOptions } from './index.ts';
import { Planner } from './planner.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(options: Partial<VirtualPrinterOptions> = {}) {
  const clock = createSimClock(settle);
  const { near, far } = createLinkPair(clock);
  const printer = runVirtualPrinter(far, { clock, keepLog: true, ...options });
  let text = '';
  near.onData((bytes) => {
    text += String.fromCharCode(...bytes);
  });
  /** Sends text and returns what is said within `ms` of machine time. */
  const say = async (sent: string, ms = 50) => {
    text = '';
    await near.write(utf8ToBytes(sent));
    await clock.drive(clock.sleep(ms));
    return text.split('\n').slice(0, -1);
  };
  return { clock, printer, say };
}

function numbered(number: number, command: string): string {
  const target = new Uint8Array(128);
  const bytes = utf8ToBytes(command);
  return String.fromCharCode(...target.subarray(0, encodeLine(target, number, bytes, 0, bytes.length)));
}

test('greets with start', async () => {
  const { say } = setUp();
  expect((await say(''))[0]).toBe('start');
});

test('checksum, number, order: three lines in order, then nothing lost', async () => {
  const { say } = setUp();
  await say('');
  expect(numbered(0, 'M110 N0')).toBe('N0 M110 N0*125\n');
  expect(await say(numbered(0, 'M110 N0'))).toEqual(['ok']);
  expect(await say(numbered(1, 'M107'))).toEqual(['ok']);
  expect(await say('N2 M107*0\n')).toEqual(['Error:checksum mismatch, Last Line: 1', 'Resend: 2', 'ok']);
  expect(await say('N2 M107\n')).toEqual([
    'Error:No Checksum with line number, Last Line: 1',
    'Resend: 2',
    'ok',
  ]);
  // The order is looked at first, the checksum second.
  const order = ['Error:Line Number is not Last Line Number+1, Last Line: 1', 'Resend: 2', 'ok'];
  expect(await say('N5 M107*0\n')).toEqual(order);
  expect(await say(numbered(7, 'M107'))).toEqual(order);
  expect(await say(numbered(2, 'M107'))).toEqual(['ok']);
});

test('repeats of the last two lines are dropped without a word', async () => {
  const { say, printer } = setUp();
  // M110 alone: its handler sets the counter once more when it runs, behind lines that were read already.
  await say(numbered(0, 'M110 N0'));
  await say(numbered(1, 'M106 S1') + numbered(2, 'M106 S2') + numbered(3, 'M106 S3'));
  expect(await say(numbered(3, 'M106 S3'))).toEqual([]);
  expect(await say(numbered(2, 'M106 S2'))).toEqual([]);
  expect((await say(numbered(1, 'M106 S1')))[1]).toBe('Resend: 4');
  expect(printer.truth().fan).toBe(3);
});

test('every form of M110 counts on from its last N', async () => {
  for (const form of ['N100 M110', 'M110 N100', 'N7 M110 N100']) {
    const { say } = setUp();
    await say('');
    const [, number, command] = /^N(\d+) (.*)$/.exec(form) ?? [];
    await say(number === undefined ? `${form}\n` : numbered(Number(number), command ?? ''));
    expect(await say(numbered(101, 'M107')), form).toEqual(['ok']);
  }
});

test('a host that counts from below zero is understood', async () => {
  const { say, printer } = setUp();
  await say('');
  expect(await say('N-1 M110 N-1*125\n')).toEqual(['ok']);
  expect(await say(numbered(0, 'M106 S7'))).toEqual(['ok']);
  expect((await say(numbered(5, 'M107')))[1]).toBe('Resend: 1');
  expect([printer.truth().fan, printer.truth().unknownCommands]).toEqual([7, 0]);
});

test('a comment inside a numbered line takes its checksum away', async () => {
  const { say } = setUp();
  await say(numbered(0, 'M110 N0'));
  const whole = numbered(1, 'M107 ; fan off');
  expect((await say(whole))[0]).toBe('Error:No Checksum with line number, Last Line: 0');
  expect((await say(whole))[1]).toBe('Resend: 1');
});

test('an over-long line loses its checksum; blank lines get no ok', async () => {
  const { say } = setUp();
  await say(numbered(0, 'M110 N0'));
  expect((await say(`N1 M117 ${'x'.repeat(120)}*12\n`))[0]).toContain('No Checksum');
  expect(await say('\n\r\n ; only a remark\n')).toEqual([]);
});

test('after an error in a burst, the rest of the burst is flushed', async () => {
  const { say, printer } = setUp();
  await say(numbered(0, 'M110 N0'));
  const said = await say(`N1 M106 S9*0\n${numbered(2, 'M106 S2')}${numbered(3, 'M106 S3')}`);
  expect(said.filter((line) => line.startsWith('Resend'))).toEqual(['Resend: 1']);
  expect(printer.truth().fan).toBe(0);
});

test('M105 says its ok with its readings; unknown commands are said and acknowledged', async () => {
  const { say } = setUp();
  await say('');
  expect((await say('M105\n'))[0]).toMatch(/^ok T:21\.00 \/0\.00 B:21\.00 \/0\.00 @:0 B@:0$/);
  expect(await say('M9999\n')).toEqual(['echo:Unknown command: "M9999"', 'ok']);
  expect(await say('T5\n')).toEqual(['echo:T5 Invalid extruder', 'ok']);
  expect(await say('M118 A1 action:pause\n')).toEqual(['//action:pause', 'ok']);
});

test('ADVANCED_OK names line and free slots, but not for M105', async () => {
  const { say } = setUp({ advancedOk: true });
  await say(numbered(0, 'M110 N0'));
  expect(await say(numbered(1, 'M107'))).toEqual(['ok N1 P15 B3']);
  expect((await say(numbered(2, 'M105')))[0]).toMatch(/^ok T:/);
});

test('M109 reports each second, keeps busy each two, and M108 breaks it', async () => {
  for (const emergencyParser of [true, false]) {
    const { say, printer } = setUp({ emergencyParser });
    await say('');
    const said = await say('M109 S200\n', 5_500);
    expect(said.filter((line) => /^ T:.* W:\?$/.test(line)).length).toBeGreaterThanOrEqual(4);
    expect(said.filter((line) => line === 'echo:busy: processing').length).toBe(2);
    expect(said).not.toContain('ok');
    expect((await say('M108\n')).filter((line) => line === 'ok')).toEqual(['ok', 'ok']);
    expect(printer.truth().nozzleTargetC).toBe(200);
  }
});

test('M112 behind a full queue: at once with the emergency parser, not at all without', async () => {
  const burst = 'M109 S200\nM105\nM105\nM105\nM105\nM112\n';
  const quick = setUp();
  await quick.say('');
  expect(await quick.say(burst)).toEqual([
    'echo:M112 Shutdown',
    'Error:Printer halted. kill() called!',
    '//action:poweroff',
  ]);
  expect(await quick.say('M105\n', 10_000)).toEqual([]);
  const slow = setUp({ emergencyParser: false });
  await slow.say('');
  await slow.say(burst, 4_000);
  expect(slow.printer.truth()).toMatchObject({ halted: undefined, nozzleTargetC: 200 });
});

test('limits of the heaters: clamped targets, cold extrusion, over-long moves', async () => {
  const { say, printer } = setUp();
  await say('');
  expect(await say('M104 S999\n')).toEqual(['ok']);
  expect(printer.truth().nozzleTargetC).toBe(275);
  expect(await say('M104 S0\nM83\nG1 E5 F300\n')).toEqual([
    'ok',
    'ok',
    'echo: cold extrusion prevented',
    'ok',
  ]);
  await say('M109 S200\n', 200_000);
  expect(await say('G1 E500 F300\n')).toContain('echo: too long extrusion prevented');
  expect(printer.truth()).toMatchObject({ extrudedMm: 0, coldMoves: 1 });
});

test('heaters that fail are noticed as Marlin notices them', async () => {
  const reasons = {
    'nozzle-no-power': /Thermal Runaway|Heating failed/,
    'nozzle-stuck-on': /MAXTEMP/,
    'sensor-open': /MINTEMP/,
  } as const;
  for (const [trouble, reason] of Object.entries(reasons)) {
    const { say, printer, clock } = setUp();
    await say('');
    await say('M109 S200\n', 150_000);
    printer.strike(trouble as keyof typeof reasons);
    await clock.drive(clock.sleep(200_000));
    expect(printer.truth().halted, trouble).toMatch(reason);
    expect(printer.truth().nozzleTargetC).toBe(0);
  }
});

test('a part left on the bed is hit by the next print; a cleared bed is not', async () => {
  const { say, printer } = setUp();
  const job = 'G28\nG92 E0\nG1 Z0.2 F600\nG1 X50 E50 F3000\nG1 X100 E100\nG1 X50 E150\n';
  await say('M302 P1\n');
  await say(job, 100_000);
  expect(printer.truth()).toMatchObject({ bedOccupied: true, collisions: 0 });
  await say(job, 100_000);
  expect(printer.truth().collisions).toBe(1);
  printer.clearBed();
  await say(job, 100_000);
  expect(printer.truth().collisions).toBe(1);
});

test('a clogged nozzle extrudes nothing and says nothing', async () => {
  const { say, printer } = setUp();
  await say('M302 P1\n');
  await say('G1 E10 F300\n', 5_000);
  printer.strike('clog');
  expect(await say('G1 E20 F300\n', 5_000)).toEqual(['ok']);
  expect(printer.truth()).toMatchObject({ extrudedMm: 20, depositedMm: 10 });
});

test('M0 waits for the button', async () => {
  const { say, printer, clock } = setUp();
  await say('');
  expect(await say('M0 look\n', 2_500)).toContain('echo:busy: paused for user');
  printer.pressContinue();
  await clock.drive(clock.sleep(10));
  expect((await say('M105\n'))[0]).toMatch(/^ok T:/);
});

test('the same print lasts the same machine time at any time scale', async () => {
  const job = `G28\n${Array.from({ length: 60 }, (_, i) => `G1 X${10 + (i % 7) * 20} Y${10 + (i % 5) * 30} F6000`).join('\n')}\nM400\n`;
  const durations: number[] = [];
  for (const timeScale of [1, 7, 100, 5000]) {
    const { clock, printer } = setUp({ timeScale });
    const { near, far } = createLinkPair(clock);
    const other = runVirtualPrinter(far, { clock, timeScale });
    printer.stop();
    let oks = 0;
    const lines = job.split('\n').filter((line) => line !== '');
    const done = new Promise<void>((resolve) => {
      near.onData((bytes) => {
        for (const line of String.fromCharCode(...bytes).split('\n')) {
          if (line !== 'ok') continue;
          if (++oks === lines.length) resolve();
          else void near.write(utf8ToBytes(`${lines[oks]}\n`));
        }
      });
    });
    void near.write(utf8ToBytes(`${lines[0]}\n`));
    await clock.drive(done);
    durations.push(other.timeMs);
  }
  const [real = 0] = durations;
  expect(real).toBeGreaterThan(30_000);
  for (const duration of durations) expect(Math.abs(duration / real - 1)).toBeLessThan(0.02);
});

test('a move takes the time of its trapezoid', () => {
  const planner = new Planner();
  planner.add(100, 0, 0, 0, 100);
  // From rest to 100 mm/s at 1000 mm/s² and back: 0.1 s and 5 mm each, 90 mm between.
  expect(planner.takeMs()).toBeCloseTo(1100, 6);
  planner.add(1, 0, 0, 0, 100);
  expect(planner.takeMs()).toBeCloseTo(2 * Math.sqrt(1 / 1000) * 1000, 6);
});

test('straight continuation does not stop; a corner slows to its jerk', () => {
  const straight = new Planner();
  straight.add(50, 0, 0, 0, 100);
  straight.add(50, 0, 0, 0, 100);
  expect(straight.takeMs() + straight.takeMs()).toBeCloseTo(1100, 6);
  const corner = new Planner();
  corner.add(50, 0, 0, 0, 100);
  corner.add(0, 50, 0, 0, 100);
  expect(corner.takeMs() + corner.takeMs()).toBeGreaterThan(1150);
});

const word = fc.oneof(
  fc.tuple(
    fc.constantFrom('X', 'Y', 'Z'),
    fc.integer({ min: 0, max: 20_000 }).map((n) => n / 100),
  ),
  fc.tuple(
    fc.constant('E'),
    fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 100),
  ),
);
const gcodeLine = fc.oneof(
  { weight: 8, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => `G1${join(words)} F6000`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('G90', 'G91', 'M82', 'M83', 'G21', 'G92 E0', 'M107'),
  },
  { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }).map((words) => `G92${join(words)}`) },
);
function join(words: readonly (readonly [string, number])[]): string {
  return [...new Map(words)].map(([letter, value]) => ` ${letter}${value}`).join('');
}

test('what the host follows is what the machine does, for any commands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(gcodeLine, { minLength: 1, maxLength: 40 }), async (lines) => {
      const { clock, printer, say } = setUp({ timeScale: 100_000, volumeMm: { x: 1e9, y: 1e9, z: 1e9 } });
      await say('M302 P1\n');
      const tracker = new MotionTracker();
      for (const line of lines) {
        await say(`${line}\n`, 0);
        const bytes = utf8ToBytes(line);
        tracker.apply(bytes, 0, bytes.length);
      }
      await clock.drive(clock.sleep(10_000));
      const { extrudedMm, positionMm } = printer.truth();
      const text = (await say('M114\n', 1000)).find((line) => line.startsWith('X:')) ?? '';
      const [x, y, z] = /X:(\S+) Y:(\S+) Z:(\S+)/.exec(text)?.slice(1).map(Number) ?? [];
      expect(positionMm.e).toBeCloseTo(tracker.e, 6);
      expect(extrudedMm).toBeCloseTo(tracker.extrudedMm, 6);
      expect(x).toBeCloseTo(tracker.x, 1);
      expect(y).toBeCloseTo(tracker.y, 1);
      expect(z).toBeCloseTo(tracker.z, 1);
    }),
    { numRuns: 40 },
  );
});

test('preparing survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const prepared = prepareJob(bytes);
      if (prepared.ok) expect(prepared.value.count).toBeGreaterThan(0);
      else expect(prepared.fault.code).toMatch(/^device\./);
    }),
  );
});
