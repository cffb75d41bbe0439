// The field names of every generation. Reading: the names of today are added beside whatever came, which stays.
// Writing: the interoperable form, with the names that older peers look for beside those of today.

import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonArray, isJsonObject } from '../json.ts';

/** Short names of contents, which nobody sends any more and everybody understands. */
const SHORT_CONTENT = { T: 'type', N: 'sn', W: 'time', G: 'group', C: 'command' };
/** Short names of messages. */
const SHORT_MESSAGE: Readonly<Record<string, string>> = {
  F: 'sender',
  R: 'receiver',
  W: 'time',
  T: 'type',
  G: 'group',
  D: 'data',
  V: 'signature',
  M: 'meta',
  P: 'visa',
};

/** Commands that have been called otherwise. */
const COMMAND_ALIASES: Readonly<Record<string, string>> = {
  document: 'documents',
  profile: 'documents',
  visa: 'documents',
  bulletin: 'documents',
};

type Fields = { [name: string]: JsonValue };

/** A message's members under their long names, as text. Members that have their long name already are not touched. */
export function expandMessage(members: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (members.has('sender') || !members.has('F')) return members;
  const expanded = new Map<string, string>();
  for (const [name, text] of members) {
    const long = name === 'K' ? (text.startsWith('{') ? 'keys' : 'key') : (SHORT_MESSAGE[name] ?? name);
    expanded.set(long !== name && members.has(long) ? name : long, text);
  }
  return expanded;
}

/** Adds today's names to a content of any generation. */
export function readContent(json: JsonObject): JsonObject {
  const fields: Fields = { ...json };
  if (!('type' in fields))
    for (const [short, long] of Object.entries(SHORT_CONTENT)) take(fields, long, fields[short]);
  take(fields, 'command', fields['cmd']);
  take(fields, 'did', fields['ID']);
  take(fields, 'key', fields['password']);
  const { command, member, forward } = fields;
  if (member !== undefined) take(fields, 'members', [member]);
  if (isJsonObject(forward)) {
    const secrets = isJsonArray(fields['secrets']) ? fields['secrets'] : [];
    // Some write the one message under both names; it is still one.
    const text = JSON.stringify(forward);
    const isListed = secrets.some((secret) => JSON.stringify(secret) === text);
    fields['secrets'] = isListed ? secrets : [forward, ...secrets];
  }
  if (typeof command !== 'string') return fields;
  const name = COMMAND_ALIASES[command] ?? command;
  fields['command'] = name;
  if (name === 'documents') readDocuments(fields);
  if (name === 'handshake') take(fields, 'title', fields['message']);
  if (name === 'receipt') readReceipt(fields);
  if (name === 'login') readStation(fields);
  return fields;
}

function take(fields: Fields, name: string, value: JsonValue | undefined): void {
  if ((fields[name] ?? undefined) === undefined && value !== undefined) fields[name] = value;
}

/** One document in `document`, `visa`, `profile` or `bulletin`; the oldest wrote its data and signature beside each other. */
function readDocuments(fields: Fields): void {
  if (fields['documents'] !== undefined) return;
  for (const name of ['document', 'visa', 'bulletin', 'profile']) {
    const value = fields[name];
    if (isJsonObject(value)) fields['documents'] = [value];
    if (typeof value === 'string' && typeof fields['signature'] === 'string')
      fields['documents'] = [{ data: value, signature: fields['signature'] }];
    if (fields['documents'] !== undefined) return;
  }
}

function readReceipt(fields: Fields): void {
  take(fields, 'text', fields['message']);
  take(fields, 'text', '');
  take(fields, 'origin', fields['envelope']);
  if (fields['origin'] !== undefined || typeof fields['sender'] !== 'string') return;
  const origin: Fields = {};
  for (const name of ['sender', 'receiver', 'time', 'sn', 'signature', 'group'])
    take(origin, name, fields[name]);
  fields['origin'] = origin;
}

function readStation(fields: Fields): void {
  for (const name of ['station', 'provider']) {
    const value = fields[name];
    if (!isJsonObject(value)) continue;
    const copy: Fields = { ...value };
    take(copy, 'did', copy['ID']);
    fields[name] = copy;
  }
}

/** Adds the names that peers of older generations look for to a content with today's names. */
export function writeContent(json: JsonObject): JsonObject {
  const fields: Fields = { ...json };
  const { command, key, secrets, documents, origin } = fields;
  if (isJsonObject(key)) take(fields, 'password', key);
  if (isJsonArray(secrets) && secrets.length === 1 && secrets[0] !== undefined) {
    fields['forward'] = secrets[0];
    delete fields['secrets'];
  }
  if (fields['did'] !== undefined) take(fields, 'ID', fields['did']);
  if (typeof command !== 'string') return fields;
  if (command === 'documents') {
    // What the field calls `document`, peers of today call `documents`; the former is understood by all.
    fields['command'] = 'document';
    if (isJsonArray(documents) && documents[0] !== undefined) {
      fields['document'] = documents[0];
      if (documents.length === 1) delete fields['documents'];
    }
  }
  if (command === 'handshake') take(fields, 'message', fields['title']);
  if (command === 'receipt' && isJsonObject(origin)) {
    fields['envelope'] = origin;
    for (const name of ['sender', 'receiver', 'signature']) take(fields, name, origin[name]);
  }
  take(fields, 'cmd', fields['command']);
  for (const name of ['station', 'provider']) {
    const value = fields[name];
    if (isJsonObject(value) && value['did'] !== undefined) fields[name] = { ...value, ID: value['did'] };
  }
  return fields;
}
