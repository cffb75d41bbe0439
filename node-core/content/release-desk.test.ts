// A print file released elsewhere, under a network that loses, repeats and reorders, a desk that starts again at any time,
// and an owner of the printer who has the machine's key and asks for everything he should not have; from seeds.

import { describe, expect, test } from 'vitest';
import type { Bytes, Result } from '../base/index.ts';
import {
  bytesToHex,
  concatBytes,
  equalBytes,
  ok,
  refuse,
  sha256,
  u64ToBytes,
  unwrap,
} from '../base/index.ts';
import { createSimClock } from '../devices/virtual/index.ts';
import { createKeyPair, portableAead } from '../identity/index.ts';
import { FuzzRandom } from '../sim/testing/fuzz/random.ts';
import { streamFault } from './faults.ts';
import type { KeptStream, ReleaseAsk, ReleaseBooks, ReleaseCase } from './index.ts';
import {
  askRelease,
  encodeAnswer,
  encodeQuestion,
  parseAnswer,
  parseQuestion,
  ReleaseCaller,
  ReleaseDesk,
  STREAM_AHEAD_CHUNKS,
  StreamReader,
  streamChunkEnds,
} from './index.ts';

const machine = createKeyPair(new Uint8Array(32).fill(3));
const other = createKeyPair(new Uint8Array(32).fill(4));
const licence = new Uint8Array(20).fill(7);
const job = sha256(new Uint8Array(1));
const head = new Uint8Array(32);
const key = sha256(new Uint8Array(2));
const gcode = new TextEncoder().encode(
  Array.from({ length: 6_000 }, (_, i) => `G1 X${i % 200}.125 E${i}\n`).join(''),
);
const ends = streamChunkEnds(gcode);
const gcodeHash = sha256(gcode);

function randomOf(seed: number) {
  let counter = 0n;
  return {
    bytes: (length: number) =>
      sha256(concatBytes(u64ToBytes(BigInt(seed)), u64ToBytes(counter++))).slice(0, length),
  };
}

/** What the chain has of each copy, and what the desk wrote; both outlive a desk. */
class Books implements ReleaseBooks {
  readonly chain = new Map<number, { attempts: number; open: boolean; finished: boolean }>();
  readonly kept = new Map<string, KeptStream>();
  stopped = false;

  async look(ask: ReleaseAsk): Promise<Result<ReleaseCase>> {
    if (!equalBytes(ask.licence, licence) || ask.copy > 3) return refuse(streamFault('stream.not-open'));
    const copy = this.chain.get(ask.copy) ?? { attempts: 0, open: false, finished: false };
    const begun = copy.open && copy.attempts === ask.attempt;
    if (!begun && (copy.open || copy.finished || copy.attempts + 1 !== ask.attempt))
      return refuse(streamFault('stream.not-open'));
    const file = { ends, read: (start: number, end: number) => ok(gcode.slice(start, end)) };
    const facts = { gcodeHash, lines: 6_000, layerStarts: [0] };
    return ok({ machine: machine.publicKey, begun, facts, file, key });
  }
  begin(copy: number): void {
    const attempts = (this.chain.get(copy)?.attempts ?? 0) + 1;
    this.chain.set(copy, { attempts, open: true, finished: false });
  }
  end(copy: number, finished: boolean): void {
    const { attempts = 1 } = this.chain.get(copy) ?? {};
    this.chain.set(copy, { attempts, open: false, finished });
  }
  isStopped = () => this.stopped;
  ofCopy = ({ copy, attempt }: Pick<ReleaseAsk, 'copy' | 'attempt'>) =>
    [...this.kept.values()].find(({ ask }) => ask.copy === copy && ask.attempt === attempt);
  ofStream = (streamId: Bytes) => this.kept.get(bytesToHex(streamId));
  write(stream: KeptStream): void {
    this.kept.set(bytesToHex(stream.release.grant.header.streamId), structuredClone(stream));
  }
}

