// The messenger of this console: its accounts as users of a station, which is its own unless another is chosen; contacts,
// chats with people, and a chat for each order. It starts when it is first asked for.

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import type {
  AskedPrice,
  CallEntryView,
  ChatCard,
  ChatHit,
  ChatMember,
  ChatView,
  MessageView,
  MessengerView,
  StrangerPrice,
} from '../../api/index.ts';
import { MESSAGES_PAGE } from '../../api/index.ts';
import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { ok, refuse, unwrap } from '../../base/index.ts';
import type {
  Account,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  JsonValue,
  OpenedMessage,
  ReliableMessage,
} from '../../dimp/index.ts';

import {
  createAccount,
  createDirectory,
  createEccKey,
  createRsaKey,
  documentToJson,
  groupReaders,
  isBroadcast,
  isUser,
  leadsGroup,
  MACHINE_PROPERTY,
  MESSAGE_AGE_MAX_S,
  mayWrite,
  parseId,
  parseJson,
  parsePrivateKey,
  privateKeyToJson,
  RSA_BITS_NEW,
  searchNumber,
} from '../../dimp/index.ts';
import type { MlsDevice, OwnPackage } from '../../dimp/mls/index.ts';
import { createPackage, mlsProperty, ownPackageToText, parseOwnPackage } from '../../dimp/mls/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { createSqliteKv } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { EventBus } from '../services/event-bus.ts';
import type { Identities } from '../services/identities.ts';
import type { Orders } from '../services/orders.ts';
import type { Parties } from '../services/parties.ts';
import { AccountTransfer } from './account-transfer.ts';
import type { WayTo } from './amending.ts';
import { Amending } from './amending.ts';
import { AskedPrices } from './asked-price.ts';
import type { NewFile } from './attachments.ts';
import { Attachments } from './attachments.ts';
import { Boards } from './boards.ts';
import { CallDesk } from './call-desk.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatState, ChatStore, SearchPart, StoredMessage } from './chat-store.ts';
import { createChatStore } from './chat-store.ts';
import type { ConsoleWord } from './console-words.ts';
import { Correspondent, makeTerminal } from './correspondent.ts';
import { OrderChats } from './order-chats.ts';
import { Safety } from './safety.ts';
import type { ServiceTerms } from './service-counter.ts';
import { type StationAddress, withOfferedTls } from './station-address.ts';
import type { StationCarrier } from './station-carrier.ts';
import { createStationCarrier } from './station-carrier.ts';
import { openStationHome } from './station-home.ts';
import type { StationServer } from './station-server.ts';
import { openStationServer } from './station-server.ts';

export type MessengerParts = {
  readonly database: Sqlite;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  readonly bus: EventBus;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly orders: Pick<Orders, 'list' | 'get'>;
  /** Folder of the console's own station. */
  readonly stationFolder: string;
  /** Signs for what the station brings, where its operator is a provider. */
  readonly receipts?: {
    delivered(actor: string, message: ReliableMessage): void;
    connected(actor: string): void;
    heard(actor: string, content: JsonObject): void;
  };
  /** What the console's own station says of names. */
  readonly accountOf?: (name: string) => Promise<string | undefined>;
  /** What somebody has locked on the chain that this console knows. */
  readonly readStake?: ReadStake;
  /** Whom receipts at the console's own station are for. */
  readonly serviceTerms?: () => ServiceTerms | undefined;
};

/** Which messages of a chat are asked for: the newest, unless one of these is given. */
export type ChatPart = { readonly before?: number | undefined; readonly around?: number | undefined };

/** Of one of these. */
export type GroupChange = {
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly appoint?: { readonly id: string; readonly administrator: boolean } | undefined;
  readonly leave?: boolean | undefined;
  readonly rename?: string | undefined;
};

function parseIds(texts: readonly string[]): Result<readonly DimpId[]> {
  const ids: DimpId[] = [];
  for (const text of texts) {
    const id = parseId(text);
    if (!id.ok || !isUser(id.value) || isBroadcast(id.value))
      return refuse(chatFault('chat.id', { id: text }));
    ids.push(id.value);
  }
  return ok(ids);
}

/** `actor` is the account of this console that it was said to. */
export type WordListener = (actor: string, sender: string, act: string, data: Bytes) => void;

/** Machines of this console that have an account of their own here. */
export type Residents = {
  /** Those that answer messages, with their owners. */
  list(): readonly { readonly id: string; readonly owner: string }[];
  /** @throws FaultError where it is none of this console's. */
  keyPair(id: string): KeyPair;
  /** What its visa says beside the keys. */
  properties(id: string): Promise<JsonObject>;
};

/** `actor` is the account of this console, a person's or a machine's, that it was said to. */
export type MachineListener = (actor: string, opened: OpenedMessage) => void;

