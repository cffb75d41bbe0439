// A reliable message as it travels: signed, and encrypted unless it is for everybody. Reading keeps every member as it
// was written, so that a relay passes on exactly what it got, whether it knows it or not. Nothing here is proven: see
// verify.ts and open.ts.

import type { Bytes, Result } from '../base/index.ts';
import { ok, parseUtf8, refuse, utf8ToBytes } from '../base/index.ts';
import { parseContentType } from './content/catalogue.ts';
import { expandMessage } from './content/wire.ts';
import { readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { ANYONE, isBroadcast, isGroup } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonObject, parseJsonObject, writeJsonMembers } from './json.ts';
import { AES_BLOCK_BYTES } from './keys/index.ts';
import { GROUP_MEMBERS_MAX, TIME_MAX_S } from './limits.ts';
import { parseTransportable } from './transportable.ts';

export type ReliableMessage = {
  readonly sender: DimpId;
  readonly receiver: DimpId;
  /** The group that everybody on the way sees; hidden groups are named in the content only. */
  readonly group?: DimpId;
  /** As the envelope says, which is not signed; 0 where it does not. */
  readonly timeS: number;
  /** The code of the content's type as the envelope says, which is not signed. */
  readonly code?: number;
  /** For everybody: the data is the content's text, not encrypted. */
  readonly isBroadcast: boolean;
  /** What is signed: the ciphertext, or the text of a broadcast. */
  readonly signedBytes: Bytes;
  readonly signature: Bytes;
  readonly iv?: Bytes;
  /** The encrypted key of a personal message of older generations. */
  readonly key?: Bytes;
  /** Encrypted keys by ID, with or without terminal. */
  readonly keys: ReadonlyMap<string, Bytes>;
  /** Which key of the sender and group it is, where it says. */
  readonly keyDigest?: string;
  /** All members, read. */
  readonly json: JsonObject;
  /** All members, as they were written. */
  readonly members: ReadonlyMap<string, string>;
};

/** Reads one message of any generation. Never throws. */
export function parseMessage(text: string): Result<ReliableMessage> {
  const parsed = parseJsonObject(text);
  if (!parsed.ok) return parsed;
  const members = expandMessage(parsed.value.members);
  if (members === parsed.value.members) return readMessage(parsed.value.value, members);
  const expanded = parseJsonObject(writeJsonMembers(members));
  return expanded.ok ? readMessage(expanded.value.value, expanded.value.members) : expanded;
}

/** As parseMessage, for the payload of a frame. */
export function parseMessageBytes(bytes: Bytes): Result<ReliableMessage> {
  const text = parseUtf8(bytes);
  return text === undefined
    ? refuse(dimpFault('dimp.message.malformed', { what: 'utf-8' }))
    : parseMessage(text);
}

/** A message that came inside a content (forward, combine). */
export function parseInnerMessage(json: JsonObject): Result<ReliableMessage> {
  return parseMessage(JSON.stringify(json));
}

/** The text to send on: each member as it came. */
export function messageToText(message: ReliableMessage): string {
  return writeJsonMembers(message.members);
}

/** The same message with one member of the envelope set, or taken out where the value is undefined. */
export function withMember(
  message: ReliableMessage,
  name: string,
  value: JsonValue | undefined,
): Result<ReliableMessage> {
  const members = new Map(message.members);
  if (value === undefined) members.delete(name);
  else members.set(name, JSON.stringify(value));
  return parseMessage(writeJsonMembers(members));
}

type Fields = Omit<ReliableMessage, 'json' | 'members'>;
const malformed = (what: string) => refuse(dimpFault('dimp.message.malformed', { what }));

