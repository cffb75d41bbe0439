// What a user signs to put a block to a station: itself, the station, the block and the time. Whoever overhears it can
// repeat exactly that, which changes nothing.

import type { Bytes, Result } from '../../base/index.ts';
import { refuse, taggedHash, utf8ToBytes } from '../../base/index.ts';
import type { Account, Contacts, DimpCrypto, DimpId } from '../index.ts';
import { signWith, verifyWith } from '../index.ts';
import { fileFault } from './faults.ts';
import { FILE_REQUEST_AGE_S } from './limits.ts';

export type PutRequest = {
  readonly user: DimpId;
  readonly station: DimpId;
  readonly blockId: string;
  /** Whole seconds. */
  readonly timeS: number;
};

// IDs hold no NUL, so that the four are told apart.
const messageOf = ({ user, station, blockId, timeS }: PutRequest): Bytes =>
  taggedHash('dipnet/dimp/files/put/v1', utf8ToBytes([user.bare, station.bare, blockId, timeS].join('\0')));

export function signPut(
  request: Omit<PutRequest, 'user'>,
  { id, identityKey }: Account,
  crypto: DimpCrypto,
): Result<Bytes> {
  return signWith(identityKey, messageOf({ ...request, user: id }), crypto);
}

/** Who signed it, or why it does not count. */
export function verifyPut(
  request: PutRequest & { readonly signature: Bytes },
  nowS: number,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<void> {
  const key = contacts.meta(request.user)?.key;
  if (key === undefined) return refuse(fileFault('transfer.stranger'));
  const isTimely = Math.abs(nowS - request.timeS) <= FILE_REQUEST_AGE_S;
  const isSigned = isTimely && verifyWith(key, messageOf(request), request.signature, crypto);
  return isSigned ? { ok: true, value: undefined } : refuse(fileFault('transfer.signature'));
}
