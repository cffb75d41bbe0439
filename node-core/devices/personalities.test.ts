// Firmwares put together by chance: a dialect, a way to boot, a few odd ways to answer, things said each second, slow and
// lost answers, and now and then a fault. Whatever comes, no line is executed that is not the job's next one, the print
// ends, and it ends finished or with a fault that says why, the heaters off wherever the machine can still be reached.

import { describe, expect, test } from 'vitest';
import { ok, utf8ToBytes } from '../base/index.ts';
import { DIALECTS, DialectPeer, PEER_FAULTS, type PeerFault } from './dialect-peers.ts';
import { checkExecuted, sampleJob } from './driver-conformance.ts';
import { createMarlinDriver } from './marlin.ts';
import { COMPLAINTS, type Odd, oddities, oddLink } from './odd-link.ts';
import type { SerialLink } from './types.ts';
import { createLinkPair, createSeeded, createSimClock, type SimClock } from './virtual/index.ts';

const SEEDS = 240;
/** Nobody can reach the machine there any more. */
const UNREACHABLE: ReadonlySet<PeerFault> = new Set(['the firmware hangs', 'the cable is lost']);
/** Nothing on the way to a pseudo-terminal of Klipper's can do that, and nobody would notice. */
const UNNOTICED: ReadonlySet<PeerFault> = new Set([
  'a line damaged',
  'a line lost',
  'a line delivered twice',
]);
/** Those that a print gets over. */
const PASSING: ReadonlySet<PeerFault> = new Set([
  'nothing',
  ...UNNOTICED,
  'an answer lost',
  'an answer doubled',
  'noise between answers',
  'busy for 40 s',
]);
/** No heater leaps, and the host would not believe one. Kelvin a second. */
const HEATING_K_PER_S = 3;

const { lines, gcode } = sampleJob(2);

/** Up before it goes home, where a print is ended. */
const PARKING = /^G1 Z10 F600$/;

/** What is sent while it boots; what it is sent meanwhile is lost. */
const BOOTS: Readonly<Record<string, readonly (string | number)[]>> = {
  none: [],
  'a greeting': [300, 'start\necho:Marlin 2.1\n'],
  'a greeting without line ends': [1_500, 'start\rMarlin 1.0\r', 700, 'Free Memory'],
  'two greetings': [200, 'start\n', 1_200, 'start\necho: External Reset\n'],
  'binary noise': [100, '\u0000\u0001\u0080\u00ff\u0007\u001b[2J', 900, '\u00fe\u00fe'],
  'noise and a greeting in the middle': [50, '\u00ff\u0000\u0013', 50, 'start\r\n\u0011', 2_600, 'ready\r\n'],
  slowly: [9_000, 'PowerUp\n', 4_000, 'echo:SD init fail\n'],
};
const CHATTER: readonly string[] = [
  '//action:notification Layer 1/2',
  '// action:notification 12%',
  'echo:Printing...',
  'FR:100%',
  'X:1.00 Y:2.00 Z:0.20 E:0.00 Count X:80 Y:160 Z:80',
  'Not SD printing',
  'E0:1200 RPM PRN1:0 RPM',
  '\u0007\u00ff',
  'N12 G1 X1*44',
  '<Idle|MPos:0.000,0.000,0.000>',
];
/** What follows `ok`, and how it is written. */
const OKS: readonly ((line: string) => string)[] = [
  (line) => line.replace(/^ok$/, 'ok P15 B3'),
  (line) => line.replace(/^ok$/, 'ok 0'),
  (line) => line.replace(/^ok N(\d+).*$/, 'ok N$1'),
  (line) => line.replace(/^ok N(\d+).*$/, 'ok N$1 P7 B3'),
  (line) => line.replace(/^ok N(\d+) .*$/, 'ok N$1P0B0'),
  (line) => line.replace(/^ok\b/, 'OK'),
  (line) => line.replace(/^ok\b/, 'Ok'),
  (line) => line.replace(/^ok$/, 'ok   '),
  (line) => line.replace(/^ok$/, '  ok'),
  (line) => line.replace(/^ok$/, 'ok\u0000'),
  (line) => line.replace(/^echo:busy/, 'ECHO: busy'),
  (line) => line.replace(/^(?:Resend: ?|rs N?)/, 'resend  '),
  (line) => line.replace(/^(?:Resend: ?|rs N?)/, 'rs '),
  (line) => line.replace(/^(?:Resend: ?|rs N?)/, 'Resend:N'),
  (line) => line.replace(/^Error:/, 'error: '),
];

type Character = {
  readonly name: string;
  readonly dialect: (typeof DIALECTS)[number];
  readonly boot: readonly (string | number)[];
  readonly odd: (reading: () => string) => Odd;
  readonly chatter: string | undefined;
  readonly fault: PeerFault;
  readonly strikeAt: string;
};

