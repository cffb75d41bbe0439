// CometBFT's side of one connection over a real socket: writes requests, reads answers in order.

import { createConnection, type Socket } from 'node:net';
import type { ResponseOf } from '../../../abci/index.ts';
import { encodeFrame, encodeRequest, FrameDecoder, parseResponse } from '../../../abci/index.ts';
import type { RequestSum } from '../../../abci/testing/requests.ts';
import { FLUSH } from '../../../abci/testing/requests.ts';
import { concatBytes } from '../../../base/index.ts';

export type Answer = NonNullable<ReturnType<typeof parseResponse>>['value'];

export class SocketClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #frames = new FrameDecoder();
  readonly #answers: Answer[] = [];
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(address: string) {
    const path = /^unix:\/\/(.+)$/.exec(address)?.[1];
    const url = path === undefined ? new URL(address) : undefined;
    this.socket =
      path === undefined
        ? createConnection({ host: url?.hostname ?? '', port: Number(url?.port) })
        : createConnection(path);
    this.socket.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      for (
        let frame = this.#frames.next();
        frame.ok && frame.value !== undefined;
        frame = this.#frames.next()
      ) {
        const answer = parseResponse(frame.value)?.value;
        if (answer === undefined) throw new Error('an answer is a response');
        this.#answers.push(answer);
      }
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  write(values: readonly RequestSum[]): void {
    this.socket.write(concatBytes(...values.map((value) => encodeFrame(encodeRequest({ value })))));
  }

  /** The next answers, fewer where the connection was closed before. */
  async read(count: number): Promise<readonly Answer[]> {
    while (this.#answers.length < count && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#answers.splice(0, count);
  }

  async call<R extends RequestSum>(request: R): Promise<ResponseOf<R['case']>> {
    this.write([request, FLUSH]);
    const [answer] = await this.read(2);
    if (answer?.case !== request.case)
      throw new Error(answer?.case === 'exception' ? answer.value.error : 'closed');
    return answer.value as ResponseOf<R['case']>;
  }
}
