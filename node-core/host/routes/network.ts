// The chain, stake, and the providers of stations.

import type { Services } from '../composition/services.ts';
import { type Base, give, sent } from './procedures.ts';

export function networkRoutes(os: Base, { network, staking, bus }: Services) {
  return {
    network: {
      view: os.network.view.handler(() => network.view((signing) => staking.overview(signing))),
      trust: os.network.trust.handler(async ({ input, signal }) => {
        give(await network.trust(BigInt(input.height), input.hash, signal));
        bus.changed('network');
        return {};
      }),
      stake: os.network.stake.handler(async ({ input }) => give(await staking.stakeOf(input.actor))),
      delegate: os.network.delegate.handler(async ({ input: { actor, operator, amountMicro } }) => ({
        txHash: give(await staking.delegate(actor, operator, amountMicro)),
      })),
      redelegate: os.network.redelegate.handler(async ({ input: { actor, operator, to, amountMicro } }) => ({
        txHash: give(await staking.redelegate(actor, operator, to, amountMicro)),
      })),
      undelegate: os.network.undelegate.handler(async ({ input: { actor, operator, amountMicro } }) => ({
        txHash: give(await staking.undelegate(actor, operator, amountMicro)),
      })),
      withdrawRewards: os.network.withdrawRewards.handler(async ({ input: { actor, operator } }) => ({
        txHash: give(await staking.withdraw(actor, operator)),
      })),
    },
  };
}

export function providerRoutes(os: Base, { providers }: Services) {
  return {
    providers: {
      view: os.providers.view.handler(async ({ input }) => give(await providers.view(input.actor))),
      register: os.providers.register.handler(async ({ input: { actor, name, stations } }) =>
        sent(await providers.register(actor, name, stations)),
      ),
      leave: os.providers.leave.handler(async ({ input }) => sent(await providers.leave(input.actor))),
      use: os.providers.use.handler(async ({ input }) => {
        give(await providers.use(input.actor, input.provider));
        return {};
      }),
    },
  };
}
