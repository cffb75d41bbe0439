// A whole order on the solo engine, followed by a light node that holds headers only; then the same engine lying.

import { describe, expect, test } from 'vitest';
import { equalBytes, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { headerHash, nobleSignatures } from '../../comet/index.ts';
import { createEngineProvider, createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { createApplication } from '../app.ts';
import * as keys from '../keys.ts';
import type { Message } from '../messages.ts';
import { instanceOf, licenceAddress } from '../modules/index.ts';
import { ContractState, IndexEntry, IndexLength, parseState } from '../records.ts';
import * as world from '../testing/world.ts';
import type { StateProof, TxInclusion } from '../types.ts';
import { SoloEngine } from './solo.ts';

async function createWorld() {
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
  const light = createLightNode({
    root: { chainId: world.CHAIN_ID, height: 1n, hash: headerHash(first.header) },
    verify: defaultVerifyOptions(world.CHAIN_ID, nobleSignatures),
    clock,
    store: createMemoryKv(),
    providers: [createEngineProvider('the solo engine', engine)],
    witnessesMin: 0,
  });
  return { engine, light };
}

describe('a light node on the solo engine', () => {
  test('proves every step of an order, and its last state', async () => {
    const { engine, light } = await createWorld();
    const { sign } = world.createSigner();
    const sequences = new Map<world.Name, number>();
    const run = async (from: world.Name, message: Message): Promise<TxInclusion> => {
      const seq = sequences.get(from) ?? 0;
      sequences.set(from, seq + 1);
      const tx = sign(from, message, from === 'machine' ? { seq, sponsor: 'owner' } : { seq });
      const inclusion = unwrap(await engine.submit(tx));
      const verified = unwrap(await light.verifyTx(inclusion));
      expect([verified.height, verified.result.code]).toEqual([inclusion.height, 0]);
      return inclusion;
    };
    await run('designer', world.REGISTER_MODEL);
    await run('owner', world.registerMachine());
    const quote = world.createQuote(1);
    const instance = (await run('buyer', world.openOrder(quote))).result.data;
    const event = (name: string, args = {}): Message => ({
      type: 'contract.event',
      instance,
      event: name,
      args,
    });
    const licence = licenceAddress(instance, 0n);
    const { gcodeHash } = quote.slice;
    const report = { licence, copy: 1, telemetryHead: gcodeHash, entries: 4, outcome: 'finished' } as const;
    await run('owner', event('accept'));
    await run('designer', { type: 'licence.release', licence, wrappedKey: new Uint8Array(60) });
    await run('machine', { type: 'licence.use', licence, copy: 1, gcodeHash });
    await run('machine', { type: 'licence.report', ...report });
    await run('machine', event('printed'));
    await run('owner', event('ship', { carrier: 'Post', tracking: '7' }));
    await run('buyer', event('confirm'));

    const ask = async (key: Uint8Array) => {
      const verified = unwrap(await light.verifyState(unwrap(await engine.query(key))));
      expect(equalBytes(verified.key, key)).toBe(true);
      return verified.value ?? new Uint8Array(0);
    };
    const contract = unwrap(parseState(ContractState, await ask(keys.contractKey(instance))));
    expect(instanceOf(contract)).toMatchObject({ state: 'settled', heldMicro: 0n });
    const scope = world.addressOf('buyer');
    const length = unwrap(parseState(IndexLength, await ask(keys.indexLengthKey('contracts-of', scope))));
    expect(length.length).toBe(1n);
    const entry = unwrap(parseState(IndexEntry, await ask(keys.indexEntryKey('contracts-of', 0n, scope))));
    expect(equalBytes(entry.id, instance)).toBe(true);
    await engine.stop();
  });

  test('refuses every lie about state, inclusion and result', async () => {
    const { engine, light } = await createWorld();
    const { sign } = world.createSigner();
    const first = unwrap(await engine.submit(sign('designer', world.REGISTER_MODEL)));
    const second = unwrap(await engine.submit(sign('owner', world.registerMachine())));
    const [key, absent] = [keys.modelKey(world.DESIGN_HASH), keys.modelKey(new Uint8Array(32))];
    const present = unwrap(await engine.query(key));
    const missing = unwrap(await engine.query(absent));
    const old = unwrap(await engine.query(key, 1n));
    const lies: readonly StateProof[] = [
      { ...present, value: utf8ToBytes('another model') },
      { ...present, value: undefined },
      { ...present, key: absent },
      { ...missing, key },
      { ...missing, value: utf8ToBytes('a model out of thin air') },
      { ...missing, proof: present.proof },
      { ...present, proof: missing.proof },
      { ...old, height: present.height },
      { ...present, height: 1n },
      { ...present, proof: new Uint8Array(0) },
    ];
    expect((await light.verifyState(present)).ok).toBe(true);
    expect((await light.verifyState(missing)).ok).toBe(true);
    expect((await light.verifyState(old)).ok).toBe(true);
    for (const [index, lie] of lies.entries()) {
      expect([index, (await light.verifyState(lie)).ok]).toEqual([index, false]);
    }
    const forged: readonly TxInclusion[] = [
      { ...first, result: { ...first.result, code: 7 } },
      { ...first, result: { ...first.result, data: Uint8Array.of(1) } },
      { ...first, height: second.height },
      { ...first, tx: second.tx },
      { ...first, txProof: second.txProof },
      { ...first, resultProof: second.resultProof },
      { ...first, index: 1 },
    ];
    expect((await light.verifyTx(first)).ok).toBe(true);
    for (const [index, lie] of forged.entries()) {
      expect([index, (await light.verifyTx(lie)).ok]).toEqual([index, false]);
    }
    await engine.stop();
  });
});
