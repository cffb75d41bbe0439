// The devices of a user: each has a visa of its own, signed by the identity. A device is removed by a newer visa for its
// terminal without a key: from then on nothing is encrypted for it and nothing it signs counts.

import type { Result } from '../base/index.ts';
import { bytesToHex, sha256 } from '../base/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import type { DimpDocument } from './documents.ts';
import { createDocument, visaKey } from './documents.ts';
import type { DimpId } from './ids.ts';
import type { PrivateKey } from './keys/index.ts';

export type Device = {
  /** Absent for the visa that is for all devices. */
  readonly terminal?: string;
  /** When its visa was signed. */
  readonly timeS: number;
  readonly isRemoved: boolean;
  /** The first 16 hexadecimal digits of the SHA-256 of its key, to compare by eye. */
  readonly fingerprint?: string;
  readonly visa: DimpDocument;
};

/** The devices whose visas are known, newest first, those that were removed included. */
export function listDevices(id: DimpId, contacts: Contacts): readonly Device[] {
  const visas = contacts.documents(id).filter(({ type }) => type === 'visa');
  return visas.map((visa) => {
    const { terminal, timeS } = visa;
    const key = visaKey(visa);
    const bytes = key?.algorithm === 'RSA' ? key.pkcs1 : key?.compressed;
    return {
      ...(terminal === undefined ? {} : { terminal }),
      timeS,
      isRemoved: key === undefined,
      ...(bytes === undefined ? {} : { fingerprint: bytesToHex(sha256(bytes)).slice(0, 16) }),
      visa,
    };
  });
}

/** The visa that removes a device: to be sent to contacts and stations like any other. */
export function createRemovalVisa(
  id: DimpId,
  terminal: string,
  nowS: number,
  identityKey: PrivateKey,
  crypto: DimpCrypto,
): Result<DimpDocument> {
  return createDocument(
    { did: id, type: 'visa', terminal, properties: { removed: true }, nowS },
    identityKey,
    crypto,
  );
}
