// The history of chats out of the messenger's file and into it. What is here already stays as it is: a message comes in once,
// however often its file does. What is older than all that a chat shows comes before it, the rest after it. It is done a
// little at a time, and may be stopped between: what came in until then stays.

import { setImmediate as soon } from 'node:timers/promises';
import type { Bytes } from '../../base/index.ts';
import { base64, sha256, utf8ToBytes } from '../../base/index.ts';
import type { FileDescription } from '../../dimp/files/index.ts';
import { readFileContent, writeFileContent } from '../../dimp/files/index.ts';
import type { Amendment, JsonObject, MovedAmendment, MovedChat, MovedMessage } from '../../dimp/index.ts';
import { contentFields, createContent, movedContent, parseId } from '../../dimp/index.ts';
import type { Report } from '../services/tasks.ts';
import { amendmentRow, restand } from './amendment-book.ts';
import type { ChatStore, NewMessage } from './chat-store.ts';
import type { HistoryRow } from './history-store.ts';

/** Messages that are read or written before others have their turn. */
const AT_ONCE = 500;
/** Characters of history in one file: with what sealing adds it stays below what a reader takes. */
const HISTORY_CHARS_MAX = 40 * 1024 * 1024;

type Entry = MovedMessage | MovedAmendment;
const isAmendment = (entry: Entry): entry is MovedAmendment => 'amends' in entry;

/** The chats of an account, each with the oldest message first; of a long history the newest part. */
export async function giveHistory(
  store: ChatStore,
  owner: string,
  signal: AbortSignal,
  report: Report,
): Promise<readonly MovedChat[]> {
  const all = store.countHistory(owner);
  const chats = new Map<string, Entry[]>();
  let [before, chars, done] = [Number.MAX_SAFE_INTEGER, 0, 0];
  for (;;) {
    const rows = store.historyPage(owner, before, AT_ONCE);
    for (const row of rows) {
      const entry = toEntry(store, owner, row);
      chars += JSON.stringify(entry).length + 1;
      if (chars > HISTORY_CHARS_MAX) return toChats(chats);
      const entries = chats.get(row.chat) ?? [];
      entries.push(entry);
      chats.set(row.chat, entries);
    }
    done += rows.length;
    report('history', all === 0 ? 1 : Math.min(1, done / all));
    const last = rows.at(-1);
    if (last === undefined) return toChats(chats);
    before = last.id;
    await soon();
    signal.throwIfAborted();
  }
}

const toChats = (chats: ReadonlyMap<string, readonly Entry[]>): readonly MovedChat[] =>
  [...chats].map(([chat, entries]) => ({ chat, messages: entries.toReversed() }));

function toEntry(store: ChatStore, owner: string, row: HistoryRow): Entry {
  const { id, sender, atMs, ref, bound, secrecy, target, text, view, origin } = row;
  const said = { sender, atMs, bound, ...(secrecy === undefined ? {} : { secrecy }) };
  if (target !== undefined) {
    const { act, target: to, text: words, reference } = JSON.parse(text) as Amendment;
    return { ...said, reference, amends: { act, target: { ...to }, text: words } };
  }
  const file = store.attachment(owner, id)?.file;
  const stamp = { sn: 1, timeS: atMs / 1000 };
  const content =
    file === undefined
      ? createContent('text', { text: view?.isDeleted ? '' : (view?.first ?? text) }, stamp)
      : fileContent(file, stamp);
  return {
    ...said,
    ...(ref === undefined ? {} : { reference: ref }),
    content,
    ...(origin === undefined ? {} : { origin: { ...origin } }),
  };
}

/** The file by reference, with its key; what lies within its message goes with it. */
function fileContent(
  file: FileDescription,
  stamp: { readonly sn: number; readonly timeS: number },
): JsonObject {
  const { place } = file;
  if (place.at === 'blocks') {
    const { kind, fields } = writeFileContent({ ...file, place });
    return createContent(kind, fields, stamp);
  }
  const kind = file.kind === 'model' ? 'file' : file.kind;
  const where =
    place.at === 'message' ? { data: base64.encode(place.bytes) } : { URL: place.url, ...place.content };
  return createContent(kind, { filename: file.name, ...where }, stamp);
}

