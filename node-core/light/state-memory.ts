// What the state's proofs showed last, kept over restarts: for each key its value, the proof and the header that the proof
// leads to. Checked again whenever it is read; like the trusted store it takes the disk's word that a header in it was
// verified. Written behind, in batches that hold whole lists, so that a crash loses moments and never half a list.

import type { Bytes, Clock, KvStore } from '../base/index.ts';
import {
  bytesToHex,
  bytesToU64,
  concatBytes,
  encodeCbor,
  equalBytes,
  hexToBytes,
  parseCbor,
  u64ToBytes,
} from '../base/index.ts';
import type { StateProof } from '../chain/types.ts';
import type { Header, LightBlock } from '../comet/index.ts';
import { encodeLightBlock, headerHash, parseLightBlock } from '../comet/index.ts';
import { verifyStateProof } from './inclusion.ts';
import { lightArea } from './trusted-store.ts';

/** A catalogue of thousands of models beside an account's orders: at most some 60 MB on disk. */
export const STATES_MAX = 20_000;
/** Writing waits for the disk, so it is done seldom; what a crash loses is read anew. */
const WRITE_INTERVAL_MS = 2000;
const HEIGHT_SIZE_BYTES = 8;

/** A value as some earlier block proved it. */
export type RememberedState = { readonly proof: StateProof; readonly header: Header };

/** A proven value with the block that carries the hash of its state. */
export type ProvenState = { readonly proof: StateProof; readonly next: LightBlock };

export class StateMemory {
  readonly #store: KvStore;
  readonly #clock: Clock;
  readonly #statesMax: number;
  readonly #states: Bytes;
  readonly #headers: Bytes;
  /** Height of each kept value, by key in hexadecimal; read once. */
  #heights: Map<string, bigint> | undefined;
  #unwritten = new Map<string, ProvenState>();
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(store: KvStore, chainId: string, clock: Clock, statesMax = STATES_MAX) {
    this.#store = store;
    this.#clock = clock;
    this.#statesMax = statesMax;
    this.#states = lightArea(chainId, 'state');
    this.#headers = lightArea(chainId, 'state-header');
  }

  /**
   * Keeps verified values in place of older ones of their keys; those given together are kept together. More at once than
   * half of the room are not kept: they would push out everything else.
   */
  keep(proven: readonly ProvenState[]): void {
    if (proven.length > this.#statesMax / 2) return;
    for (const one of proven) {
      const name = bytesToHex(one.proof.key);
      const known = this.#unwritten.get(name)?.proof.height ?? this.#known().get(name) ?? -1n;
      if (one.proof.height > known) this.#unwritten.set(name, one);
    }
    this.writeIfDue();
  }

  /** The newest value that was proven under a key, verified against its header once more. */
  recall(key: Bytes): RememberedState | undefined {
    const unwritten = this.#unwritten.get(bytesToHex(key));
    if (unwritten !== undefined) return { proof: unwritten.proof, header: unwritten.next.header };
    const stored = this.#store.get(concatBytes(this.#states, key));
    if (stored === undefined) return undefined;
    const proof = parseProof(key, stored);
    const header = proof === undefined ? undefined : this.#header(proof.height + 1n);
    if (proof === undefined || header === undefined) return undefined;
    return verifyStateProof(header, proof).ok ? { proof, header } : undefined;
  }

  writeIfDue(): void {
    if (this.#clock.monotonicMs() - this.#writtenMs >= WRITE_INTERVAL_MS) this.write();
  }

  /** Puts on disk what is not there yet. */
  write(): void {
    this.#writtenMs = this.#clock.monotonicMs();
    if (this.#unwritten.size === 0) return;
    const heights = this.#known();
    const written = [...this.#unwritten];
    const touched = new Set<bigint>();
    for (const [name, { proof }] of written) {
      touched.add(heights.get(name) ?? proof.height);
      heights.set(name, proof.height);
    }
    const forgotten = this.#forgetOldest(touched);
    const isForgotten = new Set(forgotten);
    const kept = written.filter(([name]) => !isForgotten.has(name));
    const needed = new Set(heights.values());
    const blocks = new Map(kept.map(([, { next }]) => [next.header.height, next]));
    // Read anew, should the disk refuse.
    this.#heights = undefined;
    this.#store.apply([
      ...[...blocks].map(([height, block]) => [this.#headerKey(height), encodeHeader(block)] as const),
      ...kept.map(([, { proof }]) => [concatBytes(this.#states, proof.key), encodeProof(proof)] as const),
      ...forgotten.map((name) => [concatBytes(this.#states, hexToBytes(name)), undefined] as const),
      ...[...touched]
        .filter((height) => !needed.has(height))
        .map((height) => [this.#headerKey(height + 1n), undefined] as const),
    ]);
    this.#heights = heights;
    this.#unwritten = new Map();
  }

  /** The store was emptied: nothing of before may come back. */
  clear(): void {
    this.#unwritten = new Map();
    this.#heights = undefined;
  }

  /** Makes room, whole heights at a time, so that no list loses a part. Returns the keys to delete. */
  #forgetOldest(touched: Set<bigint>): string[] {
    const heights = this.#known();
    if (heights.size <= this.#statesMax) return [];
    const oldestFirst = [...heights].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
    const excess = heights.size - this.#statesMax;
    const last = oldestFirst[excess - 1]?.[1] ?? 0n;
    const forgotten = oldestFirst.filter(([, height]) => height <= last).map(([name]) => name);
    for (const name of forgotten) {
      touched.add(heights.get(name) ?? 0n);
      heights.delete(name);
    }
    return forgotten;
  }

  #known(): Map<string, bigint> {
    if (this.#heights !== undefined) return this.#heights;
    const heights = new Map<string, bigint>();
    for (const [key, value] of this.#store.list(this.#states))
      heights.set(bytesToHex(key.subarray(this.#states.length)), heightOf(value) ?? -1n);
    this.#heights = heights;
    return heights;
  }

  #headerKey(height: bigint): Bytes {
    return concatBytes(this.#headers, u64ToBytes(height));
  }

  #header(height: bigint): Header | undefined {
    const stored = this.#store.get(this.#headerKey(height));
    const parsed = stored === undefined ? undefined : parseLightBlock(stored);
    if (parsed === undefined || !parsed.ok) return undefined;
    const { header, commit } = parsed.value;
    return equalBytes(headerHash(header), commit.blockId.hash) ? header : undefined;
  }
}

/** The header with the hash that was signed; its signatures were checked when it was verified. */
const encodeHeader = ({ header, commit }: LightBlock): Bytes =>
  encodeLightBlock({ header, commit: { ...commit, signatures: [] }, validators: [] });

/** The height stands before the rest, so that it can be read alone. */
const encodeProof = ({ height, value, proof }: StateProof): Bytes =>
  concatBytes(u64ToBytes(height), encodeCbor([value ?? null, proof]));

const heightOf = (stored: Bytes): bigint | undefined =>
  stored.length < HEIGHT_SIZE_BYTES ? undefined : bytesToU64(stored.subarray(0, HEIGHT_SIZE_BYTES));

function parseProof(key: Bytes, stored: Bytes): StateProof | undefined {
  const height = heightOf(stored);
  const parts = height === undefined ? undefined : parseCbor(stored.subarray(HEIGHT_SIZE_BYTES));
  if (height === undefined || !Array.isArray(parts)) return undefined;
  const [value, proof] = parts;
  if (!(proof instanceof Uint8Array) || !(value === null || value instanceof Uint8Array)) return undefined;
  return { height, key, value: value ?? undefined, proof };
}
