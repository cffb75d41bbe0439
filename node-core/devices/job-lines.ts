// A job's G-code as the driver feeds it: offsets of the lines to send, layers, pauses. Made before anything moves,
// in one pass over the bytes; whatever could stop a print half-way for form alone is refused here.
// Not a guard of geometry: bounds on the bed and missing heat-up are the guard's.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import { commandCode, hasWord, lineCommand, lineWord } from './gcode-words.ts';
import { BED_C_MAX, CHAMBER_C_MAX, COMMAND_BYTES_MAX, JOB_BYTES_MAX, NOZZLE_C_MAX } from './limits.ts';
import { sentLength } from './line-codec.ts';

export type HeatLimits = {
  readonly nozzleCMax: number;
  readonly bedCMax: number;
  readonly chamberCMax: number;
};
export const DEFAULT_HEAT_LIMITS: HeatLimits = {
  nozzleCMax: NOZZLE_C_MAX,
  bedCMax: BED_C_MAX,
  chamberCMax: CHAMBER_C_MAX,
};

/** What a file may hold besides what every Marlin board takes. */
export type LineRules = {
  /** Longest line as it is sent; undefined where the reader has no bound. */
  readonly bytesMax: number | undefined;
  /** Only printable ASCII gets through. */
  readonly asciiOnly: boolean;
  /** Why a line that is no G, M or T command must not be sent, or a fault of its own; undefined where it may. */
  readonly judgeExtended?: (text: string, line: number, limits: HeatLimits) => Fault | undefined;
};
export const MARLIN_RULES: LineRules = { bytesMax: COMMAND_BYTES_MAX, asciiOnly: true };

export type PreparedJob = {
  readonly gcode: Bytes;
  /** Lines that are sent; starts and ends hold one offset a line. */
  readonly count: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Index of the first sent line of each layer, ascending. */
  readonly layerStarts: Uint32Array;
  /** Indices of M0 and M1 lines: the host pauses there instead of sending them. Ascending. */
  readonly pauses: Uint32Array;
  /** More lines may come; `total` says how many there will be. */
  readonly open?: boolean;
  readonly total?: number;
};

const code = commandCode;
const HEATERS = new Map<number, 'nozzle' | 'bed' | 'chamber'>([
  [code('M', 104), 'nozzle'],
  [code('M', 109), 'nozzle'],
  [code('M', 140), 'bed'],
  [code('M', 190), 'bed'],
  [code('M', 141), 'chamber'],
  [code('M', 191), 'chamber'],
  [code('M', 303), 'nozzle'],
]);
/** Left out silently: they would break the host's own numbering or its watch over a silent machine. */
const LEFT_OUT = new Set([code('M', 110), code('M', 113)]);
const PAUSES = new Set([code('M', 0), code('M', 1)]);
const FORBIDDEN = new Map<number, string>([
  [code('M', 23), 'it prints another file from the SD card'],
  [code('M', 24), 'it prints another file from the SD card'],
  [code('M', 28), 'it writes to the SD card instead of printing'],
  [code('M', 30), 'it deletes files on the SD card'],
  [code('M', 32), 'it prints another file from the SD card'],
  [code('M', 108), 'it is reserved for the console'],
  [code('M', 112), 'it is the emergency stop'],
  [code('M', 118), 'it can give orders to the console'],
  [code('M', 302), 'it allows extruding with a cold nozzle'],
  [code('M', 410), 'it stops the motors and loses the position'],
  [code('M', 500), "it changes the printer's stored settings"],
  [code('M', 502), "it changes the printer's settings"],
  [code('M', 504), "it changes the printer's stored settings"],
  [code('M', 524), 'it is reserved for the console'],
  [code('M', 575), 'it changes the speed of the connection'],
  [code('M', 876), 'it is reserved for the console'],
  [code('M', 928), 'it writes to the SD card'],
  [code('M', 997), 'it replaces the firmware'],
  [code('M', 999), 'it restarts the printer after a stop'],
]);

const LETTER_S = 83;
const LETTER_R = 82;
const LETTER_B = 66;

/** Finds the lines to send; refuses what the firmware could not read or the host does not allow. */
export function prepareJob(
  gcode: Bytes,
  limits: HeatLimits = DEFAULT_HEAT_LIMITS,
  rules: LineRules = MARLIN_RULES,
): Result<PreparedJob> {
  if (gcode.length > JOB_BYTES_MAX)
    return refuse(deviceFault('device.job.too-large', { limit: JOB_BYTES_MAX }));
  const builder = new JobBuilder(gcode, limits, rules);
  let line = 0;
  for (let at = 0; at < gcode.length; ) {
    let end = at;
    while (end < gcode.length && gcode[end] !== 10 && gcode[end] !== 13) end++;
    // A carriage return and line feed together end one line, so that line numbers match an editor's.
    if (!(gcode[end] === 10 && at === end && at > 0 && gcode[at - 1] === 13)) line++;
    const refused = builder.add(at, end, line);
    if (refused !== undefined) return refused;
    at = end + 1;
  }
  return builder.finish();
}

