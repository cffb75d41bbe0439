// A small world for tests of the chain: named people with keys from their names, a genesis that funds them, an order
// ready to be placed. Nothing here is used by the product.

import normalDocument from '../../../assets/paradigms/normal.json' with { type: 'json' };
import type { Bytes, Clock } from '../../base/index.ts';
import { assert, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createConsensusKey } from '../../comet/index.ts';
import { createKeyPair, type KeyPair } from '../../identity/keys.ts';
import { encodeParadigm, paradigmId } from '../../paradigm/index.ts';
import { computeQuote } from '../../quote/index.ts';
import { encodeRecord, type MachineProfile, type QuoteRecord } from '../../records/index.ts';
import type { Message } from '../messages.ts';
import { signMachineProof } from '../modules/index.ts';
import { buildTx } from '../tx.ts';
import type { Genesis } from '../types.ts';

export const CHAIN_ID = 'dipnet-test';
export const GENESIS_S = 1_800_000_000n;
export const FEE_MICRO = 1_000n;
export const FUNDS_MICRO = 1_000_000_000n;

export const NAMES = [
  'buyer',
  'owner',
  'designer',
  'council',
  'treasury',
  'author',
  'stranger',
  'sponsor',
] as const;
export type Name = (typeof NAMES)[number] | 'machine';

const keys = new Map<string, KeyPair>();

export function keyOf(name: string): KeyPair {
  const known = keys.get(name) ?? createKeyPair(sha256(utf8ToBytes(`test key of ${name}`)));
  keys.set(name, known);
  return known;
}

export const addressOf = (name: Name): Bytes => keyOf(name).address;

export const VALIDATOR_SECRET = sha256(utf8ToBytes('test validator'));
export const NORMAL: Bytes = unwrap(encodeParadigm(normalDocument));
export const NORMAL_ID: Bytes = paradigmId(NORMAL);

export function createGenesis(keyType: 'ed25519' | 'secp256k1' = 'secp256k1'): Genesis {
  return {
    chainId: CHAIN_ID,
    time: { seconds: GENESIS_S, nanos: 0 },
    validators: [{ key: createConsensusKey(VALIDATOR_SECRET, keyType), power: 10n }],
    accounts: NAMES.map((name) => ({
      address: addressOf(name),
      balances: { DPN: FUNDS_MICRO, '3DP': 5_000_000n },
    })),
    council: addressOf('council'),
    treasury: addressOf('treasury'),
    paradigms: [{ document: NORMAL, author: addressOf('author') }],
  };
}

export const PROFILE: MachineProfile = {
  v: 1,
  name: 'Workshop printer',
  process: 'fdm',
  firmware: 'marlin',
  volumeMm: { x: 220, y: 220, z: 240 },
  nozzleUm: 400,
  filamentUm: 1750,
  nozzleCMax: 275,
  bedCMax: 100,
  materials: [
    {
      material: 'PLA',
      colour: '#20a060',
      colourName: 'Green',
      densityMgPerCm3: 1240,
      priceMicroPerGram: 30_000n,
      nozzleC: 210,
      bedC: 60,
    },
  ],
  rateMicroPerHour: 2_000_000n,
  setupMicro: 500_000n,
  minimumMicro: 1_000_000n,
};

export const DESIGN_HASH = sha256(utf8ToBytes('a design'));
const LICENCE_MICRO = 250_000n;

export const REGISTER_MODEL: Message = {
  type: 'model.register',
  designHash: DESIGN_HASH,
  contentId: 'bafy-design',
  previewId: '',
  title: 'Bracket',
  description: 'Holds a shelf.',
  licence: 'print-only',
  priceMicroPerCopy: LICENCE_MICRO,
  sizeUm: { x: 30_000, y: 20_000, z: 10_000 },
  volumeMm3: 4_000,
  watertight: true,
  triangles: 812,
};

/** That the key of `machine` agrees to be `owner`'s. */
export const machineProofOf = (machine: string, owner: Name): Bytes =>
  signMachineProof(keyOf(machine), CHAIN_ID, addressOf(owner));

export function registerMachine(owner: Name = 'owner'): Message {
  const machine = keyOf('machine');
  return {
    type: 'machine.register',
    machineKey: machine.publicKey,
    proof: signMachineProof(machine, CHAIN_ID, addressOf(owner)),
    profile: encodeRecord(PROFILE),
  };
}

export function createQuote(quantity: number, changes: Partial<QuoteRecord> = {}): QuoteRecord {
  const { lines: _lines, payouts: _payouts, totalMicro: _total, v: _v, kind: _kind, ...inputs } = changes;
  return unwrap(
    computeQuote({
      chainId: CHAIN_ID,
      designHash: DESIGN_HASH,
      designer: addressOf('designer'),
      machine: addressOf('machine'),
      owner: addressOf('owner'),
      quantity,
      material: 'PLA',
      colour: '#20a060',
      settings: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
      slice: {
        slicer: 'test',
        slicerVersion: '1',
        gcodeHash: sha256(utf8ToBytes('gcode')),
        gcodeSizeBytes: 1000,
        gcodeLines: 50,
        layers: 50,
        seconds: 1800,
        filamentUm: 900_000,
        milligrams: 2_700,
      },
      profile: PROFILE,
      licenceMicroPerCopy: LICENCE_MICRO,
      authorBasisPoints: 100,
      networkBasisPoints: 100,
      createdS: Number(GENESIS_S),
      validUntilS: Number(GENESIS_S) + 30 * 86_400,
      ...inputs,
    }),
  );
}

export function openOrder(quote: QuoteRecord): Message {
  return {
    type: 'contract.open',
    paradigm: NORMAL_ID,
    roles: {},
    params: {},
    quote: encodeRecord(quote),
  };
}

/** Signs for people and counts their sequence numbers. Machines hold no money: give them a sponsor. */
export function createSigner() {
  const sequences = new Map<Name, number>();
  return {
    sign(
      from: Name,
      message: Message,
      options: { sponsor?: Name; feeMicro?: bigint; seq?: number } = {},
    ): Bytes {
      const seq = options.seq ?? sequences.get(from) ?? 0;
      sequences.set(from, seq + 1);
      return buildTx({
        chainId: CHAIN_ID,
        key: keyOf(from),
        seq,
        expiry: 1_000_000,
        feeMicro: options.feeMicro ?? FEE_MICRO,
        message,
        ...(options.sponsor === undefined ? {} : { sponsor: keyOf(options.sponsor) }),
      });
    },
  };
}

/** A clock that stands still until told otherwise; sleepers wake when it is moved past their time. */
export function createManualClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  let sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ atMs: nowMs + delayMs, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (signal?.aborted === true) reject(signal.reason);
      }),
    advance(ms) {
      assert(ms >= 0, 'time does not go back');
      nowMs += ms;
      const due = sleepers.filter((sleeper) => sleeper.atMs <= nowMs);
      sleepers = sleepers.filter((sleeper) => sleeper.atMs > nowMs);
      for (const sleeper of due) sleeper.wake();
    },
  };
}
