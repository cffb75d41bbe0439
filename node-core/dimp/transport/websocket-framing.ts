// A connection that speaks DIMP over WebSocket. The protocol acknowledges in one direction only: clients answer each
// message with `ACK:{"time":…,"signature":"…"}`, some never do. A client of our own asks for the same of the station when
// it opens the WebSocket, and then knows what the station has. Until a client has shown which kind it is, what was
// sent counts as not delivered for a short grace.

import type { Bytes, Random } from '../../base/index.ts';
import { concatBytes, parseUtf8, utf8ToBytes } from '../../base/index.ts';
import { createByteQueue } from './byte-queue.ts';
import type { Framing, Heard, HeardDraft, Payload } from './framing.ts';
import { createHeard } from './framing.ts';
import { ACK_GRACE_MS, IDLE_MS, SILENT_MS, UPGRADE_BYTES_MAX } from './limits.ts';
import type { WebSocketMessage } from './websocket.ts';
import {
  answerUpgrade,
  createFrameReader,
  encodeFrame,
  httpHeadLength,
  isConfirming,
  isUpgraded,
} from './websocket.ts';

const PONG = utf8ToBytes('PONG');
const PING = utf8ToBytes('PING');
const NEWLINE = 10;
const BRACE = 0x7b;

export type WebSocketRole =
  | { readonly side: 'station' }
  /** The client has sent requestUpgrade() with this nonce. */
  | { readonly side: 'client'; readonly nonce: Bytes };

type Sent = { readonly token: number; readonly sentMs: number };

export function createWebSocketFraming(random: Random, startMs: number, role: WebSocketRole): Framing {
  const isStation = role.side === 'station';
  const reader = createFrameReader(isStation);
  const opening = createOpening(role);
  const sent = new Map<string, Sent>();
  let acks: 'unknown' | 'yes' | 'no' = isStation ? 'unknown' : 'no';
  let heardMs = startMs;
  let activeMs = startMs;
  let unnamed = 0;

  const frame = (kind: WebSocketMessage['kind'], body: Bytes) =>
    encodeFrame(kind, body, isStation ? undefined : random.bytes(4));

  function acknowledge(text: string, heard: HeardDraft): void {
    const signature = /"signature"\s*:\s*"([^"]*)"/.exec(text)?.[1];
    if (acks !== 'no' || isStation) acks = 'yes';
    const found = signature === undefined ? undefined : sent.get(signature);
    if (signature === undefined || found === undefined) return;
    sent.delete(signature);
    heard.acknowledged.push(found.token);
  }

  function takeText(body: Bytes, heard: HeardDraft): void {
    const word = body.length <= 4 ? parseUtf8(body) : undefined;
    if (word === 'PING') heard.out.push(frame('text', PONG));
    if (body.length === 0 || word === 'PING' || word === 'PONG' || word === 'NOOP') return;
    if (startsWithAck(body)) acknowledge(parseUtf8(body) ?? '', heard);
    else heard.payloads.push(...splitLines(body));
  }

  function take({ kind, body }: WebSocketMessage, heard: HeardDraft): void {
    if (kind === 'ping') heard.out.push(frame('pong', body));
    else if (kind === 'close') {
      heard.out.push(frame('close', body.subarray(0, 2)));
      heard.close = 'bye';
    } else if (kind !== 'pong') takeText(body, heard);
  }

  /** Peers without ACKs have what was sent to them. */
  function settle(nowMs: number, heard: HeardDraft): void {
    for (const [key, { token, sentMs }] of sent) {
      if (acks === 'unknown' && nowMs - sentMs >= ACK_GRACE_MS) acks = 'no';
      if (acks !== 'no') return;
      sent.delete(key);
      heard.acknowledged.push(token);
    }
  }

  return {
    kind: 'websocket',
    receive(bytes, nowMs): Heard {
      const heard = createHeard();
      heardMs = nowMs;
      activeMs = nowMs;
      const frames = opening.isOpen() ? bytes : opening.push(bytes, heard);
      if (!isStation && opening.confirms()) acks = 'yes';
      if (frames === undefined || frames.length === 0) return heard;
      for (const message of reader.push(frames)) if (heard.close === undefined) take(message, heard);
      const violation = reader.violation();
      if (violation === undefined || heard.close !== undefined) return heard;
      heard.out.push(frame('close', new Uint8Array([violation >> 8, violation & 255])));
      heard.close = violation === 1009 ? 'tooLarge' : 'malformed';
      return heard;
    },
    send(payload, token, nowMs, signature) {
      unnamed += 1;
      // What has no name cannot be named in a confirmation.
      if (signature !== undefined || acks !== 'yes')
        sent.set(signature ?? `#${unnamed}`, { token, sentMs: nowMs });
      activeMs = nowMs;
      return frame('text', payload);
    },
    confirm(reference) {
      if (isStation && !opening.confirms()) return undefined;
      const ack = ackOf(reference as Bytes);
      return ack === undefined ? undefined : frame('text', utf8ToBytes(ack));
    },
    tick(nowMs): Heard {
      const heard = createHeard();
      if (nowMs - heardMs >= SILENT_MS) return { ...heard, close: 'silent' };
      settle(nowMs, heard);
      // Pings of the framing, which browsers answer by themselves; stations of the protocol expect the word.
      if (opening.isOpen() && nowMs - Math.min(activeMs, heardMs + IDLE_MS) >= IDLE_MS) {
        activeMs = nowMs;
        heard.out.push(isStation ? frame('ping', new Uint8Array(0)) : frame('text', PING));
      }
      return heard;
    },
    goodbye: () => (opening.isOpen() ? frame('close', new Uint8Array([0x03, 0xe8])) : undefined),
  };
}

