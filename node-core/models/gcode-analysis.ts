// Everything that can be known of a print file by reading it: the toolpath, layers, bounds, filament, heat, time.
// One pass over the bytes; says nothing of whether the file is safe, which is the guard's question (gcode-guard.ts).

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { modelFault } from './faults.ts';
import { featureOfComment, isLayerComment, readClaim, type SlicerClaims } from './gcode-comments.ts';
import { gcodeFault } from './gcode-faults.ts';
import { GcodeMotion } from './gcode-motion.ts';
import { GcodeReader } from './gcode-reader.ts';
import { TimeEstimator } from './gcode-time.ts';
import type { Vector } from './measure.ts';
import type { ParseOptions } from './mesh.ts';
import type { Toolpath } from './toolpath.ts';

export const GCODE_BYTES_MAX = 512 * 1024 * 1024;
const GCODE_MOVES_MAX = 10_000_000;
const TICK_LINES = 1 << 16;
const LETTER_G = 71;
const LETTER_M = 77;
const TRAVEL = 0;
const OTHER = 1;
/** A Z step smaller than this does not begin a layer where the file does not mark layers itself. */
const LAYER_STEP_MM = 0.03;

export type Box = { readonly min: Vector; readonly max: Vector };

export type GcodeAnalysis = {
  readonly sizeBytes: number;
  readonly lines: number;
  /** Lines with a command: what is sent to the machine. */
  readonly commands: number;
  readonly layers: number;
  readonly extrudingMoves: number;
  /** Of everything extruded, by the middle of the nozzle, in machine coordinates. */
  readonly printedMm: Box;
  /** Filament pushed out in all, in micrometres: the furthest the extruder ever got, so a last retraction is no saving. */
  readonly filamentUm: number;
  readonly nozzleCMax: number;
  readonly bedCMax: number;
  /** Own estimate without heating, whole seconds rounded up. */
  readonly seconds: number;
  /** What the slicer wrote in comments; not to be trusted by itself. */
  readonly claims: SlicerClaims;
  readonly path: Toolpath;
};

/** Appends to typed arrays that double. */
export class PathBuilder {
  moves = 0;
  #positions = new Float32Array(3 * 4096);
  #features = new Uint8Array(4096);
  #lines = new Uint32Array(4096);
  #commands = new Uint32Array(4096);

