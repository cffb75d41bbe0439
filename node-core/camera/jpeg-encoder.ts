// Baseline JPEG of RGB pixels (ITU-T T.81, JFIF 1.02): 4:4:4, the tables of annex K. Small and plain: for the rendered
// pictures of the virtual printer's camera.

import type { Bytes } from '../base/index.ts';

const ZIGZAG = zigzag();
/** Quantisation at quality 50, K.1 and K.2, in rows. */
const LUMINANCE =
  '16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99';
const CHROMINANCE =
  '17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99';

type Codes = { readonly counts: readonly number[]; readonly values: Bytes; readonly table: Uint32Array };

/** K.3 to K.6: codes a length, then the values in the order of their codes. */
const DC_COUNTS = [
  [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
] as const;
const DC_VALUES = '000102030405060708090a0b';
const AC_COUNTS = [
  [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
] as const;
const AC_VALUES = [
  '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  '0001020311040521310612415107617113223281081442 91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa'.replace(
    ' ',
    '',
  ),
] as const;
const DC = DC_COUNTS.map((counts) => huffman(counts, DC_VALUES));
const AC = AC_COUNTS.map((counts, index) => huffman(counts, AC_VALUES[index] ?? ''));
const COSINES = cosines();

/** `rgb` holds width × height × 3 bytes, top row first; quality 1 to 100. */
export function encodeJpeg(rgb: Bytes, width: number, height: number, quality = 75): Bytes {
  const tables = [LUMINANCE, CHROMINANCE].map((text) => quantisation(text, quality));
  const out = new BitWriter(Math.max(4096, (width * height) >> 1));
  writeHeaders(out, width, height, tables);
  const block = new Float32Array(64);
  const previous = [0, 0, 0];
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let component = 0; component < 3; component++) {
        takeBlock({ rgb, width, height, left, top }, component, block);
        const kind = component === 0 ? 0 : 1;
        previous[component] = writeBlock(out, block, tables[kind] ?? [], kind, previous[component] ?? 0);
      }
    }
  }
  out.pad();
  out.bytes(0xff, 0xd9);
  return out.take();
}

function writeHeaders(
  out: BitWriter,
  width: number,
  height: number,
  tables: readonly (readonly number[])[],
): void {
  const word = (value: number) => [value >> 8, value & 0xff];
  out.bytes(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0);
  for (const [id, table] of tables.entries())
    out.bytes(0xff, 0xdb, 0, 67, id, ...ZIGZAG.map((place) => table[place] ?? 1));
  out.bytes(0xff, 0xc0, 0, 17, 8, ...word(height), ...word(width), 3);
  out.bytes(1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1);
  for (const id of [0, 1]) {
    for (const [group, codes] of [DC[id], AC[id]].entries()) {
      if (codes === undefined) continue;
      out.bytes(0xff, 0xc4, ...word(19 + codes.values.length), (group << 4) | id);
      out.bytes(...codes.counts, ...codes.values);
    }
  }
  out.bytes(0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);
}

type Source = {
  readonly rgb: Bytes;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
};

