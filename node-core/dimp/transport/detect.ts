// Which framing a new connection speaks, from its first bytes: one port serves them all.

import type { Bytes, Random } from '../../base/index.ts';
import { concatBytes, utf8ToBytes } from '../../base/index.ts';
import type { Framing, FramingKind, Heard } from './framing.ts';
import { createHeard } from './framing.ts';
import { SILENT_MS } from './limits.ts';
import { createMarsFraming, MARS_VERSION } from './mars.ts';
import { createMtpFraming } from './mtp-framing.ts';
import { createWebSocketFraming } from './websocket-framing.ts';

const MTP = utf8ToBytes('DIM');
const HTTP = utf8ToBytes('GET ');
/** Second word of a Mars header, after a header length below 2^16. */
const MARS_BYTES = 8;

const begins = (bytes: Bytes, magic: Bytes) =>
  bytes.subarray(0, magic.length).every((byte, index) => byte === magic[index]);

/** 'short' where more bytes are needed to say; undefined where it is none of them. */
export function detectFraming(bytes: Bytes): FramingKind | 'short' | undefined {
  if (begins(bytes, MTP)) return bytes.length >= MTP.length ? 'mtp' : 'short';
  if (begins(bytes, HTTP)) return bytes.length >= HTTP.length ? 'websocket' : 'short';
  if (!begins(bytes, new Uint8Array(2))) return undefined;
  if (bytes.length < MARS_BYTES) return 'short';
  return new DataView(bytes.buffer, bytes.byteOffset, MARS_BYTES).getUint32(4) === MARS_VERSION
    ? 'mars'
    : undefined;
}

/** The station's side of a connection of any framing. Nothing can be sent before the peer has spoken. */
export function createDetectingFraming(random: Random, startMs: number): Framing {
  let first: Bytes = new Uint8Array(0);
  let framing: Framing | undefined;
  const open = (kind: FramingKind, nowMs: number): Framing => {
    if (kind === 'mtp') return createMtpFraming(random, nowMs);
    if (kind === 'mars') return createMarsFraming(nowMs);
    return createWebSocketFraming(random, nowMs, { side: 'station' });
  };
  return {
    get kind() {
      return framing?.kind ?? 'mtp';
    },
    receive(bytes, nowMs): Heard {
      if (framing !== undefined) return framing.receive(bytes, nowMs);
      first = concatBytes(first, bytes);
      const kind = detectFraming(first);
      if (kind === 'short') return createHeard();
      if (kind === undefined) return { ...createHeard(), close: 'malformed' };
      framing = open(kind, nowMs);
      const all = first;
      first = new Uint8Array(0);
      return framing.receive(all, nowMs);
    },
    send: (payload, token, nowMs, signature) =>
      framing?.send(payload, token, nowMs, signature) ?? new Uint8Array(0),
    confirm: (reference) => framing?.confirm(reference),
    tick(nowMs): Heard {
      if (framing !== undefined) return framing.tick(nowMs);
      return nowMs - startMs >= SILENT_MS ? { ...createHeard(), close: 'silent' } : createHeard();
    },
    goodbye: () => framing?.goodbye(),
  };
}
