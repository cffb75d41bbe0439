// CRC-32 as ZIP and PNG use it (ISO 3309, reflected polynomial 0xEDB88320), four bytes a step.

import type { Bytes } from './bytes.ts';

const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    tables[i] = value;
  }
  for (let i = 0; i < 256; i++) {
    for (let table = 1; table < 4; table++) {
      const previous = tables[(table - 1) * 256 + i] as number;
      tables[table * 256 + i] = (previous >>> 8) ^ (tables[previous & 255] as number);
    }
  }
  return tables;
}

/** Unsigned checksum of the bytes. */
export function crc32(bytes: Bytes): number {
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc ^= word;
    crc =
      (TABLES[768 + (crc & 255)] as number) ^
      (TABLES[512 + ((crc >>> 8) & 255)] as number) ^
      (TABLES[256 + ((crc >>> 16) & 255)] as number) ^
      (TABLES[crc >>> 24] as number);
  }
  for (; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (TABLES[(crc ^ (bytes[at] as number)) & 255] as number);
  }
  return (crc ^ -1) >>> 0;
}