/** One component of 8 × 8 pixels, levelled around 0; past the edge the edge goes on. */
function takeBlock({ rgb, width, height, left, top }: Source, component: number, block: Float32Array): void {
  for (let i = 0; i < 64; i++) {
    const x = Math.min(width - 1, left + (i & 7));
    const y = Math.min(height - 1, top + (i >> 3));
    const at = 3 * (y * width + x);
    const [r, g, b] = [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0];
    if (component === 0) block[i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
    else if (component === 1) block[i] = -0.168736 * r - 0.331264 * g + 0.5 * b;
    else block[i] = 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
}

const ROWS = new Float32Array(64);

/** Transforms, quantises and writes a block; the DC value for the next one. */
function writeBlock(
  out: BitWriter,
  block: Float32Array,
  table: readonly number[],
  kind: number,
  previousDc: number,
): number {
  transform(block, ROWS);
  transform(ROWS, block);
  const quantised = (index: number) => {
    const place = ZIGZAG[index] ?? 0;
    return Math.round((block[place] ?? 0) / (table[place] ?? 1));
  };
  const dc = quantised(0);
  writeValue(out, DC[kind], 0, dc - previousDc);
  let zeros = 0;
  for (let i = 1; i < 64; i++) {
    const value = quantised(i);
    if (value === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) out.code(AC[kind], 0xf0);
    writeValue(out, AC[kind], zeros, value);
    zeros = 0;
  }
  if (zeros > 0) out.code(AC[kind], 0);
  return dc;
}

/** A code for the run and the value's size, then the value's own bits. */
function writeValue(out: BitWriter, codes: Codes | undefined, run: number, value: number): void {
  const size = 32 - Math.clz32(Math.abs(value));
  out.code(codes, (run << 4) | size);
  out.bits(value < 0 ? value + (1 << size) - 1 : value, size);
}

/** One dimension of the cosine transform, turned over: two calls make both. */
function transform(from: Float32Array, to: Float32Array): void {
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (from[8 * row + x] ?? 0) * (COSINES[8 * u + x] ?? 0);
      to[8 * u + row] = sum;
    }
  }
}

function cosines(): Float32Array {
  const table = new Float32Array(64);
  for (let u = 0; u < 8; u++) {
    const scale = u === 0 ? Math.SQRT1_2 / 2 : 0.5;
    for (let x = 0; x < 8; x++) table[8 * u + x] = scale * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
  }
  return table;
}

function zigzag(): readonly number[] {
  const places: number[] = [];
  for (let sum = 0; sum < 15; sum++) {
    for (let i = Math.max(0, sum - 7); i <= Math.min(7, sum); i++)
      places.push(sum % 2 === 0 ? 8 * (sum - i) + i : 8 * i + sum - i);
  }
  return places;
}

/** Scaled as the Independent JPEG Group does. */
function quantisation(text: string, quality: number): readonly number[] {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return text
    .split(' ')
    .map((value) => Math.max(1, Math.min(255, Math.floor((Number(value) * scale + 50) / 100))));
}

/** Canonical codes (annex C): `table` holds length and code by value. */
function huffman(counts: readonly number[], hex: string): Codes {
  const values = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const table = new Uint32Array(256);
  let [code, at] = [0, 0];
  for (const [index, count] of counts.entries()) {
    for (let i = 0; i < count; i++) table[values[at++] ?? 0] = ((index + 1) << 16) | code++;
    code <<= 1;
  }
  return { counts, values, table };
}

class BitWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private at = 0;
  private pending = 0;
  private pendingBits = 0;

  constructor(sizeBytes: number) {
    this.buffer = new Uint8Array(sizeBytes);
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.byte(value);
  }

  code(codes: Codes | undefined, value: number): void {
    const entry = codes?.table[value] ?? 0;
    this.bits(entry & 0xffff, entry >> 16);
  }

  /** The lowest `count` bits of a value, 16 at most. */
  bits(value: number, count: number): void {
    this.pending = (this.pending << count) | (value & ((1 << count) - 1));
    this.pendingBits += count;
    while (this.pendingBits >= 8) {
      this.pendingBits -= 8;
      const byte = (this.pending >> this.pendingBits) & 0xff;
      this.byte(byte);
      if (byte === 0xff) this.byte(0);
    }
    this.pending &= 0xff;
  }

  /** Ones up to the next whole byte. */
  pad(): void {
    if (this.pendingBits > 0) this.bits(0x7f, 8 - this.pendingBits);
  }

  take(): Bytes {
    return this.buffer.slice(0, this.at);
  }

  private byte(value: number): void {
    if (this.at === this.buffer.length) {
      const larger = new Uint8Array(2 * this.buffer.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.at++] = value;
  }
}
