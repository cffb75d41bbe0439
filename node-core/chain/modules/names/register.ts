// How a name is had: a commitment that tells nothing, a wait, and the reveal that pays. Whoever committed first has it,
// even where a later one was revealed sooner: until no earlier commitment can be left, the payment is held and not spent.

import type { z } from 'zod';
import type { Bytes, Result } from '../../../base/index.ts';
import { bytesToHex, compareBytes, ok, refuse } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import { nameCommitKey } from '../../keys.ts';
import type { NameCommit, NameRegister } from '../../messages.ts';
import { NAME_YEAR_S, NameCommitState, type NameState } from '../../records.ts';
import type { State } from '../../state.ts';
import { moveTokens, payFrom } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult, shown } from '../context.ts';
import { POOLS } from '../pools.ts';
import { commitId, nameCommitment, nameFlaw, nameId } from './form.ts';
import {
  forgottenS,
  holderOf,
  premiumMicro,
  putName,
  removeName,
  standingOf,
  termsOf,
  yearlyMicro,
} from './store.ts';

export function commitName(context: MessageContext, message: z.infer<typeof NameCommit>): MessageResult {
  const { state, signer, height, timeS } = context;
  const id = commitId(message.commitment, signer);
  if (state.read(NameCommitState, nameCommitKey(id)) !== undefined)
    return refuse(chainFault('chain.name.committed'));
  const { depositMicro, holdS } = termsOf(state);
  const paid = moveTokens(state, signer, POOLS.names, 'DIMT', depositMicro);
  if (!paid.ok) return paid;
  const commit: NameCommitState = {
    v: 1,
    hash: message.commitment,
    owner: signer,
    height,
    timeS,
    depositMicro,
  };
  state.write(nameCommitKey(id), commit);
  pushDeadline(state, timeS + BigInt(holdS), context.nextOrder(), id, 'names');
  context.emit('name.committed', { owner: bytesToHex(signer), commitment: bytesToHex(message.commitment) });
  return done();
}

export function registerName(context: MessageContext, message: z.infer<typeof NameRegister>): MessageResult {
  const { state, signer, timeS } = context;
  const { name } = message;
  const flaw = nameFlaw(name);
  if (flaw !== undefined) return refuse(chainFault(`chain.name.${flaw}`, { name: name.slice(0, 64) }));
  const revealed = reveal(context, name, message.salt);
  if (!revealed.ok) return revealed;
  const commit = revealed.value;
  const terms = termsOf(state);
  const previous = holderOf(state, name);
  const cleared = clearWay(state, name, previous, commit, timeS);
  if (!cleared.ok) return cleared;
  const priceMicro = yearlyMicro(name, terms) * BigInt(message.years) + cleared.value;
  state.remove(nameCommitKey(commitId(commit.hash, signer)));
  payFrom(state, POOLS.names, signer, 'DIMT', commit.depositMicro);
  const paid = moveTokens(state, signer, POOLS.names, 'DIMT', priceMicro);
  if (!paid.ok) return paid;
  const untilS = commit.timeS + BigInt(terms.holdS);
  const expiresS = timeS + BigInt(message.years) * NAME_YEAR_S;
  const queuedS = forgottenS({ expiresS }, terms);
  const { height, hash } = commit;
  putName(state, {
    v: 1,
    name,
    owner: signer,
    target: signer,
    registeredS: timeS,
    sinceS: timeS,
    expiresS,
    queuedS,
    contest: { height, hash, untilS, heldMicro: priceMicro, premiumMicro: cleared.value, payer: signer },
  });
  const id = nameId(name);
  pushDeadline(state, untilS, context.nextOrder(), id, 'names');
  pushDeadline(state, queuedS, context.nextOrder(), id, 'names');
  context.emit('name.registered', { name, owner: bytesToHex(signer), priceMicro: priceMicro.toString() });
  return done(id);
}

/** The commitment that name, signer and salt open, where it has waited and still holds. */
function reveal(context: MessageContext, name: string, salt: Bytes): Result<NameCommitState> {
  const { state, signer, height, timeS } = context;
  const { chainId } = state.params();
  const hash = nameCommitment(chainId, name, signer, salt);
  const commit = state.read(NameCommitState, nameCommitKey(commitId(hash, signer)));
  if (commit === undefined) return refuse(chainFault('chain.name.no-commit', { name }));
  const { waitS, waitBlocks, holdS } = termsOf(state);
  const readyS = commit.timeS + BigInt(waitS);
  const readyHeight = commit.height + BigInt(waitBlocks);
  if (timeS < readyS || height < readyHeight)
    return refuse(
      chainFault('chain.name.early', { readyS: readyS.toString(), readyHeight: readyHeight.toString() }),
    );
  if (timeS >= commit.timeS + BigInt(holdS)) return refuse(chainFault('chain.name.no-commit', { name }));
  return ok(commit);
}

/** Makes room for the name, or says whose it is. Gives the premium that is to be paid. */
function clearWay(
  state: State,
  name: string,
  previous: NameState | undefined,
  commit: NameCommitState,
  timeS: bigint,
): Result<bigint> {
  if (previous === undefined) return ok(0n);
  const terms = termsOf(state);
  if (standingOf(previous, terms, timeS) === 'released') {
    removeName(state, settle(state, previous));
    return ok(premiumMicro(previous, terms, timeS));
  }
  if (
    previous.contest !== undefined &&
    timeS < previous.contest.untilS &&
    isBefore(commit, previous.contest)
  ) {
    const { contest, ...record } = previous;
    payFrom(state, POOLS.names, contest.payer, 'DIMT', contest.heldMicro);
    removeName(state, record);
    return ok(contest.premiumMicro);
  }
  if (previous.name === name)
    return refuse(chainFault('chain.name.taken', { name, owner: shown(previous.owner) }));
  return refuse(chainFault('chain.name.look-alike', { name, other: previous.name }));
}

function isBefore(a: { height: bigint; hash: Bytes }, b: { height: bigint; hash: Bytes }): boolean {
  return a.height === b.height ? compareBytes(a.hash, b.hash) < 0 : a.height < b.height;
}

/** The held payment goes where fees go; nobody can take the name any more. */
export function settle(state: State, record: NameState): NameState {
  const { contest, ...settled } = record;
  if (contest === undefined) return record;
  payFrom(state, POOLS.names, state.params().treasury, 'DIMT', contest.heldMicro);
  putName(state, settled);
  return settled;
}

/** What a commitment that nobody revealed put down is lost to the treasury. False where this is no such commitment. */
export function dropCommit(state: State, id: Address, timeS: bigint): boolean {
  const commit = state.read(NameCommitState, nameCommitKey(id));
  if (commit === undefined) return false;
  if (timeS < commit.timeS + BigInt(termsOf(state).holdS)) return true;
  state.remove(nameCommitKey(id));
  payFrom(state, POOLS.names, state.params().treasury, 'DIMT', commit.depositMicro);
  return true;
}
