// Data of machines on the chain: who records its roots, and a contract that is paid by a figure which its machine proves.

import { describe, expect, test } from 'vitest';
import {
  type Bytes,
  bytesToHex,
  merkleProof,
  merkleRoot,
  sha256,
  unwrap,
  utf8ToBytes,
} from '../../base/index.ts';
import {
  encodeFigure,
  encodeFigureProof,
  type MachineFigure,
  paradigmId,
  readParadigm,
} from '../../paradigm/index.ts';
import { checkpointKey } from '../keys.ts';
import type { Message } from '../messages.ts';
import { DEFAULT_MACHINE_DATA } from '../records.ts';
import { createLedger, type Ledger } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { instanceOf } from './instances.ts';
import { checkpointId, signCheckpoint } from './machine-data.ts';

const { addressOf, keyOf } = world;
const TERMS = DEFAULT_MACHINE_DATA;
const machine = addressOf('machine');

function createWorld(): Ledger {
  const ledger = createLedger();
  ledger.run('owner', world.registerMachine());
  return ledger;
}

type Data = { readonly height: number; readonly count: number; readonly root: Bytes };
const ROOT = sha256(utf8ToBytes('a root'));

function checkpoint(data: Partial<Data> = {}, signer: string = 'machine', chainId = world.CHAIN_ID) {
  const record = { machine, height: 1, count: 4, root: ROOT, ...data };
  const proof = signCheckpoint(keyOf(signer), chainId, record);
  return { type: 'machine.checkpoint', ...record, proof } as const satisfies Message;
}
const codeOf = (ledger: Ledger, from: world.Name, message: Message) =>
  ledger.run(from, message).fault?.code ?? 'done';

describe('a checkpoint', () => {
  test('is recorded for the owner, or for the machine itself, and costs its fee', () => {
    const ledger = createWorld();
    const before = ledger.app.read().account(addressOf('owner')).balances.DPN;
    const { result } = ledger.run('owner', checkpoint());
    expect(bytesToHex(result.data)).toBe(bytesToHex(checkpointId(checkpoint())));
    const paid = before - ledger.app.read().account(addressOf('owner')).balances.DPN;
    expect(paid).toBe(world.FEE_MICRO + TERMS.feeMicro);
    ledger.block([], BigInt(TERMS.intervalS));
    expect(codeOf(ledger, 'machine', checkpoint({ height: 2 }))).toBe('done');
  });

  test('is refused of a stranger, without the machine, and for a machine that nobody registered', () => {
    const ledger = createWorld();
    expect(codeOf(ledger, 'stranger', checkpoint())).toBe('chain.checkpoint.not-owner');
    expect(codeOf(ledger, 'owner', checkpoint({}, 'owner'))).toBe('chain.checkpoint.proof');
    expect(codeOf(ledger, 'owner', checkpoint({}, 'machine', 'another'))).toBe('chain.checkpoint.proof');
    expect(codeOf(ledger, 'owner', { ...checkpoint(), root: sha256(ROOT) })).toBe('chain.checkpoint.proof');
    expect(codeOf(ledger, 'owner', { ...checkpoint(), count: 5 })).toBe('chain.checkpoint.proof');
    expect(codeOf(ledger, 'owner', { ...checkpoint(), machine: addressOf('buyer') })).toBe(
      'chain.machine.unknown',
    );
  });

  test('does not come too soon after the one before, nor go back', () => {
    const ledger = createWorld();
    expect(codeOf(ledger, 'owner', checkpoint({ height: 9 }))).toBe('done');
    expect(codeOf(ledger, 'owner', checkpoint({ height: 10 }))).toBe('chain.checkpoint.soon');
    ledger.block([], BigInt(TERMS.intervalS));
    for (const height of [8, 9])
      expect(codeOf(ledger, 'owner', checkpoint({ height }))).toBe('chain.checkpoint.old');
    expect(codeOf(ledger, 'owner', checkpoint({ height: 10 }))).toBe('done');
  });

  test('is kept for its time and then dropped, the oldest first', () => {
    const ledger = createWorld();
    const first = checkpoint();
    const second = checkpoint({ height: 2 });
    ledger.run('owner', first);
    const recordedS = ledger.nowS();
    ledger.block([], BigInt(TERMS.intervalS));
    ledger.run('owner', second);
    const kept = (message: typeof first) => {
      const proof = ledger.app.query(checkpointKey(checkpointId(message)), ledger.app.info().height);
      return unwrap(proof).value !== undefined;
    };
    ledger.block([], recordedS + BigInt(TERMS.keepS) - 1n - ledger.nowS());
    expect([kept(first), kept(second)]).toEqual([true, true]);
    ledger.block([], 1n);
    expect([kept(first), kept(second)]).toEqual([false, true]);
    ledger.block([], BigInt(TERMS.intervalS) + 1n);
    expect([kept(first), kept(second)]).toEqual([false, false]);
    // What was dropped does not come back under its old height.
    expect(codeOf(ledger, 'owner', first)).toBe('chain.checkpoint.old');
  });
});

