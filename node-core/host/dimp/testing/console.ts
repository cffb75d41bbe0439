// A console's messenger over real files, without the rest of a console: for tests that write to each other over stations.

import { join } from 'node:path';
import type { OrderCard, OrderView, Party } from '../../../api/index.ts';
import { ok, refuse } from '../../../base/index.ts';
import type { Sqlite } from '../../adapters/sqlite.ts';
import { openSqlite } from '../../adapters/sqlite.ts';
import { systemClock, systemRandom } from '../../adapters/system.ts';
import { createVault } from '../../adapters/vault.ts';
import type { EventBus } from '../../services/event-bus.ts';
import { createEventBus } from '../../services/event-bus.ts';
import type { Identities } from '../../services/identities.ts';
import { createIdentities } from '../../services/identities.ts';
import { orderFault } from '../../services/order-faults.ts';
import { createParties } from '../../services/parties.ts';
import { CONSOLE_MIGRATIONS } from '../../store/migrations.ts';
import { CHAT_MIGRATIONS } from '../chat-migrations.ts';
import type { MessengerParts } from '../messenger.ts';
import { Messenger } from '../messenger.ts';

/** The key of every test console's vault. */
export const TEST_VAULT_SECRET = new Uint8Array(32).fill(5);

/** What parts that are added to a messenger stand on. */
export type TestBasics = {
  readonly database: Sqlite;
  readonly identities: Identities;
  readonly bus: EventBus;
  readonly messenger: () => Messenger;
};
const isOf = (actor: string, parties: readonly Party[]) => parties.some(({ address }) => address === actor);

/** A console's messenger over a folder that may have been used before, with the named people. */
export async function openTestConsole(
  folder: string,
  names: readonly string[],
  orders: () => readonly OrderCard[] = () => [],
  extras: (basics: TestBasics) => Partial<MessengerParts> = () => ({}),
) {
  const vault = createVault(TEST_VAULT_SECRET, systemRandom);
  const database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
  const chat = openSqlite(join(folder, 'chat.db'), CHAT_MIGRATIONS);
  const identities = await createIdentities(database, vault, systemRandom);
  for (const name of names.slice(identities.people().length)) await identities.create('buyer', name);
  const bus = createEventBus();
  const messenger: Messenger = new Messenger({
    ...extras({ database, identities, bus, messenger: () => messenger }),
    database: chat,
    vault,
    clock: systemClock,
    log: () => undefined,
    bus,
    identities,
    parties: createParties(identities, new Map()),
    orders: {
      list: async (actor) =>
        ok(orders().filter(({ buyer, owner, designer }) => isOf(actor, [buyer, owner, designer]))),
      get: async (id) => {
        const found = orders().find((order) => order.id === id);
        return found === undefined ? refuse(orderFault('orders.unknown')) : ok(found as OrderView);
      },
    },
    stationFolder: join(folder, 'station'),
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await messenger.close();
    chat.close();
    database.close();
  };
  const people = identities.people().map(({ address }) => address);
  return { messenger, bus, close, chat, database, identities, people };
}

/** Waits for the world, not for the clock. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await systemClock.sleep(5);
}

/** What a chat says, oldest first; nothing where there is no such chat. */
export async function textsOf(messenger: Messenger, actor: string, chat: string): Promise<string[]> {
  const view = await messenger.chat(actor, chat);
  return view.ok ? view.value.messages.map(({ text }) => text) : [];
}
