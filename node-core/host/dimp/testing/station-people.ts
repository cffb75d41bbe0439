// People and stations for tests of a station, joined without sockets.

import { beforeAll } from 'vitest';
import type { Account } from '../../../dimp/index.ts';
import { makeAccount, TestClient, TestStation, World } from './world.ts';

type Named = (name: string) => Account;

/** Accounts for the tests of a file, made once before them, and meetings of these people at station one. */
export function createPeople() {
  let accounts: { readonly [name: string]: Account };
  beforeAll(async () => {
    const made = await Promise.all([
      makeAccount('alice'),
      makeAccount('bob'),
      makeAccount('carol'),
      makeAccount('eve'),
      makeAccount('station-one', 'station'),
      makeAccount('station-two', 'station'),
    ]);
    const names = ['alice', 'bob', 'carol', 'eve', 'one', 'two'];
    accounts = Object.fromEntries(made.map((account, index) => [names[index] ?? '', account]));
  });
  const account: Named = (name) => {
    const found = accounts[name];
    if (found === undefined) throw new Error(name);
    return found;
  };
  return { account, meeting: createMeeting(account) };
}

/** A station with the named people logged in, who know each other. */
function createMeeting(account: Named) {
  return (names: readonly string[], options: ConstructorParameters<typeof TestStation>[2] = {}) => {
    const world = new World();
    const station = new TestStation(world, account('one'), options);
    const people = names.map((name) => new TestClient(world, account(name), 'first'));
    for (const person of people) {
      person.know(...people);
      person.connect(station);
    }
    world.settle();
    const [first, second, third] = people;
    if (first === undefined || second === undefined) throw new Error('two at least');
    return { world, station, people, first, second, third: third ?? second };
  };
}
