import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MODEL_SIZE_BYTES_MAX } from '../../api/index.ts';
import { concatBytes, unwrap } from '../../base/index.ts';
import { createManualClock } from '../../chain/testing/world.ts';
import { systemRandom } from '../adapters/system.ts';
import { createUploads } from './uploads.ts';

const start = () => {
  const clock = createManualClock(0);
  return { clock, uploads: createUploads(clock, systemRandom) };
};
const codeOf = (result: { ok: boolean; fault?: { code: string } }) => result.fault?.code ?? 'ok';

test('whatever the pieces, the file is their sum', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 12 }), (parts) => {
      const { uploads } = start();
      const whole = concatBytes(...parts);
      const id = unwrap(uploads.begin('0xa', 'part.stl', whole.length));
      let offset = 0;
      for (const part of parts) {
        offset += part.length;
        expect(unwrap(uploads.chunk(id, offset - part.length, part))).toBe(offset);
      }
      expect(unwrap(uploads.finish(id))).toEqual({ actor: '0xa', fileName: 'part.stl', bytes: whole });
      expect(codeOf(uploads.finish(id))).toBe('upload.unknown');
      uploads.close();
    }),
  );
});

test('limits: one file, all files, their number, one part', () => {
  const { uploads } = start();
  expect(codeOf(uploads.begin('0xa', 'x', MODEL_SIZE_BYTES_MAX + 1))).toBe('upload.too-large');
  const id = unwrap(uploads.begin('0xa', 'x', 3 * 1024 * 1024));
  expect(codeOf(uploads.chunk(id, 0, new Uint8Array(1024 * 1024 + 1)))).toBe('upload.too-large');
  expect(codeOf(uploads.chunk(id, 0, new Uint8Array(1)))).toBe('upload.unknown');
  const all = Array.from({ length: 8 }, () => unwrap(uploads.begin('0xa', 'x', 5)));
  expect(codeOf(uploads.begin('0xa', 'x', 5))).toBe('upload.too-many');
  for (const other of all) uploads.abort(other);
  unwrap(uploads.begin('0xa', 'x', MODEL_SIZE_BYTES_MAX));
  unwrap(uploads.begin('0xa', 'x', MODEL_SIZE_BYTES_MAX));
  expect(codeOf(uploads.begin('0xa', 'x', 1))).toBe('upload.too-many');
  uploads.close();
});

test('what nobody goes on with is forgotten without being asked', async () => {
  const { clock, uploads } = start();
  const idle = unwrap(uploads.begin('0xa', 'x', 10));
  const busy = unwrap(uploads.begin('0xa', 'x', 10));
  clock.advance(9 * 60_000);
  unwrap(uploads.chunk(busy, 0, new Uint8Array(4)));
  clock.advance(2 * 60_000);
  await Promise.resolve();
  await Promise.resolve();
  expect(codeOf(uploads.chunk(idle, 0, new Uint8Array(1)))).toBe('upload.unknown');
  expect(codeOf(uploads.chunk(busy, 4, new Uint8Array(6)))).toBe('ok');
  uploads.close();
  expect(codeOf(uploads.finish(busy))).toBe('upload.unknown');
});
