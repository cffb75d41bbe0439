// A product of a thousand contracts: how long the chain computes to open them, to let every producer accept and ship, and
// to settle all of them at once, on the store and with the signatures that the product uses. The buyer says nothing, so
// one block's deadlines accept every part, which ends the assemblies, which ends the whole.
// Breaks its promise where settling takes more than 2 s of processor time. Reference: as many transfers in one block.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from '../../e2e/figures.ts';
import { assert, type Bytes, u64ToBytes, unwrap } from '../base/index.ts';
import { type ChainApplication, createApplication } from '../chain/app.ts';
import type { Message } from '../chain/messages.ts';
import { instanceOf } from '../chain/modules/index.ts';
import * as world from '../chain/testing/world.ts';
import { buildTx } from '../chain/tx.ts';
import {
  createAddressOf,
  createSignatureBackend,
  createVerifySignature,
} from '../host/adapters/signatures.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from '../host/adapters/sqlite.ts';
import { nativeSha256 } from '../host/adapters/system.ts';
import { paradigmId, readParadigm } from './index.ts';

const SETTLE_S_MAX = 2;
/** Assemblies, and parts of each; with seven parts of the whole and the whole itself there are a thousand. */
const ASSEMBLIES = 31;
const PARTS = 31;
const OWN_PARTS = 7;
const CONTRACTS = 1 + ASSEMBLIES + ASSEMBLIES * PARTS + OWN_PARTS;
const TXS_PER_BLOCK = 250;

const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
const database = openSqlite(join(folder, 'bench.db'), KV_MIGRATIONS);
const app: ChainApplication = createApplication({
  kv: createSqliteKv(database),
  verify: createVerifySignature(createSignatureBackend()),
  addressOf: createAddressOf(),
  hash: nativeSha256,
});
app.initChain(world.createGenesis());
let timeS = world.GENESIS_S;
const sequences = new Map<string, number>();

function sign(from: world.Name, message: Message): Bytes {
  const seq = sequences.get(from) ?? 0;
  sequences.set(from, seq + 1);
  const key = world.keyOf(from);
  return buildTx({
    chainId: world.CHAIN_ID,
    key,
    seq,
    expiry: 1_000_000,
    feeMicro: world.FEE_MICRO,
    message,
  });
}

/** Processor seconds of carrying out the transactions, which must all succeed, and what they returned. */
function run(txs: readonly Bytes[], afterS = 1n): { readonly processorS: number; readonly data: Bytes[] } {
  const data: Bytes[] = [];
  let processorS = 0;
  for (let first = 0; first === 0 || first < txs.length; first += TXS_PER_BLOCK) {
    timeS += afterS;
    const height = app.info().height + 1n;
    const time = { seconds: timeS, nanos: 0 };
    const block = {
      height,
      time,
      txs: txs.slice(first, first + TXS_PER_BLOCK),
      proposerAddress: new Uint8Array(20),
    };
    const cpu = process.cpuUsage();
    const { outcomes } = app.finalizeBlock(block);
    app.commit();
    const { user, system } = process.cpuUsage(cpu);
    processorS += (user + system) / 1e6;
    for (const { result, fault } of outcomes) {
      assert(fault === undefined, `refused: ${fault?.message}`);
      data.push(result.data);
    }
  }
  return { processorS, data };
}

function publish(name: string): Bytes {
  const text = readFileSync(join(process.cwd(), 'assets', 'paradigms', `${name}.yaml`), 'utf8');
  const { bytes } = unwrap(readParadigm(text));
  run([sign('council', { type: 'paradigm.publish', document: bytes })]);
  return paradigmId(bytes);
}

const design = (n: number): Bytes => nativeSha256(u64ToBytes(BigInt(n)));
const quote = new Uint8Array(0);
const product = publish('product');
const partOrder = publish('part-order');

function openProduct(parts: number, assemblies: number, parent?: Bytes): Message {
  const rows = Array.from({ length: parts }, (_, n) => n);
  return {
    type: 'contract.open',
    paradigm: product,
    roles: { buyer: world.addressOf('buyer'), coordinator: world.addressOf('buyer') },
    params: {
      product: 'bench',
      partDesigns: rows.map(design),
      partPieces: rows.map(() => 1),
      partUnitsMicro: rows.map(() => 100),
      partParadigms: [partOrder],
      servicePieces: assemblies === 0 ? [] : [assemblies],
      serviceUnitsMicro: assemblies === 0 ? [] : [100 * PARTS],
      serviceParadigms: [product],
      feeMicro: 0,
    },
    quote,
    ...(parent === undefined ? {} : { parent: { contract: parent, list: 'services', row: 0, quantity: 1 } }),
  };
}

function openPart(contract: Bytes, row: number): Message {
  return {
    type: 'contract.open',
    paradigm: partOrder,
    roles: { buyer: world.addressOf('buyer'), producer: world.addressOf('owner') },
    params: { unitMicro: 90 },
    quote,
    parent: { contract, list: 'parts', row, quantity: 1 },
  };
}

const byBuyer = (messages: readonly Message[]) => messages.map((message) => sign('buyer', message));
const opened = run(byBuyer([openProduct(OWN_PARTS, ASSEMBLIES)]));
const [top = quote] = opened.data;
const assemblies = run(byBuyer(Array.from({ length: ASSEMBLIES }, () => openProduct(PARTS, 0, top))));
const rows = (length: number) => Array.from({ length }, (_, row) => row);
const parts = run(
  byBuyer([
    ...rows(OWN_PARTS).map((row) => openPart(top, row)),
    ...assemblies.data.flatMap((assembly) => rows(PARTS).map((row) => openPart(assembly, row))),
  ]),
);
const openS = opened.processorS + assemblies.processorS + parts.processorS;
const steps = (event: string) =>
  run(parts.data.map((instance) => sign('owner', { type: 'contract.event', instance, event, args: {} })));
const makeS = steps('accept').processorS + steps('ship').processorS;

const inspectS = 259_200n;
const settled = run([], inspectS);
const stateOf = (address: Bytes) => {
  const contract = app.read().contract(address);
  return contract === undefined ? '' : instanceOf(contract).state;
};
assert(stateOf(top) === 'delivered', `the whole is ${stateOf(top)}`);
assert(
  assemblies.data.every((address) => stateOf(address) === 'delivered'),
  'every assembly is delivered',
);
assert(
  parts.data.every((address) => stateOf(address) === 'accepted'),
  'every part is accepted',
);
assert(app.read().account(top).balances.DPN === 0n, 'no money is left');

const to = world.addressOf('stranger');
const transfers = Array.from({ length: CONTRACTS }, () =>
  sign('buyer', { type: 'bank.send', to, token: 'DPN', amountMicro: 5n }),
);
const transferred = run(transfers);

const reference = { what: `${CONTRACTS} transfers in blocks`, value: transferred.processorS };
const processorS = (what: string, value: number, limit?: number) =>
  report({ what, value, unit: 's', reference, ...(limit === undefined ? {} : { limit }) });
processorS(`${CONTRACTS} contracts opened, processor time`, openS);
processorS('accepted and shipped by their producers', makeS);
processorS('settled by one block of deadlines', settled.processorS, SETTLE_S_MAX);
database.close();
rmSync(folder, { recursive: true });