/** The fault of a single command of the owner's, or undefined where it may be sent. */
export function checkCommand(command: Bytes, limits: HeatLimits): Result<void> {
  const problem = unreadable(command, 0, command.length);
  if (problem)
    return refuse(deviceFault('device.command.refused', { reason: 'it holds unreadable characters' }));
  if (command.length > COMMAND_BYTES_MAX) {
    return refuse(
      deviceFault('device.command.refused', { reason: `it is longer than ${COMMAND_BYTES_MAX} bytes` }),
    );
  }
  const code = lineCommand(command, 0, command.length);
  // An N would fool the host's own numbering.
  if (!isPlain(code))
    return refuse(deviceFault('device.command.refused', { reason: 'it is not a G-code command' }));
  if (LEFT_OUT.has(code)) {
    return refuse(
      deviceFault('device.command.refused', { reason: 'the console keeps the line numbers itself' }),
    );
  }
  return checkHeat(command, 0, command.length, code, limits, 1);
}

class JobBuilder {
  private readonly gcode: Bytes;
  private readonly limits: HeatLimits;
  private readonly rules: LineRules;
  private starts: Uint32Array;
  private ends: Uint32Array;
  private count = 0;
  private readonly markedLayers: number[] = [];
  /** A marked layer counts once something is extruded in it. */
  private pendingLayer = -1;
  private readonly heights = new HeightLayers();
  private readonly pauses: number[] = [];

  constructor(gcode: Bytes, limits: HeatLimits, rules: LineRules) {
    this.gcode = gcode;
    this.limits = limits;
    this.rules = rules;
    // Sliced lines average 25–40 bytes; the arrays grow where a file has shorter ones.
    const guess = Math.max(16, Math.ceil(gcode.length / 24));
    this.starts = new Uint32Array(guess);
    this.ends = new Uint32Array(guess);
  }

  add(from: number, to: number, line: number): Result<never> | undefined {
    const { gcode } = this;
    let start = from;
    while (start < to && isBlank(gcode[start] ?? 0)) start++;
    let end = start;
    while (end < to && gcode[end] !== 59) end++; // ;
    if (end < to && isLayerMark(gcode, end, to)) this.pendingLayer = this.count;
    [start, end] = withoutFraming(gcode, start, end);
    if (start >= end) return undefined;
    const { bytesMax, asciiOnly, judgeExtended } = this.rules;
    if (asciiOnly && unreadable(gcode, start, end))
      return refuse(deviceFault('device.job.line-unreadable', { line }));
    const bytes = sentLength(gcode, start, end);
    if (bytesMax !== undefined && bytes > bytesMax) {
      return refuse(deviceFault('device.job.line-too-long', { line, bytes, limit: bytesMax }));
    }
    const command = lineCommand(gcode, start, end);
    if (judgeExtended !== undefined && !isPlain(command)) {
      const fault = judgeExtended(utf8.decode(gcode.subarray(start, end)), line, this.limits);
      if (fault !== undefined) return refuse(fault);
    }
    // A line of remarks alone, or blanks around one, has nothing to send.
    if (command < 0 && bytes === blanksAndRemarks(gcode, start, end)) return undefined;
    return this.keep(start, end, command, line);
  }

  private keep(start: number, end: number, command: number, line: number): Result<never> | undefined {
    const { gcode } = this;
    if (LEFT_OUT.has(command)) return undefined;
    const forbidden = FORBIDDEN.get(command);
    if (forbidden !== undefined) {
      const name = commandName(command);
      return refuse(deviceFault('device.job.forbidden', { line, command: name, reason: forbidden }));
    }
    const heat = checkHeat(gcode, start, end, command, this.limits, line);
    if (!heat.ok) return heat;
    if (PAUSES.has(command)) this.pauses.push(this.count);
    if (this.heights.see(gcode, start, end, command, this.count) && this.pendingLayer >= 0) {
      this.markedLayers.push(this.pendingLayer);
      this.pendingLayer = -1;
    }
    if (this.count === this.starts.length) this.grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
    return undefined;
  }

  finish(): Result<PreparedJob> {
    if (this.count === 0) return refuse(deviceFault('device.job.empty'));
    const layers = this.markedLayers.length > 0 ? this.markedLayers : this.heights.starts;
    return ok({
      gcode: this.gcode,
      count: this.count,
      starts: this.starts.subarray(0, this.count),
      ends: this.ends.subarray(0, this.count),
      layerStarts: Uint32Array.from(layers),
      pauses: Uint32Array.from(this.pauses),
    });
  }

