// "Something changed" for every open page. A slow page does not slow the core: its queue is bounded, and when it
// overflows the page is told to reload everything rather than fed stale pieces.

import type { ConsoleEvent } from '../../api/index.ts';
import { EVENT_TOPICS } from '../../api/index.ts';

type Topic = Extract<ConsoleEvent, { type: 'changed' }>['topic'];

/** Waiting events of one page; a page that is this far behind reloads. */
export const QUEUE_MAX = 500;

export type EventBus = ReturnType<typeof createEventBus>;

export function createEventBus() {
  const listeners = new Set<(event: ConsoleEvent) => void>();
  const snapshots: (() => readonly ConsoleEvent[])[] = [];
  return {
    publish(event: ConsoleEvent): void {
      for (const listener of listeners) listener(event);
    },
    changed(topic: Topic, id?: string): void {
      this.publish(id === undefined ? { type: 'changed', topic } : { type: 'changed', topic, id });
    },
    /** Everything may be different now: pages ask for what they show again. */
    changedAll(): void {
      for (const topic of EVENT_TOPICS) this.changed(topic);
    },
    listen(listener: (event: ConsoleEvent) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** What travels whole in events and cannot be asked again by topic: a page that fell behind gets it from here. */
    addSnapshot(snapshot: () => readonly ConsoleEvent[]): void {
      snapshots.push(snapshot);
    },
    stream(signal: AbortSignal | undefined): AsyncGenerator<ConsoleEvent> {
      const reload = (): ConsoleEvent[] => [
        ...EVENT_TOPICS.map((topic) => ({ type: 'changed', topic }) as const),
        ...snapshots.flatMap((snapshot) => snapshot()),
      ];
      return queued<ConsoleEvent>((push) => this.listen(push), signal, reload);
    },
  };
}

/**
 * An async iterator over a push source, with a bounded queue; on overflow the queue becomes `onOverflow`. It listens from
 * now on, not from the first time it is asked, so nothing is missed between the two.
 */
export function queued<T>(
  subscribe: (push: (item: T) => void) => () => void,
  signal: AbortSignal | undefined,
  onOverflow: () => readonly T[] = () => [],
): AsyncGenerator<T> {
  let queue: T[] = [];
  let ended = false;
  const waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  const unsubscribe = subscribe((item) => {
    const first = waiting.shift();
    if (first !== undefined) return first({ value: item, done: false });
    queue.push(item);
    if (queue.length > QUEUE_MAX) queue = [...onOverflow()];
  });
  const end = () => {
    if (ended) return;
    ended = true;
    unsubscribe();
    signal?.removeEventListener('abort', end);
    queue = [];
    for (const wake of waiting.splice(0)) wake({ value: undefined, done: true });
  };
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted === true) end();
  const iterator: AsyncGenerator<T, undefined> = {
    next() {
      if (ended) return Promise.resolve({ value: undefined, done: true });
      if (queue.length === 0) return new Promise((resolve) => waiting.push(resolve));
      return Promise.resolve({ value: queue.shift() as T, done: false });
    },
    return() {
      end();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(error) {
      end();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
