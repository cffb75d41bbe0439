// The providers of one light node, in the order of preference: who may still be asked, and who was caught lying.

import type { Clock, Fault, Log, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { lightFault } from './faults.ts';
import type { LightProvider } from './provider.ts';
import { fetchBlock, withDeadline } from './provider.ts';

export type Source = { readonly provider: LightProvider; readonly block: LightBlock };

export type ProviderPoolOptions = {
  readonly providers: readonly LightProvider[];
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly log: Log | undefined;
  readonly onDropped: (provider: string, fault: Fault) => void;
};

export class ProviderPool {
  readonly #options: ProviderPoolOptions;
  readonly #providers: readonly LightProvider[];
  /** By id, in the order in which they were caught. */
  readonly #dropped = new Map<string, Fault>();

  constructor(options: ProviderPoolOptions) {
    const { providers, clock, timeoutMs } = options;
    this.#options = options;
    // The same node given twice must not be its own witness.
    const distinct = new Map([...providers].reverse().map((provider) => [provider.id, provider]));
    this.#providers = [...distinct.values()]
      .reverse()
      .map((provider) => withDeadline(provider, clock, timeoutMs));
  }

  /** All, with the reason why one is asked no more. */
  list(): { readonly id: string; readonly dropped: Fault | undefined }[] {
    return this.#providers.map(({ id }) => ({ id, dropped: this.#dropped.get(id) }));
  }

  available(): LightProvider[] {
    return this.#providers.filter(({ id }) => !this.#dropped.has(id));
  }

  /** It gave what no honest node gives. */
  drop(provider: LightProvider, fault: Fault): void {
    this.#dropped.set(provider.id, fault);
    this.#options.log?.('warn', 'light.provider.dropped', { provider: provider.id, code: fault.code });
    this.#options.onDropped(provider.id, fault);
  }

  /** Everybody gets another chance: after a person chose where to begin again. */
  forgive(): void {
    this.#dropped.clear();
  }

  /** The first provider's block in which `accept` finds no fault; those that give bad ones are dropped. */
  async fetch(
    height: bigint | 'latest',
    accept: (block: LightBlock) => Fault | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<Source>> {
    let missing: Fault | undefined;
    for (const provider of this.available()) {
      const fetched = await fetchBlock(provider, height, signal);
      if (fetched.kind === 'missing') {
        missing ??= fetched.fault;
        continue;
      }
      const fault = fetched.kind === 'bad' ? fetched.fault : accept(fetched.block);
      if (fetched.kind === 'block' && fault === undefined) return ok({ provider, block: fetched.block });
      if (fault !== undefined) this.drop(provider, fault);
    }
    const lastDropped = [...this.#dropped.values()].pop();
    return refuse(missing ?? lastDropped ?? lightFault('light.providers.none'));
  }
}