/** A designer's console that may start again, behind a network with a seed; it notes all that it ever gave. */
function setUp(seed: number) {
  const random = new FuzzRandom(seed);
  const clock = createSimClock(() => new Promise<void>((resolve) => setImmediate(resolve)));
  const books = new Books();
  const fresh = () => new ReleaseDesk({ books, random: randomOf(seed), aead: portableAead });
  let desk = fresh();
  const given = new Map<string, string>();
  const traffic: Bytes[] = [];
  let isCut = false;
  const caller: ReleaseCaller = new ReleaseCaller({
    clock,
    send: async (question) => {
      void carry(question);
      return !isCut;
    },
  });
  const carry = async (question: Bytes) => {
    traffic.push(question);
    if (isCut || random.oneIn(6)) return;
    const times = random.oneIn(6) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      const answer = await ask(question);
      if (answer === undefined || random.oneIn(6)) continue;
      // Late answers come behind those of later questions.
      void clock
        .sleep(random.oneIn(5) ? 6_000 : random.below(200))
        .then(() => (isCut ? undefined : caller.hear(answer)));
    }
  };
  /** One question to the desk, and the rules that every answer of any desk keeps. */
  const ask = async (question: Bytes) => {
    const answer = await desk.answer(question);
    const asked = parseQuestion(question);
    if (answer === undefined || !asked.ok) return answer;
    const { body } = unwrap(parseAnswer(answer));
    if (body.type === 'grant') {
      const { copy, attempt } = body.header;
      expect(books.chain.get(copy)).toMatchObject({ attempts: attempt, open: true });
      expect(books.stopped).toBe(false);
      once(`stream of ${copy}.${attempt}`, bytesToHex(body.header.streamId));
    }
    if (body.type === 'chunk' && asked.value.kind === 'release-chunk') {
      expect(books.stopped).toBe(false);
      expect(body.index).toBeLessThan(asked.value.done + STREAM_AHEAD_CHUNKS);
      once(`chunk ${bytesToHex(asked.value.stream)} ${body.index}`, bytesToHex(sha256(body.sealed)));
    }
    return answer;
  };
  /** The same whenever it is given. */
  const once = (name: string, value: string) =>
    expect(given.get(name) ?? value, name).toBe(given.set(name, given.get(name) ?? value).get(name));
  const restart = () => {
    desk.close();
    desk = fresh();
  };
  const cut = (durationMs: number) => {
    isCut = true;
    void clock.sleep(durationMs).then(() => {
      isCut = false;
    });
  };
  return { random, clock, books, caller, traffic, given, ask, restart, cut, desk: () => desk };
}
type Stage = ReturnType<typeof setUp>;

/** One attempt by a printer that plays by the rules; how many parts it prints before it goes away, all where absent. */
async function print(stage: Stage, copy: number, until = ends.length): Promise<Bytes[]> {
  const { caller, books, random, clock } = stage;
  const attempt = (books.chain.get(copy)?.attempts ?? 0) + 1;
  const { ask, session } = askRelease(
    { licence, job, copy, attempt },
    machine.secretKey,
    randomOf(copy * 100 + attempt),
  );
  for (;;) {
    const ready = await caller.ready(ask);
    if (ready.ok) break;
    expect(ready.fault.code).toBe('stream.away');
  }
  books.begin(copy);
  const grant = unwrap(await caller.grant(ask));
  const reader = unwrap(
    StreamReader.open({
      grant,
      machineSecret: machine.secretKey,
      sessionSecret: session.secretKey,
      expected: { job, copy, gcodeHash },
      aead: portableAead,
    }),
  );
  const parts: Bytes[] = [];
  while (!reader.complete && parts.length < until) {
    if (random.oneIn(8)) stage.restart();
    if (random.oneIn(10)) stage.cut(random.pick([3_000, 60_000]));
    if (random.oneIn(3)) await misbehave(stage);
    const done = Math.max(0, parts.length - random.below(STREAM_AHEAD_CHUNKS));
    const request = reader.request(Math.max(done, parts.length - STREAM_AHEAD_CHUNKS + 1), head);
    const chunk = await caller.chunk(grant.header.streamId, request);
    if (chunk.ok) parts.push(unwrap(reader.take(chunk.value)));
    else if (chunk.fault.code === 'stream.order') continue;
    else expect(chunk.fault.code).toBe('stream.unreachable');
    await clock.sleep(500);
  }
  return parts;
}

