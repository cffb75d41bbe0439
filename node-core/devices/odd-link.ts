// Answers as firmwares nobody here wrote may give them: cut, glued, doubled, late, noisy, decorated. For tests; a link that
// changes what a peer says on its way to the host.

import { utf8ToBytes } from '../base/index.ts';
import type { SerialLink } from './types.ts';

/** What comes instead of an answer: pieces as they arrive, and pauses between them in milliseconds. `count` from 1. */
export type Odd = (line: string, count: number) => readonly (string | number)[];

const each =
  (every: number, odd: Odd): Odd =>
  (line, count) =>
    count % every === 0 ? odd(line, count) : [line];
const onOk =
  (odd: Odd): Odd =>
  (line, count) =>
    line.startsWith('ok') ? odd(line, count) : [line];
const bare = (line: string) => line.replace(/\n$/, '');
/** `reading`: a report of temperatures as the peer would give it now, without its line end. */
export const oddities = (reading: () => string): Readonly<Record<string, Odd>> => ({
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
    onOk((line) => [line === 'ok\n' ? `ok${reading().trim()}\n` : line]),
  ),
  'OK in capitals': onOk((line) => [line.replace(/^ok/, 'OK')]),
  'an echo of the command before ok': onOk((line, count) => [`echo:N${count} G1 X1 Y-2 ; ok?*33\n`, line]),
  'a reading between any two answers': (line) => [`${reading()}\n`, line],
  'a reading in the middle of an answer': each(5, (line) => [
    line.slice(0, 1),
    `${reading()}\n`,
    line.slice(1),
  ]),
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
});

/** Of complaints about a damaged line. */
export const COMPLAINTS: Readonly<Record<string, Odd>> = {
  'a negative number': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$1-1')],
  'no number': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$1')],
  'a number beyond all': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$199999999999')],
  'a number long past': (line) => [line.replace(/((?:Resend|rs)\D*)\d+/, '$13')],
  'two requests': (line) => (/^(?:Resend|rs)/.test(line) ? [line, line] : [line]),
  'another spelling': (line) => [line.replace(/^(?:Resend:?|rs) ?N?/, 'RESEND:N:')],
};

/** The far end of a cable on which answers change on their way. */
export function oddLink(far: SerialLink, odd: Odd, sleep: (ms: number) => Promise<void>): SerialLink {
  let queue = Promise.resolve();
  let count = 0;
  return {
    write: (bytes) => {
      const pieces = odd(new TextDecoder().decode(bytes), ++count);
      queue = queue.then(async () => {
        for (const piece of pieces)
          if (typeof piece === 'number') await sleep(piece);
          else await far.write(utf8ToBytes(piece)).catch(() => undefined);
      });
      return queue;
    },
    onData: (listener) => far.onData(listener),
    onClose: (listener) => far.onClose(listener),
    close: () => far.close(),
  };
}
