// Public boards as a console has them: it founds some, asks its station for what stands on them, proves each entry, and
// leaves out whom an account does not want to read. Nothing of a board is stored here: stations keep it, for everybody.

import type { BoardCard, BoardChange, BoardDraft, BoardView, ChatMember } from '../../api/index.ts';
import type { Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type {
  Board,
  BoardEntry,
  Content,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  JsonValue,
} from '../../dimp/index.ts';
import {
  BOARD_APP,
  boardContents,
  boardProperty,
  createDocument,
  createNamedMeta,
  documentToJson,
  ENTITY_TYPES,
  isGroup,
  isJsonObject,
  leadsGroup,
  learnAttached,
  metaToId,
  metaToJson,
  parseId,
  parseInnerMessage,
  readBoard,
  readEntry,
} from '../../dimp/index.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';
import type { Correspondent } from './correspondent.ts';

export type BoardsParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly open: (actor: string) => Promise<Correspondent>;
  readonly nameOf: (actor: string, id: string) => ChatMember;
  readonly changed: () => void;
};

/** What a board is known to hold, and how far the station that was asked has told it. */
type Known = { readonly entries: Map<string, BoardEntry>; station: string; newest: number };

/** The station is asked for news of a board at most this often. */
const ASK_AGAIN_MS = 1000;
/** Boards that are held in memory; the one longest unread gives way. */
const HELD_MAX = 64;

export class Boards {
  readonly #parts: BoardsParts;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, number>();
  /** Boards of the station, as it listed them last. */
  #listed: readonly string[] = [];

  constructor(parts: BoardsParts) {
    this.#parts = parts;
  }

