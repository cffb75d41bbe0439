// One-time packages at a station: whatever is brought, asked for and lost in crashes, none is given out twice, and nobody
// uses up what is kept for others.

import * as fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { makeAccount, TestClient, TestStation, World } from '../../host/dimp/testing/world.ts';
import type { Account, JsonObject } from '../index.ts';
import {
  createContent,
  PACKAGES_AT_ONCE_MAX,
  PACKAGES_MAX,
  parseContent,
  putPackages,
  takePackages,
} from '../index.ts';
import { createMemoryStationStore } from './memory-store.ts';
import { createPackageDesk, RESERVED } from './package-desk.ts';

let people: readonly [Account, Account, Account];
let home: Account;
let away: Account;
beforeAll(async () => {
  const [a, b, c, station, other] = await Promise.all([
    makeAccount('ada'),
    makeAccount('bo'),
    makeAccount('cy'),
    makeAccount('station', 'station'),
    makeAccount('other', 'station'),
  ]);
  people = [a, b, c];
  home = station;
  away = other;
});

type Given = { readonly packages?: readonly string[]; readonly names?: readonly string[] };

/** A desk over a store that outlives its crashes. */
function openDesk() {
  const store = createMemoryStationStore();
  let nowMs = 1_700_000_000_000;
  let writes: (() => void)[] = [];
  const create = () =>
    createPackageDesk({
      store,
      nowMs: () => nowMs,
      later: (write) => void writes.push(write),
      hasRoom: () => true,
      neighbourOf: () => undefined,
      tellNeighbour: () => undefined,
    });
  let desk = create();
  return {
    store,
    ask(fields: JsonObject, by: Account): Promise<Given> | undefined {
      const content = parseContent(createContent('customized', fields, { sn: 1, timeS: 1 }));
      return content.ok ? (desk.take(content.value, by.id) as Promise<Given> | undefined) : undefined;
    },
    flush: () => {
      for (const write of writes.splice(0)) write();
    },
    crash: () => {
      writes = [];
      desk = create();
    },
    pass: (milliseconds: number) => {
      nowMs += milliseconds;
    },
  };
}

const act = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), count: fc.nat(PACKAGES_AT_ONCE_MAX), drop: fc.nat(3) }),
  fc.record({ kind: fc.constant('take' as const), by: fc.nat(2), twice: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'crash' as const, 'pass' as const) }),
);

it('gives none twice, none that was not brought, and to strangers not the last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const { store, ask, flush, crash, pass } = openDesk();
      const [owner] = people;
      store.addToList(owner.id.bare, 'known', people[1].id.bare);
      const [given, brought]: [string[], Set<string>] = [[], new Set()];
      let serial = 0;
      const take = (by: Account) =>
        void ask(takePackages(owner.id, ['t', 'none', 't']), by)?.then(({ packages }) =>
          given.push(...(packages ?? [])),
        );
      for (const one of acts) {
        if (one.kind === 'put') {
          const made = Array.from({ length: one.count }, () => (++serial).toString(16));
          for (const name of made) brought.add(`text ${name}`);
          const packages = made.map((name) => ({ name, package: `text ${name}` }));
          void ask(putPackages('t', packages, store.packages(owner.id.bare, 't').slice(0, one.drop)), owner);
        } else if (one.kind === 'take') {
          const by = people[one.by] as Account;
          take(by);
          if (one.twice) take(by);
        } else if (one.kind === 'flush') flush();
        else if (one.kind === 'crash') crash();
        else pass(3_600_000);
        await Promise.resolve();
        expect(store.packages(owner.id.bare, 't').length).toBeLessThanOrEqual(PACKAGES_MAX);
      }
      flush();
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      expect(new Set(given).size).toBe(given.length);
      expect(given.every((text) => brought.has(text))).toBe(true);
    }),
    { seed: 61, numRuns: 150 },
  );
});

