// How often an owner brought orders to a good end, counted from proven contracts: what the buyer called off does not count.

import type { Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { ContractState, contractKey } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { sameAddress } from '../../identity/index.ts';
import { parseInstance } from '../../paradigm/index.ts';
import type { ChainReader } from './chain-reader.ts';
import { createParadigmReader } from './published-paradigms.ts';

/** The newest orders tell how somebody works now. */
const ORDERS_COUNTED_MAX = 100;

export function createRatings(chain: ChainReader) {
  const paradigmOf = createParadigmReader();
  return {
    /**
     * Of a thousand: one more success than there was, of two more orders than there were, so that a newcomer stands in the
     * middle and one lucky order makes nobody perfect.
     */
    async ofOwner(owner: Address): Promise<Result<number>> {
      const ids = await chain.list('contracts-of', owner);
      if (!ids.ok) return ids;
      let [good, all] = [0, 0];
      for (const id of ids.value.slice(-ORDERS_COUNTED_MAX)) {
        const contract = await chain.read(ContractState, contractKey(id));
        if (!contract.ok) return contract;
        const instance =
          contract.value === undefined ? undefined : parseInstance(contract.value.value.instance);
        if (contract.value === undefined || instance?.ok !== true) continue;
        const { roles, state } = instance.value;
        if (roles['owner'] === undefined || !sameAddress(roles['owner'], owner)) continue;
        const paradigm = await paradigmOf(chain, contract.value.value.paradigm);
        if (!paradigm.ok) return paradigm;
        const { final, promise } = paradigm.value.document.states[state] ?? {};
        const calledOff = promise?.by.length === 1 && promise.by[0] === 'buyer';
        if (final === undefined || (final === 'refund' && calledOff)) continue;
        all++;
        if (final === 'success') good++;
      }
      return ok(Math.floor(((good + 1) * 1000) / (all + 2)));
    },
  };
}
