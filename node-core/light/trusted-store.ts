// Verified light blocks, kept over restarts: one key per height in a KvStore. Holds only what was verified; reading
// trusts the disk, as far as the block's own hash goes. The newest blocks, the root and pinned ones stay, others go.

import { z } from 'zod';
import type { Bytes, Fault, KvStore } from '../base/index.ts';
import {
  assert,
  bytesToHex,
  bytesToU64,
  concatBytes,
  encodeCbor,
  equalBytes,
  parseCbor,
  u64ToBytes,
  utf8ToBytes,
} from '../base/index.ts';
import type { LightBlock } from '../comet/index.ts';
import { encodeLightBlock, headerHash, parseLightBlock } from '../comet/index.ts';
import { lightFault } from './faults.ts';
import type { TrustRoot } from './verify.ts';

/** As in CometBFT's light client. */
export const STORED_BLOCKS_MAX = 1000;
const PINNED = Uint8Array.of(1);

const attackSummary = z.strictObject({
  kind: z.enum(['lunatic', 'equivocation', 'amnesia']),
  height: z.string(),
  commonHeight: z.string(),
  primary: z.string(),
  primaryHash: z.string(),
  witness: z.string(),
  witnessHash: z.string(),
  culprits: z.array(z.string()),
  reportedTo: z.array(z.string()),
  seenMs: z.number(),
});
/** What a person needs to know of an attack, kept over restarts. Heights in decimal, hashes and addresses in hexadecimal. */
export type AttackSummary = Readonly<z.infer<typeof attackSummary>>;

const haltRecord = z.strictObject({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  attack: attackSummary.optional(),
});
export type Halt = { readonly fault: Fault; readonly attack: AttackSummary | undefined };
/**
 * `chosen`: by a person, so it stands against the root that the program was `given` (its hash), until the program is
 * given another one.
 */
export type StoredRoot = TrustRoot & { readonly chosen: boolean; readonly given: Bytes };

export type TrustedStore = {
  get(height: bigint): LightBlock | undefined;
  latest(): LightBlock | undefined;
  /** The nearest stored block below, or above, a height. */
  below(height: bigint): LightBlock | undefined;
  above(height: bigint): LightBlock | undefined;
  root(): StoredRoot | undefined;
  halted(): Halt | undefined;
  count(): number;
  /** Saves verified blocks and prunes, in one batch. */
  save(blocks: readonly LightBlock[]): void;
  /** Keeps these heights for good. */
  pin(heights: readonly bigint[]): void;
  halt(halt: Halt): void;
  /** Forgets everything, remembered state included, and begins at another root. */
  reset(root: StoredRoot, block: LightBlock): void;
};

/** Where a light node's entries of one kind lie; without a kind, all of them. */
export const lightArea = (chainId: string, name = ''): Bytes =>
  utf8ToBytes(`light/${bytesToHex(utf8ToBytes(chainId))}/${name === '' ? '' : `${name}/`}`);

