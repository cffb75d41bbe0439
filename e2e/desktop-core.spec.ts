// The core as the desktop shell runs it: the built entry of its utility process, started by plain Node with only the
// parent port played, opened with a secret of the vault, and asked over a message channel as a page asks.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DESKTOP = join(ROOT, 'dist', 'desktop');
/** Where the addons beside it were built for Electron, plain Node cannot load them; the journeys on Electron cover it. */
const isForElectron = existsSync(join(DESKTOP, 'node_modules'));

/** Plays the shell: opens, connects, asks for the status, closes. */
const HARNESS = `
  import { EventEmitter } from 'node:events';
  import { MessageChannel } from 'node:worker_threads';
  import { createORPCClient } from '@orpc/client';
  import { RPCLink } from '@orpc/client/message-port';
  const [entry, dataPath] = process.argv.slice(1);
  const parent = new EventEmitter();
  const ready = new Promise((resolve) => {
    parent.postMessage = (message) => { if (message.type !== 'activity') resolve(message); };
  });
  Object.defineProperty(process, 'parentPort', { value: parent });
  await import(entry);
  const say = (data, ports = []) => parent.emit('message', { data, ports });
  say({ type: 'open', dataPath, demo: false, vaultSecret: new Uint8Array(32).fill(7) });
  const { port1, port2 } = new MessageChannel();
  say({ type: 'connect' }, [port1]);
  const opened = await ready;
  if (opened.type === 'ready') {
    const api = createORPCClient(new RPCLink({ port: port2 }));
    const { chainId, demo } = await api.system.status();
    console.log(JSON.stringify({ opened: opened.type, demo, named: chainId.length > 0 }));
  } else console.log(JSON.stringify(opened));
  port2.close();
  say({ type: 'close' });
`;

describe.skipIf(isForElectron)('the core of the desktop shell', () => {
  it('opens, answers over its port, keeps its secret to itself, and ends when told to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dipnet-desktop-'));
    const run = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', HARNESS, join(DESKTOP, 'utility.js'), folder],
      { cwd: ROOT, encoding: 'utf8', timeout: 120_000 },
    );
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(JSON.parse(run.stdout)).toEqual({ opened: 'ready', demo: false, named: true });
    expect(readdirSync(folder).filter((name) => name.includes('vault'))).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('says in words that its folder cannot be used', () => {
    const run = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', HARNESS, join(DESKTOP, 'utility.js'), '/dev/null/x'],
      { cwd: ROOT, encoding: 'utf8', timeout: 120_000 },
    );
    expect(JSON.parse(run.stdout)).toMatchObject({ type: 'refused', fault: { code: 'data.unwritable' } });
  });
});
