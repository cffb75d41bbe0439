// Chunks in order come out as the file; every other order, machine, job or byte ends the stream.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { concatBytes, ok, sha256, u64ToBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import { createKeyPair, portableAead } from '../identity/index.ts';
import type { ChunkRequest, ReleasedChunk } from './index.ts';
import {
  STREAM_AHEAD_CHUNKS,
  STREAM_CHUNK_BYTES,
  StreamReader,
  StreamReleaser,
  streamChunkEnds,
} from './index.ts';

let counter = 0n;
const random = {
  bytes: (length: number) => sha256(concatBytes(u64ToBytes(counter++), utf8ToBytes('r'))).slice(0, length),
};
const head = new Uint8Array(32);
const machine = createKeyPair(new Uint8Array(32).fill(3));
const other = createKeyPair(new Uint8Array(32).fill(4));
const job = sha256(utf8ToBytes('o.1'));
const key = sha256(utf8ToBytes('file key'));

function fileOf(lines: number): Bytes {
  return utf8ToBytes(Array.from({ length: lines }, (_, i) => `G1 X${i % 200}.125 E${i}\n`).join(''));
}

function openBoth(gcode: Bytes) {
  const expected = { job, copy: 1, gcodeHash: sha256(gcode) };
  const releaser = new StreamReleaser({
    file: { ends: streamChunkEnds(gcode), read: (start, end) => ok(gcode.slice(start, end)) },
    key,
    facts: { ...expected, attempt: 1, machine: machine.publicKey, lines: 10, layerStarts: [0] },
    random,
    aead: portableAead,
  });
  const open = (machineSecret = machine.secretKey, change: Partial<typeof expected> = {}) =>
    StreamReader.open({
      grant: releaser.grant,
      machineSecret,
      expected: { ...expected, ...change },
      aead: portableAead,
    });
  return { releaser, open, reader: unwrap(open()) };
}

const codeOf = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code);

