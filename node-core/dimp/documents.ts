// Documents (TAI): visas of users, bulletins of groups, profiles of either, signed by the identity key over the exact
// text of their data. The text is never written anew. A document made here also names its ID inside, so that it cannot
// be shown as the document of another ID with the same key, as a group's is with its founder's.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../base/index.ts';
import type { DimpCrypto } from './crypto.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { isGroup, isUser, parseId, sameId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonArray, isJsonObject, parseJsonObject } from './json.ts';
import type { PrivateKey, PublicKey } from './keys/index.ts';
import { parsePublicKey, signWith, verifyWith } from './keys/index.ts';
import { DOCUMENT_CHARS_MAX, GROUP_MEMBERS_MAX, TIME_MAX_S } from './limits.ts';
import type { Meta } from './metas.ts';
import { encodeTransportable, parseTransportable } from './transportable.ts';

export type DimpDocument = {
  readonly did: DimpId;
  /** `visa`, `bulletin`, `profile`, or what a newer program says. */
  readonly type: string;
  /** The device a visa is for; absent for all. */
  readonly terminal?: string;
  /** The signed text, exactly. */
  readonly data: string;
  readonly signature: Bytes;
  /** The data, read. Trust it only after verifyDocument. */
  readonly properties: JsonObject;
  /** When it was signed; 0 where it does not say. */
  readonly timeS: number;
  /** As it came, for passing on. */
  readonly json: JsonObject;
};

/** Reads a document of any generation. `owner` is whose it was said to be, for the oldest ones, which do not say. */
export function parseDocument(value: JsonValue | undefined, owner?: DimpId): Result<DimpDocument> {
  const malformed = (what: string) => refuse(dimpFault('dimp.document.malformed', { what }));
  if (!isJsonObject(value)) return malformed('object');
  if (JSON.stringify(value).length > DOCUMENT_CHARS_MAX) return malformed('size');
  const did = readId(value['did'] ?? value['ID']) ?? owner;
  if (did === undefined || (owner !== undefined && !sameId(did, owner))) return malformed('did');
  const { data } = value;
  const signature = parseTransportable(value['signature']);
  if (typeof data !== 'string') return malformed('data');
  if (signature === undefined || signature.length === 0) return malformed('signature');
  const parsed = parseJsonObject(data);
  if (!parsed.ok) return malformed('data');
  const properties = parsed.value.value;
  const timeS = properties['time'] ?? 0;
  if (typeof timeS !== 'number' || timeS < 0 || timeS > TIME_MAX_S) return malformed('time');
  const type = value['type'] ?? properties['type'] ?? (isGroup(did) ? 'bulletin' : 'visa');
  if (typeof type !== 'string' || !isConsistent(did, type, properties)) return malformed('type');
  const terminal = value['terminal'] ?? did.terminal;
  const isDevice = typeof terminal === 'string' && !['', '*', '/'].includes(terminal);
  const device = isDevice ? { terminal } : {};
  const signedDevice = properties['terminal'] ?? undefined;
  if (signedDevice !== undefined && signedDevice !== device.terminal) return malformed('terminal');
  return ok({ did, type, ...device, data, signature, properties, timeS, json: value });
}

/**
 * What stands outside is not signed: it must not contradict what is. Older documents do not say inside whose they are;
 * a founder and a group share a key, and are told apart by their kind at least.
 */
function isConsistent(did: DimpId, type: string, properties: JsonObject): boolean {
  const inner = properties['type'] ?? type;
  const named = properties['did'] ?? undefined;
  if (inner !== type) return false;
  if (type === 'visa' && !isUser(did)) return false;
  if (type === 'bulletin' && !isGroup(did)) return false;
  if (named === undefined) return true;
  const innerId = readId(named);
  return innerId !== undefined && sameId(innerId, did);
}

/** True where the identity key signed exactly this text. Never throws. */
export function verifyDocument(document: DimpDocument, meta: Meta, crypto: DimpCrypto): boolean {
  return verifyWith(meta.key, utf8ToBytes(document.data), document.signature, crypto);
}

export type DocumentRequest = {
  readonly did: DimpId;
  readonly type: 'visa' | 'bulletin' | 'profile';
  readonly terminal?: string;
  /** Name, key, members and so on; time, type and ID are added. */
  readonly properties: JsonObject;
  readonly nowS: number;
};

export function createDocument(
  { did, type, terminal, properties, nowS }: DocumentRequest,
  identityKey: PrivateKey,
  crypto: DimpCrypto,
): Result<DimpDocument> {
  const device = terminal === undefined ? {} : { terminal };
  const own = { did: did.bare, ...device, time: nowS };
  const data = JSON.stringify({ type, created_time: nowS, ...properties, ...own });
  const signature = signWith(identityKey, utf8ToBytes(data), crypto);
  if (!signature.ok) return signature;
  const signed = { data, signature: encodeTransportable(signature.value) };
  return parseDocument({ did: did.bare, ID: did.bare, type, ...device, ...signed });
}

/** As peers of every generation read it. */
export function documentToJson(document: DimpDocument): JsonObject {
  return { ...document.json, did: document.did.bare, ID: document.did.bare, type: document.type };
}

/** The key that messages to this user are encrypted with, where the visa has a sound one. */
export function visaKey(document: DimpDocument): PublicKey | undefined {
  const key = parsePublicKey(document.properties['key']);
  return key.ok ? key.value : undefined;
}

/** The IDs of a list in the data (`administrators`, `assistants`); what is not an ID is left out. */
export function documentIds(document: DimpDocument, name: string): readonly DimpId[] {
  const list = document.properties[name];
  if (!isJsonArray(list)) return [];
  return list.slice(0, GROUP_MEMBERS_MAX).flatMap((item) => readId(item) ?? []);
}

/** The ID that a JSON value spells, or undefined. */
export function readId(value: JsonValue | undefined): DimpId | undefined {
  const id = typeof value === 'string' ? parseId(value) : undefined;
  return id?.ok ? id.value : undefined;
}
