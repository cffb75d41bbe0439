// ICS23 proofs as data, and their protobuf. Decoding is strict (one encoding per proof: fields in order, no defaults
// written, no unknown fields) and bounded; it never throws. Batch and compressed proofs are not supported.
// Source: cosmos/ics23 proto/cosmos/ics23/v1/proofs.proto.

import type { Bytes } from '../base/index.ts';
import { concatBytes, decodeVarint, encodeVarint } from '../base/index.ts';

export const HASH_OPS = {
  none: 0,
  sha256: 1,
  sha512: 2,
  keccak256: 3,
  ripemd160: 4,
  bitcoin: 5,
  sha512_256: 6,
  blake2b_512: 7,
  blake2s_256: 8,
  blake3: 9,
} as const;
export const LENGTH_OPS = {
  none: 0,
  varProto: 1,
  varRlp: 2,
  fixed32Big: 3,
  fixed32Little: 4,
  fixed64Big: 5,
  fixed64Little: 6,
  require32Bytes: 7,
  require64Bytes: 8,
} as const;

export type LeafOp = {
  readonly hash: number;
  readonly prehashKey: number;
  readonly prehashValue: number;
  readonly length: number;
  readonly prefix: Bytes;
};
export type InnerOp = { readonly hash: number; readonly prefix: Bytes; readonly suffix: Bytes };
export type ExistenceProof = {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly leaf: LeafOp | undefined;
  /** From the leaf up to the root. */
  readonly path: readonly InnerOp[];
};
export type NonExistenceProof = {
  readonly key: Bytes;
  readonly left: ExistenceProof | undefined;
  readonly right: ExistenceProof | undefined;
};
export type CommitmentProof =
  | { readonly kind: 'exist'; readonly exist: ExistenceProof }
  | { readonly kind: 'nonexist'; readonly nonexist: NonExistenceProof };

/** A proof carries its value, so this bounds the largest provable value too. */
const PROOF_SIZE_BYTES_MAX = 4_000_000;
/** The deepest tree anybody uses has 256 levels (SMT over SHA-256). */
export const PATH_LENGTH_MAX = 256;

const NOTHING = new Uint8Array(0);
const VARINT = 0;
const LENGTH_DELIMITED = 2;

type Field = { readonly number: number; readonly value: bigint | Bytes };

/** The fields of one message, or undefined where it is cut off, over long or uses another wire type. */
function readFields(bytes: Bytes): Field[] | undefined {
  const fields: Field[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const tag = decodeVarint(bytes, offset);
    if (tag === undefined || tag.value > 0xffn) return undefined;
    const [number, wireType] = [Number(tag.value >> 3n), Number(tag.value & 7n)];
    const word = decodeVarint(bytes, tag.next);
    if (word === undefined || number === 0) return undefined;
    if (wireType === VARINT) {
      fields.push({ number, value: word.value });
      offset = word.next;
    } else if (wireType === LENGTH_DELIMITED) {
      if (word.value > BigInt(bytes.length - word.next)) return undefined;
      offset = word.next + Number(word.value);
      fields.push({ number, value: bytes.subarray(word.next, offset) });
    } else return undefined;
  }
  return fields;
}

/** Ascending and without repetition, but for `repeated`; so that no two encodings mean the same. */
function isOrdered(fields: readonly Field[], repeated?: number): boolean {
  let last = 0;
  for (const { number } of fields) {
    if (number < last || (number === last && number !== repeated)) return false;
    last = number;
  }
  return true;
}

const isBytes = (value: bigint | Bytes): value is Bytes => typeof value !== 'bigint';
const has = (value: bigint | Bytes) => (isBytes(value) ? value.length > 0 : value > 0n && value <= 0xffn);

function parseLeafOp(bytes: Bytes): LeafOp | undefined {
  const fields = readFields(bytes);
  if (fields === undefined || !isOrdered(fields)) return undefined;
  const op = { hash: 0, prehashKey: 0, prehashValue: 0, length: 0, prefix: NOTHING as Bytes };
  for (const { number, value } of fields) {
    if (!has(value) || isBytes(value) !== (number === 5)) return undefined;
    if (isBytes(value)) op.prefix = value;
    else if (number === 1) op.hash = Number(value);
    else if (number === 2) op.prehashKey = Number(value);
    else if (number === 3) op.prehashValue = Number(value);
    else if (number === 4) op.length = Number(value);
    else return undefined;
  }
  return op;
}

