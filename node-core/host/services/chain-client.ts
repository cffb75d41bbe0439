// How the console uses the chain: it signs and submits transactions one after another per account, and believes only
// what its light node proved. Every value it hands on was verified at a height, or is a fault.

import type { z } from 'zod';
import type { Bytes, Fault, Log, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, equalBytes, ok, refuse } from '../../base/index.ts';
import type { Engine, TxInclusion } from '../../chain/index.ts';
import {
  AccountState,
  accountKey,
  buildTx,
  EMPTY_ACCOUNT,
  IndexEntry,
  IndexLength,
  type IndexName,
  indexEntryKey,
  indexLengthKey,
  ParamsState,
  paramsKey,
  parseState,
} from '../../chain/index.ts';
import type { Message } from '../../chain/messages.ts';
import type { Address, KeyPair } from '../../identity/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';

/** A transaction that is not in a block after this many heights never will be. */
const EXPIRY_BLOCKS = 1000;
/** What honest nodes of one network may differ by: twice the drift of clocks and the lag between nodes. */
const BEHIND_S_MAX = 30;

/** A value as the light node proved it. */
export type Proven<T> = { readonly value: T; readonly height: bigint };

export type ChainClient = ReturnType<typeof createChainClient>;

export type ChainClientParts = {
  readonly engine: Engine;
  readonly light: LightNode;
  readonly database: Sqlite;
  readonly bus: EventBus;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Called for each proof that the light node checked. */
  readonly onProof: () => void;
};

type Reader = ReturnType<typeof createReader>;

type ProvenBytes = Result<Proven<Bytes | undefined>>;

/** Proven values kept of the latest height: pages ask for the same ones again and again between two blocks. */
const PROVEN_KEPT_MAX = 10_000;

/**
 * Asks `prove` once for each key of a height; a new height begins anew. Callers that ask at the same time share one
 * answer, and a refusal is not kept.
 */
export function createProvenCache(prove: (key: Bytes, height: bigint) => Promise<ProvenBytes>) {
  let heightKept = -1n;
  let kept = new Map<string, Promise<ProvenBytes>>();
  return (key: Bytes, height: bigint): Promise<ProvenBytes> => {
    if (height < heightKept) return prove(key, height);
    if (height > heightKept || kept.size >= PROVEN_KEPT_MAX) kept = new Map();
    heightKept = height;
    const values = kept;
    const name = bytesToHex(key);
    const known = values.get(name);
    if (known !== undefined) return known;
    const proven = prove(key, height);
    values.set(name, proven);
    const forget = () => void values.delete(name);
    proven.then((result) => {
      if (!result.ok) forget();
    }, forget);
    return proven;
  };
}

/** Proven reads. */
function createReader({ engine, light, onProof }: ChainClientParts) {
  const prove = async (key: Bytes, height: bigint): Promise<ProvenBytes> => {
    const answer = await engine.query(key, height);
    if (!answer.ok) return answer;
    if (!equalBytes(answer.value.key, key)) return refuse(chainClientFault('client.answer.other-key'));
    // Of an older state everything can be proved too: balances that were spent, lists that were shorter.
    if (answer.value.height !== height) {
      const data = { asked: Number(height), given: Number(answer.value.height) };
      return refuse(chainClientFault('client.answer.other-height', data));
    }
    const verified = await light.verifyState(answer.value);
    if (!verified.ok) return verified;
    onProof();
    return ok({ value: answer.value.value, height: answer.value.height });
  };
  const readProven = createProvenCache(prove);
  /** The latest height that the header after it already commits to. */
  const provableHeight = () => engine.status().height - 1n;

  /** A node that keeps the newest blocks back would show the past as the present. Our own engine has nobody to hide from. */
  const behind = (): Fault | undefined => {
    const status = engine.status();
    const latest = status.engine === 'solo' ? undefined : light.status().latest;
    const behindS = latest === undefined ? 0 : Number(latest.time.seconds - status.time.seconds);
    if (behindS <= BEHIND_S_MAX) return undefined;
    return chainClientFault('client.node.behind', {
      height: Number(status.height),
      verified: Number(latest?.height ?? 0n),
    });
  };

  /** The raw value under a key, proven present or absent at the latest height whose successor header is there. */
  const readBytes = async (key: Bytes, height?: bigint): Promise<ProvenBytes> => {
    const late = height === undefined ? behind() : undefined;
    return late === undefined ? readProven(key, height ?? provableHeight()) : refuse(late);
  };

  async function read<S extends z.ZodType>(
    schema: S,
    key: Bytes,
    height?: bigint,
  ): Promise<Result<Proven<z.infer<S>> | undefined>> {
    const answer = await readBytes(key, height);
    if (!answer.ok) return answer;
    if (answer.value.value === undefined) return ok(undefined);
    const parsed = parseState(schema, answer.value.value);
    if (!parsed.ok) return parsed;
    return ok({ value: parsed.value, height: answer.value.height });
  }

  /** All ids of an index at one height; complete, since its length is proven too. */
  async function list(index: IndexName, scope?: Bytes): Promise<Result<Bytes[]>> {
    const late = behind();
    if (late !== undefined) return refuse(late);
    const height = provableHeight();
    const length = await read(IndexLength, indexLengthKey(index, scope), height);
    if (!length.ok) return length;
    const ids: Bytes[] = [];
    for (let position = 0n; position < (length.value?.value.length ?? 0n); position++) {
      const entry = await read(IndexEntry, indexEntryKey(index, position, scope), height);
      if (!entry.ok) return entry;
      if (entry.value === undefined) return refuse(chainClientFault('client.list.incomplete'));
      ids.push(entry.value.value.id);
    }
    return ok(ids);
  }

  async function account(address: Address): Promise<Result<Proven<AccountState>>> {
    const found = await read(AccountState, accountKey(address));
    if (!found.ok) return found;
    return ok(found.value ?? { value: EMPTY_ACCOUNT, height: provableHeight() });
  }

  async function params(): Promise<Result<ParamsState>> {
    const found = await read(ParamsState, paramsKey());
    if (!found.ok) return found;
    return found.value === undefined
      ? refuse(chainClientFault('client.list.incomplete'))
      : ok(found.value.value);
  }

  return { readBytes, read, list, account, params };
}

