// A local user: the identity key, whose address is also the chain account, and the keys of its visas. Secrets stay with
// whoever made the account; nothing here stores or shows them.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { DimpDocument } from './documents.ts';
import { createDocument } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { PrivateKey } from './keys/index.ts';
import { createRsaKey } from './keys/index.ts';
import { RSA_BITS_NEW } from './limits.ts';
import type { Meta } from './metas.ts';
import { createEthMeta, createNamedMeta, metaToId } from './metas.ts';

export type Account = {
  readonly id: DimpId;
  readonly meta: Meta;
  readonly identityKey: PrivateKey;
  /** Newest first. */
  readonly visaKeys: readonly PrivateKey[];
  /** Absent where the identity key itself encrypts, as with RSA accounts of the first generation. */
  readonly visa?: DimpDocument;
};

export type AccountRequest = {
  readonly identityKey: PrivateKey;
  /** A new one is made where none is given. */
  readonly visaKey?: PrivateKey;
  /** Of type 1, for stations, bots and groups; without it the ID is of the Ethereum form. */
  readonly named?: { readonly seed: string; readonly network: number };
  readonly terminal?: string;
  /** What others see: name, avatar, host and port of a station. */
  readonly properties: JsonObject;
  readonly nowS: number;
};

/** The property of a visa that says: my messages are bound to sender, destination and IV; refuse those that are not. */
export const BINDING_PROPERTY = 'binding';
export const BINDING_VERSION = 1;

export async function createAccount(request: AccountRequest, crypto: DimpCrypto): Promise<Result<Account>> {
  const { identityKey, named } = request;
  const meta =
    named === undefined
      ? createEthMeta(identityKey.publicKey)
      : createNamedMeta(named.seed, identityKey, crypto);
  if (!meta.ok) return meta;
  const id = metaToId(meta.value, named?.network);
  const visaKey = request.visaKey ?? createRsaKey(await crypto.rsa.generate(RSA_BITS_NEW));
  if (id === undefined || visaKey === undefined)
    return refuse(dimpFault('dimp.key.unsuitable', { algorithm: identityKey.algorithm }));
  const visa = createVisa(id, visaKey, request, crypto);
  if (!visa.ok) return visa;
  return ok({ id, meta: meta.value, identityKey, visaKeys: [visaKey], visa: visa.value });
}

function createVisa(
  did: DimpId,
  visaKey: PrivateKey,
  { identityKey, terminal, properties, nowS }: AccountRequest,
  crypto: DimpCrypto,
): Result<DimpDocument> {
  const all = { ...properties, key: visaKey.publicKey.json, [BINDING_PROPERTY]: BINDING_VERSION };
  const device = terminal === undefined ? {} : { terminal };
  return createDocument({ did, type: 'visa', ...device, properties: all, nowS }, identityKey, crypto);
}