const DRYING = `
format: dipnet/paradigm/v1
name: dried-filament
version: 1
title: { en: Dried filament, zh-Hans: 烘干耗材 }
summary: { en: Pays for drying filament by what the dryer measured., zh-Hans: 按烘干机测量结果付款。 }
risks: []
roles:
  client: { kind: person, label: { en: Client, zh-Hans: 客户 } }
  dryer: { kind: person, label: { en: Owner of the dryer, zh-Hans: 机主 } }
  machine: { kind: machine, label: { en: Dryer, zh-Hans: 烘干机 } }
params:
  priceMicro: { type: amount, unit: micro-DPN, min: 1, max: 1000000000000, label: { en: Price, zh-Hans: 价款 } }
vars: {}
open:
  { by: client, to: drying, label: { en: Order drying, zh-Hans: 订购烘干 }, explain: { en: Pay., zh-Hans: 付款。 }, effects: [{ do: hold, from: client, amount: params.priceMicro }] }
states:
  drying:
    label: { en: Drying, zh-Hans: 烘干中 }
    explain: { en: The dryer proves how dry it got., zh-Hans: 烘干机证明湿度。 }
    deadline: { after: '3456000', to: back, label: { en: Not proven, zh-Hans: 未证明 }, explain: { en: Back., zh-Hans: 退款。 }, effects: [{ do: refund, to: client }] }
    promise: { by: [open], holds: params.priceMicro }
  done: { label: { en: Dry, zh-Hans: 已烘干 }, explain: { en: Paid., zh-Hans: 已付。 }, final: success, promise: { by: [dryer], receives: { dryer: params.priceMicro } } }
  back: { label: { en: Paid back, zh-Hans: 已退 }, explain: { en: Refunded., zh-Hans: 已退。 }, final: refund, promise: { by: [deadline], receives: { client: params.priceMicro } } }
transitions:
  - event: prove
    from: [drying]
    to: done
    by: [dryer]
    label: { en: Prove, zh-Hans: 证明 }
    explain: { en: Show the humidity., zh-Hans: 出示湿度。 }
    gain: { en: The price., zh-Hans: 价款。 }
    args:
      humidity: { type: measured, machine: machine, series: humidityPermille, min: 0, max: 1000, label: { en: Humidity, zh-Hans: 湿度 } }
    guard: { when: args.humidity <= 150, otherwise: { en: it is not dry yet., zh-Hans: 尚未烘干。 } }
    effects: [{ do: pay, to: dryer, amount: params.priceMicro }]
`;

const PRICE_MICRO = 3_000_000n;

/** A contract, and a machine that measured from an hour before it was opened until two hours after. */
function openDrying(ledger: Ledger) {
  const { bytes } = unwrap(readParadigm(DRYING));
  ledger.run('council', { type: 'paradigm.publish', document: bytes });
  const opened = ledger.run('buyer', {
    type: 'contract.open',
    paradigm: paradigmId(bytes),
    roles: { client: addressOf('buyer'), dryer: addressOf('owner'), machine },
    params: { priceMicro: Number(PRICE_MICRO) },
    quote: new Uint8Array(0),
  });
  const openedS = ledger.nowS();
  const figures = [120n, 700n, 300n, 140n, 130n].map(
    (value, i): MachineFigure => ({
      machine,
      series: i === 4 ? 'chamberCentiC' : 'humidityPermille',
      value,
      timeS: openedS + 3600n * BigInt(i - 1) + 60n,
    }),
  );
  const leaves = figures.map(encodeFigure);
  const record = checkpoint({ height: 5, count: leaves.length, root: merkleRoot(leaves) });
  const prove = (leaf: number, from: world.Name = 'owner', id = checkpointId(record)) => {
    const humidity = encodeFigureProof(id, leaves[leaf] ?? new Uint8Array(0), merkleProof(leaves, leaf));
    const message: Message = {
      type: 'contract.event',
      instance: opened.result.data,
      event: 'prove',
      args: { humidity },
    };
    return codeOf(ledger, from, message);
  };
  return { instance: opened.result.data, record, prove };
}

