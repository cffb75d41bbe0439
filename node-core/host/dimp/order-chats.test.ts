// The chats of orders over a real station: the group that the buyer's console founds, the mediator whom both parties call,
// and what those try who want to be in it.

import { expect, it } from 'vitest';
import type { OrderCard } from '../../api/index.ts';
import { unwrap } from '../../base/index.ts';
import { createDirectory, parseId } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { createSqliteKv } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { createChatStore } from './chat-store.ts';
import { orderGroupSeed } from './order-chats.ts';
import type { TestConsole } from './testing/consoles.ts';
import { makeFolder, openConsole, TEST_VAULT_SECRET, textsOf, until } from './testing/consoles.ts';

const ORDER = `0x${'ab'.repeat(20)}`;
const CHAT = `o:${ORDER}`;

/** People of one console whose order stands as the test says. */
async function openOrder(names: readonly string[]) {
  let orders: readonly OrderCard[] = [];
  const console = await openConsole(makeFolder(), names, () => orders);
  const { messenger, bus, people } = console;
  const [ada = '', bo = '', cy = '', dee = '', eve = ''] = people;
  const set = (state: string, final = false) => {
    const [buyer, owner, designer] = [ada, bo, cy].map((address) => ({ address, name: '' }));
    orders = [{ id: ORDER, title: 'Bracket', buyer, owner, designer, state, final } as OrderCard];
    bus.changed('orders');
  };
  const card = async (who: string) => (await messenger.chats(who)).find(({ id }) => id === CHAT);
  const groupOf = async (who: string) => (await card(who))?.order?.group;
  const says = async (who: string, text: string) => unwrap(await messenger.send(who, CHAT, text));
  const reads = (who: string, text: string) =>
    until(async () => (await textsOf(messenger, who, CHAT)).includes(text));
  return { console, messenger, set, card, groupOf, says, reads, ada, bo, cy, dee, eve };
}

it('is founded by the buyer’s console when the order is accepted, found by all, and entered by nobody else', async () => {
  const names = ['Ada', 'Bo', 'Cy', 'Dee'];
  const { messenger, set, card, groupOf, says, reads, ada, bo, cy, dee } = await openOrder(names);
  for (const who of [ada, bo, cy, dee]) await messenger.view(who);
  set('open');
  await until(async () => (await card(ada)) !== undefined);
  expect(await groupOf(ada)).toBeUndefined();
  set('accepted');
  for (const who of [ada, bo, cy]) await until(async () => (await groupOf(who)) !== undefined);
  const group = await groupOf(ada);
  expect(group).toMatch(new RegExp(`^${orderGroupSeed(ORDER)}@`));
  expect([await groupOf(bo), await groupOf(cy)]).toEqual([group, group]);
  set('printed');
  await says(bo, 'printed, both copies');
  for (const who of [ada, cy]) await reads(who, 'printed, both copies');
  const [message] = unwrap(await messenger.chat(ada, CHAT)).messages;
  expect(message).toMatchObject({ secrecy: 'forward', from: { id: bo } });
  // It stands in the list once: as the chat of the order.
  for (const who of [ada, bo, cy])
    expect((await messenger.chats(who)).filter(({ kind }) => kind !== 'person')).toHaveLength(1);
  expect((await card(cy))?.order).toMatchObject({ member: true, mayCall: false, mediators: [] });
  // A buyer who adds somebody to the group adds them for nobody.
  unwrap(await messenger.changeGroup(ada, `g:${group}`, { add: [dee] }));
  await says(bo, 'for the three of us');
  await reads(ada, 'for the three of us');
  expect((await card(bo))?.members.map(({ id }) => id)).toEqual([ada, bo, cy]);
  expect(await card(dee)).toBeUndefined();
  expect(await textsOf(messenger, dee, `p:${bo}`)).toEqual([]);
  // A group of somebody else's that is called the same is none of the order's.
  const other = unwrap(await messenger.foundGroup(cy, 'Bracket', [ada, bo]));
  await until(async () => (await messenger.chats(ada)).some(({ id }) => id === other));
  expect(await groupOf(ada)).toBe(group);
});

it('lets in the mediator whom both have called, from then on and until the dispute is over', async () => {
  const names = ['Ada', 'Bo', 'Cy', 'Dee', 'Eve'];
  const { messenger, set, card, groupOf, says, reads, ada, bo, cy, dee, eve } = await openOrder(names);
  for (const who of [ada, bo, cy, dee, eve]) await messenger.view(who);
  set('accepted');
  for (const who of [ada, bo, cy]) await until(async () => (await groupOf(who)) !== undefined);
  await says(ada, 'between us');
  await reads(bo, 'between us');
  const call = (who: string, whom: string) => messenger.callMediator(who, CHAT, whom);
  expect(await call(ada, dee)).toMatchObject({ fault: { code: 'chat.mediator.peace' } });
  set('disputed');
  await until(async () => (await card(ada))?.order?.mayCall === true);
  expect(await call(ada, cy)).toMatchObject({ fault: { code: 'chat.mediator.party' } });
  expect(await call(cy, dee)).toMatchObject({ fault: { code: 'chat.unknown' } });
  // One alone lets nobody in.
  unwrap(await call(ada, dee));
  await until(async () => (await card(bo))?.order?.calls[0]?.called.id === dee);
  expect((await card(bo))?.order?.mediators).toEqual([]);
  unwrap(await call(bo, eve));
  await until(async () => (await card(ada))?.order?.calls.length === 2);
  expect((await card(ada))?.members).toHaveLength(3);
  unwrap(await call(bo, dee));
  for (const who of [ada, bo, cy, dee]) await until(async () => (await card(who))?.members.length === 4);
  expect((await card(dee))?.order).toMatchObject({ member: true, mayCall: false });
  await says(dee, 'I have read the contract');
  for (const who of [ada, bo, cy]) await reads(who, 'I have read the contract');
  await says(bo, 'the part was packed well');
  await reads(dee, 'the part was packed well');
  expect(await textsOf(messenger, dee, CHAT)).toEqual([
    'I have read the contract',
    'the part was packed well',
  ]);
  expect(await card(eve)).toBeUndefined();
  set('agreed', true);
  await until(async () => (await card(dee))?.order?.member === false);
  expect(await messenger.send(dee, CHAT, 'one more thing')).toMatchObject({
    fault: { code: 'chat.group.out' },
  });
  await until(async () => (await card(ada))?.members.length === 3);
});

