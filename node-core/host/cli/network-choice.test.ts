// Which network a console joins, from a file, from addresses, and from what its folder remembers without a connection.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultError } from '../../base/index.ts';
import { chosenNetwork, keepNetwork } from './network-choice.ts';

const HASH = 'ab'.repeat(32);
const checkpoint = `7:${HASH.toUpperCase()}`;
const trusted = { height: 7n, hashHex: HASH };
/** Nobody listens on a port that is reserved. */
const AWAY = 'http://127.0.0.1:1';

let folder: string;
let node: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-choice-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  const closing = node;
  node = undefined;
  if (closing !== undefined) await new Promise((resolve) => closing.close(resolve));
});

const refusal = async (values: Parameters<typeof chosenNetwork>[0]): Promise<string> => {
  const failed = await chosenNetwork(values, folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  return failed instanceof FaultError ? failed.fault.code : String(failed);
};

/** Says the name of its network. */
async function serveNode(network: string): Promise<string> {
  const status = {
    node_info: { network, id: 'n' },
    sync_info: {
      latest_block_height: '9',
      latest_app_hash: '00',
      earliest_block_height: '1',
      catching_up: false,
    },
  };
  const server = createServer((_request, response) => response.end(JSON.stringify({ result: status })));
  node = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

test('none is asked for, or one too many', async () => {
  expect(await chosenNetwork({}, folder)).toBeUndefined();
  expect(await refusal({ checkpoint })).toBe('cli.usage');
  expect(await refusal({ network: AWAY, demo: true })).toBe('cli.usage');
});

test('a file, with its checkpoint or with another one', async () => {
  const file = join(folder, 'net.json');
  const network = {
    v: 1,
    chainId: 'net-1',
    rpcs: [AWAY],
    peers: [],
    checkpoint: { height: '3', hash: HASH },
  };
  writeFileSync(file, JSON.stringify(network));
  const found = await chosenNetwork({ network: file }, folder);
  expect(found).toEqual({ chainId: 'net-1', rpcs: [AWAY], checkpoint: { height: 3n, hashHex: HASH } });
  expect((await chosenNetwork({ network: file, checkpoint }, folder))?.checkpoint).toEqual(trusted);
  // The folder in which a network was made holds it too.
  writeFileSync(join(folder, 'network.json'), JSON.stringify({ ...network, chainId: 'net-4' }));
  expect((await chosenNetwork({ network: folder }, folder))?.chainId).toBe('net-4');
  expect(await refusal({ network: file, checkpoint: '7:12' })).toBe('cli.usage');
  expect(await refusal({ network: join(folder, 'none.json') })).toBe('cli.file.unreadable');
});

test('addresses, whose nodes say what network they are of', async () => {
  const rpc = await serveNode('net-2');
  const found = await chosenNetwork({ network: `${rpc},${AWAY}`, checkpoint }, folder);
  expect(found).toEqual({ chainId: 'net-2', rpcs: [rpc, AWAY], checkpoint: trusted });
  expect(await refusal({ network: rpc })).toBe('network.checkpoint.missing');
  expect(await refusal({ network: `${rpc},ftp://x`, checkpoint })).toBe('cli.usage');
});

test('addresses that do not answer: the network that the folder was opened with through them', async () => {
  expect(await refusal({ network: AWAY, checkpoint })).toBe('cometbft.rpc.unreachable');
  keepNetwork({ chainId: 'net-3', rpcs: [AWAY], checkpoint: trusted }, folder);
  const found = await chosenNetwork({ network: AWAY, checkpoint }, folder);
  expect(found).toEqual({ chainId: 'net-3', rpcs: [AWAY], checkpoint: trusted });
  expect(await refusal({ network: `${AWAY},http://127.0.0.1:2`, checkpoint })).toBe(
    'cometbft.rpc.unreachable',
  );
  writeFileSync(join(folder, 'network.json'), '{"v":1');
  expect(await refusal({ network: AWAY, checkpoint })).toBe('cometbft.rpc.unreachable');
});
