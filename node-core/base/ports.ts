// Everything that is not deterministic enters the core through one of these ports. host/adapters holds the real
// ones, sim/ the simulated ones.

import type { Bytes } from './bytes.ts';

/** Time. Wall-clock milliseconds are for people and block headers, monotonic ones for intervals. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Cryptographically secure randomness (seeded in simulations). */
export interface Random {
  bytes(length: number): Bytes;
}

/** One level of an ordered key-value store; reads see the last applied batch. */
export interface KvStore {
  get(key: Bytes): Bytes | undefined;
  /** Entries whose key starts with `prefix`, in byte order, from `after` (exclusive) where given. */
  list(
    prefix: Bytes,
    options?: { after?: Bytes; limit?: number; reverse?: boolean },
  ): Iterable<readonly [Bytes, Bytes]>;
  /** Applies all operations atomically and durably; a value of undefined deletes. */
  apply(operations: Iterable<readonly [Bytes, Bytes | undefined]>): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: an action and its data, never a built string. Secrets, models and G-code are never logged. */
export type Log = (level: LogLevel, action: string, data?: Readonly<Record<string, unknown>>) => void;
