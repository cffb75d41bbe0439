// Metas of Ming-Ke-Ming: the public key that an ID's address is made of, and so the proof whose messages are whose.
// A meta once accepted never changes. Types 3 and 5 are reserved: recognised, and refused.

import type { Bytes, Result } from '../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../base/index.ts';
import type { DimpAddress } from './address.ts';
import { btcAddress, ethAddress, parseAddress } from './address.ts';
import type { DimpCrypto } from './crypto.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { createId, ENTITY_TYPES } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonObject } from './json.ts';
import type { PrivateKey, PublicKey } from './keys/index.ts';
import { parsePublicKey, signWith, verifyWith } from './keys/index.ts';
import { META_CHARS_MAX } from './limits.ts';
import { encodeTransportable, parseTransportable } from './transportable.ts';

export type MetaType = 1 | 2 | 4;

export type Meta = {
  /** 1 MKM (seed and signature), 2 BTC, 4 ETH. */
  readonly type: MetaType;
  readonly key: PublicKey;
  /** The name that the key signed; of type 1 only. */
  readonly seed?: string;
  readonly fingerprint?: Bytes;
  /** As it came, for passing on. */
  readonly json: JsonObject;
};

const TYPES: Readonly<Record<string, number>> = {
  mkm: 1,
  btc: 2,
  exbtc: 3,
  eth: 4,
  exeth: 5,
};

/** Reads a meta of any generation. That it belongs to an ID is for acceptMeta to find. */
export function parseMeta(value: JsonValue | undefined): Result<Meta> {
  const malformed = (what: string) => refuse(dimpFault('dimp.meta.malformed', { what }));
  if (!isJsonObject(value)) return malformed('object');
  if (JSON.stringify(value).length > META_CHARS_MAX) return malformed('size');
  const type = parseType(value['type'] ?? value['version']);
  if (type === undefined) return malformed('type');
  if (type === 3 || type === 5) return refuse(dimpFault('dimp.meta.reserved', { type }));
  const key = parsePublicKey(value['key']);
  if (!key.ok) return key;
  const { seed, fingerprint: encoded } = value;
  if (type !== 1) {
    // RSA keys are written differently on every platform, so no two would agree on the address.
    if (key.value.algorithm !== 'ECC') return malformed('key');
    if (!isAbsent(seed) || !isAbsent(encoded)) return malformed('seed');
    return ok({ type: type === 2 ? 2 : 4, key: key.value, json: value });
  }
  const fingerprint = parseTransportable(encoded);
  if (typeof seed !== 'string' || seed === '') return malformed('seed');
  if (fingerprint === undefined || fingerprint.length === 0) return malformed('fingerprint');
  return ok({ type: 1, key: key.value, seed, fingerprint, json: value });
}

function parseType(value: JsonValue | undefined): number | undefined {
  const text = String(value).toLowerCase();
  if (/^[1-5]$/.test(text)) return Number(text);
  return Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
}

const isAbsent = (value: JsonValue | undefined) => value === undefined || value === null || value === '';

/** Reads a meta and proves that it is the ID's: its seed is signed, and the ID's address is made of it. */
export function acceptMeta(value: JsonValue | undefined, id: DimpId, crypto: DimpCrypto): Result<Meta> {
  const meta = parseMeta(value);
  if (!meta.ok) return meta;
  return matchesMeta(meta.value, id, crypto) ? meta : refuse(dimpFault('dimp.meta.foreign'));
}

/** True where the address of the ID is made of the meta, its name is the seed, and the seed is signed with the key. */
function matchesMeta(meta: Meta, id: DimpId, crypto: DimpCrypto): boolean {
  const address = metaAddress(meta, id.address.network);
  if (address === undefined || address.text !== id.address.text || id.name !== meta.seed) return false;
  if (meta.seed === undefined || meta.fingerprint === undefined) return meta.type !== 1;
  return verifyWith(meta.key, utf8ToBytes(meta.seed), meta.fingerprint, crypto);
}

/** The address that a meta gives with a network byte; ETH addresses have none. */
function metaAddress(meta: Meta, network: number): DimpAddress | undefined {
  const text =
    meta.type === 4 ? keyAddress(meta.key) : btcAddress(meta.fingerprint ?? keyData(meta.key), network);
  return text === undefined ? undefined : parseAddress(text);
}

const keyAddress = (key: PublicKey) => (key.algorithm === 'ECC' ? ethAddress(key.data) : undefined);
const keyData = (key: PublicKey) => (key.algorithm === 'ECC' ? key.data : key.pkcs1);

/** The ID of a meta: of the named kind for type 1, a user for type 4. */
export function metaToId(meta: Meta, network: number = ENTITY_TYPES.user): DimpId | undefined {
  const address = metaAddress(meta, network);
  return address === undefined ? undefined : createId(meta.seed, address);
}

/** The meta of an ETH-form ID: the key alone. */
export function createEthMeta(key: PublicKey): Result<Meta> {
  return parseMeta({ type: 4, version: 4, key: key.json });
}

/** The meta of a named ID (station, bot, group): the name signed with the key. */
export function createNamedMeta(seed: string, key: PrivateKey, crypto: DimpCrypto): Result<Meta> {
  const fingerprint = signWith(key, utf8ToBytes(seed), crypto);
  if (!fingerprint.ok) return fingerprint;
  const json = { type: 1, version: 1, key: key.publicKey.json, seed };
  return parseMeta({ ...json, fingerprint: encodeTransportable(fingerprint.value) });
}

/** As peers of every generation read it: type and version as numbers. */
export function metaToJson(meta: Meta): JsonObject {
  return { ...meta.json, type: meta.type, version: meta.type };
}
