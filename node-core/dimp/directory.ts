// What is known of others: metas and documents, each checked before it is kept. Whoever delivers them need not be
// trusted. A meta never changes; a document gives way only to a newer one of its kind and device.

import type { KvStore, Result } from '../base/index.ts';
import { concatBytes, ok, parseUtf8, refuse, utf8ToBytes } from '../base/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { DimpDocument } from './documents.ts';
import { parseDocument, verifyDocument, visaKey } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import type { JsonValue } from './json.ts';
import { parseJson } from './json.ts';
import { samePublicKey } from './keys/index.ts';
import { CLOCK_SKEW_S, DOCUMENTS_MAX } from './limits.ts';
import type { Meta } from './metas.ts';
import { acceptMeta, parseMeta } from './metas.ts';

/** Who is who, for those who verify and encrypt. Everything in it was proven. */
export interface Contacts {
  meta(id: DimpId): Meta | undefined;
  /** Newest first. */
  documents(id: DimpId): readonly DimpDocument[];
}

export type DocumentChange = {
  readonly document: DimpDocument;
  /** `same` was known already; `key` came with another encryption key than before: the console warns of it. */
  readonly change: 'new' | 'same' | 'updated' | 'key';
};

export interface Directory extends Contacts {
  /** Keeps a meta that is proven to be the ID's. */
  saveMeta(id: DimpId, value: JsonValue | undefined): Result<Meta>;
  /** Keeps a document that its owner signed and that is not older than the known one. The meta must be known. */
  saveDocument(value: JsonValue | undefined, owner: DimpId, nowS: number): Result<DocumentChange>;
}

/**
 * Contacts remembered in memory beside the store, so that one sender's messages do not parse the same key again. What comes
 * in is not remembered but what is read from the store: parts of a message would keep the whole of it in memory.
 */
const REMEMBERED_MAX = 4096;
/** Documents are large, and asked for when something is encrypted. */
const DOCUMENTS_REMEMBERED_MAX = 512;

export function createDirectory(store: KvStore, crypto: DimpCrypto): Directory {
  const metas = new Map<string, Meta>();
  const documents = new Map<string, readonly DimpDocument[]>();
  const remember = <T>(map: Map<string, T>, name: string, value: T, most = REMEMBERED_MAX): T => {
    if (map.size >= most) map.clear();
    map.set(name, value);
    return value;
  };

  const findMeta = (id: DimpId): Meta | undefined => {
    const known = metas.get(id.bare);
    if (known !== undefined) return known;
    const parsed = readJson(store, metaKey(id));
    const meta = parsed === undefined ? undefined : parseMeta(parsed);
    return meta?.ok ? remember(metas, id.bare, meta.value) : undefined;
  };

  const findDocuments = (id: DimpId): readonly DimpDocument[] =>
    documents.get(id.bare) ??
    remember(documents, id.bare, readDocuments(store, id), DOCUMENTS_REMEMBERED_MAX);

  return {
    meta: findMeta,
    documents: findDocuments,
    saveMeta(id, value) {
      const known = findMeta(id);
      if (known !== undefined) return ok(known);
      const accepted = acceptMeta(value, id, crypto);
      if (!accepted.ok) return accepted;
      store.apply([[metaKey(id), utf8ToBytes(JSON.stringify(accepted.value.json))]]);
      return accepted;
    },
    saveDocument(value, owner, nowS) {
      const parsed = parseDocument(value, owner);
      if (!parsed.ok) return parsed;
      const document = parsed.value;
      const meta = findMeta(owner);
      if (meta === undefined) return refuse(dimpFault('dimp.contact.unknown', { id: owner.bare }));
      if (!verifyDocument(document, meta, crypto)) return refuse(dimpFault('dimp.document.forged'));
      if (document.timeS > nowS + CLOCK_SKEW_S) return refuse(dimpFault('dimp.document.future'));
      const known = findDocuments(owner);
      const same = known.find((other) => other.data === document.data);
      if (same !== undefined) return ok({ document: same, change: 'same' });
      const before = known.find((other) => documentKind(other) === documentKind(document));
      if (before !== undefined && before.timeS >= document.timeS)
        return refuse(dimpFault('dimp.document.older'));
      // An attacker cannot fill the list: only the owner signs documents.
      const kept = [document, ...known.filter((other) => other !== before)]
        .sort((a, b) => b.timeS - a.timeS)
        .slice(0, DOCUMENTS_MAX);
      store.apply([[documentsKey(owner), utf8ToBytes(JSON.stringify(kept.map(({ json }) => json)))]]);
      documents.delete(owner.bare);
      return ok({ document, change: before === undefined ? 'new' : keyChange(before, document) });
    },
  };
}

const documentKind = ({ type, terminal }: DimpDocument) => `${type}/${terminal ?? ''}`;

function keyChange(before: DimpDocument, after: DimpDocument): 'updated' | 'key' {
  const [old, fresh] = [visaKey(before), visaKey(after)];
  if (old === undefined || fresh === undefined) return old === fresh ? 'updated' : 'key';
  return samePublicKey(old, fresh) ? 'updated' : 'key';
}

const metaKey = (id: DimpId) => storeKey('meta/', id);
const documentsKey = (id: DimpId) => storeKey('documents/', id);
const storeKey = (kind: string, id: DimpId) => concatBytes(utf8ToBytes(kind), utf8ToBytes(id.bare));

function readJson(store: KvStore, key: Uint8Array): JsonValue | undefined {
  const bytes = store.get(key);
  const text = bytes === undefined ? undefined : parseUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text, Number.MAX_SAFE_INTEGER);
  return value?.ok ? value.value : undefined;
}

function readDocuments(store: KvStore, id: DimpId): readonly DimpDocument[] {
  const list = readJson(store, documentsKey(id));
  if (!Array.isArray(list)) return [];
  return list.flatMap((json: JsonValue) => {
    const document = parseDocument(json, id);
    return document.ok ? [document.value] : [];
  });
}
