// The chain and who carries it: verification, stake, and the providers of the messenger's stations.

import { z } from 'zod';
import { AccountText } from '../base-views.ts';
import { CheckpointInput, NetworkView, StakeView } from '../network-views.ts';
import { ProvidersView } from '../provider-views.ts';
import { amountMicro, asAccount, base, done, txSent } from './parts.ts';

const stakeMove = asAccount.extend({ operator: AccountText, amountMicro: amountMicro.min(1n) });

export const networkContract = {
  network: {
    view: base.output(NetworkView),
    /** Begins verification again at a checkpoint that a person chose; lifts a halt. Refused where no node has it. */
    trust: base.input(CheckpointInput).output(done),
    stake: base.input(asAccount).output(StakeView),
    delegate: base.input(stakeMove).output(txSent),
    /** Moves stake at once; it stays liable for the validator that it left. */
    redelegate: base.input(stakeMove.extend({ to: AccountText })).output(txSent),
    /** Paid out when the unbonding time is over. */
    undelegate: base.input(stakeMove).output(txSent),
    withdrawRewards: base.input(asAccount.extend({ operator: AccountText })).output(txSent),
  },
  providers: {
    view: base.input(asAccount).output(ProvidersView),
    /** Locks the deposit; again, it changes name and stations. */
    register: base
      .input(
        asAccount.extend({
          name: z.string().trim().min(1).max(60),
          stations: z.array(z.string().trim().max(255)).min(1).max(8),
        }),
      )
      .output(txSent),
    leave: base.input(asAccount).output(txSent),
    /** Messages go through its quickest station, and the chain counts the account as its user. */
    use: base.input(asAccount.extend({ provider: AccountText })).output(done),
  },
};
