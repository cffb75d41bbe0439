// The messenger of this console: its accounts as users of a station, which is its own unless another is chosen; contacts,
// chats with people, and a chat for each order. It starts when it is first asked for.

import { dirname, join } from 'node:path';
import type {
  AskedPrice,
  ChatCard,
  ChatHit,
  ChatView,
  MessengerView,
  StrangerPrice,
} from '../../api/index.ts';
import type { Bytes, Clock, Log, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { DimpCrypto, Directory, JsonObject, JsonValue, ReliableMessage } from '../../dimp/index.ts';
import { createDirectory, isBroadcast, isUser, parseId, searchNumber } from '../../dimp/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
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
import type { ChatStore } from './chat-store.ts';
import { createChatStore } from './chat-store.ts';
import { type ChatPart, ChatViews } from './chat-views.ts';
import { ConsoleDevice } from './console-device.ts';
import type { ConsoleWord } from './console-words.ts';
import type { AccountEvents, MachineListener, Residents } from './correspondents.ts';
import { Correspondents } from './correspondents.ts';
import { changeGroupOf, foundGroupOf, type GroupChange } from './group-acts.ts';
import { OrderChats } from './order-chats.ts';
import { Safety } from './safety.ts';
import type { ServiceTerms } from './service-counter.ts';
import type { StationAddress } from './station-address.ts';
import type { StationServer } from './station-server.ts';
import { UsedStation } from './used-station.ts';

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

/** `actor` is the account of this console that it was said to. */
export type WordListener = (actor: string, sender: string, act: string, data: Bytes) => void;
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
  readonly #device: ConsoleDevice;
  readonly #station: UsedStation;
  readonly #accounts: Correspondents;
  readonly #views: ChatViews;
  readonly files: Attachments;
  #isClosed = false;
  readonly #listeners = new Map<string, WordListener>();

  constructor(parts: MessengerParts) {
    this.#parts = parts;
    this.#store = createChatStore(parts.database, parts.vault, this.#crypto.random);
    this.#directory = createDirectory(createSqliteKv(parts.database), this.#crypto);
    // What is deleted is overwritten: used keys are to be gone.
    parts.database.pragma('secure_delete = ON');
    const { bus } = parts;
    const shared = {
      ...parts,
      store: this.#store,
      directory: this.#directory,
      crypto: this.#crypto,
      random: this.#crypto.random,
      open: (actor: string) => this.#accounts.open(actor),
      running: (actor: string) => this.#accounts.running(actor),
      changed: (chat?: string) => bus.changed('messages', chat),
    };
    const memberOf = (actor: string, id: string) => this.#views.member(actor, id);
    const nameOf = (actor: string, id: string) => memberOf(actor, id).name;
    this.#device = new ConsoleDevice(shared);
    this.#station = new UsedStation(shared);
    const wayTo = (actor: string, chat: string) => this.#wayTo(actor, chat);
    this.amending = new Amending({ ...shared, wayTo, nameOf: memberOf });
    this.#orderChats = new OrderChats({
      ...shared,
      groupsOf: (actor) => this.#accounts.running(actor)?.groups,
    });
    const [orderChats, amending] = [this.#orderChats, this.amending];
    this.#views = new ChatViews({ ...shared, orderChats, amending, files: () => this.files });
    this.#accounts = new Correspondents({
      ...shared,
      station: this.#station,
      device: this.#device,
      events: (address) => this.#eventsOf(address),
      started: (address, isMachine) => {
        this.files.resume(address);
        if (!isMachine) void this.#learnOrders(address);
      },
    });
    this.#unlisten = bus.listen((event) => {
      if (event.type !== 'changed' || event.topic !== 'orders') return;
      for (const actor of this.#accounts.people()) void this.#learnOrders(actor);
    });
    this.boards = new Boards({
      ...shared,
      nameOf: memberOf,
      changed: () => bus.changed('messages', 'boards'),
    });
    this.transfer = new AccountTransfer(shared);
    this.#askedPrices = new AskedPrices(parts, (actor, fields) => this.tellStation(actor, fields));
    const terminal = this.#device.terminal();
    this.safety = new Safety({ ...shared, terminal, nameOf });
    this.calls = new CallDesk({
      ...shared,
      device: terminal,
      correspondent: shared.running,
      nameOf,
      changed: () => bus.changed('calls'),
      filed: shared.changed,
    });
    this.files = this.#openFiles(shared.changed);
  }

  #openFiles(onChange: (chat: string | undefined) => void): Attachments {
    return new Attachments({
      ...this.#parts,
      store: this.#store,
      folder: join(dirname(this.#parts.database.name), 'chat-files'),
      random: this.#crypto.random,
      address: () => this.#station.address(),
      publicAddress: () => this.#station.publicAddress(),
      carrier: (owner) => this.#accounts.carrier(owner),
      onChange,
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
    const correspondent = await this.#accounts.open(actor);
    const number = searchNumber(correspondent.id);
    const { host, port } = this.#station.address();
    const own = this.#station.isOwn();
    return {
      id: correspondent.id.bare,
      ...(number === undefined ? {} : { searchNumber: number }),
      station: { host, port, own, ...correspondent.status() },
      unread: this.#views.cards(actor).reduce((sum, { unread }) => sum + unread, 0),
    };
  }

  /** Chats, the latest first. */
  async chats(actor: string): Promise<ChatCard[]> {
    await this.#accounts.open(actor);
    await this.#learnOrders(actor);
    return this.#views.cards(actor).sort((a, b) => (b.last?.atMs ?? 0) - (a.last?.atMs ?? 0));
  }

  /** A part of a chat: messages before one, on both sides of one, or the newest. */
  async chat(actor: string, chat: string, part: ChatPart = {}): Promise<Result<ChatView>> {
    await this.#accounts.open(actor);
    if (chat.startsWith('o:') && this.#store.chat(actor, chat) === undefined) await this.#learnOrders(actor);
    const state = this.#store.chat(actor, chat);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    return ok(this.#views.page(actor, state, part));
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
    const correspondent = await this.#accounts.open(actor);
    const state = this.#store.chat(actor, chat);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    if (state.blocked) return refuse(chatFault('chat.blocked'));
    const order = chat.startsWith('o:') ? chat.slice(2) : undefined;
    const members = this.#views.membersOf(actor, chat).map(({ id }) => id);
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
    if (reference !== undefined) (await this.#accounts.open(actor)).composing.tellRead(chat, reference);
    this.#parts.bus.changed('messages', chat);
  }

  saveDraft(actor: string, chat: string, text: string): void {
    const running = this.#accounts.running(actor);
    if (running === undefined) this.#store.saveDraft(actor, chat, text);
    else running.settings.setDraft(chat, text);
    this.#parts.bus.changed('messages', chat);
  }

  async search(actor: string, query: string): Promise<ChatHit[]> {
    await this.#accounts.open(actor);
    return this.#views.search(actor, query, () => !this.#isClosed);
  }

  /** Adds a person by ID or account, or names one anew. */
  async addContact(actor: string, text: string, name: string): Promise<Result<string>> {
    const correspondent = await this.#accounts.open(actor);
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
    const correspondent = await this.#accounts.open(actor);
    if (!chat.startsWith('p:') || this.#store.chat(actor, chat) === undefined)
      return refuse(chatFault('chat.unknown'));
    correspondent.settings.setBlocked(chat, blocked);
    this.#parts.bus.changed('messages', chat);
    return ok(undefined);
  }

  /** Nobody is told of what comes into this chat; it is counted as ever. */
  async mute(actor: string, chat: string, muted: boolean): Promise<Result<void>> {
    const { settings } = await this.#accounts.open(actor);
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
    await this.#accounts.open(actor);
    return chat.startsWith('p:') ? this.#askedPrices.of(actor, chat.slice(2)) : {};
  }

  /** Kept here, and told to the station now and at every login. */
  async setPrice(actor: string, { workBits, stakeMicro }: StrangerPrice): Promise<void> {
    const correspondent = await this.#accounts.open(actor);
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
    this.#station.use(choice);
    if (!this.#isClosed) await this.#station.ready();
    for (const correspondent of await this.#accounts.all()) correspondent.reconnect();
    await this.attend();
    this.#parts.bus.changed('messages');
  }

  /** Which station carries the messages, and whether it stays away; undefined before anybody asked for messages. */
  async standing(): Promise<
    (StationAddress & { readonly own: boolean; readonly away: boolean }) | undefined
  > {
    const correspondents = await this.#accounts.all();
    if (correspondents.length === 0) return undefined;
    const away = correspondents.every((one) => one.status().state === 'away');
    return { ...this.#station.address(), own: this.#station.isOwn(), away };
  }

  /** The console's own station, which runs from now on whatever station the console itself uses. */
  station(): Promise<StationServer> {
    return this.#station.own();
  }

  /** Accounts that are away hear of it when they are back. */
  tellStation(actor: string, fields: JsonObject): void {
    this.#accounts.running(actor)?.tellStation(fields);
  }

  /** Says something to another console now or not at all; false where it could not be sent. */
  async say(actor: string, receiver: string, word: ConsoleWord): Promise<boolean> {
    const to = parseId(receiver);
    if (!to.ok || this.#isClosed) return false;
    return (await this.#accounts.open(actor)).say(to.value, word);
  }

  /** Hears what other consoles say about a subject, from the moment the messenger runs. One listener a subject. */
  onWord(subject: string, listener: WordListener): void {
    this.#listeners.set(subject, listener);
  }

  /** Says something of machines to another account now or not at all; false where it could not be sent. */
  async sayNow(actor: string, receiver: string, fields: JsonObject): Promise<boolean> {
    const to = parseId(receiver);
    if (!to.ok || this.#isClosed) return false;
    const from = this.#accounts.running(actor) ?? (await this.#accounts.open(actor));
    return from.sayNow(to.value, fields);
  }

  /** A machine of this console answers somebody in words. */
  answerInWords(machine: string, receiver: string, text: string): void {
    this.#accounts.running(machine)?.answerInWords(receiver, text);
  }

  /** What the newest visas of an account say under a name, and whether they are known at all. */
  saidOf(id: string, property: string): JsonValue | undefined {
    const parsed = parseId(id);
    return parsed.ok ? this.#directory.documents(parsed.value)[0]?.properties[property] : undefined;
  }

  /** Runs from the start where others can reach this console: at a station that was chosen. */
  async attend(): Promise<void> {
    const [first] = this.#parts.identities.people();
    if (!this.#station.isOwn() && first !== undefined) await this.#accounts.open(first.address);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#accounts.stop();
    this.calls.close();
    await this.files.close();
    this.#unlisten();
    await Promise.allSettled(this.#accounts.addresses().map((actor) => this.#orderChats.idle(actor)));
    await this.#accounts.close();
    await this.#station.close();
  }

  /** Orders give their chats. */
  async #learnOrders(actor: string): Promise<void> {
    if (!this.#isClosed) await this.#orderChats.learn(actor);
  }

  async #lookForOrder(actor: string, order: string): Promise<void> {
    await this.#learnOrders(actor);
    if (this.#orderChats.speakers(actor, order) === undefined) await this.#orderChats.look(actor, order);
    await this.#accounts.settle(actor);
  }

  /** Calls somebody to mediate in a disputed order, or agrees to whom the other party has called. */
  async callMediator(actor: string, chat: string, id: string): Promise<Result<void>> {
    await this.#accounts.open(actor);
    if (!chat.startsWith('o:')) return refuse(chatFault('chat.unknown'));
    return this.#orderChats.call(actor, chat.slice(2), id);
  }

  /** A group with these people; its chat. */
  async foundGroup(actor: string, name: string, members: readonly string[]): Promise<Result<string>> {
    const { groups } = await this.#accounts.open(actor);
    const founded = foundGroupOf(groups, name, members);
    this.#parts.bus.changed('messages');
    return founded;
  }

  async changeGroup(actor: string, chat: string, change: GroupChange): Promise<Result<void>> {
    const { groups } = await this.#accounts.open(actor);
    const done = changeGroupOf(groups, chat.slice(2), change);
    this.#parts.bus.changed('messages', chat);
    return done;
  }

  /** Lets machines have accounts here; what is said to them, and what machines elsewhere answer, goes to the listener. */
  admit(residents: Residents, listener: MachineListener): void {
    this.#accounts.admit(residents, listener);
  }

  /** A machine of this console answers messages from now on, where this console has anything to do with messages. */
  admitNow(): Promise<void> {
    return this.#accounts.admitNow();
  }

  /** What an account tells the rest of the messenger. */
  #eventsOf(address: string): AccountEvents {
    const { bus, receipts } = this.#parts;
    return {
      membersOf: (order) => this.#orderChats.speakers(address, order),
      orderOf: (group) => this.#orderChats.orderOf(address, group),
      groupOf: (order) => this.#orderChats.groupOf(address, order),
      onGroupCommand: (...command) => this.#orderChats.heard(address, ...command),
      onOrder: (order) => this.#lookForOrder(address, order),
      onChange: (chat) => bus.changed('messages', chat),
      onTampered: () => bus.publish({ type: 'notice', level: 'warning', fault: chatFault('chat.tampered') }),
      onCall: (opened) => this.calls.hear(address, opened),
      onLearned: (id) => {
        this.#accounts.settleAll(id.bare);
        bus.changed('messages');
      },
      onBlocked: (chat) => this.calls.endWith(address, chat.slice(2)),
      onDelivered: (message) => receipts?.delivered(address, message),
      onConnected: () => receipts?.connected(address),
      onStation: (content) => {
        receipts?.heard(address, content.json);
        const heard = this.#accounts.running(address);
        if (heard !== undefined) this.boards.heard(heard, content);
        this.#askedPrices.heard(address, content);
      },
      onWord: (sender, { subject, act, data }) =>
        this.#listeners.get(subject)?.(address, sender.bare, act, data),
    };
  }
}
