import { describe, expect, it } from 'vitest';
import type { ChatCard } from '../../../node-core/api/index.ts';
import { heardOf, newsOf, unreadOf } from './news.ts';

const card = (id: string, last: number, more: Partial<ChatCard> = {}): ChatCard =>
  ({
    id,
    last: { id: last, text: 'x', atMs: 1, mine: false },
    unread: 1,
    muted: false,
    blocked: false,
    ...more,
  }) as ChatCard;
const ids = (chats: readonly ChatCard[]) => chats.map(({ id }) => id);

describe('news', () => {
  it('is what others said since, in chats that are neither muted nor looked at', () => {
    const before = heardOf([card('a', 1), card('b', 2), card('c', 3)]);
    const after = [
      card('a', 4),
      card('b', 2),
      card('c', 5),
      card('new', 6),
      card('muted', 7, { muted: true }),
      card('blocked', 8, { blocked: true }),
      card('mine', 9, { last: { id: 9, text: 'x', atMs: 1, mine: true } }),
      card('gone', 10, { last: { id: 10, text: '', atMs: 1, mine: false, deleted: true } }),
      card('read', 11, { unread: 0 }),
    ];
    expect(ids(newsOf(before, after, 'c'))).toEqual(['a', 'new']);
    expect(ids(newsOf(before, after, undefined))).toEqual(['a', 'c', 'new']);
    expect(newsOf(undefined, after, undefined)).toEqual([]);
    expect(newsOf(heardOf(after), after, undefined)).toEqual([]);
    expect([unreadOf([]), unreadOf(after)]).toEqual([0, 6]);
  });
});
