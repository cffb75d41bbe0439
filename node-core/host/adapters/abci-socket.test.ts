// The ABCI socket with real connections: order, bounds, ends, and another process that comes to the same state.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { AbciHandler } from '../../abci/index.ts';
import { createAbciHandler } from '../../abci/index.ts';
import * as requests from '../../abci/testing/requests.ts';
import { Seeded } from '../../abci/testing/seeded.ts';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, FaultError } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { BlockInput, Genesis } from '../../chain/index.ts';
import { createApplication } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import type { AbciSocket } from './abci-socket.ts';
import { placeOf, serveAbci } from './abci-socket.ts';
import { SocketClient } from './testing/socket-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'dipnet-abci-test-'));
const opened: AbciSocket[] = [];
const log = () => undefined;

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((socket) => socket.close()));
});

async function serve(handler: AbciHandler, address?: string): Promise<AbciSocket> {
  const socket = await serveAbci({ handler, log, ...(address === undefined ? {} : { address }) });
  opened.push(socket);
  return socket;
}

function createNode() {
  const app = createApplication({ kv: createMemoryKv() });
  return { app, handler: createAbciHandler({ app, log }) };
}

const echo = (message: string): requests.RequestSum => ({ case: 'echo', value: { message } });

describe('where the ABCI socket is', () => {
  const on = (platform: NodeJS.Platform, tmp = '/tmp') => ({ platform, tmp });

  test.each(['linux', 'darwin', 'freebsd'] as const)('a Unix socket of its own on %s', (platform) => {
    expect(placeOf(undefined, on(platform))).toEqual({ within: '/tmp' });
    expect(placeOf('unix:///run/dipnet/app.sock', on(platform))).toEqual({ path: '/run/dipnet/app.sock' });
  });

  test('a free port of this machine alone on Windows, where no Unix socket is to be had', () => {
    const windows = on('win32', 'C:\\Users\\somebody\\AppData\\Local\\Temp');
    expect(placeOf(undefined, windows)).toEqual({ host: '127.0.0.1', port: 0 });
    expect(placeOf('tcp://127.0.0.1:26658', windows)).toEqual({ host: '127.0.0.1', port: 26658 });
    expect(() => placeOf('unix:///run/app.sock', windows)).toThrow('no Unix sockets here');
  });

  test('a path that the system can hold, however deep the folder for temporary files lies', () => {
    const deep = `/private/var/folders/${'x'.repeat(60)}/T`;
    expect(placeOf(undefined, on('darwin', deep))).toEqual({ within: '/tmp' });
    expect(placeOf(undefined, on('darwin', '/var/folders/zz/T'))).toEqual({ within: '/var/folders/zz/T' });
    expect(() => placeOf(`unix:///${'é'.repeat(60)}`, on('linux'))).toThrow('too long');
  });
});

