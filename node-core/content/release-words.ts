// What the console of a printer and the console that holds a print file say to each other, as bytes. Strict on both sides:
// what is not exactly one of these is no answer to anybody. Nothing here is secret from the two; what is, is sealed.
//
//   printer's console                                    releaser
//     ask: licence, copy, attempt, session key; signed →
//                                                      ←  ready (begin the copy on chain, then ask again) | grant | refused
//     chunk: index, done, head of the record; signed   →
//                                                      ←  chunk | refused

import { z } from 'zod';
import type { Bytes, Random, Result } from '../base/index.ts';
import { concatBytes, sha256, utf8ToBytes } from '../base/index.ts';
import type { VerifySignature } from '../identity/index.ts';
import { createKeyPair, type KeyPair, signMessage } from '../identity/index.ts';
import { encodeRecord, parseRecord, recordHash } from '../records/index.ts';
import { STREAM_CHUNK_BYTES, StreamHeader } from './gcode-stream.ts';

/** A sealed chunk is its lines and a tag; a wrapped key is shorter than this. */
const SEALED_BYTES_MAX = STREAM_CHUNK_BYTES + 64;
const KEY_BYTES_MAX = 256;
const ATTEMPTS_MAX = 1_000_000;

const bytesOf = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length);
const bytesUpTo = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length <= length);
const index = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const ReleaseAsk = z.strictObject({
  v: z.literal(1),
  kind: z.literal('release-ask'),
  licence: bytesOf(20),
  /** The printer's own name for the job; its record begins with it. */
  job: bytesOf(32),
  copy: z.int().min(1),
  /** As the chain counts the attempts of this copy. */
  attempt: z.int().min(1).max(ATTEMPTS_MAX),
  /** Compressed public key that lives in the memory of the machine's console, for this attempt alone. */
  session: bytesOf(33),
  signature: bytesOf(64),
});
export type ReleaseAsk = z.infer<typeof ReleaseAsk>;

export const ChunkAsk = z.strictObject({
  v: z.literal(1),
  kind: z.literal('release-chunk'),
  stream: bytesOf(32),
  index,
  done: index,
  head: bytesOf(32),
  signature: bytesOf(64),
});
export type ChunkAsk = z.infer<typeof ChunkAsk>;

const Question = z.discriminatedUnion('kind', [ReleaseAsk, ChunkAsk]);
export type ReleaseQuestion = z.infer<typeof Question>;

/** Why nothing is given, as codes of streamFault that one console may say to another. */
export const REFUSALS = [
  'stream.order',
  'stream.too-early',
  'stream.not-this-machine',
  'stream.not-open',
  'stream.closed',
  'stream.taken',
  'stream.stopped',
  'stream.unreachable',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const AnswerBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('grant'), header: StreamHeader, wrappedKey: bytesUpTo(KEY_BYTES_MAX) }),
  z.strictObject({
    type: z.literal('chunk'),
    index,
    sealed: bytesUpTo(SEALED_BYTES_MAX),
    sealedKey: bytesUpTo(KEY_BYTES_MAX),
  }),
  z.strictObject({ type: z.literal('refused'), code: z.enum(REFUSALS) }),
]);
export type ReleaseAnswer = z.infer<typeof AnswerBody>;

const Answer = z.strictObject({
  v: z.literal(1),
  kind: z.literal('release-answer'),
  /** SHA-256 of the question's bytes. */
  to: bytesOf(32),
  body: AnswerBody,
});

export function encodeQuestion(question: ReleaseQuestion): Bytes {
  return encodeRecord(question);
}

export function parseQuestion(bytes: Bytes): Result<ReleaseQuestion> {
  return parseRecord(Question, 'release', bytes);
}

export function encodeAnswer(question: Bytes, body: ReleaseAnswer): Bytes {
  return encodeRecord({ v: 1, kind: 'release-answer', to: sha256(question), body });
}

export function parseAnswer(bytes: Bytes): Result<{ readonly to: Bytes; readonly body: ReleaseAnswer }> {
  return parseRecord(Answer, 'release', bytes);
}

export type AskedCopy = Pick<ReleaseAsk, 'licence' | 'job' | 'copy' | 'attempt'>;

/** A question for one attempt at one copy, and the key that its answers are sealed for. Keep the key in memory alone. */
export function askRelease(
  copy: AskedCopy,
  machineSecret: Bytes,
  random: Random,
): { readonly ask: ReleaseAsk; readonly session: KeyPair } {
  const session = createKeyPair(random.bytes(32));
  const unsigned = { v: 1, kind: 'release-ask', ...copy, session: session.publicKey } as const;
  const signature = signMessage(machineSecret, askMessage(unsigned));
  return { ask: { ...unsigned, signature }, session };
}

/** Whether the machine with this key asks. */
export function isAskedBy(ask: ReleaseAsk, machine: Bytes, verify: VerifySignature): boolean {
  const { signature, ...unsigned } = ask;
  return verify(machine, askMessage(unsigned), signature);
}

function askMessage(unsigned: Omit<ReleaseAsk, 'signature'>): Bytes {
  return concatBytes(utf8ToBytes('dipnet/release-ask/v1'), new Uint8Array(1), recordHash(unsigned));
}
