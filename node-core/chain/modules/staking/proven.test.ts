// What a light node can be sure of: the validators, the set, "my delegations", "my unbondings", each complete or the
// proof fails. Checked with the light node's own verifier against roots alone.

import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { type Bytes, bytesToHex, unwrap } from '../../../base/index.ts';
import type { Header } from '../../../comet/index.ts';
import { verifyStateProof } from '../../../light/index.ts';
import * as keys from '../../keys.ts';
import * as records from '../../records.ts';
import type { StakeWorld } from '../../testing/stake-world.ts';
import * as stake from '../../testing/stake-world.ts';

/** Asks like somebody who knows the root and nothing else. */
function createReader(world: StakeWorld) {
  const height = world.height();
  // Of the header after the block, only these two are looked at.
  const header = { height: height + 1n, appHash: world.app.info().appHash } as Header;
  const read = <S extends z.ZodType>(schema: S, key: Bytes): z.infer<S> | undefined => {
    const answer = unwrap(world.app.query(key, height));
    expect(answer.key).toEqual(key);
    expect(verifyStateProof(header, answer)).toMatchObject({ ok: true });
    const { value } = answer;
    return value === undefined ? undefined : unwrap(records.parseState(schema, value));
  };
  const list = (index: keys.IndexName, scope?: Bytes): readonly string[] => {
    const length = read(records.IndexLength, keys.indexLengthKey(index, scope))?.length ?? 0n;
    const ids: string[] = [];
    for (let position = 0n; position < length; position++) {
      const entry = read(records.IndexEntry, keys.indexEntryKey(index, position, scope));
      expect(entry).toBeDefined();
      if (entry !== undefined) ids.push(bytesToHex(entry.id));
    }
    // Nothing stands behind the end, even where the list was longer once.
    expect(read(records.IndexEntry, keys.indexEntryKey(index, length, scope))).toBeUndefined();
    return ids.sort();
  };
  return { read, list };
}
const idsOf = (...names: readonly string[]) => names.map((name) => bytesToHex(stake.addressOf(name))).sort();

describe('proven stake', () => {
  test('lists are whole after entries came and went from every place in them', () => {
    const world = stake.createStakeWorld({
      validators: { va: 90n, vb: 90n, vc: 90n },
      people: ['ann', 'bob'],
    });
    const ann = stake.addressOf('ann');
    for (const operator of ['va', 'vb', 'vc']) world.run('ann', stake.delegateMessage(operator, 10n));
    world.run('bob', stake.createMessage('bob', 20n));
    expect(createReader(world).list('delegations-of', ann)).toEqual(idsOf('va', 'vb', 'vc'));
    world.run('ann', stake.undelegateMessage('va', 10n));
    world.run('bob', stake.undelegateMessage('bob', 20n));
    const { read, list } = createReader(world);
    expect(list('validators')).toEqual(idsOf('va', 'vb', 'vc'));
    expect(list('delegations-of', ann)).toEqual(idsOf('vb', 'vc'));
    expect(list('delegators-of', stake.addressOf('vb'))).toEqual(idsOf('vb', 'ann'));
    expect(list('unbonding-from', stake.addressOf('va'))).toEqual(idsOf('ann'));
    expect(read(records.ValidatorState, keys.validatorKey(stake.addressOf('bob')))).toBeUndefined();
    expect(read(records.DelegationState, keys.delegationKey(ann, stake.addressOf('va')))).toBeUndefined();
    expect(read(records.UnbondingsState, keys.unbondingsKey(ann))?.entries).toMatchObject([
      { validator: stake.addressOf('va'), amountMicro: 10_000_000n },
    ]);
    world.run('ann', stake.delegateMessage('va', 10n));
    expect(createReader(world).list('delegations-of', ann)).toEqual(idsOf('va', 'vb', 'vc'));
  });

  test('the present set is one record, and says what the headers’ validators will be', () => {
    const world = stake.createStakeWorld({ validators: { va: 90n, vb: 90n }, people: ['ann'] });
    world.run('ann', stake.delegateMessage('va', 10n));
    world.endEpoch();
    const { read } = createReader(world);
    const newest = read(records.SetRangeState, keys.setRangeKey())?.newest ?? 0n;
    const members = read(records.ValidatorSetState, keys.validatorSetKey(newest))?.members ?? [];
    const powers = Object.fromEntries(members.map(({ key, power }) => [bytesToHex(key.bytes), power]));
    const engine = world.comet.setAt(world.height() + 2n);
    expect(powers).toEqual(
      Object.fromEntries(engine.map(({ key, power }) => [bytesToHex(key.bytes), power])),
    );
    expect(read(records.EpochState, keys.epochKey())).toMatchObject({ number: 1n, endsHeight: 10n });
    expect(read(records.SupplyState, keys.supplyKey())?.burntMicro).toBe(0n);
  });
});