function parseInnerOp(bytes: Bytes): InnerOp | undefined {
  const fields = readFields(bytes);
  if (fields === undefined || !isOrdered(fields)) return undefined;
  const op = { hash: 0, prefix: NOTHING as Bytes, suffix: NOTHING as Bytes };
  for (const { number, value } of fields) {
    if (!has(value)) return undefined;
    if (isBytes(value)) {
      if (number === 2) op.prefix = value;
      else if (number === 3) op.suffix = value;
      else return undefined;
    } else if (number === 1) op.hash = Number(value);
    else return undefined;
  }
  return op;
}

function parseExistence(bytes: Bytes): ExistenceProof | undefined {
  const fields = readFields(bytes);
  if (fields === undefined || !isOrdered(fields, 4)) return undefined;
  let [key, value, leaf]: [Bytes, Bytes, LeafOp | undefined] = [NOTHING, NOTHING, undefined];
  const path: InnerOp[] = [];
  for (const field of fields) {
    if (!isBytes(field.value)) return undefined;
    if (field.number === 3) {
      leaf = parseLeafOp(field.value);
      if (leaf === undefined) return undefined;
    } else if (field.number === 4) {
      const inner = parseInnerOp(field.value);
      if (inner === undefined || path.length >= PATH_LENGTH_MAX) return undefined;
      path.push(inner);
    } else if (field.value.length === 0) return undefined;
    else if (field.number === 1) key = field.value;
    else if (field.number === 2) value = field.value;
    else return undefined;
  }
  return { key, value, leaf, path };
}

function parseNonExistence(bytes: Bytes): NonExistenceProof | undefined {
  const fields = readFields(bytes);
  if (fields === undefined || !isOrdered(fields)) return undefined;
  let key: Bytes = NOTHING;
  const sides: { left: ExistenceProof | undefined; right: ExistenceProof | undefined } = {
    left: undefined,
    right: undefined,
  };
  for (const { number, value } of fields) {
    if (!isBytes(value)) return undefined;
    if (number === 1 && value.length > 0) key = value;
    else if (number === 2 || number === 3) {
      const side = parseExistence(value);
      if (side === undefined) return undefined;
      sides[number === 2 ? 'left' : 'right'] = side;
    } else return undefined;
  }
  return { key, ...sides };
}

/** Strict and bounded; undefined for anything but the one encoding of an existence or non-existence proof. */
export function parseCommitmentProof(bytes: Bytes): CommitmentProof | undefined {
  if (bytes.length > PROOF_SIZE_BYTES_MAX) return undefined;
  const fields = readFields(bytes);
  const field = fields?.[0];
  if (fields?.length !== 1 || field === undefined || !isBytes(field.value)) return undefined;
  if (field.number === 1) {
    const exist = parseExistence(field.value);
    return exist === undefined ? undefined : { kind: 'exist', exist };
  }
  if (field.number !== 2) return undefined;
  const nonexist = parseNonExistence(field.value);
  return nonexist === undefined ? undefined : { kind: 'nonexist', nonexist };
}

function message(number: number, encoded: Bytes): Bytes {
  return concatBytes(Uint8Array.of((number << 3) | LENGTH_DELIMITED), encodeVarint(encoded.length), encoded);
}

const bytesOf = (number: number, value: Bytes) => (value.length === 0 ? NOTHING : message(number, value));
const enumOf = (number: number, value: number) =>
  value === 0 ? NOTHING : concatBytes(Uint8Array.of(number << 3), encodeVarint(value));

function encodeLeafOp(op: LeafOp): Bytes {
  return concatBytes(
    enumOf(1, op.hash),
    enumOf(2, op.prehashKey),
    enumOf(3, op.prehashValue),
    enumOf(4, op.length),
    bytesOf(5, op.prefix),
  );
}

function encodeInnerOp(op: InnerOp): Bytes {
  return concatBytes(enumOf(1, op.hash), bytesOf(2, op.prefix), bytesOf(3, op.suffix));
}

function encodeExistence(proof: ExistenceProof): Bytes {
  return concatBytes(
    bytesOf(1, proof.key),
    bytesOf(2, proof.value),
    proof.leaf === undefined ? NOTHING : message(3, encodeLeafOp(proof.leaf)),
    ...proof.path.map((op) => message(4, encodeInnerOp(op))),
  );
}

/** The one encoding that parseCommitmentProof accepts. */
export function encodeCommitmentProof(proof: CommitmentProof): Bytes {
  if (proof.kind === 'exist') return message(1, encodeExistence(proof.exist));
  const { key, left, right } = proof.nonexist;
  const body = concatBytes(
    bytesOf(1, key),
    left === undefined ? NOTHING : message(2, encodeExistence(left)),
    right === undefined ? NOTHING : message(3, encodeExistence(right)),
  );
  return message(2, body);
}
