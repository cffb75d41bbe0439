// What stands in a chat, line by line: messages, the order's own events between them, and a heading where a day begins.

import type { ChatCard, MessageView, TimelineStep } from '../../../node-core/api/index.ts';

export type ChatLine =
  | { readonly kind: 'day'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'message'; readonly key: string; readonly atMs: number; readonly message: MessageView }
  | { readonly kind: 'event'; readonly key: string; readonly atMs: number; readonly step: TimelineStep };

/** Messages keep the order in which they came, whatever their clocks say; events go where their time is. */
export function linesOf(
  messages: readonly MessageView[],
  timeline: readonly TimelineStep[],
  hasOlder: boolean,
  dayOf: (atMs: number) => string,
): ChatLine[] {
  const firstMs = messages[0]?.atMs;
  const events = timeline.flatMap((step, index): ChatLine[] => {
    const timeS = step.timeS ?? step.anchor.timeS;
    if (step.state === 'next' || timeS === undefined) return [];
    // Before the part of the history that is shown: it comes with the older messages.
    if (hasOlder && firstMs !== undefined && timeS * 1000 < firstMs) return [];
    return [{ kind: 'event', key: `e${index}`, atMs: timeS * 1000, step }];
  });
  const merged: ChatLine[] = [];
  for (const message of messages) {
    while (events[0] !== undefined && events[0].atMs <= message.atMs) merged.push(...events.splice(0, 1));
    merged.push({ kind: 'message', key: `m${message.id}`, atMs: message.atMs, message });
  }
  return withDays([...merged, ...events], dayOf);
}

function withDays(lines: readonly ChatLine[], dayOf: (atMs: number) => string): ChatLine[] {
  let day = '';
  return lines.flatMap((line) => {
    const next = dayOf(line.atMs);
    if (next === day) return [line];
    day = next;
    return [{ kind: 'day', key: `d${line.key}`, atMs: line.atMs } as const, line];
  });
}

/** Chats whose title, members or last text contain all words. */
export function filterChats(chats: readonly ChatCard[], search: string): readonly ChatCard[] {
  const words = search
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return chats;
  return chats.filter(({ title, members, last }) => {
    const parts = [title, ...members.flatMap(({ id, name }) => [id, name]), last?.text ?? ''];
    const text = parts.join(' ').toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
