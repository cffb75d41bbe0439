// Two ends of a serial cable in memory. Delivery is never inside write(), so that neither side runs in the other's
// stack, and every so often it yields to the clock, so that a fast conversation cannot starve timers and messages.

import type { Bytes, Clock } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';

/** Deliveries in a row before the conversation yields. At 200 000 a second that is a few milliseconds. */
const DELIVERIES_PER_TURN = 512;

/** The near and the far end. Closing one end closes both; `unplug` is a loss with a cause. */
export type LinkPair = {
  readonly near: SerialLink;
  readonly far: SerialLink;
  unplug(cause: string): void;
};

export function createLinkPair(clock: Clock): LinkPair {
  const turn = { deliveries: 0 };
  const near = new PairEnd(clock, turn);
  const far = new PairEnd(clock, turn);
  near.peer = far;
  far.peer = near;
  return {
    near,
    far,
    unplug: (cause) => {
      near.end(cause);
      far.end(cause);
    },
  };
}

const DONE = Promise.resolve();

class PairEnd implements SerialLink {
  peer: PairEnd | undefined;
  private readonly clock: Clock;
  private readonly turn: { deliveries: number };
  private dataListener: ((bytes: Bytes) => void) | undefined;
  private closeListener: ((cause: string | undefined) => void) | undefined;
  private queue: Bytes[] = [];
  private scheduled = false;
  private closed = false;
  private readonly deliver = () => this.deliverAll();

  constructor(clock: Clock, turn: { deliveries: number }) {
    this.clock = clock;
    this.turn = turn;
  }

  write(bytes: Bytes): Promise<void> {
    if (this.closed) return Promise.reject(new Error('the link is closed'));
    this.peer?.accept(bytes);
    return DONE;
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.dataListener = listener;
    if (this.queue.length > 0) this.schedule();
  }

  onClose(listener: (cause: string | undefined) => void): void {
    this.closeListener = listener;
  }

  close(): Promise<void> {
    this.end(undefined);
    this.peer?.end(undefined);
    return DONE;
  }

  end(cause: string | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.queue = [];
    this.closeListener?.(cause);
  }

  private accept(bytes: Bytes): void {
    if (this.closed) return;
    this.queue.push(bytes);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.dataListener === undefined) return;
    this.scheduled = true;
    if (++this.turn.deliveries < DELIVERIES_PER_TURN) {
      queueMicrotask(this.deliver);
      return;
    }
    this.turn.deliveries = 0;
    this.clock.sleep(0).then(this.deliver, this.deliver);
  }

  private deliverAll(): void {
    this.scheduled = false;
    const batch = this.queue;
    this.queue = [];
    for (const bytes of batch) if (!this.closed) this.dataListener?.(bytes);
  }
}
