// The way back into a folder whose vault or database is lost: for each account that was ever used with it, the world's
// record lies sealed under that account's own key. Whoever has the recovery words of one of them opens the world again;
// nobody else learns more than its address.

import { existsSync, readFileSync } from 'node:fs';
import type { Bytes } from '../../base/index.ts';
import { concatBytes, hkdf, sha256, utf8ToBytes } from '../../base/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { AEAD_NONCE_BYTES, addressToText } from '../../identity/index.ts';
import type { DataDir } from '../adapters/data-dir.ts';
import { writeFileAtomic } from '../adapters/data-dir.ts';
import { nativeAead, systemRandom } from '../adapters/system.ts';
import { WorldRecord } from './world.ts';

const fileOf = (data: DataDir, { address }: KeyPair) => data.file('recovery', addressToText(address));
const sealingKey = ({ secretKey }: KeyPair): Bytes =>
  hkdf(sha256, secretKey, undefined, utf8ToBytes('dipnet/world-for/v1'), 32);

/** Seals the world's record for an account, once. */
export function keepWorldFor(data: DataDir, record: WorldRecord, account: KeyPair): void {
  if (openWorldFor(data, account)?.seedHex === record.seedHex) return;
  const nonce = systemRandom.bytes(AEAD_NONCE_BYTES);
  const text = utf8ToBytes(JSON.stringify(record));
  const sealed = nativeAead.seal(
    sealingKey(account),
    nonce,
    text,
    utf8ToBytes(addressToText(account.address)),
  );
  writeFileAtomic(fileOf(data, account), concatBytes(nonce, sealed));
}

/** The record as it was sealed for this account; undefined where there is none, or it is damaged. */
export function openWorldFor(data: DataDir, account: KeyPair): WorldRecord | undefined {
  const file = fileOf(data, account);
  if (!existsSync(file)) return undefined;
  const stored = new Uint8Array(readFileSync(file));
  const [nonce, sealed] = [stored.subarray(0, AEAD_NONCE_BYTES), stored.subarray(AEAD_NONCE_BYTES)];
  if (nonce.length < AEAD_NONCE_BYTES) return undefined;
  const opened = nativeAead.open(
    sealingKey(account),
    nonce,
    sealed,
    utf8ToBytes(addressToText(account.address)),
  );
  if (opened === undefined) return undefined;
  const record = WorldRecord.safeParse(JSON.parse(new TextDecoder().decode(opened)));
  return record.success ? record.data : undefined;
}
