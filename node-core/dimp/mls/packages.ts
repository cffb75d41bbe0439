// Key packages: what others need to begin a session with a device that is away. Stations give out each of a device's
// one-time packages once; the last resort, for whoever finds none, is in the device's visa and is replaced every few days;
// others are handed to one contact. The keys of every package but the last resort are gone when it was used.

import type { KeyPackage, PrivateKeyPackage } from 'ts-mls';
import { decodeMlsMessage, encodeMlsMessage, generateKeyPackageWithKey } from 'ts-mls';
import { makeKeyPackageRef, verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Contacts } from '../directory.ts';
import type { DimpDocument } from '../documents.ts';
import { visaKey } from '../documents.ts';
import type { DimpId } from '../ids.ts';
import { sameId } from '../ids.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { samePublicKey } from '../keys/index.ts';
import { encodeTransportable, parseTransportable } from '../transportable.ts';
import type { LeafOwner, MlsContext, MlsDevice } from './context.ts';
import { createCredential, isVouchedFor, MLS_SUITE, MLS_SUITE_NAME, own, readCredential } from './context.ts';
import { mlsFault } from './faults.ts';

/**
 * The property of a visa that says: this device speaks MLS; `{suite, package}`, and `last_resort` where the device keeps
 * one-time packages at its station too.
 */
export const MLS_PROPERTY = 'mls';
/** Of a two-device credential it is below 1000. */
const PACKAGE_BYTES_MAX = 4096;
/**
 * ts-mls compares lifetimes with the clock of the machine. How long a package counts is decided by its owner, who deletes
 * its keys.
 */
const LIFETIME = { notBefore: 0n, notAfter: 2n ** 63n - 1n };
const CAPABILITIES = {
  versions: ['mls10' as const],
  ciphersuites: [MLS_SUITE_NAME as typeof MLS_SUITE_NAME],
  extensions: [],
  proposals: [],
  credentials: ['basic' as const],
};

/** A package of this device, with its secrets. */
export type OwnPackage = {
  /** As a welcome calls it (RFC 9420 section 5.2), in hexadecimal. */
  readonly name: string;
  readonly publicPart: KeyPackage;
  readonly secrets: PrivateKeyPackage;
};

/** Somebody's package, proven to be theirs. */
export type PeerPackage = { readonly owner: LeafOwner; readonly publicPart: KeyPackage };

export async function createPackage(device: MlsDevice, context: MlsContext): Promise<Result<OwnPackage>> {
  const { suite, crypto } = context;
  const keys = await suite.signature.keygen();
  const credential = createCredential(device, own(keys.publicKey), crypto);
  if (!credential.ok) return credential;
  const made = await generateKeyPackageWithKey(credential.value, CAPABILITIES, LIFETIME, [], keys, suite);
  const reference = await makeKeyPackageRef(made.publicPackage, suite.hash);
  return ok({
    name: bytesToHex(own(reference)),
    publicPart: made.publicPackage,
    secrets: made.privatePackage,
  });
}

const encodePublic = (keyPackage: KeyPackage): Bytes =>
  own(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage }));

/** The public part, as it is sent. */
export const packageToText = (keyPackage: KeyPackage): string =>
  encodeTransportable(encodePublic(keyPackage));

