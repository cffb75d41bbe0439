// Finds JPEG pictures in a stream of bytes by their own structure (ITU-T T.81 annex B): from SOI through the segments and
// scans to EOI. What stands around them is not believed and not needed: boundaries may be wrong, lengths missing, parts
// endless. One picture at a time is kept, up to a limit; it is never decoded.

import type { Bytes } from '../base/index.ts';
import { NOISE_BYTES_MAX, PICTURE_BYTES_MAX, PICTURE_PIXELS_MAX, PICTURE_SIDE_MAX } from './limits.ts';

export type Picture = { readonly jpeg: Bytes; readonly width: number; readonly height: number };

/** Why a stream is given up. */
export type ScanProblem = 'too-large' | 'no-pictures';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const START_BYTES = 64 * 1024;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** SOF0 to SOF15 without DHT, JPG and DAC, which have codes in between. */
const isFrameHeader = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

type Place =
  /** Between pictures. */
  | 'outside'
  /** A marker is due, FF and its code. */
  | 'marker'
  /** The two bytes of a segment's length. */
  | 'length'
  | 'segment'
  /** Entropy-coded data, in which FF 00 and restarts are no markers. */
  | 'scan';

export class JpegScanner {
  private buffer = new Uint8Array(START_BYTES);
  private size = 0;
  private place: Place = 'outside';
  /** Where the segment under way begins with its length, and ends, in the buffer. */
  private segmentStart = 0;
  private segmentEnd = 0;
  private lastFf = false;
  private marker = 0;
  private width = 0;
  private height = 0;
  private noise = 0;

  /** Takes in what arrived; whole pictures go to `found`. Says why the stream is to be given up, where it is. */
  feed(bytes: Bytes, found: (picture: Picture) => void): ScanProblem | undefined {
    for (const byte of bytes) {
      if (this.place !== 'outside') {
        if (this.size >= PICTURE_BYTES_MAX) return 'too-large';
        this.keep(byte);
      }
      const picture = this.step(byte);
      if (picture !== undefined) {
        this.noise = 0;
        found(picture);
      } else if (++this.noise > NOISE_BYTES_MAX) return 'no-pictures';
    }
    return undefined;
  }

  private step(byte: number): Picture | undefined {
    switch (this.place) {
      case 'outside':
        if (this.lastFf && byte === SOI) this.begin();
        else this.lastFf = byte === 0xff;
        return undefined;
      case 'length':
        return this.readLength(byte);
      case 'segment':
        if (this.size >= this.segmentEnd) this.endSegment();
        return undefined;
      case 'marker':
        return this.readMarker(byte);
      case 'scan':
        if (this.lastFf && byte !== 0 && byte !== 0xff && !isRestart(byte)) return this.onMarker(byte);
        this.lastFf = byte === 0xff;
        return undefined;
    }
  }

  private begin(): void {
    this.size = 0;
    this.keep(0xff);
    this.keep(SOI);
    this.place = 'marker';
    this.lastFf = false;
    this.width = 0;
    this.height = 0;
  }

  private readMarker(byte: number): undefined | Picture {
    if (byte === 0xff) {
      this.lastFf = true;
      return undefined;
    }
    if (!this.lastFf) {
      this.drop();
      return undefined;
    }
    return this.onMarker(byte);
  }

  private onMarker(marker: number): Picture | undefined {
    this.lastFf = false;
    this.marker = marker;
    if (marker === EOI) return this.finish();
    // The picture before was cut off: this is the next one.
    if (marker === SOI) this.begin();
    else if (marker === 0 || marker === 1 || isRestart(marker)) this.drop();
    else {
      this.place = 'length';
      this.segmentStart = this.size;
      this.segmentEnd = this.size + 2;
    }
    return undefined;
  }

  private readLength(byte: number): undefined {
    if (this.size < this.segmentEnd) return undefined;
    const length = ((this.buffer[this.size - 2] ?? 0) << 8) | byte;
    if (length < 2) {
      this.drop();
      return undefined;
    }
    this.segmentEnd = this.size - 2 + length;
    this.place = 'segment';
    if (length === 2) this.endSegment();
    return undefined;
  }

  private endSegment(): void {
    const { buffer, segmentStart: start, segmentEnd, marker } = this;
    this.lastFf = false;
    this.place = marker === SOS ? 'scan' : 'marker';
    if (!isFrameHeader(marker)) return;
    if (segmentEnd - start < 8) {
      this.drop();
      return;
    }
    // Behind the sample precision: lines, then samples a line.
    this.height = ((buffer[start + 3] ?? 0) << 8) | (buffer[start + 4] ?? 0);
    this.width = ((buffer[start + 5] ?? 0) << 8) | (buffer[start + 6] ?? 0);
    const sides = this.width <= PICTURE_SIDE_MAX && this.height <= PICTURE_SIDE_MAX;
    if (!sides || this.width * this.height === 0 || this.width * this.height > PICTURE_PIXELS_MAX)
      this.drop();
  }

  private finish(): Picture | undefined {
    const { width, height, size } = this;
    const jpeg = width > 0 ? this.buffer.slice(0, size) : undefined;
    this.drop();
    return jpeg === undefined ? undefined : { jpeg, width, height };
  }

  private drop(): void {
    this.place = 'outside';
    this.lastFf = false;
    this.size = 0;
  }

  private keep(byte: number): void {
    if (this.size === this.buffer.length) {
      const larger = new Uint8Array(Math.min(PICTURE_BYTES_MAX, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.size++] = byte;
  }
}

/** The one picture that the bytes are; undefined where they are anything else, or more. */
export function parsePicture(bytes: Bytes): Picture | undefined {
  let only: Picture | undefined;
  new JpegScanner().feed(bytes, (picture) => {
    only ??= picture;
  });
  return only?.jpeg.length === bytes.length ? only : undefined;
}