function readMessage(json: JsonObject, members: ReadonlyMap<string, string>): Result<ReliableMessage> {
  const envelope = readEnvelope(json);
  if (!envelope.ok) return envelope;
  const { receiver, group } = envelope.value;
  const isForAll = isBroadcast(receiver) || (group !== undefined && isBroadcast(group));
  const body = readBody(json, isForAll);
  if (!body.ok) return body;
  const keys = readKeys(json);
  if (!keys.ok) return keys;
  const { entries, ...rest } = keys.value;
  let decoded: ReadonlyMap<string, Bytes> | undefined;
  return ok({
    ...envelope.value,
    ...body.value,
    ...rest,
    // A station passes them on and never needs them: they are decoded when somebody asks.
    get keys() {
      decoded ??= decodeKeys(entries);
      return decoded;
    },
    isBroadcast: isForAll,
    json,
    members,
  });
}

function readEnvelope(
  json: JsonObject,
): Result<Pick<Fields, 'sender' | 'receiver' | 'group' | 'timeS' | 'code'>> {
  const sender = readId(json['sender']);
  if (sender === undefined || isBroadcast(sender)) return malformed('sender');
  const receiver = isAbsent(json['receiver']) ? ANYONE : readId(json['receiver']);
  if (receiver === undefined) return malformed('receiver');
  const group = readId(json['group']);
  if (!isAbsent(json['group']) && (group === undefined || !isGroup(group))) return malformed('group');
  const time = json['time'] ?? 0;
  if (typeof time !== 'number' || time < 0 || time > TIME_MAX_S) return malformed('time');
  const code = parseContentType(json['type']);
  if (!isAbsent(json['type']) && code === undefined) return malformed('type');
  return ok({
    sender,
    receiver,
    timeS: time,
    ...(group === undefined ? {} : { group }),
    ...(code === undefined ? {} : { code }),
  });
}

function readBody(
  json: JsonObject,
  isForAll: boolean,
): Result<Pick<Fields, 'signedBytes' | 'signature' | 'iv'>> {
  const { data } = json;
  const signedBytes = isForAll && typeof data === 'string' ? utf8ToBytes(data) : parseTransportable(data);
  if (signedBytes === undefined || signedBytes.length === 0) return malformed('data');
  const signature = parseTransportable(json['signature']);
  if (signature === undefined || signature.length === 0) return malformed('signature');
  const encodedIv = json['IV'] ?? json['iv'];
  const iv = parseTransportable(encodedIv);
  if (!isAbsent(encodedIv) && iv?.length !== AES_BLOCK_BYTES) return malformed('IV');
  return ok({ signedBytes, signature, ...(iv === undefined ? {} : { iv }) });
}

type KeyEntries = readonly (readonly [string, JsonValue])[];

function readKeys(
  json: JsonObject,
): Result<Pick<Fields, 'key' | 'keyDigest'> & { readonly entries: KeyEntries }> {
  const key = parseTransportable(json['key']);
  if (!isAbsent(json['key']) && key === undefined) return malformed('key');
  const map = json['keys'];
  if (!isAbsent(map) && !isJsonObject(map)) return malformed('keys');
  const entries = isJsonObject(map) ? Object.entries(map) : [];
  // Each member may have several devices.
  if (entries.length > GROUP_MEMBERS_MAX * 4) return malformed('keys');
  const digest = isJsonObject(map) ? map['digest'] : undefined;
  return ok({
    entries,
    ...(key === undefined ? {} : { key }),
    ...(typeof digest === 'string' ? { keyDigest: digest } : {}),
  });
}

function decodeKeys(entries: KeyEntries): ReadonlyMap<string, Bytes> {
  const keys = new Map<string, Bytes>();
  for (const [name, value] of entries) {
    const encrypted = name === 'digest' ? undefined : parseTransportable(value);
    if (encrypted !== undefined) keys.set(name, encrypted);
  }
  return keys;
}

const isAbsent = (value: JsonValue | undefined) => value === undefined || value === null || value === '';

/** Where the message belongs: the overt group, else the receiver. */
export function destination({ group, receiver }: Pick<ReliableMessage, 'group' | 'receiver'>): DimpId {
  return group ?? receiver;
}
