// The RPC provider over real HTTP on the loopback, against a server that speaks as CometBFT's RPC does.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { Json, LightBlock } from '../../comet/index.ts';
import {
  commitToJson,
  headerHash,
  headerToJson,
  nobleSignatures,
  validatorToJson,
} from '../../comet/index.ts';
import { buildAttackEvidence, createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { buildSampleChain, createSigners, sampleSeconds } from '../../light/testing/sample-chain.ts';
import { createRpcProvider } from './rpc-provider.ts';

const chainId = 'rpc-1';
const signers = createSigners(5, 'ed25519');
const blocks = buildSampleChain({ chainId, heights: 6, signersAt: () => signers });

type Request = { method: string; params: Record<string, string> & { evidence?: unknown } };
type Reply = { status?: number; body: string };
const reply = (result: Json): Reply => ({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, result }) });
const failure = (data: string): Reply => ({
  status: 500,
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error', data } }),
});

function honest({ method, params }: Request): Reply {
  const height = Number(params['height'] ?? blocks.length);
  const block = blocks[height - 1];
  const latest = blocks.length;
  if (block === undefined) {
    return failure(`height ${height} must be less than or equal to the current blockchain height ${latest}`);
  }
  if (method === 'commit') {
    const signed_header = { header: headerToJson(block.header), commit: commitToJson(block.commit) };
    return reply({ signed_header, canonical: height < latest });
  }
  if (method !== 'validators') return failure('method not found');
  // Pages of two, to see that all are asked for.
  const start = (Number(params['page']) - 1) * 2;
  const page = block.validators.slice(start, start + 2);
  const total = String(block.validators.length);
  const validators = page.map(validatorToJson);
  return reply({ block_height: String(height), validators, count: String(page.length), total });
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(
  answer: (request: Request) => Reply | undefined,
): Promise<{ url: string; asked: Request[] }> {
  const asked: Request[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const parsed = JSON.parse(text) as Request;
      asked.push(parsed);
      const answered = answer(parsed);
      if (answered === undefined) return;
      response.writeHead(answered.status ?? 200, { 'content-type': 'application/json' });
      response.end(answered.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const codeOf = (result: { ok: boolean; fault?: { code: string } }) => result.fault?.code;

describe('the RPC provider', () => {
  test('gives whole light blocks, from pages of validators', async () => {
    const { url, asked } = await serve(honest);
    const provider = createRpcProvider(url);
    expect(unwrap(await provider.lightBlock(3n))).toEqual(blocks[2]);
    expect(unwrap(await provider.lightBlock('latest'))).toEqual(blocks[5]);
    expect(asked.filter(({ method }) => method === 'validators').length).toBe(6);
  });

  test('feeds a light node', async () => {
    const [first, second] = [await serve(honest), await serve(honest)];
    const node = createLightNode({
      root: { chainId, height: 1n, hash: headerHash((blocks[0] as LightBlock).header) },
      verify: defaultVerifyOptions(chainId, nobleSignatures),
      clock: {
        nowMs: () => Number(sampleSeconds(7)) * 1000,
        monotonicMs: () => 0,
        sleep: () => new Promise<void>(() => {}),
      },
      store: createMemoryKv(),
      providers: [createRpcProvider(first.url), createRpcProvider(second.url)],
      witnessesMin: 1,
    });
    expect(unwrap(await node.syncTo('latest')).height).toBe(6n);
  });

  test('hands evidence over as the node wants it', async () => {
    const [conflicting, trusted] = [blocks[3] as LightBlock, blocks[4] as LightBlock];
    const evidence = buildAttackEvidence(conflicting, trusted, blocks[0] as LightBlock);
    const { url, asked } = await serve(() => reply({ hash: '00' }));
    expect((await createRpcProvider(url).submitEvidence?.(evidence))?.ok).toBe(true);
    expect(asked[0]).toMatchObject({
      method: 'broadcast_evidence',
      params: { evidence: { type: 'tendermint/LightClientAttackEvidence', value: { CommonHeight: '1' } } },
    });
  });

  const replies: [string, (request: Request) => Reply, string][] = [
    ['a height that is not there yet', honest, 'light.height.ahead'],
    [
      'a pruned height',
      () => failure('height 3 is not available, lowest height is 10'),
      'light.provider.silent',
    ],
    [
      'a proxy’s error page',
      () => ({ status: 502, body: '<html>Bad gateway</html>' }),
      'light.provider.silent',
    ],
    ['nothing', () => ({ body: '' }), 'light.provider.silent'],
    ['no JSON-RPC', () => ({ body: '[]' }), 'comet.json.malformed'],
    ['JSON of another kind', () => ({ body: '7' }), 'comet.json.malformed'],
    ['another result', () => reply({ signed_header: 7, canonical: true }), 'comet.json.malformed'],
    [
      'pages that never end',
      (request) =>
        request.method === 'commit'
          ? honest({ ...request, params: {} })
          : reply({ block_height: '6', validators: [], count: '0', total: '9' }),
      'comet.json.malformed',
    ],
  ];
  test.each(replies)('%s', async (_name, answer, code) => {
    const { url } = await serve(answer);
    expect(codeOf(await createRpcProvider(url).lightBlock(99n))).toBe(code);
  });

  test.each([
    ['commit', 4_100_000],
    ['validators', 210_000],
  ])('an answer to %s that is longer than any honest one is cut off', async (method, size) => {
    const { url } = await serve((request) =>
      request.method === method ? { body: `"${'x'.repeat(size)}"` } : honest(request),
    );
    expect(codeOf(await createRpcProvider(url).lightBlock(1n))).toBe('comet.json.malformed');
  });

  test('validators of another height, and a set of ever more pages', async () => {
    const other = await serve((request) =>
      request.method === 'validators'
        ? honest({ ...request, params: { height: '2', page: '1' } })
        : honest(request),
    );
    expect(codeOf(await createRpcProvider(other.url).lightBlock(3n))).toBe('light.provider.height');
    const endless = await serve((request) => {
      if (request.method !== 'validators') return honest(request);
      const [one] = blocks[2]!.validators;
      return reply({ block_height: '3', validators: [validatorToJson(one!)], count: '1', total: '9999' });
    });
    expect(codeOf(await createRpcProvider(endless.url).lightBlock(3n))).toBe('comet.json.malformed');
    expect(endless.asked.filter(({ method }) => method === 'validators').length).toBe(100);
  });

  test('nobody there, and a redirection elsewhere', async () => {
    const gone = await serve(honest);
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    expect(codeOf(await createRpcProvider(gone.url).lightBlock(1n))).toBe('light.provider.silent');
    const elsewhere = createServer((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:9/' });
      response.end();
    });
    servers.push(elsewhere);
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    expect(codeOf(await createRpcProvider(url).lightBlock(1n))).toBe('light.provider.silent');
  });

  test('an abort ends the waiting', async () => {
    const { url } = await serve(() => undefined);
    const controller = new AbortController();
    const asked = createRpcProvider(url).lightBlock(1n, controller.signal);
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  test.each(['file:///etc/passwd', 'ftp://node', 'node'])('%s is no address of a node', (address) => {
    expect(() => createRpcProvider(address)).toThrow(TypeError);
  });
});
