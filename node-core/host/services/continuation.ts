// Starts the next job of a machine by itself where its owner wants that: only on a bed that a person confirmed clear
// since the last print, in the owner's hours, with enough of the right filament loaded, on a machine that is in order.
// A restart takes every confirmation back (jobs/queue.ts), so nothing begins after one until somebody has looked.

import type { Clock, Log } from '../../base/index.ts';
import { nextJob, stateOf } from '../../jobs/index.ts';
import type { EventBus } from './event-bus.ts';
import type { JobStore } from './job-store.ts';
import type { Machines } from './machines.ts';
import type { Production } from './production.ts';
import type { Shop } from './shop.ts';
import { untilNextMinuteMs } from './shop.ts';

/** A start that the machine did not take by then is void. */
const START_LIFE_MS = 10_000;

export type ContinuationParts = {
  readonly machines: Machines;
  readonly shop: Shop;
  readonly store: JobStore;
  readonly production: Production;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly log: Log;
};

/** Looks whenever a job or a machine changed, and at each full minute; the returned function ends it. */
export function continueByItself(parts: ContinuationParts): () => void {
  const over = new AbortController();
  let due = false;
  const look = () => {
    due = false;
    if (over.signal.aborted) return;
    for (const { address } of parts.machines.rows()) consider(parts, address);
  };
  const unlisten = parts.bus.listen((event) => {
    if (event.type !== 'changed' || (event.topic !== 'jobs' && event.topic !== 'machines') || due) return;
    due = true;
    setImmediate(look);
  });
  void (async () => {
    while (!over.signal.aborted) {
      await parts.clock.sleep(untilNextMinuteMs(parts.clock.nowMs()), over.signal).catch(() => undefined);
      look();
    }
  })();
  return () => {
    unlisten();
    over.abort();
  };
}

function consider({ machines, shop, store, production, clock, log }: ContinuationParts, id: string): void {
  if (!machines.row(id).ok || !shop.continues(id)) return;
  const job = nextJob(store.state, id);
  if (job === undefined || stateOf(store.state, job) !== 'ready') return;
  if (shop.minutesUntilOpen(id) !== 0 || shop.filamentFor(job) !== 'ok') return;
  if (!machines.live(id).readyToPrint().ok) return;
  const started = production.start(job.id, clock.nowMs() + START_LIFE_MS);
  if (!started.ok) log('warn', 'continuation.refused', { job: job.id, code: started.fault.code });
}
