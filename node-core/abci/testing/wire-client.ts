// CometBFT's side of one connection, without a socket: encodes requests, cuts them into chunks of any size, and demands
// of each answer what CometBFT demands: in its turn, of the kind that was asked for, and nothing that was not.

import type { Bytes } from '../../base/index.ts';
import { assert, concatBytes } from '../../base/index.ts';
import { AbciConnection } from '../connection.ts';
import { encodeFrame, FrameDecoder } from '../frames.ts';
import type { AbciHandler } from '../handler.ts';
import type { Response, ResponseOf } from '../messages.ts';
import { encodeRequest, parseResponse } from '../messages.ts';
import type { RequestSum } from './requests.ts';
import { FLUSH } from './requests.ts';

/** How a stream is cut; the chunks together are the stream. */
export type Cut = (stream: Bytes) => readonly Bytes[];

export const WHOLE: Cut = (stream) => [stream];
export const BYTE_BY_BYTE: Cut = (stream) => Array.from(stream, (byte) => Uint8Array.of(byte));

/** What the application answers instead, before it closes the connection. */
class ExceptionAnswer extends Error {}

export type WireClient = {
  /** Sends the request and a flush, as every synchronous call of CometBFT does. @throws ExceptionAnswer */
  call<R extends RequestSum>(request: R): ResponseOf<R['case']>;
  /** Sends all, then reads all: what CometBFT does with transactions to check. */
  callAll(requests: readonly RequestSum[]): readonly Response['value'][];
  /** Sends bytes as they are. */
  raw(stream: Bytes): readonly Response['value'][];
  readonly isEnded: () => boolean;
};

export function createWireClient(handler: AbciHandler, cut: Cut = WHOLE): WireClient {
  const connection = new AbciConnection(handler, () => undefined);
  const answers = new FrameDecoder();
  const raw = (stream: Bytes) => {
    const received: Response['value'][] = [];
    for (const chunk of cut(stream)) {
      connection.receive(chunk);
      for (let bytes = connection.answer(); bytes !== undefined; bytes = connection.answer())
        answers.push(bytes);
    }
    for (let frame = answers.next(); frame.ok && frame.value !== undefined; frame = answers.next()) {
      const response = parseResponse(frame.value);
      assert(response?.value.case !== undefined, 'an answer is a response of a known kind');
      received.push(response.value);
    }
    return received;
  };
  const callAll = (requests: readonly RequestSum[]) => {
    const all = [...requests, FLUSH];
    const received = raw(concatBytes(...all.map((value) => encodeFrame(encodeRequest({ value })))));
    for (const [index, response] of received.entries()) {
      if (response.case === 'exception') throw new ExceptionAnswer(response.value.error);
      assert(response.case === all[index]?.case, 'an answer is of the kind that was asked for');
    }
    assert(received.length === all.length, 'every request is answered once');
    return received.slice(0, -1);
  };
  return {
    raw,
    callAll,
    call<R extends RequestSum>(request: R) {
      const [response] = callAll([request]);
      return response?.value as ResponseOf<R['case']>;
    },
    isEnded: () => connection.end !== undefined,
  };
}
