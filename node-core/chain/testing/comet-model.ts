// What CometBFT does with validator updates, written from its rules (types/validator_set.go, state/execution.go of
// v0.38): every violation there halts every node, so here it is an error that fails the test. For tests only.

import { assert, bytesToHex, compareBytes } from '../../base/index.ts';
import type { Validator, ValidatorSet } from '../../comet/index.ts';
import {
  consensusAddress,
  KEY_SIZE_BYTES,
  sortValidators,
  TOTAL_POWER_MAX,
  totalPower,
} from '../../comet/index.ts';

export type CometModel = {
  /** The set that signs block `height`. */
  setAt(height: bigint): ValidatorSet;
  /** FinalizeBlock of `height` gave these. */
  update(height: bigint, updates: readonly Validator[]): void;
};

export function createCometModel(genesis: readonly Validator[]): CometModel {
  const sets = new Map<bigint, ValidatorSet>();
  const first = applyUpdates([], genesis);
  sets.set(1n, first);
  sets.set(2n, first);
  return {
    setAt(height) {
      const set = sets.get(height);
      assert(set !== undefined, 'a set is asked for within two blocks of the last one');
      return set;
    },
    update(height, updates) {
      const next = sets.get(height + 1n);
      assert(next !== undefined, 'blocks follow each other');
      sets.set(height + 2n, updates.length === 0 ? next : applyUpdates(next, updates));
    },
  };
}

/** @throws Error where CometBFT would stop. */
function applyUpdates(set: ValidatorSet, updates: readonly Validator[]): ValidatorSet {
  const members = new Map(set.map((member) => [bytesToHex(consensusAddress(member.key)), member]));
  const seen = new Set<string>();
  for (const update of updates) {
    const { key, power } = update;
    assert(key.bytes.length === KEY_SIZE_BYTES[key.type], 'a key of a known type');
    const name = bytesToHex(consensusAddress(key));
    assert(!seen.has(name), 'no validator is updated twice');
    seen.add(name);
    assert(power >= 0n && power <= TOTAL_POWER_MAX, 'a power is not negative and within the limit');
    if (power > 0n) {
      members.set(name, update);
      continue;
    }
    assert(members.delete(name), 'only a member is removed');
  }
  assert(members.size > 0, 'the set is never empty');
  const next = sortValidators([...members.values()]);
  assert(totalPower(next) <= TOTAL_POWER_MAX, 'the total power is within the limit');
  return next;
}

export const isSameSet = (a: ValidatorSet, b: ValidatorSet): boolean =>
  a.length === b.length &&
  a.every(({ key, power }, place) => {
    const other = b[place];
    return other !== undefined && power === other.power && compareBytes(key.bytes, other.key.bytes) === 0;
  });
