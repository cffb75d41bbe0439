// Numbered, checksummed lines: `N<n> <command>*<xor of every byte before the *>`.
// Comments never reach this encoder; it strips `( … )` remarks because slicers put them inside lines.

import type { Bytes } from '../base/index.ts';
import { LINE_BYTES_MAX } from './limits.ts';

const OPEN = 40;
const CLOSE = 41;
const SPACE = 32;

/** Room that one encoded line can need, with its line feed. */
export const ENCODED_BYTES_MAX = LINE_BYTES_MAX + 1;

/**
 * Writes the numbered line of `source[start, end)` into `target` and returns its length, line feed included.
 * The caller has checked the length (prepareJob, checkCommand). `number` is below 2^31.
 */
export function encodeLine(target: Bytes, number: number, source: Bytes, start: number, end: number): number {
  let at = 0;
  target[at++] = 78; // N
  at = writeDecimal(target, at, number);
  target[at++] = SPACE;
  let remark = false;
  for (let i = start; i < end; i++) {
    const byte = source[i] ?? 0;
    if (byte === OPEN) remark = true;
    if (!remark) target[at++] = byte;
    if (byte === CLOSE) remark = false;
  }
  let checksum = 0;
  for (let i = 0; i < at; i++) checksum ^= target[i] ?? 0;
  target[at++] = 42; // *
  at = writeDecimal(target, at, checksum);
  target[at++] = 10;
  return at;
}

/** Bytes of `source[start, end)` that are sent: all but the `( … )` remarks. */
export function sentLength(source: Bytes, start: number, end: number): number {
  let length = 0;
  let remark = false;
  for (let i = start; i < end; i++) {
    const byte = source[i] ?? 0;
    if (byte === OPEN) remark = true;
    if (!remark) length++;
    if (byte === CLOSE) remark = false;
  }
  return length;
}

function writeDecimal(target: Bytes, from: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let i = from + digits - 1; i >= from; i--) {
    const next = (rest / 10) | 0;
    target[i] = 48 + rest - next * 10;
    rest = next;
  }
  return from + digits;
}
