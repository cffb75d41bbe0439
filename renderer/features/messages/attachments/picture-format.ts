// Pictures as bytes: how large they say they are, before anything decodes them, and copies of them without what cameras
// and programs write beside the picture (place, time, owner, device). Pure; formats it does not know are left alone.
// JPEG: ITU-T T.81 and Exif 2.3; PNG: W3C PNG 3; WebP: RFC 9649; GIF: GIF89a.

type Bytes = Uint8Array<ArrayBuffer>;

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif';
export type PictureSize = {
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
};

/** What the header says; undefined where it is none of these formats, or broken before that. */
export function pictureSize(bytes: Bytes): PictureSize | undefined {
  const found = jpegSize(bytes) ?? pngSize(bytes) ?? webpSize(bytes) ?? gifSize(bytes);
  return found !== undefined && found.width > 0 && found.height > 0 ? found : undefined;
}

/** The same picture without anything but what shows it; undefined where the format is unknown or the file broken. */
export function withoutMetadata(bytes: Bytes): Bytes | undefined {
  const format = pictureSize(bytes)?.format;
  if (format === 'jpeg') return stripJpeg(bytes);
  if (format === 'png') return stripPng(bytes);
  return format === 'webp' ? stripWebp(bytes) : undefined;
}

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const has = (bytes: Bytes, at: number, wanted: readonly number[]) =>
  wanted.every((byte, index) => bytes[at + index] === byte);
const viewOf = (bytes: Bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

type Segment = { readonly marker: number; readonly start: number; readonly end: number };
const START_OF_SCAN = 0xda;

/** The segments of a JPEG up to its picture, that one last; undefined where it is broken. */
function jpegSegments(bytes: Bytes): readonly Segment[] | undefined {
  if (!has(bytes, 0, [0xff, 0xd8, 0xff])) return undefined;
  const segments: Segment[] = [];
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    const length = isBare ? 0 : viewOf(bytes).getUint16(at + 2);
    const end = at + 2 + length;
    if ((!isBare && length < 2) || end > bytes.length || marker === 0xd9) return undefined;
    segments.push({ marker, start: at, end });
    if (marker === START_OF_SCAN) return segments;
    at = end;
  }
  return undefined;
}

/** C0 to CF but for the tables: what a frame begins with. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegSize(bytes: Bytes): PictureSize | undefined {
  const frame = jpegSegments(bytes)?.find(({ marker }) => isFrame(marker));
  if (frame === undefined || frame.end - frame.start < 9) return undefined;
  const view = viewOf(bytes);
  return { format: 'jpeg', height: view.getUint16(frame.start + 5), width: view.getUint16(frame.start + 7) };
}

/** Keeps tables, frame, scans, JFIF, Adobe's colour transform and colour profiles; of Exif how the picture is turned. */
function stripJpeg(bytes: Bytes): Bytes | undefined {
  const segments = jpegSegments(bytes);
  if (segments === undefined) return undefined;
  const parts: Bytes[] = [bytes.slice(0, 2)];
  for (const { marker, start, end } of segments) {
    const isApplication = marker >= 0xe0 && marker <= 0xef;
    const isKept =
      (marker === 0xe0 && has(bytes, start + 4, ascii('JFIF\0'))) ||
      (marker === 0xe2 && has(bytes, start + 4, ascii('ICC_PROFILE\0'))) ||
      (marker === 0xee && has(bytes, start + 4, ascii('Adobe')));
    const turned = marker === 0xe1 ? exifOrientation(bytes.subarray(start + 4, end)) : 1;
    if (turned !== 1) parts.push(orientationSegment(turned));
    else if ((!isApplication && marker !== 0xfe) || isKept) parts.push(bytes.slice(start, end));
  }
  const last = segments.at(-1);
  const picture = last === undefined ? undefined : scanData(bytes, last.end);
  return picture === undefined ? undefined : joined([...parts, picture]);
}

