// How long to wait before connecting again: doubling, bounded, and spread, so that the clients of a station that was
// away do not all come back in the same instant.

import type { Random } from '../../base/index.ts';

const FIRST_MS = 500;
const MAX_MS = 60_000;

/** `attempt` counts failures since the last login, from 1. Between half of the time and all of it. */
export function backoffMs(attempt: number, random: Random): number {
  const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  const [byte = 0] = random.bytes(1);
  return Math.round(ceiling / 2 + (ceiling / 2) * (byte / 255));
}
