// The application alone, on the SQLite store and with the signatures and hashes that the product uses, and how its store
// grows. References are measured in the same run.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from '../../e2e/figures.ts';
import { type KvStore, sha256, utf8ToBytes } from '../base/index.ts';
import {
  createAddressOf,
  createSignatureBackend,
  createVerifySignature,
} from '../host/adapters/signatures.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite, type Sqlite } from '../host/adapters/sqlite.ts';
import { nativeSha256 } from '../host/adapters/system.ts';
import { createKeyPair, type KeyPair, signMessage } from '../identity/keys.ts';
import { type ChainApplication, createApplication } from './app.ts';
import * as world from './testing/world.ts';
import { buildTx } from './tx.ts';

const backend = createSignatureBackend();
const verify = createVerifySignature(backend);
const KEYS: readonly KeyPair[] = Array.from({ length: 200 }, (_, n) =>
  createKeyPair(sha256(utf8ToBytes(`bench ${n}`))),
);

/** Wall-clock and processor seconds. */
function timed(work: () => void): { readonly wallS: number; readonly processorS: number } {
  const [start, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallS: Number(process.hrtime.bigint() - start) / 1e9, processorS: (user + system) / 1e6 };
}

function inFolder(work: (kv: KvStore, database: Sqlite) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
  const database = openSqlite(join(folder, 'bench.db'), KV_MIGRATIONS);
  work(createSqliteKv(database), database);
  database.close();
  rmSync(folder, { recursive: true });
}

const keyAt = (n: number): KeyPair => KEYS[n % KEYS.length] ?? world.keyOf('buyer');

/** The nth transfer of a round robin over all accounts. */
function transfer(n: number): Uint8Array {
  const to = keyAt(n * 7 + 1).address;
  return buildTx({
    chainId: world.CHAIN_ID,
    key: keyAt(n),
    seq: Math.floor(n / KEYS.length),
    expiry: 1_000_000,
    feeMicro: 1_000n,
    message: { type: 'bank.send', to, token: 'DPN', amountMicro: 5n },
  });
}

function start(kv: KvStore, versionsKept?: number): ChainApplication {
  const kept = versionsKept === undefined ? {} : { versionsKept };
  const app = createApplication({ kv, verify, addressOf: createAddressOf(), hash: nativeSha256, ...kept });
  const accounts = KEYS.map(({ address }) => ({ address, balances: { DPN: 10n ** 11n } }));
  app.initChain({ ...world.createGenesis(), accounts });
  return app;
}

function runBlock(app: ChainApplication, txs: readonly Uint8Array[]): void {
  const height = app.info().height + 1n;
  for (const tx of txs) if (!app.checkTx(tx).ok) throw new Error('a transfer was not admitted');
  const time = { seconds: world.GENESIS_S + height, nanos: 0 };
  const outcome = app.finalizeBlock({ height, time, txs, proposerAddress: new Uint8Array(20) });
  if (outcome.outcomes.some(({ result }) => result.code !== 0)) throw new Error('a transfer was refused');
  app.commit();
}

function benchTransfers(): void {
  const [perBlock, blocks] = [1000, 12];
  const txs = Array.from({ length: perBlock * blocks }, (_, n) => transfer(n));
  inFolder((kv) => {
    const app = start(kv);
    // The first two blocks warm the compiler up.
    const batch = (n: number) => txs.slice(n * perBlock, (n + 1) * perBlock);
    for (let n = 0; n < 2; n++) runBlock(app, batch(n));
    const { wallS, processorS } = timed(() => {
      for (let n = 2; n < blocks; n++) runBlock(app, batch(n));
    });
    const count = perBlock * (blocks - 2);
    const message = utf8ToBytes('reference');
    const signature = signMessage(keyAt(0).secretKey, message);
    const checks = timed(() => {
      for (let n = 0; n < count; n++) verify(keyAt(0).publicKey, message, signature);
    });
    const reference = { what: `signature checks alone, ${backend.name}`, value: count / checks.processorS };
    const what = 'signed transfers: CheckTx, FinalizeBlock, commit';
    const value = count / processorS;
    report({ what: `${what}, of one core`, value, unit: 'tx/s', least: 4000, reference });
    report({ what: `${what}, as it ran`, value: count / wallS, unit: 'tx/s' });
  });
}

/** Bytes that the store holds, without what is free to be used again. */
function storeBytes(database: Sqlite): number {
  const pragma = (name: string) => Number(database.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

/** A store whose window is full no longer grows: what leaves the window is removed as new versions come. */
function benchGrowth(): void {
  const [window, perBlock, blocks] = [50, 20, 250];
  inFolder((kv, database) => {
    const app = start(kv, window);
    let sent = 0;
    const run = (count: number) => {
      for (let n = 0; n < count; n++, sent += perBlock) {
        runBlock(
          app,
          Array.from({ length: perBlock }, (_, index) => transfer(sent + index)),
        );
      }
    };
    run(window);
    const filling = storeBytes(database);
    run(window);
    const full = storeBytes(database);
    run(blocks - 2 * window);
    const later = storeBytes(database);
    const what = `state with a window of ${window} blocks of ${perBlock} transfers`;
    report({ what: `${what}, a block`, value: filling / window, unit: 'bytes' });
    report({ what: `${what}, store`, value: full / 1e6, unit: 'MB' });
    const reference = { what: 'the store with a full window', value: full / 1e6 };
    const limit = (full * 1.1) / 1e6;
    report({
      what: `${what}, ${blocks - 2 * window} blocks later`,
      value: later / 1e6,
      unit: 'MB',
      limit,
      reference,
    });
  });
}

benchTransfers();
benchGrowth();
