// Reads single entries of a ZIP package under hard bounds (APPNOTE 6.3, ZIP64 included): the central directory decides,
// every offset is checked, inflation stops at the budget, and each entry's CRC-32 must hold. Nothing is ever written out.

import { Inflate } from 'fflate';
import { crc32 } from '../base/crc32.ts';
import type { Bytes } from '../base/index.ts';
import { FaultError, parseUtf8 } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { ModelLimits } from './limits.ts';

type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headerAt: number;
};

const END_SIGNATURE = 0x0605_4b50;
const END64_SIGNATURE = 0x0606_4b50;
const END64_LOCATOR_SIGNATURE = 0x0706_4b50;
const DIRECTORY_SIGNATURE = 0x0201_4b50;
const LOCAL_SIGNATURE = 0x0403_4b50;
const SENTINEL_32 = 0xffff_ffff;
const STORED = 0;
const DEFLATED = 8;
/** Deflate cannot exceed 1032:1; text of coordinates stays under 50:1. */
const INFLATE_RATIO_MAX = 200;
const INFLATE_RATIO_FROM_BYTES = 16 * 1024 * 1024;
const INFLATE_CHUNK_BYTES = 64 * 1024;

function damaged(what: string): FaultError {
  return new FaultError(modelFault('model.zip.damaged', { what }));
}

