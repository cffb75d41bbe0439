import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pictureSize, withoutMetadata } from './picture-format.ts';

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const PLACE = ascii('N 47.3769 E 8.5417');
const bytesOf = (...parts: readonly (readonly number[])[]) => Uint8Array.from(parts.flat());
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const segment = (marker: number, body: readonly number[]) => [
  0xff,
  marker,
  (body.length + 2) >> 8,
  (body.length + 2) & 255,
  ...body,
];
const frame = segment(0xc2, [8, 0, 30, 0, 40, 1, 1, 0x11, 0]);
const exif = (orientation: number, little: boolean) => {
  const short = (n: number) => (little ? [n & 255, n >> 8] : [n >> 8, n & 255]);
  const long = (n: number) => (little ? [...short(n), 0, 0] : [0, 0, ...short(n)]);
  const entry = [...short(0x0112), ...short(3), ...long(1), ...short(orientation), 0, 0];
  const head = [...ascii(little ? 'II' : 'MM'), ...short(42), ...long(8)];
  return segment(0xe1, [...ascii('Exif\0\0'), ...head, ...short(1), ...entry, ...long(0), ...PLACE]);
};
const SCAN = segment(0xda, [1, 1, 0, 0, 63, 0]);
const DATA = [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];

const jpeg = (...before: readonly (readonly number[])[]) =>
  bytesOf(
    [0xff, 0xd8],
    segment(0xe0, ascii('JFIF\0\u0001\u0002')),
    ...before,
    frame,
    SCAN,
    DATA,
    segment(0xfe, PLACE),
    SCAN,
    DATA,
    [0xff, 0xd9],
    PLACE,
  );

const chunk = (type: string, body: readonly number[]) => [
  0,
  0,
  0,
  body.length,
  ...ascii(type),
  ...body,
  9,
  9,
  9,
  9,
];
const png = (...more: readonly (readonly number[])[]) =>
  bytesOf(
    [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a],
    chunk('IHDR', [0, 0, 0, 40, 0, 0, 0, 30, 8, 6, 0, 0, 0]),
    ...more,
    chunk('IDAT', [7, 7]),
    chunk('IEND', []),
  );

const riff = (type: string, body: readonly number[]) => [
  ...ascii(type),
  body.length,
  0,
  0,
  0,
  ...body,
  ...(body.length % 2 ? [0] : []),
];
const webp = (...chunks: readonly (readonly number[])[]) => {
  const body = [...ascii('WEBP'), ...chunks.flat()];
  return bytesOf(ascii('RIFF'), [body.length & 255, body.length >> 8, 0, 0], body);
};
const VP8 = riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 40, 0, 30, 0]);
const VP8X = (flags: number) => riff('VP8X', [flags, 0, 0, 0, 39, 0, 0, 29, 0, 0]);

describe('a picture', () => {
  it('is as large as its header says', () => {
    const pictures = [
      jpeg(),
      png(),
      webp(VP8),
      webp(VP8X(0), VP8),
      webp(riff('VP8L', [0x2f, 39, 29 * 64, 29 >> 2, 0, 0, 0, 0, 0, 0])),
      bytesOf(ascii('GIF89a'), [40, 0, 30, 0]),
    ];
    expect(pictures.map(pictureSize).map((size) => [size?.format, size?.width, size?.height])).toEqual([
      ['jpeg', 40, 30],
      ['png', 40, 30],
      ['webp', 40, 30],
      ['webp', 40, 30],
      ['webp', 40, 30],
      ['gif', 40, 30],
    ]);
  });

  it('loses what is said beside it, and stays the same picture', () => {
    const dirty = [
      jpeg(segment(0xfe, PLACE), exif(1, true), segment(0xe1, PLACE), segment(0xed, PLACE)),
      png(chunk('tEXt', PLACE), chunk('eXIf', PLACE), chunk('tIME', PLACE)),
      webp(VP8X(0x0c), VP8, riff('EXIF', PLACE), riff('XMP ', PLACE)),
    ];
    const clean = [jpeg(), png(), webp(VP8X(0), VP8)];
    for (const [index, picture] of dirty.entries()) {
      expect(textOf(picture)).toContain(textOf(bytesOf(PLACE)));
      const stripped = withoutMetadata(picture);
      expect(textOf(stripped ?? picture)).not.toContain('47.3769');
      expect(stripped).toEqual(withoutMetadata(clean[index] ?? picture));
      expect(pictureSize(stripped ?? picture)).toEqual(pictureSize(picture));
      // Once is enough.
      expect(withoutMetadata(stripped ?? picture)).toEqual(stripped);
    }
  });

  it('stays turned as its camera said', () => {
    for (const little of [true, false]) {
      const stripped = withoutMetadata(jpeg(exif(6, little)));
      expect(textOf(stripped ?? new Uint8Array())).not.toContain('47.3769');
      expect(stripped).toEqual(withoutMetadata(jpeg(exif(6, false))));
      expect(stripped?.length).toBe((withoutMetadata(jpeg()) ?? []).length + 36);
    }
  });

  it('that is broken or unknown is not passed off as clean', () => {
    for (const whole of [
      jpeg(exif(3, true)),
      png(chunk('tEXt', PLACE)),
      webp(VP8X(12), VP8, riff('EXIF', PLACE)),
    ])
      for (let length = 0; length < whole.length - PLACE.length - 12; length += 3) {
        const stripped = withoutMetadata(whole.slice(0, length));
        expect(textOf(stripped ?? new Uint8Array())).not.toContain('47.37');
      }
    expect(withoutMetadata(bytesOf(ascii('GIF89a'), [40, 0, 30, 0]))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.constantFrom(jpeg(exif(8, true)), png(), webp(VP8)),
        fc.nat(),
        fc.nat(255),
        (picture, at, byte) => {
          const damaged = picture.slice();
          damaged[at % damaged.length] = byte;
          const stripped = withoutMetadata(damaged);
          if (stripped !== undefined) expect(pictureSize(stripped)).toEqual(pictureSize(damaged));
          pictureSize(damaged);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (junk) => {
        withoutMetadata(new Uint8Array(junk));
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});
