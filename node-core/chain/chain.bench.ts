// How fast the application and its tree are, on SQLite and with native signatures and hashes as the host wires them.
// References are measured in the same run: bare signature checks for the application, bare SHA-256 for the tree.

import { hash as oneShot } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import secp256k1 from 'secp256k1';
import { type KvStore, sha256, u64ToBytes, utf8ToBytes } from '../base/index.ts';
import { createKeyPair, type VerifySignature } from '../identity/keys.ts';
import { createApplication } from './app.ts';
import * as world from './testing/world.ts';
import { createStateTree } from './tree/tree.ts';
import { buildTx } from './tx.ts';

const hash = (bytes: Uint8Array): Uint8Array => oneShot('sha256', bytes, 'buffer');
const verify: VerifySignature = (publicKey, message, signature) =>
  secp256k1.ecdsaVerify(signature, hash(message), publicKey);

function seconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function openKv(folder: string): KvStore & { close(): void } {
  const database = new Database(join(folder, 'bench.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec('CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID');
  const select = database.prepare<[Uint8Array], { v: Uint8Array }>('SELECT v FROM kv WHERE k = ?');
  const put = database.prepare('INSERT INTO kv VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v');
  const remove = database.prepare('DELETE FROM kv WHERE k = ?');
  const apply = database.transaction((operations: Parameters<KvStore['apply']>[0]) => {
    for (const [key, value] of operations) {
      if (value === undefined) remove.run(key);
      else put.run(key, value);
    }
  });
  return {
    get: (key) => select.get(key)?.v,
    list: () => [],
    apply: (operations) => void apply(operations),
    close: () => database.close(),
  };
}

function inFolder(work: (kv: KvStore) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
  const kv = openKv(folder);
  work(kv);
  kv.close();
  rmSync(folder, { recursive: true });
}

function benchApplication(): void {
  const [accounts, perBlock, blocks] = [200, 1000, 5];
  const keys = Array.from({ length: accounts }, (_, n) => createKeyPair(sha256(utf8ToBytes(`bench ${n}`))));
  const genesis = {
    ...world.createGenesis(),
    accounts: keys.map(({ address }) => ({ address, balances: { DPN: 10n ** 15n } })),
  };
  const txs = Array.from({ length: perBlock * blocks }, (_, n) => {
    const key = keys[n % accounts]!;
    const to = keys[(n * 7 + 1) % accounts]!.address;
    return buildTx({
      chainId: world.CHAIN_ID,
      key,
      seq: Math.floor(n / accounts),
      expiry: 1_000_000,
      feeMicro: 1_000n,
      message: { type: 'bank.send', to, token: 'DPN', amountMicro: 5n },
    });
  });
  inFolder((kv) => {
    const app = createApplication({ kv, verify, hash });
    app.initChain(genesis);
    let done = 0;
    const took = seconds(() => {
      for (let height = 1; height <= blocks; height++) {
        const batch = txs.slice((height - 1) * perBlock, height * perBlock);
        for (const tx of batch) if (app.checkTx(tx).ok) done++;
        const time = { seconds: world.GENESIS_S + BigInt(height), nanos: 0 };
        const outcome = app.finalizeBlock({
          height: BigInt(height),
          time,
          txs: batch,
          proposerAddress: new Uint8Array(20),
        });
        if (outcome.outcomes.some(({ result }) => result.code !== 0))
          throw new Error('a transfer was refused');
        app.commit();
      }
    });
    if (done !== txs.length) throw new Error('a transfer was not admitted');
    const message = utf8ToBytes('reference');
    const { signature } = secp256k1.ecdsaSign(hash(message), keys[0]!.secretKey);
    const reference = seconds(() => {
      for (let n = 0; n < txs.length; n++) verify(keys[0]!.publicKey, message, signature);
    });
    console.log(
      `application: ${Math.round(txs.length / took)} signed transfers/s (CheckTx, FinalizeBlock, commit; one core)`,
    );
    console.log(
      `  ${(took / reference).toFixed(1)} times the bare signature checks (${Math.round(txs.length / reference)}/s)`,
    );
  });
}

function benchTree(keysInAll: number): void {
  inFolder((kv) => {
    const tree = createStateTree({ kv, versionsKept: 2, hash });
    const key = (n: number) => utf8ToBytes(`account/${n}`);
    let version = 0n;
    const step = 50_000;
    const fill = seconds(() => {
      for (let from = 0; from < keysInAll; from += step, version++) {
        const changes = Array.from(
          { length: Math.min(step, keysInAll - from) },
          (_, n) => [key(from + n), u64ToBytes(BigInt(n))] as const,
        );
        kv.apply(tree.prepare(version, changes).operations);
      }
    });
    const times: number[] = [];
    for (let round = 0; round < 5; round++, version++) {
      const changes = Array.from(
        { length: 5000 },
        (_, n) => [key((n * 7919 + round * 31) % keysInAll), u64ToBytes(version)] as const,
      );
      times.push(seconds(() => kv.apply(tree.prepare(version, changes).operations)));
    }
    const input = new Uint8Array(65);
    const hashes = seconds(() => {
      for (let n = 0; n < 100_000; n++) hash(input);
    });
    let bytes = 0;
    const proofs = seconds(() => {
      for (let n = 0; n < 1000; n++) {
        const proven = tree.prove(key((n * 104_729) % (2 * keysInAll)), version - 1n);
        if (!proven.ok) throw new Error('no proof');
        if (proven.value.value !== undefined) bytes = Math.max(bytes, proven.value.proof.length);
      }
    });
    console.log(
      `tree: ${keysInAll} keys (filled in ${fill.toFixed(1)} s); 5000 changed keys commit in ${Math.round(median(times) * 1000)} ms`,
    );
    console.log(`  reference: 100000 bare SHA-256 of 65 bytes take ${Math.round(hashes * 1000)} ms`);
    console.log(
      `  proof ${proofs.toFixed(2)} ms each (present and absent mixed), at most ${bytes} bytes where present`,
    );
  });
}

benchApplication();
benchTree(Number(process.env['BENCH_KEYS'] ?? 1_000_000));
