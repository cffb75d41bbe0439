// What an operator may set, and what a receiver may ask of strangers: a price in work or in stake. Whom the receiver has
// written to is no stranger.

import { z } from 'zod';
import type { Bytes } from '../../base/index.ts';
import { base64, concatBytes, sha256, taggedHash, taggedHashWith, utf8ToBytes } from '../../base/index.ts';
import type { JsonObject, ReliableMessage } from '../index.ts';
import type { Quota } from './mailboxes.ts';

export type Policy = {
  /** Messages per second that a user may send over time, and at once. */
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  /** The same in bytes. */
  readonly bytesPerSecond: number;
  readonly bytesBurst: number;
  /** People never seen before, a second over time and at once, all together. */
  readonly newPerSecond: number;
  readonly newBurst: number;
  /** What may wait for somebody who has an account here, … */
  readonly localQuota: Quota;
  /** … and for somebody whom this station has never seen. */
  readonly strangerQuota: Quota;
  /** What may wait for a neighbour that cannot be reached. */
  readonly neighbourQuota: Quota;
  /** All that is stored, in bytes. Strangers' mail is refused at four fifths of it. */
  readonly storeBytesMax: number;
};

export const DEFAULT_POLICY: Policy = {
  messagesPerSecond: 50,
  messagesBurst: 1000,
  bytesPerSecond: 512 * 1024,
  bytesBurst: 16 * 1024 * 1024,
  newPerSecond: 20,
  newBurst: 5000,
  localQuota: { messagesMax: 200_000, bytesMax: 512 * 1024 * 1024 },
  strangerQuota: { messagesMax: 200, bytesMax: 2 * 1024 * 1024 },
  neighbourQuota: { messagesMax: 500_000, bytesMax: 1024 * 1024 * 1024 },
  storeBytesMax: 20 * 1024 * 1024 * 1024,
};

/** What a user may use up, refilled with time. */
export type Bucket = { level: number; filledMs: number };

/** Takes from the bucket, which may go below empty; returns for how many milliseconds its owner must wait then. */
export function drawFrom(
  bucket: Bucket,
  amount: number,
  perSecond: number,
  burst: number,
  nowMs: number,
): number {
  const elapsedMs = Math.max(0, nowMs - bucket.filledMs);
  bucket.level = Math.min(burst, bucket.level + (elapsedMs * perSecond) / 1000) - amount;
  bucket.filledMs = nowMs;
  return bucket.level >= 0 ? 0 : Math.ceil((-bucket.level * 1000) / perSecond);
}

/** Leading zero bits; 24 take about a minute in a console. */
export const WORK_BITS_MAX = 24;

/** What a stranger must show one of. Nothing set asks for nothing. */
export const Price = z.strictObject({
  workBits: z.int().min(1).max(WORK_BITS_MAX).optional(),
  /** Locked on chain by the sender, in millionths. */
  stakeMicro: z
    .string()
    .regex(/^[1-9][0-9]{0,29}$/)
    .optional(),
});
export type Price = z.infer<typeof Price>;

export function priceToJson({ workBits, stakeMicro }: Price): JsonObject {
  return {
    ...(workBits === undefined ? {} : { workBits }),
    ...(stakeMicro === undefined ? {} : { stakeMicro }),
  };
}

/** Member of a message's envelope that shows work. Stations and clients that do not know it pass it on. */
export const WORK_FIELD = 'work';
const WORK_DOMAIN = 'dipnet/dimp/work/v1';

/** How much work a nonce shows for this message to this receiver, in leading zero bits. */
function workOf(signature: Bytes, receiver: string, nonce: string): number {
  const hash = taggedHash(WORK_DOMAIN, concatBytes(utf8ToBytes(`${receiver} ${nonce} `), signature));
  let bits = 0;
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** Looks for a nonce among `tries` from `start` on. */
export function findWork(
  signature: Bytes,
  receiver: string,
  bits: number,
  { start, tries }: { readonly start: number; readonly tries: number },
): string | undefined {
  for (let at = start; at < start + tries; at++)
    if (workOf(signature, receiver, String(at)) >= bits) return String(at);
  return undefined;
}

/** The work that a message shows. */
export function shownWork(json: JsonObject, signature: Bytes, receiver: string): number {
  const nonce = json[WORK_FIELD];
  return typeof nonce === 'string' && nonce.length <= 32 ? workOf(signature, receiver, nonce) : 0;
}

/** SHA-256. */
export type Hash = (bytes: Bytes) => Bytes;

/**
 * What makes a message to somebody the same message. Not its signature, of which an ECDSA message has two: whoever relays
 * could turn one into the other.
 */
export function messageHash(
  { sender, signedBytes }: ReliableMessage,
  receiver: string,
  hash: Hash = sha256,
): Bytes {
  // IDs hold no NUL, so that these three are told apart.
  const people = utf8ToBytes(`${sender.bare}\0${receiver}\0`);
  return taggedHashWith(hash, 'dipnet/dimp/message/v2', people, signedBytes);
}

/** Enough of it to tell messages apart. */
export const messageKey = (message: ReliableMessage, receiver: string, hash?: Hash): Bytes =>
  messageHash(message, receiver, hash).slice(0, 16);

export const signatureText = (signature: Bytes): string => base64.encode(signature);
