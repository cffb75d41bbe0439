// Sealed bids and the like: what a party committed to, kept so that it can be opened in time. The salt follows from the
// party's own key and the agreement, so that words alone bring it back; the value is remembered here, sealed.

import type { Bytes } from '../../base/index.ts';
import { concatBytes, hkdf, sha256, u64ToBytes, utf8ToBytes } from '../../base/index.ts';
import type { Address, KeyPair } from '../../identity/index.ts';
import { addressToText } from '../../identity/index.ts';
import { SALT_BYTES } from '../../paradigm/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';

export type SealedValues = ReturnType<typeof createSealedValues>;

const PURPOSE = 'sealed-value';

export function createSealedValues(database: Sqlite, vault: Vault) {
  const insert = database.prepare(
    'INSERT INTO sealed_values (agreement, actor, sealed) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed',
  );
  const select = database.prepare<[string, string], { sealed: Buffer }>(
    'SELECT sealed FROM sealed_values WHERE agreement = ? AND actor = ?',
  );
  return {
    salt: (key: KeyPair, agreement: Address): Bytes =>
      hkdf(
        sha256,
        key.secretKey,
        undefined,
        concatBytes(utf8ToBytes('dipnet/seal-salt/v1/'), agreement),
        SALT_BYTES,
      ),
    /** Before it is sent: a value that was sealed and then forgotten could never be opened. */
    remember(agreement: Address, actor: Address, value: bigint): void {
      insert.run(addressToText(agreement), addressToText(actor), vault.seal(PURPOSE, u64ToBytes(value)));
    },
    recall(agreement: Address, actor: Address): bigint | undefined {
      const row = select.get(addressToText(agreement), addressToText(actor));
      const opened = row === undefined ? undefined : vault.open(PURPOSE, new Uint8Array(row.sealed));
      return opened === undefined
        ? undefined
        : new DataView(opened.buffer, opened.byteOffset).getBigUint64(0);
    },
  };
}