function decodePackage(value: JsonValue | undefined): KeyPackage | undefined {
  const bytes = parseTransportable(value);
  if (bytes === undefined || bytes.length > PACKAGE_BYTES_MAX) return undefined;
  try {
    const [message, length] = decodeMlsMessage(bytes, 0) ?? [];
    const isWhole = length === bytes.length && message?.wireformat === 'mls_key_package';
    return isWhole ? message.keyPackage : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a package and proves whose it is; its own signatures are checked by isWhole, and again where it is used. */
export function readPackage(
  value: JsonValue | undefined,
  id: DimpId,
  context: Pick<MlsContext, 'contacts' | 'crypto'>,
): Result<PeerPackage> {
  const publicPart = decodePackage(value);
  if (publicPart === undefined || publicPart.cipherSuite !== MLS_SUITE_NAME)
    return refuse(mlsFault('mls.malformed', { what: 'package' }));
  const { credential, signaturePublicKey } = publicPart.leafNode;
  const owner = readCredential(credential);
  if (owner === undefined || !sameId(owner.id, id)) return refuse(mlsFault('mls.foreign'));
  if (!isVouchedFor(credential, own(signaturePublicKey), context)) return refuse(mlsFault('mls.foreign'));
  return ok({ owner: { id: owner.id, terminal: owner.terminal }, publicPart });
}

/**
 * Whether a package is whole: its own signatures, by the key that the identity vouches for, cover every key in it. What a
 * station hands over has no other protection.
 */
export async function isWhole({ publicPart }: PeerPackage, { suite }: MlsContext): Promise<boolean> {
  const { leafNode } = publicPart;
  if (leafNode.leafNodeSource !== 'key_package') return false;
  try {
    const isLeafSigned = await verifyLeafNodeSignatureKeyPackage(leafNode, suite.signature);
    return isLeafSigned && (await verifyKeyPackage(publicPart, suite.signature));
  } catch {
    return false;
  }
}

/** What a visa says about MLS, to be put among its properties. */
export function mlsProperty(published: OwnPackage): JsonObject {
  const text = packageToText(published.publicPart);
  return { [MLS_PROPERTY]: { suite: MLS_SUITE, package: text, last_resort: true } };
}

/** The visas of devices in use. One for all devices is no device of its own where a device has its key. */
function visasWithKeys(id: DimpId, contacts: Contacts): readonly DimpDocument[] {
  const visas = contacts.documents(id).flatMap((document) => {
    const key = document.type === 'visa' ? visaKey(document) : undefined;
    return key === undefined ? [] : [{ document, key }];
  });
  const isCovered = (one: (typeof visas)[number]) =>
    one.document.terminal === undefined &&
    visas.some(({ document, key }) => document.terminal !== undefined && samePublicKey(key, one.key));
  return visas.filter((one) => !isCovered(one)).map(({ document }) => document);
}

const announced = (visa: DimpDocument): JsonObject | undefined => {
  const said = visa.properties[MLS_PROPERTY];
  return isJsonObject(said) && said['suite'] === MLS_SUITE && visa.terminal !== undefined ? said : undefined;
};

/** Whether every device of an ID speaks MLS, as its signed visas say. */
export function speaksMls(id: DimpId, contacts: Contacts): boolean {
  const visas = visasWithKeys(id, contacts);
  return visas.length > 0 && visas.every((visa) => announced(visa) !== undefined);
}

/** The packages in the visas of an ID, by device. Empty unless all its devices have one. */
export function visaPackages(id: DimpId, context: MlsContext): ReadonlyMap<string, PeerPackage> {
  const found = new Map<string, PeerPackage>();
  for (const visa of visasWithKeys(id, context.contacts)) {
    const peer = readPackage(announced(visa)?.['package'], id, context);
    if (!peer.ok || peer.value.owner.terminal !== visa.terminal) return new Map();
    found.set(peer.value.owner.terminal, peer.value);
  }
  return found;
}

/** The devices of an ID that say to keep one-time packages at their station. */
export function oneTimeTerminals(id: DimpId, contacts: Contacts): readonly string[] {
  return visasWithKeys(id, contacts).flatMap((visa) =>
    announced(visa)?.['last_resort'] === true ? (visa.terminal ?? []) : [],
  );
}

/** With secrets: seal it before it is stored. */
export function ownPackageToText({ name, publicPart, secrets }: OwnPackage): string {
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = secrets;
  const keys = [initPrivateKey, hpkePrivateKey, signaturePrivateKey].map((key) =>
    encodeTransportable(own(key)),
  );
  return JSON.stringify({ name, package: packageToText(publicPart), keys });
}

export function parseOwnPackage(text: string): OwnPackage | undefined {
  const parsed = parseJson(text);
  const json = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const publicPart = decodePackage(json['package']);
  const list = Array.isArray(json['keys']) ? json['keys'] : [];
  const [initPrivateKey, hpkePrivateKey, signaturePrivateKey] = list.map((key) => parseTransportable(key));
  const { name } = json;
  if (
    typeof name !== 'string' ||
    publicPart === undefined ||
    !initPrivateKey ||
    !hpkePrivateKey ||
    !signaturePrivateKey
  )
    return undefined;
  const secrets = { initPrivateKey, hpkePrivateKey, signaturePrivateKey };
  return { name, publicPart, secrets };
}
