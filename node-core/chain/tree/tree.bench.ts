// The state tree at a million keys, on the SQLite store and with the hash that the product uses. The reference is the
// hashing that no such tree can do without, measured in the same run.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, report } from '../../../e2e/figures.ts';
import { type KvStore, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createSqliteKv, openChainSqlite } from '../../host/adapters/sqlite.ts';
import { nativeSha256 } from '../../host/adapters/system.ts';
import { createStateTree, type StateTree } from './tree.ts';

const KEYS = Number(process.env['BENCH_KEYS'] ?? 1_000_000);
const CHANGED = 5000;
const BLOCKS = 12;
/** By then each block removes as many entries as it makes obsolete. */
const BLOCKS_SETTLED = 48;
const FILL_STEP = 50_000;
/** Inner nodes on the paths of 5000 keys of a million, each once, and three hashes a key: derived in docs/benchmarks.md. */
const HASHES_NEEDED = 61_000;

/**
 * The part of the proofs that must keep the limit. A step of an ICS23 proof takes 39 or 41 bytes and a proof has one for
 * each bit that a key's hash shares with its next neighbour's: a few keys of a million share far more than the others.
 */
const USUAL = 0.98;

const key = (n: number) => utf8ToBytes(`account/${n}`);
/** As large as an account's record. */
const value = (n: number, version: bigint) => utf8ToBytes(`${n} ${version} `.padEnd(96, 'v'));

/** Without what other programs do; with the collection of garbage on other threads. */
function processorMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function timedMs(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function fill(tree: StateTree, kv: KvStore): bigint {
  let version = 0n;
  for (let from = 0; from < KEYS; from += FILL_STEP, version++) {
    const changes = Array.from(
      { length: Math.min(FILL_STEP, KEYS - from) },
      (_, n) => [key(from + n), value(from + n, 0n)] as const,
    );
    kv.apply(tree.prepare(version, changes).operations);
  }
  return version;
}

type Times = { readonly prepareMs: number[]; readonly commitMs: number[]; readonly usedMs: number[] };

function runBlocks(tree: StateTree, kv: KvStore, first: bigint, from: number, to: number): Times {
  const [prepareMs, commitMs, usedMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = from; round < to; round++) {
    const version = first + BigInt(round);
    const changes = Array.from({ length: CHANGED }, (_, n) => {
      const at = (n * 7919 + round * 104_729) % KEYS;
      return [key(at), value(at, version)] as const;
    });
    let prepared: ReturnType<StateTree['prepare']> | undefined;
    const block = () => {
      const prepare = timedMs(() => {
        prepared = tree.prepare(version, changes);
      });
      prepareMs.push(prepare);
      commitMs.push(prepare + timedMs(() => kv.apply(prepared?.operations ?? [])));
    };
    usedMs.push(processorMs(block));
  }
  return { prepareMs, commitMs, usedMs };
}

function commits(tree: StateTree, kv: KvStore, first: bigint): void {
  const { prepareMs, commitMs, usedMs } = runBlocks(tree, kv, first, 0, BLOCKS);
  const settled = runBlocks(tree, kv, first, BLOCKS, BLOCKS_SETTLED).usedMs.slice(-BLOCKS);
  const input = new Uint8Array(65);
  const hashing = processorMs(() => {
    for (let n = 0; n < HASHES_NEEDED; n++) nativeSha256(input);
  });
  const reference = { what: 'hashing alone', value: hashing };
  const what = `state tree, ${KEYS} keys, ${CHANGED} changed: `;
  report({ what: `${what}commit`, value: median(commitMs), unit: 'ms', limit: 250 });
  report({ what: `${what}commit, processor time`, value: median(usedMs), unit: 'ms', reference });
  report({ what: `${what}of it computing the root`, value: median(prepareMs), unit: 'ms' });
  report({ what: `${what}slowest of ${BLOCKS}`, value: Math.max(...commitMs), unit: 'ms' });
  const later = `${what}commit after ${BLOCKS_SETTLED - BLOCKS} more, processor time`;
  report({ what: later, value: median(settled), unit: 'ms', reference });
}

function proofs(tree: StateTree, version: bigint): void {
  const [times, sizes]: [number[], number[]] = [[], []];
  for (let n = 0; n < 2000; n++) {
    const wanted = key((n * 104_729) % KEYS);
    times.push(timedMs(() => sizes.push(unwrap(tree.prove(wanted, version)).proof.length)));
  }
  report({ what: 'proof of an entry, median', value: median(times), unit: 'ms', limit: 1 });
  sizes.sort((a, b) => a - b);
  report({ what: 'proof of an entry, size, median', value: median(sizes), unit: 'bytes', limit: 1200 });
  const most = sizes[Math.ceil(sizes.length * USUAL) - 1] ?? 0;
  report({ what: 'proof of an entry, size, 98 of 100 at most', value: most, unit: 'bytes', limit: 1200 });
  report({ what: 'proof of an entry, size, largest of 2000', value: sizes.at(-1) ?? 0, unit: 'bytes' });
  const absent: number[] = [];
  for (let n = 0; n < 500; n++) {
    const missing = sha256(key(n));
    absent.push(timedMs(() => unwrap(tree.prove(missing, version))));
  }
  report({ what: 'proof of absence, median', value: median(absent), unit: 'ms', limit: 1 });
}

const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
const path = join(folder, 'tree.db');
const database = openChainSqlite(path);
const kv = createSqliteKv(database);
const tree = createStateTree({ kv, versionsKept: 4, hash: nativeSha256 });
let filled = 0n;
const fillMs = timedMs(() => {
  filled = fill(tree, kv);
});
report({ what: `state tree, filling with ${KEYS} keys`, value: fillMs / 1000, unit: 's' });
commits(tree, kv, filled);
proofs(tree, filled + BigInt(BLOCKS_SETTLED) - 1n);
report({ what: 'state tree, size of the store', value: statSync(path).size / 1e6, unit: 'MB' });
database.close();
rmSync(folder, { recursive: true });
