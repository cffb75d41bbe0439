// Names of the chain beside accounts, for pages: asked once in the background, remembered, and asked again when names
// change. A page shows an account without its name until the light node has proven it.

import type { Clock, Log, Result } from '../../base/index.ts';
import type { ChainEvent } from '../../chain/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { EventBus } from './event-bus.ts';

export type ChainNamesParts = {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
};
type NameOf = (address: Uint8Array) => Promise<Result<string>>;
type Entry = { readonly name: string; readonly atMs: number };

const KEPT_MAX = 5_000;
/** Names expire without an event. */
const KEPT_MS = 600_000;
/** After an answer that failed, and after which nothing is shown. */
const RETRY_MS = 15_000;

export function createChainNames({ bus, clock, log }: ChainNamesParts) {
  const kept = new Map<string, Entry>();
  const waiting = new Set<string>();
  let nameOf: NameOf | undefined;
  let isAsking = false;

  async function askAll(ask: NameOf): Promise<void> {
    let isNew = false;
    for (const account of waiting) {
      waiting.delete(account);
      const address = parseAddress(account);
      if (address === undefined) continue;
      const found = await ask(address);
      const before = kept.get(account)?.name ?? '';
      if (kept.size >= KEPT_MAX) kept.clear();
      const atMs = clock.monotonicMs() - (found.ok ? 0 : KEPT_MS - RETRY_MS);
      const name = found.ok ? found.value : before;
      kept.set(account, { name, atMs });
      isNew ||= name !== before;
    }
    if (isNew) bus.changedAll();
  }

  function start(): void {
    if (isAsking || nameOf === undefined || waiting.size === 0) return;
    isAsking = true;
    askAll(nameOf)
      .catch((error: unknown) => log('warn', 'names.failed', { error }))
      .finally(() => {
        isAsking = false;
        start();
      });
  }

  return {
    /** From now on names are asked for. */
    begin(ask: NameOf): void {
      nameOf = ask;
      start();
    },
    /** The name an account goes by as far as it is known; empty for none. */
    known(account: string): string {
      const entry = kept.get(account);
      const isOld = entry === undefined || clock.monotonicMs() - entry.atMs >= KEPT_MS;
      if (isOld && waiting.size < KEPT_MAX) {
        waiting.add(account);
        // Not within the caller's turn: it is often asking the chain itself.
        queueMicrotask(start);
      }
      return entry?.name ?? '';
    },
    onChainEvent({ type }: ChainEvent): void {
      if (!type.startsWith('name.')) return;
      for (const account of kept.keys()) waiting.add(account);
      start();
    },
  };
}
