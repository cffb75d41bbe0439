// The secret that seals everything else on this machine, itself sealed by the operating system's key store. Where there
// is none (some Linux desktops), Electron only hides it with a fixed password: the console then says so.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { safeStorage } from 'electron';

const SECRET_BYTES = 32;

export type ShellVault = {
  readonly secret: Uint8Array;
  readonly kind: 'system' | 'plain';
};

/**
 * Reads the secret, or makes it on first use. Where no key store answers it lies beside, readable by this user alone, and
 * is sealed as soon as there is one. @throws Error where a sealed secret is there and cannot be opened: a new one would
 * make every key on this machine unreadable for good.
 */
export async function openShellVault(path: string): Promise<ShellVault> {
  const plainPath = `${path}.plain`;
  const available = await safeStorage.isAsyncEncryptionAvailable();
  const hidden = process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
  const kind = available && !hidden ? 'system' : 'plain';
  const sealed = await readIfThere(path);
  if (sealed !== undefined) {
    const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(sealed);
    const secret = parseSecret(result);
    if (shouldReEncrypt) await seal(path, secret);
    return { secret, kind };
  }
  const plain = await readIfThere(plainPath);
  const secret =
    plain === undefined ? new Uint8Array(randomBytes(SECRET_BYTES)) : parseSecret(plain.toString('utf8'));
  if (available) {
    await seal(path, secret);
    await rm(plainPath, { force: true });
  } else if (plain === undefined) await writeWhole(plainPath, secretText(secret));
  return { secret, kind };
}

const secretText = (secret: Uint8Array) => Buffer.from(secret).toString('base64');

function parseSecret(text: string): Uint8Array {
  const secret = new Uint8Array(Buffer.from(text, 'base64'));
  if (secret.length !== SECRET_BYTES) throw new Error('the secret that seals this console’s keys is damaged');
  return secret;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function seal(path: string, secret: Uint8Array): Promise<void> {
  await writeWhole(path, await safeStorage.encryptStringAsync(secretText(secret)));
}

/** A crash leaves the old file or the new one, never half. */
async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
