// The supervisor with the real CometBFT program and its built-in application: it starts, survives kills, explains what
// cannot work, and leaves no process behind.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { needTool } from '../../../scripts/tools.mjs';
import type { Log } from '../../base/index.ts';
import { bytesToHex, unwrap } from '../../base/index.ts';
import { systemRandom } from '../adapters/system.ts';
import { homePath, writeHome } from './home.ts';
import { createConsensusSecret } from './keys.ts';
import { parseLogLine } from './log-lines.ts';
import type { PlannedNode } from './network.ts';
import type { AppServer, NodeSupervisor } from './supervisor.ts';
import { latestHeight, superviseKvstore, until, writeKvstoreNode } from './testing/kvstore-node.ts';

const binary = needTool('cometbft', 'nodes of a network as child processes');
let folder: string;
let toStop: NodeSupervisor[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-node-'));
  toStop = [];
});
afterEach(async () => {
  for (const supervisor of toStop) await supervisor.stop();
  rmSync(folder, { recursive: true });
});

const createNode = () => writeKvstoreNode(folder);

type Extra = { readonly openApp?: () => Promise<AppServer>; readonly log?: Log };

function supervise(node: PlannedNode, { openApp, log }: Extra = {}) {
  const changes: string[] = [];
  const supervisor = superviseKvstore(node, binary ?? '', {
    onChange: ({ state }) => changes.push(state),
    ...(openApp === undefined ? {} : { openApp }),
    ...(log === undefined ? {} : { log }),
  });
  toStop.push(supervisor);
  return { supervisor, changes };
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(binary === undefined)('a supervised node', () => {
  test('makes blocks, and stops cleanly with nothing left running', async () => {
    const node = await createNode();
    const entries: string[] = [];
    const { supervisor, changes } = supervise(node, {
      log: (_level, _action, data) => entries.push(String(data?.['text'])),
    });
    unwrap(await supervisor.start());
    const { pid = 0, state } = supervisor.status();
    expect(state).toBe('running');
    expect(isAlive(pid)).toBe(true);
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(changes).toEqual(['starting', 'running', 'stopped']);
    expect(supervisor.status()).toMatchObject({ restarts: 0, pid: undefined });
    expect(entries).toContain('This node is a validator');
    // Its last words are those of an orderly end.
    expect(entries.some((text) => text.includes('Closing'))).toBe(true);
  });

  test('killed, it is started again and goes on where it was', async () => {
    const node = await createNode();
    const { supervisor, changes } = supervise(node);
    unwrap(await supervisor.start());
    await until(async () => (await latestHeight(node)) >= 3);
    const { pid: first } = supervisor.status();
    supervisor.kill();
    await until(() => supervisor.status().state !== 'running');
    unwrap(await supervisor.ready());
    expect(supervisor.status()).toMatchObject({ restarts: 1, fault: { code: 'cometbft.node.ended' } });
    expect(supervisor.status().pid).not.toBe(first);
    const height = await latestHeight(node);
    expect(height).toBeGreaterThanOrEqual(3);
    await until(async () => (await latestHeight(node)) > height);
    expect(changes).toEqual(['starting', 'running', 'waiting', 'starting', 'running']);
  });

  test('a failing application takes CometBFT down, and both come back', async () => {
    const node = await createNode();
    let fail: (cause: unknown) => void = () => undefined;
    let opened = 0;
    const closed: number[] = [];
    const openApp = async (): Promise<AppServer> => {
      const number = ++opened;
      return {
        address: 'kvstore',
        failed: new Promise((resolve) => {
          fail = resolve;
        }),
        close: async () => void closed.push(number),
      };
    };
    const { supervisor } = supervise(node, { openApp });
    unwrap(await supervisor.start());
    const { pid = 0 } = supervisor.status();
    fail(new Error('disk full'));
    await until(() => supervisor.status().restarts === 1);
    unwrap(await supervisor.ready());
    expect(isAlive(pid)).toBe(false);
    expect([opened, closed]).toEqual([2, [1]]);
    expect(supervisor.status().fault).toMatchObject({
      code: 'cometbft.app.failed',
      data: { reason: 'disk full' },
    });
  });

  test('an application that never opens is given up in words', async () => {
    const node = await createNode();
    const openApp = () => Promise.reject(new Error('no such disk'));
    const { supervisor } = supervise(node, { openApp });
    expect(await supervisor.start()).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.node.crash-loop', data: { times: 4 } },
    });
    expect(supervisor.status()).toMatchObject({ state: 'failed', restarts: 4 });
  });

  test('a port that stays in use is named', async () => {
    const node = await createNode();
    const squatter = createServer().listen(node.p2p.port, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { supervisor } = supervise(node);
    expect(await supervisor.start()).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.node.port', data: { address: `127.0.0.1:${node.p2p.port}` } },
    });
    expect(supervisor.status()).toMatchObject({ state: 'failed', restarts: 4 });
    squatter.close();
  });

  test('a port that is still held for a moment, by a process that is just ending, is waited for', async () => {
    const node = await createNode();
    const squatter = createServer().listen(node.p2p.port, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { supervisor } = supervise(node);
    const started = supervisor.start();
    await until(() => supervisor.status().restarts === 1);
    squatter.close();
    unwrap(await started);
    expect(supervisor.status().state).toBe('running');
  });

  test('one folder runs once', async () => {
    const node = await createNode();
    unwrap(await supervise(node).supervisor.start());
    const second = await supervise(node).supervisor.start();
    expect(second).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.home.in-use', data: { pid: `${process.pid}` } },
    });
  });

  test('a key without its record of signatures does not run, and neither is overwritten', async () => {
    const node = await createNode();
    const key = readFileSync(homePath(node.home, 'validatorKey'), 'utf8');
    expect(statSync(homePath(node.home, 'validatorKey')).mode & 0o777).toBe(0o600);
    rmSync(homePath(node.home, 'validatorState'));
    expect(await supervise(node).supervisor.start()).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.key.state-missing' },
    });
    const content = {
      config: { moniker: 'x', p2p: { ...node.p2p, peers: [] }, rpc: node.rpc },
      genesisJson: '{}',
      nodeSecret: systemRandom.bytes(32),
      validator: createConsensusSecret('ed25519', systemRandom),
    };
    expect(writeHome(node.home, content)).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.key.exists' },
    });
    expect(readFileSync(homePath(node.home, 'validatorKey'), 'utf8')).toBe(key);
    expect(readdirSync(join(node.home, 'data'))).toEqual([]);
    rmSync(homePath(node.home, 'validatorKey'));
    expect(await supervise(node).supervisor.start()).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.key.missing' },
    });
  });

  test('a folder that is no node is named with what it lacks', async () => {
    const node = await createNode();
    rmSync(homePath(node.home, 'genesis'));
    expect(await supervise(node).supervisor.start()).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.home.missing', data: { file: 'config/genesis.json' } },
    });
    writeFileSync(homePath(node.home, 'genesis'), '{}');
    const started = await supervise(node).supervisor.start();
    expect(started).toMatchObject({ ok: false, fault: { code: 'cometbft.node.crash-loop' } });
    expect(started.ok ? '' : started.fault.message).toMatch(/genesis/);
  });
});

describe('lines of the log', () => {
  test('are entries with a level, whatever they are', () => {
    expect(parseLogLine('{"_msg":"hello","level":"error","module":"p2p","ts":"x"}')).toEqual({
      level: 'error',
      text: 'hello',
      data: { module: 'p2p' },
    });
    expect(parseLogLine('panic: runtime error')).toMatchObject({ level: 'error' });
    for (const line of ['{', '{"level":{}}', '', '[1]', bytesToHex(systemRandom.bytes(40))])
      expect(parseLogLine(line).level).not.toBe('error');
  });
});
