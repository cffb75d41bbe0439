// WebSocket (RFC 6455) on bytes: the opening handshake and the frames of either side. Strict where the standard is;
// no extensions. It shares the station's port, so it starts from the raw bytes of the connection.

import { sha1 } from '@noble/hashes/legacy.js';
import type { Bytes } from '../../base/index.ts';
import { base64, concatBytes, parseUtf8, utf8ToBytes } from '../../base/index.ts';
import { createByteQueue } from './byte-queue.ts';
import { PAYLOAD_BYTES_MAX } from './limits.ts';

/** RFC 6455, section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY_BYTES = 16;

/**
 * Subprotocol of those who also confirm what clients send: the protocol itself has no such answer over WebSocket, and a
 * client could not tell what the station has. Peers that do not know it pass it over.
 */
const CONFIRMED = 'dimp.confirmed';

const acceptOf = (key: string) => base64.encode(sha1(utf8ToBytes(key + ACCEPT_SUFFIX)));

/** Where the head of an HTTP message ends, its blank line included; -1 while it has not come whole. */
export function httpHeadLength(bytes: Bytes): number {
  for (let at = 3; at < bytes.length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13)
      return at + 1;
  }
  return -1;
}

type Head = { readonly start: string; readonly fields: ReadonlyMap<string, string> };

function parseHead(bytes: Bytes): Head | undefined {
  const [start, ...lines] = (parseUtf8(bytes) ?? '').split('\r\n');
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return start === undefined ? undefined : { start, fields };
}

const has = (value: string | undefined, token: string) =>
  (value ?? '').split(',').some((part) => part.trim().toLowerCase() === token);

const REFUSAL =
  'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** The answer to the request that opens a WebSocket; `accepted` false where the request is something else. */
export function answerUpgrade(head: Bytes): {
  readonly accepted: boolean;
  /** The client wants to be told what the station has. */
  readonly confirms: boolean;
  readonly response: Bytes;
} {
  const parsed = parseHead(head);
  const key = parsed?.fields.get('sec-websocket-key') ?? '';
  const accepted =
    parsed !== undefined &&
    /^GET \S+ HTTP\/1\.[1-9]$/.test(parsed.start) &&
    has(parsed.fields.get('upgrade'), 'websocket') &&
    has(parsed.fields.get('connection'), 'upgrade') &&
    parsed.fields.get('sec-websocket-version') === '13' &&
    isKey(key);
  const confirms = has(parsed?.fields.get('sec-websocket-protocol'), CONFIRMED);
  if (!accepted) return { accepted, confirms, response: utf8ToBytes(REFUSAL) };
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'WebSocket-Protocol: DIMP',
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    ...(confirms ? [`Sec-WebSocket-Protocol: ${CONFIRMED}`] : []),
  ];
  return { accepted, confirms, response: utf8ToBytes(`${lines.join('\r\n')}\r\n\r\n`) };
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(text);
}

