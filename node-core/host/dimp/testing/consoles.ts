// Test consoles that are closed, and their folders removed, after each test of the file that uses them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { unwrap } from '../../../base/index.ts';
import type { Messenger } from '../messenger.ts';
import { openTestConsole } from './console.ts';

export { TEST_VAULT_SECRET, textsOf, until } from './console.ts';

const folders: string[] = [];
/** What else is to be closed. */
export const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export type TestConsole = Awaited<ReturnType<typeof openTestConsole>>;

export async function openConsole(...args: Parameters<typeof openTestConsole>): Promise<TestConsole> {
  const console = await openTestConsole(...args);
  running.push(console);
  return console;
}

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-messenger-'));
  folders.push(folder);
  return folder;
}

export const stateOf = async (messenger: Messenger, actor: string, chat: string) =>
  unwrap(await messenger.chat(actor, chat)).messages.at(-1)?.state;
