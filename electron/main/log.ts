// The shell's log: one JSON line an entry, to a file beside the core's and to standard error. Never holds an address that
// a page or another program chose, nor anything secret.

import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

export type ShellLog = (
  level: 'info' | 'warn' | 'error',
  action: string,
  data?: Readonly<Record<string, string | number | boolean>>,
) => void;

export function createShellLog(path: string): ShellLog {
  let tail: Promise<unknown> = mkdir(dirname(path), { recursive: true });
  return (level, action, data) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), level, action, ...data })}\n`;
    if (level !== 'info') process.stderr.write(line);
    // A full disk must not keep the window from working.
    tail = tail.then(() => appendFile(path, line, { mode: 0o600 })).catch(() => undefined);
  };
}
