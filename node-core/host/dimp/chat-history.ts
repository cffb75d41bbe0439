// Writes what was said into the history of its chat, whoever said it and on whichever device: as a message to be shown, or as
// what amends another one.

import { readFileContent } from '../../dimp/files/index.ts';
import type { Content, DimpId } from '../../dimp/index.ts';
import { contentFields, messageReference, readAmendment, readReply } from '../../dimp/index.ts';
import { fileAmendment, restand } from './amendment-book.ts';
import type { ChatStore, NewMessage } from './chat-store.ts';

/** Member of a content that says after how many seconds both sides are to forget it. */
export const TIMER_FIELD = 'disappears';
const TIMER_MAX_S = 365 * 24 * 3600;

/** After how many seconds both sides are to forget what a content says; 0 for never. */
export function timerOf(content: Content): number {
  const seconds = content.json[TIMER_FIELD];
  return typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0
    ? Math.min(seconds, TIMER_MAX_S)
    : 0;
}

/** Keeps a message, within the transaction: its number where it is new. */
export function keepMessage(
  store: ChatStore,
  owner: string,
  content: Content,
  sender: DimpId,
  row: Omit<NewMessage, 'text'>,
): number | undefined {
  const amendment = readAmendment(sender, content);
  if (amendment === 'void') return undefined;
  if (amendment !== undefined) return fileAmendment(store, owner, amendment, { ...row, text: '' });
  const file = readFileContent(content);
  const text =
    file?.name ??
    contentFields(content, 'text')?.text ??
    contentFields(content, 'quote')?.text ??
    `[${content.kind}]`;
  const ref = messageReference(sender, content);
  const origin = readReply(content);
  const marks = { ref, ...(origin === undefined ? {} : { origin }) };
  const number = store.addMessage(owner, { ...row, text, ...marks });
  if (number !== undefined && file !== undefined) {
    const state = file.place.at === 'message' ? 'ready' : 'offered';
    store.addAttachment(owner, number, file, { outgoing: false, state });
  }
  if (number === undefined) return undefined;
  restand(store, owner, ref);
  if (store.choice(`read/${owner}/${row.chat}`) === ref) markReadThrough(store, owner, row.chat, ref);
  return number;
}

/** A chat was read as far as the message with this name, if it is here. */
export function markReadThrough(store: ChatStore, owner: string, chat: string, reference: string): void {
  const number = store.numberOf(owner, reference);
  if (number !== undefined && number > (store.chat(owner, chat)?.read ?? 0))
    store.markRead(owner, chat, number);
}
