// The virtual firmware's own reading of a command, written apart from the host's, so that a mistake of one shows
// against the other. Follows Marlin's parser.cpp: a letter, a number, then letters with numbers.

import type { Bytes } from '../../base/index.ts';

export class ParsedCommand {
  /** `G1`, `M104`, `T0`; empty where the line is no command. */
  letter = 0;
  code = 0;
  /** Text behind the command, for messages. */
  textStart = 0;
  end = 0;
  bytes: Bytes = new Uint8Array(0);
  private readonly values = new Float64Array(26);
  private seen = 0;

  parse(bytes: Bytes, start: number, end: number): boolean {
    this.bytes = bytes;
    this.end = end;
    this.seen = 0;
    let p = start;
    while (p < end && bytes[p] === 32) p++;
    this.letter = bytes[p] ?? 0;
    this.code = 0;
    p++;
    if (this.letter !== 71 && this.letter !== 77 && this.letter !== 84) return false;
    while (p < end && bytes[p] === 32) p++;
    const digits = p;
    while (p < end && isDigit(bytes[p])) this.code = this.code * 10 + (bytes[p++] ?? 0) - 48;
    if (p === digits) return false;
    if (bytes[p] === 46) {
      p++;
      while (p < end && isDigit(bytes[p])) p++;
    }
    while (p < end && bytes[p] === 32) p++;
    this.textStart = p;
    // M117 and M118 carry a message, not parameters.
    if (this.letter === 77 && (this.code === 117 || this.code === 118)) return true;
    this.parseValues(p);
    return true;
  }

  has(letter: string): boolean {
    return (this.seen & (1 << (letter.charCodeAt(0) - 65))) !== 0;
  }

  /** NaN where the letter is missing or has no number. */
  value(letter: string): number {
    return this.has(letter) ? (this.values[letter.charCodeAt(0) - 65] ?? Number.NaN) : Number.NaN;
  }

  get text(): string {
    return latin1(this.bytes, this.textStart, this.end);
  }

  private parseValues(from: number): void {
    const { bytes, end, values } = this;
    let p = from;
    while (p < end) {
      const letter = (bytes[p++] ?? 0) - 65;
      if (letter < 0 || letter > 25) continue;
      this.seen |= 1 << letter;
      while (p < end && bytes[p] === 32) p++;
      const first = p;
      while (p < end && isNumeric(bytes[p])) p++;
      values[letter] = p === first ? Number.NaN : toNumber(bytes, first, p);
    }
  }
}

/** Text of bytes, one character a byte. */
export function latin1(bytes: Bytes, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

function toNumber(bytes: Bytes, start: number, end: number): number {
  let p = start;
  const sign = bytes[p] === 45 ? -1 : 1;
  if (bytes[p] === 45 || bytes[p] === 43) p++;
  let mantissa = 0;
  let scale = 1;
  let afterPoint = false;
  for (; p < end; p++) {
    const byte = bytes[p] ?? 0;
    if (byte === 46) {
      afterPoint = true;
      continue;
    }
    if (!isDigit(byte)) break;
    mantissa = mantissa * 10 + byte - 48;
    if (afterPoint) scale *= 10;
  }
  return (sign * mantissa) / scale;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function isNumeric(byte: number | undefined): boolean {
  return isDigit(byte) || byte === 45 || byte === 43 || byte === 46;
}
