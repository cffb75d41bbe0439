import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, concatBytes, utf8ToBytes } from '../base/index.ts';
import { encodeJpeg } from './jpeg-encoder.ts';
import { JpegScanner, type Picture, parsePicture } from './jpeg-scanner.ts';
import { NOISE_BYTES_MAX, PICTURE_BYTES_MAX } from './limits.ts';

function pictureOf(width: number, height: number, seed: number): Bytes {
  const rgb = new Uint8Array(width * height * 3).map((_, i) => (i * seed) >> 3);
  return encodeJpeg(rgb, width, height, 70);
}

function scan(bytes: Bytes, pieceBytes = bytes.length): Picture[] {
  const found: Picture[] = [];
  const scanner = new JpegScanner();
  for (let at = 0; at < bytes.length; at += pieceBytes)
    scanner.feed(bytes.subarray(at, at + pieceBytes), (picture) => found.push(picture));
  return found;
}

const FIRST = pictureOf(40, 25, 31);
const SECOND = pictureOf(17, 9, 77);

test('pictures are found whatever stands around them and however the bytes arrive', () => {
  const frames = [
    utf8ToBytes('--wrong\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n'),
    FIRST,
    utf8ToBytes('\r\n--other\r\n\r\n'),
    SECOND,
    Uint8Array.of(0xff, 0, 0xff, 0xd9),
    FIRST,
  ];
  const stream = concatBytes(...frames);
  for (const pieceBytes of [1, 2, 3, 100, stream.length]) {
    const found = scan(stream, pieceBytes);
    expect(found.map(({ jpeg }) => jpeg)).toEqual([FIRST, SECOND, FIRST]);
    expect(found.map(({ width, height }) => [width, height])).toEqual([
      [40, 25],
      [17, 9],
      [40, 25],
    ]);
  }
});

test('a thumbnail inside a picture is part of it', () => {
  const length = SECOND.length + 2;
  const app1 = concatBytes(Uint8Array.of(0xff, 0xe1, length >> 8, length & 0xff), SECOND);
  const whole = concatBytes(FIRST.subarray(0, 2), app1, FIRST.subarray(2));
  expect(scan(whole).map(({ jpeg }) => jpeg)).toEqual([whole]);
  expect(parsePicture(whole)?.width).toBe(40);
});

test('a picture that is cut off is left out, and the next one found', () => {
  const scanAt = FIRST.findIndex((byte, i) => byte === 0xff && FIRST[i + 1] === 0xda) + 14;
  const following = new Array<Bytes>(Math.ceil(66_000 / SECOND.length)).fill(SECOND);
  for (let cut = 2; cut < FIRST.length - 1; cut += 7) {
    const found = scan(concatBytes(FIRST.subarray(0, cut), ...following));
    // In the middle of a table what follows is taken for the rest of it: 64 KB at most.
    expect(bytesToHex(found.at(-1)?.jpeg ?? new Uint8Array())).toBe(bytesToHex(SECOND));
    if (cut >= scanAt) expect(found).toHaveLength(following.length);
  }
});

test('restarts, fill bytes and escaped bytes belong to the picture', () => {
  const end = FIRST.length - 2;
  const extra = Uint8Array.of(0xff, 0xd3, 0x12, 0xff, 0, 0xff, 0xff, 0xd9);
  const odd = concatBytes(FIRST.subarray(0, end), extra);
  expect(scan(odd).map(({ jpeg }) => jpeg)).toEqual([odd]);
});

test('a stream without pictures, and a picture without an end, are given up', () => {
  const scanner = new JpegScanner();
  const noise = new Uint8Array(NOISE_BYTES_MAX / 2).fill(7);
  const nothing = () => expect.unreachable();
  expect(scanner.feed(noise, nothing)).toBeUndefined();
  expect(scanner.feed(noise, nothing)).toBeUndefined();
  expect(scanner.feed(noise, nothing)).toBe('no-pictures');
  const endless = new JpegScanner();
  endless.feed(FIRST.subarray(0, FIRST.length - 2), nothing);
  expect(endless.feed(new Uint8Array(PICTURE_BYTES_MAX).fill(1), nothing)).toBe('too-large');
});

test('sizes that no page should decode are left out', () => {
  const at = FIRST.findIndex((byte, i) => byte === 0xff && FIRST[i + 1] === 0xc0);
  for (const [height, width] of [
    [0, 40],
    [8193, 10],
    [8000, 8000],
  ] as const) {
    const forged = FIRST.slice();
    forged.set([height >> 8, height & 0xff, width >> 8, width & 0xff], at + 5);
    expect(scan(forged)).toEqual([]);
  }
});

test('no bytes break the scanner, and what it gives is a picture by its own rule', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(FIRST, SECOND, Uint8Array.of(0xff, 0xd8), Uint8Array.of(0xff, 0xda, 0, 2)),
    fc.nat(FIRST.length).map((at) => FIRST.subarray(0, at)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 50 }), (pieces, size) => {
      const stream = concatBytes(...pieces);
      const found = scan(stream, size);
      expect(found).toEqual(scan(stream));
      for (const { jpeg } of found) expect(parsePicture(jpeg)?.jpeg).toEqual(jpeg);
    }),
    { seed: 5, numRuns: 400 },
  );
});
