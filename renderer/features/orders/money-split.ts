// Where an order's money is and who gets which part of it. Pure; the parts always add up to the total.

import type { OrderView } from '../../../node-core/api/index.ts';

export type Share = { readonly role: string; readonly amountMicro: bigint; readonly paid: boolean };

/** The same order before and after; roles of other paradigms follow. */
const SHOWN_ORDER: readonly string[] = ['buyer', 'owner', 'designer', 'author', 'network'];
const QUOTED_ROLES = ['owner', 'designer', 'author', 'network'] as const;

/** What was paid once the order is over; until then what the quote promises. */
export function sharesOf(order: OrderView): Share[] {
  if (order.payouts.length > 0) {
    const rank = (role: string): number => SHOWN_ORDER.indexOf(role) >>> 0;
    return order.payouts
      .map(({ role, amountMicro }) => ({ role, amountMicro, paid: true }))
      .sort((a, b) => rank(a.role) - rank(b.role));
  }
  return QUOTED_ROLES.map((role) => ({ role, amountMicro: order.quote.payouts[role], paid: false })).filter(
    ({ amountMicro }) => amountMicro > 0n,
  );
}

/** Width of each part of the bar in per cent, with a minimum so that none disappears; they add up to 100. */
export function barWidths(shares: readonly Share[], minimumPercent: number): number[] {
  const total = shares.reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
  if (total === 0n) return shares.map(() => 0);
  const raw = shares.map(({ amountMicro }) => Number((amountMicro * 1_000_000n) / total) / 10_000);
  const raised = raw.map((width) => Math.max(width, minimumPercent));
  const sum = raised.reduce((all, width) => all + width, 0);
  return raised.map((width) => (width / sum) * 100);
}