/** From the first scan's data to the end of the picture; what lies behind it (thumbnails, films) is left out. */
function scanData(bytes: Bytes, from: number): Bytes | undefined {
  const parts: Bytes[] = [];
  let kept = from;
  for (let at = from; at + 1 < bytes.length; ) {
    const marker = bytes[at] === 0xff ? (bytes[at + 1] ?? 0) : 0;
    if (marker === 0xd9) return joined([...parts, bytes.slice(kept, at + 2)]);
    const isData = marker === 0 || marker === 0xff || marker === 1 || (marker >= 0xd0 && marker <= 0xd7);
    if (isData) {
      at += 1;
      continue;
    }
    // Between the scans of a progressive picture stand tables, and may stand comments.
    const end = at + 4 <= bytes.length ? at + 2 + viewOf(bytes).getUint16(at + 2) : bytes.length + 1;
    if (end > bytes.length || end < at + 4) return undefined;
    if (marker === 0xfe || (marker >= 0xe0 && marker <= 0xef)) {
      parts.push(bytes.slice(kept, at));
      kept = end;
    }
    at = end;
  }
  return undefined;
}

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/** 1 to 8; 1, as it lies, where nothing sound is said. */
function exifOrientation(segment: Bytes): number {
  if (!has(segment, 0, ascii('Exif\0\0')) || segment.length < 14) return 1;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.length - 6);
  const order = tiff.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || tiff.getUint16(2, little) !== 42) return 1;
  const start = tiff.getUint32(4, little);
  if (start + 2 > tiff.byteLength) return 1;
  const count = tiff.getUint16(start, little);
  for (let index = 0; index < count; index++) {
    const at = start + 2 + index * 12;
    if (at + 12 > tiff.byteLength) return 1;
    if (tiff.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const value = tiff.getUint16(at + 8, little);
    return tiff.getUint16(at + 2, little) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** An Exif segment that says how the picture is turned, and nothing else. */
function orientationSegment(orientation: number): Bytes {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    SHORT,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const body = [...ascii('Exif\0\0'), ...tiff];
  return Uint8Array.from([0xff, 0xe1, 0, body.length + 2, ...body]);
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** What a picture needs: its data, its colours, its transparency, and the frames of a moving one. */
const PNG_KEPT = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT'.split(' '),
);

function pngSize(bytes: Bytes): PictureSize | undefined {
  if (!has(bytes, 0, PNG) || !has(bytes, 12, ascii('IHDR')) || bytes.length < 24) return undefined;
  const view = viewOf(bytes);
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

function stripPng(bytes: Bytes): Bytes | undefined {
  const parts: Bytes[] = [bytes.slice(0, PNG.length)];
  for (let at = PNG.length; at + 12 <= bytes.length; ) {
    const end = at + 12 + viewOf(bytes).getUint32(at);
    if (end > bytes.length) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (PNG_KEPT.has(type)) parts.push(bytes.slice(at, end));
    if (type === 'IEND') return joined(parts);
    at = end;
  }
  return undefined;
}

const WEBP_KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** Flags of VP8X that say there are Exif and XMP. */
const WEBP_METADATA = 0b0000_1100;

const isWebp = (bytes: Bytes) => has(bytes, 0, ascii('RIFF')) && has(bytes, 8, ascii('WEBP'));

function webpSize(bytes: Bytes): PictureSize | undefined {
  if (!isWebp(bytes) || bytes.length < 30) return undefined;
  const view = viewOf(bytes);
  const whole = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  if (has(bytes, 12, ascii('VP8X'))) return { format: 'webp', width: whole(24), height: whole(27) };
  if (has(bytes, 12, ascii('VP8L')) && bytes[20] === 0x2f) {
    const bits = view.getUint32(21, true);
    return { format: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (!has(bytes, 12, ascii('VP8 ')) || !has(bytes, 23, [0x9d, 0x01, 0x2a])) return undefined;
  const side = (at: number) => view.getUint16(at, true) & 0x3fff;
  return { format: 'webp', width: side(26), height: side(28) };
}

function stripWebp(bytes: Bytes): Bytes | undefined {
  const view = viewOf(bytes);
  const parts: Bytes[] = [];
  const whole = Math.min(bytes.length, 8 + view.getUint32(4, true));
  for (let at = 12; at + 8 <= whole; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (at + 8 + size > bytes.length) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (WEBP_KEPT.has(type)) {
      const chunk = bytes.slice(at, Math.min(end, bytes.length));
      if (type === 'VP8X') chunk[8] = (chunk[8] ?? 0) & ~WEBP_METADATA;
      parts.push(chunk);
    }
    at = end;
  }
  if (parts.length === 0) return undefined;
  const body = joined(parts);
  const head = new Uint8Array(12);
  head.set(ascii('RIFF'));
  head.set(ascii('WEBP'), 8);
  viewOf(head).setUint32(4, body.length + 4, true);
  return joined([head, body]);
}

function gifSize(bytes: Bytes): PictureSize | undefined {
  if (!has(bytes, 0, ascii('GIF8')) || bytes.length < 10) return undefined;
  const view = viewOf(bytes);
  return { format: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
}
