// How the console uses the chain: it signs and submits transactions one after another per account, and believes only
// what its light node proved. Every value it hands on was verified at a height, or is a fault.

import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { bytesToHex, hexToBytes, ok } from '../../base/index.ts';
import type { Engine, TxInclusion } from '../../chain/index.ts';
import { buildTx } from '../../chain/index.ts';
import type { Message } from '../../chain/messages.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainReader } from './chain-reader.ts';
import { createChainReader, createLiveSource } from './chain-reader.ts';
import type { EventBus } from './event-bus.ts';
import type { RememberedReader } from './remembered-reader.ts';
import { createRememberedReader } from './remembered-reader.ts';

/** A transaction that is not in a block after this many heights never will be. */
const EXPIRY_BLOCKS = 1000;

export type ChainClient = ReturnType<typeof createChainClient>;

export type ChainClientParts = {
  readonly engine: Engine;
  readonly light: LightNode;
  readonly database: Sqlite;
  readonly bus: EventBus;
  readonly log: Log;
  readonly clock: Clock;
  /** Called for each proof that the light node checked. */
  readonly onProof: () => void;
};

export function createChainClient(parts: ChainClientParts) {
  const { engine, light, database, bus, clock } = parts;
  const reader: ChainReader = createChainReader(createLiveSource(engine, light, parts.onProof));
  const onTurn = (isAway: boolean) => (isAway ? bus.changed('network') : bus.changedAll());
  const known: RememberedReader =
    engine.status().engine === 'solo'
      ? { ...reader, recalled: () => undefined }
      : createRememberedReader({ live: reader, light, clock, onTurn });
  const queues = new Map<string, Promise<unknown>>();
  const anchors = createAnchors(database, clock.nowMs);

  async function prove(inclusion: TxInclusion): Promise<Result<TxInclusion>> {
    const proven = await light.verifyTx(inclusion);
    if (!proven.ok) return proven;
    parts.onProof();
    anchors.markVerified(bytesToHex(inclusion.hash));
    bus.changed('orders');
    return ok(inclusion);
  }

  const proving = new Set<string>();
  let line = Promise.resolve();
  async function proveQuietly(txHash: string): Promise<void> {
    try {
      const found = await engine.txByHash(hexToBytes(txHash));
      if (found.ok) await prove(found.value);
    } catch (error) {
      parts.log('warn', 'chain.proof-failed', { txHash, error });
    } finally {
      proving.delete(txHash);
    }
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
    /** For pages: the chain as it is now, or what is remembered of it where nobody can be asked. */
    known,
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
    /**
     * Proves, one after the other, transactions of other consoles that a page shows as not proven yet; whatever comes to
     * nothing is tried again when they are looked at again.
     */
    proveSoon(txHashes: readonly string[]): void {
      for (const txHash of txHashes) {
        if (proving.has(txHash)) continue;
        proving.add(txHash);
        line = line.then(() => proveQuietly(txHash));
      }
    },
    /** Proves a transaction that was only seen in a block, for instance after a restart. */
    async proveByHash(txHash: Bytes): Promise<Result<TxInclusion>> {
      const found = await engine.txByHash(txHash);
      return found.ok ? prove(found.value) : found;
    },
  };
}

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
