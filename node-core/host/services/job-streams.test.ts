// One stream an attempt, restart or not; and what the chunks hold is the stored file.

import { expect, test } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, concatBytes, unwrap, utf8ToBytes } from '../../base/index.ts';
import { StreamReader, storeContent, streamChunkEnds } from '../../content/index.ts';
import { createKeyPair } from '../../identity/index.ts';
import { type Job, jobHash } from '../../jobs/index.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { createSeededRandom, nativeAead, nativeSha256, systemClock } from '../adapters/system.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { JobStreams } from './job-streams.ts';

const crypto = { ...nativeAead, sha256: nativeSha256 };
const machine = createKeyPair(new Uint8Array(32).fill(5));

async function setUp() {
  const stored = new Map<string, Bytes>();
  const blocks = {
    put: (id: string, block: Bytes) => void stored.set(id, block),
    get: (id: string) => stored.get(id),
    has: (id: string) => stored.has(id),
  };
  // More than one chunk of the store, and borders of the two kinds of chunks that never meet.
  const gcode = utf8ToBytes(Array.from({ length: 60_000 }, (_, i) => `G1 X${i % 201}.5 E${i}\n`).join(''));
  const key = nativeSha256(utf8ToBytes('key'));
  const random = createSeededRandom('streams');
  const contentId = await storeContent({ file: gcode, key, store: blocks, random, crypto });
  const database = openSqlite(':memory:', CONSOLE_MIGRATIONS);
  const open = (attempt: number) =>
    new JobStreams({ database, blocks, random, crypto, clock: systemClock }).open({
      job: { id: 'o.1', copy: 1, attempt, gcodeHash: bytesToHex(nativeSha256(gcode)) } as Job,
      contentId,
      key,
      lines: { count: 60_000, layerStarts: [0], chunkEnds: streamChunkEnds(gcode) },
      machine: machine.publicKey,
    });
  return { gcode, open, database };
}

test('the machine reads the stored file, and how much was given is kept', async () => {
  const { gcode, open, database } = await setUp();
  const stream = unwrap(open(1));
  const expected = { job: jobHash('o.1'), copy: 1, gcodeHash: nativeSha256(gcode) };
  const parts = { grant: stream.grant, machineSecret: machine.secretKey, expected, aead: nativeAead };
  const reader = unwrap(StreamReader.open(parts));
  const read: Bytes[] = [];
  while (!reader.complete)
    read.push(
      unwrap(reader.take(unwrap(await stream.release(reader.request(read.length, new Uint8Array(32)))))),
    );
  expect(Buffer.compare(concatBytes(...read), gcode)).toBe(0);
  stream.close();
  const row = database.prepare('SELECT released FROM job_streams').get() as { released: number };
  expect(row.released).toBe(read.length);
});

test('an attempt is released once, whatever restarts; the next one is another stream', async () => {
  const { open } = await setUp();
  const first = unwrap(open(1));
  expect(open(1)).toMatchObject({ ok: false, fault: { code: 'stream.taken' } });
  first.close();
  expect(open(1)).toMatchObject({ ok: false, fault: { code: 'stream.taken' } });
  const second = unwrap(open(2));
  expect(second.grant.header.streamId).not.toEqual(first.grant.header.streamId);
});
