// The printer's side of a release elsewhere: asks one question at a time and waits for its own answer, whatever else, older
// or foreign, comes in between. An answer that does not come is one that may be asked for again.

import type { Bytes, Clock, Result } from '../base/index.ts';
import { equalBytes, ok, refuse, sha256 } from '../base/index.ts';
import { streamFault } from './faults.ts';
import type { ChunkRequest, ReleasedChunk, StreamGrant } from './gcode-stream.ts';
import type { ReleaseAnswer, ReleaseAsk, ReleaseQuestion } from './release-words.ts';
import { encodeQuestion, parseAnswer } from './release-words.ts';

/** An answer that takes longer was lost on its way. */
const ANSWER_MS = 4_000;
/** How often a console that does not answer is asked before a person is told. */
const TRIES_MAX = 5;
/** Between two questions whether the chain's word has arrived there. */
const AGAIN_MS = 500;
const READY_TRIES_MAX = 60;

export type CallerParts = {
  /** Best effort: what cannot be sent now is lost. */
  readonly send: (question: Bytes) => void;
  readonly clock: Clock;
};

type Waiting = { readonly to: Bytes; readonly settle: (answer: Result<ReleaseAnswer>) => void };

export class ReleaseCaller {
  readonly #parts: CallerParts;
  #waiting: Waiting | undefined;
  readonly #over = new AbortController();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Something came from the releaser. */
  hear(answer: Bytes): void {
    const parsed = parseAnswer(answer);
    if (!parsed.ok || this.#waiting === undefined || !equalBytes(parsed.value.to, this.#waiting.to)) return;
    const { settle } = this.#waiting;
    this.#waiting = undefined;
    const { body } = parsed.value;
    settle(body.type === 'refused' ? refuse(streamFault(body.code)) : ok(body));
  }

  /** Whether the releaser is there and would release this copy, before anything is spent. */
  async ready(ask: ReleaseAsk): Promise<Result<void>> {
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const answer = await this.#once(ask);
      if (answer.ok) return ok(undefined);
      if (answer.fault.code !== 'stream.unreachable') return answer;
    }
    return refuse(streamFault('stream.away'));
  }

  /** The stream of a copy that was begun. The releaser may hear of its beginning a little later than we do. */
  async grant(ask: ReleaseAsk): Promise<Result<StreamGrant>> {
    for (let attempt = 0; attempt < READY_TRIES_MAX && !this.#over.signal.aborted; attempt++) {
      const answer = await this.#once(ask);
      if (answer.ok && answer.value.type === 'grant') {
        const { header, wrappedKey } = answer.value;
        return ok({ header, wrappedKey });
      }
      if (!answer.ok && answer.fault.code !== 'stream.unreachable') return answer;
      await this.#parts.clock.sleep(AGAIN_MS, this.#over.signal).catch(() => undefined);
    }
    return refuse(streamFault('stream.away'));
  }

  /** One chunk, asked for once. */
  async chunk(stream: Bytes, request: ChunkRequest): Promise<Result<ReleasedChunk>> {
    const answer = await this.#once({ v: 1, kind: 'release-chunk', stream, ...request });
    if (!answer.ok) return answer;
    if (answer.value.type !== 'chunk') return refuse(streamFault('stream.unreachable'));
    const { index, sealed, sealedKey } = answer.value;
    return ok({ index, sealed, sealedKey });
  }

  close(): void {
    this.#over.abort();
    this.#waiting?.settle(refuse(streamFault('stream.closed')));
    this.#waiting = undefined;
  }

  async #once(question: ReleaseQuestion): Promise<Result<ReleaseAnswer>> {
    if (this.#over.signal.aborted) return refuse(streamFault('stream.closed'));
    const unreachable = (): Result<ReleaseAnswer> => refuse(streamFault('stream.unreachable'));
    this.#waiting?.settle(unreachable());
    const bytes = encodeQuestion(question);
    const answered = new AbortController();
    const answer = new Promise<Result<ReleaseAnswer>>((resolve) => {
      this.#waiting = { to: sha256(bytes), settle: resolve };
    });
    this.#parts.send(bytes);
    const late = this.#parts.clock.sleep(ANSWER_MS, answered.signal).then(unreachable, unreachable);
    const result = await Promise.race([answer, late]);
    answered.abort();
    return result;
  }
}