  private grow(): void {
    const starts = new Uint32Array(this.count * 2);
    const ends = new Uint32Array(this.count * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}

/** Layers of a file without marks: each height at which filament comes out above the one before. */
class HeightLayers {
  readonly starts: number[] = [];
  private z = 0;
  private layerZ = Number.NEGATIVE_INFINITY;
  private relative = false;

  /** True for a move that puts filament down. */
  see(gcode: Bytes, start: number, end: number, command: number, index: number): boolean {
    if (command === code('G', 90)) this.relative = false;
    if (command === code('G', 91)) this.relative = true;
    if (command < code('G', 0) || command > code('G', 3)) return false;
    const z = lineWord(gcode, start, end, 90);
    if (!Number.isNaN(z)) this.z = this.relative ? this.z + z : z;
    const moves = hasWord(gcode, start, end, 88) || hasWord(gcode, start, end, 89);
    if (!moves || !hasWord(gcode, start, end, 69)) return false;
    // 0.05 mm is thinner than any printed layer and thicker than the slope of a spiral's single segment.
    if (this.z >= this.layerZ + 0.05) {
      this.layerZ = this.z;
      this.starts.push(index);
    }
    return true;
  }
}

function checkHeat(
  bytes: Bytes,
  start: number,
  end: number,
  command: number,
  limits: HeatLimits,
  line: number,
): Result<void> {
  let heater = HEATERS.get(command);
  if (heater === undefined) return ok(undefined);
  // M303 E-1 tunes the bed.
  if (command === code('M', 303) && lineWord(bytes, start, end, 69) < 0) heater = 'bed';
  const limit = { nozzle: limits.nozzleCMax, bed: limits.bedCMax, chamber: limits.chamberCMax }[heater];
  for (const letter of [LETTER_S, LETTER_R, LETTER_B]) {
    const celsius = lineWord(bytes, start, end, letter);
    if (celsius > limit) {
      return refuse(deviceFault('device.temperature.too-high', { line, celsius, limit, heater }));
    }
  }
  return ok(undefined);
}

/** `N12 …*34` of files that were numbered already: number and checksum are taken off, blanks around them too. */
function withoutFraming(gcode: Bytes, from: number, to: number): [number, number] {
  let start = from;
  let end = to;
  const first = gcode[start];
  const digit = gcode[start + 1] ?? 0;
  if ((first === 78 || first === 110) && start + 1 < end && digit >= 48 && digit <= 57) {
    start++;
    while (start < end && (gcode[start] ?? 0) >= 48 && (gcode[start] ?? 0) <= 57) start++;
    while (start < end && isBlank(gcode[start] ?? 0)) start++;
    let star = end - 1;
    while (star > start && gcode[star] !== 42) star--;
    if (star > start) end = star;
  }
  while (end > start && isBlank(gcode[end - 1] ?? 0)) end--;
  return [start, end];
}

/** Bytes that are not printable ASCII, and the backslash, which the firmware's reader swallows with its checksum. */
function unreadable(bytes: Bytes, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if ((byte < 32 && byte !== 9) || byte > 126 || byte === 92) return true;
  }
  return false;
}

function blanksAndRemarks(bytes: Bytes, start: number, end: number): number {
  let blanks = 0;
  let remark = false;
  for (let i = start; i < end; i++) {
    if (bytes[i] === 40) remark = true;
    if (!remark && isBlank(bytes[i] ?? 0)) blanks++;
    if (bytes[i] === 41) remark = false;
  }
  return blanks;
}

const LAYER_MARKS = ['LAYER_CHANGE', 'LAYER:', 'CHANGE_LAYER', 'layer '].map((mark) =>
  Uint8Array.from(mark, (char) => char.charCodeAt(0)),
);

/** `;LAYER_CHANGE` (PrusaSlicer and kin), `;LAYER:n` (Cura), `; CHANGE_LAYER` (Bambu), `; layer n,` (Simplify3D). */
function isLayerMark(gcode: Bytes, semicolon: number, end: number): boolean {
  let at = semicolon + 1;
  if (gcode[at] === 32) at++;
  const first = gcode[at];
  if (first !== 76 && first !== 67 && first !== 108) return false;
  return LAYER_MARKS.some((mark) => {
    if (at + mark.length > end) return false;
    for (let i = 0; i < mark.length; i++) if (gcode[at + i] !== mark[i]) return false;
    // A count follows the marks that end openly.
    const next = gcode[at + mark.length] ?? 0;
    const open = mark[mark.length - 1] === 58 || mark[mark.length - 1] === 32;
    return !open || next === 45 || (next >= 48 && next <= 57);
  });
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/** A G, M or T command. */
function isPlain(command: number): boolean {
  return [71, 77, 84].includes(command >> 16);
}

const utf8 = new TextDecoder('utf-8');

function commandName(command: number): string {
  return `${String.fromCharCode(command >> 16)}${command & 0xffff}`;
}