  /** Boards that an account follows, and those of its station. */
  async list(actor: string): Promise<BoardCard[]> {
    const correspondent = await this.#parts.open(actor);
    if (this.#mayAsk(`list ${actor}`)) correspondent.tellStation({ ...BOARD_APP, act: 'list' });
    const followed = this.#list(actor, 'followed');
    return [...new Set([...followed, ...this.#listed])].flatMap((text) => {
      const id = parseId(text);
      const board = id.ok ? readBoard(id.value, this.#parts.directory) : id;
      return id.ok && board.ok ? [this.#card(actor, id.value, board.value)] : [];
    });
  }

  async view(actor: string, text: string): Promise<Result<BoardView>> {
    const correspondent = await this.#parts.open(actor);
    const id = parseId(text);
    if (!id.ok || !isGroup(id.value)) return refuse(chatFault('chat.board.id', { id: text }));
    this.#ask(correspondent, id.value);
    const board = readBoard(id.value, this.#parts.directory);
    const state = correspondent.status().state === 'connected' ? 'here' : 'away';
    if (!board.ok) return ok({ state: state === 'here' ? 'asking' : 'away', posts: [] });
    const known = this.#known.get(id.value.bare);
    const { posts, shutOut } = boardContents(board.value, [...(known?.entries.values() ?? [])]);
    const muted = new Set(this.#list(actor, 'muted'));
    return ok({
      state: known === undefined && state === 'here' ? 'asking' : state,
      card: this.#card(actor, id.value, board.value),
      posts: posts.map(({ key, author, timeS, text: said, isHidden }) => ({
        key,
        author: this.#parts.nameOf(actor, author.bare),
        atMs: timeS * 1000,
        mine: author.bare === actor,
        shutOut: shutOut.includes(author.bare),
        muted: muted.has(author.bare),
        hidden: isHidden,
        // What is hidden is not handed out: no page can show it by mistake.
        text: isHidden || muted.has(author.bare) ? '' : said,
      })),
    });
  }

  #card(actor: string, id: DimpId, { state, name, about, posting }: Board): BoardCard {
    const me = parseId(actor);
    const leads = me.ok && leadsGroup(state, me.value);
    return {
      id: id.bare,
      name,
      about,
      posting,
      owner: this.#parts.nameOf(actor, state.owner.bare),
      following: this.#list(actor, 'followed').includes(id.bare),
      leads,
      mayPost: leads || posting === 'everybody',
    };
  }

  /** Founds a board and says so to all stations; its ID. */
  async found(actor: string, { name, about, posting }: BoardDraft): Promise<Result<string>> {
    const correspondent = await this.#parts.open(actor);
    const { crypto, directory, clock } = this.#parts;
    const { account } = correspondent;
    const [a = 0, b = 0, c = 0, d = 0] = crypto.random.bytes(4);
    const seed = `Board-${10_000 + ((((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % 999_990_000)}`;
    const meta = createNamedMeta(seed, account.identityKey, crypto);
    if (!meta.ok) return meta;
    const did = metaToId(meta.value, ENTITY_TYPES.group);
    if (did === undefined) return refuse(chatFault('chat.unknown'));
    const staff = { founder: account.id.bare, administrators: [], assistants: [] };
    const properties = { ...boardProperty(posting, about), ...staff, name };
    const nowS = clock.nowMs() / 1000;
    const bulletin = createDocument({ did, type: 'bulletin', properties, nowS }, account.identityKey, crypto);
    if (!bulletin.ok) return bulletin;
    const saved = directory.saveMeta(did, metaToJson(meta.value));
    if (!saved.ok) return saved;
    directory.saveDocument(documentToJson(bulletin.value), did, nowS);
    const papers = {
      did: did.bare,
      meta: metaToJson(meta.value),
      documents: [documentToJson(bulletin.value)],
    };
    correspondent.composing.publishCommand('documents', papers);
    this.#enter(correspondent, did, 'customized', { ...BOARD_APP, act: 'open' });
    this.#follow(actor, did.bare, true);
    return ok(did.bare);
  }

  async post(actor: string, text: string, said: string): Promise<Result<void>> {
    const board = await this.#board(actor, text);
    if (!board.ok) return board;
    if (said.trim() === '') return refuse(chatFault('chat.empty'));
    if (!board.value.card.mayPost) return refuse(chatFault('chat.board.closed'));
    this.#enter(board.value.correspondent, board.value.id, 'text', { text: said });
    return ok(undefined);
  }

  /** Follows or leaves a board; mutes for this account alone; hides and shuts out for everybody, where it leads. */
  async change(actor: string, text: string, change: BoardChange): Promise<Result<void>> {
    const board = await this.#board(actor, text);
    if (!board.ok) return board;
    const { correspondent, id, card } = board.value;
    if (change.act === 'follow' || change.act === 'leave') {
      this.#follow(actor, id.bare, change.act === 'follow');
      return ok(undefined);
    }
    if (change.act === 'mute' || change.act === 'unmute') {
      this.#change(actor, 'muted', change.member, change.act === 'mute');
      return ok(undefined);
    }
    const entry = 'target' in change ? this.#known.get(id.bare)?.entries.get(change.target) : undefined;
    const isOwn = change.act === 'hide' && entry?.author.bare === actor;
    if (!card.leads && !isOwn) return refuse(chatFault('chat.board.leads'));
    this.#enter(correspondent, id, 'customized', { ...BOARD_APP, ...change });
    return ok(undefined);
  }

  async #board(actor: string, text: string) {
    const correspondent = await this.#parts.open(actor);
    const id = parseId(text);
    const board = id.ok ? readBoard(id.value, this.#parts.directory) : id;
    if (!id.ok || !board.ok) return refuse(chatFault('chat.board.id', { id: text }));
    return ok({ correspondent, id: id.value, card: this.#card(actor, id.value, board.value) });
  }

  /** Signs an entry for everybody, and counts it at once. */
  #enter(correspondent: Correspondent, board: DimpId, kind: 'text' | 'customized', fields: JsonObject): void {
    const message = correspondent.composing.publish(kind, fields, board);
    if (message !== undefined) this.#takeEntry(board, message.json);
    this.#parts.changed();
  }

  #takeEntry(board: DimpId, json: JsonObject): void {
    const { directory, crypto, clock } = this.#parts;
    const parsed = parseInnerMessage(json);
    if (!parsed.ok) return;
    const nowS = clock.nowMs() / 1000;
    learnAttached(parsed.value, directory, nowS);
    const entry = readEntry(board, parsed.value, directory, crypto, nowS);
    if (entry.ok) this.#hold(board.bare).entries.set(entry.value.key, entry.value);
  }

  #hold(board: string): Known {
    const known = this.#known.get(board) ?? { entries: new Map(), station: '', newest: 0 };
    this.#known.delete(board);
    this.#known.set(board, known);
    for (const old of this.#known.keys()) if (this.#known.size > HELD_MAX) this.#known.delete(old);
    return known;
  }

  #mayAsk(what: string): boolean {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs - (this.#asked.get(what) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return false;
    if (this.#asked.size > HELD_MAX) this.#asked.clear();
    this.#asked.set(what, nowMs);
    return true;
  }

  #ask(correspondent: Correspondent, board: DimpId, isMore = false): void {
    const station = correspondent.status().id;
    if (station === undefined || (!isMore && !this.#mayAsk(board.bare))) return;
    const known = this.#known.get(board.bare);
    // Each station has numbers of its own.
    const after = known?.station === station ? known.newest : 0;
    correspondent.tellStation({ ...BOARD_APP, act: 'query', board: board.bare, after });
  }

  /** What the station says of boards. */
  heard(correspondent: Correspondent, { json }: Content): void {
    if (json['app'] !== BOARD_APP.app || json['mod'] !== BOARD_APP.mod) return;
    if (json['act'] === 'boards' && Array.isArray(json['boards'])) {
      const boards = json['boards'].flatMap((papers) => this.#learnPapers(papers) ?? []);
      this.#listed = boards.map(({ bare }) => bare);
    }
    if (json['act'] === 'entries') this.#takePage(correspondent, json);
    this.#parts.changed();
  }

  #takePage(correspondent: Correspondent, json: JsonObject): void {
    const board = this.#learnPapers(json);
    const { entries } = json;
    if (board === undefined || !Array.isArray(entries)) return;
    const known = this.#hold(board.bare);
    known.station = correspondent.status().id ?? '';
    for (const item of entries) {
      if (!isJsonObject(item)) continue;
      const { number, message } = item;
      if (isJsonObject(message)) this.#takeEntry(board, message);
      if (typeof number === 'number' && number > known.newest) known.newest = number;
    }
    if (json['whole'] === false && entries.length > 0) this.#ask(correspondent, board, true);
  }

  /** Papers prove themselves; whose board it is follows from them. */
  #learnPapers(papers: JsonValue | undefined): DimpId | undefined {
    const { directory, clock } = this.#parts;
    if (!isJsonObject(papers)) return undefined;
    const id = parseId(String(papers['did']));
    const founder = parseId(String(papers['founder']));
    if (!id.ok || !isGroup(id.value)) return undefined;
    if (founder.ok && isJsonObject(papers['founder_meta']))
      directory.saveMeta(founder.value, papers['founder_meta']);
    if (isJsonObject(papers['meta'])) directory.saveMeta(id.value, papers['meta']);
    const documents = papers['documents'];
    for (const item of Array.isArray(documents) ? documents : [])
      directory.saveDocument(item, id.value, clock.nowMs() / 1000);
    return id.value;
  }

  #list(actor: string, kind: 'followed' | 'muted'): readonly string[] {
    const text = this.#parts.store.choice(`boards-${kind}/${actor}`);
    return text === undefined ? [] : (JSON.parse(text) as string[]);
  }

  #follow(actor: string, board: string, follows: boolean): void {
    this.#change(actor, 'followed', board, follows);
  }

  #change(actor: string, kind: 'followed' | 'muted', id: string, isIn: boolean): void {
    const others = this.#list(actor, kind).filter((one) => one !== id);
    this.#parts.store.putChoice(`boards-${kind}/${actor}`, JSON.stringify(isIn ? [...others, id] : others));
    this.#parts.changed();
  }
}
