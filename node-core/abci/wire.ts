// The messages of which there is one for every transaction, without the general codec, which looks each field up as it
// goes: the same bytes and the same values. Whatever is not of the form expected here is left to it.
// Source: CometBFT v0.38.25 proto/tendermint/abci/types.proto.

import type { Bytes } from '../base/index.ts';
import type { RequestOf, ResponseValue } from './messages.ts';

const LENGTH_DELIMITED = 2;
/** Heads of fields: number and wire type. */
const REQUEST_CHECK_TX = (8 << 3) | LENGTH_DELIMITED;
const CHECK_TX = { tx: (1 << 3) | LENGTH_DELIMITED, type: 2 << 3 } as const;
const RESPONSE_CHECK_TX = 9;
/** Of a transaction's result; the check's has the same. */
const RESULT = { code: 1, data: 2, log: 3, gasWanted: 5, gasUsed: 6, events: 7, codespace: 8 } as const;
const EVENT = { type: 1, attributes: 2 } as const;
const ATTRIBUTE = { key: 1, value: 2, index: 3 } as const;
const RECHECK = 1;
/** Longer lengths are left to the general codec. */
const LENGTH_BYTES_MAX = 4;
const BUFFER_SIZE_BYTES_MIN = 256;

type CheckTxInit = Extract<ResponseValue, { case: 'checkTx' }>['value'];
type TxResultInit = NonNullable<
  Extract<ResponseValue, { case: 'finalizeBlock' }>['value']['txResults']
>[number];

/** Undefined where it is another request, or this one in an unusual form. */
export function readCheckTx(bytes: Bytes): RequestOf<'checkTx'> | undefined {
  if (bytes[0] !== REQUEST_CHECK_TX) return undefined;
  const body = readLength(bytes, 1);
  if (body === undefined || body.next + body.length !== bytes.length) return undefined;
  if (bytes[body.next] !== CHECK_TX.tx) return undefined;
  const tx = readLength(bytes, body.next + 1);
  if (tx === undefined) return undefined;
  const end = tx.next + tx.length;
  const isRecheck = bytes[end] === CHECK_TX.type && bytes[end + 1] === RECHECK;
  if (end + (isRecheck ? 2 : 0) !== bytes.length) return undefined;
  const $typeName = 'tendermint.abci.RequestCheckTx' as const;
  return { $typeName, tx: bytes.subarray(tx.next, end), type: isRecheck ? RECHECK : 0 };
}

function readLength(
  bytes: Bytes,
  at: number,
): { readonly length: number; readonly next: number } | undefined {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { length, next: at + i + 1 };
  }
  return undefined;
}

/** The response to a check; undefined where it has more than its application gives. */
export function writeCheckTx(value: CheckTxInit): Bytes | undefined {
  if (value.data !== undefined || value.info !== undefined || value.events !== undefined) return undefined;
  const writer = new ProtoWriter();
  writer.message(RESPONSE_CHECK_TX, () => {
    writer.number(RESULT.code, value.code ?? 0);
    writer.text(RESULT.log, value.log ?? '');
    writer.int64(RESULT.gasWanted, value.gasWanted ?? 0n);
    writer.int64(RESULT.gasUsed, value.gasUsed ?? 0n);
    writer.text(RESULT.codespace, value.codespace ?? '');
  });
  return writer.done();
}

/** A transaction's result as `field` of the message being written. */
export function writeTxResult(writer: ProtoWriter, field: number, result: TxResultInit): void {
  writer.message(field, () => {
    writer.number(RESULT.code, result.code ?? 0);
    writer.bytes(RESULT.data, result.data ?? EMPTY);
    writer.text(RESULT.log, result.log ?? '');
    writer.int64(RESULT.gasWanted, result.gasWanted ?? 0n);
    writer.int64(RESULT.gasUsed, result.gasUsed ?? 0n);
    for (const { type = '', attributes = [] } of result.events ?? []) {
      writer.message(RESULT.events, () => {
        writer.text(EVENT.type, type);
        for (const { key = '', value = '', index = false } of attributes) {
          writer.message(EVENT.attributes, () => {
            writer.text(ATTRIBUTE.key, key);
            writer.text(ATTRIBUTE.value, value);
            writer.number(ATTRIBUTE.index, index ? 1 : 0);
          });
        }
      });
    }
    writer.text(RESULT.codespace, result.codespace ?? '');
  });
}

const EMPTY = new Uint8Array(0);
const utf8 = new TextEncoder();

/** Protobuf as it is written: fields with their default value are left out. */
export class ProtoWriter {
  #buffer = new Uint8Array(BUFFER_SIZE_BYTES_MIN);
  #at = 0;

  done(): Bytes {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Fields that are encoded already. */
  raw(bytes: Bytes): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Whatever `write` adds is the content; written although it is empty. */
  message(field: number, write: () => void): void {
    this.#varint((field << 3) | LENGTH_DELIMITED);
    const start = this.#at;
    // Most contents are short: one byte for the length is left free, and made more where it is too little.
    this.#reserve(1);
    this.#at++;
    write();
    const length = this.#at - start - 1;
    const more = varintSize(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#buffer.copyWithin(start + 1 + more, start + 1, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  number(field: number, value: number): void {
    if (value === 0) return;
    this.#varint(field << 3);
    this.#varint(value);
  }

  int64(field: number, value: bigint | number | string): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    if (rest === 0n) return;
    this.#varint(field << 3);
    for (; rest > Number.MAX_SAFE_INTEGER; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#varint(Number(rest));
  }

  bytes(field: number, value: Bytes): void {
    if (value.length === 0) return;
    this.#varint((field << 3) | LENGTH_DELIMITED);
    this.#varint(value.length);
    this.raw(value);
  }

  text(field: number, value: string): void {
    if (value === '') return;
    this.#varint((field << 3) | LENGTH_DELIMITED);
    const before = this.#at;
    this.#varint(value.length);
    this.#reserve(value.length);
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#at = before;
        const encoded = utf8.encode(value);
        this.#varint(encoded.length);
        this.raw(encoded);
        return;
      }
      this.#buffer[this.#at++] = unit;
    }
  }

  /** Of a safe integer. */
  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) | 0x80);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  #reserve(sizeBytes: number): void {
    if (this.#at + sizeBytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + sizeBytes));
    grown.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
