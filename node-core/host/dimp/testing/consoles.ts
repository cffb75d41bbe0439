// Test consoles that are closed, and their folders removed, after each test of the file that uses them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { unwrap } from '../../../base/index.ts';
import type { Messenger } from '../messenger.ts';
import { openTestConsole, textsOf, until } from './console.ts';

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

/** Two consoles at the station of the first, who have written to each other once. */
export async function meet(folders: readonly [string, string] = [makeFolder(), makeFolder()]) {
  const one = await openConsole(folders[0], ['Ada']);
  const two = await openConsole(folders[1], ['Bo']);
  const [ada = ''] = one.people;
  const [bo = ''] = two.people;
  const { host, port } = (await one.messenger.view(ada)).station;
  // biome-ignore lint/correctness/useHookAtTopLevel: not a hook of React
  await two.messenger.useStation({ host, port });
  unwrap(await two.messenger.addContact(bo, ada, ''));
  unwrap(await two.messenger.send(bo, `p:${ada}`, 'hello'));
  await until(async () => (await textsOf(one.messenger, ada, `p:${bo}`)).length === 1);
  return { one, two, ada, bo, folders, station: { host, port } };
}

export const stateOf = async (messenger: Messenger, actor: string, chat: string) =>
  unwrap(await messenger.chat(actor, chat)).messages.at(-1)?.state;
