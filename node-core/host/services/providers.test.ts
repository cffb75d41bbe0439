// Providers on a console of its own: the list is the chain's, the quickest station is used, and one that stays away is
// left for another. Stations are listeners on this machine; only the messenger's side of the seam is played.

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assert, ok, unwrap } from '../../base/index.ts';
import { createManualClock } from '../../chain/testing/world.ts';
import { parseAddress } from '../../identity/index.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { probeStation } from '../adapters/station-probe.ts';
import type { Console } from '../core.ts';
import { createConsole } from '../core.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import type { StationPlace } from './providers.ts';
import { Providers } from './providers.ts';

const DEPOSIT = 5_000_000_000_000n;
let folder = '';
let console: Console;
let people: string[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-providers-'));
  console = unwrap(await createConsole({ dataPath: folder, demo: {} }));
  people = console.services.identities.people().map(({ address }) => address);
  const { keys } = console.services.world;
  assert(keys !== undefined, 'a world of its own has its keys');
  for (const person of people.slice(0, 2)) {
    const to = parseAddress(person);
    assert(to !== undefined, 'an account');
    unwrap(
      await console.services.chain.submit(keys.faucet, {
        type: 'bank.send',
        to,
        token: 'DIMT',
        amountMicro: DEPOSIT,
      }),
    );
  }
}, 60_000);

afterAll(async () => {
  for (const server of servers) server.close();
  await console.close();
  rmSync(folder, { recursive: true, force: true });
});

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('a station is offered, used, left for another where it stays away, and never behind the back of who chose by hand', async () => {
  const [first = '', second = '', third = ''] = people;
  const { chain, identities, bus, log } = console.services;
  const [here, there] = [await listen(), await listen()];
  const clock = createManualClock(1_800_000_000_000);
  let used: StationPlace | undefined;
  let away = false;
  const messenger = {
    connect: async (place: StationPlace | undefined) => {
      used = place;
    },
    standing: async () => (used === undefined ? undefined : { ...used, own: false, away }),
  };
  const database = openSqlite(join(folder, 'providers.db'), CONSOLE_MIGRATIONS);
  const receipts = { today: async () => ok({ signed: 0, kept: 0 }) };
  const ownStation = { usersToday: () => undefined };
  const seams = { probe: probeStation, messenger, receipts, ownStation };
  const parts = { chain, identities, bus, log, clock, database, ...seams };
  const providers = new Providers(parts);

  expect(unwrap(await providers.view(third)).providers).toEqual([]);
  const poor = await providers.register(third, 'Poor', [`127.0.0.1:${here}`]);
  expect(poor.ok ? 'ok' : poor.fault.code).toBe('chain.bank.unaffordable');
  unwrap(await providers.register(first, 'First', [`127.0.0.1:${here}`, 'wss://station.example/dim']));
  unwrap(await providers.register(second, 'Second', [`127.0.0.1:${there}`]));
  unwrap(await providers.use(third, first));
  expect(used).toEqual({ host: '127.0.0.1', port: here });
  const view = unwrap(await providers.view(third));
  expect(view.automatic).toBe(true);
  const listed = view.providers.map(({ name, inUse, chosen, mine }) => ({ name, inUse, chosen, mine }));
  expect(listed.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'First', inUse: true, chosen: true, mine: false },
    { name: 'Second', inUse: false, chosen: false, mine: false },
  ]);

  // Away for a moment is nothing; away for long is left.
  away = true;
  await providers.look();
  clock.advance(20_000);
  await providers.look();
  expect(used).toEqual({ host: '127.0.0.1', port: here });
  clock.advance(40_000);
  servers[0]?.close();
  await providers.look();
  expect(used).toEqual({ host: '127.0.0.1', port: there });

  providers.forget();
  used = { host: '127.0.0.1', port: here };
  await providers.look();
  clock.advance(100_000);
  await providers.look();
  expect(used).toEqual({ host: '127.0.0.1', port: here });
  const gone = await providers.use(third, first);
  expect(gone.ok ? 'ok' : gone.fault.code).toBe('provider.unreachable');

  unwrap(await providers.leave(first));
  expect(unwrap(await providers.view(first)).leavesS).toBeGreaterThan(0);
  expect(unwrap(await providers.view(third)).providers.map(({ name }) => name)).toEqual(['Second']);
  database.close();
}, 60_000);
