// The order of everything in a block. One place, because each step relies on the ones before it:
//
//   begin   1 misbehaviour     before stake that is due could leave
//           2 liveness         over the votes for the block before
//           3 maturities       unbonding stake is paid out
//           4 deadlines        contracts act by themselves; those that ended long ago are pruned, and so
//                              are old checkpoints of machines
//             council          rounds of voting end, reviewers who left are paid out
//             names            commitments lapse, payments settle, names are handed over and end
//             providers        chance decides what claims are opened, days are settled, deposits paid out
//   txs     5 each in turn     fee and sequence, then its message or nothing
//   end     6 fees             divided among proposer, voters, treasury
//   epoch   7 locks            released as of this block's time
//   end     8 validators       elected with the stake as it now is, under the parameters of the epoch that ends
//           9 parameters       those that were decided for the next epoch
//
// A block without transactions, misbehaviour, absences or due times leaves the state as it was, except at an epoch end.

import type { Bytes } from '../../base/index.ts';
import type { Validator } from '../../comet/index.ts';
import { epochKey } from '../keys.ts';
import type { EpochState } from '../records.ts';
import type { CommitVote, Misbehavior } from '../types.ts';
import type { StepContext } from './context.ts';
import { type Attempt, runDeadlines } from './contracts.ts';
import { runCouncil } from './council/index.ts';
import { dropCheckpoints } from './machine-data.ts';
import { runNames } from './names/index.ts';
import { enforceParams } from './params/index.ts';
import { runExits, seedClaims, settleDay } from './providers/index.ts';
import { punishMisbehavior, watchLiveness } from './slashing/index.ts';
import { distributeFees, electValidators, epochOf, runMaturities } from './staking/index.ts';
import { runPrunings } from './storage.ts';
import { releaseLocks } from './vesting/index.ts';

/** What the engine says about the blocks before. */
export type BlockFacts = {
  readonly proposerAddress: Bytes;
  readonly votes: readonly CommitVote[];
  readonly misbehavior: readonly Misbehavior[];
  readonly hash: Bytes | undefined;
};

export function beginBlock(context: StepContext, facts: BlockFacts, attempt: Attempt): void {
  punishMisbehavior(context, facts.misbehavior);
  watchLiveness(context, facts.votes);
  runMaturities(context);
  runDeadlines(context, attempt);
  runPrunings(context);
  dropCheckpoints(context);
  runCouncil(context);
  runNames(context);
  seedClaims(context, facts.hash);
  settleDay(context);
  runExits(context);
}

/** Gives the changes of the validator set: none but at epoch ends. */
export function endBlock(context: StepContext, facts: BlockFacts): readonly Validator[] {
  distributeFees(context, facts.proposerAddress, facts.votes);
  const epoch = epochOf(context.state);
  return context.height < epoch.endsHeight ? [] : endEpoch(context, epoch);
}

function endEpoch(context: StepContext, epoch: EpochState): readonly Validator[] {
  const { state, timeS, height } = context;
  releaseLocks(context);
  const updates = electValidators(context);
  const number = epoch.number + 1n;
  enforceParams(context, number);
  const endsHeight = height + BigInt(state.params().staking.epochBlocks);
  state.write(epochKey(), { v: 1, number, startedS: timeS, endsHeight } satisfies EpochState);
  context.emit('epoch.ended', { epoch: epoch.number.toString(), height: height.toString() });
  return updates;
}
