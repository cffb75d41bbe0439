// A print whose file is released elsewhere, over a real station that both consoles' links lose and find again, on one clock
// that jumps: the densest print there is does not feel a cut of 3 s, one of 60 s lifts the nozzle off the part and is gone on with.

import { expect, test } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { ok, refuse, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import type { KeptStream, ReleaseBooks, ReleaseCase } from '../../content/index.ts';
import { askRelease, ReleaseCaller, ReleaseDesk, streamChunkEnds } from '../../content/index.ts';
import { createMarlinDriver, deviceFault, type MachineEvent, prepareJob } from '../../devices/index.ts';
import {
  createLinkPair,
  createSimClock,
  runVirtualPrinter,
  type SimClock,
} from '../../devices/virtual/index.ts';
import { backoffMs, type IncomingMail } from '../../dimp/client/index.ts';
import { createContent, createSerials, messageToText, openMessage } from '../../dimp/index.ts';
import { createKeyPair, portableAead } from '../../identity/index.ts';
import { STRICT_RULES } from '../../models/index.ts';
import { testProfile } from '../../models/testing/profile.ts';
import { createSeededRandom } from '../adapters/system.ts';
import { wordFields, wordOf } from '../dimp/console-words.ts';
import { crypto, makeAccount, TestClient, TestStation, World } from '../dimp/testing/world.ts';
import { StreamSource } from './stream-source.ts';

/** On its way from one console to the other, through the station. */
const WAY_MS = 80;
const TICK_MS = 500;

/** Moves of 0.3 mm at 40 mm/s: 133 lines of 30 bytes a second, as dense as prints get. */
function densePrint(moves: number): { readonly gcode: Bytes; readonly moves: readonly string[] } {
  const body: string[] = [];
  for (let i = 1; i <= moves; i++) {
    const row = Math.floor(i / 200);
    const along = i % 200;
    const x = 70 + 0.3 * (row % 2 === 0 ? along : 199 - along);
    body.push(`G1 X${x.toFixed(3)} Y${(70 + row * 0.3).toFixed(3)} E${(i * 0.011).toFixed(5)}`);
  }
  const start = ['M104 S200', 'G28', 'M109 S200', 'G92 E0', 'G1 Z0.2 F600', ';LAYER_CHANGE', 'G1 F2400'];
  const end = ['M104 S0', 'M107', 'M84'];
  return { gcode: utf8ToBytes(`${[...start, ...body, ...end].join('\n')}\n`), moves: body };
}

/** A console's messenger: says words, hears words, and finds its station again as often as it is lost. */
class Messenger extends TestClient {
  hears: (data: Bytes) => void = () => undefined;
  readonly #serial = createSerials(crypto.random);

  say(to: TestClient, act: string, data: Bytes): boolean {
    const content = createContent('customized', wordFields({ subject: 'release', act, data }), {
      sn: this.#serial(),
      timeS: this.world.nowMs / 1000,
    });
    const sent = this.client?.sendNow(messageToText(this.seal(to.account.id, content))) ?? false;
    this.world.settle();
    return sent;
  }

  override take(mails: readonly IncomingMail[]): void {
    for (const { message } of mails) {
      const word = wordOf(unwrap(openMessage(message, this.account, this.directory, crypto)));
      if (word !== undefined) this.hears(word.data);
    }
  }
}

async function openStation(clock: SimClock, seed: string) {
  const world = new World();
  world.nowMs = clock.nowMs();
  const station = new TestStation(world, await makeAccount('station', 'station'));
  const people = [
    new Messenger(world, await makeAccount('Designer')),
    new Messenger(world, await makeAccount('Owner')),
  ] as const;
  const random = createSeededRandom(seed);
  for (const person of people) {
    person.know(...people.filter((other) => other !== person), station);
    person.connect(station);
  }
  world.settle();
  let cuts = 0;
  const over = new AbortController();
  const keepTime = async () => {
    for (; !over.signal.aborted; await clock.sleep(TICK_MS, over.signal).catch(() => undefined))
      world.pass(clock.nowMs() - world.nowMs);
  };
  void keepTime();
  /** Tries as the consoles' links do, each by itself. */
  const findAgain = async (person: Messenger) => {
    for (let attempt = 1; !over.signal.aborted; attempt++) {
      await clock.sleep(backoffMs(attempt, random), over.signal).catch(() => undefined);
      if (cuts > 0) continue;
      person.connect(station);
      world.settle();
      return;
    }
  };
  const cut = async (durationMs: number) => {
    cuts++;
    for (const person of people) {
      person.drop();
      void findAgain(person);
    }
    await clock.sleep(durationMs);
    cuts--;
  };
  return { people, cut, close: () => over.abort() };
}

/** The designer's books: one copy, begun. */
function booksOf(found: ReleaseCase): ReleaseBooks {
  let kept: KeptStream | undefined;
  return {
    look: async () => ok(found),
    isStopped: () => false,
    ofCopy: () => kept,
    ofStream: () => kept,
    write: (stream) => {
      kept = stream;
    },
  };
}

const PROFILE = testProfile({ x: 220, y: 200, z: 250 });
const GUARD = { profile: PROFILE, rules: STRICT_RULES, dialect: 'marlin' } as const;

const machine = createKeyPair(new Uint8Array(32).fill(3));
const job = sha256(new Uint8Array(1));

async function setUp(seed: string, moves: number) {
  const clock = createSimClock(() => new Promise<void>((resolve) => setImmediate(resolve)));
  const station = await openStation(clock, seed);
  const [designer, owner] = station.people;
  const print = densePrint(moves);
  const gcodeHash = sha256(print.gcode);
  const { count, layerStarts } = unwrap(prepareJob(print.gcode));
  const random = createSeededRandom(seed);
  const desk = new ReleaseDesk({
    aead: portableAead,
    random,
    books: booksOf({
      machine: machine.publicKey,
      begun: true,
      facts: { gcodeHash, lines: count, layerStarts: [...layerStarts] },
      file: { ends: streamChunkEnds(print.gcode), read: (from, to) => ok(print.gcode.slice(from, to)) },
      key: sha256(new Uint8Array(2)),
    }),
  });
  designer.hears = (question) =>
    void desk.answer(question).then(async (answer) => {
      await clock.sleep(WAY_MS);
      if (answer !== undefined) designer.say(owner, 'answer', answer);
    });
  const caller = new ReleaseCaller({
    clock,
    send: async (question) => {
      await clock.sleep(WAY_MS);
      return owner.say(designer, 'question', question);
    },
  });
  owner.hears = (answer) => caller.hear(answer);
  const pair = createLinkPair(clock);
  const acknowledgedMs: number[] = [];
  const { onData } = pair.near;
  pair.near.onData = (listener) =>
    onData.call(pair.near, (bytes) => {
      if (Buffer.from(bytes).includes('ok')) acknowledgedMs.push(clock.monotonicMs());
      listener(bytes);
    });
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true });
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const licence = new Uint8Array(20).fill(7);
  const stream = async () => {
    const { ask, session } = askRelease({ licence, job, copy: 1, attempt: 1 }, machine.secretKey, random);
    const grant = unwrap(await caller.grant(ask));
    const source: StreamSource = unwrap(
      StreamSource.open({
        source: { kind: 'stream', grant, remote: { sessionSecret: session.secretKey, guard: GUARD } },
        record: { job, copy: 1, gcodeHash, startedS: 0, secretKey: machine.secretKey },
        clock,
        ask: (id, request) =>
          void caller.chunk(grant.header.streamId, request).then((result) => source.answer({ id, result })),
        head: () => new Uint8Array(32),
      }),
    );
    return unwrap((await driver.printStream?.(source.jobOf('a'))) ?? refuse(deviceFault('device.unknown')));
  };
  return { clock, station, print, printer, driver, events, acknowledgedMs, stream };
}