it('keeps some for those whom the owner has written to, whoever else asks', async () => {
  const { store, ask, flush, pass } = openDesk();
  const [owner, friend, stranger] = people;
  for (let round = 0; round < 5; round++) {
    const packages = Array.from({ length: 8 }, (_, index) => ({
      name: `${round}${index}`,
      package: `p${round}${index}`,
    }));
    void ask(putPackages('t', packages, []), owner);
  }
  flush();
  expect(store.packages(owner.id.bare, 't')).toHaveLength(PACKAGES_MAX);
  const take = async (by: Account) => {
    const answer = ask(takePackages(owner.id, ['t']), by);
    flush();
    return (await answer)?.packages?.length;
  };
  // One stranger gets four; many, at whatever pace, do not get the rest.
  const first: (number | undefined)[] = [];
  for (let index = 0; index < 6; index++) first.push(await take(stranger));
  expect(first).toEqual([1, 1, 1, 1, 0, 0]);
  for (let day = 0; day < 30; day++) {
    pass(24 * 3_600_000);
    for (let index = 0; index < 4; index++) await take(stranger);
  }
  expect(store.packages(owner.id.bare, 't')).toHaveLength(RESERVED);
  store.addToList(owner.id.bare, 'known', friend.id.bare);
  expect([await take(friend), await take(stranger), await take(owner)]).toEqual([1, 0, 1]);
});

it('answers over a connection when it is on disk, and a crash gives nothing out again', async () => {
  const world = new World();
  const station = new TestStation(world, home);
  const [ada, bo] = [new TestClient(world, people[0], 'a'), new TestClient(world, people[1], 'b')];
  const heard: JsonObject[] = [];
  for (const client of [ada, bo]) {
    client.know(ada, bo);
    client.fromStation = ({ json }) => void (json['mod'] === 'packages' && heard.push(json));
    client.connect(station);
  }
  world.settle();
  const settle = async () => {
    world.settle();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    world.settle();
  };
  station.store.addToList(people[0].id.bare, 'known', people[1].id.bare);
  const packages = ['1', '2'].map((name) => ({ name, package: `text ${name}` }));
  ada.client?.customized(putPackages('a', packages, []));
  await settle();
  bo.client?.customized(takePackages(people[0].id, ['a']));
  await settle();
  expect(heard).toMatchObject([
    { act: 'kept', terminal: 'a', names: ['1', '2'] },
    { act: 'given', did: people[0].id.bare, packages: ['text 1'] },
  ]);
  station.restart();
  for (const client of [ada, bo]) client.connect(station);
  world.settle();
  bo.client?.customized(takePackages(people[0].id, ['a', 'b']));
  await settle();
  bo.client?.customized(takePackages(people[0].id, ['a']));
  await settle();
  expect(heard.slice(2)).toMatchObject([{ packages: ['text 2'] }, { packages: [] }]);
});

it('are fetched from the neighbour where their owner is, as for a stranger, and nobody waits for one that is silent', async () => {
  const world = new World();
  const near = new TestStation(world, home, { neighbours: [away.id] });
  const far = new TestStation(world, away, { neighbours: [home.id] });
  const [ada, bo] = [new TestClient(world, people[0], 'a'), new TestClient(world, people[1], 'b')];
  const heard: JsonObject[] = [];
  for (const client of [ada, bo]) {
    client.know(ada, bo);
    client.fromStation = ({ json }) => void (json['mod'] === 'packages' && heard.push(json));
  }
  near.dial(far);
  far.dial(near);
  ada.connect(far);
  bo.connect(near);
  const settle = async () => {
    for (let turn = 0; turn < 4; turn++) {
      world.settle();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  await settle();
  const packages = Array.from({ length: RESERVED + 2 }, (_, index) => ({
    name: `${index}`,
    package: `text ${index}`,
  }));
  ada.client?.customized(putPackages('a', packages, []));
  await settle();
  heard.splice(0);
  const take = async () => {
    bo.client?.customized(takePackages(people[0].id, ['a']));
    await settle();
    return heard.splice(0).map((json) => json['packages']);
  };
  far.store.addToList(people[0].id.bare, 'known', people[1].id.bare);
  expect([await take(), await take(), await take()]).toEqual([[['text 0']], [['text 1']], [[]]]);
  // The neighbour hears and does not answer.
  far.station.receive = () => undefined;
  expect(await take()).toEqual([]);
  world.pass(4000);
  await settle();
  expect(heard.splice(0)).toMatchObject([{ act: 'given', packages: [] }]);
  // Who is no neighbour brings nothing and fetches nothing.
  bo.client?.customized({ app: 'dipnet', mod: 'packages', act: 'fetched', errand: '1', packages: ['x'] });
  await settle();
  expect(heard).toEqual([]);
});