describe('a print file handed out chunk by chunk', () => {
  it('comes out whole, in chunks of whole lines', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6000 }), (lines) => {
        const gcode = fileOf(lines);
        const { releaser, reader } = openBoth(gcode);
        const parts: Bytes[] = [];
        while (!reader.complete) {
          const part = unwrap(reader.take(unwrap(releaser.release(reader.request(parts.length, head)))));
          expect(part.length).toBeLessThanOrEqual(STREAM_CHUNK_BYTES);
          expect(part.at(-1)).toBe(10);
          parts.push(part);
        }
        expect(concatBytes(...parts)).toEqual(gcode);
      }),
      { seed: 1, numRuns: 12 },
    );
  });

  it('shows nothing of the file: two streams of one file have nothing in common', () => {
    const gcode = fileOf(100);
    const sealed = [openBoth(gcode), openBoth(gcode)].map(({ releaser, reader }) =>
      unwrap(releaser.release(reader.request(0, head))),
    );
    expect(sealed[0]?.sealed).not.toEqual(sealed[1]?.sealed);
    for (const { sealed: bytes } of sealed)
      expect(Buffer.from(bytes).toString('latin1')).not.toContain('G1 X');
  });

  it('opens for the one machine, job, copy and file', () => {
    const { open } = openBoth(fileOf(5));
    expect(codeOf(open(other.secretKey))).toBe('stream.not-this-machine');
    expect(codeOf(open(machine.secretKey, { copy: 2 }))).toBe('stream.not-this-job');
    expect(codeOf(open(machine.secretKey, { job: sha256(job) }))).toBe('stream.not-this-job');
    expect(codeOf(open(machine.secretKey, { gcodeHash: sha256(job) }))).toBe('stream.not-this-job');
  });

  it('gives the newest chunk again where its answer was lost, and nothing else twice', () => {
    const { releaser, reader } = openBoth(fileOf(6000));
    const first = reader.request(0, head);
    const lost = unwrap(releaser.release(first));
    const again = unwrap(releaser.release(reader.request(0, head)));
    expect(again).toEqual(lost);
    unwrap(reader.take(again));
    expect(codeOf(reader.take(again))).toBe('stream.order');
    unwrap(reader.take(unwrap(releaser.release(reader.request(1, head)))));
    expect(codeOf(releaser.release(first))).toBe('stream.order');
  });

  it('stays a few chunks ahead of what was printed', () => {
    const { releaser, reader } = openBoth(fileOf(8000));
    for (let i = 0; i < STREAM_AHEAD_CHUNKS; i++)
      unwrap(reader.take(unwrap(releaser.release(reader.request(0, head)))));
    expect(codeOf(releaser.release(reader.request(0, head)))).toBe('stream.too-early');
    unwrap(reader.take(unwrap(releaser.release(reader.request(1, head)))));
    // What was said to be printed cannot be taken back, nor what was never given have been printed.
    expect(codeOf(releaser.release(reader.request(0, head)))).toBe('stream.order');
    expect(codeOf(releaser.release(reader.request(99, head)))).toBe('stream.order');
  });

  it('answers only what the machine itself signed', () => {
    const { releaser, reader } = openBoth(fileOf(4000));
    const honest = reader.request(0, head);
    const forged: ChunkRequest[] = [
      { ...honest, index: 1 },
      { ...honest, done: 1 },
      { ...honest, head: sha256(head) },
      { ...honest, index: -1 },
      { ...honest, index: 0.5 },
      { ...honest, signature: new Uint8Array(64) },
      openBoth(fileOf(4000)).reader.request(0, head),
    ];
    for (const request of forged) expect(codeOf(releaser.release(request))).toBe('stream.not-this-machine');
    expect(codeOf(releaser.release(honest))).toBe('ok');
    releaser.close();
    expect(codeOf(releaser.release(honest))).toBe('stream.closed');
  });

  it('no chunk of another order, stream or content is taken', () => {
    const gcode = fileOf(6000);
    const mine = openBoth(gcode);
    const theirs = openBoth(gcode);
    const foreign = unwrap(theirs.releaser.release(theirs.reader.request(0, head)));
    expect(codeOf(mine.reader.take(foreign))).toBe('stream.altered');
    const chunk = unwrap(mine.releaser.release(mine.reader.request(0, head)));
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), (inKey, at, flip) => {
        const name = inKey ? 'sealedKey' : 'sealed';
        const bytes = chunk[name].slice();
        const where = at % bytes.length;
        bytes[where] = (bytes[where] ?? 0) ^ flip;
        const damaged: ReleasedChunk = { ...chunk, [name]: bytes };
        expect(codeOf(mine.reader.take(damaged))).toBe('stream.altered');
      }),
      { seed: 2, numRuns: 60 },
    );
    unwrap(mine.reader.take(chunk));
    expect(codeOf(mine.reader.take({ ...chunk, index: 1 }))).toBe('stream.altered');
  });

  it('a file that is not the one agreed on does not end well', () => {
    const gcode = fileOf(10);
    const { releaser } = openBoth(gcode);
    const lying = new StreamReleaser({
      file: {
        ends: streamChunkEnds(gcode),
        read: (start, end) => ok(gcode.slice(start, end).fill(32, 0, 1)),
      },
      key,
      facts: { ...releaser.grant.header, machine: machine.publicKey },
      random,
      aead: portableAead,
    });
    const expected = { job, copy: 1, gcodeHash: sha256(gcode) };
    const parts = { grant: lying.grant, machineSecret: machine.secretKey, expected, aead: portableAead };
    const reader = unwrap(StreamReader.open(parts));
    expect(codeOf(reader.take(unwrap(lying.release(reader.request(0, head)))))).toBe('stream.altered');
  });

  it('headers of strangers are bounded', () => {
    const { releaser } = openBoth(fileOf(5));
    const { header, wrappedKey } = releaser.grant;
    const gcodeHash = header.gcodeHash;
    for (const change of [{ lines: 1e12 }, { lines: 0 }, { chunks: -1 }, { copy: 0 }, { more: 1 }]) {
      const grant = { wrappedKey, header: { ...header, ...change } };
      const parts = { grant, machineSecret: machine.secretKey, aead: portableAead };
      expect(codeOf(StreamReader.open({ ...parts, expected: { job, copy: 1, gcodeHash } }))).toBe(
        'stream.malformed',
      );
    }
  });
});