describe('the ABCI socket', () => {
  const addresses = [undefined, 'tcp://127.0.0.1:0', `unix://${join(folder, 'a.sock')}`];
  test.each(addresses)('answers four connections each in its order (%s)', async (address) => {
    const { address: at } = await serve(createNode().handler, address);
    const clients = Array.from({ length: 4 }, () => new SocketClient(at));
    const sent = clients.map((_, who) => Array.from({ length: 500 }, (_, n) => echo(`${who}/${n}`)));
    for (const [who, client] of clients.entries()) client.write(sent[who] ?? []);
    const received = await Promise.all(clients.map((client) => client.read(500)));
    expect(received).toMatchObject(sent);
    for (const client of clients) client.socket.destroy();
  });

  test('on a port, nobody gets in beside CometBFT', async () => {
    const { address } = await serve(createNode().handler, 'tcp://127.0.0.1:0');
    const four = Array.from({ length: 4 }, () => new SocketClient(address));
    for (const client of four) await client.call(requests.INFO);
    const fifth = new SocketClient(address);
    await new Promise((resolve) => fifth.socket.once('close', resolve));
    expect((await four[3]?.call(requests.INFO))?.lastBlockHeight).toBe(0n);
    for (const client of four) client.socket.destroy();
  });

  test('is for this user alone, and gone when it is closed', async () => {
    const { address } = await serve(createNode().handler);
    const path = address.replace('unix://', '');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(statSync(join(path, '..')).mode & 0o077).toBe(0);
    await opened.pop()?.close();
    expect(existsSync(join(path, '..'))).toBe(false);
  });

  test('takes over the place of a process that was killed', async () => {
    const path = join(folder, 'left.sock');
    writeFileSync(path, '');
    await serve(createNode().handler, `unix://${path}`);
    expect((await new SocketClient(`unix://${path}`).call(requests.INFO)).lastBlockHeight).toBe(0n);
  });

  test.each(['tcp://0.0.0.0:1', 'tcp://example.com:80', 'unix://relative', '/tmp/x', 'tcp://127.0.0.1:'])(
    'does not listen on %s',
    async (address) => {
      await expect(serve(createNode().handler, address)).rejects.toThrow(TypeError);
    },
  );

  test('says so where the address is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const bound = taken.address();
    const port = typeof bound === 'object' ? bound?.port : 0;
    await expect(serve(createNode().handler, `tcp://127.0.0.1:${port}`)).rejects.toThrow(/EADDRINUSE/);
    await new Promise((resolve) => taken.close(resolve));
  });

  test('does not answer further than the other side reads, and loses nothing', async () => {
    const chunk = new Uint8Array(256 * 1024).fill(1);
    let answered = 0;
    const handler: AbciHandler = {
      handle: () => {
        answered++;
        return { case: 'loadSnapshotChunk', value: { chunk } };
      },
    };
    const { address } = await serve(handler);
    const client = new SocketClient(address);
    client.socket.pause();
    const asked = 100;
    client.write(
      Array.from({ length: asked }, () => ({ case: 'loadSnapshotChunk', value: {} }) as requests.RequestSum),
    );
    const other = new SocketClient(address);
    // A second connection is served meanwhile, and by then the first one has got what it gets.
    for (let round = 0; round < 20; round++) {
      other.write([{ case: 'loadSnapshotChunk', value: {} }]);
      expect(await other.read(1)).toHaveLength(1);
    }
    // 4 MiB that wait, and what the system's own buffers took.
    expect(answered).toBeLessThan(60);
    client.socket.resume();
    expect(await client.read(asked)).toHaveLength(asked);
    expect(answered).toBe(asked + 20);
    other.socket.destroy();
  });

  test('closes although somebody neither reads nor leaves', async () => {
    const handler: AbciHandler = {
      handle: () => ({ case: 'loadSnapshotChunk', value: { chunk: new Uint8Array(8 * 1024 * 1024) } }),
    };
    const { address } = await serve(handler);
    const client = new SocketClient(address);
    client.socket.pause();
    client.write([{ case: 'loadSnapshotChunk', value: {} }]);
    const other = new SocketClient(address);
    other.write([{ case: 'loadSnapshotChunk', value: {} }]);
    await other.read(1);
    await opened.pop()?.close();
    client.socket.destroy();
    await other.closed;
  });

  test('tells a stranger off and goes on', async () => {
    const { address } = await serve(createNode().handler);
    const node = new SocketClient(address);
    const stranger = new SocketClient(address);
    stranger.socket.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: something that is long enough to be a frame\r\n\r\n',
    );
    expect(await stranger.read(1)).toMatchObject([{ case: 'exception', value: { error: /abci\.frame/ } }]);
    await stranger.closed;
    expect((await node.call(requests.INFO)).data).toBe('dipnet');
  });

  test('an end that is final is told to CometBFT and to the supervisor', async () => {
    const socket = await serve(createNode().handler);
    const client = new SocketClient(socket.address);
    await expect(client.call(requests.COMMIT)).rejects.toThrow(/abci\.block\.uncommitted/);
    const reason = await socket.failed;
    expect(reason).toBeInstanceOf(FaultError);
    expect((reason as FaultError).fault.code).toBe('abci.block.uncommitted');
    await client.closed;
  });

  test('a CometBFT that is killed in the middle of a message leaves nothing behind', async () => {
    const { app, handler } = createNode();
    const { address } = await serve(handler, 'tcp://127.0.0.1:0');
    for (let round = 0; round < 20; round++) {
      const client = new SocketClient(address);
      client.socket.write(Uint8Array.of(0xff, 0xff, 0x03, 1, 2, 3));
      await new Promise((resolve) => client.socket.once('connect', resolve));
      client.socket.resetAndDestroy();
      await client.closed;
    }
    expect((await new SocketClient(address).call(requests.INFO)).lastBlockHeight).toBe(app.info().height);
  });
});