/** The HTTP exchange that a WebSocket begins with. */
function createOpening(role: WebSocketRole) {
  const queue = createByteQueue();
  let isOpen = false;
  let confirms = false;
  return {
    isOpen: () => isOpen,
    confirms: () => confirms,
    /** The bytes that follow it; undefined while it is not complete and where it failed. */
    push(bytes: Bytes, heard: HeardDraft): Bytes | undefined {
      queue.push(bytes.subarray(0, UPGRADE_BYTES_MAX));
      const length = httpHeadLength(queue.peek(UPGRADE_BYTES_MAX));
      if (length < 0) {
        if (queue.length() >= UPGRADE_BYTES_MAX) heard.close = 'malformed';
        return undefined;
      }
      const head = queue.take(length);
      if (role.side === 'station') {
        const answer = answerUpgrade(head);
        heard.out.push(answer.response);
        isOpen = answer.accepted;
        confirms = answer.confirms;
      } else {
        isOpen = isUpgraded(head, role.nonce);
        confirms = isConfirming(head);
      }
      if (!isOpen) heard.close = 'malformed';
      const rest = queue.take(queue.length());
      return isOpen ? concatBytes(rest, bytes.subarray(UPGRADE_BYTES_MAX)) : undefined;
    },
  };
}

const startsWithAck = (body: Bytes) => body[0] === 0x41 && parseUtf8(body.subarray(0, 4)) === 'ACK:';

/** Several messages may come in one text, a line each. */
function splitLines(body: Bytes): Payload[] {
  if (body[0] !== BRACE) return [{ bytes: body, reference: body }];
  const payloads: Payload[] = [];
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(NEWLINE, from);
    const line = body.subarray(from, end < 0 ? body.length : end);
    if (line.length > 0) payloads.push({ bytes: line, reference: line });
    from = end < 0 ? body.length : end + 1;
  }
  return payloads;
}

/** Time and signature are given back letter by letter, as they came. */
function ackOf(payload: Bytes): string | undefined {
  const text = parseUtf8(payload);
  if (text === undefined) return undefined;
  const time = /"time"\s*:\s*([-+.0-9eE]+)/.exec(text)?.[1];
  const signature = /"signature"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")/.exec(text)?.[1];
  if (time === undefined || signature === undefined) return undefined;
  return `ACK:{"time":${time},"signature":${signature}}`;
}
