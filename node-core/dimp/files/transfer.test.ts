// Files from one store to another through a station that may be away, cut every line, and be hostile: whatever it does,
// the receiver ends with the file that was sent or with a refusal, and a transfer that is begun again goes on.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, concatBytes, ok, refuse, sha256, u64ToBytes, unwrap } from '../../base/index.ts';
import { blockId } from '../../content/index.ts';
import { nativeSha256 } from '../../host/adapters/system.ts';
import { openFile, parseContent, symmetricKeyToJson } from '../index.ts';
import {
  type BlockCarrier,
  encodeManifest,
  FILE_CHUNK_BYTES,
  fetchFileBlocks,
  fileBlocks,
  fileFault,
  openFromStore,
  parseManifest,
  type SealedFile,
  sealIntoStore,
  sendFileBlocks,
  type TransferEnd,
  type TransferParts,
  writeFileContent,
} from './index.ts';

const crypto = { sha256: nativeSha256 };
const C = FILE_CHUNK_BYTES;

function seededRandom(seed: number) {
  let counter = 0n;
  const bytes = (length: number): Bytes => {
    const made = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sha256(concatBytes(u64ToBytes(BigInt(seed)), u64ToBytes(counter++)));
      made.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return made;
  };
  return { bytes, below: (n: number) => ((bytes(4)[0] ?? 0) * 256 + (bytes(1)[0] ?? 0)) % n };
}

function createStore() {
  const blocks = new Map<string, Bytes>();
  return {
    blocks,
    put: (id: string, block: Bytes) => void blocks.set(id, block),
    get: (id: string) => blocks.get(id),
    has: (id: string) => blocks.has(id),
  };
}
type Store = ReturnType<typeof createStore>;

/** A file that compresses badly where it matters: each chunk begins with other bytes. */
function fileOf(length: number, seed = 1): Bytes {
  const file = new Uint8Array(length);
  for (let at = 0; at < length; at += 97) file[at] = (at * 31 + seed * 17) & 255;
  return file;
}

const honest = (store: Store): BlockCarrier => ({
  missing: async (ids) => ok(ids.filter((id) => !store.has(id))),
  put: async (id, block) => ok(store.put(id, block)),
  async get(id) {
    const block = store.get(id);
    return block === undefined ? refuse(fileFault('transfer.gone')) : ok(block);
  },
});

function partsOf(store: Store, carrier: BlockCarrier, more: Partial<TransferParts> = {}): TransferParts {
  return {
    carrier,
    store,
    crypto,
    clock: { sleep: async () => undefined },
    random: seededRandom(7),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onWaiting: () => undefined,
    ...more,
  };
}

async function seal(store: Store, file: Bytes, seed = 3): Promise<SealedFile> {
  return unwrap(await sealIntoStore({ file, store, random: seededRandom(seed), crypto }));
}

const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);

describe('a file', () => {
  it('comes out as it went in, at every boundary of blocks and chunks', async () => {
    for (const size of [1, 15, 16, 17, C - 1, C, C + 1, 2 * C, 2 * C + 5]) {
      const [mine, station, theirs] = [createStore(), createStore(), createStore()];
      const file = fileOf(size);
      const { id, secret } = await seal(mine, file);
      const progress: number[] = [];
      const onProgress = (done: number) => void progress.push(done);
      expect(unwrap(await sendFileBlocks(id, partsOf(mine, honest(station), { onProgress })))).toBe('done');
      expect(progress.at(-1)).toBe(Math.floor(size / C) + 1);
      expect([...station.blocks.keys()].sort()).toEqual([...fileBlocks(id, station, crypto)].sort());
      expect(unwrap(await fetchFileBlocks(id, size, partsOf(theirs, honest(station))))).toBe('done');
      const opened = unwrap(await openFromStore({ id, secret, store: theirs, crypto }));
      expect(bytesToHex(sha256(opened))).toBe(bytesToHex(sha256(file)));
    }
  });

  it('is what other programs decrypt with the key and IV of the message', async () => {
    const store = createStore();
    const file = fileOf(2 * C + 123);
    const { id, secret } = await seal(store, file);
    const whole = concatBytes(
      ...fileBlocks(id, store, crypto)
        .slice(1)
        .map((one) => store.get(one) ?? new Uint8Array()),
    );
    const place = { at: 'blocks', id, secret } as const;
    const { fields } = writeFileContent({ name: 'a.bin', kind: 'file', sizeBytes: file.length, place });
    const content = unwrap(parseContent({ type: 16, sn: 1, ...fields }));
    expect(content.json['key']).toEqual(symmetricKeyToJson({ algorithm: 'AES', secret: secret.key }));
    expect(bytesToHex(sha256(unwrap(openFile(whole, content))))).toBe(bytesToHex(sha256(file)));
  });

  it('has limits at both ends', async () => {
    const store = createStore();
    const random = seededRandom(1);
    const empty = await sealIntoStore({ file: new Uint8Array(), store, random, crypto });
    const large = new Uint8Array(100 * 1024 * 1024 + 1);
    expect([codeOf(empty), codeOf(await sealIntoStore({ file: large, store, random, crypto }))]).toEqual([
      'transfer.empty',
      'transfer.large',
    ]);
    expect(store.blocks.size).toBe(0);
  });

  it('is not opened with another key, nor as another file', async () => {
    const store = createStore();
    const { id, secret } = await seal(store, fileOf(C + 9));
    const other = await seal(store, fileOf(C + 9, 2), 4);
    for (const wrong of [
      { ...secret, key: other.secret.key },
      { ...secret, iv: other.secret.iv },
      { ...secret, sha256: other.secret.sha256 },
    ])
      expect(codeOf(await openFromStore({ id, secret: wrong, store, crypto }))).toBe('transfer.altered');
    expect(codeOf(await openFromStore({ id: other.id, secret, store, crypto }))).toBe('transfer.altered');
  });
});

