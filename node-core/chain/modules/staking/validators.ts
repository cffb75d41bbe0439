// Operators: becoming a validator, changing its terms, replacing its key, coming back from jail.

import type { z } from 'zod';
import { bytesToHex, refuse } from '../../../base/index.ts';
import type { ConsensusKey } from '../../../comet/index.ts';
import { consensusAddress } from '../../../comet/index.ts';
import { chainFault } from '../../faults.ts';
import type { StakingCreate, StakingEdit, StakingRotate } from '../../messages.ts';
import { done, type MessageContext, type MessageResult } from '../context.ts';
import { bondStake } from './delegations.ts';
import { isPossessed } from './possession.ts';
import { worthOf } from './shares.ts';
import { claimKey, delegationOf, keyOwner, putValidator, validatorOf } from './store.ts';

const DAY_S = 86_400n;

const unknown = () => refuse(chainFault('chain.staking.unknown'));

/** Why the key cannot be the signer's, if it cannot. */
function keyFault(context: MessageContext, key: ConsensusKey, proof: Uint8Array) {
  const { state, signer } = context;
  if (!isPossessed(key, proof, state.params().chainId, signer)) return chainFault('chain.staking.proof');
  if (keyOwner(state, consensusAddress(key)) !== undefined) return chainFault('chain.staking.key-taken');
  return undefined;
}

const selfLow = (minimumMicro: bigint) =>
  refuse(chainFault('chain.staking.self-low', { minimumMicro: minimumMicro.toString() }));

export function createValidator(
  context: MessageContext,
  message: z.infer<typeof StakingCreate>,
): MessageResult {
  const { state, signer } = context;
  const { name, key, commission, selfMicroMin, amountMicro } = message;
  if (validatorOf(state, signer) !== undefined) return refuse(chainFault('chain.staking.exists'));
  const fault = keyFault(context, key, message.proof);
  if (fault !== undefined) return refuse(fault);
  const { basisPoints, basisPointsMax, dailyRiseBasisPointsMax } = commission;
  if (basisPoints > basisPointsMax || dailyRiseBasisPointsMax > basisPointsMax) {
    return refuse(chainFault('chain.staking.commission'));
  }
  const networkMin = state.params().staking.selfMicroMin;
  if (selfMicroMin < networkMin) return selfLow(networkMin);
  if (amountMicro < selfMicroMin) return selfLow(selfMicroMin);
  claimKey(state, signer, key);
  state.addToList('validators', signer);
  putValidator(state, signer, {
    v: 1,
    name,
    key,
    rotatedS: 0n,
    commission: { ...commission, changedS: context.timeS },
    selfMicroMin,
    stakeMicro: 0n,
    shares: 0n,
    stakedHeight: context.height,
    jailed: false,
    jailedUntilS: 0n,
    tombstoned: false,
    createdHeight: context.height,
  });
  const bonded = bondStake(context, signer, signer, amountMicro);
  if (!bonded.ok) return bonded;
  context.emit('staking.created', {
    validator: bytesToHex(signer),
    consensusAddress: bytesToHex(consensusAddress(key)),
    amountMicro: amountMicro.toString(),
  });
  return done();
}

export function editValidator(context: MessageContext, message: z.infer<typeof StakingEdit>): MessageResult {
  const { state, signer, timeS } = context;
  const validator = validatorOf(state, signer);
  if (validator === undefined) return unknown();
  const { commission } = validator;
  const basisPoints = message.commissionBasisPoints;
  const changed = basisPoints !== commission.basisPoints;
  if (changed && timeS < commission.changedS + DAY_S) return refuse(chainFault('chain.staking.commission'));
  const rise = basisPoints - commission.basisPoints;
  if (rise > commission.dailyRiseBasisPointsMax || basisPoints > commission.basisPointsMax) {
    return refuse(chainFault('chain.staking.commission'));
  }
  if (message.selfMicroMin < validator.selfMicroMin) return selfLow(validator.selfMicroMin);
  const own = worthOf(validator, delegationOf(state, signer, signer)?.shares ?? 0n);
  if (message.selfMicroMin > validator.selfMicroMin && own < message.selfMicroMin) {
    return selfLow(message.selfMicroMin);
  }
  putValidator(state, signer, {
    ...validator,
    name: message.name,
    commission: { ...commission, basisPoints, changedS: changed ? timeS : commission.changedS },
    selfMicroMin: message.selfMicroMin,
  });
  context.emit('staking.edited', {
    validator: bytesToHex(signer),
    commissionBasisPoints: String(basisPoints),
  });
  return done();
}

export function rotateKey(context: MessageContext, message: z.infer<typeof StakingRotate>): MessageResult {
  const { state, signer, timeS } = context;
  const validator = validatorOf(state, signer);
  if (validator === undefined) return unknown();
  if (validator.tombstoned) return refuse(chainFault('chain.staking.tombstoned'));
  const fault = keyFault(context, message.key, message.proof);
  if (fault !== undefined) return refuse(fault);
  // At most one old key is liable at any time.
  const againS = validator.rotatedS + BigInt(state.params().staking.unbondingS);
  if (validator.rotatedS > 0n && timeS < againS) {
    return refuse(chainFault('chain.staking.rotate-soon', { untilS: againS.toString() }));
  }
  claimKey(state, signer, message.key);
  putValidator(state, signer, { ...validator, key: message.key, rotatedS: timeS });
  context.emit('staking.rotated', {
    validator: bytesToHex(signer),
    before: bytesToHex(consensusAddress(validator.key)),
    consensusAddress: bytesToHex(consensusAddress(message.key)),
  });
  return done();
}

export function unjail(context: MessageContext): MessageResult {
  const { state, signer, timeS } = context;
  const validator = validatorOf(state, signer);
  if (validator === undefined) return unknown();
  if (validator.tombstoned) return refuse(chainFault('chain.staking.tombstoned'));
  if (!validator.jailed) return refuse(chainFault('chain.staking.not-jailed'));
  if (timeS < validator.jailedUntilS) {
    return refuse(chainFault('chain.staking.jailed-until', { untilS: validator.jailedUntilS.toString() }));
  }
  const own = worthOf(validator, delegationOf(state, signer, signer)?.shares ?? 0n);
  if (own < validator.selfMicroMin) return selfLow(validator.selfMicroMin);
  putValidator(state, signer, { ...validator, jailed: false });
  context.emit('staking.unjailed', { validator: bytesToHex(signer) });
  return done();
}