/** The request of a client; `nonce` is 16 random bytes. `confirmed` asks to be told what the station has. */
export function requestUpgrade(host: string, path: string, nonce: Bytes, confirmed = false): Bytes {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${base64.encode(nonce.subarray(0, KEY_BYTES))}`,
    ...(confirmed ? [`Sec-WebSocket-Protocol: ${CONFIRMED}`] : []),
  ];
  return utf8ToBytes(`${lines.join('\r\n')}\r\n\r\n`);
}

/** True where a station's answer opens the WebSocket that was asked for with this nonce. */
export function isUpgraded(head: Bytes, nonce: Bytes): boolean {
  const parsed = parseHead(head);
  if (parsed === undefined || !/^HTTP\/1\.1 101\b/.test(parsed.start)) return false;
  return parsed.fields.get('sec-websocket-accept') === acceptOf(base64.encode(nonce.subarray(0, KEY_BYTES)));
}

/** Whether the station will say what it has. */
export const isConfirming = (head: Bytes): boolean =>
  has(parseHead(head)?.fields.get('sec-websocket-protocol'), CONFIRMED);

const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type WebSocketKind = 'text' | 'binary' | 'close' | 'ping' | 'pong';
export type WebSocketMessage = { readonly kind: WebSocketKind; readonly body: Bytes };
const CONTROL_BYTES_MAX = 125;

/** One frame. A client masks with 4 random bytes, a station does not. */
export function encodeFrame(kind: WebSocketKind, body: Bytes, mask?: Bytes): Bytes {
  const extended = body.length < 126 ? 0 : body.length < 65_536 ? 2 : 8;
  const headBytes = 2 + extended + (mask === undefined ? 0 : 4);
  const frame = new Uint8Array(headBytes + body.length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | OPCODES[kind];
  frame[1] = (mask === undefined ? 0 : 0x80) | (extended === 0 ? body.length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, body.length);
  if (extended === 8) view.setBigUint64(2, BigInt(body.length));
  frame.set(body, headBytes);
  if (mask === undefined) return frame;
  frame.set(mask.subarray(0, 4), headBytes - 4);
  applyMask(frame, headBytes, frame.subarray(headBytes - 4, headBytes));
  return frame;
}

function applyMask(bytes: Bytes, from: number, mask: Bytes): void {
  for (let at = from; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) ^ (mask[(at - from) & 3] ?? 0);
}

export type FrameReader = {
  readonly push: (bytes: Bytes) => readonly WebSocketMessage[];
  /** The close code of the first violation; nothing is read after it. */
  readonly violation: () => 1002 | 1007 | 1009 | undefined;
  readonly heldBytes: () => number;
};

type FrameHead = {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
};

/** Reads frames and joins continued messages. `masked`: whether the peer must mask, as clients must and stations not. */
export function createFrameReader(masked: boolean, bytesMax: number = PAYLOAD_BYTES_MAX): FrameReader {
  const queue = createByteQueue();
  let violation: 1002 | 1007 | 1009 | undefined;
  let open: { readonly kind: 'text' | 'binary'; readonly parts: Bytes[]; sizeBytes: number } | undefined;

  function readHead(): FrameHead | undefined {
    const bytes = queue.peek(14);
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    const short = second & 127;
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    const isControl = (first & 8) !== 0;
    const isWrong =
      (first & 0x70) !== 0 ||
      ((second & 0x80) !== 0) !== masked ||
      ((first & 15) > 2 && (first & 15) < 8) ||
      (first & 15) > 10 ||
      (isControl && (short > CONTROL_BYTES_MAX || (first & 0x80) === 0));
    if (isWrong) violation = 1002;
    const headBytes = 2 + extended + (masked ? 4 : 0);
    if (isWrong || bytes.length < headBytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const bodyBytes =
      extended === 0 ? short : extended === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
    if (bodyBytes + (open?.sizeBytes ?? 0) > bytesMax) violation = 1009;
    return { isFinal: (first & 0x80) !== 0, opcode: first & 15, headBytes, bodyBytes };
  }

  function readFrame(): { readonly head: FrameHead; readonly body: Bytes } | undefined {
    const head = readHead();
    if (head === undefined || violation !== undefined) return undefined;
    if (queue.length() < head.headBytes + head.bodyBytes) return undefined;
    const mask = queue.take(head.headBytes).subarray(head.headBytes - 4);
    const body = queue.take(head.bodyBytes);
    if (masked) applyMask(body, 0, mask);
    return { head, body };
  }

  function join({ isFinal, opcode }: FrameHead, body: Bytes): WebSocketMessage | undefined {
    const begins = opcode !== OPCODES.continuation;
    if (begins === (open !== undefined)) {
      violation = 1002;
      return undefined;
    }
    open ??= { kind: opcode === OPCODES.text ? 'text' : 'binary', parts: [], sizeBytes: 0 };
    // An empty piece would let a peer queue pieces for ever.
    if (body.length > 0) open.parts.push(body);
    open.sizeBytes += body.length;
    if (!isFinal) return undefined;
    const { kind, parts } = open;
    open = undefined;
    const whole = parts.length === 1 ? (parts[0] ?? body) : concatBytes(...parts);
    if (kind === 'text' && parseUtf8(whole) === undefined) {
      violation = 1007;
      return undefined;
    }
    return { kind, body: whole };
  }

  function controlOf(opcode: number): 'close' | 'ping' | 'pong' | undefined {
    if (opcode === OPCODES.close) return 'close';
    if (opcode === OPCODES.ping) return 'ping';
    return opcode === OPCODES.pong ? 'pong' : undefined;
  }

  return {
    push(bytes) {
      const messages: WebSocketMessage[] = [];
      if (violation !== undefined) return messages;
      queue.push(bytes);
      for (let frame = readFrame(); frame !== undefined; frame = readFrame()) {
        const control = controlOf(frame.head.opcode);
        const message =
          control === undefined ? join(frame.head, frame.body) : { kind: control, body: frame.body };
        if (message !== undefined) messages.push(message);
        if (violation !== undefined) break;
      }
      if (violation !== undefined) queue.drop(queue.length());
      return messages;
    },
    violation: () => violation,
    heldBytes: () => queue.length() + (open?.sizeBytes ?? 0),
  };
}
