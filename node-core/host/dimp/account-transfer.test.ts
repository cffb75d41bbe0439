// Accounts as files between consoles: keys, words and contacts arrive, a wrong passphrase and a changed file do not open,
// and a file of another program gives the key alone.

import { expect, it } from 'vitest';
import type { Result } from '../../base/index.ts';
import { parseUtf8, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createAccount, createRsaKey, exportAccount } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { makeFolder, openConsole, textsOf, until } from './testing/consoles.ts';

const PASSPHRASE = 'seven green bolts 七';
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);

it('moves an account with its contacts, and it goes on where it was', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo']);
  const [ada = ''] = one.people;
  const [bo = ''] = two.people;
  const stranger = `0x${'11'.repeat(20)}`;
  unwrap(await one.messenger.addContact(ada, bo, 'My printer'));
  unwrap(await one.messenger.addContact(ada, stranger, ''));
  unwrap(await one.messenger.block(ada, `p:${stranger}`, true));
  const file = unwrap(await one.messenger.transfer.give(ada, PASSPHRASE));
  const text = parseUtf8(file) ?? '';
  const words = await one.identities.words(ada);
  for (const secret of [words.join(' '), 'BEGIN', 'My printer', bo, PASSPHRASE])
    expect(text).not.toContain(secret);
  expect(unwrap(two.messenger.transfer.inspect(file))).toEqual({ id: ada, sealed: true });
  expect(unwrap(one.messenger.transfer.inspect(file))).toEqual({ id: ada, sealed: true, held: 'Ada' });

  const take = (bytes: Uint8Array, passphrase?: string) =>
    two.messenger.transfer.take(bytes, passphrase, 'buyer', 'Ada');
  const wrong = 'dimp.account-file.passphrase';
  expect(codeOf(await take(file))).toBe(wrong);
  expect(codeOf(await take(file, `${PASSPHRASE} `))).toBe(wrong);
  const changed = JSON.stringify({ ...JSON.parse(text), id: bo });
  expect(codeOf(await take(utf8ToBytes(changed), PASSPHRASE))).toBe(wrong);
  const cheap = JSON.parse(text);
  cheap.kdf.cost = 3;
  expect(codeOf(await take(utf8ToBytes(JSON.stringify(cheap)), PASSPHRASE))).toBe(
    'dimp.account-file.malformed',
  );
  expect(codeOf(await take(utf8ToBytes('{}'), PASSPHRASE))).toBe('dimp.account-file.malformed');
  expect(two.identities.holds(ada)).toBe(false);

  expect(unwrap(await take(file, PASSPHRASE))).toEqual({ address: ada, contacts: 2, added: true });
  expect(await two.identities.words(ada)).toEqual(words);
  const cards = await two.messenger.chats(ada);
  expect(cards.find(({ id }) => id === `p:${bo}`)?.title).toBe('My printer');
  expect(cards.find(({ id }) => id === `p:${stranger}`)?.blocked).toBe(true);
  expect(unwrap(await take(file, PASSPHRASE))).toMatchObject({ contacts: 0, added: false });
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'welcome'));
  await until(async () => (await textsOf(two.messenger, ada, `p:${bo}`)).includes('welcome'));
});

it('takes the open form of another program, without words, and refuses keys of another kind', async () => {
  const one = await openConsole(makeFolder(), ['Ada']);
  const two = await openConsole(makeFolder(), ['Bo']);
  const [ada = ''] = one.people;
  const open = unwrap(await one.messenger.transfer.give(ada, undefined));
  expect(parseUtf8(open)).not.toContain((await one.identities.words(ada)).slice(0, 3).join(' '));
  const taken = await two.messenger.transfer.take(open, undefined, 'owner', 'Ada');
  expect(unwrap(taken)).toMatchObject({ address: ada, added: true });
  expect(two.identities.keyPair(ada)).toEqual(one.identities.keyPair(ada));
  await expect(two.identities.words(ada)).rejects.toMatchObject({ fault: { code: 'account.wordless' } });
  expect(unwrap(await two.messenger.transfer.give(ada, PASSPHRASE)).length).toBeGreaterThan(1000);

  const crypto = createDimpCrypto();
  const identityKey = createRsaKey(await crypto.rsa.generate(1024));
  if (identityKey === undefined) throw new Error('a sound key');
  const named = { seed: 'carol', network: 0 };
  const carol = unwrap(
    await createAccount({ identityKey, visaKey: identityKey, named, properties: {}, nowS: 1 }, crypto),
  );
  const empty = { meta: () => undefined, documents: () => [] };
  const foreign = utf8ToBytes(exportAccount(carol, [], empty));
  expect(codeOf(await two.messenger.transfer.take(foreign, undefined, 'buyer', 'Carol'))).toBe(
    'chat.account-file.foreign',
  );
});