/** How long is waited for machines to be known at the station. */
const ADMIT_STEP_MS = 50;
const ADMIT_STEPS_MAX = 100;
/** What a search shows, the newest. */
const HITS_MAX = 50;
const STATION_CHOICE = 'station';
const TERMINAL = 'terminal';
/** The file as it was at the last start. */
const FILE_CHOICE = 'file';
/** A visa's package is replaced after this time. */
const PACKAGE_MS = 3 * 24 * 3600 * 1000;

export class Messenger {
  readonly #parts: MessengerParts;
  readonly #crypto: DimpCrypto = createDimpCrypto();
  readonly #store: ChatStore;
  readonly #directory: Directory;
  readonly safety: Safety;
  readonly #askedPrices: AskedPrices;
  readonly amending: Amending;
  readonly calls: CallDesk;
  readonly boards: Boards;
  /** Accounts as files. */
  readonly transfer: AccountTransfer;
  readonly #orderChats: OrderChats;
  readonly #unlisten: () => void;
  readonly #correspondents = new Map<string, Promise<Correspondent>>();
  readonly #running = new Map<string, Correspondent>();
  readonly #carriers = new Map<string, StationCarrier>();
  readonly files: Attachments;
  #own: Promise<StationServer> | undefined;
  #ownPort = 0;
  #isClosed = false;
  readonly #listeners = new Map<string, WordListener>();
  #residents: Residents | undefined;
  readonly #machines = new Set<string>();
  #areMachinesDue = false;
  #onMachine: MachineListener | undefined;

