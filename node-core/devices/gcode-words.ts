// Reads single words out of a G-code line in bytes, without making strings: the hot path of tracking and checking.
// A line is one command letter with a number, then letters with numbers; spaces are optional (Marlin parser.cpp).

import type { Bytes } from '../base/index.ts';

const SPACE = 32;
const TAB = 9;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** Commands as one number: letter in the high bits, number in the low ones. */
export function commandCode(letter: string, number: number): number {
  return (letter.charCodeAt(0) << 16) | number;
}

/** The command of the line, or -1 where it does not begin with a letter and a number. Lower case counts as upper. */
export function lineCommand(bytes: Bytes, start: number, end: number): number {
  let at = start;
  const letter = upper(bytes[at] ?? 0);
  if (letter < 65 || letter > 90) return -1;
  at++;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  let number = 0;
  const first = at;
  for (; at < end && at < first + 5; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return at === first || number > 0xffff ? -1 : (letter << 16) | number;
}

/** Value of the parameter `letter` (upper-case character code), or NaN where the line has none with a number. */
export function lineWord(bytes: Bytes, start: number, end: number, letter: number): number {
  // The command letter itself is not a parameter, so the search begins behind it.
  for (let at = start + 1; at < end; at++) {
    if (upper(bytes[at] ?? 0) === letter) return parseNumber(bytes, at + 1, end);
  }
  return Number.NaN;
}

/** True where the parameter letter occurs, with or without a number (`G28 X`). */
export function hasWord(bytes: Bytes, start: number, end: number, letter: number): boolean {
  for (let at = start + 1; at < end; at++) if (upper(bytes[at] ?? 0) === letter) return true;
  return false;
}

function parseNumber(bytes: Bytes, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  let value = 0;
  let divisor = 1;
  let digits = 0;
  let fraction = false;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && !fraction) {
      fraction = true;
    } else if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      if (fraction) divisor *= 10;
      digits++;
    } else {
      break;
    }
  }
  if (digits === 0) return Number.NaN;
  return negative ? -value / divisor : value / divisor;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function upper(byte: number): number {
  return byte >= 97 && byte <= 122 ? byte - 32 : byte;
}