/** The owner of the printer has its key and every byte that ever went by. */
async function misbehave({ random, ask, traffic, books }: Stage): Promise<void> {
  const mine = randomOf(random.below(1_000_000) + 5_000_000);
  const copy = 1 + random.below(4);
  const attempt = 1 + random.below(4);
  const secret = random.oneIn(3) ? other.secretKey : machine.secretKey;
  const before = books.kept.size;
  switch (random.below(3)) {
    case 0:
      await ask(random.pick(traffic));
      return;
    case 1: {
      // A second session for a copy that is printing or was printed.
      if (books.ofCopy({ copy, attempt }) === undefined) return;
      const second = await ask(encodeQuestion(askRelease({ licence, job, copy, attempt }, secret, mine).ask));
      expect(second && unwrap(parseAnswer(second)).body.type).toBe('refused');
      expect(books.kept.size).toBe(before);
      return;
    }
    default: {
      // Ahead of its turn, or with more printed than was given.
      const [kept] = [...books.kept.values()].slice(-1);
      if (kept === undefined) return;
      const { grant, next } = kept.release;
      const reader = StreamReader.open({
        grant,
        machineSecret: secret,
        expected: { job, copy: grant.header.copy, gcodeHash },
        aead: portableAead,
      });
      // Without the session's key even the machine's own opens nothing.
      expect(reader.ok).toBe(false);
      const forged = {
        index: next + random.below(9),
        done: next + 1 + random.below(9),
        head,
        signature: new Uint8Array(64),
      };
      const question = encodeQuestion({
        v: 1,
        kind: 'release-chunk',
        stream: grant.header.streamId,
        ...forged,
      });
      const answer = await ask(question);
      expect(answer && unwrap(parseAnswer(answer)).body.type).toBe('refused');
    }
  }
}

