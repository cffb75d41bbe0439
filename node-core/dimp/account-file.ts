// An account with its keys, contacts, groups and, if its owner wants, its history as one JSON text, for another device or another program: the parts are in the
// forms that the reference keeps in its own files (meta, documents, secret, secret_keys). It holds private keys in clear:
// whoever writes it to a disk encrypts it.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { Account } from './account.ts';
import type { AccountHistory } from './account-history.ts';
import { readAccountHistory } from './account-history.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import { createDirectory } from './directory.ts';
import type { DimpDocument } from './documents.ts';
import { documentToJson, readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonArray, isJsonObject, parseJsonObject } from './json.ts';
import type { PrivateKey } from './keys/index.ts';
import { parsePrivateKey, privateKeyToJson, samePublicKey } from './keys/index.ts';
import { DOCUMENTS_MAX, TIME_MAX_S } from './limits.ts';
import type { Meta } from './metas.ts';
import { metaToJson } from './metas.ts';

export const ACCOUNT_FORMAT = 'dimp-account/v1';
/** Characters of a file, sealed or not. */
export const ACCOUNT_CHARS_MAX = 64 * 1024 * 1024;
const CONTACTS_MAX = 100_000;
const NAME_CHARS_MAX = 40;
/** Older visas' keys too: messages under way may still be encrypted with them. */
const VISA_KEYS_MAX = 64;

export type KnownContact = {
  readonly id: DimpId;
  /** Absent where the contact was added and not yet met. */
  readonly meta?: Meta;
  readonly documents: readonly DimpDocument[];
  /** What the account calls them. */
  readonly name?: string;
  readonly blocked?: boolean;
};

export type ImportedAccount = {
  readonly account: Account;
  readonly contacts: readonly KnownContact[];
  /** Groups, which prove themselves, and history, which proves nothing. */
  readonly moved: AccountHistory;
  /** Recovery words of the identity key, where the writer had them; not checked here. */
  readonly recovery?: string;
};

/** Who goes into the file, and what the account calls them. */
export type ContactEntry = { readonly id: DimpId; readonly name?: string; readonly blocked?: boolean };

/**
 * The account, and the papers of these contacts as far as they are known. Readers that know nothing of groups and history
 * take the rest.
 */
export function exportAccount(
  account: Account,
  entries: readonly ContactEntry[],
  contacts: Contacts,
  recovery?: string,
  moved: AccountHistory = { groups: [], history: [] },
): string {
  const { id, meta, visa, identityKey, visaKeys } = account;
  const papers = entries.map(({ id: contact, name, blocked }) => {
    const known = contacts.meta(contact);
    const documents = contacts.documents(contact).map(documentToJson);
    return {
      id: contact.bare,
      ...(name === undefined || name === '' ? {} : { name }),
      ...(blocked === true ? { blocked } : {}),
      ...(known === undefined ? {} : { meta: metaToJson(known) }),
      documents,
    };
  });
  return JSON.stringify({
    format: ACCOUNT_FORMAT,
    id: id.bare,
    meta: metaToJson(meta),
    documents: visa === undefined ? [] : [documentToJson(visa)],
    secret: privateKeyToJson(identityKey),
    secret_keys: visaKeys.map(privateKeyToJson),
    contacts: papers,
    ...(moved.groups.length === 0 ? {} : { groups: moved.groups }),
    ...(moved.history.length === 0 ? {} : { history: moved.history }),
    ...(recovery === undefined ? {} : { recovery }),
  });
}

/** Reads an account back. Its keys must be its own, and of the contacts only what proves itself is kept. */
export function importAccount(text: string, crypto: DimpCrypto): Result<ImportedAccount> {
  const parsed = parseJsonObject(text, ACCOUNT_CHARS_MAX);
  if (!parsed.ok) return parsed;
  const json = parsed.value.value;
  const malformed = () => refuse(dimpFault('dimp.account-file.malformed'));
  if (json['format'] !== ACCOUNT_FORMAT) return malformed();
  const own = readContact(json, crypto);
  if (own?.meta === undefined) return malformed();
  const identityKey = parsePrivateKey(json['secret']);
  if (!identityKey.ok) return identityKey;
  if (!samePublicKey(identityKey.value.publicKey, own.meta.key))
    return refuse(dimpFault('dimp.meta.foreign'));
  const visaKeys = readKeys(json['secret_keys']);
  const visa = own.documents.find(({ type }) => type === 'visa');
  const moved = readAccountHistory(json);
  if (!moved.ok) return moved;
  const { recovery } = json;
  const contacts = isJsonArray(json['contacts']) ? json['contacts'].slice(0, CONTACTS_MAX) : [];
  return ok({
    account: {
      id: own.id,
      meta: own.meta,
      identityKey: identityKey.value,
      visaKeys,
      ...(visa === undefined ? {} : { visa }),
    },
    moved: moved.value,
    ...(typeof recovery === 'string' ? { recovery } : {}),
    contacts: contacts.flatMap((contact) =>
      isJsonObject(contact) ? (readContact(contact, crypto) ?? []) : [],
    ),
  });
}

function readKeys(value: JsonValue | undefined): readonly PrivateKey[] {
  const list = isJsonArray(value) ? value.slice(0, VISA_KEYS_MAX) : [];
  return list.flatMap((json) => {
    const key = parsePrivateKey(json);
    return key.ok ? [key.value] : [];
  });
}

/** A meta that is not the ID's is left out, and so are documents that its key did not sign. */
function readContact(json: JsonObject, crypto: DimpCrypto): KnownContact | undefined {
  const id = readId(json['id']);
  if (id === undefined) return undefined;
  const directory = createDirectory(createMemoryKv(), crypto);
  const meta = directory.saveMeta(id, json['meta']);
  const documents = isJsonArray(json['documents']) ? json['documents'].slice(0, DOCUMENTS_MAX) : [];
  // Kept as they were: when they were made was judged when they first came.
  for (const document of documents) directory.saveDocument(document, id, TIME_MAX_S);
  const { name, blocked } = json;
  return {
    id,
    ...(meta.ok ? { meta: meta.value } : {}),
    ...(typeof name === 'string' && name !== '' ? { name: name.slice(0, NAME_CHARS_MAX) } : {}),
    ...(blocked === true ? { blocked } : {}),
    documents: directory.documents(id),
  };
}
