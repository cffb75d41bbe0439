// Proven offences: two votes for one place, or an attack on light clients. The engine proves them; here is what follows.
//
// A fraction of the stake that stood behind the power at the height of the offence is burnt: of what left by unbonding
// or redelegation since, from each entry its fraction (capped by what is left of it); of the rest, from the present
// stake, so that nobody pays more than the fraction of what they have there. Burnt, because nobody shall gain from an
// accusation. The operator is tombstoned: out of the set at the next epoch end, for ever. One offence is punished once
// per operator, whichever of its keys signed: later evidence finds the tombstone.

import { bytesToHex, divideUp, equalBytes } from '../../../base/index.ts';
import { consensusAddress as addressOf } from '../../../comet/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import * as keys from '../../keys.ts';
import type { ConsensusKeyState, SetMember, UnbondingsState, ValidatorState } from '../../records.ts';
import type { State } from '../../state.ts';
import type { Misbehavior } from '../../types.ts';
import { burnFrom } from '../accounts/index.ts';
import type { StepContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import {
  delegationOf,
  keyOwner,
  least,
  putUnbondings,
  putValidator,
  redelegationsOf,
  removeShares,
  setAt,
  setRange,
  unbondingsOf,
  validatorOf,
  worthOf,
} from '../staking/index.ts';

const BASIS = 10_000n;
/** A set decided at the end of a block is CometBFT's two blocks later. */
const SET_DELAY = 2n;

export function punishMisbehavior(context: StepContext, offences: readonly Misbehavior[]): void {
  for (const offence of offences) punish(context, offence);
}

function punish(context: StepContext, offence: Misbehavior): void {
  const { state } = context;
  const consensusAddress = bytesToHex(offence.address);
  const judged = judge(context, offence);
  if (typeof judged === 'string') {
    context.emit('slashing.ignored', { consensusAddress, why: judged });
    return;
  }
  const { staking } = state.params();
  const { owner, member } = judged;
  const fraction = BigInt(
    offence.kind === 'duplicate-vote' ? staking.duplicateVoteBasisPoints : staking.lightAttackBasisPoints,
  );
  tombstone(state, owner, offence.address);
  const burntMicro = slash(context, owner.operator, member, fraction);
  burnFrom(state, POOLS.stake, burntMicro);
  context.emit('slashing.slashed', {
    validator: bytesToHex(owner.operator),
    consensusAddress,
    kind: offence.kind,
    height: offence.height.toString(),
    burntMicro: burntMicro.toString(),
  });
}

/** Who is to be punished for which place in the set; or why nobody is. */
function judge(context: StepContext, offence: Misbehavior) {
  const { state } = context;
  const owner = keyOwner(state, offence.address);
  if (owner === undefined) return 'unknown-key';
  if (owner.tombstoned || validatorOf(state, owner.operator)?.tombstoned === true) return 'punished-before';
  const { unbondingS } = state.params().staking;
  if (context.timeS - offence.time.seconds > BigInt(unbondingS)) return 'too-old';
  const member = memberAt(state, offence);
  return member === undefined ? 'not-in-the-set' : { owner, member };
}

/** Whoever signed with this key at that height; the newest set that was in force then says. */
function memberAt(state: State, offence: Misbehavior): SetMember | undefined {
  const { oldest, newest } = setRange(state);
  for (let number = newest; number >= oldest; number--) {
    const set = setAt(state, number);
    const from = number === 0n ? 0n : set.height + SET_DELAY;
    if (from > offence.height) continue;
    return set.members.find(({ key }) => equalBytes(addressOf(key), offence.address));
  }
  return undefined;
}

function tombstone(state: State, owner: ConsensusKeyState, address: Uint8Array): void {
  state.write(keys.consensusKeyKey(address), { ...owner, tombstoned: true } satisfies ConsensusKeyState);
  const validator = validatorOf(state, owner.operator);
  if (validator === undefined) return;
  putValidator(state, owner.operator, { ...validator, jailed: true, tombstoned: true });
  state.remove(keys.livenessKey(owner.operator));
}

/** Lowers every claim on the offender's stake and gives the sum; the money is still in the pool. */
function slash(context: StepContext, operator: Address, member: SetMember, fraction: bigint): bigint {
  const { state } = context;
  const since = member.stakeHeight;
  let [leftMicro, burntMicro] = [0n, 0n];
  for (const delegator of state.listOf('unbonding-from', operator)) {
    const entries = unbondingsOf(state, delegator);
    const isLiable = (entry: UnbondingsState['entries'][number]) =>
      sameAddress(entry.validator, operator) && entry.height > since;
    for (const entry of entries) if (isLiable(entry)) leftMicro += entry.initialMicro;
    const cut = cutEntries(entries, (entry) =>
      isLiable(entry) ? (entry.initialMicro * fraction) / BASIS : 0n,
    );
    putUnbondings(state, delegator, cut.entries);
    burntMicro += cut.burntMicro;
  }
  for (const delegator of state.listOf('redelegating-from', operator)) {
    for (const entry of redelegationsOf(state, delegator)) {
      if (!sameAddress(entry.from, operator) || entry.height <= since) continue;
      leftMicro += entry.initialMicro;
      const dueMicro = (entry.initialMicro * fraction) / BASIS;
      burntMicro += slashMoved(context, delegator, entry.to, entry.height, dueMicro);
    }
  }
  const validator = validatorOf(state, operator);
  if (validator === undefined) return burntMicro;
  const stayedMicro = member.stakeMicro > leftMicro ? member.stakeMicro - leftMicro : 0n;
  const lostMicro = (least(stayedMicro, validator.stakeMicro) * fraction) / BASIS;
  putValidator(state, operator, {
    ...validator,
    stakeMicro: validator.stakeMicro - lostMicro,
    stakedHeight: context.height,
  } satisfies ValidatorState);
  return burntMicro + lostMicro;
}

type Entries = UnbondingsState['entries'];

/** Takes from each entry what is due from it, as far as it goes. Entries stay, so that they come to their end. */
function cutEntries(entries: Entries, dueOf: (entry: Entries[number]) => bigint) {
  let burntMicro = 0n;
  const cut = entries.map((entry) => {
    const dueMicro = dueOf(entry);
    const takenMicro = least(dueMicro, entry.amountMicro);
    burntMicro += takenMicro;
    return takenMicro === 0n ? entry : { ...entry, amountMicro: entry.amountMicro - takenMicro };
  });
  return { entries: cut, burntMicro };
}

/** Redelegated stake is found where it went: in the delegation there, then in what was taken back from there since. */
function slashMoved(
  context: StepContext,
  delegator: Address,
  to: Address,
  sinceHeight: bigint,
  dueMicro: bigint,
): bigint {
  const { state } = context;
  let burntMicro = 0n;
  const [validator, delegation] = [validatorOf(state, to), delegationOf(state, delegator, to)];
  if (validator !== undefined && delegation !== undefined && validator.stakeMicro > 0n) {
    const needed = divideUp(dueMicro * validator.shares, validator.stakeMicro);
    const shares = least(needed, delegation.shares);
    burntMicro = least(worthOf(validator, shares), dueMicro);
    if (shares > 0n) removeShares(context, delegator, to, shares, burntMicro);
  }
  let restMicro = dueMicro - burntMicro;
  const cut = cutEntries(unbondingsOf(state, delegator), (entry) => {
    if (!sameAddress(entry.validator, to) || entry.height < sinceHeight) return 0n;
    const takenMicro = least(restMicro, entry.amountMicro);
    restMicro -= takenMicro;
    return takenMicro;
  });
  putUnbondings(state, delegator, cut.entries);
  return burntMicro + cut.burntMicro;
}