  constructor(parts: MessengerParts) {
    this.#parts = parts;
    this.#store = createChatStore(parts.database, parts.vault, this.#crypto.random);
    this.#directory = createDirectory(createSqliteKv(parts.database), this.#crypto);
    // What is deleted is overwritten: used keys are to be gone.
    parts.database.pragma('secure_delete = ON');
    this.#forgetCopiedSessions();
    this.amending = new Amending({
      store: this.#store,
      wayTo: (actor, chat) => this.#wayTo(actor, chat),
      nameOf: (actor, id) => this.#member(actor, id),
      changed: (chat) => parts.bus.changed('messages', chat),
    });
    this.#orderChats = new OrderChats({
      ...parts,
      store: this.#store,
      directory: this.#directory,
      groupsOf: (actor) => this.#running.get(actor)?.groups,
      changed: (chat) => parts.bus.changed('messages', chat),
    });
    this.#unlisten = parts.bus.listen((event) => {
      if (event.type !== 'changed' || event.topic !== 'orders') return;
      for (const actor of this.#running.keys()) if (!this.#machines.has(actor)) void this.#learnOrders(actor);
    });
    this.boards = new Boards({
      ...parts,
      store: this.#store,
      directory: this.#directory,
      crypto: this.#crypto,
      open: (actor) => this.#open(actor),
      nameOf: (actor, id) => this.#member(actor, id),
      changed: () => parts.bus.changed('messages', 'boards'),
    });
    this.transfer = new AccountTransfer({
      ...parts,
      store: this.#store,
      directory: this.#directory,
      crypto: this.#crypto,
      random: this.#crypto.random,
      open: (actor) => this.#open(actor),
      changed: () => parts.bus.changed('messages'),
    });
    this.#askedPrices = new AskedPrices(parts, (actor, fields) => this.tellStation(actor, fields));
    this.safety = new Safety({
      store: this.#store,
      directory: this.#directory,
      crypto: this.#crypto,
      terminal: this.#terminal(),
      open: (actor) => this.#open(actor),
      nameOf: (actor, id) => this.#member(actor, id).name,
      changed: (chat) => parts.bus.changed('messages', chat),
    });
    this.calls = new CallDesk({
      store: this.#store,
      clock: parts.clock,
      random: this.#crypto.random,
      device: this.#terminal(),
      correspondent: (actor) => this.#running.get(actor),
      nameOf: (actor, id) => this.#member(actor, id).name,
      changed: () => parts.bus.changed('calls'),
      filed: (chat) => parts.bus.changed('messages', chat),
    });
    this.files = new Attachments({
      ...parts,
      store: this.#store,
      folder: join(dirname(parts.database.name), 'chat-files'),
      random: this.#crypto.random,
      address: () => this.#address(),
      carrier: (owner) => this.#carriers.get(owner),
      onChange: (chat) => parts.bus.changed('messages', chat),
      announce: async (owner, message, content, also) => {
        const chat = this.#store.chatOf(owner, message) ?? '';
        const way = await this.#wayTo(owner, chat);
        if (!way.ok) return way;
        way.value.correspondent.composing.announce(message, chat, content, way.value, also);
        return ok(undefined);
      },
    });
  }

  async view(actor: string): Promise<MessengerView> {
    const correspondent = await this.#open(actor);
    const number = searchNumber(correspondent.id);
    const { host, port } = this.#address();
    const own = this.#choice() === undefined;
    return {
      id: correspondent.id.bare,
      ...(number === undefined ? {} : { searchNumber: number }),
      station: { host, port, own, ...correspondent.status() },
      unread: this.#cards(actor).reduce((sum, { unread }) => sum + unread, 0),
    };
  }

  /** Chats, the latest first. */
  async chats(actor: string): Promise<ChatCard[]> {
    await this.#open(actor);
    await this.#learnOrders(actor);
    return this.#cards(actor).sort((a, b) => (b.last?.atMs ?? 0) - (a.last?.atMs ?? 0));
  }

  /** A part of a chat: messages before one, on both sides of one, or the newest. */
  async chat(actor: string, chat: string, part: ChatPart = {}): Promise<Result<ChatView>> {
    await this.#open(actor);
    if (chat.startsWith('o:') && this.#store.chat(actor, chat) === undefined) await this.#learnOrders(actor);
    const state = this.#store.chat(actor, chat);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    const { around } = part;
    const before = around === undefined ? (part.before ?? Number.MAX_SAFE_INTEGER) : around + 1;
    const page = this.#store.messages(actor, chat, before, MESSAGES_PAGE + 1);
    const later =
      around === undefined ? [] : this.#store.laterMessages(actor, chat, around, MESSAGES_PAGE + 1);
    const messages = [...page.slice(0, MESSAGES_PAGE).reverse(), ...later.slice(0, MESSAGES_PAGE)];
    return ok({
      chat: { ...this.#card(actor, state), ...this.#protection(actor, chat) },
      messages: messages.map((message) => this.#messageView(actor, message)),
      hasOlder: page.length > MESSAGES_PAGE,
      hasNewer: part.before !== undefined || later.length > MESSAGES_PAGE,
    });
  }

  /** `replyTo`: the number of the message that it answers. */
  async send(actor: string, chat: string, text: string, replyTo?: number): Promise<Result<number>> {
    if (text.trim() === '') return refuse(chatFault('chat.empty'));
    const way = await this.#wayTo(actor, chat);
    if (!way.ok) return way;
    const origin = replyTo === undefined ? ok(undefined) : this.amending.originOf(actor, chat, replyTo);
    if (!origin.ok) return origin;
    const { correspondent, receivers, order } = way.value;
    const id = correspondent.composing.send(chat, text, receivers, { order, reply: origin.value });
    correspondent.settings.setDraft(chat, '');
    this.#parts.bus.changed('messages', chat);
    return ok(id);
  }

  /** A file as a message of its own, which goes out when the station has the file. */
  async sendFile(actor: string, chat: string, file: NewFile): Promise<Result<number>> {
    const way = await this.#wayTo(actor, chat);
    if (!way.ok) return way;
    const prepared = await this.files.prepare(file);
    if (!prepared.ok) return prepared;
    const atMs = this.#parts.clock.nowMs();
    const timerS = this.#store.chat(actor, chat)?.timerS ?? 0;
    const gone = timerS === 0 ? {} : { goneMs: atMs + timerS * 1000 };
    const key = this.#crypto.random.bytes(16);
    const message = { chat, sender: actor, atMs, text: prepared.value.name, bound: true, key, ...gone };
    const number = this.#store.transact(() => {
      const added = this.#store.addMessage(actor, message) ?? 0;
      this.#store.addAttachment(actor, added, prepared.value, { outgoing: true, state: 'moving' });
      return added;
    });
    const started = this.files.start(actor, number);
    return started.ok ? ok(number) : started;
  }

  /** By whom and to whom a message of this chat goes, where one may be sent. */
  async #wayTo(actor: string, chat: string): Promise<Result<WayTo>> {
    const correspondent = await this.#open(actor);
    const state = this.#store.chat(actor, chat);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    if (state.blocked) return refuse(chatFault('chat.blocked'));
    const order = chat.startsWith('o:') ? chat.slice(2) : undefined;
    const members = this.#membersOf(actor, chat).map(({ id }) => id);
    const isOut = order !== undefined && !members.includes(actor);
    const readers = chat.startsWith('g:')
      ? correspondent.groups.readers(chat.slice(2))
      : isOut
        ? refuse(chatFault('chat.group.out'))
        : ok(members);
    if (!readers.ok) return readers;
    const receivers = readers.value.filter((id) => id !== actor);
    if (order !== undefined) this.#orderChats.ensure(actor, order);
    const isDowngraded = receivers.some((receiver) => {
      const peer = parseId(receiver);
      return peer.ok && correspondent.isDowngraded(peer.value);
    });
    if (isDowngraded) return refuse(chatFault('chat.downgrade'));
    return ok({ correspondent, receivers, order });
  }

  async markRead(actor: string, chat: string, through: number): Promise<void> {
    const state = this.#store.chat(actor, chat);
    if (state === undefined || state.read >= through) return;
    this.#store.markRead(actor, chat, through);
    const reference = this.#store.message(actor, through)?.ref;
    if (reference !== undefined) (await this.#open(actor)).composing.tellRead(chat, reference);
    this.#parts.bus.changed('messages', chat);
  }

  saveDraft(actor: string, chat: string, text: string): void {
    const running = this.#running.get(actor);
    if (running === undefined) this.#store.saveDraft(actor, chat, text);
    else running.settings.setDraft(chat, text);
    this.#parts.bus.changed('messages', chat);
  }

  async search(actor: string, query: string): Promise<ChatHit[]> {
    await this.#open(actor);
    const words = query
      .toLocaleLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found: StoredMessage[] = [];
    let before: number | undefined = words.length === 0 ? undefined : Number.MAX_SAFE_INTEGER;
    while (before !== undefined && found.length < HITS_MAX) {
      const part: SearchPart = this.#store.searchPart(actor, words, before);
      found.push(...part.hits);
      before = part.next;
      await soon();
      if (this.#isClosed) return [];
    }
    return found.slice(0, HITS_MAX).map((message) => ({
      chat: message.chat,
      title: this.#titleOf(actor, message.chat),
      message: this.#messageView(actor, message),
    }));
  }

  /** Adds a person by ID or account, or names one anew. */
  async addContact(actor: string, text: string, name: string): Promise<Result<string>> {
    const correspondent = await this.#open(actor);
    const id = parseId(text);
    const isPerson =
      id.ok && isUser(id.value) && !isBroadcast(id.value) && id.value.address.kind !== 'unknown';
    if (!isPerson) return refuse(chatFault('chat.id', { id: text }));
    const { bare } = id.value;
    if (bare === actor) return refuse(chatFault('chat.self'));
    const chat = `p:${bare}`;
    correspondent.settings.setName(chat, name);
    correspondent.learn(id.value);
    this.#parts.bus.changed('messages', chat);
    return ok(chat);
  }

  async block(actor: string, chat: string, blocked: boolean): Promise<Result<void>> {
    const correspondent = await this.#open(actor);
    if (!chat.startsWith('p:') || this.#store.chat(actor, chat) === undefined)
      return refuse(chatFault('chat.unknown'));
    if (blocked) this.calls.endWith(actor, chat.slice(2));
    this.#store.block(actor, chat, blocked);
    const all = this.#store.chats(actor).filter((one) => one.blocked && one.chat.startsWith('p:'));
    correspondent.tellBlocked(all.map((one) => one.chat.slice(2)));
    this.#parts.bus.changed('messages', chat);
    return ok(undefined);
  }

  /** Nobody is told of what comes into this chat; it is counted as ever. */
  async mute(actor: string, chat: string, muted: boolean): Promise<Result<void>> {
    const { settings } = await this.#open(actor);
    if (this.#store.chat(actor, chat) === undefined) return refuse(chatFault('chat.unknown'));
    settings.setMuted(chat, muted);
    this.#parts.bus.changed('messages', chat);
    return ok(undefined);
  }

  /** What strangers have to show before their messages come through; empty where nothing is asked. */
  price(actor: string): StrangerPrice {
    const text = this.#store.choice(`price/${actor}`);
    return text === undefined ? {} : (JSON.parse(text) as StrangerPrice);
  }

  /** What somebody asks of this account before its messages come through, as far as it is known yet. */
  async askedPrice(actor: string, chat: string): Promise<AskedPrice> {
    await this.#open(actor);
    return chat.startsWith('p:') ? this.#askedPrices.of(actor, chat.slice(2)) : {};
  }

  /** Kept here, and told to the station now and at every login. */
  async setPrice(actor: string, { workBits, stakeMicro }: StrangerPrice): Promise<void> {
    const correspondent = await this.#open(actor);
    const price = {
      ...(workBits === undefined ? {} : { workBits }),
      ...(stakeMicro === undefined ? {} : { stakeMicro }),
    };
    this.#store.putChoice(`price/${actor}`, JSON.stringify(price));
    correspondent.tellPrice();
    this.#parts.bus.changed('messages');
  }

  /** Another station for all accounts; undefined for the console's own. */
  async useStation(choice: StationAddress | undefined): Promise<void> {
    this.#store.putChoice(STATION_CHOICE, choice === undefined ? undefined : JSON.stringify(choice));
    await this.#ownStation();
    for (const correspondent of this.#correspondents.values()) (await correspondent).reconnect();
    await this.attend();
    this.#parts.bus.changed('messages');
  }

  /** Which station carries the messages, and whether it stays away; undefined before anybody asked for messages. */
  async standing(): Promise<
    (StationAddress & { readonly own: boolean; readonly away: boolean }) | undefined
  > {
    const correspondents = await Promise.all(this.#correspondents.values());
    if (correspondents.length === 0) return undefined;
    const away = correspondents.every((one) => one.status().state === 'away');
    return { ...this.#address(), own: this.#choice() === undefined, away };
  }

  /** The console's own station, which runs from now on whatever station the console itself uses. */
  station(): Promise<StationServer> {
    this.#own ??= this.#openOwn();
    return this.#own;
  }

  /** Accounts that are away hear of it when they are back. */
  tellStation(actor: string, fields: JsonObject): void {
    this.#running.get(actor)?.tellStation(fields);
  }

  /** Says something to another console now or not at all; false where it could not be sent. */
  async say(actor: string, receiver: string, word: ConsoleWord): Promise<boolean> {
    const to = parseId(receiver);
    if (!to.ok || this.#isClosed) return false;
    return (await this.#open(actor)).say(to.value, word);
  }

  /** Hears what other consoles say about a subject, from the moment the messenger runs. One listener a subject. */
  onWord(subject: string, listener: WordListener): void {
    this.#listeners.set(subject, listener);
  }

  /** Lets machines have accounts here; what is said to them, and what machines elsewhere answer, goes to the listener. */
  admit(residents: Residents, listener: MachineListener): void {
    this.#residents = residents;
    this.#onMachine = listener;
    this.#areMachinesDue = true;
  }

  /** A machine of this console answers messages from now on, where this console has anything to do with messages. */
  async admitNow(): Promise<void> {
    const [first] = this.#parts.identities.people();
    this.#areMachinesDue = true;
    if (first !== undefined && !this.#isClosed) await this.#open(first.address);
    const machines = await Promise.all([...this.#machines].map((id) => this.#correspondents.get(id)));
    // Who is asked about before the station knows them stays unknown for a while.
    for (let step = 0; step < ADMIT_STEPS_MAX && !this.#isClosed; step++) {
      if (machines.every((machine) => machine?.station !== undefined)) return;
      await this.#parts.clock.sleep(ADMIT_STEP_MS);
    }
  }

  /** Says something of machines to another account now or not at all; false where it could not be sent. */
  async sayNow(actor: string, receiver: string, fields: JsonObject): Promise<boolean> {
    const to = parseId(receiver);
    if (!to.ok || this.#isClosed) return false;
    const from = this.#running.get(actor) ?? (await this.#open(actor));
    return from.sayNow(to.value, fields);
  }

  /** A machine of this console answers somebody in words. */
  answerInWords(machine: string, receiver: string, text: string): void {
    this.#running.get(machine)?.answerInWords(receiver, text);
  }

  /** What the newest visas of an account say under a name, and whether they are known at all. */
  saidOf(id: string, property: string): JsonValue | undefined {
    const parsed = parseId(id);
    return parsed.ok ? this.#directory.documents(parsed.value)[0]?.properties[property] : undefined;
  }

  /** Runs from the start where others can reach this console: at a station that was chosen. */
  async attend(): Promise<void> {
    const [first] = this.#parts.identities.people();
    if (this.#choice() !== undefined && first !== undefined) await this.#open(first.address);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.calls.close();
    await this.files.close();
    for (const carrier of this.#carriers.values()) carrier.close();
    this.#unlisten();
    await Promise.allSettled([...this.#correspondents.keys()].map((actor) => this.#orderChats.idle(actor)));
    const all = await Promise.allSettled(this.#correspondents.values());
    for (const one of all) if (one.status === 'fulfilled') await one.value.close();
    const own = await this.#own?.catch(() => undefined);
    await own?.close();
  }

  #choice(): StationAddress | undefined {
    const text = this.#store.choice(STATION_CHOICE);
    return text === undefined ? undefined : (JSON.parse(text) as StationAddress);
  }

  #address(): StationAddress {
    return this.#choice() ?? { host: '127.0.0.1', port: this.#ownPort };
  }

  /** All accounts of this console are users together: they are each other's first contacts. */
  async #open(actor: string): Promise<Correspondent> {
    const people = this.#parts.identities.people().map(({ address }) => address);
    // Throws for an account that is not of this console.
    this.#parts.identities.keyPair(actor);
    await this.#ownStation();
    for (const address of people) {
      if (this.#isClosed || this.#correspondents.has(address)) continue;
      this.#correspondents.set(address, this.#start(address, people));
    }
    if (this.#areMachinesDue) this.#startMachines();
    const found = this.#correspondents.get(actor);
    if (found === undefined) throw new Error('the messenger is closed');
    return found;
  }

  #startMachines(): void {
    this.#areMachinesDue = false;
    for (const { id, owner } of this.#residents?.list() ?? []) {
      if (this.#isClosed || this.#correspondents.has(id)) continue;
      this.#store.addChat(owner, `p:${id}`);
      this.#machines.add(id);
      this.#correspondents.set(id, this.#start(id, undefined));
    }
  }

  /** Without people it is a machine's. */
  async #start(address: string, people: readonly string[] | undefined): Promise<Correspondent> {
    const account = await this.#account(address, people === undefined);
    this.#directory.saveMeta(account.id, account.meta.json);
    const nowS = this.#parts.clock.nowMs() / 1000;
    if (account.visa !== undefined)
      this.#directory.saveDocument(documentToJson(account.visa), account.id, nowS);
    this.#settleAll(account.id.bare);
    this.#store.transact(() => {
      for (const other of people ?? []) if (other !== address) this.#store.addChat(address, `p:${other}`);
    });
    const { clock, log, bus, receipts } = this.#parts;
    const correspondent = new Correspondent({
      account,
      store: this.#store,
      directory: this.#directory,
      crypto: this.#crypto,
      clock,
      log,
      terminal: this.#terminal(),
      suite: await loadMlsSuite(),
      address: () => withOfferedTls(this.#address()),
      membersOf: (order) => this.#orderChats.speakers(address, order),
      orderOf: (group) => this.#orderChats.orderOf(address, group),
      groupOf: (order) => this.#orderChats.groupOf(address, order),
      onGroupCommand: (...command) => this.#orderChats.heard(address, ...command),
      onOrder: (order) => this.#lookForOrder(address, order),
      onChange: (chat) => bus.changed('messages', chat),
      onTampered: () => bus.publish({ type: 'notice', level: 'warning', fault: chatFault('chat.tampered') }),
      onCall: (opened) => this.calls.hear(address, opened),
      onLearned: (id) => {
        this.#settleAll(id.bare);
        bus.changed('messages');
      },
      onDelivered: (message) => receipts?.delivered(address, message),
      onConnected: () => receipts?.connected(address),
      onStation: (content) => {
        receipts?.heard(address, content.json);
        const heard = this.#running.get(address);
        if (heard !== undefined) this.boards.heard(heard, content);
        this.#askedPrices.heard(address, content);
      },
      onWord: (sender, { subject, act, data }) =>
        this.#listeners.get(subject)?.(address, sender.bare, act, data),
      isMachine: people === undefined,
      onMachine: (opened) => this.#onMachine?.(address, opened),
    });
    this.#running.set(address, correspondent);
    const crypto = this.#crypto;
    const user = { account, crypto, clock, station: () => correspondent.station };
    this.#carriers.set(address, createStationCarrier({ address: () => this.#address(), user }));
    this.files.resume(address);
    if (people !== undefined) void this.#learnOrders(address);
    return correspondent;
  }

  /** What waited for somebody's keys may go on, in all accounts that are there. */
  #settleAll(id: string): void {
    for (const one of this.#correspondents.values())
      one.then(
        (correspondent) => correspondent.settle(id),
        (error) => this.#parts.log('error', 'chat.account', { error }),
      );
  }

  /** The identity is the account's own key; the key that others encrypt with is made once and kept sealed. */
  async #account(address: string, isMachine: boolean): Promise<Account> {
    const { identities, clock } = this.#parts;
    const stored = parseJson(this.#store.keys(address));
    const parsed = stored.ok ? parsePrivateKey(stored.value) : undefined;
    const kept = parsed?.ok ? parsed.value : undefined;
    const visaKey = kept ?? createRsaKey(await this.#crypto.rsa.generate(RSA_BITS_NEW));
    if (visaKey === undefined) throw new Error('a fresh key is sound');
    if (kept === undefined) this.#store.putKeys(address, JSON.stringify(privateKeyToJson(visaKey)));
    const residents = isMachine ? this.#residents : undefined;
    const name = identities.people().find((person) => person.address === address)?.name ?? '';
    const said = (await residents?.properties(address)) ?? { name };
    const { secretKey } = residents?.keyPair(address) ?? identities.keyPair(address);
    const identityKey = createEccKey(secretKey);
    const id = unwrap(parseId(address));
    const terminal = this.#terminal();
    const published = await this.#publishedPackage({ id, terminal, identityKey });
    const properties: JsonObject = { ...said, app_id: 'dipnet.console', ...mlsProperty(published) };
    const request = { identityKey, visaKey, terminal, properties, nowS: clock.nowMs() / 1000 };
    return unwrap(await createAccount(request, this.#crypto));
  }

  /**
   * The package of the visa, for those who have no other. Its keys are kept as long as a message that used it may be on its
   * way, and then deleted.
   */
  async #publishedPackage(device: MlsDevice): Promise<OwnPackage> {
    const owner = device.id.bare;
    const nowMs = this.#parts.clock.nowMs();
    const known = this.#store.secrets(owner, 'package', '');
    for (const old of known)
      if (nowMs - old.atMs > PACKAGE_MS + MESSAGE_AGE_MAX_S * 1000)
        this.#store.dropSecret(owner, 'package', '', old.id);
    const [newest] = known;
    const young = newest !== undefined && nowMs - newest.atMs < PACKAGE_MS;
    const kept = young ? parseOwnPackage(newest.body) : undefined;
    if (kept !== undefined) return kept;
    const context = { suite: await loadMlsSuite(), contacts: this.#directory, crypto: this.#crypto };
    const made = unwrap(await createPackage(device, context));
    const body = ownPackageToText(made);
    this.#store.putSecret(owner, 'package', { peer: '', id: made.name, body, atMs: nowMs });
    return made;
  }

  /**
   * A file that is another one than at the last start was copied, or brought back from a copy: the sessions in it may have
   * gone on elsewhere, and a key must not be used twice.
   */
  #forgetCopiedSessions(): void {
    const { ino, birthtimeMs } = statSync(this.#parts.database.name);
    const file = `${ino} ${Math.trunc(birthtimeMs)}`;
    const known = this.#store.choice(FILE_CHOICE);
    if (known === file) return;
    if (known !== undefined) this.#store.forgetSessions();
    this.#store.putChoice(FILE_CHOICE, file);
  }

  #terminal(): string {
    const known = this.#store.choice(TERMINAL);
    if (known !== undefined) return known;
    const fresh = makeTerminal(this.#crypto);
    this.#store.putChoice(TERMINAL, fresh);
    return fresh;
  }

  /** The station of this console, unless another was chosen. */
  async #ownStation(): Promise<void> {
    if (this.#choice() !== undefined || this.#isClosed) return;
    this.#ownPort = (await this.station()).port;
  }

  async #openOwn(): Promise<StationServer> {
    const { stationFolder, clock, log, serviceTerms, accountOf, readStake } = this.#parts;
    const home = unwrap(await openStationHome(stationFolder, this.#crypto, clock.nowMs() / 1000));
    const { account, databasePath, filesPath, neighbours, names, listen } = home;
    const paths = { databasePath, filesPath };
    const parts = { account, ...paths, neighbours, names, crypto: this.#crypto, clock, log };
    const terms = {
      ...(serviceTerms === undefined ? {} : { serviceTerms }),
      ...(accountOf === undefined ? {} : { accountOf }),
      ...(readStake === undefined ? {} : { readStake }),
    };
    return unwrap(await openStationServer({ ...parts, ...terms, host: listen.host, port: listen.port ?? 0 }));
  }

  /** Orders give their chats. */
  async #learnOrders(actor: string): Promise<void> {
    if (!this.#isClosed) await this.#orderChats.learn(actor);
  }

  async #lookForOrder(actor: string, order: string): Promise<void> {
    await this.#learnOrders(actor);
    if (this.#orderChats.speakers(actor, order) === undefined) await this.#orderChats.look(actor, order);
    (await this.#correspondents.get(actor))?.settle();
  }

  /** Calls somebody to mediate in a disputed order, or agrees to whom the other party has called. */
  async callMediator(actor: string, chat: string, id: string): Promise<Result<void>> {
    await this.#open(actor);
    if (!chat.startsWith('o:')) return refuse(chatFault('chat.unknown'));
    return this.#orderChats.call(actor, chat.slice(2), id);
  }

  /** A group with these people; its chat. */
  async foundGroup(actor: string, name: string, members: readonly string[]): Promise<Result<string>> {
    const { groups } = await this.#open(actor);
    const ids = parseIds(members);
    const founded = ids.ok ? groups.found(name, ids.value) : ids;
    this.#parts.bus.changed('messages');
    return founded;
  }

  async changeGroup(actor: string, chat: string, change: GroupChange): Promise<Result<void>> {
    const { groups } = await this.#open(actor);
    const group = chat.slice(2);
    const [add, remove] = [parseIds(change.add ?? []), parseIds(change.remove ?? [])];
    const appointed = parseIds(change.appoint === undefined ? [] : [change.appoint.id]);
    if (!add.ok) return add;
    if (!remove.ok) return remove;
    if (!appointed.ok) return appointed;
    const [member] = appointed.value;
    const done = change.leave
      ? groups.leave(group)
      : change.rename !== undefined
        ? groups.rename(group, change.rename)
        : member !== undefined
          ? groups.appoint(group, member, change.appoint?.administrator === true)
          : groups.change(group, add.value, remove.value);
    this.#parts.bus.changed('messages', chat);
    return done;
  }

  #groupOf(actor: string, chat: string): ChatCard['group'] {
    const state = chat.startsWith('g:') ? this.#running.get(actor)?.groups.state(chat.slice(2)) : undefined;
    const me = parseId(actor);
    if (state === undefined || !me.ok) return undefined;
    return {
      owner: state.owner.bare,
      administrators: state.administrators.map(({ bare }) => bare),
      waiting: state.waiting.map(({ bare }) => this.#member(actor, bare)),
      leads: leadsGroup(state, me.value),
      member: mayWrite(state, me.value),
    };
  }

  #membersOf(actor: string, chat: string): readonly ChatMember[] {
    if (chat.startsWith('g:')) {
      const state = this.#running.get(actor)?.groups.state(chat.slice(2));
      return (state === undefined ? [] : groupReaders(state)).map(({ bare }) => this.#member(actor, bare));
    }
    if (chat.startsWith('o:')) {
      const members = this.#orderChats.members(actor, chat.slice(2)) ?? [];
      return members.map((member) => (member.name === '' ? this.#member(actor, member.id) : member));
    }
    return [this.#member(actor, chat.slice(2)), this.#member(actor, actor)];
  }

  /** What I call somebody; else what the console, the chain or the person's own visa does. */
  #member(actor: string, id: string): ChatMember {
    const mine = this.#store.chat(actor, `p:${id}`)?.name ?? '';
    const party = this.#parts.parties.party(id);
    const name = mine || party.name || party.handle || '';
    if (name !== '') return { id, name };
    const parsed = parseId(id);
    const said = parsed.ok ? this.#directory.documents(parsed.value)[0]?.properties['name'] : undefined;
    return { id, name: typeof said === 'string' ? said.slice(0, 40) : '' };
  }

  /** How a message to several people would go, and to whom without forward secrecy. */
  #protection(actor: string, chat: string): Pick<ChatCard, 'secrecy' | 'plain'> {
    const correspondent = this.#running.get(actor);
    if (correspondent === undefined || chat.startsWith('p:')) return {};
    const others = this.#membersOf(actor, chat).filter(({ id }) => id !== actor);
    const known = others.flatMap((member) => {
      const id = parseId(member.id);
      return id.ok ? [{ member, secrecy: correspondent.secrecyOf(id.value) }] : [];
    });
    if (known.length === 0) return {};
    const has = (wanted: ChatCard['secrecy']) => known.some(({ secrecy }) => secrecy === wanted);
    const secrecy = (['downgraded', 'static', 'unknown'] as const).find(has) ?? 'forward';
    const plain = known.filter((one) => one.secrecy === 'static' || one.secrecy === 'downgraded');
    return { secrecy, plain: plain.map(({ member }) => member) };
  }

  #titleOf(actor: string, chat: string): string {
    if (chat.startsWith('o:')) return this.#orderChats.title(actor, chat.slice(2));
    if (chat.startsWith('g:')) return this.#running.get(actor)?.groups.nameOf(chat.slice(2)) ?? '';
    return this.#member(actor, chat.slice(2)).name;
  }

  #cards(actor: string): ChatCard[] {
    const chats = this.#store.chats(actor);
    // The group of an order that came before the order itself was known.
    const isOrders = (chat: string) =>
      chat.startsWith('g:') && this.#orderChats.orderOf(actor, chat.slice(2)) !== undefined;
    return chats.filter(({ chat }) => !isOrders(chat)).map((state) => this.#card(actor, state));
  }

  #card(actor: string, { chat, read, draft, blocked, muted, timerS }: ChatState): ChatCard {
    const peer = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
    const { alert, verified } = this.#store.peer(actor, chat.slice(2));
    const group = this.#groupOf(actor, chat);
    const nameOf = (id: string) => this.#member(actor, id).name;
    const order = chat.startsWith('o:') ? this.#orderChats.view(actor, chat.slice(2), nameOf) : undefined;
    const correspondent = this.#running.get(actor);
    const isMachine = peer?.ok === true && this.saidOf(peer.value.bare, MACHINE_PROPERTY) !== undefined;
    const secrecy = peer?.ok && correspondent !== undefined ? correspondent.secrecyOf(peer.value) : undefined;
    const [last] = this.#store.messages(actor, chat, Number.MAX_SAFE_INTEGER, 1);
    return {
      id: chat,
      kind: chat.startsWith('o:') ? 'order' : chat.startsWith('g:') ? 'group' : 'person',
      ...(isMachine ? { machine: true } : {}),
      title: this.#titleOf(actor, chat),
      members: [...this.#membersOf(actor, chat)],
      ...(last === undefined
        ? {}
        : {
            last: {
              id: last.id,
              text: last.text.slice(0, 200),
              atMs: last.atMs,
              mine: last.sender === actor,
              ...(last.view?.isDeleted ? { deleted: true } : {}),
              ...this.#callOf(last),
            },
          }),
      unread: this.#store.unread(actor, chat, read),
      draft,
      blocked,
      muted,
      ...(secrecy === undefined ? {} : { secrecy }),
      alert,
      verified,
      timerS,
      ...(group === undefined ? {} : { group }),
      ...(order === undefined ? {} : { order }),
    };
  }

  #messageView(actor: string, message: StoredMessage): MessageView {
    const { id, sender, text, atMs, bound, secrecy, goneMs } = message;
    const mine = sender === actor;
    const states = mine ? this.#store.deliveryStates(id) : [];
    const reason = states.find(({ state }) => state === 'refused')?.reason;
    const call = this.#callOf(message);
    const has = (...wanted: readonly string[]) => states.some(({ state }) => wanted.includes(state));
    const file = this.files.view(actor, id);
    const isOnItsWay = file?.outgoing === true && mine && file.state !== 'ready';
    const state = has('refused')
      ? 'refused'
      : isOnItsWay || has('unsealed', 'sealed')
        ? 'waiting'
        : states.length > 0 && states.every((one) => one.state === 'received')
          ? 'received'
          : 'sent';
    return {
      id,
      from: this.#member(actor, sender),
      mine,
      text,
      atMs,
      bound,
      state,
      ...(secrecy === undefined ? {} : { secrecy }),
      ...(goneMs === undefined ? {} : { goneMs }),
      ...(file === undefined ? {} : { file }),
      ...(reason === undefined ? {} : { reason }),
      ...this.amending.marksOf(actor, message),
      ...call,
    };
  }

  /** Of the line of a call, how it went. */
  #callOf({ id, text }: StoredMessage): { readonly call?: CallEntryView } {
    const call = text === '' ? this.#store.call(id) : undefined;
    if (call === undefined) return {};
    const { isIncoming: incoming, video, outcome, lengthMs, isLost: lost } = call;
    return { call: { incoming, video, outcome, lengthMs, lost } };
  }
}
