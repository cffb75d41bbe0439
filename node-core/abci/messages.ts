// The messages of ABCI 2.0 and their one encoding. Decoding is lenient as protobuf is (unknown fields are skipped) and
// total: bytes that are no message are undefined. CometBFT encodes with gogoproto, which writes messages that are not
// nullable even where they are empty; whoever makes a request sets those fields.

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Bytes, equalBytes } from '../base/index.ts';
import {
  type Request,
  RequestSchema,
  type Response,
  ResponseFinalizeBlockSchema,
  ResponseSchema,
} from './generated/tendermint/abci/types_pb.js';
import { ProtoWriter, readCheckTx, writeCheckTx, writeTxResult } from './wire.ts';

export type { Request, Response };
export type RequestInit = MessageInitShape<typeof RequestSchema>;
export type RequestValue = Request['value'];
export type RequestCase = NonNullable<RequestValue['case']>;
export type RequestOf<C extends RequestCase> = Extract<RequestValue, { case: C }>['value'];
export type ResponseInit = MessageInitShape<typeof ResponseSchema>;
export type ResponseValue = Exclude<NonNullable<ResponseInit['value']>, { case: undefined }>;
export type ResponseCase = NonNullable<Response['value']['case']>;
export type ResponseOf<C extends ResponseCase> = Extract<Response['value'], { case: C }>['value'];

/** What is not known is not kept: nobody here would look at it. */
const READ = { readUnknownFields: false };

/** Undefined where the bytes are no message of the type. A message of a kind not known here has no `value.case`. */
export function parseRequest(bytes: Bytes): Pick<Request, 'value'> | undefined {
  if (equalBytes(bytes, FLUSH)) return { value: { case: 'flush', value: { $typeName: FLUSH_NAME } } };
  const checkTx = readCheckTx(bytes);
  if (checkTx !== undefined) return { value: { case: 'checkTx', value: checkTx } };
  return parse(() => fromBinary(RequestSchema, bytes, READ));
}

export function parseResponse(bytes: Bytes): Response | undefined {
  return parse(() => fromBinary(ResponseSchema, bytes, READ));
}

export function encodeRequest(request: RequestInit): Bytes {
  return toBinary(RequestSchema, create(RequestSchema, request));
}

export function encodeResponse(value: ResponseValue): Bytes {
  if (value.case === 'flush') return FLUSHED;
  if (value.case === 'finalizeBlock') return encodeFinalized(value.value);
  const checked = value.case === 'checkTx' ? writeCheckTx(value.value) : undefined;
  return checked ?? toBinary(ResponseSchema, create(ResponseSchema, { value }));
}

/** Its fields in their order; the results, of which a block may have thousands, without the general codec. */
function encodeFinalized(value: Extract<ResponseValue, { case: 'finalizeBlock' }>['value']): Bytes {
  const writer = new ProtoWriter();
  const part = (init: MessageInitShape<typeof ResponseFinalizeBlockSchema>) =>
    writer.raw(toBinary(ResponseFinalizeBlockSchema, create(ResponseFinalizeBlockSchema, init)));
  writer.message(RESPONSE_FINALIZE_BLOCK, () => {
    part({ events: value.events ?? [] });
    for (const result of value.txResults ?? []) writeTxResult(writer, TX_RESULTS, result);
    part({ ...value, events: [], txResults: [] });
  });
  return writer.done();
}

/** CometBFT sends a flush behind almost every transaction: its request and its response, which have no content. */
const FLUSH = Uint8Array.of(0x12, 0);
const FLUSH_NAME = 'tendermint.abci.RequestFlush';
const FLUSHED = Uint8Array.of(0x1a, 0);
const RESPONSE_FINALIZE_BLOCK = 21;
const TX_RESULTS = 2;

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // The decoder tells malformed bytes in no other way.
    return undefined;
  }
}
