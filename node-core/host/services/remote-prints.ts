// The printer's side of a file that its designer releases while it prints: asks over the messenger, one caller a print.
// The file is never here as a whole; what is here is in the memory of the machine's worker, a few parts at a time.

import type { Bytes, Clock, Log, Random, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import type { ReleaseAsk, StreamGrant } from '../../content/index.ts';
import { askRelease, ReleaseCaller } from '../../content/index.ts';
import type { Job } from '../../jobs/index.ts';
import { jobHash } from '../../jobs/index.ts';
import type { ReleaseChunk } from '../adapters/machine-service.ts';
import type { Messenger } from '../dimp/messenger.ts';
import type { ReleasedPart } from '../workers/machine-protocol.ts';
import type { RemoteSource } from './mandate.ts';
import { RELEASE_SUBJECT } from './releases.ts';

export type RemoteParts = {
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly messenger: Pick<Messenger, 'say'>;
};

/** How far a file is here that nobody here has read. */
export type PassedParts = Omit<ReleasedPart, 'path'>;

export type RemoteStream = {
  readonly grant: StreamGrant;
  readonly sessionSecret: Bytes;
  readonly release: ReleaseChunk;
};

/** One attempt at a copy whose file is released elsewhere. */
export class RemotePrint {
  readonly jobId: string;
  /** The path of what was released, in memory and for as long as it prints. */
  readonly #path: Bytes[] = [];
  #passed: PassedParts | undefined;
  readonly #caller: ReleaseCaller;
  readonly #ask: ReleaseAsk;
  readonly #sessionSecret: Bytes;

  constructor(jobId: string, caller: ReleaseCaller, ask: ReleaseAsk, sessionSecret: Bytes) {
    this.jobId = jobId;
    this.#caller = caller;
    this.#ask = ask;
    this.#sessionSecret = sessionSecret;
  }

  /** Before the copy is spent: whether it would be released. */
  ready(): Promise<Result<void>> {
    return this.#caller.ready(this.#ask);
  }

  /** After it was spent. */
  async open(): Promise<Result<RemoteStream>> {
    const grant = await this.#caller.grant(this.#ask);
    if (!grant.ok) return grant;
    const { streamId } = grant.value.header;
    return ok({
      grant: grant.value,
      sessionSecret: this.#sessionSecret,
      release: (request) => this.#caller.chunk(streamId, request),
    });
  }

  /** A part passed the guard of the machine, and goes to it. */
  note({ path, ...passed }: ReleasedPart): void {
    this.#path.push(path);
    this.#passed = passed;
  }

  get passed(): PassedParts | undefined {
    return this.#passed;
  }

  get path(): readonly Bytes[] {
    return this.#path;
  }

  close(): void {
    this.#path.length = 0;
    this.#caller.close();
    this.#sessionSecret.fill(0);
  }
}

type Running = { readonly owner: string; readonly designer: string; readonly caller: ReleaseCaller };

export class RemotePrints {
  readonly #parts: RemoteParts;
  readonly #running = new Map<RemotePrint, Running>();

  constructor(parts: RemoteParts) {
    this.#parts = parts;
  }

  begin(job: Job, source: RemoteSource, attempt: number, machineSecret: Bytes): RemotePrint {
    const { messenger, clock, random, log } = this.#parts;
    const { owner, designer, licence } = source;
    const caller = new ReleaseCaller({
      clock,
      send: (data) =>
        messenger
          .say(owner, designer, { subject: RELEASE_SUBJECT, act: 'question', data })
          .catch((error: unknown) => {
            log('warn', 'release.unsent', { error });
            return false;
          }),
    });
    const copy = { licence, job: jobHash(job.id), copy: job.copy, attempt };
    const { ask, session } = askRelease(copy, machineSecret, random);
    const print = new RemotePrint(job.id, caller, ask, session.secretKey);
    this.#running.set(print, { owner, designer, caller });
    return print;
  }

  end(print: RemotePrint): void {
    print.close();
    this.#running.delete(print);
  }

  /** The job whose file is released elsewhere just now. */
  of(jobId: string): RemotePrint | undefined {
    return [...this.#running.keys()].find((print) => print.jobId === jobId);
  }

  /** An answer from another console: whoever waits for exactly it takes it. */
  hear(actor: string, sender: string, answer: Bytes): void {
    for (const { owner, designer, caller } of this.#running.values())
      if (owner === actor && designer === sender) caller.hear(answer);
  }
}
