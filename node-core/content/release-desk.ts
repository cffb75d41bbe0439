// The desk where a print file is released to a printer elsewhere: one stream for each attempt at a copy that the chain has
// as begun, to the session that the machine signed first, in order and a few chunks ahead. What is given is in the books
// before it leaves, so a desk that starts again goes on with the same stream and gives nothing twice that it gave not.

import type { Bytes, Fault, Random, Result } from '../base/index.ts';
import { bytesToHex, equalBytes, ok, refuse } from '../base/index.ts';
import type { Aead, VerifySignature } from '../identity/index.ts';
import { verifySignature } from '../identity/index.ts';
import { streamFault } from './faults.ts';
import type { KeptRelease, StreamFacts, StreamFile } from './gcode-stream.ts';
import { StreamReleaser } from './gcode-stream.ts';
import type { ChunkAsk, Refusal, ReleaseAnswer, ReleaseAsk } from './release-words.ts';
import { encodeAnswer, isAskedBy, parseQuestion, REFUSALS } from './release-words.ts';

/** What the chain and the store say of a copy that is asked for. */
export type ReleaseCase = {
  /** Compressed public key of the machine that the licence names. */
  readonly machine: Bytes;
  /** The chain has exactly this attempt as begun and not as ended; else it could be begun next. */
  readonly begun: boolean;
  readonly facts: Omit<StreamFacts, 'machine' | 'job' | 'copy' | 'attempt'>;
  readonly file: StreamFile;
  readonly key: Bytes;
};

/** One stream as it is kept. `progress` is what the machine said last, with its signature. */
export type KeptStream = {
  readonly ask: ReleaseAsk;
  readonly release: KeptRelease;
  readonly progress?: Pick<ChunkAsk, 'done' | 'head' | 'signature' | 'index'>;
};

/** What the desk asks and where it writes; each write is on disk when it returns. */
export interface ReleaseBooks {
  /** Refused where nothing of this may be released to anybody. */
  look(ask: ReleaseAsk): Promise<Result<ReleaseCase>>;
  isStopped(licence: Bytes): boolean;
  ofCopy(ask: Pick<ReleaseAsk, 'licence' | 'copy' | 'attempt'>): KeptStream | undefined;
  ofStream(streamId: Bytes): KeptStream | undefined;
  write(stream: KeptStream): void;
}

export type DeskParts = {
  readonly books: ReleaseBooks;
  readonly random: Random;
  readonly aead: Aead;
  readonly verify?: VerifySignature;
};

type Open = { readonly ask: ReleaseAsk; readonly releaser: StreamReleaser };

/** Streams that are open at once; the one that was asked for least recently is put away, and opened again when asked. */
const OPEN_MAX = 64;
/** Questions that wait for their turn; who floods the desk is answered no more than that. */
const WAITING_MAX = 64;