describe('a contract paid by what a machine measured', () => {
  test('pays for the proven figure, once its checkpoint is recorded', () => {
    const ledger = createWorld();
    const { instance, record, prove } = openDrying(ledger);
    ledger.block([], 3n * 3600n);
    expect(prove(3)).toBe('paradigm.measured.unproven');
    expect(codeOf(ledger, 'owner', record)).toBe('done');
    expect(prove(1)).toBe('paradigm.event.refused');
    expect(prove(3, 'stranger')).toBe('paradigm.event.unauthorised');
    const before = ledger.app.read().account(addressOf('owner')).balances.DPN;
    expect(prove(3)).toBe('done');
    const contract = ledger.app.read().contract(instance);
    expect(contract && instanceOf(contract)).toMatchObject({ state: 'done', heldMicro: 0n });
    expect(ledger.app.read().account(addressOf('owner')).balances.DPN - before).toBe(
      PRICE_MICRO - world.FEE_MICRO,
    );
  });

  test('believes nothing that was measured before it, of another series, or that lies ahead', () => {
    const ledger = createWorld();
    const { record, prove } = openDrying(ledger);
    ledger.run('owner', record);
    // Dry enough, and under the checkpoint, but of the hour before the contract; and of hours that are still to come.
    expect(prove(0)).toBe('paradigm.measured.unproven');
    expect(prove(3)).toBe('paradigm.measured.unproven');
    ledger.block([], 3n * 3600n);
    expect(prove(4)).toBe('paradigm.measured.unproven');
    expect(prove(3, 'owner', sha256(ROOT))).toBe('paradigm.measured.unproven');
    expect(prove(3)).toBe('done');
  });

  test('believes no checkpoint that is not kept any more', () => {
    const ledger = createWorld();
    const { record, prove } = openDrying(ledger);
    ledger.run('owner', record);
    ledger.block([], BigInt(TERMS.keepS) - 1800n);
    expect(prove(1)).toBe('paradigm.event.refused');
    ledger.block([], 1800n);
    expect(prove(3)).toBe('paradigm.measured.unproven');
  });

  test('believes no figure under the checkpoint of another machine', () => {
    const ledger = createWorld();
    const { record, prove } = openDrying(ledger);
    ledger.block([], 3n * 3600n);
    const stranger = keyOf('stranger');
    const other: Message = {
      type: 'machine.register',
      machineKey: stranger.publicKey,
      proof: world.machineProofOf('stranger', 'owner'),
      profile: (world.registerMachine() as Message & { type: 'machine.register' }).profile,
    };
    expect(codeOf(ledger, 'owner', other)).toBe('done');
    const forged = { ...record, machine: stranger.address };
    const proof = signCheckpoint(stranger, world.CHAIN_ID, forged);
    expect(codeOf(ledger, 'owner', { ...forged, proof })).toBe('done');
    expect(prove(3, 'owner', checkpointId(forged))).toBe('paradigm.measured.unproven');
  });
});

test('the id of a checkpoint is derived as documented', () => {
  const record = {
    machine: new Uint8Array(20).fill(0x22),
    height: 7,
    count: 258,
    root: new Uint8Array(32).fill(0x11),
  };
  // Computed independently with Python's hashlib: SHA-256(domain ‖ 00 ‖ input).
  expect(bytesToHex(checkpointId(record))).toBe(
    '79e9eb6f1f6b51c0978dd9f9e172bfe1c9996449c63d1ffd9888e9f26a21f258',
  );
});
