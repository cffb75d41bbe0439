// When a message is news that somebody is told of, and what is told: rules without a page.

import type { ChatCard } from '../../../node-core/api/index.ts';

/** The number of the last message of each chat. */
export type Heard = ReadonlyMap<string, number>;

export const heardOf = (chats: readonly ChatCard[]): Heard =>
  new Map(chats.map(({ id, last }) => [id, last?.id ?? 0]));

/** What waits to be read, in chats that somebody wants to hear of. */
export const unreadOf = (chats: readonly ChatCard[]): number =>
  chats.reduce((sum, { unread, muted, blocked }) => (muted || blocked ? sum : sum + unread), 0);

/**
 * The chats with something new since then, for somebody who looks at one of them. Nothing is news at first: what came
 * while nobody was here is counted, not announced.
 */
export function newsOf(
  before: Heard | undefined,
  chats: readonly ChatCard[],
  looksAt: string | undefined,
): readonly ChatCard[] {
  if (before === undefined) return [];
  return chats.filter(({ id, last, muted, blocked, unread }) => {
    if (last === undefined || last.mine || last.deleted === true || muted || blocked || unread === 0)
      return false;
    return id !== looksAt && last.id > (before.get(id) ?? 0);
  });
}
