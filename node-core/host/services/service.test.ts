// A provider's days from the first message to the reward, over real sockets and files, on a chain whose time the test
// advances: what users sign, what the station claims, what chance asks, what is paid. And what earns nothing: being there,
// one's own messages, people who never chose a provider, and a claim that says more than was signed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { assert, ok, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { Message } from '../../chain/index.ts';
import {
  buildServiceTree,
  createApplication,
  DEFAULT_PROVIDERS,
  dayOf,
  leafContent,
  ProviderState,
  providerKey,
  SoloEngine,
} from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import { consensusAddress, createConsensusKey, headerHash } from '../../comet/index.ts';
import { addressToText, createKeyPair, parseAddress } from '../../identity/index.ts';
import { createEngineProvider, createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { createSignatureBackend, createVerifySignature } from '../adapters/signatures.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { probeStation } from '../adapters/station-probe.ts';
import { createServiceLedger } from '../dimp/service-ledger.ts';
import { STATION_MIGRATIONS } from '../dimp/station-store.ts';
import { openTestConsole, textsOf, until } from '../dimp/testing/console.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import type { ChainClient } from './chain-client.ts';
import { createChainClient } from './chain-client.ts';
import { createChainIndex } from './chain-index.ts';
import { createEventBus } from './event-bus.ts';
import { OwnStation } from './own-station.ts';
import { createProviderDays } from './provider-days.ts';
import { Providers } from './providers.ts';
import { ServiceReceipts } from './service-receipts.ts';
import { openStationNetwork } from './station-network.ts';

const DAY_S = 600;
const TERMS = { ...DEFAULT_PROVIDERS, dayS: DAY_S, settleBlocks: 3 };
const DIMT = 1_000_000n;
const STAKED_DPN = 100n;
const VALIDATOR = consensusAddress(createConsensusKey(world.VALIDATOR_SECRET, 'secp256k1'));
const log = () => undefined;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openChain() {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-service-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const clock = world.createManualClock(Number(world.GENESIS_S) * 1000);
  const plain = world.createGenesis();
  const [first, ...others] = plain.accounts;
  assert(first !== undefined, 'genesis has accounts');
  const balances = { DPN: world.FUNDS_MICRO, DIMT: 20_000_000n * DIMT };
  const kv = createMemoryKv();
  const signatures = createSignatureBackend();
  const engine = new SoloEngine({
    kv,
    app: createApplication({ kv, verify: createVerifySignature(signatures) }),
    clock,
    genesis: {
      ...plain,
      accounts: [{ ...first, balances }, ...others],
      params: { providers: TERMS },
      names: [{ name: 'bea-novak', owner: world.addressOf('designer'), years: 1 }],
    },
    validatorKey: { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET },
  });
  await engine.start();
  closing.push(() => engine.stop());
  const light = createLightNode({
    root: {
      chainId: world.CHAIN_ID,
      height: 1n,
      hash: headerHash(unwrap(await engine.lightBlock(1n)).header),
    },
    verify: defaultVerifyOptions(world.CHAIN_ID, signatures),
    clock,
    store: createMemoryKv(),
    providers: [createEngineProvider('this test', engine)],
    witnessesMin: 0,
  });
  const bus = createEventBus();
  const database = openSqlite(join(folder, 'index.db'), CONSOLE_MIGRATIONS);
  closing.push(() => database.close());
  const onProof = log;
  const chain = createChainClient({ engine, light, database, bus, log, clock, onProof });
  const index = createChainIndex(database, chain.anchors, bus, log);
  closing.push(await index.follow(engine));
  const days = createProviderDays(database);
  index.onEvent((event) => days.onChainEvent(event));
  const faucet = world.keyOf('buyer');
  const block = () =>
    chain.submit(faucet, { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro: 1n });
  return { chain, clock, index, days, faucet, block, engine, light, folder };
}
type Chain = Awaited<ReturnType<typeof openChain>>;

/** A console on the chain: people with coins, its receipts, and its own station as a provider's. */
async function openConsole({ chain, clock, index, faucet }: Chain, names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-service-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const made: { receipts?: ServiceReceipts; own?: OwnStation } = {};
  const opened = await openTestConsole(folder, names, undefined, (basics) => {
    const parts = {
      ...basics,
      chain,
      clock,
      log,
      names: { nameOf: async () => ok('') },
    };
    const receipts = new ServiceReceipts({
      ...parts,
      station: () => basics.messenger().standing(),
      tell: (actor, fields) => basics.messenger().tellStation(actor, fields),
    });
    const own: OwnStation = new OwnStation({ ...parts, station: () => basics.messenger().station() });
    Object.assign(made, { receipts, own });
    return { receipts, serviceTerms: () => own.serviceTerms() };
  });
  closing.push(() => opened.close());
  const { receipts, own } = made;
  assert(receipts !== undefined && own !== undefined, 'the messenger has its parts');
  index.onEvent((event) => own.onChainEvent(event));
  const keyOf = (person: string) => opened.identities.keyPair(person);
  const send = async (person: string, message: Message) => unwrap(await chain.submit(keyOf(person), message));
  for (const person of opened.people) {
    const to = keyOf(person).address;
    for (const [token, amountMicro] of [
      ['DPN', 150_000_000n],
      ['DIMT', 6_000_000n * DIMT],
    ] as const) {
      const isProvider = person === opened.people[0];
      if (token === 'DPN' || isProvider)
        unwrap(await chain.submit(faucet, { type: 'bank.send', to, token, amountMicro }));
    }
  }
  return { ...opened, receipts, own, send, keyOf };
}
type Opened = Awaited<ReturnType<typeof openConsole>>;

const todayOf = ({ clock }: Chain) => dayOf(BigInt(Math.floor(clock.nowMs() / 1000)), TERMS);
const nextDay = ({ clock }: Chain) => clock.advance(DAY_S * 1000);

/** A message that arrives, after which both sides have settled what they sign. */
async function say(from: Opened, person: string, to: Opened, other: string, text: string): Promise<void> {
  unwrap(await from.messenger.addContact(person, other, ''));
  unwrap(await from.messenger.send(person, `p:${other}`, text));
  await until(async () => (await textsOf(to.messenger, other, `p:${person}`)).includes(text));
  await to.receipts.settled();
}

const balance = async (chain: ChainClient, person: string) => {
  const address = parseAddress(person);
  assert(address !== undefined, 'an account');
  return unwrap(await chain.account(address)).value.balances.DIMT;
};

/** An operator with a station; two users who chose it and have stake, and one who did neither. */
async function openScene() {
  const chain = await openChain();
  const operator = await openConsole(chain, ['Olga']);
  const users = await openConsole(chain, ['Ada', 'Bo', 'Cy']);
  const [olga = ''] = operator.people;
  const [ada = '', bo = '', cy = ''] = users.people;
  const { port, ledger } = await operator.messenger.station();
  const stations = [`127.0.0.1:${port}`];
  await operator.send(olga, { type: 'provider.register', name: 'Olga’s', stations });
  await operator.own.look();
  // biome-ignore lint/correctness/useHookAtTopLevel: a station is no hook
  await users.messenger.useStation({ host: '127.0.0.1', port });
  for (const person of [ada, bo]) {
    const amountMicro = STAKED_DPN * 1_000_000n;
    await users.send(person, { type: 'staking.delegate', validator: VALIDATOR, amountMicro });
    await users.send(person, { type: 'provider.choose', provider: operator.keyOf(olga).address });
  }
  return { chain, operator, users, olga, ada, bo, cy, ledger };
}

it('pays a station for what its users signed for, and for nothing else', async () => {
  const { chain, operator, users, olga, ada, bo, cy, ledger } = await openScene();
  // Chosen today, in force tomorrow: nobody signs yet.
  await say(users, bo, users, ada, 'before the day');
  expect(ledger.usersOn(todayOf(chain))).toBe(0);

  nextDay(chain);
  const served = todayOf(chain);
  await say(users, bo, users, ada, 'one');
  await say(users, bo, users, ada, 'two');
  await say(users, cy, users, ada, 'from somebody who chose nobody');
  await say(users, ada, users, cy, 'to somebody who chose nobody');
  await say(operator, olga, users, ada, 'from the provider');
  await until(() => ledger.usersOn(served) === 1);
  await until(async () => unwrap(await users.receipts.today(ada)).kept === 1);
  expect(unwrap(await users.receipts.today(ada))).toEqual({ signed: 1, kept: 1 });
  expect(unwrap(await users.receipts.today(cy))).toEqual({ signed: 0, kept: 0 });
  const [line] = ledger.served(served, new Uint8Array(0), 10);
  expect(line?.receipts.map(({ sender }) => addressToText(sender))).toEqual([bo]);

  nextDay(chain);
  chain.clock.advance(60_000);
  await operator.own.look();
  // One sender of the four that make the whole.
  const weight = STAKED_DPN / 4n;
  expect(ledger.day(served)).toMatchObject({ state: 'proven', users: 1, weight });
  expect(chain.days.of(olga, 5)).toMatchObject([{ day: Number(served), weight, state: 'proven' }]);
  const before = await balance(chain.chain, olga);
  nextDay(chain);
  for (let blocks = 0; blocks < 4; blocks++) unwrap(await chain.block());
  const rewardMicro = weight * TERMS.perWeightMicro;
  expect((await balance(chain.chain, olga)) - before).toBe(rewardMicro);
  await until(() => ledger.day(served)?.state === 'settled');
  expect(ledger.day(served)?.rewardMicro).toBe(rewardMicro);
  expect(chain.days.of(olga, 5)).toMatchObject([{ state: 'settled', rewardMicro }]);

  // A day on which nobody said anything: the station was there all the time, and claims nothing.
  nextDay(chain);
  chain.clock.advance(60_000);
  await operator.own.look();
  expect(ledger.days(10)).toHaveLength(1);
  expect((await balance(chain.chain, olga)) - before).toBe(rewardMicro);
}, 60_000);

it('loses the reward and a part of the deposit where a claim says more than was signed', async () => {
  const { chain, operator, users, olga, ada, bo, ledger } = await openScene();
  nextDay(chain);
  const served = todayOf(chain);
  await say(users, bo, users, ada, 'one');
  await until(() => ledger.usersOn(served) === 1);
  nextDay(chain);
  // The operator writes a hundred times the weight into its own file.
  const [line] = ledger.served(served, new Uint8Array(0), 10);
  assert(line !== undefined, 'somebody was served');
  const weight = STAKED_DPN * 100n;
  const tree = buildServiceTree([{ user: line.user, weight, content: leafContent('', [...line.receipts]) }]);
  ledger.prepare(served, tree.root, weight, [{ ...line, weight }]);
  chain.clock.advance(60_000);
  await operator.own.look();
  expect(ledger.day(served)?.state).toBe('claimed');
  expect(chain.days.of(olga, 5)).toMatchObject([{ state: 'claimed', weight }]);
  const before = await balance(chain.chain, olga);
  nextDay(chain);
  for (let blocks = 0; blocks < 4; blocks++) unwrap(await chain.block());
  await operator.own.look();
  expect(ledger.day(served)?.state).toBe('missed');
  expect(chain.days.of(olga, 5)).toMatchObject([{ state: 'missed' }]);
  expect(await balance(chain.chain, olga)).toBe(before);
  const state = unwrap(await chain.chain.read(ProviderState, providerKey(operator.keyOf(olga).address)));
  expect(state?.value.depositMicro).toBe((TERMS.depositMicro * 99n) / 100n);
}, 60_000);

it('stands alone: offers itself once its account has the deposit, and answers for names as they are proven', async () => {
  const chain = await openChain();
  const { engine, light, clock, folder } = chain;
  const offer = { name: 'Alone', stations: ['station.example:9394'] };
  const databasePath = join(folder, 'network.db');
  const key = createKeyPair(new Uint8Array(32).fill(9));
  const parts = { engine, light, databasePath, clock, log, offer, secretKey: key.secretKey };
  const network = await openStationNetwork(parts);
  closing.push(() => network.close());
  expect(await network.forStation.accountOf('bea-novak')).toBe(addressToText(world.addressOf('designer')));
  expect(await network.forStation.accountOf('bea-n0vak')).toBeUndefined();
  const poor = await network.look();
  expect(poor.ok ? 'ok' : poor.fault.code).toBe('stationnet.deposit');
  expect(network.forStation.serviceTerms()).toBeUndefined();
  const funds = { token: 'DIMT', amountMicro: TERMS.depositMicro } as const;
  const fee = { token: 'DPN', amountMicro: 10_000_000n } as const;
  for (const coins of [funds, fee])
    unwrap(await chain.chain.submit(chain.faucet, { type: 'bank.send', to: key.address, ...coins }));
  unwrap(await network.look());
  const state = unwrap(await chain.chain.read(ProviderState, providerKey(key.address)));
  expect(state?.value).toMatchObject(offer);
  const station = openSqlite(join(folder, 'station.db'), STATION_MIGRATIONS);
  closing.push(() => station.close());
  await network.begin({ ledger: createServiceLedger(station) });
  await until(() => network.forStation.serviceTerms() !== undefined);
  expect(network.forStation.serviceTerms()).toMatchObject({ chainId: world.CHAIN_ID, provider: key.address });
}, 60_000);

it('leaves a provider that disappears for another that the chain names, and messages arrive', async () => {
  const chain = await openChain();
  const [first, second, users] = [
    await openConsole(chain, ['Olga']),
    await openConsole(chain, ['Pia']),
    await openConsole(chain, ['Ada']),
  ];
  const [ada = ''] = users.people;
  const operators = [first, second] as const;
  const ports: number[] = [];
  for (const operator of operators) {
    const [who = ''] = operator.people;
    const { port } = await operator.messenger.station();
    ports.push(port);
    const stations = [`127.0.0.1:${port}`];
    await operator.send(who, { type: 'provider.register', name: `${port}`, stations });
  }
  const { bus, database, identities, messenger, receipts, own } = users;
  const providers = new Providers({
    ...{ chain: chain.chain, clock: chain.clock, log, bus, database, identities, receipts },
    ownStation: own,
    probe: probeStation,
    messenger: {
      connect: (station) => messenger.useStation(station),
      standing: () => messenger.standing(),
    },
  });
  const [pia = ''] = second.people;
  // She is there before anybody asks who she is.
  await until(async () => (await second.messenger.view(pia)).station.state === 'connected');
  await messenger.view(ada);
  const isAt = async (port: number | undefined) => {
    const { station } = await messenger.view(ada);
    return station.state === 'connected' && station.port === port;
  };
  unwrap(await providers.use(ada, first.people[0] ?? ''));
  await until(() => isAt(ports[0]));
  await first.close();
  await until(async () => (await messenger.standing())?.away === true);
  await providers.look();
  chain.clock.advance(60_000);
  await providers.look();
  await until(() => isAt(ports[1]));
  await say(users, ada, second, pia, 'by the other way');
}, 60_000);
