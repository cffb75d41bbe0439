// Mars, the framing of old mobile clients: five big-endian words (header length, version 200, command, sequence number,
// body length), then the body. A station reads it and pushes in it; nothing here makes requests.

import type { Bytes } from '../../base/index.ts';
import { base64, concatBytes, utf8ToBytes } from '../../base/index.ts';
import { createByteQueue } from './byte-queue.ts';
import type { Framing, Heard } from './framing.ts';
import { createHeard } from './framing.ts';
import { PAYLOAD_BYTES_MAX, SILENT_MS } from './limits.ts';

const HEAD_BYTES = 20;
/** Options between head and body; nobody sends any. */
const OPTION_BYTES_MAX = 1024;
export const MARS_VERSION = 200;
const SEND_MESSAGE = 3;
const NOOP = 6;
const PUSH = 10_001;

type Frame = { readonly command: number; readonly serial: number; readonly body: Bytes };

export function encodeMars({ command, serial, body }: Frame): Bytes {
  const frame = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(frame.buffer);
  [HEAD_BYTES, MARS_VERSION, command, serial, body.length].forEach((word, index) => {
    view.setUint32(index * 4, word);
  });
  frame.set(body, HEAD_BYTES);
  return frame;
}

export type MarsReader = {
  readonly push: (bytes: Bytes) => readonly Frame[];
  /** The first thing that cannot be a frame; Mars has no mark to find the next one by. */
  readonly wrong: () => 'malformed' | 'tooLarge' | undefined;
  readonly heldBytes: () => number;
};

export function createMarsReader(): MarsReader {
  const queue = createByteQueue();
  let wrong: 'malformed' | 'tooLarge' | undefined;

  function next(): Frame | undefined {
    if (queue.length() < HEAD_BYTES) return undefined;
    const head = queue.peek(HEAD_BYTES);
    const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
    const headBytes = view.getUint32(0);
    const bodyBytes = view.getUint32(16);
    if (headBytes < HEAD_BYTES || headBytes > HEAD_BYTES + OPTION_BYTES_MAX) wrong = 'malformed';
    else if (view.getUint32(4) !== MARS_VERSION) wrong = 'malformed';
    else if (bodyBytes > PAYLOAD_BYTES_MAX) wrong = 'tooLarge';
    if (wrong !== undefined || queue.length() < headBytes + bodyBytes) return undefined;
    const command = view.getUint32(8);
    const serial = view.getUint32(12);
    queue.drop(headBytes);
    return { command, serial, body: queue.take(bodyBytes) };
  }

  return {
    push(bytes) {
      const frames: Frame[] = [];
      if (wrong !== undefined) return frames;
      queue.push(bytes);
      for (let frame = next(); frame !== undefined; frame = next()) frames.push(frame);
      if (wrong !== undefined) queue.drop(queue.length());
      return frames;
    },
    wrong: () => wrong,
    heldBytes: () => queue.length(),
  };
}

/** The station's side. What was pushed counts as delivered: this framing has no word for having it. */
export function createMarsFraming(startMs: number): Framing {
  const reader = createMarsReader();
  const written: number[] = [];
  let heardMs = startMs;
  let serial = 0;
  return {
    kind: 'mars',
    receive(bytes, nowMs): Heard {
      const heard = createHeard();
      heardMs = nowMs;
      for (const frame of reader.push(bytes)) {
        if (frame.command === SEND_MESSAGE && frame.body.length > 0)
          heard.payloads.push({ bytes: frame.body, reference: frame });
        else if (frame.command === NOOP || frame.command === SEND_MESSAGE)
          heard.out.push(encodeMars({ ...frame, body: new Uint8Array(0) }));
      }
      heard.acknowledged.push(...written.splice(0));
      const close = reader.wrong();
      if (close !== undefined) heard.close = close;
      return heard;
    },
    send(payload, token) {
      serial = (serial + 1) >>> 0;
      written.push(token);
      const serialBytes = new Uint8Array(4);
      new DataView(serialBytes.buffer).setUint32(0, serial);
      const body = concatBytes(utf8ToBytes(`Mars SN:${base64.encode(serialBytes)}\n`), payload);
      return encodeMars({ command: PUSH, serial: 0, body });
    },
    confirm: (reference) => encodeMars({ ...(reference as Frame), body: new Uint8Array(0) }),
    tick(nowMs): Heard {
      const heard = createHeard();
      heard.acknowledged.push(...written.splice(0));
      return nowMs - heardMs >= SILENT_MS ? { ...heard, close: 'silent' } : heard;
    },
    goodbye: () => undefined,
  };
}
