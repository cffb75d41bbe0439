// Firmwares nobody here wrote: every dialect, with answers that are cut, glued, doubled, late, noisy, decorated or wrong in
// ways that were seen on real boards or could be. Whatever they say, each line of the job is executed once and in its order.

import { describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { DIALECTS, DialectPeer, type PeerFault } from './dialect-peers.ts';
import { checkExecuted, sampleJob } from './driver-conformance.ts';
import { createMarlinDriver } from './marlin.ts';
import { COMPLAINTS, type Odd, oddities, oddLink } from './odd-link.ts';
import { parseReply } from './replies.ts';
import { createLinkPair, createSimClock } from './virtual/index.ts';

/** Near what the peers say of themselves: they have no heat to tell of. */
const ODDITIES = oddities(() => ' T:1.5 /0.0 B:-3.5 /0.0 @:0 B@:0');
const HEAT = /^M1(?:04|09|40|90)\b/;
const lines = sampleJob(3).lines.filter((line) => !HEAT.test(line));
const gcode = utf8ToBytes(`${lines.join('\n')}\n`);

async function printOdd(dialect: (typeof DIALECTS)[number], odd: Odd, fault?: PeerFault) {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const strikeAt = lines[20] ?? '';
  const peer = new DialectPeer(oddLink(far, odd, clock.sleep), clock, dialect, fault, strikeAt);
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  expect(end.fault).toBeUndefined();
  expect(end.outcome).toBe('finished');
  checkExecuted(peer.executed, lines, true);
}

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
  '%s with odd answers',
  (_, dialect) => {
    test.each(Object.entries(ODDITIES))('%s', (_name, odd) => printOdd(dialect, odd));
    if (dialect.checks)
      test.each(Object.entries(COMPLAINTS))('asks for %s', (_name, odd) =>
        printOdd(dialect, odd, 'a line damaged'),
      );
  },
);

/** What comes each second whether or not the machine works. */
const CHATTER: readonly string[] = [
  ' T:1.5 /0.0 B:-3.5 /0.0 @:0 B@:0',
  'X:1.00 Y:-2.00 Z:0.20 E:0.00 Count X:80 Y:-160 Z:80',
  'E0:1200 RPM PRN1:0 RPM',
  'SD printing byte 0/0',
  'Not SD printing',
  '//action:notification 12% done',
  '// action:notification 12% done',
  'echo:Printing...',
  'FR:100% FL:100%',
  '// probe accuracy unknown',
  'Error:SD init fail',
];

/** Prints while every ninth answer is lost and something is said each second; how long that took, milliseconds. */
async function printLossy(dialect: (typeof DIALECTS)[number], chatter: string | undefined): Promise<number> {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const lossy = oddLink(far, (line, count) => (count % 9 === 0 ? [] : [line]), clock.sleep);
  const peer = new DialectPeer(lossy, clock, dialect, undefined, '');
  const over = new AbortController();
  const speak = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(1_000, over.signal).catch(() => undefined);
      if (chatter !== undefined) await far.write(utf8ToBytes(`${chatter}\n`)).catch(() => undefined);
    }
  };
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  unwrap(await clock.drive(driver.connect()));
  const beganMs = clock.monotonicMs();
  void speak();
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  over.abort();
  expect(end.outcome).toBe('finished');
  checkExecuted(peer.executed, lines, true);
  return clock.monotonicMs() - beganMs;
}

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
  '%s loses answers',
  (_, dialect) => {
    test('and they are missed as soon, whatever it says beside them', async () => {
      const silentMs = await printLossy(dialect, undefined);
      for (const chatter of CHATTER) {
        const ms = await printLossy(dialect, chatter);
        // A question more or less: what is said changes which answer is the ninth.
        expect(Math.abs(ms - silentMs), chatter).toBeLessThanOrEqual(45_000);
      }
    });
  },
);

/** A firmware that reports no `busy`, and the time that it takes for lines as nobody else does. */
async function printSlow(slow: readonly (readonly [RegExp, number])[], text: readonly string[]) {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const early: string[] = [];
  let waiting = false;
  let work = Promise.resolve();
  let buffer = '';
  far.onData((bytes) => {
    buffer += new TextDecoder().decode(bytes);
    const heard = buffer.split('\n');
    buffer = heard.pop() ?? '';
    for (const line of heard.filter((each) => each !== '')) {
      const command = /^N\d+ (.*)\*\d+$/.exec(line)?.[1] ?? line;
      if (waiting) early.push(command);
      work = work.then(async () => {
        const ms = slow.find(([pattern]) => pattern.test(command))?.[1] ?? 0;
        waiting = ms > 0;
        if (ms > 0) await clock.sleep(ms);
        waiting = false;
        const said = command === 'M105' ? 'ok T:20.0 /0.0 B:20.0 /0.0' : 'ok';
        await far.write(utf8ToBytes(`${said}\n`)).catch(() => undefined);
      });
    }
  });
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(
    await clock.drive(driver.print({ jobId: 'a', gcode: utf8ToBytes(`${text.join('\n')}\n`) })),
  );
  return { end, early };
}

test.each<[string, number, readonly string[]]>([
  ['G4', 500_000, ['G4 S500']],
  ['G28', 240_000, ['G28']],
  ['G29', 580_000, ['G29']],
  ['M109', 500_000, ['M109 R30']],
  ['M190', 580_000, ['M190 R30']],
  ['M400', 580_000, ['M400']],
  ['G1', 300_000, ['G1 X200 F40', 'G1 X10 F6000']],
  ['G1', 280_000, ['G1 E90 F30', 'G1 X10 F6000']],
])('%s that takes %i ms without a word is waited for, and nothing is asked', async (_what, ms, text) => {
  // A move keeps the one behind it waiting, not itself.
  const last = text.at(-1) ?? '';
  const { end, early } = await printSlow([[new RegExp(`^${last}$`), ms]], ['G28', ...text, 'G1 X20']);
  expect(end.outcome).toBe('finished');
  expect(early).toEqual([]);
});

test('what looks like an ok, and is one or not', () => {
  for (const line of ['ok', 'OK', ' ok', 'okT:20.0', 'ok\r', 'ok N-5', 'ok 7', 'ok:'])
    expect(parseReply(line).type, line).toBe('ok');
  for (const line of ['okay', 'okok', 'o k', 'not ok', 'echo:ok', 'M118 ok', 'kok'])
    expect(parseReply(line).type, line).not.toBe('ok');
});

test('the tuning of a heater, which says nothing but temperatures, is waited for on a board that says busy', async () => {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const say = (text: string) => far.write(utf8ToBytes(`${text}\n`)).catch(() => undefined);
  far.onData((bytes) => {
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      const command = /^N\d+ (.*)\*\d+$/.exec(line)?.[1];
      if (command === undefined) continue;
      void (async () => {
        if (command === 'G28') await say('echo:busy: processing');
        for (let s = 0; command.startsWith('M303') && s < 400; s += 2) {
          await clock.sleep(2_000);
          await say(' T:60.0 /0.0 B:21.0 /0.0 @:64 B@:0');
        }
        await say(command === 'M105' ? 'ok T:60.0 /0.0 B:21.0 /0.0' : 'ok');
      })();
    }
  });
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  unwrap(await clock.drive(driver.connect()));
  unwrap(await clock.drive(driver.send('G28')));
  const beganMs = clock.monotonicMs();
  unwrap(await clock.drive(driver.send('M303 E0 S200 C8')));
  expect(clock.monotonicMs() - beganMs).toBeGreaterThanOrEqual(400_000);
  expect(driver.state).toBe('idle');
});
