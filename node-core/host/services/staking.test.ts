// Stake as the console shows it, over a real chain with an operator behind its validator: every number is proven.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesToHex, refuse, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { createApplication, SoloEngine } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import { consensusAddress, createConsensusKey, headerHash } from '../../comet/index.ts';
import { parseId } from '../../dimp/index.ts';
import { addressToText } from '../../identity/index.ts';
import {
  createEngineProvider,
  createLightNode,
  defaultVerifyOptions,
  lightFault,
} from '../../light/index.ts';
import { createSignatureBackend } from '../adapters/signatures.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { createChainClient } from './chain-client.ts';
import type { ChainReader } from './chain-reader.ts';
import { createEventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import { createStakeReader } from './locked-stake.ts';
import { Network } from './network.ts';
import { Staking } from './staking.ts';

const STAKE_MICRO = 10_000_000n;
const key = createConsensusKey(world.VALIDATOR_SECRET, 'secp256k1');
const operator = addressToText(world.addressOf('owner'));
const signing = [bytesToHex(consensusAddress(key))];

let folder: string;
let database: Sqlite;
let engine: SoloEngine;
let staking: Staking;
let reader: ChainReader;
let network: Network;
let clock: ReturnType<typeof world.createManualClock>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-staking-'));
  database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
  clock = world.createManualClock(Number(world.GENESIS_S) * 1000);
  const kv = createMemoryKv();
  const stakes = [{ operator: world.addressOf('owner'), key, name: 'First', stakeMicro: STAKE_MICRO }];
  engine = new SoloEngine({
    kv,
    app: createApplication({ kv }),
    clock,
    genesis: { ...world.createGenesis(), stakes },
    validatorKey: { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET },
  });
  await engine.start();
  const first = unwrap(await engine.lightBlock(1n));
  const light = createLightNode({
    root: { chainId: world.CHAIN_ID, height: 1n, hash: headerHash(first.header) },
    verify: defaultVerifyOptions(world.CHAIN_ID, createSignatureBackend()),
    clock,
    store: createMemoryKv(),
    providers: [createEngineProvider('this computer', engine)],
    witnessesMin: 0,
  });
  const chain = createChainClient({
    engine,
    light,
    database,
    bus: createEventBus(),
    log: () => undefined,
    clock,
    onProof: () => undefined,
  });
  reader = chain;
  // Keys by account, which is all that is asked of them here.
  const people = new Map(
    world.NAMES.map((name) => [addressToText(world.addressOf(name)), world.keyOf(name)]),
  );
  const identities = { keyPair: (actor: string) => people.get(actor) } as unknown as Identities;
  staking = new Staking({ chain, identities, clock });
  network = new Network(engine, light, clock);
});
afterAll(async () => {
  await engine.stop();
  database.close();
  rmSync(folder, { recursive: true });
});

const buyer = addressToText(world.addressOf('buyer'));

test('stake goes to a validator, is seen behind it, and comes back on a date', async () => {
  unwrap(await staking.delegate(buyer, operator, 5_000_000n));
  clock.advance(60_000);
  const overview = await staking.overview(signing);
  expect(overview?.byConsensusAddress.get(signing[0] ?? '')).toMatchObject({
    operator,
    name: 'First',
    stakeMicro: STAKE_MICRO + 5_000_000n,
    state: 'elected',
    uptime: 1,
    jailedUntilS: null,
  });
  expect(overview?.candidates).toEqual([]);
  unwrap(await staking.undelegate(buyer, operator, 2_000_000n));
  const own = unwrap(await staking.stakeOf(buyer));
  expect(own).toMatchObject({ isElected: true, unbondingS: 21 * 86_400 });
  expect(own.delegations).toMatchObject([{ operator, name: 'First', amountMicro: 3_000_000n }]);
  const [back] = own.unbondings;
  expect(back).toMatchObject({ operator, amountMicro: 2_000_000n });
  expect(back?.completesS).toBeGreaterThan(Number(world.GENESIS_S) + 21 * 86_400);
});

test('a station reads what somebody has locked, and nothing for who has no account', async () => {
  const locked = (text: string) => createStakeReader(reader, () => undefined)(unwrap(parseId(text)));
  expect(await locked(buyer)).toBe(3_000_000n);
  expect(await locked(operator)).toBe(STAKE_MICRO);
  expect(await locked(addressToText(world.addressOf('stranger')))).toBe(0n);
  expect(await locked('moky@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk')).toBe(0n);
  const away = { ...reader, list: async () => refuse(lightFault('light.provider.silent')) };
  expect(await createStakeReader(away, () => undefined)(unwrap(parseId(buyer)))).toBeUndefined();
});

test('what fees earned is shown and can be had', async () => {
  const rewards = async () => unwrap(await staking.stakeOf(buyer)).delegations[0]?.rewardsMicro ?? 0n;
  const { sign } = world.createSigner();
  const to = world.addressOf('owner');
  for (let seq = 0; seq < 5; seq++)
    unwrap(await engine.submit(sign('stranger', { type: 'bank.send', to, token: 'DPN', amountMicro: 1n })));
  const earned = await rewards();
  expect(earned).toBeGreaterThan(0n);
  unwrap(await staking.withdraw(buyer, operator));
  // Only the fee of the withdrawal itself earned something since.
  expect(await rewards()).toBeLessThan(earned / 2n);
});

test('the page names the validator by its operator', async () => {
  await network.trust(1n, bytesToHex(headerHash(unwrap(await engine.lightBlock(1n)).header)));
  const view = await network.view((addresses) => staking.overview(addresses));
  expect(view.validators).toMatchObject([
    { address: signing[0], powerPercent: 100, stake: { name: 'First' } },
  ]);
  expect(view.light.providers).toMatchObject([{ id: 'this computer', role: 'asked', score: 100 }]);
});

test('refusals are the chain’s own', async () => {
  const codes = [
    await staking.delegate(buyer, operator, 1n),
    await staking.delegate(buyer, addressToText(world.addressOf('stranger')), 5_000_000n),
    await staking.undelegate(buyer, operator, 500_000_000n),
    await staking.delegate(buyer, 'nobody', 5_000_000n),
  ].map((result) => (result.ok ? 'accepted' : result.fault.code));
  expect(codes).toEqual([
    'chain.staking.small',
    'chain.staking.unknown',
    'chain.staking.too-much',
    'wallet.address.invalid',
  ]);
});
