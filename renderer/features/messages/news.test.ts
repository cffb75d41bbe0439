import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatCard } from '../../../node-core/api/index.ts';
import { heardOf, isQuiet, newsOf } from './news.ts';

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
  });

  it('is kept back in quiet hours, which may pass midnight', () => {
    const night = { fromMin: 22 * 60, toMin: 7 * 60 };
    const at = (minute: number) => isQuiet(night, minute);
    expect([at(21 * 60 + 59), at(22 * 60), at(0), at(7 * 60 - 1), at(7 * 60)]).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect([isQuiet(null, 0), isQuiet({ fromMin: 60, toMin: 60 }, 60)]).toEqual([false, false]);
    fc.assert(
      fc.property(fc.nat(1439), fc.nat(1439), fc.nat(1439), (fromMin, toMin, minute) => {
        // Hours and what is left of the day are never both quiet, and one of them is, unless there are none.
        const [inside, outside] = [
          { fromMin, toMin },
          { fromMin: toMin, toMin: fromMin },
        ];
        expect(isQuiet(inside, minute) !== isQuiet(outside, minute)).toBe(fromMin !== toMin);
      }),
      { seed: 5 },
    );
  });
});
