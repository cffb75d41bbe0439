// Each message counts once. What is remembered is a hash of sender and ciphertext, not the signature, of which an ECDSA
// message has two: whoever relays can turn one into the other without a key. Messages older than the memory reaches
// are refused, so that forgetting never lets one in again.

import type { Bytes, KvStore, Result } from '../base/index.ts';
import { concatBytes, ok, refuse, taggedHash, u64ToBytes, utf8ToBytes } from '../base/index.ts';
import { dimpFault } from './faults.ts';
import { CLOCK_SKEW_S, MESSAGE_AGE_MAX_S } from './limits.ts';
import type { ReliableMessage } from './message.ts';
import type { OpenedMessage } from './open.ts';

/** What to write, in one with whatever the message causes, so that neither is kept without the other. */
export type ReplayEntries = readonly (readonly [Bytes, Bytes | undefined])[];

export interface ReplayWindow {
  /** For a verified message: what to write where it is new and timely, or why it does not count. Reads only. */
  judge(
    opened: Pick<OpenedMessage, 'message' | 'timeS' | 'isTimeSigned'>,
    nowS: number,
  ): Result<ReplayEntries>;
}

const SEEN = utf8ToBytes('replay/seen/');
const BY_TIME = utf8ToBytes('replay/time/');
/** Forgotten with each new message: more than come in, so the memory never grows beyond the window. */
const FORGET_MAX = 4;
const HASH_BYTES = 32;

/** The same for every copy of a message, whatever was changed on its outside. */
export function replayHash({ sender, signedBytes }: ReliableMessage): Bytes {
  return taggedHash('dipnet/dimp/replay/v1', utf8ToBytes(sender.bare), new Uint8Array(1), signedBytes);
}

export function createReplayWindow(store: KvStore, ageMaxS: number = MESSAGE_AGE_MAX_S): ReplayWindow {
  return {
    judge({ message, timeS, isTimeSigned }, nowS) {
      if (timeS > nowS + CLOCK_SKEW_S) return refuse(dimpFault('dimp.message.future'));
      if (timeS < nowS - ageMaxS) return refuse(dimpFault('dimp.message.stale'));
      const hash = replayHash(message);
      const seen = concatBytes(SEEN, hash);
      if (store.get(seen) !== undefined) return refuse(dimpFault('dimp.message.replayed'));
      const entries: (readonly [Bytes, Bytes | undefined])[] = [[seen, new Uint8Array(1)]];
      // Where the time is not signed, an old message can be dated anew: such a one is never forgotten.
      if (isTimeSigned) entries.push([timeEntry(timeS, hash), new Uint8Array()]);
      return ok([...entries, ...outdated(store, nowS - ageMaxS)]);
    },
  };
}

function timeEntry(timeS: number, hash: Bytes): Bytes {
  return concatBytes(BY_TIME, u64ToBytes(BigInt(Math.floor(timeS))), hash);
}

function outdated(store: KvStore, beforeS: number): ReplayEntries {
  if (beforeS <= 0) return [];
  const entries: (readonly [Bytes, undefined])[] = [];
  const limit = BY_TIME.length;
  for (const [key] of store.list(BY_TIME, { limit: FORGET_MAX })) {
    const view = new DataView(key.buffer, key.byteOffset + limit, 8);
    // Whole seconds: one that just passed stays for another.
    if (view.getBigUint64(0) + 1n >= BigInt(Math.floor(beforeS))) break;
    entries.push([key, undefined], [concatBytes(SEEN, key.subarray(key.length - HASH_BYTES)), undefined]);
  }
  return entries;
}