describe('a manifest', () => {
  it('of strangers is bounded and agrees with itself', () => {
    const chunk = blockId('raw', new Uint8Array(1), crypto);
    const read = (manifest: { sizeBytes: number; chunks: readonly string[] }) => {
      const block = encodeManifest(manifest);
      return codeOf(parseManifest(blockId('record', block, crypto), block, crypto));
    };
    expect(read({ sizeBytes: 16, chunks: [chunk] })).toBe('ok');
    for (const manifest of [
      { sizeBytes: 16, chunks: [] },
      { sizeBytes: 16, chunks: [chunk, chunk] },
      { sizeBytes: 15, chunks: [chunk] },
      { sizeBytes: 17, chunks: [chunk] },
      { sizeBytes: 0, chunks: [] },
      { sizeBytes: 16, chunks: ['../../etc/passwd'] },
      { sizeBytes: 2 ** 40, chunks: [chunk] },
    ])
      expect(read(manifest)).toBe('transfer.malformed');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const block = new Uint8Array(bytes);
        expect(parseManifest(blockId('record', block, crypto), block, crypto).ok).toBe(false);
        expect(codeOf(parseManifest(chunk, block, crypto))).toMatch(/^transfer\.(altered|malformed)$/);
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

/** What a hostile station does with a request for a block. */
const TRICKS = ['cut', 'flip', 'shorten', 'empty', 'other chunk', 'other file', 'swap'] as const;

function hostile(
  station: Store,
  foreign: Store,
  random: ReturnType<typeof seededRandom>,
  tricks: number,
): BlockCarrier {
  let left = tricks;
  const away = () => refuse(fileFault('transfer.away', { reason: 'cut' }));
  const pick = (store: Store) =>
    [...store.blocks.values()][random.below(store.blocks.size)] ?? new Uint8Array();
  return {
    async missing(ids) {
      if (left > 0 && random.below(2) === 0) {
        left -= 1;
        return away();
      }
      // Says of some that it has them, and of others that it lacks them, as it likes: never of the file's end.
      return ok(ids.filter((id) => !station.has(id)));
    },
    async put(id, block) {
      if (left > 0 && random.below(3) === 0) {
        left -= 1;
        // Cut after or before it was stored.
        if (random.below(2) === 0) station.put(id, block);
        return away();
      }
      return ok(station.put(id, block));
    },
    async get(id) {
      const block = station.get(id);
      if (block === undefined) return refuse(fileFault('transfer.gone'));
      if (left <= 0 || random.below(2) === 0) return ok(block);
      left -= 1;
      const trick = TRICKS[random.below(TRICKS.length)];
      if (trick === 'cut') return away();
      if (trick === 'shorten') return ok(block.subarray(0, block.length - 16));
      if (trick === 'empty') return ok(new Uint8Array());
      if (trick === 'other chunk' || trick === 'swap') return ok(pick(station));
      if (trick === 'other file') return ok(pick(foreign));
      const changed = block.slice();
      changed[random.below(changed.length)] = 77;
      return ok(changed);
    },
  };
}

describe('a hostile station', () => {
  it('cannot give another file: the transfer ends with the right one or with a refusal, over any number of cuts', async () => {
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const [mine, station, theirs, foreign] = [createStore(), createStore(), createStore(), createStore()];
      const file = fileOf(random.below(3) * C + random.below(40_000) + 1, seed);
      const { id, secret } = await seal(mine, file, seed);
      await seal(foreign, fileOf(C + 5, seed + 1), seed + 1);
      const carrier = hostile(station, foreign, random, 4 + random.below(12));
      expect(unwrap(await sendFileBlocks(id, partsOf(mine, carrier))), `seed ${seed}`).toBe('done');
      const fetched = await fetchFileBlocks(id, file.length, partsOf(theirs, carrier));
      const code = codeOf(fetched);
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      const kept = [...theirs.blocks].filter(([name, block]) => station.get(name) !== block);
      expect(
        kept.map(([name]) => name),
        `seed ${seed}: nothing is kept that is not of the file`,
      ).toEqual([]);
      if (!fetched.ok) expect(code).toBe('transfer.altered');
      // The next attempt goes on from there.
      unwrap(await fetchFileBlocks(id, file.length, partsOf(theirs, honest(station))));
      const opened = unwrap(await openFromStore({ id, secret, store: theirs, crypto }));
      expect(bytesToHex(sha256(opened)), `seed ${seed}`).toBe(secret.sha256);
    }
    // Both ends are reached, so neither is taken for granted.
    expect([...outcomes.keys()].sort()).toEqual(['ok', 'transfer.altered']);
  });

  it('that gives a manifest of another size, or none, is refused', async () => {
    const [station, theirs] = [createStore(), createStore()];
    const file = fileOf(C + 5);
    const { id } = await seal(station, file);
    const parts = partsOf(theirs, honest(station));
    expect(codeOf(await fetchFileBlocks(id, file.length + 100, parts))).toBe('transfer.malformed');
    const unknown = blockId('record', new Uint8Array(3), crypto);
    expect(codeOf(await fetchFileBlocks(unknown, 5, parts))).toBe('transfer.gone');
    const [, second = ''] = fileBlocks(id, station, crypto);
    station.blocks.delete(second);
    expect(codeOf(await fetchFileBlocks(id, file.length, partsOf(theirs, honest(station))))).toBe(
      'transfer.gone',
    );
  });

  it('that refuses for good ends the transfer with its reason', async () => {
    const mine = createStore();
    const { id } = await seal(mine, fileOf(3 * C));
    const full = {
      ...honest(createStore()),
      put: async () => refuse(fileFault('transfer.quota', { limitMb: 1 })),
    };
    const sent = await sendFileBlocks(id, partsOf(mine, full));
    expect(sent).toMatchObject({ fault: { code: 'transfer.quota', data: { limitMb: 1 } } });
  });
});

describe('a transfer', () => {
  it('stopped at any block goes on where it was, and moves nothing twice', async () => {
    for (let stopAfter = 0; stopAfter < 6; stopAfter++) {
      const [mine, station, theirs] = [createStore(), createStore(), createStore()];
      const file = fileOf(4 * C + 10);
      const { id } = await seal(mine, file);
      const moved: string[] = [];
      const counting = (carrier: BlockCarrier, stop: AbortController): BlockCarrier => ({
        ...carrier,
        async put(name, block, signal) {
          if (moved.length >= stopAfter) stop.abort();
          if (stop.signal.aborted) return refuse(fileFault('transfer.away', { reason: 'aborted' }));
          moved.push(name);
          return carrier.put(name, block, signal);
        },
        async get(name, signal) {
          if (moved.length >= stopAfter) stop.abort();
          if (stop.signal.aborted) return refuse(fileFault('transfer.away', { reason: 'aborted' }));
          moved.push(name);
          return carrier.get(name, signal);
        },
      });
      const twice = async (run: (parts: TransferParts) => Promise<Result<TransferEnd>>, store: Store) => {
        moved.length = 0;
        const first = new AbortController();
        const signal = first.signal;
        const ended = await run(partsOf(store, counting(honest(station), first), { signal }));
        expect(unwrap(ended)).toBe('stopped');
        expect(unwrap(await run(partsOf(store, honest(station))))).toBe('done');
        expect(new Set(moved).size).toBe(moved.length);
        expect(moved.length).toBe(stopAfter);
      };
      await twice((parts) => sendFileBlocks(id, parts), mine);
      await twice((parts) => fetchFileBlocks(id, file.length, parts), theirs);
    }
  });

  it('waits while the station is away, says so, and stops waiting when it is paused', async () => {
    const [mine, station] = [createStore(), createStore()];
    const { id } = await seal(mine, fileOf(10));
    let cuts = 3;
    const flaky: BlockCarrier = {
      ...honest(station),
      missing: async (ids) => (cuts-- > 0 ? refuse(fileFault('transfer.away', { reason: 'x' })) : ok(ids)),
    };
    const waiting: (string | undefined)[] = [];
    const onWaiting = (fault: { code: string } | undefined) => void waiting.push(fault?.code);
    unwrap(await sendFileBlocks(id, partsOf(mine, flaky, { onWaiting })));
    expect(waiting).toEqual(['transfer.away', 'transfer.away', 'transfer.away', undefined]);
    const stop = new AbortController();
    const never = { ...flaky, missing: async () => refuse(fileFault('transfer.away', { reason: 'x' })) };
    const clock = { sleep: async () => stop.abort() };
    const ended = await sendFileBlocks(id, partsOf(mine, never, { signal: stop.signal, clock }));
    expect(unwrap(ended)).toBe('stopped');
  });
});
