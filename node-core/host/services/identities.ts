// The people of this console and their keys. Secret keys live in this process only while it runs; on disk they are
// sealed. Names are what this console calls an account, nothing the chain vouches for.

import type { Role } from '../../api/index.ts';
import type { Random } from '../../base/index.ts';
import { defineFaults, FaultError, unwrap } from '../../base/index.ts';
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

export const accountFault = defineFaults('account', {
  'account.unknown': {
    message: 'This console does not hold the key of account {address}.',
    next: 'Switch to one of your own accounts.',
  },
});

export type Person = {
  readonly address: string;
  readonly role: Role;
  readonly name: string;
  readonly backedUp: boolean;
};

type AccountRow = { address: string; role: Role; name: string; keystore: string; backed_up: number };

export type Identities = Awaited<ReturnType<typeof createIdentities>>;

export async function createIdentities(database: Sqlite, vault: Vault, random: Random) {
  const secret = { kind: 'vault', key: vault.secret } as const;
  const identities = new Map<string, Identity>();
  const rows = () => database.prepare('SELECT * FROM accounts ORDER BY position').all() as AccountRow[];
  for (const row of rows())
    identities.set(row.address, unwrap(await openKeystore(row.keystore, secret, nativeAead)));

  function identity(address: string): Identity {
    const found = identities.get(address);
    if (found === undefined) throw new FaultError(accountFault('account.unknown', { address }));
    return found;
  }

  return {
    people: (): Person[] =>
      rows().map(({ address, role, name, backed_up }) => ({
        address,
        role,
        name,
        backedUp: backed_up === 1,
      })),
    /** Makes a person with a fresh key, sealed and stored before it is used for anything. */
    async create(role: Role, name: string): Promise<string> {
      const created = createIdentity(createMnemonic(random));
      const address = addressToText(created.keyPair.address);
      const keystore = await sealKeystore(created, secret, random, nativeAead);
      database
        .prepare('INSERT INTO accounts (address, position, role, name, keystore) VALUES (?, ?, ?, ?, ?)')
        .run(address, rows().length, role, name, keystore);
      identities.set(address, created);
      return address;
    },
    holds: (address: string): boolean => identities.has(address),
    /** @throws FaultError account.unknown. */
    keyPair: (address: string): KeyPair => identity(address).keyPair,
    /** @throws FaultError account.unknown. */
    words: (address: string): string[] => identity(address).mnemonic.split(' '),
    markBackedUp(address: string): void {
      database.prepare('UPDATE accounts SET backed_up = 1 WHERE address = ?').run(address);
    },
  };
}
