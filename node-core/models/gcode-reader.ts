// Walks through G-code line by line over bytes, without making a string a line: number, command, words, comment.
// Reads what Marlin's own reader reads: `;` and `( )` comments, optional line numbers and checksums, either case, no spaces needed.

import type { Bytes } from '../base/index.ts';
import { ByteScanner } from './scanner.ts';

const LF = 10;
const CR = 13;
const SEMICOLON = 59;
const OPEN_PARENTHESIS = 40;
const CLOSE_PARENTHESIS = 41;
const STAR = 42;
const LETTER_A = 65;
const LETTER_N = 78;

/** Commands whose words after the number are free text, not parameters. */
const TEXT_COMMANDS = new Set([0, 1, 16, 23, 28, 30, 32, 33, 115, 117, 118, 862, 928]);

export class GcodeReader {
  readonly bytes: Bytes;
  /** 1-based number of the line in the file. */
  line = 0;
  /** Char code of G, M or T; 0 where the line holds no command. */
  letter = 0;
  /** Number of the command (28 for G28); NaN where the letter has none. */
  code = 0;
  /** Digits after the point (38.2 → 2), else 0. */
  subcode = 0;
  /** 1-based count of lines with a command so far: what a host sends and a firmware acknowledges. */
  command = 0;
  /** Range of the command's own bytes, without number, checksum, comment and outer space. */
  textStart = 0;
  textEnd = 0;
  /** Range of the text after `;`, empty where there is none. */
  commentStart = 0;
  commentEnd = 0;
  /** True where something on the line is not a word of G-code, or firmwares differ on which word counts. */
  malformed = false;
  readonly #values = new Float64Array(26);
  #present = 0;
  #lineStart = 0;
  #lineEnd = 0;
  #next = 0;
  readonly #scanner: ByteScanner;

  constructor(bytes: Bytes) {
    this.bytes = bytes;
    this.#scanner = new ByteScanner(bytes);
    this.#next = this.#scanner.at;
  }

  /** Byte offset of the next line: for progress. */
  get offset(): number {
    return this.#next;
  }

  /** Reads the next line; false at the end. */
  next(): boolean {
    const { bytes } = this;
    if (this.#next >= bytes.length) return false;
    const start = this.#next;
    let end = start;
    let comment = -1;
    while (end < bytes.length) {
      const byte = bytes[end] as number;
      if (byte === LF || byte === CR) break;
      if (byte === SEMICOLON && comment < 0) comment = end;
      end++;
    }
    this.#next = bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
    this.line++;
    this.commentStart = comment < 0 ? end : comment + 1;
    this.commentEnd = end;
    this.#lineStart = start;
    this.#lineEnd = comment < 0 ? end : comment;
    this.#readCommand(start, this.#lineEnd);
    return true;
  }

  has(letter: string): boolean {
    return (this.#present & (1 << (letter.charCodeAt(0) - LETTER_A))) !== 0;
  }

  /** Value of a word, 0 for a bare letter; undefined where the line has none. */
  word(letter: string): number | undefined {
    return this.has(letter) ? (this.#values[letter.charCodeAt(0) - LETTER_A] as number) : undefined;
  }

  text(): string {
    return this.#scanner.text(this.textStart, this.textEnd);
  }

  /** The whole line without its comment, as text. */
  lineText(): string {
    return this.#scanner.text(this.#lineStart, this.#lineEnd);
  }

  comment(): string {
    return this.#scanner.text(this.commentStart, this.commentEnd);
  }

  #readCommand(from: number, to: number): void {
    this.letter = 0;
    this.code = Number.NaN;
    this.subcode = 0;
    this.#present = 0;
    this.malformed = false;
    const scanner = this.#scanner;
    let numbered = false;
    let at = this.#skipBlank(from, to);
    if (upper(this.bytes[at]) === LETTER_N && at < to) {
      scanner.at = at + 1;
      const number = scanner.readNumber(false);
      numbered = !Number.isNaN(number);
      if (numbered) at = this.#skipBlank(scanner.at, to);
    }
    this.textStart = at;
    this.textEnd = at;
    if (at >= to) return;
    this.letter = upper(this.bytes[at]);
    this.command++;
    this.#readCode(at + 1, to);
    const isText = this.letter === 77 && TEXT_COMMANDS.has(this.code);
    if (isText) this.textEnd = this.#trimmedEnd(scanner.at, to);
    else this.#readWords(scanner.at, to, numbered);
  }

  #readCode(at: number, to: number): void {
    const scanner = this.#scanner;
    scanner.at = at;
    let code = 0;
    let digits = 0;
    while (scanner.at < to && isDigit(this.bytes[scanner.at])) {
      code = code * 10 + (this.bytes[scanner.at] as number) - 48;
      scanner.at++;
      digits++;
    }
    this.code = digits === 0 ? Number.NaN : code;
    this.textEnd = scanner.at;
    if (this.bytes[scanner.at] !== 46) return;
    scanner.at++;
    while (scanner.at < to && isDigit(this.bytes[scanner.at])) {
      this.subcode = this.subcode * 10 + (this.bytes[scanner.at] as number) - 48;
      scanner.at++;
    }
    this.textEnd = scanner.at;
  }

  #readWords(from: number, to: number, numbered: boolean): void {
    const scanner = this.#scanner;
    let at = this.#skipBlank(from, to);
    while (at < to) {
      const letter = upper(this.bytes[at]) - LETTER_A;
      if (this.bytes[at] === STAR) {
        // The checksum of a numbered line. Anywhere else firmwares differ on what they cut off.
        if (!numbered || !this.#isChecksum(at + 1, to)) this.malformed = true;
        break;
      }
      if (letter < 0 || letter >= 26) {
        this.malformed = true;
        at = this.#skipBlank(at + 1, to);
        this.textEnd = at;
        continue;
      }
      scanner.at = this.#skipBlank(at + 1, to);
      // Firmware ends a number at an E: in X10E5 the filament moves, in X10e-5, too.
      const value = scanner.at < to ? scanner.readNumber(false) : Number.NaN;
      if (scanner.at > to) scanner.at = to;
      // Twice the same letter: some firmwares take the first, some the last.
      if ((this.#present & (1 << letter)) !== 0) this.malformed = true;
      this.#present |= 1 << letter;
      this.#values[letter] = Number.isNaN(value) ? 0 : value;
      this.textEnd = Number.isNaN(value) ? at + 1 : scanner.at;
      at = this.#skipBlank(this.textEnd, to);
    }
  }

  #isChecksum(from: number, to: number): boolean {
    let at = from;
    while (at < to && isDigit(this.bytes[at])) at++;
    return at > from && this.#skipBlank(at, to) === to;
  }

  /** Past spaces and comments in parentheses. */
  #skipBlank(from: number, to: number): number {
    let at = from;
    while (at < to) {
      const byte = this.bytes[at] as number;
      if (byte === OPEN_PARENTHESIS) {
        while (at < to && this.bytes[at] !== CLOSE_PARENTHESIS) at++;
        at++;
      } else if (byte <= 32) at++;
      else break;
    }
    return Math.min(at, to);
  }

  #trimmedEnd(from: number, to: number): number {
    let end = to;
    while (end > from && (this.bytes[end - 1] as number) <= 32) end--;
    return end;
  }
}

function upper(byte: number | undefined): number {
  if (byte === undefined) return 0;
  return byte >= 97 && byte <= 122 ? byte - 32 : byte;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
