// A real chain behind an honest node, and consoles whose own node lies about it, all over real HTTP. For tests.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvStore, Result } from '../../../base/index.ts';
import { sha256, unwrap, utf8ToBytes } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import type { TxInclusion } from '../../../chain/index.ts';
import { createApplication, SoloEngine } from '../../../chain/index.ts';
import * as world from '../../../chain/testing/world.ts';
import type { Json } from '../../../comet/index.ts';
import { headerHash } from '../../../comet/index.ts';
import type { LightEvent, LightNode } from '../../../light/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../../light/index.ts';
import { createRpcProvider } from '../../adapters/rpc-provider.ts';
import { createSignatureBackend } from '../../adapters/signatures.ts';
import { openSqlite } from '../../adapters/sqlite.ts';
import { systemClock } from '../../adapters/system.ts';
import { CometEngine } from '../../cometbft/engine.ts';
import { CONSOLE_MIGRATIONS } from '../../store/migrations.ts';
import type { ChainClient } from '../chain-client.ts';
import { createChainClient } from '../chain-client.ts';
import { createEventBus } from '../event-bus.ts';
import type { Lie, RpcNode, RpcRequest } from './rpc-node.ts';
import { serveRpc, sourceOfEngine } from './rpc-node.ts';

const ENGINE_START_MS_MAX = 300;

export const codeOf = (result: Result<unknown>) => (result.ok ? 'accepted' : result.fault.code);

export type LightSession = {
  readonly light: LightNode;
  readonly events: readonly LightEvent[];
  readonly url: string;
};
export type Session = LightSession & { readonly client: ChainClient; readonly engine: CometEngine };

export type LyingWorld = {
  readonly chain: SoloEngine;
  /** In a block, and paid twice after. */
  readonly payment: TxInclusion;
  /** The honest answer to a question. */
  readonly askHonest: (method: string, params: Readonly<Record<string, string>>) => Promise<Json>;
  /** A light node that asks the lying node first, and honest ones as witnesses. */
  readonly openLight: (lie: Lie, requestTimeoutMs?: number) => Promise<LightSession>;
  /** A console whose only engine is the lying node; with the store of an earlier one, that one started again. */
  readonly openSession: (lie: Lie, store?: KvStore) => Promise<Session>;
  /** The honest node is gone, and with it everybody who could confirm anything. */
  readonly closeHonest: () => Promise<void>;
  /** Ends what was opened since the last time. */
  readonly endSessions: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function createLyingWorld(): Promise<LyingWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-lies-'));
  const database = openSqlite(join(folder, 'console.db'), CONSOLE_MIGRATIONS);
  const { chain, payment } = await createChain();
  const honest = await serveRpc(sourceOfEngine(chain));
  const signatures = createSignatureBackend();
  // The chain's own time, so that nothing in it is old.
  const clock = { ...systemClock, nowMs: () => Number(world.GENESIS_S + 3600n) * 1000 };
  const open: { close(): Promise<void> }[] = [];

  async function openLight(
    lie: Lie,
    requestTimeoutMs?: number,
    store: KvStore = createMemoryKv(),
  ): Promise<LightSession> {
    const liar = await serveRpc(sourceOfEngine(chain), lie);
    open.push(liar);
    const first = unwrap(await chain.lightBlock(1n));
    const light = createLightNode({
      root: { chainId: world.CHAIN_ID, height: 1n, hash: headerHash(first.header) },
      verify: defaultVerifyOptions(world.CHAIN_ID, signatures),
      clock,
      store,
      // The honest one under two names, since the one that is left needs a witness.
      providers: [
        { ...createRpcProvider(liar.url), id: 'liar' },
        createRpcProvider(honest.url),
        { ...createRpcProvider(honest.url), id: 'another honest one' },
      ],
      witnessesMin: 1,
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    });
    const events: LightEvent[] = [];
    light.onEvent((event) => events.push(event));
    return { light, events, url: liar.url };
  }

  async function openSession(lie: Lie, store?: KvStore): Promise<Session> {
    const session = await openLight(lie, undefined, store);
    const engine = new CometEngine({
      rpcs: [session.url],
      chainId: world.CHAIN_ID,
      clock,
      log: () => undefined,
      startMsMax: ENGINE_START_MS_MAX,
    });
    await engine.start().catch(() => undefined);
    open.push({ close: () => engine.stop() });
    const client = createChainClient({
      engine,
      light: session.light,
      database,
      bus: createEventBus(),
      log: () => undefined,
      clock,
      onProof: () => undefined,
    });
    return { ...session, client, engine };
  }

  const endSessions = async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  };
  return {
    chain,
    payment,
    openLight,
    openSession,
    endSessions,
    closeHonest: () => honest.close(),
    askHonest: (method, params) => ask(honest, method, params),
    close: async () => {
      await endSessions();
      await honest.close().catch(() => undefined);
      await chain.stop();
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function ask(node: RpcNode, method: string, params: Readonly<Record<string, string>>): Promise<Json> {
  const response = await fetch(node.url, { method: 'POST', body: JSON.stringify({ method, params }) });
  return ((await response.json()) as { result: Json }).result;
}

/** Two models, and two payments to the owner of a machine. */
async function createChain(): Promise<Pick<LyingWorld, 'chain' | 'payment'>> {
  const kv = createMemoryKv();
  const chain = new SoloEngine({
    kv,
    app: createApplication({ kv }),
    clock: world.createManualClock(Number(world.GENESIS_S) * 1000),
    genesis: world.createGenesis(),
    validatorKey: { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET },
  });
  await chain.start();
  const { sign } = world.createSigner();
  const pay = (amountMicro: bigint) =>
    sign('buyer', { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro });
  const second = { ...world.REGISTER_MODEL, designHash: sha256(utf8ToBytes('another design')) };
  unwrap(await chain.submit(sign('designer', world.REGISTER_MODEL)));
  unwrap(await chain.submit(sign('designer', second as typeof world.REGISTER_MODEL)));
  const payment = unwrap(await chain.submit(pay(5_000_000n)));
  unwrap(await chain.submit(pay(7_000_000n)));
  return { chain, payment };
}

/** What a result becomes. Results are JSON, of which the tests know the shape. */
export type Change = (result: Json, request: RpcRequest) => Json;

type Members = Readonly<Record<string, Json>>;
export const at = (json: Json | undefined, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((node, name) => (node as Members | undefined)?.[name], json);

/** A copy with another value at `path`; lists are entered by number. */
export function withValue(json: Json | undefined, path: string, value: Json): Json {
  const [name = '', ...rest] = path.split('.');
  const inner =
    rest.length === 0 ? value : withValue((json as Members | undefined)?.[name], rest.join('.'), value);
  if (Array.isArray(json)) return json.map((item: Json, index) => (index === Number(name) ? inner : item));
  return { ...(json as Members), [name]: inner };
}

export const setting =
  (path: string, value: Json): Change =>
  (result) =>
    withValue(result, path, value);

/** Changes the results of one method (of one height or key, where given). */
export const changing =
  (method: string, change: Change): Lie =>
  async (request, answer) => {
    const result = await answer();
    return { result: request.method === method ? change(result, request) : result };
  };

/** Only for blocks after the root. */
export const changingLater = (method: string, change: Change): Lie =>
  changing(method, (result, request) =>
    request.params['height'] === '1' ? result : change(result, request),
  );
