// Keeps what is shown of a message in step with what came to it. Rules of who may amend what are the protocol's; here it is
// decided what the file keeps. Nothing in the chat of an order is deleted: there it is what was agreed, for both sides.

import type { Amendment } from '../../dimp/index.ts';
import { amendMessage, surplusAmendments } from '../../dimp/index.ts';
import type { StoredAmendment } from './amendment-store.ts';
import type { ChatStore, NewMessage } from './chat-store.ts';

/** Amendments of one sender that wait for their messages: these come in order, unless a station holds some back. */
const LONELY_MAX = 500;

export const keepsEverything = (chat: string): boolean => chat.startsWith('o:');

/** The row of an amendment: kept like a message, and not shown. */
export const amendmentRow = (amendment: Amendment) => ({
  text: JSON.stringify(amendment),
  ref: amendment.reference,
  target: amendment.target.reference,
});

/** Keeps an amendment, within the transaction: its number, unless it was there or too many wait for their messages. */
export function fileAmendment(
  store: ChatStore,
  owner: string,
  amendment: Amendment,
  row: NewMessage,
): number | undefined {
  const { reference } = amendment.target;
  const number = store.numberOf(owner, reference);
  if (number === undefined && store.countLonely(owner, row.sender, LONELY_MAX) >= LONELY_MAX)
    return undefined;
  const goneMs = number === undefined ? row.goneMs : (store.message(owner, number)?.goneMs ?? row.goneMs);
  const gone = goneMs === undefined ? {} : { goneMs };
  const added = store.addMessage(owner, { ...row, ...amendmentRow(amendment), ...gone });
  if (added !== undefined) restand(store, owner, reference);
  return added;
}

/** Writes down how a message stands after all that came to it so far; nothing where it is not here. */
export function restand(store: ChatStore, owner: string, ref: string): void {
  const kept = store.amendments(owner, ref);
  const number = kept.length === 0 ? undefined : store.numberOf(owner, ref);
  const message = number === undefined ? undefined : store.message(owner, number);
  if (message === undefined) return;
  // Said in another chat, or by somebody who is not in this one, it is about nothing here.
  const here = kept.filter(({ chat }) => chat === message.chat).filter((one) => counts(one, message.chat));
  const { id, sender, view, text, atMs } = message;
  const original = { sender, reference: ref, text: view?.first ?? text, timeS: atMs / 1000 };
  const stands = amendMessage(
    original,
    here.map(({ amendment }) => amendment),
  );
  if (stands.isDeleted) {
    store.wipe(id);
    for (const one of here) if (one.amendment.act === 'edit') store.wipeAmendment(one);
    return;
  }
  const { editedS, reactions } = stands;
  const edited = editedS === undefined ? {} : { editedMs: editedS * 1000 };
  store.putView(id, stands.text, { first: original.text, reactions, ...edited });
  const surplus = new Set(surplusAmendments(here.map(({ amendment }) => amendment)));
  for (const one of here)
    if (surplus.has(one.amendment) && one.amendment.by !== owner) store.dropAmendment(one);
}

const counts = ({ amendment }: StoredAmendment, chat: string): boolean =>
  amendment.act !== 'delete' || !keepsEverything(chat);

/** What a message said before, the oldest first. */
export function earlierTexts(store: ChatStore, owner: string, id: number) {
  const message = store.message(owner, id);
  if (message?.ref === undefined) return [];
  const { ref, sender, view, text, atMs, chat } = message;
  const kept = store.amendments(owner, ref).filter((one) => one.chat === chat && counts(one, chat));
  const original = { sender, reference: ref, text: view?.first ?? text, timeS: atMs / 1000 };
  return amendMessage(
    original,
    kept.map(({ amendment }) => amendment),
  ).earlier.map((one) => ({ text: one.text, atMs: one.timeS * 1000 }));
}
