// The providers of one light node: who is asked first, who answers well, and who was caught lying and is asked no more.
// The configured order holds among those that answer; one that fails goes behind them until it has answered again.

import type { Clock, Fault, Log, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { timeToMs } from '../comet/index.ts';
import { lightFault } from './faults.ts';
import type { LightProvider } from './provider.ts';
import { fetchBlock, isAlive, withDeadline } from './provider.ts';

export type Source = { readonly provider: LightProvider; readonly block: LightBlock };

/** What is known of one provider, for people and for the order of asking. */
export type ProviderStatus = {
  readonly id: string;
  /** 100 for one that always answered of late; halved by each failure; 0 for one that was caught. */
  readonly score: number;
  readonly answers: number;
  readonly failures: number;
  readonly lastSeenMs: number | undefined;
  /** Claimed, not verified. */
  readonly latestHeight: bigint | undefined;
  readonly dropped: Fault | undefined;
};

export type ProviderPoolOptions = {
  readonly providers: readonly LightProvider[];
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly log: Log | undefined;
  readonly onDropped: (provider: string, fault: Fault) => void;
};

const SCORE_MAX = 100;
/** Before all that did not answer are asked once more: what a connection that broke needs. */
const RETRY_PAUSE_MS = 500;

type Record = { -readonly [K in Exclude<keyof ProviderStatus, 'id'>]: ProviderStatus[K] };
const freshRecord = (): Record => ({
  score: SCORE_MAX,
  answers: 0,
  failures: 0,
  lastSeenMs: undefined,
  latestHeight: undefined,
  dropped: undefined,
});

export class ProviderPool {
  readonly #options: ProviderPoolOptions;
  readonly #providers: readonly LightProvider[];
  readonly #records = new Map<string, Record>();
  #lastDropped: Fault | undefined;

  constructor(options: ProviderPoolOptions) {
    const { providers, clock, timeoutMs } = options;
    this.#options = options;
    // The same node given twice must not be its own witness.
    const distinct = new Map([...providers].reverse().map((provider) => [provider.id, provider]));
    this.#providers = [...distinct.values()]
      .reverse()
      .map((provider) => this.#observed(withDeadline(provider, clock, timeoutMs)));
  }

  list(): ProviderStatus[] {
    return this.#providers.map(({ id }) => ({ id, ...this.#recordOf(id) }));
  }

  /** Those that may still be asked, the best first. */
  available(): LightProvider[] {
    const scoreOf = ({ id }: LightProvider) => this.#recordOf(id).score;
    return this.#providers
      .filter(({ id }) => this.#recordOf(id).dropped === undefined)
      .sort((a, b) => scoreOf(b) - scoreOf(a));
  }

  /** It gave what no honest node gives: nothing that it says is looked at again. */
  drop(provider: LightProvider, fault: Fault): void {
    Object.assign(this.#recordOf(provider.id), { dropped: fault, score: 0 });
    this.#lastDropped = fault;
    this.#options.log?.('warn', 'light.provider.dropped', { provider: provider.id, code: fault.code });
    this.#options.onDropped(provider.id, fault);
  }

  /** It could not help where an honest node might fail too. */
  demote(provider: LightProvider): void {
    const record = this.#recordOf(provider.id);
    record.failures++;
    record.score = Math.floor(record.score / 2);
  }

  /** Everybody gets another chance: after a person chose where to begin again. */
  forgive(): void {
    this.#records.clear();
    this.#lastDropped = undefined;
  }

  /**
   * The first provider's block in which `accept` finds no fault; those that give bad ones are dropped. Where all are
   * silent, they are asked once more after a pause.
   */
  async fetch(
    height: bigint | 'latest',
    accept: (block: LightBlock) => Fault | undefined,
    passOver: ReadonlySet<string>,
    signal: AbortSignal | undefined,
  ): Promise<Result<Source>> {
    const candidates = () => this.available().filter(({ id }) => !passOver.has(id));
    const first = await this.#ask(candidates(), height, accept, signal);
    if (first.ok || first.fault?.code !== 'light.provider.silent') return this.#settle(first);
    await this.#options.clock.sleep(RETRY_PAUSE_MS, signal);
    return this.#settle(await this.#ask(candidates(), height, accept, signal));
  }

  /**
   * The newest block. All are asked: the best provider's is taken, unless another one has a block that is newer by more
   * than honest nodes lag. A node that keeps the newest blocks back cannot hold the light node in the past by itself.
   */
  async fetchLatest(
    accept: (block: LightBlock) => Fault | undefined,
    passOver: ReadonlySet<string>,
    lagMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Result<Source>> {
    const providers = this.available().filter(({ id }) => !passOver.has(id));
    const asked = await Promise.all(
      providers.map((provider) => this.#ask([provider], 'latest', accept, signal)),
    );
    const sources = asked.flatMap((answer) => (answer.ok ? [answer.value] : []));
    const [best] = sources;
    if (best === undefined) return this.fetch('latest', accept, passOver, signal);
    const timeOf = ({ block }: Source) => timeToMs(block.header.time);
    const newest = sources.reduce((a, b) => (timeOf(b) > timeOf(a) ? b : a));
    return ok(timeOf(newest) > timeOf(best) + lagMs ? newest : best);
  }

  async #ask(
    providers: readonly LightProvider[],
    height: bigint | 'latest',
    accept: (block: LightBlock) => Fault | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<Source, Fault | undefined>> {
    let missing: Fault | undefined;
    for (const provider of providers) {
      const fetched = await fetchBlock(provider, height, signal);
      if (fetched.kind === 'missing') {
        // That a block is not there yet says more than silence.
        if (missing === undefined || fetched.fault.code === 'light.height.ahead') missing = fetched.fault;
        continue;
      }
      const fault = fetched.kind === 'bad' ? fetched.fault : accept(fetched.block);
      if (fetched.kind === 'block' && fault === undefined) return ok({ provider, block: fetched.block });
      if (fault !== undefined) this.drop(provider, fault);
    }
    return refuse(missing);
  }

  #settle(asked: Result<Source, Fault | undefined>): Result<Source> {
    if (asked.ok) return asked;
    return refuse(asked.fault ?? this.#lastDropped ?? lightFault('light.providers.none'));
  }

  #recordOf(id: string): Record {
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const fresh = freshRecord();
    this.#records.set(id, fresh);
    return fresh;
  }

  /** The same provider, with each answer and each silence noted. */
  #observed(provider: LightProvider): LightProvider {
    return {
      ...provider,
      lightBlock: async (height, signal) => {
        let answer: Result<LightBlock>;
        try {
          answer = await provider.lightBlock(height, signal);
        } catch (error) {
          // An abort is the asker's doing.
          if (signal?.aborted !== true) this.demote(provider);
          throw error;
        }
        if (!isAlive(answer)) this.demote(provider);
        else this.#noteAnswer(provider.id, answer);
        return answer;
      },
    };
  }

  #noteAnswer(id: string, answer: Result<LightBlock>): void {
    const record = this.#recordOf(id);
    record.answers++;
    record.lastSeenMs = this.#options.clock.nowMs();
    record.score += Math.ceil((SCORE_MAX - record.score) / 4);
    if (!answer.ok) return;
    const { height } = answer.value.header;
    if (record.latestHeight === undefined || height > record.latestHeight) record.latestHeight = height;
  }
}
