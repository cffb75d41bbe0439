// Messaging Layer Security (RFC 9420) between the devices of two people. Each device that sends has a group of its own, of
// which it alone changes the membership and the keys; so there is one order of changes, and no server that decides it.
// The protocol itself is ts-mls's; here is who may be in a group, and how the identities of DIMP vouch for its keys.

import type { CiphersuiteImpl, ClientConfig, Credential } from 'ts-mls';
import {
  defaultKeyPackageEqualityConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  zeroOutUint8Array,
} from 'ts-mls';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, parseUtf8, refuse, taggedHash, utf8ToBytes } from '../../base/index.ts';
import type { DimpCrypto } from '../crypto.ts';
import type { Contacts } from '../directory.ts';
import { readId, visaKey } from '../documents.ts';
import type { DimpId } from '../ids.ts';
import { isJsonArray, parseJson } from '../json.ts';
import type { PrivateKey } from '../keys/index.ts';
import { signWith, verifyWith } from '../keys/index.ts';
import { encodeTransportable, parseTransportable } from '../transportable.ts';
import { mlsFault } from './faults.ts';

/** The one cipher suite that is spoken, as RFC 9420 numbers it: X25519, AES-128-GCM, SHA-256, Ed25519. */
export const MLS_SUITE = 1;
export const MLS_SUITE_NAME = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

/** The suite's primitives and its randomness: the host's. */
export type MlsSuite = CiphersuiteImpl;

export type MlsContext = {
  readonly suite: MlsSuite;
  readonly contacts: Contacts;
  readonly crypto: DimpCrypto;
};

/** A device of this account, and what vouches for its keys. */
export type MlsDevice = {
  readonly id: DimpId;
  readonly terminal: string;
  readonly identityKey: PrivateKey;
};

/** Messages that may come late, within one epoch and over epochs; and how far ahead one may be. */
const LATE_MESSAGES_MAX = 64;
const LATE_EPOCHS_MAX = 3;
const AHEAD_MESSAGES_MAX = 1000;
const DOMAIN = 'dipnet/dimp/mls/leaf/v1';

/** Whose leaf it is. */
export type LeafOwner = { readonly id: DimpId; readonly terminal: string };

function leafHash({ id, terminal }: LeafOwner, signatureKey: Bytes): Bytes {
  const name = utf8ToBytes(JSON.stringify([id.bare, terminal]));
  return taggedHash(DOMAIN, name, new Uint8Array(1), signatureKey);
}

/** The credential of a leaf: ID, device, and the identity key's signature over the leaf's own key. */
export function createCredential(
  { id, terminal, identityKey }: MlsDevice,
  signatureKey: Bytes,
  crypto: DimpCrypto,
): Result<Credential> {
  const signature = signWith(identityKey, leafHash({ id, terminal }, signatureKey), crypto);
  if (!signature.ok) return signature;
  const identity = JSON.stringify([id.bare, terminal, encodeTransportable(signature.value)]);
  return ok({ credentialType: 'basic', identity: utf8ToBytes(identity) });
}

/** Who a leaf says that it belongs to; proven by `isVouchedFor` alone. */
export function readCredential(credential: Credential): (LeafOwner & { signature: Bytes }) | undefined {
  const text = credential.credentialType === 'basic' ? parseUtf8(credential.identity) : undefined;
  const parsed = text === undefined ? undefined : parseJson(text);
  const list = parsed?.ok && isJsonArray(parsed.value) ? parsed.value : [];
  const [did, terminal, signed] = list;
  const id = readId(did);
  const signature = parseTransportable(signed);
  if (list.length !== 3 || id === undefined || id.terminal !== undefined) return undefined;
  return typeof terminal === 'string' && signature !== undefined ? { id, terminal, signature } : undefined;
}

/** Whether the identity vouches for the leaf's key, and the device was not removed. */
export function isVouchedFor(
  credential: Credential,
  signatureKey: Bytes,
  { contacts, crypto }: Pick<MlsContext, 'contacts' | 'crypto'>,
): boolean {
  const owner = readCredential(credential);
  const meta = owner === undefined ? undefined : contacts.meta(owner.id);
  if (owner === undefined || meta === undefined) return false;
  if (!verifyWith(meta.key, leafHash(owner, signatureKey), owner.signature, crypto)) return false;
  const visas = contacts.documents(owner.id).filter(({ type }) => type === 'visa');
  return visas.some((visa) => visa.terminal === owner.terminal && visaKey(visa) !== undefined);
}

/** A group's rules: whose leaves count, and how long keys of messages that did not come yet are kept. */
export function clientConfig(context: MlsContext): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: LATE_MESSAGES_MAX,
      retainKeysForEpochs: LATE_EPOCHS_MAX,
      maximumForwardRatchetSteps: AHEAD_MESSAGES_MAX,
    },
    lifetimeConfig: defaultLifetimeConfig,
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: defaultPaddingConfig,
    authService: {
      validateCredential: async (credential, signatureKey) =>
        isVouchedFor(credential, new Uint8Array(signatureKey), context),
    },
  };
}

/** Bytes of ts-mls are of the same kind as ours. */
export const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/** Keys that were used are of no use to anybody but a thief. */
export function wipe(keys: readonly Uint8Array[]): void {
  for (const key of keys) zeroOutUint8Array(key);
}

/** ts-mls throws whatever a peer sent wrong. */
export async function attempt<T>(
  work: () => Promise<T>,
  code: 'mls.lost' | 'mls.unreadable' | 'mls.foreign',
) {
  try {
    return ok(await work());
  } catch {
    return refuse(mlsFault(code));
  }
}
