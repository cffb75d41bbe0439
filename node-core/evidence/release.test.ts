// The file of what a machine signed to its releaser: read strictly, and compared with the records in the evidence.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { ok, sha256, unwrap } from '../base/index.ts';
import { StreamReader, StreamReleaser } from '../content/index.ts';
import { createKeyPair, portableAead } from '../identity/index.ts';
import { TelemetryRecorder } from '../jobs/index.ts';
import { encodeRecord } from '../records/index.ts';
import { checkRelease, encodeReleaseFile, parseReleaseFile, type ReleaseGround } from './release.ts';

const machine = createKeyPair(new Uint8Array(32).fill(3));
const job = sha256(new Uint8Array(1));
const gcode = new TextEncoder().encode('G28\nG1 X1\nG1 X2\nG1 X3\n');
const gcodeHash = sha256(gcode);
const ends = Uint32Array.from([4, 10, 16, gcode.length]);
const order = new Uint8Array(20).fill(9);
const PROGRESS = { linesTotal: 4, layersTotal: 4, moveIndex: 0, resends: 0, elapsedMs: 0, leftMs: 0 };

/** A print in four parts; the machine asks for `parts` of them and ends. */
function printed(parts: number, outcome: 'finished' | 'failed') {
  const random = { bytes: (length: number) => new Uint8Array(length).fill(5) };
  const facts = {
    job,
    attempt: 1,
    copy: 1,
    machine: machine.publicKey,
    gcodeHash,
    lines: 4,
    layerStarts: [0],
  };
  const file = { ends, read: (from: number, to: number) => ok(gcode.slice(from, to)) };
  const releaser = new StreamReleaser({ file, key: sha256(job), facts, random, aead: portableAead });
  const reader = unwrap(
    StreamReader.open({
      grant: releaser.grant,
      machineSecret: machine.secretKey,
      expected: { job, copy: 1, gcodeHash },
      aead: portableAead,
    }),
  );
  const recorder = new TelemetryRecorder({
    job,
    copy: 1,
    gcodeHash,
    startedS: 1,
    secretKey: machine.secretKey,
  });
  const position = { positionMm: { x: 0, y: 0, z: 0 } };
  const words = Array.from({ length: parts }, (_, part) => {
    const progress = { ...PROGRESS, ...position, layer: part + 1, linesAcknowledged: part };
    recorder.record({ type: 'progress', progress }, part * 1_000);
    const request = reader.request(part, recorder.head);
    unwrap(reader.take(unwrap(releaser.release(request))));
    return request;
  });
  const end = { ...PROGRESS, ...position, layer: parts, linesAcknowledged: parts };
  recorder.end({ outcome, progress: end, filamentUm: 0 }, 9_000);
  const entries: Bytes[] = recorder.take().entries.map(encodeRecord);
  return { header: releaser.grant.header, words, entries };
}

const groundOf = (entries: readonly Bytes[], begun = 1): ReleaseGround => ({
  chainId: 'test-1',
  order,
  machineKey: machine.publicKey,
  gcodeHash,
  begun: new Map([[1, begun]]),
  records: entries.length === 0 ? [] : [{ copy: 1, entries }],
});

function said({ header, words }: Omit<ReturnType<typeof printed>, 'entries'>): Bytes {
  return encodeReleaseFile({ chainId: 'test-1', order, streams: [{ header, words }] });
}

test('a machine that tells one story is believed, whether it finished or not, and while it has not reported', () => {
  for (const [parts, outcome] of [
    [4, 'finished'],
    [2, 'failed'],
    [0, 'failed'],
  ] as const) {
    const story = printed(parts, outcome);
    expect(checkRelease(said(story), groundOf(story.entries))).toContain(`${parts} times`);
  }
  expect(checkRelease(said(printed(2, 'failed')), groundOf([]))).toContain('no record on the chain yet of 1');
});

test('a second story is found: another record, a shorter one, a finished print of half a file, an attempt beyond the chain', () => {
  const [honest, other] = [printed(3, 'failed'), printed(2, 'finished')];
  const missing = /when it asked for part 3 is not in the record that it exports/;
  expect(() => checkRelease(said(honest), groundOf(other.entries))).toThrow(missing);
  const short = [...honest.entries.slice(0, 3), ...honest.entries.slice(-1)];
  expect(() => checkRelease(said(honest), groundOf(short))).toThrow(missing);
  const half = /says finished, and its designer gave 2 of 4 parts/;
  expect(() => checkRelease(said(other), groundOf(other.entries))).toThrow(half);
  expect(() => checkRelease(said(honest), groundOf(honest.entries, 0))).toThrow(/not have it as begun/);
});

test('what nobody signed, and what is of another order, machine or file, counts for nothing', () => {
  const story = printed(3, 'failed');
  const ground = groundOf(story.entries);
  const [word] = story.words;
  for (const words of [
    story.words.map((one) => ({ ...one, done: one.done + 1 })),
    story.words.map((one) => ({ ...one, signature: new Uint8Array(64).fill(1) })),
    [...story.words].reverse(),
    word === undefined ? [] : [word, word],
  ])
    expect(() => checkRelease(said({ ...story, words }), ground)).toThrow();
  for (const other of [
    { chainId: 'test-2' },
    { order: new Uint8Array(20) },
    { machineKey: createKeyPair(job).publicKey },
    { gcodeHash: job },
  ])
    expect(() => checkRelease(said(story), { ...ground, ...other })).toThrow();
});

test('is read strictly, and never throws otherwise', () => {
  const file = said(printed(3, 'failed'));
  expect(encodeReleaseFile(unwrap(parseReleaseFile(file)))).toEqual(file);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(parseReleaseFile(bytes).ok).toBe(false);
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: file.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const bent = file.slice();
        bent[at] = (bent[at] ?? 0) ^ change;
        const parsed = parseReleaseFile(bent);
        if (parsed.ok) expect(encodeReleaseFile(parsed.value)).toEqual(bent);
      },
    ),
  );
});
