// Keys of messages that came with none: a peer may use its last key again and leave it out. Kept in memory, bounded, by
// sender and destination; a key is only ever tried on messages of the sender who sent it.

import type { DimpId } from './ids.ts';
import type { AesKey } from './keys/index.ts';
import { keyDigest } from './keys/index.ts';

export interface CipherKeys {
  /** The last key of this direction, or the one with this digest where the message names one. */
  find(sender: DimpId, to: DimpId, digest: string | undefined): AesKey | undefined;
  keep(sender: DimpId, to: DimpId, key: AesKey): void;
}

/** Directions remembered; the one used least recently is forgotten first. */
const DIRECTIONS_MAX = 4096;

export function createCipherKeys(directionsMax = DIRECTIONS_MAX): CipherKeys {
  const keys = new Map<string, AesKey>();
  return {
    find(sender, to, digest) {
      const name = direction(sender, to);
      const key = keys.get(name);
      if (key === undefined) return undefined;
      keys.delete(name);
      keys.set(name, key);
      // Programs differ in the hash they take.
      const isNamed = digest === undefined || [keyDigest(key), keyDigest(key, 'md5')].includes(digest);
      return isNamed ? key : undefined;
    },
    keep(sender, to, key) {
      const name = direction(sender, to);
      keys.delete(name);
      keys.set(name, key);
      const [oldest] = keys.keys();
      if (keys.size > directionsMax && oldest !== undefined) keys.delete(oldest);
    },
  };
}

const direction = (sender: DimpId, to: DimpId) => `${sender.bare} ${to.bare}`;