/** How many messages are new. Chats that are not here are skipped, but for those with people. */
export async function takeHistory(
  store: ChatStore,
  owner: string,
  chats: readonly MovedChat[],
  signal: AbortSignal,
  report: Report,
): Promise<number> {
  const all = chats.reduce((sum, { messages }) => sum + messages.length, 0);
  let [done, count] = [0, 0];
  for (const { chat, messages } of chats) {
    const fresh: Entry[] = [];
    for (let at = 0; isHere(store, owner, chat) && at < messages.length; at += AT_ONCE) {
      const slice = messages.slice(at, at + AT_ONCE).filter((one) => isOfChat(owner, chat, one.sender));
      fresh.push(...slice.filter((one) => isFresh(store, owner, chat, one)));
      await soon();
      signal.throwIfAborted();
    }
    const oldestMs = store.oldestMs(owner, chat) ?? Number.NEGATIVE_INFINITY;
    const early = fresh.filter((one) => one.atMs < oldestMs);
    // Everything in the file was read where it came from.
    const wasRead = store.unread(owner, chat, store.chat(owner, chat)?.read ?? 0) === 0;
    let number = store.numbersBefore(early.length);
    for (const part of [early, fresh.filter((one) => one.atMs >= oldestMs)])
      for (let at = 0; at < part.length; at += AT_ONCE) {
        const slice = part.slice(at, at + AT_ONCE);
        store.transact(() => {
          for (const one of slice) {
            const added = put(store, owner, chat, one, part === early ? number++ : undefined);
            if (added === undefined) continue;
            count += 1;
            if (part !== early && wasRead && !isAmendment(one)) store.markRead(owner, chat, added);
          }
          for (const ref of new Set(slice.flatMap((one) => namesOf(one)))) restand(store, owner, ref);
        });
        report('history', (done + at) / all);
        await soon();
        signal.throwIfAborted();
      }
    done += messages.length;
  }
  return count;
}

/** A group is here where it proved itself, an order where its contract did. */
function isHere(store: ChatStore, owner: string, chat: string): boolean {
  if (store.chat(owner, chat) !== undefined) return true;
  const peer = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
  if (peer?.ok !== true || peer.value.bare === owner || chat !== `p:${peer.value.bare}`) return false;
  store.addChat(owner, chat);
  return true;
}

/** In a chat of two nobody else has spoken. */
const isOfChat = (owner: string, chat: string, sender: string): boolean =>
  !chat.startsWith('p:') || sender === owner || chat === `p:${sender}`;

const namesOf = (one: Entry): readonly string[] =>
  isAmendment(one) ? [one.amends.target.reference] : one.reference === undefined ? [] : [one.reference];

/** The same for each time that a message is in a file. */
const keyOf = (chat: string, one: Entry): Bytes =>
  sha256(
    utf8ToBytes(
      JSON.stringify(
        one.reference === undefined
          ? [chat, one.sender, one.atMs, isAmendment(one) ? one.amends : one.content]
          : [chat, one.reference],
      ),
    ),
  );

function isFresh(store: ChatStore, owner: string, chat: string, one: Entry): boolean {
  if (store.hasMessage(owner, keyOf(chat, one))) return false;
  if (!isAmendment(one))
    return one.reference === undefined || store.numberOf(owner, one.reference) === undefined;
  const known = store.amendments(owner, one.amends.target.reference);
  return known.every(({ amendment }) => amendment.reference !== one.reference);
}

function put(store: ChatStore, owner: string, chat: string, one: Entry, number?: number): number | undefined {
  const { sender, atMs, bound, secrecy } = one;
  const row = {
    chat,
    sender,
    atMs,
    bound,
    key: keyOf(chat, one),
    ...(secrecy === undefined ? {} : { secrecy }),
  };
  if (isAmendment(one)) {
    const { reference, amends } = one;
    const amendment: Amendment = { ...amends, by: sender, timeS: atMs / 1000, reference };
    return store.addMessage(owner, { ...row, ...amendmentRow(amendment) });
  }
  const content = movedContent(one);
  if (content === undefined) return undefined;
  const file = readFileContent(content);
  const text = file?.name ?? contentFields(content, 'text')?.text ?? `[${content.kind}]`;
  const { reference, origin } = one;
  const marks = {
    ...(reference === undefined ? {} : { ref: reference }),
    ...(origin === undefined ? {} : { origin }),
  };
  const message: NewMessage = { ...row, text, ...marks };
  const added = store.addMessage(owner, message, number);
  if (added !== undefined && file !== undefined)
    store.addAttachment(owner, added, file, {
      outgoing: false,
      state: file.place.at === 'message' ? 'ready' : 'offered',
    });
  return added;
}
