// When something about an order is news that somebody is told of: a rule without a page.

import type { OrderCard } from '../../../node-core/api/index.ts';

/** Of each order, what was known of it. */
export type Known = ReadonlyMap<string, { readonly waits: boolean; readonly final: boolean }>;

const waits = ({ yourTurn, final }: OrderCard): boolean => yourTurn && !final;

export const knownOf = (orders: readonly OrderCard[]): Known =>
  new Map(orders.map((order) => [order.id, { waits: waits(order), final: order.final }]));

/**
 * The orders that began to wait for the person, or ended, since then. Nothing is news at first: what happened while
 * nobody was here stands in the list.
 */
export function newsOfOrders(before: Known | undefined, orders: readonly OrderCard[]): readonly OrderCard[] {
  if (before === undefined) return [];
  return orders.filter((order) => {
    const was = before.get(order.id);
    return (waits(order) && was?.waits !== true) || (order.final && was?.final === false);
  });
}
