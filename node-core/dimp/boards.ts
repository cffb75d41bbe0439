// Public boards: what somebody founds as a group whose bulletin says that it is a board, and where entries are signed
// messages for everybody, kept by stations. Whoever reads it judges it: entries are proven by their authors' signatures,
// and what the board's leaders hid or whom they shut out is proven by theirs. A station can leave entries out, not make them.

import type { Result } from '../base/index.ts';
import { bytesToHex, concatBytes, ok, refuse, sha256, utf8ToBytes } from '../base/index.ts';
import type { Content } from './content/index.ts';
import { contentFields } from './content/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import { readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { GroupState } from './groups.ts';
import { foundGroup, leadsGroup } from './groups.ts';
import type { DimpId } from './ids.ts';
import { isGroup, sameId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { isJsonObject } from './json.ts';
import { CLOCK_SKEW_S } from './limits.ts';
import type { ReliableMessage } from './message.ts';
import { openWithKey, verifyMessage } from './open.ts';

/** The member of a bulletin that makes a group a board: who may write on it, and what it is about. */
const BOARD_PROPERTY = 'board';
/** What contents about boards begin with. */
export const BOARD_APP = { app: 'dipnet', mod: 'board' } as const;
/** Characters of one entry as a message. */
export const ENTRY_CHARS_MAX = 65_536;
const NAME_CHARS_MAX = 60;
const ABOUT_CHARS_MAX = 500;

export type BoardPosting = 'everybody' | 'leaders';
export type Board = {
  readonly state: GroupState;
  readonly name: string;
  readonly about: string;
  readonly posting: BoardPosting;
};

export const boardProperty = (posting: BoardPosting, about: string): JsonObject => ({
  [BOARD_PROPERTY]: { posting, about },
});

/** The board of an ID; refused where its papers are not known or say that it is none. */
export function readBoard(id: DimpId, contacts: Contacts): Result<Board> {
  const state = foundGroup(id, contacts);
  if (!state.ok) return state;
  const bulletin = contacts.documents(id).find(({ type }) => type === 'bulletin');
  const said = bulletin?.properties[BOARD_PROPERTY];
  if (!isGroup(id) || !isJsonObject(said)) return refuse(dimpFault('dimp.board.none'));
  const { posting, about } = said;
  const name = bulletin?.properties['name'];
  return ok({
    state: state.value,
    name: typeof name === 'string' ? name.slice(0, NAME_CHARS_MAX) : '',
    about: typeof about === 'string' ? about.slice(0, ABOUT_CHARS_MAX) : '',
    posting: posting === 'leaders' ? 'leaders' : 'everybody',
  });
}

export type BoardAct =
  | { readonly act: 'open' }
  | { readonly act: 'hide' | 'show'; readonly target: string }
  | { readonly act: 'shut' | 'admit'; readonly member: DimpId };

/** One proven entry. */
export type BoardEntry = {
  /** The same for the same entry, however often it is signed again. */
  readonly key: string;
  readonly author: DimpId;
  readonly timeS: number;
  readonly what: { readonly kind: 'post'; readonly text: string } | ({ readonly kind: 'act' } & BoardAct);
};

/** Of what was signed and by whom: a signature has more than one form. */
export function entryKey({ sender, signedBytes }: ReliableMessage): string {
  return bytesToHex(sha256(concatBytes(utf8ToBytes(`${sender.bare}\n`), signedBytes))).slice(0, 32);
}

/** Proves an entry and reads it; refused where it is none of this board. */
export function readEntry(
  board: DimpId,
  message: ReliableMessage,
  contacts: Contacts,
  crypto: DimpCrypto,
  nowS: number,
): Result<BoardEntry> {
  const verified = verifyMessage(message, contacts, crypto);
  if (!verified.ok) return verified;
  const opened = openWithKey(message, undefined, contacts);
  if (!opened.ok) return opened;
  const { content, timeS, isTimeSigned } = opened.value;
  const what = readWhat(content);
  const isOfBoard = content.group !== undefined && sameId(content.group, board);
  if (!message.isBroadcast || !isOfBoard || !isTimeSigned || what === undefined)
    return refuse(dimpFault('dimp.board.entry'));
  if (timeS > nowS + CLOCK_SKEW_S) return refuse(dimpFault('dimp.message.future'));
  return ok({ key: entryKey(message), author: message.sender, timeS, what });
}

function readWhat(content: Content): BoardEntry['what'] | undefined {
  const text = contentFields(content, 'text')?.text;
  if (text !== undefined) return text.trim() === '' ? undefined : { kind: 'post', text };
  const fields = contentFields(content, 'customized');
  if (fields?.app !== BOARD_APP.app || fields.mod !== BOARD_APP.mod) return undefined;
  const { target, member } = content.json;
  if (fields.act === 'open') return { kind: 'act', act: 'open' };
  if (fields.act === 'hide' || fields.act === 'show')
    return typeof target === 'string' ? { kind: 'act', act: fields.act, target } : undefined;
  const id = readId(member);
  if ((fields.act === 'shut' || fields.act === 'admit') && id !== undefined)
    return { kind: 'act', act: fields.act, member: id };
  return undefined;
}

/** Whether an entry counts on this board, whoever else it is that reads it. */
export function mayEnter({ state, posting }: Board, { author, what }: BoardEntry): boolean {
  if (leadsGroup(state, author)) return true;
  // Authors take back their own words; whether they are their own is judged where both are seen.
  if (what.kind === 'act') return what.act === 'hide';
  return posting === 'everybody';
}

export type BoardPost = {
  readonly key: string;
  readonly author: DimpId;
  readonly timeS: number;
  readonly text: string;
  /** Hidden by a leader, or taken back by its author. */
  readonly isHidden: boolean;
};
export type BoardContents = { readonly posts: readonly BoardPost[]; readonly shutOut: readonly string[] };

/** What stands on a board, the oldest first, whatever order entries came in. */
export function boardContents(board: Board, entries: readonly BoardEntry[]): BoardContents {
  const once = new Map(entries.filter((entry) => mayEnter(board, entry)).map((entry) => [entry.key, entry]));
  const sorted = [...once.values()].sort((a, b) => a.timeS - b.timeS || (a.key < b.key ? -1 : 1));
  const hidden = new Set<string>();
  const shutOut = new Set<string>();
  for (const { author, what } of sorted) {
    if (what.kind !== 'act') continue;
    if (what.act === 'hide') {
      const isOwn = once.get(what.target)?.author.bare === author.bare;
      if (isOwn || leadsGroup(board.state, author)) hidden.add(what.target);
    }
    if (what.act === 'show') hidden.delete(what.target);
    if (what.act === 'shut' && !leadsGroup(board.state, what.member)) shutOut.add(what.member.bare);
    if (what.act === 'admit') shutOut.delete(what.member.bare);
  }
  const posts = sorted.flatMap(({ key, author, timeS, what }): BoardPost[] =>
    what.kind === 'post'
      ? [{ key, author, timeS, text: what.text, isHidden: hidden.has(key) || shutOut.has(author.bare) }]
      : [],
  );
  return { posts, shutOut: [...shutOut] };
}
