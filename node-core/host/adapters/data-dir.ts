// The one folder that holds everything a console keeps, with a lock that a second instance cannot pass and that the
// operating system lets go when this process dies, however it dies.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Fault, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';

export const dataFault = defineFaults('data', {
  'data.locked': {
    message: 'The data folder {folder} is already in use by another console (process {pid}).',
    next: 'Use that console, or close it first; two consoles on one folder could damage it.',
  },
  'data.unwritable': {
    message: 'The data folder {folder} cannot be written.',
    next: 'Free some space or fix its permissions, or choose another folder with --data.',
  },
  'data.vault': {
    message: 'The key that opens the data folder {folder} is missing, or it belongs to another folder.',
    next: 'Put the file vault.key back from a copy of the folder, or run "dipnet recover" with the recovery words of one of its accounts.',
  },
  'data.words': {
    message: 'The account {address} is none of those that this data folder was used with.',
    next: 'Use the recovery words of an account that was used with it, or recover into an empty folder.',
  },
  'data.damaged': {
    message: 'The data folder is damaged: {file}.',
    next: 'Put the folder back from a copy, or move it away and start with an empty one.',
  },
  'data.newer': {
    message: 'The data folder {folder} was written by a newer version of this console.',
    next: 'Install the newest version of the console.',
  },
  'data.older': {
    message: 'The data folder {folder} was written by an earlier version, whose chain this one cannot read.',
    next: 'Move the folder away and start with an empty one; the version that wrote it can still open it. If it is a demo world, "npx dipnet demo-world reset" makes a fresh one.',
  },
});

/** The fault of a disk that is full, gone or read-only; undefined where the failure is another one. */
export function diskFault(error: unknown, folder: string): Fault | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(SQLITE_(FULL|READONLY|CANTOPEN|IOERR)|ENOSPC|EACCES|EPERM|EROFS|EDQUOT|EIO)/.test(code)
    ? dataFault('data.unwritable', { folder })
    : undefined;
}

export type DataDir = {
  readonly path: string;
  /** A path inside the folder; parents are made. */
  file(...names: string[]): string;
  release(): void;
};

/** `~/.local/share/dipnet` on Linux, `~/Library/Application Support/dipnet` on macOS, `%APPDATA%\dipnet` on Windows. */
export function defaultDataPath(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === 'win32')
    return join(environment['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'dipnet');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'dipnet');
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'dipnet');
}

export function openDataDir(path: string): Result<DataDir> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const lock = new Database(join(path, 'lock'));
    // A locked file answers at once instead of after the default five seconds.
    lock.pragma('busy_timeout = 0');
    if (!takeLock(lock)) {
      lock.close();
      return refuse(dataFault('data.locked', { folder: path, pid: readPid(path) }));
    }
    writeFileSync(join(path, 'pid'), `${process.pid}\n`);
    return ok({
      path,
      file(...names) {
        const target = join(path, ...names);
        mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
        return target;
      },
      release() {
        rmSync(join(path, 'pid'), { force: true });
        lock.close();
      },
    });
  } catch {
    return refuse(dataFault('data.unwritable', { folder: path }));
  }
}

function takeLock(lock: Database.Database): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

function readPid(path: string): string {
  try {
    return readFileSync(join(path, 'pid'), 'utf8').trim();
  } catch {
    return '?';
  }
}

/** Writes a small file so that a crash leaves the old or the new one, never half. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}
