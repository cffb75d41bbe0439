// Every refusal of the chain, in words for people, and its number in transaction results (`refusals/`, by subject).
// Numbers are part of the results hash: one that was once used keeps its meaning for ever. 0 is success, 100 to 109 pass
// on other areas' faults, the rest are the chain's own; what no transaction is refused for has none.

import { defineFaults, type Fault } from '../base/index.ts';
import { CONTRACTS } from './refusals/contracts.ts';
import { COUNCIL } from './refusals/council.ts';
import { NAMES } from './refusals/names.ts';
import { PROVIDERS } from './refusals/providers.ts';
import { STAKING } from './refusals/staking.ts';
import { TRADE } from './refusals/trade.ts';
import { TRANSACTIONS } from './refusals/transactions.ts';

const CATALOGUE = {
  ...TRANSACTIONS,
  ...TRADE,
  ...CONTRACTS,
  ...COUNCIL,
  ...STAKING,
  ...NAMES,
  ...PROVIDERS,
} as const;

export const chainFault = defineFaults('chain', CATALOGUE);
export type ChainFaultCode = keyof typeof CATALOGUE;

/** TxResult.code by fault. */
export const REFUSAL_CODES: Readonly<Partial<Record<ChainFaultCode, number>>> = Object.fromEntries(
  Object.entries(CATALOGUE).flatMap(([code, refusal]) =>
    'number' in refusal ? [[code, refusal.number]] : [],
  ),
);

const FOREIGN_CODES: Readonly<Record<string, number>> = {
  record: 100,
  quote: 101,
  paradigm: 102,
  product: 103,
};
const OTHER_CODE = 199;

/** The number of a refusal: equal on every node, whatever the words or the language. */
export function refusalCode(fault: Fault): number {
  const own = REFUSAL_CODES[fault.code as ChainFaultCode];
  return own ?? FOREIGN_CODES[fault.code.split('.')[0] ?? ''] ?? OTHER_CODE;
}
