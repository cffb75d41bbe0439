// The printer's side of a release elsewhere: asks one question at a time and waits for its own answer, whatever else comes
// in between. An answer that does not come is one that may be asked for again; a chunk that comes late is taken as long as
// it is the one that is wanted, so that a slow way costs time and not the print.

import type { Bytes, Clock, Result } from '../base/index.ts';
import { bytesToHex, equalBytes, ok, refuse, sha256 } from '../base/index.ts';
import { streamFault } from './faults.ts';
import type { ChunkRequest, ReleasedChunk, StreamGrant } from './gcode-stream.ts';
import type { ReleaseAnswer, ReleaseAsk, ReleaseQuestion } from './release-words.ts';
import { encodeQuestion, parseAnswer } from './release-words.ts';

/** An answer that takes longer was lost on its way. */
const ANSWER_MS = 4_000;
/** How long a console that does not answer is asked before a person is told. */
const READY_PATIENCE_MS = 20_000;
/** The same once the copy is spent: the chain's word of it may arrive there late. */
const GRANT_PATIENCE_MS = 270_000;
/** Between two questions. */
const AGAIN_MS = 500;
/** Questions for one chunk whose answers are still taken. */
const QUESTIONS_MAX = 8;

export type CallerParts = {
  /** Best effort, and false where it cannot be sent now. */
  readonly send: (question: Bytes) => Promise<boolean>;
  readonly clock: Clock;
};

type Waiting = { readonly to: Bytes; readonly settle: (answer: Result<ReleaseAnswer>) => void };
/** The chunk that is wanted, the questions for it that are under way, and its lines where they came in between. */
type Wanted = { readonly name: string; questions: Bytes[]; came: ReleasedChunk | undefined };

export class ReleaseCaller {
  readonly #parts: CallerParts;
  #waiting: Waiting | undefined;
  #wanted: Wanted | undefined;
  readonly #over = new AbortController();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Something came from the releaser. */
  hear(answer: Bytes): void {
    const parsed = parseAnswer(answer);
    if (!parsed.ok) return;
    const { to, body } = parsed.value;
    if (this.#waiting !== undefined && equalBytes(to, this.#waiting.to)) {
      this.#settle(body.type === 'refused' ? refuse(streamFault(body.code)) : ok(body));
      return;
    }
    // A refusal of a question that was asked anew is out of date; the lines are the same whenever they come.
    const wanted = this.#wanted;
    if (body.type !== 'chunk' || wanted?.questions.some((question) => equalBytes(question, to)) !== true)
      return;
    if (this.#waiting === undefined) wanted.came = chunkOf(body);
    else this.#settle(ok(body));
  }

  /** Whether the releaser is there and would release this copy, before anything is spent. */
  async ready(ask: ReleaseAsk): Promise<Result<void>> {
    const answer = await this.#patiently(ask, READY_PATIENCE_MS, () => true);
    return answer.ok ? ok(undefined) : answer;
  }

  /** The stream of a copy that was begun. The releaser may hear of its beginning a little later than we do. */
  async grant(ask: ReleaseAsk): Promise<Result<StreamGrant>> {
    const answer = await this.#patiently(ask, GRANT_PATIENCE_MS, ({ type }) => type === 'grant');
    if (!answer.ok) return answer;
    if (answer.value.type !== 'grant') return refuse(streamFault('stream.away'));
    const { header, wrappedKey } = answer.value;
    return ok({ header, wrappedKey });
  }

  /** One chunk, asked for once. */
  async chunk(stream: Bytes, request: ChunkRequest): Promise<Result<ReleasedChunk>> {
    const name = `${bytesToHex(stream)} ${request.index}`;
    if (this.#wanted?.name !== name) this.#wanted = { name, questions: [], came: undefined };
    const wanted = this.#wanted;
    const answer =
      wanted.came === undefined
        ? await this.#once({ v: 1, kind: 'release-chunk', stream, ...request }, wanted)
        : ok({ type: 'chunk' as const, ...wanted.came });
    if (!answer.ok) return answer;
    if (answer.value.type !== 'chunk') return refuse(streamFault('stream.unreachable'));
    return ok(chunkOf(answer.value));
  }

  close(): void {
    this.#over.abort();
    this.#settle(refuse(streamFault('stream.closed')));
  }

  /** Asks until an answer is what was waited for, is a refusal, or patience is at its end. */
  async #patiently(
    ask: ReleaseAsk,
    patienceMs: number,
    isIt: (answer: ReleaseAnswer) => boolean,
  ): Promise<Result<ReleaseAnswer>> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + patienceMs;
    while (!this.#over.signal.aborted && clock.monotonicMs() < untilMs) {
      const answer = await this.#once(ask);
      if (answer.ok && isIt(answer.value)) return answer;
      if (!answer.ok && answer.fault.code !== 'stream.unreachable') return answer;
      await clock.sleep(AGAIN_MS, this.#over.signal).catch(() => undefined);
    }
    return refuse(streamFault('stream.away'));
  }

  #settle(answer: Result<ReleaseAnswer>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.settle(answer);
  }

  async #once(question: ReleaseQuestion, wanted?: Wanted): Promise<Result<ReleaseAnswer>> {
    if (this.#over.signal.aborted) return refuse(streamFault('stream.closed'));
    const unreachable = (): Result<ReleaseAnswer> => refuse(streamFault('stream.unreachable'));
    this.#settle(unreachable());
    const bytes = encodeQuestion(question);
    const to = sha256(bytes);
    if (wanted !== undefined) wanted.questions = [...wanted.questions, to].slice(-QUESTIONS_MAX);
    const answered = new AbortController();
    const answer = new Promise<Result<ReleaseAnswer>>((resolve) => {
      this.#waiting = { to, settle: resolve };
    });
    const late = this.#parts.clock.sleep(ANSWER_MS, answered.signal).then(unreachable, unreachable);
    // What could not leave is not waited for: it is asked anew as soon as there is a way.
    const unsent = new Promise<Result<ReleaseAnswer>>((resolve) => {
      void this.#parts.send(bytes).then((sent) => (sent ? undefined : resolve(unreachable())));
    });
    const result = await Promise.race([answer, late, unsent]);
    answered.abort();
    if (this.#waiting !== undefined && equalBytes(this.#waiting.to, to)) this.#waiting = undefined;
    return result;
  }
}

function chunkOf({ index, sealed, sealedKey }: ReleasedChunk): ReleasedChunk {
  return { index, sealed, sealedKey };
}
