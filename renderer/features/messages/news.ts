// When a message is news that somebody is told of, and what is told: rules without a page.

import type { ChatCard, NoticeSettings } from '../../../node-core/api/index.ts';

/** The number of the last message of each chat. */
export type Heard = ReadonlyMap<string, number>;

export const heardOf = (chats: readonly ChatCard[]): Heard =>
  new Map(chats.map(({ id, last }) => [id, last?.id ?? 0]));

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

/** Whether a time of day, in minutes, lies in the quiet hours; these may pass midnight. Equal ends are no hours. */
export function isQuiet(quiet: NoticeSettings['quiet'], minute: number): boolean {
  if (quiet === null) return false;
  const { fromMin, toMin } = quiet;
  return fromMin <= toMin ? minute >= fromMin && minute < toMin : minute >= fromMin || minute < toMin;
}
