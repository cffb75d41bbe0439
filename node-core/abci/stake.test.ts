// A history of stake over the wire: votes, absences, offences, elections and a longer unbonding time lead to the same
// sets and roots as in the process that recorded them.

import { expect, test } from 'vitest';
import { bytesToHex } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import type { BlockInput, BlockOutcome } from '../chain/index.ts';
import { createApplication, DEFAULT_STAKING, EpochState, epochKey } from '../chain/index.ts';
import * as stakes from '../chain/testing/stake-world.ts';
import type { Validator } from '../comet/index.ts';
import { sortValidators, validatorSetHash } from '../comet/index.ts';
import * as convert from './convert.ts';
import { createAbciHandler, EVIDENCE_BLOCKS, EVIDENCE_EXTRA_S, retainHeightOf } from './handler.ts';
import * as requests from './testing/requests.ts';
import { createWireClient } from './testing/wire-client.ts';

const UNBONDING_S = 30 * 86_400;

function recordHistory() {
  const blocks: { readonly input: BlockInput; readonly root: string }[] = [];
  const outcomes: BlockOutcome[] = [];
  const world = stakes.createStakeWorld({
    validators: { ada: 400n, bob: 300n, cy: 200n, dan: 100n },
    people: ['eve', 'council'],
    record: (input, root) => blocks.push({ input, root }),
  });
  const block = (options?: stakes.BlockOptions) => outcomes.push(world.block(options));
  const run = (from: string, message: Parameters<typeof world.tx>[1]) =>
    block({ txs: [world.tx(from, message)] });
  const pass = (count: number) => {
    for (let round = 0; round < count; round++) block();
  };
  pass(2);
  run('eve', stakes.delegateMessage('dan', 150n));
  run('eve', stakes.createMessage('eve', 120n));
  run('ada', stakes.undelegateMessage('ada', 50n));
  run('eve', stakes.delegateMessage('nobody', 1n));
  run('council', {
    type: 'params.update',
    minimumFeeMicro: 1_000n,
    authorBasisPoints: 100,
    networkBasisPoints: 100,
    staking: { ...DEFAULT_STAKING, epochBlocks: 5, unbondingS: UNBONDING_S },
  });
  block({ absent: ['cy', 'dan'] });
  block({ misbehavior: [world.offence('bob', 4n)] });
  pass(16);
  return { genesis: world.genesis, blocks, outcomes };
}

/** Order matters to the root and not to CometBFT: compare as it does. */
const described = (updates: readonly Validator[]) =>
  sortValidators(updates).map(({ key, power }) => `${key.type} ${bytesToHex(key.bytes)} ${power}`);

test('stake comes to the same over the wire', () => {
  const { genesis, blocks, outcomes } = recordHistory();
  const app = createApplication({ kv: createMemoryKv(), verify: () => true });
  const client = createWireClient(createAbciHandler({ app, log: () => undefined, keepBlocks: 10 }));
  const begun = client.call(requests.initChain(genesis));
  const first = begun.validators.map((update) => convert.toValidator(update) as Validator);
  expect(validatorSetHash(first)).toEqual(validatorSetHash(sortValidators(genesis.validators)));
  const seen = { updates: 0, params: 0 };
  for (const [index, { input, root }] of blocks.entries()) {
    expect(client.call(requests.processProposal(input)).status).toBe(1);
    const answer = client.call(requests.finalizeBlock(input));
    expect(bytesToHex(answer.appHash)).toBe(root);
    const updates = answer.validatorUpdates.map((update) => convert.toValidator(update) as Validator);
    expect(described(updates)).toEqual(described(outcomes[index]?.validatorUpdates ?? []));
    // CometBFT refuses a key that is named twice.
    expect(new Set(updates.map(({ key }) => bytesToHex(key.bytes))).size).toBe(updates.length);
    seen.updates += updates.length;
    if (answer.consensusParamUpdates !== undefined) {
      seen.params++;
      const { evidence, block, validator, version, abci } = answer.consensusParamUpdates;
      expect([block, validator, version, abci]).toEqual(Array(4).fill(undefined));
      expect(evidence?.maxAgeDuration?.seconds).toBe(BigInt(UNBONDING_S) + EVIDENCE_EXTRA_S);
      expect(evidence?.maxAgeNumBlocks).toBe(EVIDENCE_BLOCKS);
    }
    // Evidence needs more blocks than were asked to be kept.
    expect(client.call(requests.COMMIT).retainHeight).toBe(0n);
  }
  expect(seen.updates).toBeGreaterThan(2);
  expect(seen.params).toBe(1);
  expect(app.read().params().staking.unbondingS).toBe(UNBONDING_S);
  expect(app.read().read(EpochState, epochKey())?.number).toBeGreaterThan(3n);
});

test('CometBFT keeps the blocks that were asked for, and never fewer than evidence needs', () => {
  expect(retainHeightOf(1_000_000n, undefined)).toBe(0n);
  expect(retainHeightOf(1_000_000n, 250_000)).toBe(750_000n);
  expect(retainHeightOf(1_000_000n, 10)).toBe(1_000_000n - EVIDENCE_BLOCKS);
  expect(retainHeightOf(EVIDENCE_BLOCKS - 1n, 10)).toBe(0n);
});
