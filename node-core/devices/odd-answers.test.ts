// Firmwares nobody here wrote: every dialect, with answers that are cut, glued, doubled, late, noisy, decorated or wrong in
// ways that were seen on real boards or could be. Whatever they say, each line of the job is executed once and in its order.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { DIALECTS, DialectPeer, type PeerFault } from './dialect-peers.ts';
import { checkExecuted, sampleJob } from './driver-conformance.ts';
import { createMarlinDriver } from './marlin.ts';
import { parseReply } from './replies.ts';
import type { SerialLink } from './types.ts';
import { createLinkPair, createSimClock } from './virtual/index.ts';

/** What comes instead of an answer: pieces as they arrive, and pauses between them in milliseconds. `count` from 1. */
type Odd = (line: string, count: number) => readonly (string | number)[];

const each =
  (every: number, odd: Odd): Odd =>
  (line, count) =>
    count % every === 0 ? odd(line, count) : [line];
const onOk =
  (odd: Odd): Odd =>
  (line, count) =>
    line.startsWith('ok') ? odd(line, count) : [line];
const bare = (line: string) => line.replace(/\n$/, '');
/** Near what the peers say of themselves: they have no heat to tell of. */
const READING = ' T:1.5 /0.0 B:-3.5 /0.0 @:0 B@:0\n';

const ODDITIES: Readonly<Record<string, Odd>> = {
  'lines ended by CR LF': (line) => [`${bare(line)}\r\n`],
  'lines ended by CR': (line) => [`${bare(line)}\r`],
  'lines ended in turns by LF, CR, CR LF, LF CR': (line, count) => [
    `${bare(line)}${['\n', '\r', '\r\n', '\n\r'][count % 4]}`,
  ],
  'one byte at a time': (line) => [...line],
  'a pause in the middle of each answer': (line) => [line.slice(0, 1), 300, line.slice(1)],
  'blanks and NUL before each answer': (line) => [`\u0000\u0000 \t${line}`],
  'a line of binary noise before each answer': (line) => ['\u0080\u00ff\u0001\u007f\u0000\n', line],
  'noise stuck to an answer now and then': each(7, (line) => [`\u00fe\u0003${line}`]),
  'ok with fields of nobody': onOk((line) => [`${bare(line)} P-1 B+3 E-0.250 X:-12.50 (queue 3)\n`]),
  'ok stuck to a reading': each(
    4,
    onOk((line) => [line === 'ok\n' ? `okT:1.10 /0.00 B:-1.0 /0.0\n` : line]),
  ),
  'OK in capitals': onOk((line) => [line.replace(/^ok/, 'OK')]),
  'an echo of the command before ok': onOk((line, count) => [`echo:N${count} G1 X1 Y-2 ; ok?*33\n`, line]),
  'a reading between any two answers': (line) => [READING, line],
  'a reading in the middle of an answer': each(5, (line) => [line.slice(0, 1), READING, line.slice(1)]),
  'ok twice now and then': each(
    5,
    onOk((line) => [line, line]),
  ),
  'ok that nobody asked for': each(6, (line) => ['ok\n', line]),
  'ok after 20 s now and then': each(
    10,
    onOk((line) => [20_000, line]),
  ),
  'words in other alphabets': (line) => [
    'echo:\u6e29\u5ea6 20\u2103 \u2013 \u0433\u043e\u0442\u043e\u0432\u043e ok\n',
    line,
  ],
  'a line without end now and then': each(9, (line) => [`${'x'.repeat(5_000)}\n`, line]),
  'counters of free buffers': onOk((line) => ['D576 P:15 -1 (0) B:3 -1 (0)\n', line]),
};

/** Of complaints about a damaged line. */
const COMPLAINTS: Readonly<Record<string, Odd>> = {
  'a negative number': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$1-1')],
  'no number': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$1')],
  'a number beyond all': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$199999999999')],
  'a number long past': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$13')],
  'two requests': (line) => (/^(?:Resend|rs)/.test(line) ? [line, line] : [line]),
  'another spelling': (line) => [line.replace(/^(?:Resend:?|rs) ?N?/, 'RESEND:N:')],
};

/** The far end of a cable on which answers change on their way. */
function oddLink(far: SerialLink, odd: Odd, sleep: (ms: number) => Promise<void>): SerialLink {
  let queue = Promise.resolve();
  let count = 0;
  const latin1 = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'utf8'));
  return {
    write: (bytes) => {
      const pieces = odd(Buffer.from(bytes).toString('utf8'), ++count);
      queue = queue.then(async () => {
        for (const piece of pieces)
          if (typeof piece === 'number') await sleep(piece);
          else await far.write(latin1(piece)).catch(() => undefined);
      });
      return queue;
    },
    onData: (listener) => far.onData(listener),
    onClose: (listener) => far.onClose(listener),
    close: () => far.close(),
  };
}

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

const REPORTS: readonly string[] = [
  ' T:1.5 /0.0 B:-3.5 /0.0 @:0 B@:0',
  'X:1.00 Y:-2.00 Z:0.20 E:0.00 Count X:80 Y:-160 Z:80',
  'E0:1200 RPM PRN1:0 RPM',
  'SD printing byte 0/0',
  'Not SD printing',
];
test.each(REPORTS)('an answer that is lost is missed although "%s" comes each second', async (report) => {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const [marlin] = DIALECTS;
  if (marlin === undefined) throw new Error('there are dialects');
  const lossy = oddLink(far, (line, count) => (count % 9 === 0 ? [] : [line]), clock.sleep);
  const peer = new DialectPeer(lossy, clock, marlin, undefined, '');
  const over = new AbortController();
  const speak = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(1_000, over.signal).catch(() => undefined);
      await far.write(utf8ToBytes(`${report}\n`)).catch(() => undefined);
    }
  };
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  unwrap(await clock.drive(driver.connect()));
  void speak();
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  over.abort();
  expect(end.outcome).toBe('finished');
  checkExecuted(peer.executed, lines, true);
});

test('what looks like an ok, and is one or not', () => {
  for (const line of ['ok', 'OK', ' ok', 'okT:20.0', 'ok\r', 'ok N-5', 'ok 7', 'ok:'])
    expect(parseReply(line).type, line).toBe('ok');
  for (const line of ['okay', 'okok', 'o k', 'not ok', 'echo:ok', 'M118 ok', 'kok'])
    expect(parseReply(line).type, line).not.toBe('ok');
});
