// Parameters of the network. The council decides them, within bounds that the message's schema and the rules here set;
// they come into force when a whole epoch has passed since, so that everybody can see them coming.

import type { z } from 'zod';
import { refuse } from '../../../base/index.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { chainFault } from '../../faults.ts';
import { pendingParamsKey } from '../../keys.ts';
import type { ParamsUpdate } from '../../messages.ts';
import { type ParamsState, PendingParamsState, type StakingParams, TRUSTING_S_MIN } from '../../records.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from '../context.ts';
import { epochOf } from '../staking/index.ts';

/** The rules between parameters that no single bound can say; the rule that is broken, if one is. */
export function brokenRule(staking: StakingParams): string | undefined {
  if (staking.trustingS < TRUSTING_S_MIN)
    return `trusting lasts at least ${TRUSTING_S_MIN} seconds, since consoles trust for nearly as long`;
  if (staking.unbondingS <= staking.trustingS) return 'unbonding is longer than trusting';
  if (staking.missedBlocksMax >= staking.windowBlocks)
    return 'fewer blocks may be missed than the window has';
  return undefined;
}

export function updateParams(context: MessageContext, message: z.infer<typeof ParamsUpdate>): MessageResult {
  const { state } = context;
  const params = state.params();
  if (!sameAddress(params.council, context.signer)) return refuse(chainFault('chain.council.only'));
  const { type: _type, ...given } = message;
  const { staking = params.staking, storage = params.storage, machineData = params.machineData } = given;
  const rule = brokenRule(staking);
  if (rule !== undefined) return refuse(chainFault('chain.params.rule', { rule }));
  const { review } = message;
  // A reviewer is liable for as long as a vote of theirs can still be appealed, voted on again and found wrong.
  if (review !== undefined && review.leaveS <= 2 * review.voteS + review.appealS)
    return refuse(
      chainFault('chain.params.rule', { rule: 'leaving takes longer than a review with its appeal' }),
    );
  // The present epoch is not whole any more; the next one is.
  const epoch = epochOf(state).number + 2n;
  const pending: PendingParamsState = {
    v: 1,
    epoch,
    params: { ...params, ...given, staking, storage, machineData },
  };
  state.write(pendingParamsKey(), pending);
  context.emit('params.decided', { epoch: epoch.toString(), ...described(pending.params) });
  return done();
}

const described = ({ staking, ...params }: Pick<ParamsState, 'staking' | keyof Prices>) => ({
  minimumFeeMicro: params.minimumFeeMicro.toString(),
  authorBasisPoints: String(params.authorBasisPoints),
  networkBasisPoints: String(params.networkBasisPoints),
  // Engines keep evidence as long as stake stays.
  unbondingS: String(staking.unbondingS),
});
type Prices = Omit<z.infer<typeof ParamsUpdate>, 'type' | 'staking' | 'storage' | 'machineData'>;

/** At the beginning of an epoch: what was decided for it. */
export function enforceParams(context: StepContext, epoch: bigint): void {
  const { state } = context;
  const pending = state.read(PendingParamsState, pendingParamsKey());
  if (pending === undefined || pending.epoch > epoch) return;
  state.remove(pendingParamsKey());
  state.putParams(pending.params);
  context.emit('params.updated', described(pending.params));
}
