// The nozzle's way through a job, for the live view: one point a move, with what it extrudes and which line it is.
// Arcs are cut into chords. Moves are those of G0 … G3 that change x, y or z; retractions are not among them.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { gcodeFault } from './gcode-faults.ts';
import { VarintReader, VarintWriter } from './varints.ts';

/** What a move prints. Index in this list; `travel` where nothing is extruded. */
export const TOOLPATH_FEATURES = [
  'travel',
  'other',
  'outer-wall',
  'inner-wall',
  'overhang',
  'infill',
  'solid-infill',
  'top',
  'bridge',
  'gap-fill',
  'skirt',
  'support',
  'support-interface',
  'ironing',
  'prime',
] as const;
export type ToolpathFeature = (typeof TOOLPATH_FEATURES)[number];

export type Toolpath = {
  readonly moves: number;
  /** x, y, z in millimetres at the end of each move; a move begins where the one before ended, the first at the origin. */
  readonly positions: Float32Array;
  /** Index into TOOLPATH_FEATURES; 0 is travel, everything else extrudes. */
  readonly features: Uint8Array;
  /** First move of each layer, ascending; moves before the first belong to no layer. */
  readonly layerStarts: Uint32Array;
  /** Height of the nozzle above the bed in each layer, in millimetres. */
  readonly layerHeights: Float32Array;
  /** Estimated time of each layer in seconds. */
  readonly layerSeconds: Float32Array;
  /** 1-based line in the file of each move, ascending. */
  readonly lines: Uint32Array;
  /** 1-based count of commands (lines that are not blank or comment) up to each move: what a host counts as sent. */
  readonly commands: Uint32Array;
};

/** Moves that are done once the command with this 1-based count was acknowledged. */
export function movesAtCommand(path: Toolpath, command: number): number {
  return upperBound(path.commands, command);
}

/** Moves that are done once this 1-based line of the file was executed. */
export function movesAtLine(path: Toolpath, line: number): number {
  return upperBound(path.lines, line);
}

/** 1-based layer of a move; 0 before the first. */
export function layerOfMove(path: Toolpath, move: number): number {
  return upperBound(path.layerStarts, move);
}

/** One path of pieces that follow each other. */
export function joinToolpaths(pieces: readonly Toolpath[]): Toolpath {
  const moves = pieces.reduce((sum, piece) => sum + piece.moves, 0);
  const layers = pieces.reduce((sum, piece) => sum + piece.layerStarts.length, 0);
  const joined = {
    moves,
    positions: new Float32Array(moves * 3),
    features: new Uint8Array(moves),
    lines: new Uint32Array(moves),
    commands: new Uint32Array(moves),
    layerStarts: new Uint32Array(layers),
    layerHeights: new Float32Array(layers),
    layerSeconds: new Float32Array(layers),
  };
  let [move, layer] = [0, 0];
  for (const piece of pieces) {
    joined.positions.set(piece.positions, move * 3);
    joined.features.set(piece.features, move);
    joined.lines.set(piece.lines, move);
    joined.commands.set(piece.commands, move);
    joined.layerHeights.set(piece.layerHeights, layer);
    joined.layerSeconds.set(piece.layerSeconds, layer);
    for (const start of piece.layerStarts) joined.layerStarts[layer++] = move + start;
    move += piece.moves;
  }
  return joined;
}

/** Count of ascending values that are at most `value`. */
function upperBound(values: Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const MAGIC = 0x3150_5444; // "DTP1"
const MOVES_MAX = 50_000_000;
/** Positions are whole micrometres in the codec: finer than any machine, and deltas become one or two bytes. */
const UNITS_PER_MM = 1000;
const POSITION_UNITS_MAX = 100_000 * UNITS_PER_MM;

/** Compact bytes: magic, counts, then zigzag varints of differences, array by array. */
export function encodeToolpath(path: Toolpath): Bytes {
  const writer = new VarintWriter(path.moves * 8 + path.layerStarts.length * 4 + 64);
  writer.word(MAGIC);
  writer.unsigned(path.moves);
  writer.unsigned(path.layerStarts.length);
  for (let axis = 0; axis < 3; axis++) {
    let last = 0;
    for (let move = 0; move < path.moves; move++) {
      const units = Math.round((path.positions[move * 3 + axis] as number) * UNITS_PER_MM);
      writer.signed(units - last);
      last = units;
    }
  }
  writer.bytes(path.features);
  writer.ascending(path.layerStarts);
  let lastHeight = 0;
  for (const height of path.layerHeights) {
    const units = Math.round(height * UNITS_PER_MM);
    writer.signed(units - lastHeight);
    lastHeight = units;
  }
  for (const seconds of path.layerSeconds) writer.unsigned(Math.round(seconds * 10));
  writer.ascending(path.lines);
  writer.ascending(path.commands);
  return writer.finish();
}

/** Refuses bytes that are not exactly one toolpath. */
export function decodeToolpath(bytes: Bytes): Result<Toolpath> {
  const path = readToolpath(bytes);
  return path === undefined ? refuse(gcodeFault('gcode.toolpath.malformed')) : ok(path);
}

function readToolpath(bytes: Bytes): Toolpath | undefined {
  const reader = new VarintReader(bytes);
  if (reader.word() !== MAGIC) return undefined;
  const moves = reader.unsigned();
  const layers = reader.unsigned();
  // Each move takes at least six bytes, so a lying count cannot make anybody allocate.
  if (reader.failed || moves > MOVES_MAX || moves * 6 > bytes.length || layers * 3 > bytes.length)
    return undefined;
  const positions = new Float32Array(moves * 3);
  for (let axis = 0; axis < 3; axis++) {
    let units = 0;
    for (let move = 0; move < moves; move++) {
      units += reader.signed();
      if (Math.abs(units) > POSITION_UNITS_MAX) return undefined;
      positions[move * 3 + axis] = units / UNITS_PER_MM;
    }
  }
  const features = reader.bytes(moves);
  const layerStarts = reader.ascending(layers, moves);
  const layerHeights = new Float32Array(layers);
  let units = 0;
  for (let i = 0; i < layers; i++) {
    units += reader.signed();
    if (Math.abs(units) > POSITION_UNITS_MAX) return undefined;
    layerHeights[i] = units / UNITS_PER_MM;
  }
  const layerSeconds = new Float32Array(layers);
  for (let i = 0; i < layers; i++) layerSeconds[i] = reader.unsigned() / 10;
  const lines = reader.ascending(moves, 0xffff_ffff);
  const commands = reader.ascending(moves, 0xffff_ffff);
  if (reader.failed || !reader.atEnd) return undefined;
  if (features.some((feature) => feature >= TOOLPATH_FEATURES.length)) return undefined;
  return { moves, positions, features, layerStarts, layerHeights, layerSeconds, lines, commands };
}