export function createChainClient(parts: ChainClientParts) {
  const { engine, light, database } = parts;
  const reader: Reader = createReader(parts);
  const queues = new Map<string, Promise<unknown>>();
  const anchors = createAnchors(database, parts.nowMs);

  async function prove(inclusion: TxInclusion): Promise<Result<TxInclusion>> {
    const proven = await light.verifyTx(inclusion);
    if (!proven.ok) return proven;
    parts.onProof();
    anchors.markVerified(bytesToHex(inclusion.hash));
    parts.bus.changed('orders');
    return ok(inclusion);
  }

  async function submitNow(
    signer: KeyPair,
    message: Message,
    sponsor?: KeyPair,
  ): Promise<Result<TxInclusion>> {
    const state = await reader.account(signer.address);
    if (!state.ok) return state;
    const rules = await reader.params();
    if (!rules.ok) return rules;
    const status = engine.status();
    const tx = buildTx({
      chainId: status.chainId,
      key: signer,
      seq: state.value.value.seq,
      expiry: Number(status.height) + EXPIRY_BLOCKS,
      feeMicro: rules.value.minimumFeeMicro,
      message,
      ...(sponsor === undefined ? {} : { sponsor }),
    });
    const included = await engine.submit(tx);
    return included.ok ? prove(included.value) : included;
  }

  return {
    ...reader,
    anchors,
    status: () => engine.status(),
    /**
     * Signs, submits and proves one message; resolves when the light node verified its inclusion and its result. One at
     * a time per signer, so that sequence numbers follow each other.
     */
    submit(signer: KeyPair, message: Message, sponsor?: KeyPair): Promise<Result<TxInclusion>> {
      const name = addressToText(signer.address);
      const before = queues.get(name) ?? Promise.resolve();
      const next = () => submitNow(signer, message, sponsor);
      const mine = before.then(next, next);
      queues.set(name, mine);
      return mine;
    },
    /** Proves a transaction that was only seen in a block, for instance after a restart. */
    async proveByHash(txHash: Bytes): Promise<Result<TxInclusion>> {
      const found = await engine.txByHash(txHash);
      return found.ok ? prove(found.value) : found;
    },
  };
}

export const chainClientFault = defineFaults('client', {
  'client.answer.other-key': {
    message: 'The node answered a question that was not asked.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
  'client.answer.other-height': {
    message: 'The node was asked for the state of block {asked} and gave that of block {given}.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
  'client.node.behind': {
    message: 'The node is at block {height}, while block {verified} is already verified: it shows the past.',
    next: 'Wait until it caught up, or connect to another node.',
  },
  'client.list.incomplete': {
    message: 'The node left out an entry of a list whose length it proved.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
});

export type Anchors = ReturnType<typeof createAnchors>;

type AnchorRow = {
  tx_hash: string;
  height: number;
  time_s: number;
  signer: string;
  verified_ms: number | null;
};

/** Transactions seen in blocks, and which of them the light node proved. */
function createAnchors(database: Sqlite, nowMs: () => number) {
  const insert = database.prepare(
    'INSERT INTO anchors (tx_hash, height, time_s, signer) VALUES (?, ?, ?, ?) ON CONFLICT (tx_hash) DO NOTHING',
  );
  const select = database.prepare<[string], AnchorRow>('SELECT * FROM anchors WHERE tx_hash = ?');
  const mark = database.prepare(
    'UPDATE anchors SET verified_ms = ? WHERE tx_hash = ? AND verified_ms IS NULL',
  );
  /** Proved before the index had seen their block. */
  const early = new Set<string>();
  return {
    record(txHash: string, height: number, timeS: number, signer: string): void {
      insert.run(txHash, height, timeS, signer);
      if (early.delete(txHash)) mark.run(nowMs(), txHash);
    },
    markVerified(txHash: string): void {
      if (select.get(txHash) === undefined) early.add(txHash);
      else mark.run(nowMs(), txHash);
    },
    get: (txHash: string): AnchorRow | undefined => select.get(txHash),
    unverified: (): string[] =>
      (database.prepare('SELECT tx_hash FROM anchors WHERE verified_ms IS NULL').all() as AnchorRow[]).map(
        (row) => row.tx_hash,
      ),
  };
}
