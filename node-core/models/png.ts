// PNG of 8-bit RGBA (ISO/IEC 15948): one filter a row, chosen by the smallest sum of differences, then zlib.

import { zlibSync } from 'fflate';
import { crc32 } from '../base/crc32.ts';
import type { Bytes } from '../base/index.ts';
import { concatBytes, utf8ToBytes } from '../base/index.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const CHANNELS = 4;

/** `pixels` holds width × height × 4 bytes, alpha not premultiplied, top row first. */
export function encodePng(pixels: Bytes, width: number, height: number): Bytes {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Depth 8, colour with alpha; compression, filter and interlace 0.
  header.set([8, 6, 0, 0, 0], 8);
  const data = zlibSync(filterRows(pixels, width, height), { level: 6 });
  return concatBytes(SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array(0)));
}

function chunk(type: string, data: Bytes): Bytes {
  const typed = concatBytes(utf8ToBytes(type), data);
  const framed = new Uint8Array(typed.length + 8);
  const view = new DataView(framed.buffer);
  view.setUint32(0, data.length);
  framed.set(typed, 4);
  view.setUint32(typed.length + 4, crc32(typed));
  return framed;
}

function filterRows(pixels: Bytes, width: number, height: number): Bytes {
  const stride = width * CHANNELS;
  const filtered = new Uint8Array((stride + 1) * height);
  const candidates = [0, 1, 2, 3, 4].map(() => new Uint8Array(stride));
  let above: Bytes = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * stride, (y + 1) * stride);
    let best = 0;
    let bestSum = Number.POSITIVE_INFINITY;
    for (const [filter, candidate] of candidates.entries()) {
      const sum = filterRow(filter, row, above, candidate);
      if (sum < bestSum) {
        best = filter;
        bestSum = sum;
      }
    }
    filtered[y * (stride + 1)] = best;
    filtered.set(candidates[best] as Bytes, y * (stride + 1) + 1);
    above = row;
  }
  return filtered;
}

/** Writes the filtered row and returns the sum of its differences taken as signed. */
function filterRow(filter: number, row: Bytes, above: Bytes, into: Bytes): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    const left = i < CHANNELS ? 0 : (row[i - CHANNELS] as number);
    const up = above[i] as number;
    const corner = i < CHANNELS ? 0 : (above[i - CHANNELS] as number);
    const value = ((row[i] as number) - predict(filter, left, up, corner)) & 255;
    into[i] = value;
    sum += value < 128 ? value : 256 - value;
  }
  return sum;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [
    Math.abs(estimate - left),
    Math.abs(estimate - up),
    Math.abs(estimate - corner),
  ];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
