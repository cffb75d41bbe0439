import { describe, expect, it } from 'vitest';
import type { ChatCard, MessageView, TimelineStep } from '../../../node-core/api/index.ts';
import { filterChats, linesOf } from './lines.ts';

const message = (id: number, atMs: number): MessageView => ({
  id,
  atMs,
  from: { id: 'x', name: '' },
  mine: false,
  text: `m${id}`,
  state: 'received',
  bound: true,
});
const step = (code: TimelineStep['code'], timeS: number | undefined, state: TimelineStep['state'] = 'done') =>
  ({ code, state, anchor: { truth: 'local' }, ...(timeS === undefined ? {} : { timeS }) }) as TimelineStep;
const day = (atMs: number) => String(Math.floor(atMs / 100_000));
const keys = (lines: ReturnType<typeof linesOf>) => lines.map(({ key }) => key).join(' ');

describe('the lines of a chat', () => {
  it('put events between messages by time, and a heading where a day begins', () => {
    const timeline = [
      step('funded', 5),
      step('accepted', 15),
      step('settled', 150),
      step('shipped', undefined, 'next'),
    ];
    const lines = linesOf([message(1, 10_000), message(2, 20_000)], timeline, false, day);
    expect(keys(lines)).toBe('de0 e0 m1 e1 m2 de2 e2');
  });

  it('keep messages in the order they came, whatever their clocks say', () => {
    expect(keys(linesOf([message(1, 20_000), message(2, 10_000)], [], false, day))).toBe('dm1 m1 m2');
  });

  it('leave events of the part that is not shown to it', () => {
    expect(keys(linesOf([message(9, 20_000)], [step('funded', 5), step('accepted', 30)], true, day))).toBe(
      'dm9 m9 e1',
    );
  });
});

describe('the list of chats', () => {
  const card = (title: string, text: string) =>
    ({
      title,
      members: [{ id: '0xABC', name: 'Lin' }],
      last: { text, atMs: 0, mine: false },
    }) as unknown as ChatCard;
  it('is searched by title, people and last text', () => {
    const chats = [card('Bracket', 'it is shipped'), card('Gear', 'hello')];
    const titles = (search: string) => filterChats(chats, search).map(({ title }) => title);
    expect([titles(''), titles('SHIP'), titles('lin gear'), titles('0xabc'), titles('nothing')]).toEqual([
      ['Bracket', 'Gear'],
      ['Bracket'],
      ['Gear'],
      ['Bracket', 'Gear'],
      [],
    ]);
  });
});
