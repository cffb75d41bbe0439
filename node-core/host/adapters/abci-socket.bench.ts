// What the wire costs: the same signed transfers through CheckTx, FinalizeBlock and Commit, called directly and over the
// socket, both on the host's own store, signatures and hashes. The other end of the socket is in this process too, so
// the figure over the socket bears both sides.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAbciHandler } from '../../abci/index.ts';
import * as requests from '../../abci/testing/requests.ts';
import type { Bytes } from '../../base/index.ts';
import { sha256, utf8ToBytes } from '../../base/index.ts';
import type { BlockInput } from '../../chain/index.ts';
import { buildTx, createApplication } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import { createKeyPair } from '../../identity/index.ts';
import { serveAbci } from './abci-socket.ts';
import { createSignatureBackend, createVerifySignature } from './signatures.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from './sqlite.ts';
import { nativeSha256 } from './system.ts';
import { SocketClient } from './testing/socket-client.ts';

const ACCOUNTS = 200;
const BLOCKS = 5;
const PER_BLOCK = 1000;
const ROUNDS = 3;

const keys = Array.from({ length: ACCOUNTS }, (_, n) => createKeyPair(sha256(utf8ToBytes(`bench ${n}`))));
const genesis = {
  ...world.createGenesis(),
  accounts: keys.map(({ address }) => ({ address, balances: { DPN: 10n ** 13n } })),
};
const verify = createVerifySignature(createSignatureBackend());
const folder = mkdtempSync(join(tmpdir(), 'dipnet-abci-bench-'));

function createTxs(): readonly Bytes[] {
  return Array.from({ length: PER_BLOCK * BLOCKS }, (_, n) => {
    const [key, other] = [keys[n % ACCOUNTS], keys[(n * 7 + 1) % ACCOUNTS]];
    if (key === undefined || other === undefined) throw new Error('no such key');
    const message = { type: 'bank.send', to: other.address, token: 'DPN', amountMicro: 5n } as const;
    const seq = Math.floor(n / ACCOUNTS);
    return buildTx({ chainId: world.CHAIN_ID, key, seq, expiry: 1_000_000, feeMicro: 1_000n, message });
  });
}

function createBlocks(txs: readonly Bytes[]): readonly BlockInput[] {
  return Array.from({ length: BLOCKS }, (_, index) => ({
    height: BigInt(index + 1),
    time: { seconds: world.GENESIS_S + BigInt(index), nanos: 0 },
    txs: txs.slice(index * PER_BLOCK, (index + 1) * PER_BLOCK),
    proposerAddress: new Uint8Array(20),
    lastCommitVotes: [],
    misbehavior: [],
  }));
}

let opened = 0;
function openApp() {
  const database = openSqlite(join(folder, `${opened++}.sqlite`), KV_MIGRATIONS);
  return { app: createApplication({ kv: createSqliteKv(database), verify, hash: nativeSha256 }), database };
}

const secondsSince = (startMs: number) => (performance.now() - startMs) / 1000;

function demand(codes: readonly number[]): void {
  if (codes.length !== PER_BLOCK || codes.some((code) => code !== 0))
    throw new Error('a transfer was refused');
}

function runDirect(blocks: readonly BlockInput[]): number {
  const { app, database } = openApp();
  app.initChain(genesis);
  const startMs = performance.now();
  for (const block of blocks) {
    for (const tx of block.txs) if (!app.checkTx(tx).ok) throw new Error('a transfer was not admitted');
    demand(app.finalizeBlock(block).outcomes.map(({ result }) => result.code));
    app.commit();
  }
  const took = secondsSince(startMs);
  database.close();
  return took;
}

/** With proposals, as a validator of a network does it; without, as the direct run. */
async function runOverSocket(blocks: readonly BlockInput[], withProposals: boolean): Promise<number> {
  const { app, database } = openApp();
  const log = () => undefined;
  const server = await serveAbci({ handler: createAbciHandler({ app, log }), log });
  const [mempool, consensus] = [new SocketClient(server.address), new SocketClient(server.address)];
  await consensus.call(requests.initChain(genesis));
  const startMs = performance.now();
  for (const block of blocks) {
    mempool.write([...block.txs.map((tx) => requests.checkTx(tx)), requests.FLUSH]);
    const checked = await mempool.read(PER_BLOCK + 1);
    demand(checked.slice(0, -1).map((answer) => (answer.case === 'checkTx' ? answer.value.code : -1)));
    if (withProposals) {
      const { txs } = await consensus.call(requests.prepareProposal(block, 4_000_000n));
      const { status } = await consensus.call(requests.processProposal(block));
      if (txs.length !== PER_BLOCK || status !== 1) throw new Error('the proposal was not accepted');
    }
    demand((await consensus.call(requests.finalizeBlock(block))).txResults.map(({ code }) => code));
    await consensus.call(requests.COMMIT);
  }
  const took = secondsSince(startMs);
  for (const client of [mempool, consensus]) client.socket.destroy();
  await server.close();
  database.close();
  return took;
}

const blocks = createBlocks(createTxs());
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const [direct, socket, full]: [number[], number[], number[]] = [[], [], []];
// In turns, so that whatever else the machine does falls on all of them.
for (let round = 0; round < ROUNDS; round++) {
  direct.push(runDirect(blocks));
  socket.push(await runOverSocket(blocks, false));
  full.push(await runOverSocket(blocks, true));
}
rmSync(folder, { recursive: true, force: true });
const rate = (times: readonly number[]) => Math.round((PER_BLOCK * BLOCKS) / median(times));
const ratio = (times: readonly number[]) => (median(direct) / median(times)).toFixed(2);
console.log(
  `application called directly: ${rate(direct)} signed transfers/s (CheckTx, FinalizeBlock, Commit)`,
);
console.log(`over the ABCI socket: ${rate(socket)}/s, ${ratio(socket)} of that, both ends in one process`);
console.log(`with PrepareProposal and ProcessProposal: ${rate(full)}/s, ${ratio(full)} of that`);
