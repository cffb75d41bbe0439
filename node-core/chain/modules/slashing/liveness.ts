// Validators that do not sign are jailed, not slashed: being offline harms nobody but those who wait. Who is out of
// touch costs the chain a quorum, so it leaves the set at the next epoch end and may come back after a time.
// A block in which everybody signed writes nothing here.

import { assert, bytesToHex } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import type { LivenessState } from '../../records.ts';
import type { CommitVote } from '../../types.ts';
import type { StepContext } from '../context.ts';
import { keyOwner, livenessOf, putValidator, validatorOf } from '../staking/index.ts';

const FLAG_ABSENT = 1;

/** Looks at who signed the block before this one. */
export function watchLiveness(context: StepContext, votes: readonly CommitVote[]): void {
  const { state } = context;
  if (!state.params().elected) return;
  for (const { address, flag } of votes) {
    const owner = keyOwner(state, address);
    if (owner !== undefined) record(context, owner.operator, flag === FLAG_ABSENT);
  }
}

function record(context: StepContext, operator: Address, absent: boolean): void {
  const { state, height, timeS } = context;
  const known = livenessOf(state, operator);
  if (known === undefined && !absent) return;
  const validator = validatorOf(state, operator);
  // Gone, or jailed already and about to leave the set.
  if (validator === undefined || validator.jailed) return;
  const { windowBlocks, missedBlocksMax, jailS } = state.params().staking;
  const sizeBytes = Math.ceil(windowBlocks / 8);
  const place = Number(height % BigInt(windowBlocks));
  const bitmap = known?.bitmap.length === sizeBytes ? known.bitmap.slice() : new Uint8Array(sizeBytes);
  const byte = bitmap[place >> 3] ?? 0;
  const bit = 1 << (place & 7);
  const before = (byte & bit) !== 0;
  const missedBefore = known?.bitmap.length === sizeBytes ? known.missed : 0;
  if (before === absent && missedBefore > 0) return;
  bitmap[place >> 3] = absent ? byte | bit : byte & ~bit;
  const missed = missedBefore + (absent ? 1 : 0) - (before ? 1 : 0);
  assert(missed >= 0, 'missed blocks are counted once');
  if (missed > 0 && missed <= missedBlocksMax) {
    state.write(keys.livenessKey(operator), { v: 1, missed, bitmap } satisfies LivenessState);
    return;
  }
  state.remove(keys.livenessKey(operator));
  if (missed === 0) return;
  const jailedUntilS = timeS + BigInt(jailS);
  putValidator(state, operator, { ...validator, jailed: true, jailedUntilS });
  context.emit('staking.jailed', {
    validator: bytesToHex(operator),
    why: 'offline',
    missed: String(missed),
    untilS: jailedUntilS.toString(),
  });
}
