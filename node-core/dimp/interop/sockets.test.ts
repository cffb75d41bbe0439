// The Python reference of DIMP on real sockets: its own client at our station, writing to our messenger and away in
// between. Run by scripts/interop.mjs; left out where the reference is not installed.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { openTestConsole, textsOf, until } from '../../host/dimp/testing/console.ts';

/** None where the reference is not installed; then scripts/interop.mjs says so. */
const PYTHONS = [process.env['DIPNET_DIMP_REFERENCE_NEXT'] ?? []].flat();
const SCRIPT = join(import.meta.dirname, 'socket_peer.py');
const HOST = '127.0.0.1';
/** The reference's own pauses are long: it looks for what waits every few seconds. */
const TIMEOUT_MS = 120_000;

type Told = {
  readonly id?: string;
  readonly state?: string;
  readonly from?: string;
  readonly sent?: boolean;
  readonly content?: {
    readonly text?: string;
    readonly command?: string;
    readonly did?: string;
    readonly documents?: unknown;
  };
};

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-reference-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The reference in a process of its own, with everything it has told so far. */
function startReference(...parameters: readonly string[]) {
  const child: ChildProcessWithoutNullStreams = spawn(PYTHONS[0] ?? '', [SCRIPT, ...parameters]);
  const log: string[] = [];
  child.stderr.on('data', (bytes: Buffer) => void log.push(bytes.toString()));
  const told: Told[] = [];
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      hasEnded = true;
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on('line', (text) => void told.push(JSON.parse(text) as Told));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  closing.push(end);
  return {
    end,
    ask: (request: object) => void child.stdin.write(`${JSON.stringify(request)}\n`),
    /** The first thing told that fits; fails where the reference ends before. */
    async told(isRight: (told: Told) => boolean): Promise<Told> {
      await until(() => hasEnded || told.some(isRight));
      const right = told.find(isRight);
      if (right === undefined) throw new Error(`the reference ended: ${log.join('').slice(-2000)}`);
      return right;
    },
  };
}

async function makeAccount(home: string, name: string): Promise<string> {
  const reference = startReference('account', home, name);
  const { id } = await reference.told((told) => told.id !== undefined);
  await reference.end();
  return id ?? '';
}

/** Logged in: the state machine of its client has come to its fifth state. */
async function startClient(home: string, id: string, port: number) {
  const client = startReference('client', home, id, HOST, String(port));
  await client.told(({ state }) => state === '4');
  return client;
}

async function openConsole(names: readonly string[]) {
  const opened = await openTestConsole(makeFolder(), names);
  closing.push(opened.close);
  return { ...opened, person: opened.people[0] ?? '' };
}
type Opened = Awaited<ReturnType<typeof openConsole>>;

const hears = ({ messenger, person }: Opened, from: string, text: string) =>
  until(async () => (await textsOf(messenger, person, `p:${from}`)).includes(text));

describe.skipIf(PYTHONS.length === 0)('on real sockets with the reference', { timeout: TIMEOUT_MS }, () => {
  it.each(PYTHONS)(
    'carries texts between its client and our messenger at our station, also to who was away',
    async () => {
      const ours = await openConsole(['Ada']);
      const { port } = (await ours.messenger.view(ours.person)).station;
      const home = makeFolder();
      const theirs = await makeAccount(home, 'bo');
      const first = await startClient(home, theirs, port);
      const chat = unwrap(await ours.messenger.addContact(ours.person, theirs, 'Bo'));
      unwrap(await ours.messenger.send(ours.person, chat, 'from here'));
      const heard = await first.told(({ content }) => content?.text === 'from here');
      expect(heard.from).toBe(ours.person);
      first.ask({ op: 'send', to: ours.person, text: 'from there' });
      await hears(ours, theirs, 'from there');
      first.ask({ op: 'ask', about: ours.person });
      const answer = await first.told(
        ({ content }) => content?.did === ours.person && content.documents !== undefined,
      );
      expect(answer.content?.command).toBe('documents');
      await first.end();
      unwrap(await ours.messenger.send(ours.person, chat, 'while away'));
      const second = await startClient(home, theirs, port);
      await second.told(({ content }) => content?.text === 'while away');
      expect(await textsOf(ours.messenger, ours.person, chat)).toEqual([
        'from here',
        'from there',
        'while away',
      ]);
    },
  );
});