// Simulated time is free, signatures are not: a busy computer takes its while.
describe('a print file released elsewhere', { timeout: 120_000 }, () => {
  test('comes whole, once, in order, whatever the network, restarts and the owner do', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const stage = setUp(seed);
      const { clock, books, given } = stage;
      await clock.drive(print(stage, 1, 2));
      books.end(1, false);
      const parts = await clock.drive(print(stage, 1));
      books.end(1, true);
      expect(equalBytes(concatBytes(...parts), gcode), `seed ${seed}`).toBe(true);
      const second = await clock.drive(print(stage, 2));
      expect(equalBytes(concatBytes(...second), gcode), `seed ${seed}`).toBe(true);
      // Two attempts at the first copy and one at the second: three streams, however often was asked.
      expect([...given.keys()].filter((name) => name.startsWith('stream')).length).toBe(3);
      // Everything that ever went by, again: nothing is given of a copy that ended.
      books.end(2, true);
      stage.restart();
      for (const question of stage.traffic.slice(-60)) {
        const answer = await stage.ask(question);
        expect(answer && unwrap(parseAnswer(answer)).body.type).toBe('refused');
      }
    }
  });

  test('stopped, nothing more is given, to nobody, by no desk', async () => {
    const stage = setUp(99);
    const { clock, books, traffic, ask, desk } = stage;
    await clock.drive(print(stage, 1, 3));
    books.stopped = true;
    desk().stop(licence);
    for (const again of [false, true]) {
      if (again) stage.restart();
      for (const question of traffic) {
        const answer = await ask(question);
        expect(answer && unwrap(parseAnswer(answer)).body).toMatchObject({ type: 'refused' });
      }
    }
  });

  test('asks of another machine, for another licence or a copy too many get nothing', async () => {
    const { ask, books } = setUp(5);
    books.begin(1);
    const bodyOf = async (change: Partial<ReleaseAsk>, secret = machine.secretKey) => {
      const copy = { licence, job, copy: 1, attempt: 1, ...change };
      const answer = await ask(encodeQuestion(askRelease(copy, secret, randomOf(1)).ask));
      return answer && unwrap(parseAnswer(answer)).body;
    };
    expect(await bodyOf({}, other.secretKey)).toEqual({ type: 'refused', code: 'stream.not-this-machine' });
    for (const change of [{ copy: 4 }, { attempt: 2 }, { licence: new Uint8Array(20) }])
      expect(await bodyOf(change)).toEqual({ type: 'refused', code: 'stream.not-open' });
    expect(await bodyOf({ copy: 2 })).toEqual({ type: 'ready' });
    expect(await ask(new Uint8Array(40))).toBeUndefined();
    const flood = await Promise.all(Array.from({ length: 500 }, () => ask(new Uint8Array(40))));
    expect(flood.every((answer) => answer === undefined)).toBe(true);
    const { ask: fair } = askRelease({ licence, job, copy: 2, attempt: 1 }, machine.secretKey, randomOf(2));
    const questions = Array.from({ length: 200 }, () => ask(encodeQuestion(fair)));
    const answered = (await Promise.all(questions)).filter((answer) => answer !== undefined);
    expect(answered.length).toBeLessThan(100);
    expect(await bodyOf({})).toMatchObject({ type: 'grant' });
    expect(await bodyOf({ job: sha256(job) })).toMatchObject({ type: 'grant', header: { job } });
  });

  test('a way on which each answer takes longer than anybody waits brings the file all the same', async () => {
    const stage = setUp(7);
    const { clock, books } = stage;
    const slow: ReleaseCaller = new ReleaseCaller({
      clock,
      send: async (question) => {
        const answer = await stage.ask(question);
        if (answer !== undefined) void clock.sleep(10_000).then(() => slow.hear(answer));
        return true;
      },
    });
    const { ask, session } = askRelease(
      { licence, job, copy: 1, attempt: 1 },
      machine.secretKey,
      randomOf(1),
    );
    books.begin(1);
    const kept = unwrap(await stage.ask(encodeQuestion(ask)).then((bytes) => parseAnswer(bytes ?? gcode)));
    if (kept.body.type !== 'grant') throw new Error('it is granted');
    const { header, wrappedKey } = kept.body;
    const expected = { job, copy: 1, gcodeHash };
    const keys = { machineSecret: machine.secretKey, sessionSecret: session.secretKey };
    const reader = unwrap(
      StreamReader.open({ grant: { header, wrappedKey }, ...keys, expected, aead: portableAead }),
    );
    const work = async () => {
      const parts: Bytes[] = [];
      // Each time with another head: no question is like the one before.
      for (let round = 0; !reader.complete; round++) {
        const request = reader.request(parts.length, sha256(u64ToBytes(BigInt(round))));
        const chunk = await slow.chunk(header.streamId, request);
        if (chunk.ok) parts.push(unwrap(reader.take(chunk.value)));
        else await clock.sleep(500);
      }
      return parts;
    };
    expect(equalBytes(concatBytes(...(await clock.drive(work()))), gcode)).toBe(true);
  });

  test('a releaser that lies gives the printer nothing but the quoted file, or an end', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new FuzzRandom(seed);
      const stage = setUp(seed);
      const { clock, books } = stage;
      const lying: ReleaseCaller = new ReleaseCaller({
        clock,
        send: async (question) => {
          void stage.ask(question).then((answer) => lying.hear(lie(question, answer, random)));
          return true;
        },
      });
      const { ask, session } = askRelease(
        { licence, job, copy: 1, attempt: 1 },
        machine.secretKey,
        randomOf(1),
      );
      books.begin(1);
      const work = async () => {
        const grant = await lying.grant(ask);
        if (!grant.ok) return grant.fault.code;
        const reader = StreamReader.open({
          grant: grant.value,
          machineSecret: machine.secretKey,
          sessionSecret: session.secretKey,
          expected: { job, copy: 1, gcodeHash },
          aead: portableAead,
        });
        if (!reader.ok) return reader.fault.code;
        for (let taken = 0; !reader.value.complete; ) {
          const chunk = await lying.chunk(grant.value.header.streamId, reader.value.request(taken, head));
          if (!chunk.ok && chunk.fault.code === 'stream.unreachable') return chunk.fault.code;
          const lines = chunk.ok ? reader.value.take(chunk.value) : chunk;
          if (!lines.ok) return lines.fault.code;
          const start = ends[taken - 1] ?? 0;
          expect(equalBytes(lines.value, gcode.slice(start, ends[taken++]))).toBe(true);
        }
        return 'whole';
      };
      expect(await clock.drive(work())).toMatch(/^(whole|stream\.[a-z-]+)$/);
    }
  });
});

/** An answer changed in one byte, kept back, given to another question, or made up. */
function lie(question: Bytes, answer: Bytes | undefined, random: FuzzRandom): Bytes {
  if (answer === undefined || !random.oneIn(4)) return answer ?? new Uint8Array(0);
  const { body } = unwrap(parseAnswer(answer));
  switch (random.below(4)) {
    case 0: {
      const changed = answer.slice();
      const at = random.below(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 + random.below(255));
      return changed;
    }
    case 1:
      return new Uint8Array(0);
    case 2:
      return encodeAnswer(question, { type: 'ready' });
    default:
      return body.type === 'chunk'
        ? encodeAnswer(question, {
            ...body,
            sealed: body.sealed.map((byte, i) => (i === 5 ? byte ^ 1 : byte)),
          })
        : encodeAnswer(question, { type: 'refused', code: 'stream.stopped' });
  }
}
