// A full node's RPC over real HTTP, in the words of CometBFT, on top of any engine or list of light blocks; and the same
// node lying: each answer can be changed before it goes out. For tests.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Result } from '../../../base/index.ts';
import { base64, bytesToHex, hexToBytes, unwrap } from '../../../base/index.ts';
import type { CommittedBlock, Engine } from '../../../chain/index.ts';
import type { Json, LightBlock } from '../../../comet/index.ts';
import { commitToJson, headerToJson, validatorToJson } from '../../../comet/index.ts';

export type RpcRequest = { readonly method: string; readonly params: Readonly<Record<string, unknown>> };

/** What a node has to say. */
export type RpcSource = {
  readonly latest: () => bigint;
  readonly lightBlock: (height: bigint) => Promise<LightBlock | undefined>;
  /** Only where there is a state behind it. */
  readonly engine?: Engine;
};

export const sourceOfEngine = (engine: Engine): RpcSource => ({
  latest: () => engine.status().height,
  lightBlock: async (height) => valueIfOk(await engine.lightBlock(height)),
  engine,
});

export const sourceOfBlocks = (blocks: readonly LightBlock[]): RpcSource => ({
  latest: () => BigInt(blocks.length),
  lightBlock: (height) => Promise.resolve(blocks[Number(height) - 1]),
});

/** Another node behind this one: what it says is passed on. */
export type RpcRelay = { readonly behind: string };

async function relay({ behind }: RpcRelay, request: RpcRequest): Promise<Json> {
  const response = await fetch(behind, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...request }),
  });
  const { result, error } = (await response.json()) as { result?: Json; error?: { data?: string } };
  if (result === undefined) throw new Declined(error?.data ?? 'declined');
  return result;
}

const valueIfOk = <T>(result: Result<T>): T | undefined => (result.ok ? result.value : undefined);

class Declined extends Error {}

/** The result of one request as an honest node gives it. @throws Declined for what it declines. */
async function answerHonestly(source: RpcSource, { method, params }: RpcRequest): Promise<Json> {
  const latest = source.latest();
  const height = params['height'] === undefined ? latest : BigInt(String(params['height']));
  if (height > latest)
    throw new Declined(
      `height ${height} must be less than or equal to the current blockchain height ${latest}`,
    );
  switch (method) {
    case 'status':
      return statusOf(source);
    case 'net_info':
      return { n_peers: '0', peers: [] };
    case 'commit':
      return commitOf(await lightBlockOf(source, height), height < latest);
    case 'validators':
      return validatorsPage(await lightBlockOf(source, height), params);
    case 'broadcast_evidence':
      return { hash: '00' };
    case 'broadcast_tx_sync':
      return broadcast(source, String(params['tx']));
    default:
      return answerFromState(source, method, height, params);
  }
}

async function lightBlockOf(source: RpcSource, height: bigint): Promise<LightBlock> {
  const block = await source.lightBlock(height);
  if (block === undefined) throw new Declined(`height ${height} is not available`);
  return block;
}

async function statusOf(source: RpcSource): Promise<Json> {
  const { header } = await lightBlockOf(source, source.latest());
  return {
    node_info: { network: header.chainId, id: 'node' },
    sync_info: {
      latest_block_height: String(header.height),
      latest_app_hash: bytesToHex(header.appHash).toUpperCase(),
      earliest_block_height: '1',
      catching_up: false,
    },
  };
}

function commitOf({ header, commit }: LightBlock, canonical: boolean): Json {
  return { signed_header: { header: headerToJson(header), commit: commitToJson(commit) }, canonical };
}

function validatorsPage({ header, validators }: LightBlock, params: RpcRequest['params']): Json {
  const size = Number(params['per_page'] ?? 30);
  const start = (Number(params['page'] ?? 1) - 1) * size;
  const page = validators.slice(start, start + size).map(validatorToJson);
  const [count, total] = [String(page.length), String(validators.length)];
  return { block_height: String(header.height), validators: page, count, total };
}

/** Real nodes answer before the block; this one after it. A refusal carries the fault, as the application writes it. */
async function broadcast({ engine }: RpcSource, tx: string): Promise<Json> {
  if (engine === undefined) throw new Declined('method not found');
  const sent = await engine.submit(base64.decode(tx));
  return { code: sent.ok ? 0 : 1, log: sent.ok ? '' : JSON.stringify(sent.fault) };
}

async function answerFromState(
  { engine, lightBlock }: RpcSource,
  method: string,
  height: bigint,
  params: RpcRequest['params'],
): Promise<Json> {
  if (engine === undefined) throw new Declined('method not found');
  if (method === 'block' || method === 'block_results') {
    const [light, block] = [await lightBlock(height), unwrap(await engine.blockAt(height))];
    if (light === undefined) throw new Declined('no such block');
    if (method === 'block_results') return resultsOf(block);
    const txs = block.txs.map(({ tx }) => base64.encode(tx));
    return { block: { header: headerToJson(light.header), data: { txs } } };
  }
  if (method === 'abci_query') return queryOf(engine, hexToBytes(String(params['data'])), height);
  if (method !== 'tx') throw new Declined('method not found');
  const found = await engine.txByHash(base64.decode(String(params['hash'])));
  if (!found.ok) throw new Declined('tx not found');
  return { height: String(found.value.height) };
}

function resultsOf(block: CommittedBlock): Json {
  const results = block.txs.map(({ outcome: { result, events } }) => ({
    code: result.code,
    data: base64.encode(result.data),
    log: '',
    gas_wanted: String(result.gasWanted),
    gas_used: String(result.gasUsed),
    events: events.map(({ type, attributes }) => ({
      type,
      attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: false })),
    })),
  }));
  return { height: String(block.height), txs_results: results, finalize_block_events: null };
}

async function queryOf(engine: Engine, key: Uint8Array, height: bigint): Promise<Json> {
  const answer = await engine.query(key, height);
  if (!answer.ok) throw new Declined(answer.fault.message);
  const { value, proof } = answer.value;
  return {
    response: {
      code: 0,
      log: '',
      key: base64.encode(key),
      value: value === undefined ? null : base64.encode(value),
      height: String(answer.value.height),
      proofOps: { ops: [{ type: 'ics23:smt', key: base64.encode(key), data: base64.encode(proof) }] },
    },
  };
}

/** Changes an honest result, or answers by itself: a text goes out as it is, `false` means that it has done so. */
export type Lie = (
  request: RpcRequest,
  honest: () => Promise<Json>,
  response: ServerResponse,
) => Promise<{ readonly result: Json } | { readonly text: string } | false>;

export type RpcNode = {
  readonly url: string;
  readonly asked: readonly RpcRequest[];
  close(): Promise<void>;
};

export async function serveRpc(source: RpcSource | RpcRelay, lie?: Lie): Promise<RpcNode> {
  const asked: RpcRequest[] = [];
  const server: Server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    const parsed = JSON.parse(text) as RpcRequest;
    asked.push(parsed);
    const { method, params } = parsed;
    const honest = () =>
      'behind' in source ? relay(source, { method, params }) : answerHonestly(source, parsed);
    try {
      const given = lie === undefined ? { result: await honest() } : await lie(parsed, honest, response);
      if (given === false) return;
      const body = 'text' in given ? given.text : envelope({ result: given.result });
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    } catch (error) {
      if (!(error instanceof Declined)) throw error;
      const data = { code: -32603, message: 'Internal error', data: error.message };
      response.writeHead(500, { 'content-type': 'application/json' }).end(envelope({ error: data }));
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const envelope = (content: Readonly<Record<string, Json>>) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, ...content });
