// Thousands of blocks of anything: valid and invalid messages, absent votes, proven and invented offences, long pauses;
// contracts that begin, end by an act or in silence, and are pruned.
// After each epoch the books are added up; after each block the engine's set is what the chain believes, by
// CometBFT's own rules; and a second node, with other orders in its maps and restarts in between, has the same roots.
// A failure prints its seed; SIM_SEEDS and SIM_BLOCKS make longer runs.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesToHex, type KvStore, sha256, u64ToBytes, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { encodeParadigm, paradigmId } from '../../paradigm/index.ts';
import { createApplication } from '../app.ts';
import type { Message } from '../messages.ts';
import { isSameSet } from '../testing/comet-model.ts';
import { auditStakes, believedSet } from '../testing/stake-audit.ts';
import * as stake from '../testing/stake-world.ts';
import { createMessage, DPN, type StakeWorld } from '../testing/stake-world.ts';
import { GENESIS_S } from '../testing/world.ts';
import type { BlockInput, Misbehavior } from '../types.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';

const OPERATORS = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8', 'o9'] as const;
const PEOPLE = ['p1', 'p2', 'p3', 'p4', 'p5', 'locked', 'council', 'treasury'] as const;
const EVERYBODY = [...OPERATORS, ...PEOPLE];
/** Events that every history must have. */
const EXPECTED = [
  'staking.created',
  'staking.delegated',
  'staking.undelegated',
  'staking.redelegated',
  'staking.unbonded',
  'staking.rewarded',
  'staking.rotated',
  'staking.jailed',
  'slashing.slashed',
  'slashing.ignored',
  'validators.changed',
  'vesting.released',
  'params.updated',
  'contract.opened',
  'contract.step',
  'contract.deadline',
  'contract.pruned',
  'storage.returned',
] as const;

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
const SEEDS = Number(process.env['SIM_SEEDS'] ?? '2');
const BLOCKS = Number(process.env['SIM_BLOCKS'] ?? '400');

/** Numbers from a seed: the hash of seed and counter. */
function createDice(seed: number) {
  let counter = 0n;
  const below = (limit: number): number => {
    const bytes = sha256(new Uint8Array([...u64ToBytes(BigInt(seed)), ...u64ToBytes(counter++)]));
    return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) % BigInt(limit));
  };
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  return { below, pick, chance: (percent: number) => below(100) < percent };
}
type Dice = ReturnType<typeof createDice>;