export class ZipReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  readonly #limits: ModelLimits;
  readonly #entries = new Map<string, ZipEntry>();
  #inflatedBytes = 0;

  /** @throws FaultError where the directory is damaged, too long, or names one part twice. */
  constructor(bytes: Bytes, limits: ModelLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limits = limits;
    this.#readDirectory();
  }

  get names(): readonly string[] {
    return [...this.#entries.values()].map(({ name }) => name);
  }

  /** Part names compare without case (OPC part 2 section 6.2.2) and without the leading slash. */
  has(name: string): boolean {
    return this.#entries.has(partKey(name));
  }

  /** The inflated, checked content; undefined where there is no such part. @throws FaultError */
  read(name: string): Bytes | undefined {
    const entry = this.#entries.get(partKey(name));
    if (entry === undefined) return undefined;
    if (entry.encrypted)
      throw new FaultError(modelFault('model.zip.unsupported', { what: 'encrypted part' }));
    const packed = this.#packedBytes(entry);
    this.#inflatedBytes += entry.sizeBytes;
    if (this.#inflatedBytes > this.#limits.inflatedBytesMax || isImplausible(entry)) {
      throw new FaultError(modelFault('model.zip.bomb'));
    }
    const content = unpack(entry, packed);
    if (crc32(content) !== entry.crc) throw damaged('checksum');
    return content;
  }

  #packedBytes(entry: ZipEntry): Bytes {
    const at = entry.headerAt;
    if (at + 30 > this.#bytes.length || this.#view.getUint32(at, true) !== LOCAL_SIGNATURE) {
      throw damaged('part header');
    }
    const start = at + 30 + this.#view.getUint16(at + 26, true) + this.#view.getUint16(at + 28, true);
    if (start + entry.packedBytes > this.#bytes.length) throw damaged('part reaches beyond the file');
    return this.#bytes.subarray(start, start + entry.packedBytes);
  }

  #readDirectory(): void {
    const { count, at: start } = this.#findDirectory();
    if (count > this.#limits.zipEntriesMax) throw new FaultError(modelFault('model.zip.bomb'));
    let at = start;
    for (let i = 0; i < count; i++) {
      if (at + 46 > this.#bytes.length || this.#view.getUint32(at, true) !== DIRECTORY_SIGNATURE) {
        throw damaged('directory');
      }
      const nameLength = this.#view.getUint16(at + 28, true);
      const extraLength = this.#view.getUint16(at + 30, true);
      const end = at + 46 + nameLength + extraLength + this.#view.getUint16(at + 32, true);
      if (end > this.#bytes.length) throw damaged('directory');
      this.#addEntry(this.#readEntry(at, nameLength, extraLength));
      at = end;
    }
  }

  #addEntry(entry: ZipEntry): void {
    if (entry.name.endsWith('/')) return;
    const unsafe = entry.name.includes('\\') || entry.name.includes('\0') || entry.name.startsWith('/');
    if (unsafe || entry.name.split('/').some((part) => part === '..' || part === '.' || part === '')) {
      throw damaged('unsafe part name');
    }
    const key = partKey(entry.name);
    if (this.#entries.has(key)) throw damaged('two parts of one name');
    this.#entries.set(key, entry);
  }

  #readEntry(at: number, nameLength: number, extraLength: number): ZipEntry {
    const view = this.#view;
    const name = parseUtf8(this.#bytes.subarray(at + 46, at + 46 + nameLength));
    if (name === undefined) throw damaged('part name');
    let packedBytes = view.getUint32(at + 20, true);
    let sizeBytes = view.getUint32(at + 24, true);
    let headerAt = view.getUint32(at + 42, true);
    if (packedBytes === SENTINEL_32 || sizeBytes === SENTINEL_32 || headerAt === SENTINEL_32) {
      const wide = this.#readZip64(at + 46 + nameLength, extraLength);
      const next = () => {
        const value = wide.shift();
        if (value === undefined) throw damaged('ZIP64 field');
        return value;
      };
      if (sizeBytes === SENTINEL_32) sizeBytes = next();
      if (packedBytes === SENTINEL_32) packedBytes = next();
      if (headerAt === SENTINEL_32) headerAt = next();
    }
    return {
      name,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      crc: view.getUint32(at + 16, true),
      packedBytes,
      sizeBytes,
      headerAt,
    };
  }

  /** The 64-bit values of the ZIP64 extra field, in order. */
  #readZip64(from: number, length: number): number[] {
    const end = from + length;
    for (let at = from; at + 4 <= end; ) {
      const id = this.#view.getUint16(at, true);
      const size = this.#view.getUint16(at + 2, true);
      if (id === 1 && at + 4 + size <= end) {
        const values: number[] = [];
        for (let i = at + 4; i + 8 <= at + 4 + size; i += 8) values.push(this.#readU64(i));
        return values;
      }
      at += 4 + size;
    }
    return [];
  }

  /** @throws FaultError beyond 2^53: no file is that long. */
  #readU64(at: number): number {
    if (at < 0 || at + 8 > this.#bytes.length) throw damaged('ZIP64 field');
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('ZIP64 field');
    return Number(value);
  }

  #findDirectory(): { readonly count: number; readonly at: number } {
    const view = this.#view;
    const lowest = Math.max(0, this.#bytes.length - 22 - 0xffff);
    for (let at = this.#bytes.length - 22; at >= lowest; at--) {
      if (view.getUint32(at, true) !== END_SIGNATURE) continue;
      if (at + 22 + view.getUint16(at + 20, true) !== this.#bytes.length) continue;
      const count = view.getUint16(at + 10, true);
      const start = view.getUint32(at + 16, true);
      const isZip64 = at >= 20 && view.getUint32(at - 20, true) === END64_LOCATOR_SIGNATURE;
      if (!isZip64) return { count, at: start };
      const end64 = this.#readU64(at - 12);
      if (end64 + 56 > this.#bytes.length || view.getUint32(end64, true) !== END64_SIGNATURE) {
        throw damaged('ZIP64 directory');
      }
      return { count: this.#readU64(end64 + 32), at: this.#readU64(end64 + 48) };
    }
    throw damaged('no directory at its end');
  }
}

function partKey(name: string): string {
  return name.replace(/^\//, '').toLowerCase();
}

function isImplausible(entry: ZipEntry): boolean {
  return (
    entry.sizeBytes > INFLATE_RATIO_FROM_BYTES && entry.sizeBytes > entry.packedBytes * INFLATE_RATIO_MAX
  );
}

/** Inflates into exactly the declared size; a stream that yields more or less is refused as it happens. */
function unpack(entry: ZipEntry, packed: Bytes): Bytes {
  if (entry.method === STORED) {
    if (packed.length !== entry.sizeBytes) throw damaged('part size');
    return packed;
  }
  if (entry.method !== DEFLATED) {
    throw new FaultError(modelFault('model.zip.unsupported', { what: `compression method ${entry.method}` }));
  }
  const content = new Uint8Array(entry.sizeBytes);
  let filled = 0;
  let ended = false;
  const inflate = new Inflate((chunk, final) => {
    if (filled + chunk.length > content.length) throw new FaultError(modelFault('model.zip.bomb'));
    content.set(chunk, filled);
    filled += chunk.length;
    ended = ended || final;
  });
  try {
    for (let at = 0; at < packed.length && !ended; at += INFLATE_CHUNK_BYTES) {
      const next = Math.min(packed.length, at + INFLATE_CHUNK_BYTES);
      inflate.push(packed.subarray(at, next), next === packed.length);
    }
  } catch (error) {
    // The inflater can report bad data only by throwing.
    throw error instanceof FaultError ? error : damaged('compressed data');
  }
  if (filled !== content.length) throw damaged('part size');
  return content;
}