export class ReleaseDesk {
  readonly #parts: DeskParts;
  readonly #verify: VerifySignature;
  readonly #open = new Map<string, Open>();
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#verify = parts.verify ?? verifySignature;
  }

  /** The answer for whoever asked; undefined for what is no question. One at a time, so that no two make one stream. */
  answer(question: Bytes): Promise<Bytes | undefined> {
    const parsed = parseQuestion(question);
    if (!parsed.ok || this.#waiting >= WAITING_MAX) return Promise.resolve(undefined);
    const asked = parsed.value;
    this.#waiting++;
    const work = async () => {
      this.#waiting--;
      const answered = await (asked.kind === 'release-ask' ? this.#grant(asked) : this.#chunk(asked));
      return encodeAnswer(
        question,
        answered.ok ? answered.value : { type: 'refused', code: toldOf(answered.fault) },
      );
    };
    const mine = this.#queue.then(work, work);
    this.#queue = mine.catch(() => undefined);
    return mine;
  }

  /** Nothing more is given under this licence; keys in memory are wiped. */
  stop(licence: Bytes): void {
    for (const [name, { ask, releaser }] of this.#open)
      if (equalBytes(ask.licence, licence)) {
        releaser.close();
        this.#open.delete(name);
      }
  }

  close(): void {
    for (const { releaser } of this.#open.values()) releaser.close();
    this.#open.clear();
  }

  async #grant(ask: ReleaseAsk): Promise<Result<ReleaseAnswer>> {
    const { books } = this.#parts;
    const found = await books.look(ask);
    if (!found.ok) return found;
    if (!isAskedBy(ask, found.value.machine, this.#verify))
      return refuse(streamFault('stream.not-this-machine'));
    if (books.isStopped(ask.licence)) return refuse(streamFault('stream.stopped'));
    const kept = books.ofCopy(ask);
    // One session an attempt: whoever asks with another one has the first one's copy already.
    if (kept !== undefined && !equalBytes(kept.ask.session, ask.session))
      return refuse(streamFault('stream.taken'));
    if (!found.value.begun) return kept === undefined ? ok({ type: 'ready' }) : notOpen();
    if (kept !== undefined) return ok({ type: 'grant', ...kept.release.grant });
    const releaser = this.#releaser(ask, found.value, undefined);
    books.write(keptOf(ask, releaser));
    this.#remember(ask, releaser);
    return ok({ type: 'grant', ...releaser.grant });
  }

  async #chunk(asked: ChunkAsk): Promise<Result<ReleaseAnswer>> {
    const { books } = this.#parts;
    const open = await this.#opened(asked.stream);
    if (!open.ok) return open;
    const { ask, releaser } = open.value;
    if (books.isStopped(ask.licence)) return refuse(streamFault('stream.stopped'));
    const { index, done, head, signature } = asked;
    const released = releaser.release({ index, done, head, signature });
    if (!released.ok) return released;
    books.write({ ...keptOf(ask, releaser), progress: { index, done, head, signature } });
    return ok({ type: 'chunk', ...released.value });
  }

  async #opened(streamId: Bytes): Promise<Result<Open>> {
    const name = bytesToHex(streamId);
    const open = this.#open.get(name);
    if (open !== undefined) {
      this.#remember(open.ask, open.releaser);
      return ok(open);
    }
    const kept = this.#parts.books.ofStream(streamId);
    if (kept === undefined) return refuse(streamFault('stream.closed'));
    const found = await this.#parts.books.look(kept.ask);
    if (!found.ok) return found;
    if (!found.value.begun) return notOpen();
    const releaser = this.#releaser(kept.ask, found.value, kept.release);
    this.#remember(kept.ask, releaser);
    return ok({ ask: kept.ask, releaser });
  }

  #releaser(
    { job, copy, attempt, session }: ReleaseAsk,
    { facts, machine, file, key }: ReleaseCase,
    kept: KeptRelease | undefined,
  ): StreamReleaser {
    const { random, aead } = this.#parts;
    return new StreamReleaser({
      file,
      key,
      facts: { ...facts, job, copy, attempt, machine },
      random,
      aead,
      verify: this.#verify,
      session,
      ...(kept === undefined ? {} : { kept }),
    });
  }

  #remember(ask: ReleaseAsk, releaser: StreamReleaser): void {
    const name = bytesToHex(releaser.grant.header.streamId);
    this.#open.delete(name);
    this.#open.set(name, { ask, releaser });
    const [oldest] = this.#open;
    if (this.#open.size <= OPEN_MAX || oldest === undefined) return;
    oldest[1].releaser.close();
    this.#open.delete(oldest[0]);
  }
}

function keptOf(ask: ReleaseAsk, releaser: StreamReleaser): KeptStream {
  return { ask, release: releaser.keep() };
}

function notOpen(): Result<never> {
  return refuse(streamFault('stream.not-open'));
}

/** Of what went wrong here the other side is told no more than that it is not its fault. */
function toldOf({ code }: Fault): Refusal {
  return REFUSALS.find((told) => told === code) ?? 'stream.unreachable';
}
