// Time, randomness, logging and native cryptography of the machine this runs on.

import { createCipheriv, createDecipheriv, hash, randomBytes, scrypt } from 'node:crypto';
import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Bytes, Clock, Log, LogLevel, Random } from '../../base/index.ts';
import { sha256, u64ToBytes, utf8ToBytes } from '../../base/index.ts';
import type { Aead, Scrypt } from '../../identity/index.ts';
import { AEAD_TAG_BYTES } from '../../identity/index.ts';

const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      // Longer delays overflow the timer and would fire at once; whoever waits that long asks again.
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        Math.min(delayMs, TIMER_MS_MAX),
      );
      signal?.addEventListener('abort', abort, { once: true });
    }),
};

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

/** Reproducible bytes for demo worlds and simulations only; never for keys that guard anything. */
export function createSeededRandom(seed: string): Random {
  const key = sha256(utf8ToBytes(`dipnet/seed/${seed}`));
  let counter = 0n;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 32) {
        const block = sha256(new Uint8Array([...key, ...u64ToBytes(counter++)]));
        bytes.set(block.subarray(0, Math.min(32, length - offset)), offset);
      }
      return bytes;
    },
  };
}

/** AES-256-GCM of the platform; the same bytes as the portable back-end, ten times faster or more. */
export const nativeAead: Aead = {
  seal(key, nonce, plaintext, associatedData) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(associatedData);
    const body = cipher.update(plaintext);
    cipher.final();
    return new Uint8Array(Buffer.concat([body, cipher.getAuthTag()]));
  },
  open(key, nonce, ciphertext, associatedData) {
    if (ciphertext.length < AEAD_TAG_BYTES) return undefined;
    const split = ciphertext.length - AEAD_TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: AEAD_TAG_BYTES });
    decipher.setAAD(associatedData);
    decipher.setAuthTag(ciphertext.subarray(split));
    try {
      const body = decipher.update(ciphertext.subarray(0, split));
      decipher.final();
      return new Uint8Array(body);
    } catch {
      return undefined;
    }
  },
};

export const nativeScrypt: Scrypt = (password, salt, cost) =>
  new Promise((resolve, reject) => {
    const options = { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 };
    scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });

/**
 * SHA-256, native, into `result`. By way of a string: making a Buffer for the digest takes twice as long as the hash of a
 * tree node.
 */
export function nativeSha256(bytes: Bytes, result: Bytes = new Uint8Array(32)): Bytes {
  const digest = hash('sha256', bytes, 'binary');
  for (let i = 0; i < 32; i++) result[i] = digest.charCodeAt(i);
  return result;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const LOG_SIZE_BYTES_MAX = 5 * 1024 * 1024;

/** One JSON line an entry, to a file that is turned over at 5 MiB; entries at or above `echo` also go to `echoTo`. */
export function createFileLog(path: string, echo: LogLevel, echoTo: (line: string) => void): Log {
  return (level, action, data) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), level, action, ...data }, jsonSafe)}\n`;
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_SIZE_BYTES_MAX)
        renameSync(path, `${path}.1`);
      appendFileSync(path, line, { mode: 0o600 });
    } catch {
      // A full disk must not stop a print; the echo below still tells.
    }
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(echo)) echoTo(line);
  };
}

function jsonSafe(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}
