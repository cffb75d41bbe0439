// Byte strings: the one representation of binary data in the core. All functions are pure and total
// unless a docstring says that they throw.

import { base64 } from '@scure/base';

export type Bytes = Uint8Array;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Two digits for each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits a byte, no prefix. */
export function bytesToHex(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i] ?? 0];
  return text;
}

/** Parses hexadecimal of either case, with or without `0x`; undefined where it is not hexadecimal of whole bytes. */
export function parseHex(text: string): Bytes | undefined {
  const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** As parseHex, for literals in code. @throws RangeError where it is not hexadecimal. */
export function hexToBytes(text: string): Bytes {
  const bytes = parseHex(text);
  if (bytes === undefined) throw new RangeError('not hexadecimal');
  return bytes;
}

export function utf8ToBytes(text: string): Bytes {
  return encoder.encode(text);
}

/** Decodes strict UTF-8; undefined where the bytes are not well-formed UTF-8. */
export function parseUtf8(bytes: Bytes): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concatBytes(...parts: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Byte-wise lexicographic order, shorter first on a common prefix: negative, 0 or positive. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Unsigned 64-bit big-endian. @throws RangeError outside 0 … 2^64-1. */
export function u64ToBytes(value: bigint): Bytes {
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError('outside u64');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** @throws RangeError unless exactly 8 bytes. */
export function bytesToU64(bytes: Bytes): bigint {
  if (bytes.length !== 8) throw new RangeError('a u64 has 8 bytes');
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
}

/** Standard base64 with padding (RFC 4648 section 4). */
export { base64, base64urlnopad } from '@scure/base';

/** The bytes; undefined for what is not base64, unused bits that are set included. */
export function parseBase64(text: string): Bytes | undefined {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}