describe('the same blocks in another process', () => {
  test('lead to the same root at every height, whatever else it was asked', async () => {
    const { child, address } = await startProcess();
    try {
      const random = new Seeded(21);
      const genesis = world.createGenesis();
      const here = createApplication({ kv: createMemoryKv() });
      const [consensus, mempool] = [new SocketClient(address), new SocketClient(address)];
      const begun = await consensus.call(requests.initChain(reordered(genesis)));
      expect(bytesToHex(begun.appHash)).toBe(bytesToHex(here.initChain(genesis).appHash));
      for (const block of createBlocks(genesis)) {
        // The other process checks, prepares and looks up in an order of its own.
        const shuffled = [...block.txs].sort(() => random.below(3) - 1);
        for (const tx of shuffled) await mempool.call(requests.checkTx(tx));
        await consensus.call(requests.prepareProposal({ ...block, txs: shuffled }, 1_000_000n));
        const there = await consensus.call(requests.finalizeBlock(block));
        await consensus.call(requests.COMMIT);
        const outcome = here.finalizeBlock(block);
        here.commit();
        expect(bytesToHex(there.appHash)).toBe(bytesToHex(outcome.appHash));
        expect(there.txResults.map(({ code }) => code)).toEqual(
          outcome.outcomes.map(({ result }) => result.code),
        );
      }
      expect(here.info().height).toBe(12n);
    } finally {
      child.kill();
    }
  });
});

/** The same genesis with the names of its maps and its accounts put in backwards. */
function reordered(genesis: Genesis): Genesis {
  const backwards = <T extends object>(value: T) => Object.fromEntries(Object.entries(value).reverse()) as T;
  const accounts = genesis.accounts.map((account) =>
    backwards({ ...account, balances: backwards(account.balances) }),
  );
  return backwards({ ...genesis, accounts: accounts.reverse() });
}

/** A model, a machine, an order and payments, some of them refused. */
function createBlocks(genesis: Genesis): readonly BlockInput[] {
  const { sign } = world.createSigner();
  const send = (from: world.Name, amountMicro: bigint) =>
    sign(from, { type: 'bank.send', to: world.addressOf('stranger'), token: 'DPN', amountMicro });
  const txs: readonly (readonly Bytes[])[] = [
    [sign('designer', world.REGISTER_MODEL), sign('owner', world.registerMachine())],
    [sign('buyer', world.openOrder(world.createQuote(2))), send('buyer', 5n)],
    ...Array.from({ length: 10 }, (_, n) => [
      send('buyer', 1n),
      send('owner', n % 3 === 0 ? 10n ** 15n : 2n),
      send('designer', 3n),
    ]),
  ];
  return txs.map((blockTxs, index) => ({
    height: BigInt(index + 1),
    time: { seconds: genesis.time.seconds + BigInt(index) * 7n, nanos: index },
    txs: blockTxs,
    proposerAddress: new Uint8Array(20),
    lastCommitVotes: [],
    misbehavior: [],
  }));
}

async function startProcess(): Promise<{ child: ChildProcess; address: string }> {
  const home = join(folder, 'bundle');
  mkdirSync(home, { recursive: true });
  const outfile = join(home, 'abci-process.mjs');
  await build({
    entryPoints: [new URL('./testing/abci-process.ts', import.meta.url).pathname],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const child = spawn(process.execPath, [outfile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)));
    child.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
  });
  return { child, address };
}
