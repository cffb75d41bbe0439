// What a maker's console tells the parties of an order about its print while they watch, as canonical bytes: a question
// with a fresh nonce, and reports that name it. Who may ask, and who the maker is, is in the contract.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { encodeRecord, parseRecord } from '../records/index.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const sized = (length: number) => bytes.refine((value) => value.length === length, `${length} bytes`);

export const WATCH_NONCE_BYTES = 16;
/** Bytes of one picture, and of one part of it: a word between consoles holds 64 KiB. */
export const WATCH_PICTURE_BYTES_MAX = 1024 * 1024;
export const PICTURE_PART_BYTES = 48 * 1024;
const PARTS_MAX = Math.ceil(WATCH_PICTURE_BYTES_MAX / PICTURE_PART_BYTES);

/** "I am watching this order": good for a while, then it is asked again with another nonce. */
export const WatchAsk = z.strictObject({
  v: z.literal(1),
  /** Address of the order's contract. */
  order: sized(20),
  nonce: sized(WATCH_NONCE_BYTES),
  /** Wants pictures too, where they are allowed. */
  pictures: z.boolean(),
});
export type WatchAsk = z.infer<typeof WatchAsk>;

/** `waiting`: in the queue. `heating`: begun, nothing laid down yet. */
const PRINT_STATES = ['waiting', 'heating', 'printing', 'paused', 'finished', 'failed', 'cancelled'] as const;
/** What the machine's owner shows to the parties of an order. */
export const Sight = z.strictObject({
  progress: z.boolean(),
  temperatures: z.boolean(),
  pictures: z.boolean(),
});
export type Sight = z.infer<typeof Sight>;

const deciC = z.int().min(-1000).max(20_000).nullable();

export const PrintFacts = z.strictObject({
  /** Hash of the job's name, as in the machine's signed record. */
  job: sized(32),
  copy: z.int().min(1),
  attempt: z.int().min(1),
  state: z.enum(PRINT_STATES),
  /** Begun layers; 0 before the first. */
  layer: z.int().min(0),
  layers: z.int().min(0),
  /** Of the lines of the file, acknowledged by the machine. */
  permille: z.int().min(0).max(1000),
  leftS: z.int().min(0).nullable(),
  /** Only where the owner shows them. Tenths of a degree Celsius. */
  heat: z.strictObject({ nozzle: deciC, nozzleTarget: deciC, bed: deciC, bedTarget: deciC }).nullable(),
});
export type PrintFacts = z.infer<typeof PrintFacts>;

export const PrintReport = z.strictObject({
  v: z.literal(1),
  order: sized(20),
  /** Of the question that it answers. */
  nonce: sized(WATCH_NONCE_BYTES),
  /** Counts the reports under this nonce. */
  index: z.int().min(0),
  sight: Sight,
  /** Null where the owner shows no progress, or nothing was queued yet. */
  facts: PrintFacts.nullable(),
});
export type PrintReport = z.infer<typeof PrintReport>;

/** A JPEG file in parts; its hash names it. */
export const PicturePart = z.strictObject({
  v: z.literal(1),
  order: sized(20),
  nonce: sized(WATCH_NONCE_BYTES),
  hash: sized(32),
  part: z.int().min(0).max(PARTS_MAX),
  parts: z.int().min(1).max(PARTS_MAX),
  layer: z.int().min(0),
  layers: z.int().min(0),
  /** How the picture is to be turned, in degrees, and whether it is to be mirrored. */
  rotate: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  flip: z.boolean(),
  bytes: bytes.refine((value) => value.length > 0 && value.length <= PICTURE_PART_BYTES, 'one part'),
});
export type PicturePart = z.infer<typeof PicturePart>;

export function encodeWatchWord(word: WatchAsk | PrintReport | PicturePart): Bytes {
  return encodeRecord(word);
}

export function parseWatchAsk(data: Bytes): Result<WatchAsk> {
  return parseRecord(WatchAsk, 'watch', data);
}

export function parsePrintReport(data: Bytes): Result<PrintReport> {
  return parseRecord(PrintReport, 'report', data);
}

export function parsePicturePart(data: Bytes): Result<PicturePart> {
  return parseRecord(PicturePart, 'picture', data);
}
