// A job whose lines come in pieces while it prints. In memory is a ring of a few pieces only: the lines that are not
// printed yet and those that the machine may ask for again. Whatever is older is overwritten, and all of it is wiped at
// the end. It looks like a whole job to the channel, which knows no more than where the next line stands.

import type { Bytes, Fault } from '../base/index.ts';
import { assert } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import type { HeatLimits, PreparedJob } from './job-lines.ts';
import { prepareJob } from './job-lines.ts';
import { HISTORY_LINES } from './limits.ts';
import type { StreamJob } from './types.ts';

type Slot = { firstLine: number; endLine: number };

export class StreamedJob implements PreparedJob {
  readonly gcode: Bytes;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly layerStarts: Uint32Array;
  readonly total: number;
  /** Lines that are here or were. */
  count = 0;
  open = true;
  pauses = new Uint32Array(0);
  private readonly pieceBytes: number;
  private readonly limits: HeatLimits;
  private readonly slots: Slot[];
  private pieces = 0;

  constructor({ lines, layerStarts, pieceBytesMax, aheadMax }: StreamJob, limits: HeatLimits) {
    this.total = lines;
    this.layerStarts = Uint32Array.from(layerStarts);
    this.starts = new Uint32Array(lines);
    this.ends = new Uint32Array(lines);
    this.pieceBytes = pieceBytesMax;
    this.limits = limits;
    // Those ahead, the one under way, and the one before it for repeats.
    this.slots = Array.from({ length: aheadMax + 2 }, () => ({ firstLine: 0, endLine: 0 }));
    this.gcode = new Uint8Array(pieceBytesMax * this.slots.length);
  }

  get pieceCount(): number {
    return this.pieces;
  }

  /** Pieces whose lines are all acknowledged, where lines up to `acknowledged` are. */
  done(acknowledged: number): number {
    let done = this.pieces;
    while (done > 0 && this.pieces - done < this.slots.length && this.slot(done - 1).endLine > acknowledged)
      done--;
    return done;
  }

  /** Whether the slot of the next piece can be overwritten. */
  hasRoom(acknowledged: number): boolean {
    const { endLine } = this.slot(this.pieces);
    return (
      endLine === 0 || endLine + HISTORY_LINES <= acknowledged || this.done(acknowledged) === this.pieces
    );
  }

  /** Takes in the next piece of whole lines, and wipes it; a fault where the machine must not print it. */
  load(piece: Bytes): Fault | undefined {
    const slot = this.pieces % this.slots.length;
    const base = slot * this.pieceBytes;
    this.gcode.fill(0, base, base + this.pieceBytes);
    if (piece.length > this.pieceBytes)
      return deviceFault('device.stream.refused', { reason: 'a part of it is too long' });
    const prepared = prepareJob(piece, this.limits);
    const firstLine = this.count;
    // Remarks alone have nothing to send.
    if (!prepared.ok && prepared.fault.code !== 'device.job.empty')
      return deviceFault('device.stream.refused', { reason: prepared.fault.message });
    if (prepared.ok) {
      const { count, starts, ends, pauses } = prepared.value;
      if (firstLine + count > this.total)
        return deviceFault('device.stream.refused', { reason: 'it has more lines than it said' });
      this.gcode.set(piece, base);
      for (let i = 0; i < count; i++) {
        this.starts[firstLine + i] = base + (starts[i] ?? 0);
        this.ends[firstLine + i] = base + (ends[i] ?? 0);
      }
      if (pauses.length > 0)
        this.pauses = Uint32Array.from([...this.pauses, ...pauses.map((index) => firstLine + index)]);
      this.count += count;
    }
    piece.fill(0);
    this.slots[slot] = { firstLine, endLine: this.count };
    this.pieces++;
    return undefined;
  }

  /** No further piece comes. */
  finish(): Fault | undefined {
    this.open = false;
    return this.count === this.total
      ? undefined
      : deviceFault('device.stream.refused', { reason: 'it ends before its last line' });
  }

  /** Nothing of the job stays in memory. */
  wipe(): void {
    this.gcode.fill(0);
  }

  private slot(piece: number): Slot {
    const slot = this.slots[piece % this.slots.length];
    assert(slot !== undefined, 'the ring has slots');
    return slot;
  }
}
