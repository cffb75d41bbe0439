// "Something changed" for every open page. A slow page does not slow the core: its queue is bounded, and when it
// overflows the page is told to reload everything rather than fed stale pieces.

import type { ConsoleEvent } from '../../api/index.ts';

type Topic = Extract<ConsoleEvent, { type: 'changed' }>['topic'];

const TOPICS: readonly Topic[] = [
  'models',
  'drafts',
  'machines',
  'quotes',
  'orders',
  'jobs',
  'accounts',
  'network',
  'settings',
];

/** Waiting events of one page; a page that is this far behind reloads. */
const QUEUE_MAX = 500;

export type EventBus = ReturnType<typeof createEventBus>;

export function createEventBus() {
  const listeners = new Set<(event: ConsoleEvent) => void>();
  return {
    publish(event: ConsoleEvent): void {
      for (const listener of listeners) listener(event);
    },
    changed(topic: Topic, id?: string): void {
      this.publish(id === undefined ? { type: 'changed', topic } : { type: 'changed', topic, id });
    },
    listen(listener: (event: ConsoleEvent) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stream(signal: AbortSignal | undefined): AsyncGenerator<ConsoleEvent> {
      const reload = TOPICS.map((topic) => ({ type: 'changed', topic }) as const);
      return queued<ConsoleEvent>((push) => this.listen(push), signal, reload);
    },
  };
}

/** An async iterator over a push source, with a bounded queue; on overflow the queue becomes `onOverflow`. */
export async function* queued<T>(
  subscribe: (push: (item: T) => void) => () => void,
  signal: AbortSignal | undefined,
  onOverflow: readonly T[] = [],
): AsyncGenerator<T> {
  let queue: T[] = [];
  let wake: () => void = () => undefined;
  const unsubscribe = subscribe((item) => {
    queue.push(item);
    if (queue.length > QUEUE_MAX) queue = [...onOverflow];
    wake();
  });
  const stop = () => wake();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    while (signal?.aborted !== true) {
      const item = queue.shift();
      if (item !== undefined) yield item;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', stop);
  }
}
