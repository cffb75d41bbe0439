// The boards that a station keeps: it takes entries that are signed and may stand there, within bounds, and gives them to
// whoever asks. It judges to save place; who reads judges again.

import { z } from 'zod';
import type { Content, DimpCrypto, DimpId, Directory, JsonObject, ReliableMessage } from '../index.ts';
import {
  BOARD_APP,
  boardContents,
  documentToJson,
  ENTRY_CHARS_MAX,
  entryKey,
  isGroup,
  leadsGroup,
  mayEnter,
  messageToText,
  metaToJson,
  parseId,
  parseMessage,
  readBoard,
  readEntry,
} from '../index.ts';
import {
  BOARD_ENTRIES_MAX,
  BOARD_PAGE_CHARS_MAX,
  BOARD_PAGE_MAX,
  BOARDS_MAX,
  BOARDS_PER_FOUNDER_MAX,
} from './limits.ts';
import type { StationStore } from './store.ts';

export type BoardDeskParts = {
  readonly store: StationStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly nowS: () => number;
  /** Carried out with the next flush. */
  readonly later: (write: () => void) => void;
};

const Question = z.discriminatedUnion('act', [
  z.looseObject({ act: z.literal('list') }),
  z.looseObject({ act: z.literal('query'), board: z.string().max(64), after: z.int().min(0) }),
]);

/** Fields of the answer to a question about boards; undefined where it is none. */
export function answerBoards(parts: BoardDeskParts, content: Content): JsonObject | undefined {
  const { app, mod } = content.json;
  const question = Question.safeParse(content.json);
  if (app !== BOARD_APP.app || mod !== BOARD_APP.mod || !question.success) return undefined;
  if (question.data.act === 'list') return { ...BOARD_APP, act: 'boards', boards: listBoards(parts) };
  const id = parseId(question.data.board);
  return id.ok ? pageOf(parts, id.value, question.data.after) : undefined;
}

function listBoards({ store, directory }: BoardDeskParts): JsonObject[] {
  return store.boards(BOARD_PAGE_MAX).flatMap((board) => {
    const id = parseId(board);
    return id.ok && readBoard(id.value, directory).ok ? [papersOf(id.value, directory)] : [];
  });
}

/** What proves a board and who founded it. */
function papersOf(id: DimpId, directory: Directory): JsonObject {
  const meta = directory.meta(id);
  const board = readBoard(id, directory);
  const founder = board.ok ? board.value.state.owner : undefined;
  const founderMeta = founder === undefined ? undefined : directory.meta(founder);
  return {
    did: id.bare,
    ...(meta === undefined ? {} : { meta: metaToJson(meta) }),
    documents: directory.documents(id).map(documentToJson),
    ...(founder === undefined ? {} : { founder: founder.bare }),
    ...(founderMeta === undefined ? {} : { founder_meta: metaToJson(founderMeta) }),
  };
}

function pageOf({ store, directory }: BoardDeskParts, id: DimpId, after: number): JsonObject {
  const entries: JsonObject[] = [];
  let chars = 0;
  let isWhole = true;
  const page = store.entries(id.bare, after, BOARD_PAGE_MAX + 1);
  for (const { number, text } of page) {
    chars += text.length;
    if (entries.length === BOARD_PAGE_MAX || (chars > BOARD_PAGE_CHARS_MAX && entries.length > 0)) {
      isWhole = false;
      break;
    }
    entries.push({ number, message: JSON.parse(text) as JsonObject });
  }
  return { ...BOARD_APP, act: 'entries', ...papersOf(id, directory), after, entries, whole: isWhole };
}

/** Takes an entry that its author's signature proves. True where the content is one, kept or not. */
export function takeEntry(parts: BoardDeskParts, content: Content, message: ReliableMessage): boolean {
  const { store, directory, crypto, nowS, later } = parts;
  const { group } = content;
  if (group === undefined || !isGroup(group) || !message.isBroadcast) return false;
  if (content.kind !== 'text' && content.json['mod'] !== BOARD_APP.mod) return false;
  const board = readBoard(group, directory);
  const text = messageToText(message);
  if (!board.ok || text.length > ENTRY_CHARS_MAX) return true;
  const entry = readEntry(group, message, directory, crypto, nowS());
  if (!entry.ok || !mayEnter(board.value, entry.value)) return true;
  if (isShutOut(parts, group, entry.value.author)) return true;
  const founder = board.value.state.owner.bare;
  later(() => {
    if (!store.hasBoard(group.bare)) {
      const known = store.boards(BOARDS_MAX);
      if (known.length >= BOARDS_MAX) return;
      const own = known.filter((other) => founderOf(other, directory) === founder);
      if (own.length >= BOARDS_PER_FOUNDER_MAX) return;
    }
    const timeMs = entry.value.timeS * 1000;
    store.addEntry(group.bare, { key: entryKey(message), text, timeMs }, BOARD_ENTRIES_MAX);
  });
  return true;
}

const founderOf = (board: string, directory: Directory) => {
  const id = parseId(board);
  const read = id.ok ? readBoard(id.value, directory) : id;
  return read.ok ? read.value.state.owner.bare : undefined;
};

/** Whom the leaders shut out takes no more place. */
function isShutOut({ store, directory, crypto, nowS }: BoardDeskParts, id: DimpId, author: DimpId): boolean {
  const board = readBoard(id, directory);
  if (!board.ok) return true;
  const acts = store.entries(id.bare, 0, BOARD_ENTRIES_MAX).flatMap(({ text }) => {
    // Most entries are posts: only acts are worth proving here.
    if (!text.includes('shut')) return [];
    const message = parseMessage(text);
    if (!message.ok || !leadsGroup(board.value.state, message.value.sender)) return [];
    const entry = readEntry(id, message.value, directory, crypto, nowS());
    return entry.ok ? [entry.value] : [];
  });
  return boardContents(board.value, acts).shutOut.includes(author.bare);
}