/** Fresh consensus keys for whoever asks; the names of all that there ever were. */
class KeyRing {
  readonly #generation = new Map<string, number>();
  next(operator: string): string {
    const generation = (this.#generation.get(operator) ?? 0) + 1;
    this.#generation.set(operator, generation);
    return `${operator} key ${generation}`;
  }
  all(): readonly string[] {
    return EVERYBODY.flatMap((operator) => [
      operator,
      ...Array.from({ length: this.#generation.get(operator) ?? 0 }, (_, i) => `${operator} key ${i + 1}`),
    ]);
  }
}

const PURCHASE = unwrap(
  encodeParadigm(
    readFileSync(new URL('../../../assets/paradigms/group-purchase.yaml', import.meta.url), 'utf8'),
  ),
);

function openPurchase(dice: Dice, from: string): Message {
  const params = {
    article: 'x',
    unitMicro: 1 + dice.below(5_000_000),
    minimum: 1 + dice.below(4),
    collectS: 3600 + dice.below(2 * 86_400),
    produceS: 86_400,
    inspectS: 86_400,
  };
  const roles = { supplier: stake.addressOf(from) };
  return {
    type: 'contract.open',
    paradigm: paradigmId(PURCHASE),
    roles,
    params,
    quote: new Uint8Array(0),
  };
}

/** Any step of any contract, most of them not that party's or not then; of ended and of pruned ones too. */
function stepPurchase(dice: Dice, contracts: readonly Uint8Array[]): Message {
  const recent = contracts.slice(-6);
  const instance =
    contracts.length === 0 ? new Uint8Array(20) : dice.pick(dice.chance(80) ? recent : contracts);
  const event = dice.pick(['join', 'join', 'start', 'ship', 'confirm', 'complain']);
  const args: Record<string, number> = event === 'join' ? { items: 1 + dice.below(3) } : {};
  return { type: 'contract.event', instance, event, args };
}

type Known = { readonly own: readonly Uint8Array[]; readonly contracts: readonly Uint8Array[] };

function randomMessage(dice: Dice, keys: KeyRing, from: string, { own, contracts }: Known): Message {
  const amountMicro = dice.pick([
    1n,
    999_999n,
    DPN,
    3n * DPN + 7n,
    17n * DPN,
    50n * DPN,
    333n * DPN + 1n,
    10n ** 13n,
  ]);
  const anyValidator = stake.addressOf(dice.pick(OPERATORS));
  // Mostly one of the sender's own delegations, where it has any.
  const validator = own.length > 0 && dice.chance(70) ? dice.pick(own) : anyValidator;
  const freshKey = () => {
    const name = dice.chance(85) ? keys.next(from) : dice.pick(OPERATORS);
    return { key: stake.consensusKeyOf(name), proof: stake.proofOf(name, dice.chance(95) ? from : 'o1') };
  };
  switch (dice.below(18)) {
    case 0:
      return createMessage(from, 1n + BigInt(dice.below(200)), freshKey());
    case 1:
      return {
        type: 'staking.edit',
        name: 'x',
        commissionBasisPoints: dice.below(2_500),
        selfMicroMin: BigInt(dice.below(3)) * DPN,
      };
    case 2:
      return { type: 'staking.rotate', ...freshKey() };
    case 3:
    case 4:
    case 5:
      return { type: 'staking.delegate', validator: anyValidator, amountMicro };
    case 6:
    case 7:
    case 8:
      return { type: 'staking.undelegate', validator, amountMicro };
    case 9:
    case 10: {
      const to = stake.addressOf(dice.pick(OPERATORS));
      return { type: 'staking.redelegate', from: validator, to, amountMicro };
    }
    case 11:
      return { type: 'staking.withdraw', validator };
    case 12:
      return { type: 'staking.unjail' };
    case 13:
    case 14:
      return openPurchase(dice, from);
    case 15:
    case 16:
      return stepPurchase(dice, contracts);
    default: {
      const to = stake.addressOf(dice.pick(EVERYBODY));
      return { type: 'bank.send', to, token: 'DPN', amountMicro };
    }
  }
}

function randomOffences(dice: Dice, keys: KeyRing, world: StakeWorld): readonly Misbehavior[] {
  const latest = Number(world.height());
  if (latest === 0 || dice.below(1000) >= 20) return [];
  const height = BigInt(Math.max(1, latest - dice.below(dice.chance(80) ? 60 : latest)));
  const kind = dice.pick(['duplicate-vote', 'light-client-attack'] as const);
  const signed = world.comet.setAt(height).map(({ key }) => bytesToHex(key.bytes));
  const members = keys.all().filter((name) => signed.includes(bytesToHex(stake.consensusKeyOf(name).bytes)));
  const offence = world.offence(dice.pick(dice.chance(80) ? members : keys.all()), height, kind);
  return dice.chance(30) ? [offence, offence] : [offence];
}

/** One history; every block that was made. */
function simulate(seed: number) {
  const dice = createDice(seed);
  const keys = new KeyRing();
  const endS = GENESIS_S + 200n * 86_400n;
  const locks = [
    { token: 'DPN' as const, amountMicro: 700n * DPN, startS: GENESIS_S, cliffS: GENESIS_S, endS },
  ];
  const blocks: Recorded[] = [];
  const happened = new Map<string, number>();
  const world = stake.createStakeWorld({
    validators: { o1: 400n, o2: 300n, o3: 200n, o4: 100n, o5: 90n },
    people: [...OPERATORS.slice(5), ...PEOPLE.slice(0, 5), 'council', 'treasury'],
    accounts: [{ address: stake.addressOf('locked'), balances: { DPN: 900n * DPN }, locks }],
    staking: { validatorsMax: 5, windowBlocks: 20, missedBlocksMax: 10, epochBlocks: 7 },
    paradigms: [{ document: PURCHASE, author: stake.addressOf('council') }],
    storage: { microPerByte: 7n, keepS: 2 * 86_400 },
    record: (input, root) => blocks.push({ input, root }),
  });
  const accounts = EVERYBODY.map(stake.addressOf);
  let offline: string[] = [];
  for (let count = 0; count < BLOCKS; count++) {
    if (dice.chance(5)) offline = dice.chance(50) ? [] : [dice.pick(keys.all()), dice.pick(OPERATORS)];
    const senders = new Set(Array.from({ length: dice.below(4) }, () => dice.pick(EVERYBODY)));
    const txs = [...senders].map((from) => {
      const state = world.app.read();
      const own = state.listOf('delegations-of', stake.addressOf(from));
      const contracts = state.listOf('agreements');
      return world.tx(from, randomMessage(dice, keys, from, { own, contracts }));
    });
    if (dice.chance(3)) {
      const change: Message = {
        type: 'params.update',
        minimumFeeMicro: BigInt(dice.below(1_001)),
        authorBasisPoints: 1,
        networkBasisPoints: 2,
        staking: {
          ...world.app.read().params().staking,
          epochBlocks: 3 + dice.below(9),
          windowBlocks: 11 + dice.below(30),
        },
      };
      if (!senders.has('council')) txs.push(world.tx('council', change));
    }
    const afterS = dice.chance(3) ? BigInt(dice.below(12 * 86_400)) : BigInt(1 + dice.below(60));
    const misbehavior = randomOffences(dice, keys, world);
    const outcome = world.block({ txs, afterS, absent: offline, misbehavior });
    const events = [...outcome.blockEvents, ...outcome.outcomes.flatMap((one) => one.events)];
    for (const { type } of events) happened.set(type, (happened.get(type) ?? 0) + 1);
    const believed = believedSet(world.app.read());
    expect(isSameSet(world.comet.setAt(world.height() + 2n), believed)).toBe(true);
    if (outcome.validatorUpdates.length > 0 || misbehavior.length > 0 || count % 7 === 0) {
      audit(world, accounts);
    }
  }
  return { world, blocks, happened };
}
/** Contracts hold what their books say, the deposits of those that are kept are all there, and nothing is lost. */
function audit(world: StakeWorld, accounts: readonly Uint8Array[]): void {
  const state = world.app.read();
  const contracts = state.listOf('agreements');
  let depositsMicro = 0n;
  for (const address of contracts) {
    const contract = state.contract(address);
    expect(contract === undefined).toBe(state.contractEnd(address) !== undefined);
    const heldMicro = contract === undefined ? 0n : instanceOf(contract).heldMicro;
    expect(state.account(address).balances.DPN).toBe(heldMicro);
    depositsMicro += contract?.deposit?.amountMicro ?? 0n;
  }
  expect(state.account(POOLS.storage).balances.DPN).toBe(depositsMicro);
  auditStakes(state, [...accounts, ...contracts]);
}

type Recorded = { readonly input: BlockInput; readonly root: string };

/** A map that gives its entries in the reverse of the order in which they came. */
function reversedKv(): KvStore {
  const kv = createMemoryKv();
  return { ...kv, apply: (operations) => kv.apply([...operations].reverse()) };
}

describe.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', (seed) => {
  const { world, blocks, happened } = simulate(seed);

  test('ends with books in order, and everything that can happen did', () => {
    audit(world, EVERYBODY.map(stake.addressOf));
    expect(world.height()).toBe(BigInt(BLOCKS));
    // A simulation in which nothing succeeds would prove nothing.
    for (const type of EXPECTED) expect([...happened.keys()]).toContain(type);
  });

  test('replayed on another store and through restarts, leads to the same root at every height', () => {
    const kv = reversedKv();
    let app = createApplication({ kv, verify: () => true });
    app.initChain(world.genesis);
    for (const [place, { input, root }] of blocks.entries()) {
      if (place % 50 === 49) app = createApplication({ kv, verify: () => true });
      expect(bytesToHex(app.finalizeBlock(input).appHash)).toBe(root);
      app.commit();
    }
  }, 120_000);
});