type Stage = Awaited<ReturnType<typeof setUp>>;

/** Prints, and does something else meanwhile, from the first move on. */
async function printWith(stage: Stage, during: () => Promise<void>): Promise<void> {
  const { clock, driver, printer, print, station, stream } = stage;
  const whole = async () => {
    unwrap(await driver.connect());
    const printing = stream();
    while (!printer.truth().log.includes(print.moves[0] ?? '')) await clock.sleep(TICK_MS);
    await during();
    return printing;
  };
  const end = await clock.drive(whole());
  station.close();
  expect(end).toMatchObject({ outcome: 'finished' });
  const { log, nozzleTargetC, bedTargetC } = printer.truth();
  expect(log.filter((line) => /^G1 X.* E/.test(line))).toEqual(print.moves);
  expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
}

/** Between one acknowledged line of the part and the next. */
function longestGapMs({ acknowledgedMs }: Stage, sinceMs: number): number {
  const times = acknowledgedMs.filter((atMs) => atMs >= sinceMs);
  return Math.max(...times.slice(1).map((atMs, i) => atMs - (times[i] ?? atMs)));
}

/** One print with cuts of its supply at times that the seed gives; the longest gap that the machine saw. */
async function printCut(seed: string, cuts: number, cutMs: number): Promise<number> {
  const stage = await setUp(seed, 7_000);
  const { clock, station, events } = stage;
  let sinceMs = 0;
  await printWith(stage, async () => {
    sinceMs = clock.monotonicMs();
    const random = createSeededRandom(`when ${seed}`);
    for (let i = 0; i < cuts; i++) {
      const [part = 0] = random.bytes(1);
      await clock.sleep(part * 16);
      await station.cut(cutMs);
      // The supply is what it was before another cut comes.
      await clock.sleep(9_000);
    }
  });
  expect(events.filter((event) => event.type === 'state' && event.state === 'pausing')).toEqual([]);
  return longestGapMs(stage, sinceMs);
}

test('cuts of 3 s are not felt by the densest print', async () => {
  const without = await printCut('0', 0, 0);
  expect(without).toBeGreaterThan(0);
  for (const seed of ['1', '2', '3'])
    expect(await printCut(seed, 3, 3_000), `seed ${seed}`).toBeLessThanOrEqual(without);
});

test('a cut of 60 s lifts the nozzle off the part, hot, and the print goes on by itself', async () => {
  const stage = await setUp('5', 3_600);
  const { clock, station, driver, printer } = stage;
  await printWith(stage, async () => {
    const cut = station.cut(60_000);
    while (driver.state !== 'paused') await clock.sleep(TICK_MS);
    const { positionMm, nozzleTargetC } = printer.truth();
    expect(positionMm.z).toBeCloseTo(5.2, 6);
    expect(nozzleTargetC).toBe(200);
    expect(await driver.resume()).toMatchObject({ ok: false, fault: { code: 'device.stream.waiting' } });
    await cut;
  });
});
