import { expect, test } from 'vitest';
import { linesOf, moveLines } from './hand-lines.ts';
import { encodeWebm } from './webm.ts';

type Element = { readonly id: number; readonly at: number; readonly data: Uint8Array };

/** The elements of a list, read by the rules of RFC 8794 rather than by the writer's own. */
function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const idSize = Math.clz32(bytes[at] ?? 0) - 23;
    let id = 0;
    for (let i = 0; i < idSize; i++) id = id * 256 + (bytes[at++] ?? 0);
    const sizeSize = Math.clz32(bytes[at] ?? 0) - 23;
    let size = (bytes[at++] ?? 0) & (0xff >> sizeSize);
    for (let i = 1; i < sizeSize; i++) size = size * 256 + (bytes[at++] ?? 0);
    found.push({ id, at: start, data: bytes.subarray(at, at + size) });
    at += size;
  }
  return found;
}

const number = (data: Uint8Array | undefined) => [...(data ?? [])].reduce((sum, byte) => sum * 256 + byte, 0);

test('a film is a WebM file whose cues point at its clusters', () => {
  const frames = Array.from({ length: 30 }, (_, i) => ({
    data: Uint8Array.of(i, i, i),
    atMs: i * 83,
    key: i % 12 === 0,
  }));
  const [head, segment] = elements(encodeWebm({ width: 640, height: 480, durationMs: 2500, frames }));
  expect(head?.id).toBe(0x1a45dfa3);
  const body = segment?.data ?? new Uint8Array();
  const parts = elements(body);
  const clusters = parts.filter(({ id }) => id === 0x1f43b675);
  expect(clusters).toHaveLength(3);
  const cues = elements(parts.find(({ id }) => id === 0x1c53bb6b)?.data ?? body);
  const places = cues.map(({ data }) => {
    const [time, place] = elements(data);
    return [number(time?.data), number(elements(place?.data ?? body)[1]?.data)];
  });
  expect(places).toEqual(clusters.map(({ at }, i) => [i * 12 * 83, at]));
  const seen = clusters.flatMap(({ data }) => {
    const [time, ...blocks] = elements(data);
    return blocks.map(({ data: block }) => [
      number(time?.data) + new DataView(block.buffer, block.byteOffset).getInt16(1),
      block[4],
      block[3] === 0x80,
    ]);
  });
  expect(seen).toEqual(frames.map(({ atMs, data, key }) => [atMs, data[0], key]));
});

test('buttons move relatively and leave absolute modes; macros are lines', () => {
  expect(moveLines('Z', -0.1)).toEqual(['G91', 'G1 Z-0.1 F300', 'G90']);
  expect(moveLines('E', 5)[0]).toBe('M83');
  expect(linesOf('G28 ; home\r\n\n ;only a remark\n M117 hello ')).toEqual(['G28', 'M117 hello']);
});