export function createTrustedStore(kv: KvStore, chainId: string, storedMax: number): TrustedStore {
  const [blocks, pins] = [lightArea(chainId, 'block'), lightArea(chainId, 'pin')];
  const meta = lightArea(chainId, 'meta');
  const blockKey = (height: bigint) => concatBytes(blocks, u64ToBytes(height));
  const pinKey = (height: bigint) => concatBytes(pins, u64ToBytes(height));
  const rootKey = concatBytes(meta, utf8ToBytes('root'));
  const haltKey = concatBytes(meta, utf8ToBytes('halt'));

  const read = (key: Bytes, value: Bytes | undefined): LightBlock | undefined => {
    if (value === undefined) return undefined;
    const parsed = parseLightBlock(value);
    const height = bytesToU64(key.subarray(blocks.length));
    // A damaged record is as good as none: the block is fetched and verified again.
    if (!parsed.ok || parsed.value.header.height !== height) return undefined;
    const { header, commit } = parsed.value;
    return equalBytes(headerHash(header), commit.blockId.hash) ? parsed.value : undefined;
  };
  const firstOf = (options: { after?: Bytes; reverse?: boolean }): LightBlock | undefined => {
    for (const [key, value] of kv.list(blocks, options)) {
      const block = read(key, value);
      if (block !== undefined) return block;
    }
    return undefined;
  };
  // Read once: this is the only writer, and listing a thousand blocks at every save would cost more than the save.
  let known: Set<bigint> | undefined;
  const heights = (): Set<bigint> => {
    known ??= new Set([...kv.list(blocks)].map(([key]) => bytesToU64(key.subarray(blocks.length))));
    return known;
  };

  // A page reads dozens of values under one block; parsing a block of a hundred validators takes longer than a proof.
  let newest: LightBlock | undefined;
  let lastRead: LightBlock | undefined;
  const forgetRead = () => {
    [newest, lastRead] = [undefined, undefined];
  };
  const get = (height: bigint): LightBlock | undefined => {
    if (lastRead?.header.height !== height) lastRead = read(blockKey(height), kv.get(blockKey(height)));
    return lastRead;
  };

  const root = () => parseRoot(chainId, kv.get(rootKey));

  /** Heights to delete, oldest first, so that the limit holds. */
  const surplus = (): bigint[] => {
    const excess = heights().size - storedMax;
    if (excess <= 0) return [];
    const rootHeight = root()?.height;
    return [...heights()]
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, excess)
      .filter((height) => height !== rootHeight && kv.get(pinKey(height)) === undefined);
  };

  return {
    get,
    latest: () => {
      newest ??= firstOf({ reverse: true });
      return newest;
    },
    below: (height) => firstOf({ after: blockKey(height), reverse: true }),
    above: (height) => firstOf({ after: blockKey(height) }),
    root,
    halted: () => parseHalt(kv.get(haltKey)),
    count: () => heights().size,
    save(added) {
      forgetRead();
      for (const { header } of added) heights().add(header.height);
      const old = surplus();
      for (const height of old) heights().delete(height);
      kv.apply([
        ...added.map((block) => [blockKey(block.header.height), encodeLightBlock(block)] as const),
        ...old.map((height) => [blockKey(height), undefined] as const),
      ]);
    },
    pin(pinned) {
      kv.apply(pinned.map((height) => [pinKey(height), PINNED] as const));
    },
    halt: (halt) => kv.apply([[haltKey, encodeHalt(halt)]]),
    reset(newRoot, block) {
      assert(newRoot.height === block.header.height, 'a root comes with its own block');
      forgetRead();
      const old = [...kv.list(lightArea(chainId))].map(([key]) => [key, undefined] as const);
      kv.apply([
        ...old,
        [rootKey, encodeCbor([newRoot.height, newRoot.hash, newRoot.chosen, newRoot.given])],
        [blockKey(block.header.height), encodeLightBlock(block)],
      ]);
      known = new Set([block.header.height]);
    },
  };
}

function parseRoot(chainId: string, bytes: Bytes | undefined): StoredRoot | undefined {
  const value = parseCbor(bytes ?? new Uint8Array(0));
  if (!Array.isArray(value)) return undefined;
  const [height, hash, chosen, given] = value;
  if (!(hash instanceof Uint8Array) || (typeof height !== 'number' && typeof height !== 'bigint'))
    return undefined;
  return {
    chainId,
    height: BigInt(height),
    hash,
    chosen: chosen === true,
    given: given instanceof Uint8Array ? given : hash,
  };
}

function encodeHalt({ fault, attack }: Halt): Bytes {
  const { code, message, next, data } = fault;
  const plain = { code, message, next, data: { ...data } };
  if (attack === undefined) return encodeCbor(plain);
  const { culprits, reportedTo } = attack;
  return encodeCbor({
    ...plain,
    attack: { ...attack, culprits: [...culprits], reportedTo: [...reportedTo] },
  });
}

function parseHalt(bytes: Bytes | undefined): Halt | undefined {
  if (bytes === undefined) return undefined;
  const parsed = haltRecord.safeParse(parseCbor(bytes));
  // A damaged record still says that something was wrong.
  if (!parsed.success) return { fault: lightFault('light.halted'), attack: undefined };
  const { attack, ...fault } = parsed.data;
  return { fault, attack };
}
