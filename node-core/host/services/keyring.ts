// Content keys of this console: of models its people published and of G-code it quoted, sealed under the vault.

import type { Bytes } from '../../base/index.ts';
import { concatBytes, hkdf, sha256, utf8ToBytes } from '../../base/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';

export type Keyring = ReturnType<typeof createKeyring>;

export function createKeyring(database: Sqlite, vault: Vault) {
  const insert = database.prepare('INSERT OR REPLACE INTO content_keys (content_id, sealed) VALUES (?, ?)');
  const select = database.prepare<[string], { sealed: Buffer }>(
    'SELECT sealed FROM content_keys WHERE content_id = ?',
  );
  const remove = database.prepare('DELETE FROM content_keys WHERE content_id = ?');
  return {
    put: (contentId: string, key: Bytes): void =>
      void insert.run(contentId, vault.seal(`content/${contentId}`, key)),
    get(contentId: string): Bytes | undefined {
      const row = select.get(contentId);
      return row === undefined ? undefined : vault.open(`content/${contentId}`, new Uint8Array(row.sealed));
    },
    /** True where the key is here and this vault opens it. */
    has(contentId: string): boolean {
      return this.get(contentId) !== undefined;
    },
    /** Without its key the content can never be read again. */
    remove: (contentId: string): void => void remove.run(contentId),
  };
}

/**
 * The key of what a person stores of a file, from the person's own key: whoever has the recovery words and the file's
 * hash, which the chain keeps, can read it again with nothing else.
 */
export function ownContentKey(secretKey: Bytes, kind: 'model' | 'mesh', designHash: Bytes): Bytes {
  return hkdf(sha256, secretKey, designHash, utf8ToBytes(`dipnet/own-content/v1/${kind}`), 32);
}

/** Key of an owner's machine, by count; comes back with the owner's recovery words. */
export function ownMachineKey(secretKey: Bytes, index: number): Bytes {
  return hkdf(sha256, secretKey, undefined, utf8ToBytes(`dipnet/own-machine/v1/${index}`), 32);
}

/**
 * The key of G-code made from a model: whoever holds the model's key and knows the G-code's hash can derive it, so
 * releasing the model to a machine releases exactly the G-code that was quoted.
 */
export function gcodeKey(modelKey: Bytes, gcodeHash: Bytes): Bytes {
  return hkdf(sha256, modelKey, undefined, concatBytes(utf8ToBytes('dipnet/gcode/v1'), gcodeHash), 32);
}

/** What a wrapped model key is bound to: one licence, hence one machine, one model, one quantity. */
export function releaseContext(licence: Bytes): Bytes {
  return concatBytes(utf8ToBytes('dipnet/licence/v1'), licence);
}
