// The serial side of the virtual firmware: receive buffer, character reader, line numbers and checksums, exactly in
// Marlin's order (queue.cpp 2.1.2): order test first, checksum second; the buffer is flushed at an error; a repeat of
// the last two numbers is dropped without a word; M110 is exempt from the order test; `;` ends a line before the
// checksum is looked for; what is longer than 95 bytes loses its tail.

import type { Bytes } from '../../base/index.ts';
import { latin1 } from './command-parser.ts';

const LINE_BYTES = 95;
export const DEFAULT_RX_BYTES = 1024;

export type EmergencyCommand = 108 | 112 | 410;

export type ReaderEvents = {
  /** A line passed. Bytes are the reader's own until the next call; `number` is -1 where it carried none. */
  onCommand(bytes: Bytes, start: number, end: number, number: number): void;
  onLineError(message: string, lastNumber: number): void;
  /** Seen in the receive interrupt, before any queue. */
  onEmergency(command: EmergencyCommand): void;
};

export class LineReader {
  lastNumber = 0;
  /** Bytes that did not fit the receive buffer: a host that sent without waiting. */
  overflow = 0;
  private readonly events: ReaderEvents;
  private readonly emergency: boolean;
  private readonly rx: Uint8Array;
  private rxStart = 0;
  private rxLength = 0;
  private readonly line = new Uint8Array(LINE_BYTES);
  private length = 0;
  private comment = false;
  private escaped = false;
  private readonly early = new Uint8Array(16);
  private earlyLength = 0;

  constructor(events: ReaderEvents, options: { rxBytes: number; emergencyParser: boolean }) {
    this.events = events;
    this.rx = new Uint8Array(options.rxBytes);
    this.emergency = options.emergencyParser;
  }

  reset(): void {
    this.lastNumber = 0;
    this.flush();
    this.earlyLength = 0;
  }

  receive(bytes: Bytes): void {
    const size = this.rx.length;
    for (const byte of bytes) {
      if (this.emergency) this.lookEarly(byte);
      if (this.rxLength >= size) {
        this.overflow++;
        continue;
      }
      this.rx[(this.rxStart + this.rxLength) % size] = byte;
      this.rxLength++;
    }
  }

  /** Reads on until one line passed or failed, or the buffer is empty; true where there is more to read. */
  readLine(): boolean {
    while (this.rxLength > 0) {
      const byte = this.rx[this.rxStart] ?? 0;
      this.rxStart = (this.rxStart + 1) % this.rx.length;
      this.rxLength--;
      if (byte === 10 || byte === 13) {
        const length = this.length;
        this.length = 0;
        this.comment = false;
        this.escaped = false;
        if (length === 0) continue;
        this.endLine(length);
        return this.rxLength > 0;
      }
      this.readChar(byte);
    }
    return false;
  }

  private readChar(byte: number): void {
    if (this.comment) return;
    if (byte === 59 && !this.escaped) {
      this.comment = true;
    } else if (byte === 92 && !this.escaped) {
      this.escaped = true;
    } else {
      this.escaped = false;
      if (this.length < LINE_BYTES) this.line[this.length++] = byte;
    }
  }

  private endLine(length: number): void {
    const { line } = this;
    let start = 0;
    let end = length;
    while (start < end && line[start] === 32) start++;
    if (start === end) return;
    if (line[start] !== 78) {
      this.events.onCommand(line, start, end, -1);
      return;
    }
    const renumber = indexOfM110(line, start, end);
    let numberAt = start + 1;
    if (renumber >= 0) {
      for (let i = renumber + 4; i < end; i++) if (line[i] === 78) numberAt = i + 1;
    }
    const number = readInteger(line, numberAt, end);
    if (renumber < 0 && number !== this.lastNumber + 1) {
      // Only repeats of the last two are old friends; everything else is out of order.
      if (number === this.lastNumber || number === this.lastNumber - 1) return;
      this.lineError('Line Number is not Last Line Number+1');
      return;
    }
    let star = end - 1;
    while (star > start && line[star] !== 42) star--;
    if (star === start) {
      this.lineError('No Checksum with line number');
      return;
    }
    let checksum = 0;
    for (let i = 0; i < star; i++) checksum ^= line[i] ?? 0;
    if (readInteger(line, star + 1, end) !== checksum) {
      this.lineError('checksum mismatch');
      return;
    }
    this.lastNumber = number;
    end = star;
    let from = start + 1;
    if (line[from] === MINUS) from++;
    while (from < end && isDigit(line[from])) from++;
    while (from < end && line[from] === 32) from++;
    this.events.onCommand(line, from, end, number);
  }

  private lineError(message: string): void {
    this.flush();
    this.events.onLineError(message, this.lastNumber);
  }

  private flush(): void {
    this.rxLength = 0;
    this.length = 0;
    this.comment = false;
    this.escaped = false;
  }

  /** M108, M112 and M410 at the start of a line, a number before them allowed, no checksum looked at. */
  private lookEarly(byte: number): void {
    if (byte !== 10 && byte !== 13) {
      if (this.earlyLength < this.early.length) this.early[this.earlyLength] = byte;
      this.earlyLength++;
      return;
    }
    const length = Math.min(this.earlyLength, this.early.length);
    this.earlyLength = 0;
    let at = 0;
    while (at < length && this.early[at] === 32) at++;
    if (this.early[at] === 78) {
      at++;
      if (this.early[at] === MINUS) at++;
      while (at < length && isDigit(this.early[at])) at++;
      while (at < length && this.early[at] === 32) at++;
    }
    if (this.early[at] !== 77 || length < at + 4) return;
    const next = this.early[at + 4];
    if (length > at + 4 && isDigit(next)) return;
    const code = readInteger(this.early, at + 1, Math.min(length, at + 4));
    if (code === 108 || code === 112 || code === 410) this.events.onEmergency(code);
  }
}

/** The text of a line, for messages. */
export function lineText(bytes: Bytes, start: number, end: number): string {
  return latin1(bytes, start, end);
}

function indexOfM110(line: Bytes, start: number, end: number): number {
  for (let i = start; i + 3 < end; i++) {
    if (
      line[i] === 77 &&
      line[i + 1] === 49 &&
      line[i + 2] === 49 &&
      line[i + 3] === 48 &&
      !isDigit(line[i + 4])
    ) {
      return i;
    }
  }
  return -1;
}

/** Hosts may begin below zero: `N-1 M110 N-1` makes the next line N0. */
const MINUS = 45;

function readInteger(bytes: Bytes, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === 32) at++;
  const sign = bytes[at] === MINUS ? -1 : 1;
  if (sign < 0) at++;
  let value = 0;
  for (; at < end && isDigit(bytes[at]); at++) value = value * 10 + (bytes[at] ?? 0) - 48;
  return sign * value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
