// The people of this console and their keys. Secret keys live in this process only while it runs, recovery words only
// while they are shown; on disk both are sealed. A key that this vault cannot open is locked, not lost: its words bring
// it back. Names are what this console calls an account, nothing the chain vouches for.

import type { Role } from '../../api/index.ts';
import type { Random, Result } from '../../base/index.ts';
import { defineFaults, FaultError, ok, refuse, unwrap } from '../../base/index.ts';
import type { Identity, KeyPair } from '../../identity/index.ts';
import {
  addressToText,
  createIdentity,
  createMnemonic,
  openKeystore,
  sealKeystore,
} from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { nativeAead } from '../adapters/system.ts';
import type { Vault } from '../adapters/vault.ts';

const accountFault = defineFaults('account', {
  'account.unknown': {
    message: 'This console does not hold the key of account {address}.',
    next: 'Switch to one of your own accounts.',
  },
  'account.wordless': {
    message: 'This account came as a key from another program: there are no recovery words for it.',
    next: 'Keep an account file of it instead, under Settings, Accounts.',
  },
  'account.held': {
    message: 'This console already has the account {address}; it is called "{name}".',
    next: 'Choose it under Settings, Accounts. Nothing was changed.',
  },
});

export type Person = {
  readonly address: string;
  readonly role: Role;
  readonly name: string;
  readonly backedUp: boolean;
};
/** Somebody whose key cannot be opened here until the recovery words are given. */
export type LockedPerson = Omit<Person, 'backedUp'>;

type AccountRow = { address: string; role: Role; name: string; keystore: string; backed_up: number };

export type Identities = Awaited<ReturnType<typeof createIdentities>>;

/** `onKey` is called for every key that is opened, made or recovered, before it is used for anything. */
export async function createIdentities(
  database: Sqlite,
  vault: Vault,
  random: Random,
  onKey: (key: KeyPair) => void = () => undefined,
) {
  const secret = { kind: 'vault', key: vault.secret } as const;
  const keys = new Map<string, KeyPair>();
  const rows = () => database.prepare('SELECT * FROM accounts ORDER BY position').all() as AccountRow[];
  const take = (keyPair: KeyPair) => {
    onKey(keyPair);
    keys.set(addressToText(keyPair.address), keyPair);
  };
  for (const row of rows()) {
    const opened = await openKeystore(row.keystore, secret, nativeAead);
    if (opened.ok) take(opened.value.keyPair);
  }

  function keyPair(address: string): KeyPair {
    const found = keys.get(address);
    if (found === undefined) throw new FaultError(accountFault('account.unknown', { address }));
    return found;
  }

  /** The key sealed and stored before it is used; a row that was there is taken over. */
  async function store(
    identity: Identity,
    role: Role,
    name: string,
    place: 'first' | 'last',
    backedUp: boolean,
  ) {
    const address = addressToText(identity.keyPair.address);
    const keystore = await sealKeystore(identity, secret, random, nativeAead);
    const position = place === 'first' ? 'MIN(position) - 1' : 'MAX(position) + 1';
    database
      .prepare(
        `INSERT OR REPLACE INTO accounts (address, position, role, name, keystore, backed_up)
         VALUES (?, (SELECT COALESCE(${position}, 0) FROM accounts), ?, ?, ?, ?)`,
      )
      .run(address, role, name, keystore, backedUp ? 1 : 0);
    take(identity.keyPair);
    return address;
  }

  async function mnemonicOf(address: string): Promise<string | undefined> {
    const row = rows().find((candidate) => candidate.address === address);
    return unwrap(await openKeystore(row?.keystore ?? '', secret, nativeAead)).mnemonic;
  }

  return {
    /** Those whose keys are open. The first of a role is the one that acts in it. */
    people: (): Person[] =>
      rows()
        .filter(({ address }) => keys.has(address))
        .map(({ address, role, name, backed_up }) => ({ address, role, name, backedUp: backed_up === 1 })),
    locked: (): LockedPerson[] =>
      rows()
        .filter(({ address }) => !keys.has(address))
        .map(({ address, role, name }) => ({ address, role, name })),
    /** Makes a person with a fresh key. */
    create: (role: Role, name: string): Promise<string> =>
      store(createIdentity(createMnemonic(random)), role, name, 'last', false),
    /** Brings a person back; who has the words has a backup. From now on this is the one that acts in the role. */
    async recover(identity: Identity, role: Role, name: string): Promise<Result<string>> {
      const address = addressToText(identity.keyPair.address);
      const held = keys.has(address) ? rows().find((row) => row.address === address) : undefined;
      if (held !== undefined) return refuse(accountFault('account.held', { address, name: held.name }));
      return ok(await store(identity, role, name, 'first', true));
    },
    /** Makes an account the one that acts in its role. @throws FaultError account.unknown. */
    use(address: string): void {
      keyPair(address);
      database
        .prepare('UPDATE accounts SET position = (SELECT MIN(position) - 1 FROM accounts) WHERE address = ?')
        .run(address);
    },
    holds: (address: string): boolean => keys.has(address),
    /** @throws FaultError account.unknown. */
    keyPair,
    /** Opened for this answer alone, and not kept. @throws FaultError account.unknown, account.wordless. */
    async words(address: string): Promise<string[]> {
      keyPair(address);
      const mnemonic = await mnemonicOf(address);
      if (mnemonic === undefined) throw new FaultError(accountFault('account.wordless'));
      return mnemonic.split(' ');
    },
    /** The words of an account; undefined where its key came without. @throws FaultError account.unknown. */
    async wordsIfAny(address: string): Promise<string[] | undefined> {
      keyPair(address);
      return (await mnemonicOf(address))?.split(' ');
    },
    markBackedUp(address: string): void {
      database.prepare('UPDATE accounts SET backed_up = 1 WHERE address = ?').run(address);
    },
  };
}
