// Reads words and numbers from text in bytes without making strings: for ASCII STL, OBJ and XML attributes.
// Numbers are correctly rounded: short ones exactly by one multiplication (Clinger's fast path), others by Number().

import type { Bytes } from '../base/index.ts';

const LF = 10;
const CR = 13;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

export class ByteScanner {
  readonly bytes: Bytes;
  readonly end: number;
  at: number;
  /** 1-based, of `at`. CR, LF and CRLF each end one line. */
  line = 1;

  constructor(bytes: Bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** Skips spaces and tabs, and line ends too where `lines`. False at the end. */
  skipSpace(lines: boolean): boolean {
    const { bytes, end } = this;
    for (; this.at < end; this.at++) {
      const byte = bytes[this.at] as number;
      if (byte === LF || byte === CR) {
        if (!lines) return true;
        if (byte === LF || bytes[this.at + 1] !== LF) this.line++;
      } else if (byte > 32) {
        return true;
      }
    }
    return false;
  }

  skipLine(): void {
    const { bytes, end } = this;
    while (this.at < end && bytes[this.at] !== LF && bytes[this.at] !== CR) this.at++;
  }

  /** Skips to the next byte that is space or line end. */
  skipWord(): void {
    const { bytes, end } = this;
    while (this.at < end && (bytes[this.at] as number) > 32) this.at++;
  }

  /** True, and past it, where the next word is exactly this lower-case ASCII one in any case. */
  takeWord(word: string): boolean {
    const { bytes, at } = this;
    const next = at + word.length;
    if (next > this.end) return false;
    for (let i = 0; i < word.length; i++) {
      const byte = bytes[at + i] as number;
      const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
      if (lower !== word.charCodeAt(i)) return false;
    }
    if (next < this.end && (bytes[next] as number) > 32) return false;
    this.at = next;
    return true;
  }

  /**
   * The decimal number at `at`, and past it. NaN, not past it, where there is none or it is not finite.
   * `exponents`: false where an E begins something else.
   */
  readNumber(exponents = true): number {
    const { bytes, end } = this;
    let at = this.at;
    const negative = bytes[at] === MINUS;
    if (negative || bytes[at] === PLUS) at++;
    let mantissa = 0;
    let significant = 0;
    let exponent = 0;
    let digits = 0;
    let afterPoint = false;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      const digit = byte - 48;
      if (digit >= 0 && digit <= 9) {
        digits++;
        if (afterPoint) exponent--;
        if (significant > 0 || digit > 0) significant++;
        if (significant <= 15) mantissa = mantissa * 10 + digit;
      } else if (byte === POINT && !afterPoint) {
        afterPoint = true;
      } else {
        break;
      }
    }
    if (digits === 0) return Number.NaN;
    const last = bytes[at];
    if (exponents && at < end && (last === 69 || last === 101)) {
      const scale = this.#readExponent(at + 1);
      if (scale === undefined) return Number.NaN;
      exponent += scale.value;
      at = scale.next;
    }
    let value: number;
    if (mantissa === 0 && significant === 0) value = 0;
    else if (significant <= 15 && exponent >= -22 && exponent <= 22) {
      const power = POWERS_OF_TEN[Math.abs(exponent)] as number;
      value = exponent < 0 ? mantissa / power : mantissa * power;
    } else {
      const start = negative || bytes[this.at] === PLUS ? this.at + 1 : this.at;
      value = Number(this.text(start, at));
      if (!Number.isFinite(value)) return Number.NaN;
    }
    this.at = at;
    return negative ? -value : value;
  }

  #readExponent(from: number): { value: number; next: number } | undefined {
    let at = from;
    const negative = this.bytes[at] === MINUS;
    if (negative || this.bytes[at] === PLUS) at++;
    const start = at;
    let value = 0;
    for (; at < this.end; at++) {
      const digit = (this.bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      if (value < 10_000) value = value * 10 + digit;
    }
    return at === start ? undefined : { value: negative ? -value : value, next: at };
  }

  /** Latin-1 text of a range. */
  text(from: number, to: number): string {
    let text = '';
    for (let i = from; i < to; i++) text += String.fromCharCode(this.bytes[i] as number);
    return text;
  }
}