  add(x: number, y: number, z: number, feature: number, line: number, command: number): void {
    const at = this.moves++;
    if (at === this.#features.length) this.#grow();
    this.#positions[at * 3] = x;
    this.#positions[at * 3 + 1] = y;
    this.#positions[at * 3 + 2] = z;
    this.#features[at] = feature;
    this.#lines[at] = line;
    this.#commands[at] = command;
  }

  #grow(): void {
    const size = this.#features.length * 2;
    const positions = new Float32Array(size * 3);
    positions.set(this.#positions);
    this.#positions = positions;
    const features = new Uint8Array(size);
    features.set(this.#features);
    this.#features = features;
    const lines = new Uint32Array(size);
    lines.set(this.#lines);
    this.#lines = lines;
    const commands = new Uint32Array(size);
    commands.set(this.#commands);
    this.#commands = commands;
  }

  finish(layers: Layers, layerSeconds: Float32Array): Toolpath {
    return {
      moves: this.moves,
      positions: this.#positions.slice(0, this.moves * 3),
      features: this.#features.slice(0, this.moves),
      lines: this.#lines.slice(0, this.moves),
      commands: this.#commands.slice(0, this.moves),
      layerStarts: Uint32Array.from(layers.starts),
      layerHeights: Float32Array.from(layers.heights),
      layerSeconds,
    };
  }
}

type Layers = { readonly starts: number[]; readonly heights: number[] };

export type PathFollower = {
  /** Commands in the pieces so far. */
  readonly commands: number;
  follow(piece: Bytes): Toolpath;
};

class GcodeAnalyser implements PathFollower {
  #reader: GcodeReader;
  readonly #motion = new GcodeMotion();
  #path = new PathBuilder();
  #time = new TimeEstimator();
  #marked: Layers = { starts: [], heights: [] };
  #byHeight: Layers = { starts: [], heights: [] };
  #hasMarks = false;
  #lastHeight: number | undefined;
  #pendingLayer: number | undefined;
  #feature = OTHER;
  #extrudingMoves = 0;
  #filamentMm = 0;
  #filamentPeakMm = 0;
  #nozzleCMax = 0;
  #bedCMax = 0;
  readonly #claims: { -readonly [K in keyof SlicerClaims]: SlicerClaims[K] } = {};
  readonly #min: [number, number, number];
  readonly #max: [number, number, number];

  constructor(bytes: Bytes) {
    this.#reader = new GcodeReader(bytes);
    const infinity = Number.POSITIVE_INFINITY;
    this.#min = [infinity, infinity, infinity];
    this.#max = [-infinity, -infinity, -infinity];
  }

  run(options: ParseOptions): Result<GcodeAnalysis> {
    const reader = this.#reader;
    while (reader.next()) {
      if (reader.line % TICK_LINES === 0) {
        if (options.signal?.aborted === true) return refuse(modelFault('model.cancelled'));
        options.onProgress?.(reader.offset / reader.bytes.length);
      }
      if (reader.letter === 0) this.#readComment();
      else this.#readCommand();
      if (this.#path.moves > GCODE_MOVES_MAX) {
        return refuse(gcodeFault('gcode.moves.too-many', { limit: GCODE_MOVES_MAX }));
      }
    }
    if (this.#extrudingMoves === 0) return refuse(gcodeFault('gcode.content.none'));
    return ok(this.#finish());
  }

  get commands(): number {
    return this.#reader.command;
  }

  /** What a further piece of whole lines adds to the path; of the pieces before, only how the machine stands is kept. */
  follow(piece: Bytes): Toolpath {
    const reader = new GcodeReader(piece);
    reader.line = this.#reader.line;
    reader.command = this.#reader.command;
    this.#reader = reader;
    while (reader.next()) {
      if (reader.letter === 0) this.#readComment();
      else this.#readCommand();
    }
    const layers = this.#hasMarks ? this.#marked : this.#byHeight;
    const path = this.#path.finish(layers, this.#time.finish(layers.starts).parts);
    this.#path = new PathBuilder();
    this.#time = new TimeEstimator();
    this.#marked = { starts: [], heights: [] };
    this.#byHeight = { starts: [], heights: [] };
    if (this.#pendingLayer !== undefined) this.#pendingLayer = 0;
    return path;
  }

  #finish(): GcodeAnalysis {
    const layers = this.#hasMarks ? this.#marked : this.#byHeight;
    const { seconds, parts } = this.#time.finish(layers.starts);
    const vector = ([x, y, z]: readonly [number, number, number]): Vector => ({ x, y, z });
    return {
      sizeBytes: this.#reader.bytes.length,
      lines: this.#reader.line,
      commands: this.#reader.command,
      layers: layers.starts.length,
      extrudingMoves: this.#extrudingMoves,
      printedMm: { min: vector(this.#min), max: vector(this.#max) },
      filamentUm: Math.round(this.#filamentPeakMm * 1000),
      nozzleCMax: this.#nozzleCMax,
      bedCMax: this.#bedCMax,
      seconds: Math.max(1, Math.ceil(seconds)),
      claims: this.#claims,
      path: this.#path.finish(layers, parts),
    };
  }

  #readComment(): void {
    const reader = this.#reader;
    if (reader.commentEnd - reader.commentStart < 4) return;
    const text = reader.comment();
    if (isLayerComment(text)) {
      this.#pendingLayer = this.#path.moves;
      return;
    }
    const feature = featureOfComment(text);
    if (feature !== undefined) this.#feature = feature;
    else Object.assign(this.#claims, readClaim(text));
  }

  #readCommand(): void {
    const reader = this.#reader;
    if (this.#motion.apply(reader) === 'move') {
      this.#addMove();
      return;
    }
    if (reader.letter === LETTER_G) {
      if (reader.code === 4) this.#time.addPause((reader.word('P') ?? 0) / 1000 + (reader.word('S') ?? 0));
      if (reader.code === 28) this.#time.addPause(0);
    } else if (reader.letter === LETTER_M) this.#readMachineCode();
  }

  #readMachineCode(): void {
    const reader = this.#reader;
    const targetC = reader.word('S') ?? reader.word('R') ?? 0;
    if (reader.code === 104 || reader.code === 109) this.#nozzleCMax = Math.max(this.#nozzleCMax, targetC);
    else if (reader.code === 140 || reader.code === 190) this.#bedCMax = Math.max(this.#bedCMax, targetC);
    else if (reader.code === 204) {
      const both = reader.word('S');
      const print = reader.word('P') ?? both;
      const travel = reader.word('T') ?? both;
      if (print !== undefined && print > 0) this.#time.printAcceleration = print;
      if (travel !== undefined && travel > 0) this.#time.travelAcceleration = travel;
    }
  }

  #addMove(): void {
    const { motion, path, reader } = { motion: this.#motion, path: this.#path, reader: this.#reader };
    this.#filamentMm += motion.extruded;
    this.#filamentPeakMm = Math.max(this.#filamentPeakMm, this.#filamentMm);
    let [x, y, z] = motion.from;
    const [toX, toY, toZ] = motion.at;
    const moved = x !== toX || y !== toY || z !== toZ || motion.chords.length > 3;
    if (!moved) {
      if (motion.extruded !== 0) this.#time.addRetraction(motion.extruded, motion.speed);
      return;
    }
    const extruding = motion.extruded > 0 && (x !== toX || y !== toY || motion.chords.length > 3);
    if (extruding) this.#beginExtruding(toZ);
    for (let i = 0; i < motion.chords.length; i += 3) {
      const [nextX, nextY, nextZ] = [
        motion.chords[i] as number,
        motion.chords[i + 1] as number,
        motion.chords[i + 2] as number,
      ];
      if (nextX === x && nextY === y && nextZ === z) continue;
      if (extruding) {
        this.#include(x, y, z);
        this.#include(nextX, nextY, nextZ);
      }
      this.#time.addMove(nextX - x, nextY - y, nextZ - z, motion.speed, extruding);
      path.add(nextX, nextY, nextZ, extruding ? this.#feature : TRAVEL, reader.line, reader.command);
      [x, y, z] = [nextX, nextY, nextZ];
    }
  }

  /** A layer begins where it was marked, but counts only once something is extruded in it. */
  #beginExtruding(z: number): void {
    this.#extrudingMoves++;
    if (this.#pendingLayer !== undefined) {
      this.#hasMarks = true;
      this.#marked.starts.push(this.#pendingLayer);
      this.#marked.heights.push(z);
      this.#pendingLayer = undefined;
    }
    const last = this.#lastHeight;
    if (last === undefined || Math.abs(z - last) >= LAYER_STEP_MM) {
      this.#lastHeight = z;
      this.#byHeight.starts.push(this.#path.moves);
      this.#byHeight.heights.push(z);
    }
  }

  #include(x: number, y: number, z: number): void {
    const [min, max] = [this.#min, this.#max];
    if (x < min[0]) min[0] = x;
    if (y < min[1]) min[1] = y;
    if (z < min[2]) min[2] = z;
    if (x > max[0]) max[0] = x;
    if (y > max[1]) max[1] = y;
    if (z > max[2]) max[2] = z;
  }
}

/** The path of a file that comes in pieces of whole lines, piece by piece; joinToolpaths makes one of them. */
export function createPathFollower(): PathFollower {
  return new GcodeAnalyser(new Uint8Array(0));
}

/** Reads a whole print file. Refused where it is too large, not text, or extrudes nothing. */
export function analyseGcode(bytes: Bytes, options: ParseOptions = {}): Result<GcodeAnalysis> {
  if (bytes.length > GCODE_BYTES_MAX) {
    return refuse(gcodeFault('gcode.file.too-large', { limitMb: GCODE_BYTES_MAX / (1024 * 1024) }));
  }
  if (bytes.subarray(0, 65_536).includes(0)) return refuse(gcodeFault('gcode.content.binary'));
  return new GcodeAnalyser(bytes).run(options);
}
