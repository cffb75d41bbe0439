// An account file under a passphrase: what account-file.ts writes, sealed with AES-256-GCM under a key that scrypt makes of
// the passphrase. Only the account's ID is readable without it. docs/account-file.md describes both forms.

import { z } from 'zod';
import type { Bytes, Random, Result } from '../base/index.ts';
import { base64, ok, parseBase64, parseUtf8, refuse, utf8ToBytes } from '../base/index.ts';
import type { Aead, Scrypt } from '../identity/index.ts';
import { AEAD_NONCE_BYTES } from '../identity/index.ts';
import { ACCOUNT_CHARS_MAX, ACCOUNT_FORMAT } from './account-file.ts';
import { readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { parseJsonObject } from './json.ts';

export const SEALED_ACCOUNT_FORMAT = 'dimp-account-sealed/v1';

export type SealingTools = { readonly aead: Aead; readonly scrypt: Scrypt };

/** 128 MiB of memory for a guess. */
const SCRYPT_COST = 2 ** 17;
const SALT_BYTES = 16;

const SealedAccount = z.object({
  format: z.literal(SEALED_ACCOUNT_FORMAT),
  id: z.string(),
  kdf: z.object({
    name: z.literal('scrypt'),
    salt: z.base64().max(88),
    cost: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20)
      .refine((cost) => (cost & (cost - 1)) === 0),
  }),
  cipher: z.literal('aes-256-gcm'),
  nonce: z.base64(),
  sealed: z.base64(),
});

/** The ID is sealed with it: a file cannot be passed off as another account's. */
const associatedData = (id: string) => utf8ToBytes(`${SEALED_ACCOUNT_FORMAT}\n${id}`);

export async function sealAccountFile(
  text: string,
  id: DimpId,
  passphrase: string,
  { aead, scrypt, random }: SealingTools & { readonly random: Random },
): Promise<string> {
  const [salt, nonce] = [random.bytes(SALT_BYTES), random.bytes(AEAD_NONCE_BYTES)];
  const key = await scrypt(passphrase, salt, SCRYPT_COST);
  const sealed = aead.seal(key, nonce, utf8ToBytes(text), associatedData(id.bare));
  const file = {
    format: SEALED_ACCOUNT_FORMAT,
    id: id.bare,
    kdf: { name: 'scrypt', salt: base64.encode(salt), cost: SCRYPT_COST },
    cipher: 'aes-256-gcm',
    nonce: base64.encode(nonce),
    sealed: base64.encode(sealed),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

export type AccountFileHead = { readonly id: DimpId; readonly isSealed: boolean };

/** Whose account a file holds, and whether it takes a passphrase. What it says is not proven yet. */
export function readAccountFileHead(text: string): Result<AccountFileHead> {
  const parsed = parseJsonObject(text, ACCOUNT_CHARS_MAX);
  const json = parsed.ok ? parsed.value.value : {};
  const id = readId(json['id']);
  const isSealed = json['format'] === SEALED_ACCOUNT_FORMAT;
  if (id === undefined || (!isSealed && json['format'] !== ACCOUNT_FORMAT))
    return refuse(dimpFault('dimp.account-file.malformed'));
  return ok({ id, isSealed });
}

export type SealedAccountFile = {
  readonly id: string;
  readonly salt: Bytes;
  readonly cost: number;
  readonly nonce: Bytes;
  readonly sealed: Bytes;
};

/** The parts of a sealed file, as they were written; nothing of it is proven yet. */
export function readSealedAccount(text: string): Result<SealedAccountFile> {
  const parsed = parseJsonObject(text, ACCOUNT_CHARS_MAX);
  const file = SealedAccount.safeParse(parsed.ok ? parsed.value.value : undefined);
  if (!file.success) return refuse(dimpFault('dimp.account-file.malformed'));
  const { id, kdf } = file.data;
  const [salt, nonce, sealed] = [kdf.salt, file.data.nonce, file.data.sealed].map(parseBase64);
  const isWhole = salt !== undefined && sealed !== undefined && nonce?.length === AEAD_NONCE_BYTES;
  return isWhole
    ? ok({ id, salt, cost: kdf.cost, nonce, sealed })
    : refuse(dimpFault('dimp.account-file.malformed'));
}

/** The account file within. A wrong passphrase and a changed file are told apart by nobody. */
export async function openSealedAccount(
  text: string,
  passphrase: string,
  { aead, scrypt }: SealingTools,
): Promise<Result<string>> {
  const file = readSealedAccount(text);
  if (!file.ok) return file;
  const { id, salt, cost, nonce, sealed } = file.value;
  const key = await scrypt(passphrase, salt, cost);
  const plain = aead.open(key, nonce, sealed, associatedData(id));
  const opened = plain === undefined ? undefined : parseUtf8(plain);
  return opened === undefined ? refuse(dimpFault('dimp.account-file.passphrase')) : ok(opened);
}
