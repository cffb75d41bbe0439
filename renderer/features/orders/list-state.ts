// Order lists: which are shown, and in which order. Pure.

import type { OrderCard } from '../../../node-core/api/index.ts';

export const ORDER_FILTERS = ['all', 'turn', 'open', 'done'] as const;
export type OrderFilter = (typeof ORDER_FILTERS)[number];

export function matchesFilter(card: OrderCard, filter: OrderFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'turn':
      return card.yourTurn;
    case 'open':
      return !card.final;
    case 'done':
      return card.final;
  }
}

/** Your turn first, the nearest deadline before the others; then open ones; then finished ones, newest first. */
export function sortOrders(cards: readonly OrderCard[]): OrderCard[] {
  const group = (card: OrderCard): number => (card.yourTurn ? 0 : card.final ? 2 : 1);
  const deadline = (card: OrderCard): number => card.deadlineS ?? Number.POSITIVE_INFINITY;
  return [...cards].sort(
    (a, b) =>
      group(a) - group(b) ||
      (a.final ? 0 : compare(deadline(a), deadline(b))) ||
      b.openedS - a.openedS ||
      a.id.localeCompare(b.id),
  );
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders whose title, machine, people or address contain every word of the search. */
export function searchOrders(cards: readonly OrderCard[], search: string): OrderCard[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return cards.filter((card) => {
    const text = [card.title, card.machineName, card.buyer.name, card.owner.name, card.designer.name, card.id]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
