// MTP, the packet format of DIMP over TCP and UDP: "DIM", one byte of header length and kind, then optionally a
// sequence number, page count and page index, body length, all big-endian. Reading never throws and holds at most one
// packet's worth of bytes; whatever is not a packet is skipped up to the next "DIM".

import type { Bytes } from '../../base/index.ts';
import { createByteQueue } from './byte-queue.ts';
import { GARBAGE_BYTES_MAX, PAYLOAD_BYTES_MAX } from './limits.ts';

const KINDS = {
  command: 0,
  commandResponse: 1,
  message: 2,
  messageResponse: 3,
  fragment: 10,
} as const;
export type MtpKind = keyof typeof KINDS;
const KIND_OF = new Map<number, MtpKind>(
  Object.entries(KINDS).map(([kind, code]) => [code, kind as MtpKind]),
);

export type MtpPacket = {
  readonly kind: MtpKind;
  /** 8 bytes; absent in the shortest headers. */
  readonly serial?: Bytes;
  readonly page?: { readonly count: number; readonly index: number };
  readonly body: Bytes;
};

/** The parts of a header that follow its first four bytes; which are there follows from its length. */
type Header = Omit<MtpPacket, 'body'> & {
  readonly sizeBytes: number;
  readonly bodyBytes: number | undefined;
};

const MAGIC = [0x44, 0x49, 0x4d] as const;
const HEADER_BYTES_MAX = 24;
const SERIAL_BYTES = 8;

/** As streams carry it: always with sequence number (zeros where none is given) and body length. */
export function encodeMtp({ kind, serial, page, body }: MtpPacket): Bytes {
  const headerBytes = page === undefined ? 16 : 24;
  const frame = new Uint8Array(headerBytes + body.length);
  const view = new DataView(frame.buffer);
  frame.set(MAGIC, 0);
  frame[3] = ((headerBytes / 4) << 4) | KINDS[kind];
  if (serial !== undefined) frame.set(serial.subarray(0, SERIAL_BYTES), 4);
  if (page !== undefined) {
    view.setUint32(12, page.count);
    view.setUint32(16, page.index);
  }
  view.setUint32(headerBytes - 4, body.length);
  frame.set(body, headerBytes);
  return frame;
}

/** A header at the front of the bytes; 'short' where more are needed to say, undefined where it is none. */
function parseHeader(bytes: Bytes): Header | 'short' | undefined {
  for (let i = 0; i < MAGIC.length && i < bytes.length; i++) if (bytes[i] !== MAGIC[i]) return undefined;
  const mark = bytes[3];
  if (mark === undefined) return 'short';
  const kind = KIND_OF.get(mark & 15);
  const sizeBytes = (mark >> 4) * 4;
  if (kind === undefined || sizeBytes < 4 || sizeBytes > HEADER_BYTES_MAX) return undefined;
  if (bytes.length < sizeBytes) return 'short';
  const view = new DataView(bytes.buffer, bytes.byteOffset, sizeBytes);
  const page =
    sizeBytes >= 20 ? { page: { count: view.getUint32(12), index: view.getUint32(16) } } : undefined;
  return {
    kind,
    sizeBytes,
    // 8, 16 and 24 bytes end with the body's length; 4, 12 and 20 leave it to the datagram.
    bodyBytes: sizeBytes % 8 === 0 ? view.getUint32(sizeBytes - 4) : undefined,
    ...(sizeBytes >= 12 && { serial: bytes.slice(4, 12) }),
    ...page,
  };
}

/** One datagram, one packet; undefined where it is none. */
export function parseMtpDatagram(bytes: Bytes): MtpPacket | undefined {
  const header = parseHeader(bytes);
  if (header === undefined || header === 'short') return undefined;
  const { sizeBytes, bodyBytes = bytes.length - sizeBytes, ...rest } = header;
  if (bodyBytes > bytes.length - sizeBytes) return undefined;
  return { ...rest, body: bytes.slice(sizeBytes, sizeBytes + bodyBytes) };
}

export type MtpReader = {
  /** The packets that are complete now. */
  readonly push: (bytes: Bytes) => readonly MtpPacket[];
  /** True after a packet larger than this program takes: nothing more is read. */
  readonly tooLarge: () => boolean;
  /** Bytes held for packets that are not complete. */
  readonly heldBytes: () => number;
};

/** Reads a stream. The packets do not depend on how the stream is cut. */
export function createMtpReader(bodyBytesMax: number = PAYLOAD_BYTES_MAX): MtpReader {
  const queue = createByteQueue();
  let tooLarge = false;

  /** The next packet, or undefined where more bytes are needed. */
  function next(): MtpPacket | undefined {
    while (queue.length() > 0) {
      const header = parseHeader(queue.peek(HEADER_BYTES_MAX));
      if (header === 'short') return undefined;
      // Without a length a packet has no end in a stream; it is skipped like any other garbage.
      if (header === undefined || header.bodyBytes === undefined) {
        queue.drop(garbageBytes(queue.peek(queue.length())));
        continue;
      }
      const { sizeBytes, bodyBytes, ...rest } = header;
      if (bodyBytes > bodyBytesMax) {
        tooLarge = true;
        queue.drop(queue.length());
        return undefined;
      }
      if (queue.length() < sizeBytes + bodyBytes) return undefined;
      queue.drop(sizeBytes);
      return { ...rest, body: queue.take(bodyBytes) };
    }
    return undefined;
  }

  return {
    push(bytes) {
      const packets: MtpPacket[] = [];
      // Cut, so that what waits stays bounded whatever a caller hands over at once.
      for (let at = 0; at < bytes.length && !tooLarge; at += GARBAGE_BYTES_MAX) {
        queue.push(bytes.subarray(at, at + GARBAGE_BYTES_MAX));
        for (let packet = next(); packet !== undefined; packet = next()) packets.push(packet);
      }
      return packets;
    },
    tooLarge: () => tooLarge,
    heldBytes: () => queue.length(),
  };
}

/** How many bytes to drop so that a magic, or what may become one, is at the front; at least one. */
function garbageBytes(bytes: Bytes): number {
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] !== MAGIC[0]) continue;
    if (at + 1 < bytes.length && bytes[at + 1] !== MAGIC[1]) continue;
    if (at + 2 < bytes.length && bytes[at + 2] !== MAGIC[2]) continue;
    return at;
  }
  return bytes.length;
}
