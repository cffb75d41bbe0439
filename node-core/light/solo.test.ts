// The light node over the real embedded engine and application: honest, and with a full node in between that lies.

import { describe, expect, test } from 'vitest';
import { sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { accountKey, createApplication, modelKey, SoloEngine } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import type { Engine } from '../chain/types.ts';
import { headerHash, nobleSignatures } from '../comet/index.ts';
import { verifyStateProof, verifyTxInclusion } from './inclusion.ts';
import { verifyLightChain } from './light-chain.ts';
import { createLightNode } from './light-node.ts';
import { createEngineProvider } from './provider.ts';
import { defaultVerifyOptions } from './verify.ts';

async function startWorld() {
  const kv = createMemoryKv();
  const clock = world.createManualClock(Number(world.GENESIS_S) * 1000);
  const engine = new SoloEngine({
    kv,
    app: createApplication({ kv }),
    clock,
    genesis: world.createGenesis(),
    validatorKey: { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET },
  });
  await engine.start();
  const first = unwrap(await engine.lightBlock(1n));
  const root = { chainId: world.CHAIN_ID, height: 1n, hash: headerHash(first.header) };
  const options = defaultVerifyOptions(world.CHAIN_ID, nobleSignatures);
  const openNode = (source: Engine = engine, store = createMemoryKv()) =>
    createLightNode({
      root,
      verify: options,
      clock,
      store,
      providers: [createEngineProvider('this computer', source)],
      witnessesMin: 0,
    });
  const { sign } = world.createSigner();
  const pay = (amountMicro: bigint) =>
    engine.submit(
      sign('buyer', { type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro }),
    );
  return { engine, clock, root, options, openNode, pay };
}

describe('the light node over the embedded engine', () => {
  test('proves transactions, values and absences', async () => {
    const { engine, openNode, pay } = await startWorld();
    const node = openNode();
    for (const amount of [1n, 2n, 3n]) {
      const verified = unwrap(await node.verifyTx(unwrap(await pay(amount))));
      expect(verified.result.code).toBe(0);
      expect(verified.tally).toMatchObject({ signedPower: 10n, totalPower: 10n });
    }
    const height = engine.status().height - 1n;
    const account = unwrap(await engine.query(accountKey(world.addressOf('owner')), height));
    expect(unwrap(await node.verifyState(account)).value).toEqual(account.value);
    const absent = unwrap(await engine.query(modelKey(sha256(utf8ToBytes('never registered'))), height));
    expect(unwrap(await node.verifyState(absent)).value).toBeUndefined();
  });

  test('its exported chain convinces somebody without engine, store or clock', async () => {
    const { engine, clock, root, options, openNode, pay } = await startWorld();
    const inclusions = [];
    for (const amount of [1n, 2n, 3n]) {
      inclusions.push(unwrap(await pay(amount)));
      clock.advance(60_000);
    }
    const account = unwrap(
      await engine.query(accountKey(world.addressOf('owner')), engine.status().height - 1n),
    );
    const heights = [...inclusions.flatMap(({ height }) => [height, height + 1n]), account.height + 1n];
    const blocks = unwrap(await openNode().proofChain(heights));
    const { headers } = unwrap(verifyLightChain(root, blocks, options));
    for (const inclusion of inclusions) {
      const [own, next] = [headers.get(inclusion.height), headers.get(inclusion.height + 1n)];
      expect(verifyTxInclusion(own!, next!, inclusion).ok).toBe(true);
      expect(verifyTxInclusion(own!, next!, { ...inclusion, tx: utf8ToBytes('forged') }).ok).toBe(false);
    }
    expect(verifyStateProof(headers.get(account.height + 1n)!, account).ok).toBe(true);
  });

  test('a node in between that invents a balance, hides one, or forges a header is caught', async () => {
    const { engine, openNode, pay } = await startWorld();
    unwrap(await pay(5n));
    const height = engine.status().height - 1n;
    const node = openNode();
    const key = accountKey(world.addressOf('owner'));
    const truth = unwrap(await engine.query(key, height));
    const other = unwrap(await engine.query(accountKey(world.addressOf('designer')), height));
    const absent = unwrap(await engine.query(modelKey(sha256(utf8ToBytes('nothing'))), height));
    const lies = [
      { ...truth, value: utf8ToBytes('rich') },
      { ...truth, value: undefined },
      { ...truth, value: undefined, proof: absent.proof },
      { ...other, key },
      { ...truth, height: height - 1n },
    ];
    for (const lie of lies) {
      const answer = await node.verifyState(lie);
      expect(answer.ok ? 'believed' : answer.fault.code).toBe('light.state.proof');
    }
    expect((await node.verifyState(truth)).ok).toBe(true);
    const forger: Engine = Object.assign(Object.create(engine) as Engine, {
      status: () => engine.status(),
      lightBlock: async (wanted: bigint) => {
        const block = await engine.lightBlock(wanted);
        if (!block.ok || wanted === 1n) return block;
        const header = { ...block.value.header, appHash: sha256(utf8ToBytes('my own state')) };
        return { ok: true, value: { ...block.value, header } } as const;
      },
    });
    const deceived = await openNode(forger).syncTo('latest');
    expect(deceived.ok ? 'believed' : deceived.fault.code).toBe('light.header.hash');
  });
});
