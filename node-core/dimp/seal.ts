// Making reliable messages: a content is encrypted with a fresh key, the key to each device of each receiver, and the
// ciphertext signed with the identity key. Broadcasts are signed only.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../base/index.ts';
import type { Account } from './account.ts';
import type { CipherParts } from './binding.ts';
import { BINDING_FIELD, bindingOf } from './binding.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import { visaKey } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { isBroadcast, isGroup } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { AesKey, PublicKey } from './keys/index.ts';
import {
  AES_BLOCK_BYTES,
  createAesKey,
  encryptSymmetric,
  encryptTo,
  keyDigest,
  signWith,
  symmetricKeyToJson,
} from './keys/index.ts';
import { GROUP_MEMBERS_MAX } from './limits.ts';
import type { ReliableMessage } from './message.ts';
import { parseMessage } from './message.ts';
import { encodeTransportable } from './transportable.ts';

export type SealRequest = {
  readonly account: Account;
  /** A user, a group (with `members`), or a broadcast ID. */
  readonly receiver: DimpId;
  /** The overt group, seen by all on the way. */
  readonly group?: DimpId;
  /** Who is to read a group message. */
  readonly members?: readonly DimpId[];
  /** As createContent and createCommand make it. */
  readonly content: JsonObject;
  readonly timeS: number;
  /** Further members of the envelope: `meta` and `visa` in a first message, `sn`, `muted`. */
  readonly extras?: JsonObject;
};

/** A message ready to send. */
export function sealMessage(
  request: SealRequest,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<ReliableMessage> {
  const sealed = sealWithKey(request, contacts, crypto);
  return sealed.ok ? ok(sealed.value.message) : sealed;
}

/** A message, and its key where it has one: by it the sender can show the message to a third party. */
export type SealedMessage = { readonly message: ReliableMessage; readonly key?: AesKey };

/** As sealMessage, for whoever keeps what proves the message. */
export function sealWithKey(
  request: SealRequest,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<SealedMessage> {
  const { account, receiver, group, content, timeS, extras } = request;
  const isForAll = isBroadcast(receiver) || (group !== undefined && isBroadcast(group));
  const cipher = isForAll ? undefined : createCipher(crypto);
  // Last, and so never within the first block, which a changed IV would alter.
  const binding = { [BINDING_FIELD]: bindingOf(account.id, group ?? receiver, cipher) };
  const text = JSON.stringify({ ...content, ...binding });
  const body =
    cipher === undefined ? ok(publicBody(text)) : encryptBody(text, cipher, request, contacts, crypto);
  if (!body.ok) return body;
  const signature = signWith(account.identityKey, body.value.signedBytes, crypto);
  if (!signature.ok) return signature;
  const message = parseMessage(
    JSON.stringify({
      sender: account.id.bare,
      receiver: receiver.text,
      time: timeS,
      type: content['type'] ?? 0,
      ...(group === undefined ? {} : { group: group.text }),
      // So that a reader who knows an older visa asks for the newer one.
      ...(account.visa === undefined ? {} : { SDT: account.visa.timeS }),
      ...extras,
      ...body.value.json,
      signature: encodeTransportable(signature.value),
    }),
  );
  if (!message.ok) return message;
  return ok({ message: message.value, ...(cipher === undefined ? {} : { key: cipher.key }) });
}

type Body = { readonly signedBytes: Bytes; readonly json: JsonObject };

function publicBody(text: string): Body {
  return { signedBytes: utf8ToBytes(text), json: { data: text } };
}

/** A fresh key for each message: who got one key reads one message. */
function createCipher({ random }: DimpCrypto): CipherParts {
  return { iv: random.bytes(AES_BLOCK_BYTES), key: createAesKey(random) };
}

function encryptBody(
  text: string,
  { iv, key }: CipherParts,
  { receiver, members }: SealRequest,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<Body> {
  const readers = isGroup(receiver) ? (members ?? []) : [receiver];
  if (readers.length > GROUP_MEMBERS_MAX)
    return refuse(dimpFault('dimp.group.large', { membersMax: GROUP_MEMBERS_MAX }));
  const keyBytes = utf8ToBytes(JSON.stringify(symmetricKeyToJson(key)));
  const keys: { [id: string]: JsonValue } = {};
  for (const reader of readers) {
    const encrypted = encryptKey(keyBytes, reader, contacts, crypto);
    if (!encrypted.ok) return encrypted;
    Object.assign(keys, encrypted.value);
  }
  const signedBytes = encryptSymmetric(key, iv, utf8ToBytes(text));
  const own = keys[receiver.bare];
  // Peers before multi-device look for `key`; a group's peers look for the digest.
  const legacy = isGroup(receiver) || own === undefined ? {} : { key: own };
  const all = isGroup(receiver) ? { ...keys, digest: keyDigest(key) } : keys;
  const json = { IV: encodeTransportable(iv), ...legacy, keys: all, data: encodeTransportable(signedBytes) };
  return ok({ signedBytes, json });
}

/** The key, encrypted to each device of a reader: to the bare ID with the newest visa, and to each terminal. */
function encryptKey(
  keyBytes: Bytes,
  reader: DimpId,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<JsonObject> {
  const keys: { [id: string]: JsonValue } = {};
  // The newest device stands under its own name and under the bare one.
  const made = new Map<PublicKey, string>();
  for (const [name, publicKey] of encryptionKeys(reader, contacts)) {
    let text = made.get(publicKey);
    if (text === undefined) {
      const encrypted = encryptTo(publicKey, keyBytes, crypto);
      if (!encrypted.ok) return encrypted;
      text = encodeTransportable(encrypted.value);
      made.set(publicKey, text);
    }
    keys[name] = text;
  }
  if (Object.keys(keys).length > 0) return ok(keys);
  return refuse(dimpFault('dimp.contact.unknown', { id: reader.bare }));
}

/** By the name in `keys`: the public keys that a message to this ID is encrypted with. Empty where none is known. */
export function encryptionKeys(reader: DimpId, contacts: Contacts): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  for (const document of contacts.documents(reader)) {
    const key = document.type === 'visa' ? visaKey(document) : undefined;
    if (key?.algorithm !== 'RSA') continue;
    const name = document.terminal === undefined ? reader.bare : `${reader.bare}/${document.terminal}`;
    if (!keys.has(reader.bare)) keys.set(reader.bare, key);
    if (!keys.has(name)) keys.set(name, key);
  }
  const identity = keys.size === 0 ? contacts.meta(reader)?.key : undefined;
  if (identity?.algorithm === 'RSA') keys.set(reader.bare, identity);
  return keys;
}
