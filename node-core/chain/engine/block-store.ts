// Where the solo engine keeps its blocks: light blocks, transactions with their results, and the index by transaction
// hash. Entries are made here and written by the application's commit, in one atomic batch with the state.

import type { Bytes, CborValue, Fault, KvStore } from '../../base/index.ts';
import {
  assert,
  bytesToU64,
  concatBytes,
  encodeCbor,
  parseCbor,
  u64ToBytes,
  unwrap,
  utf8ToBytes,
} from '../../base/index.ts';
import type { LightBlock } from '../../comet/index.ts';
import { encodeLightBlock, parseLightBlock } from '../../comet/index.ts';
import type { KvOperation } from '../tree/tree.ts';
import { txHash } from '../tx.ts';
import type { ChainEvent, CommittedBlock, TxOutcome } from '../types.ts';

const LIGHT = utf8ToBytes('el');
const BLOCK = utf8ToBytes('eb');
const TX = utf8ToBytes('et');
/** Up to which height the blocks in which nothing happened were thinned out. */
const THINNED = utf8ToBytes('ep');

/**
 * Headers and commits of this many blocks are all kept: more than the states that can be proven, each of which needs the
 * header after it.
 */
export const HEADERS_KEPT = 50_000n;
/** So that an old store is caught up with, and no block waits for it. */
const THINNED_PER_BLOCK = 4;

/** Heights are int64 in CometBFT. */
const HEIGHT_MAX = 2n ** 63n - 1n;

const at = (prefix: Bytes, height: bigint) => concatBytes(prefix, u64ToBytes(height));

export type TxPlace = { readonly height: bigint; readonly index: number };

export interface BlockStore {
  light(height: bigint): LightBlock | undefined;
  block(height: bigint): CommittedBlock | undefined;
  place(txHash: Bytes): TxPlace | undefined;
  /** The entries of one block, for the batch that commits it. */
  entries(light: LightBlock, block: CommittedBlock): readonly KvOperation[];
  /**
   * What takes header and commit from a few blocks at or below `height` in which nothing happened; their time stays. The
   * first block is the light node's root. Blocks with transactions or events stay whole, with the header after them: what
   * was done and what came of it can be proven for ever, in evidence files too.
   */
  thinOut(height: bigint): readonly KvOperation[];
}

export function createBlockStore(kv: KvStore): BlockStore {
  const light: BlockStore['light'] = (height) => {
    if (height < 1n || height > HEIGHT_MAX) return undefined;
    const stored = kv.get(at(LIGHT, height));
    return stored === undefined ? undefined : unwrap(parseLightBlock(stored));
  };
  const place: BlockStore['place'] = (hash) => {
    const stored = kv.get(concatBytes(TX, hash));
    if (stored === undefined) return undefined;
    const value = parseCbor(stored) as { height: number | bigint; index: number };
    return { height: BigInt(value.height), index: value.index };
  };
  const block: BlockStore['block'] = (height) => {
    if (height < 1n || height > HEIGHT_MAX) return undefined;
    const stored = kv.get(at(BLOCK, height));
    return stored === undefined ? undefined : decodeBlockRecord(stored, height);
  };
  return {
    light,
    place,
    block,
    thinOut: (height) => thinOut(kv, block, height),
    entries(lightBlock, block) {
      const { height } = block;
      const entries: KvOperation[] = [
        [at(LIGHT, height), encodeLightBlock(lightBlock)],
        [at(BLOCK, height), encodeBlockRecord(block)],
      ];
      block.txs.forEach(({ tx }, index) => {
        const hash = txHash(tx);
        // The same bytes may come again and are refused then; the first place is the one that counts.
        if (place(hash) === undefined) entries.push([concatBytes(TX, hash), encodeCbor({ height, index })]);
      });
      return entries;
    },
  };
}

function thinOut(kv: KvStore, block: BlockStore['block'], upTo: bigint): KvOperation[] {
  const stored = kv.get(THINNED);
  const first = (stored === undefined ? 1n : bytesToU64(stored)) + 1n;
  const operations: KvOperation[] = [];
  let height = first;
  for (; height <= upTo && height < first + BigInt(THINNED_PER_BLOCK); height++) {
    const [before, here] = [block(height - 1n), block(height)];
    const isQuiet = before?.txs.length === 0 && here?.txs.length === 0;
    if (isQuiet && before.blockEvents.length === 0 && here.blockEvents.length === 0) {
      operations.push([at(LIGHT, height), undefined]);
    }
  }
  if (height > first) operations.push([THINNED, u64ToBytes(height - 1n)]);
  return operations;
}

type StoredOutcome = {
  code: number;
  data: Bytes;
  gasWanted: number | bigint;
  gasUsed: number | bigint;
  events: readonly ChainEvent[];
  fault: Fault | null;
};

type StoredBlock = {
  /** Seconds and nanoseconds. */
  time: readonly [number | bigint, number];
  txs: readonly { tx: Bytes; outcome: StoredOutcome }[];
  blockEvents: readonly ChainEvent[];
};

function encodeBlockRecord(block: CommittedBlock): Bytes {
  const txs = block.txs.map(({ tx, outcome }) => ({ tx, outcome: outcomeToCbor(outcome) }));
  const { seconds, nanos } = block.time;
  return encodeCbor({ time: [seconds, nanos], txs, blockEvents: block.blockEvents as readonly CborValue[] });
}

function outcomeToCbor({ result, events, fault }: TxOutcome): CborValue {
  const { code, data, gasWanted, gasUsed } = result;
  const kept = fault === undefined ? null : faultToCbor(fault);
  return { code, data, gasWanted, gasUsed, events: events as readonly CborValue[], fault: kept };
}

/** Figures in a fault are for its sentence; those that are no integers are kept as text. */
function faultToCbor(fault: Fault): CborValue {
  const { code, message, next } = fault;
  if (fault.data === undefined) return { code, message, next };
  const data = Object.entries(fault.data).map(([name, value]): [string, CborValue] => {
    const fits = typeof value !== 'number' || Number.isSafeInteger(value);
    return [name, fits ? value : String(value)];
  });
  return { code, message, next, data: Object.fromEntries(data) };
}

function decodeBlockRecord(stored: Bytes, height: bigint): CommittedBlock {
  const record = parseCbor(stored) as StoredBlock | undefined;
  assert(record !== undefined, 'a stored block is well formed');
  const txs = record.txs.map(({ tx, outcome }) => ({ tx, outcome: outcomeFromCbor(outcome) }));
  const [seconds, nanos] = record.time;
  return { height, time: { seconds: BigInt(seconds), nanos }, txs, blockEvents: record.blockEvents };
}

function outcomeFromCbor(stored: StoredOutcome): TxOutcome {
  const { code, data, events, fault } = stored;
  const result = { code, data, gasWanted: BigInt(stored.gasWanted), gasUsed: BigInt(stored.gasUsed) };
  return fault === null ? { result, events } : { result, events, fault };
}