function characterOf(seed: number): Character {
  const random = createSeeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const some = (most: number) => Math.floor(random() * (most + 1));
  const dialect = pick(DIALECTS);
  const bootName = pick(Object.keys(BOOTS));
  const odd = Array.from({ length: some(2) }, () => pick(Object.keys(oddities(() => ''))));
  const complaint = dialect.checks && random() < 0.4 ? pick(Object.keys(COMPLAINTS)) : undefined;
  const forms = Array.from({ length: some(3) }, () => pick(OKS));
  const delayMs = pick([0, 0, 20, 300, 2_500, 17_000]);
  const loss = pick([0, 0, 0.02, 0.08]);
  const chatter = random() < 0.5 ? pick(CHATTER) : undefined;
  const faults = dialect.checks ? PEER_FAULTS : PEER_FAULTS.filter((fault) => !UNNOTICED.has(fault));
  const fault = random() < 0.4 ? 'nothing' : pick(faults);
  const strikeAt = lines[8 + Math.floor(random() * (lines.length - 14))] ?? '';
  return {
    name: [dialect.name, bootName, ...odd, complaint, `${delayMs} ms`, loss, chatter, fault].join(' · '),
    dialect,
    boot: BOOTS[bootName] ?? [],
    odd: (reading) => (text, count) => {
      let pieces: readonly (string | number)[] = [
        `${forms.reduce((line, form) => form(line), text.replace(/\n$/, ''))}\n`,
      ];
      const through = (change: Odd | undefined) => {
        if (change !== undefined)
          pieces = pieces.flatMap((piece) => (typeof piece === 'number' ? [piece] : change(piece, count)));
      };
      if (complaint !== undefined) through(COMPLAINTS[complaint]);
      for (const name of odd) through(oddities(reading)[name]);
      if (random() < loss) return [];
      return delayMs > 0 && random() < 0.2 ? [random() * delayMs, ...pieces] : pieces;
    },
    chatter,
    fault,
    strikeAt,
  };
}

/** The link of a board that boots: deaf for a while, then with its own first words. */
function bootingLink(far: SerialLink, boot: Character['boot'], clock: SimClock): SerialLink {
  let awake = boot.length === 0;
  void (async () => {
    for (const piece of boot)
      if (typeof piece === 'number') await clock.sleep(piece);
      else await far.write(utf8ToBytes(piece)).catch(() => undefined);
    awake = true;
  })();
  return {
    write: (bytes) => far.write(bytes),
    onData: (listener) => far.onData((bytes) => (awake ? listener(bytes) : undefined)),
    onClose: (listener) => far.onClose(listener),
    close: () => far.close(),
  };
}

async function meet({ dialect, boot, odd, chatter, fault, strikeAt }: Character) {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const heat = { nozzle: 21, bed: 21, atMs: 0 };
  const reading = () => {
    const { nozzleTargetC, bedTargetC } = peer.body.state();
    const most = ((clock.monotonicMs() - heat.atMs) * HEATING_K_PER_S) / 1000;
    const toward = (celsius: number, targetC: number) =>
      celsius + Math.max(-most, Math.min(most, Math.max(21, targetC) - celsius));
    heat.nozzle = toward(heat.nozzle, nozzleTargetC);
    heat.bed = toward(heat.bed, bedTargetC);
    heat.atMs = clock.monotonicMs();
    const [nozzle, bed] = [heat.nozzle.toFixed(1), heat.bed.toFixed(1)];
    return ` T:${nozzle} /${nozzleTargetC}.0 B:${bed} /${bedTargetC}.0 @:0 B@:0`;
  };
  const answer = odd(reading);
  const warm: Odd = (line, count) =>
    answer(
      line.replace(/^ok T:.*/, () => `ok${reading()}`),
      count,
    );
  const link = oddLink(bootingLink(far, boot, clock), warm, clock.sleep);
  const peer: DialectPeer = new DialectPeer(link, clock, dialect, fault, strikeAt);
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  const over = new AbortController();
  const speak = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(1_000, over.signal).catch(() => undefined);
      // Between answers: a board does not break off in the middle of one.
      if (chatter !== undefined) void link.write(utf8ToBytes(`${chatter}\n`));
    }
  };
  const connected = await clock.drive(driver.connect());
  if (!connected.ok) return { peer, driver, fault: connected.fault, finished: false };
  void speak();
  const printed = await clock.drive(driver.print({ jobId: 'a', gcode }));
  await clock.drive(clock.sleep(60_000));
  over.abort();
  if (!printed.ok) return { peer, driver, fault: printed.fault, finished: false };
  return { peer, driver, fault: printed.value.fault, finished: printed.value.outcome === 'finished' };
}

describe('two hundred and forty firmwares put together by chance', () => {
  test('execute the job in its order or stop with a reason, and are left cold', {
    timeout: 120_000,
  }, async () => {
    const ends: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const character = characterOf(seed);
      try {
        const { peer, fault, finished } = await meet(character);
        const foreign = (line: string) => /^<|^M108$/.test(line) || (!finished && PARKING.test(line));
        checkExecuted(
          peer.executed.filter((line) => !foreign(line)),
          lines,
          finished,
        );
        const { nozzleTargetC, bedTargetC } = peer.body.state();
        if (!UNREACHABLE.has(character.fault)) expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
        expect(finished).toBe(fault === undefined);
        if (fault !== undefined) expect(fault.message.length).toBeGreaterThan(10);
        if (PASSING.has(character.fault)) ends.push(fault?.code ?? 'finished');
      } catch (error) {
        throw new Error(`seed ${seed}: ${character.name}`, { cause: error });
      }
    }
    // What a print gets over does not stop it, but for a machine that cannot be understood at all.
    expect(ends.length).toBeGreaterThan(SEEDS / 2);
    expect(ends.filter((end) => end === 'finished').length / ends.length).toBeGreaterThan(0.9);
  });
});