/** What a message of the order's chat was signed to belong to. */
function groupsSaid(console: TestConsole, actor: string): readonly unknown[] {
  const store = createChatStore(console.chat, createVault(TEST_VAULT_SECRET, systemRandom), systemRandom);
  return store.span(actor, CHAT, 0, Number.MAX_SAFE_INTEGER, 100).map(({ id }) => {
    const proof = JSON.parse(store.proof(actor, id)) as { readonly inner?: string };
    const inner = JSON.parse(proof.inner ?? '[]') as unknown;
    return (Array.isArray(inner) ? inner : [inner]).map(
      (part) => (part as { group?: unknown } | null)?.group,
    );
  });
}

it('is one group, the buyer’s, where buyer and maker have founded one each at once', async () => {
  const { messenger, set, card, groupOf, says, reads, ada, bo, cy, console } = await openOrder([
    'Ada',
    'Bo',
    'Cy',
  ]);
  for (const who of [ada, bo, cy]) await messenger.view(who);
  // Nobody has seen it being accepted: both consoles are the first.
  set('printed');
  for (const who of [ada, bo, cy]) await until(async () => (await groupOf(who)) !== undefined);
  await says(bo, 'from the maker, at once');
  for (const who of [ada, cy]) await reads(who, 'from the maker, at once');
  const directory = createDirectory(createSqliteKv(console.chat), createDimpCrypto());
  const founderOf = (group: string) =>
    directory.documents(unwrap(parseId(group))).find(({ type }) => type === 'bulletin')?.properties[
      'founder'
    ];
  await until(async () => {
    const [a, b, c] = [await groupOf(ada), await groupOf(bo), await groupOf(cy)];
    return a !== undefined && a === b && b === c && founderOf(a) === ada;
  });
  const founded = console.chat
    .prepare<[string], { peer: string }>("SELECT peer FROM secrets WHERE owner = ? AND kind = 'group'")
    .all(bo);
  expect(founded).toHaveLength(2);
  unwrap(await messenger.sendFile(bo, CHAT, { name: 'part.bin', bytes: new Uint8Array(100) }));
  for (const who of [ada, cy]) await reads(who, 'part.bin');
  const group = await groupOf(ada);
  expect(groupsSaid(console, bo).at(-1)).toContain(group);
  // One chat for each of them, whichever groups there were.
  for (const who of [ada, bo, cy])
    expect((await messenger.chats(who)).filter(({ kind }) => kind !== 'person')).toHaveLength(1);
  expect((await card(cy))?.members.map(({ id }) => id)).toEqual([ada, bo, cy]);
});

it('is founded by the maker’s console while the buyer’s is away, and the buyer’s then uses that', async () => {
  let orders: readonly OrderCard[] = [];
  const folder = makeFolder();
  const two = await openConsole(makeFolder(), ['Bo', 'Cy'], () => orders);
  const one = await openConsole(folder, ['Ada'], () => orders);
  const [[ada = ''], [bo = '', cy = '']] = [one.people, two.people];
  const { host, port } = (await two.messenger.view(bo)).station;
  await one.messenger.useStation({ host, port });
  await until(async () => (await one.messenger.view(ada)).station.state === 'connected');
  unwrap(await two.messenger.addContact(bo, ada, ''));
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'hello'));
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === 1);
  await one.close();
  const [buyer, owner, designer] = [ada, bo, cy].map((address) => ({ address, name: '' }));
  orders = [
    { id: ORDER, title: 'Bracket', buyer, owner, designer, state: 'accepted', final: false } as OrderCard,
  ];
  two.bus.changed('orders');
  const groupOf = async ({ messenger }: TestConsole, who: string) =>
    (await messenger.chats(who)).find(({ id }) => id === CHAT)?.order?.group;
  await until(async () => (await two.messenger.chats(bo)).some(({ id }) => id === CHAT));
  expect(await groupOf(two, bo)).toBeUndefined();
  unwrap(await two.messenger.send(bo, CHAT, 'which colour?'));
  expect(await groupOf(two, bo)).toMatch(new RegExp(`^${orderGroupSeed(ORDER)}@`));
  const again = await openConsole(folder, [], () => orders);
  await again.messenger.view(ada);
  await until(async () => (await textsOf(again.messenger, ada, CHAT)).includes('which colour?'));
  await until(async () => {
    const [a, b, c] = [await groupOf(again, ada), await groupOf(two, bo), await groupOf(two, cy)];
    return a !== undefined && a === b && b === c;
  });
  unwrap(await again.messenger.send(ada, CHAT, 'blue'));
  for (const who of [bo, cy])
    await until(async () => (await textsOf(two.messenger, who, CHAT)).includes('blue'));
});
