// Cuts what comes from a machine into lines, without making strings of the answer that comes ten thousand times.

import type { Bytes } from '../base/index.ts';
import { REPLY_BYTES_MAX } from './limits.ts';

/** What a line that was idle or cut sends before its first word. */
const NUL = 0;
const LF = 10;
const CR = 13;
const LETTER_O = 111;
const LETTER_K = 107;

export class ReplyReader {
  private readonly rx = new Uint8Array(REPLY_BYTES_MAX);
  private length = 0;
  private readonly onPlainOk: () => void;
  private readonly onLine: (line: string) => void;

  /** `onPlainOk`: a line of `ok` and nothing else. `onLine`: any other, without its end; empty ones are left out. */
  constructor(onPlainOk: () => void, onLine: (line: string) => void) {
    this.onPlainOk = onPlainOk;
    this.onLine = onLine;
  }

  receive(bytes: Bytes): void {
    if (this.length === 0 && isPlainOk(bytes)) {
      this.onPlainOk();
      return;
    }
    for (const byte of bytes) {
      if (byte === LF || byte === CR) this.endLine();
      else if (byte !== NUL && this.length < REPLY_BYTES_MAX) this.rx[this.length++] = byte;
    }
  }

  private endLine(): void {
    const { length, rx } = this;
    if (length === 0) return;
    this.length = 0;
    if (length === 2 && rx[0] === LETTER_O && rx[1] === LETTER_K) {
      this.onPlainOk();
      return;
    }
    let line = '';
    for (let i = 0; i < length; i++) line += String.fromCharCode(rx[i] ?? 0);
    this.onLine(line);
  }
}

/** Whole and alone: no loop over bytes, no text. */
function isPlainOk(bytes: Bytes): boolean {
  if (bytes[0] !== LETTER_O || bytes[1] !== LETTER_K) return false;
  return bytes.length === 3 ? bytes[2] === LF : bytes.length === 4 && bytes[2] === CR && bytes[3] === LF;
}
