// Lines to a GRBL machine: as many are out as its receive buffer holds (character counting, as its documentation
// recommends for streaming), and each is answered by one ok or error, in order. Realtime bytes pass all of them.

import type { Bytes, Fault, Result } from '../../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import { REPLY_BYTES_MAX, REPLY_LINES_MAX } from '../limits.ts';
import type { SerialLink } from '../types.ts';
import { grblFault } from './faults.ts';
import { errorReason, type GrblReply, parseGrblLine } from './replies.ts';

export const REALTIME = {
  reset: Uint8Array.of(0x18),
  status: Uint8Array.of(0x3f),
  hold: Uint8Array.of(0x21),
  resume: Uint8Array.of(0x7e),
  /** In a hold: the tool off, or on again. */
  toolStop: Uint8Array.of(0x9e),
} as const;

/** Where the firmware does not name the size of its buffer. */
const BUFFER_BYTES = 128;

type Pending = {
  readonly bytes: number;
  /** Line of the job; undefined for a command. */
  readonly index: number | undefined;
  readonly replies: string[];
  readonly settle: ((result: Result<readonly string[]>) => void) | undefined;
};
type Waiting = { readonly text: string; readonly settle: (result: Result<readonly string[]>) => void };

export type GrblEvents = {
  onReply(reply: GrblReply, line: string): void;
  onSent(text: string): void;
  onJobLine(index: number): void;
  /** The job's last line is acknowledged. */
  onJobAcknowledged(): void;
  onJobError(index: number, number: number): void;
  onLost(): void;
};

export type JobFeed = { readonly bytes: Bytes; readonly starts: Uint32Array; readonly ends: Uint32Array };

export class GrblChannel {
  bufferBytes = BUFFER_BYTES;
  private readonly link: SerialLink;
  private readonly events: GrblEvents;
  private readonly pending: Pending[] = [];
  private readonly waiting: Waiting[] = [];
  private job: JobFeed | undefined;
  private next = 0;
  private line = '';
  private closed = false;

  constructor(link: SerialLink, events: GrblEvents) {
    this.link = link;
    this.events = events;
    link.onData((bytes) => this.receive(bytes));
    link.onClose(() => this.lose());
  }

  realtime(bytes: Bytes): void {
    this.write(bytes);
  }

  /** One command; the lines before its `ok`. Goes out before any further line of the job. */
  command(text: string): Promise<Result<readonly string[]>> {
    if (this.closed) return Promise.resolve(refuse(deviceFault('device.link.lost')));
    return new Promise((settle) => {
      this.waiting.push({ text, settle });
      this.pump();
    });
  }

  start(job: JobFeed): void {
    this.job = job;
    this.next = 0;
    this.pump();
  }

  /** Forgets what was not sent yet; what is out will still be answered. */
  drop(): void {
    this.job = undefined;
  }

  /** The machine has forgotten everything: nothing that is out will be answered. */
  forget(fault: Fault): void {
    this.job = undefined;
    for (const { settle } of [...this.pending.splice(0), ...this.waiting.splice(0)]) settle?.(refuse(fault));
  }

  private lose(): void {
    if (this.closed) return;
    this.closed = true;
    this.forget(deviceFault('device.link.lost'));
    this.events.onLost();
  }

  private receive(bytes: Bytes): void {
    for (const byte of bytes) {
      if (byte === 10 || byte === 13) {
        const { line } = this;
        this.line = '';
        if (line.trim() !== '') this.onLine(line);
      } else if (this.line.length < REPLY_BYTES_MAX) this.line += String.fromCharCode(byte);
    }
  }

  private onLine(line: string): void {
    const reply = parseGrblLine(line);
    if (reply.type === 'ok' || reply.type === 'error') this.onAnswer(reply);
    else if (reply.type !== 'status') {
      const [first] = this.pending;
      if (first !== undefined && first.replies.length < REPLY_LINES_MAX) first.replies.push(line.trim());
    }
    this.events.onReply(reply, line);
  }

  private onAnswer(
    reply: { readonly type: 'ok' } | { readonly type: 'error'; readonly number: number },
  ): void {
    const first = this.pending.shift();
    if (first === undefined) return;
    const { index, settle, replies } = first;
    if (reply.type === 'error') {
      const { number } = reply;
      settle?.(refuse(grblFault('grbl.refused', { number, reason: errorReason(number) })));
      if (index !== undefined) this.events.onJobError(index, number);
    } else {
      settle?.(ok(replies));
      if (index !== undefined) this.acknowledge(index);
    }
    this.pump();
  }

  private acknowledge(index: number): void {
    this.events.onJobLine(index);
    if (index + 1 === this.job?.starts.length) this.events.onJobAcknowledged();
  }

  private pump(): void {
    while (!this.closed) {
      const [command] = this.waiting;
      if (command !== undefined) {
        const bytes = utf8ToBytes(`${command.text}\n`);
        if (!this.hasRoom(bytes.length)) return;
        this.waiting.shift();
        this.pending.push({ bytes: bytes.length, index: undefined, replies: [], settle: command.settle });
        this.events.onSent(command.text);
        this.write(bytes);
        continue;
      }
      const { job, next } = this;
      if (job === undefined || next >= job.starts.length) return;
      // With its line feed.
      const bytes = job.bytes.slice(job.starts[next] ?? 0, (job.ends[next] ?? 0) + 1);
      if (!this.hasRoom(bytes.length)) return;
      this.next++;
      this.pending.push({ bytes: bytes.length, index: next, replies: [], settle: undefined });
      this.write(bytes);
    }
  }

  /** One byte is left free, as the documentation of the protocol advises. */
  private hasRoom(bytes: number): boolean {
    const out = this.pending.reduce((sum, pending) => sum + pending.bytes, 0);
    return this.pending.length === 0 || out + bytes < this.bufferBytes;
  }

  private write(bytes: Bytes): void {
    this.link.write(bytes).then(undefined, () => this.lose());
  }
}
