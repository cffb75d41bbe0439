// One account of this console as a user of the messenger: its keys, its way to the station, what it takes in and what it
// sends. Everything that is taken or sent is in the file before anybody is told.

import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { bytesToHex, ok, unwrap } from '../../base/index.ts';
import { isCallContent } from '../../dimp/calls/index.ts';
import type { ClientEvents, IncomingMail } from '../../dimp/client/index.ts';
import { readFileContent } from '../../dimp/files/index.ts';
import type {
  Account,
  AmendmentAct,
  Content,
  ContentKind,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  OpenedMessage,
  ReliableMessage,
} from '../../dimp/index.ts';
import {
  amendmentFields,
  commandFields,
  contentFields,
  continueSequence,
  copyFields,
  createCommand,
  createContent,
  createReceipt,
  createRemovalVisa,
  createSerials,
  DOCUMENTS_MAX,
  deservesReceipt,
  EVERY_STATION,
  encodeTransportable,
  encryptionKeys,
  innerText,
  isBot,
  isMachineTalk,
  isStation,
  isUser,
  learnAttached,
  listDevices,
  messageReference,
  messageToText,
  openMessage,
  parseContent,
  parseId,
  parseMessage,
  RECEIPT_TEXTS,
  readAmendment,
  readDeviceNews,
  readMarkFields,
  readReply,
  receiptOrigin,
  replyFields,
  sealMessage,
  sealWithKey,
  sequenceField,
  startSequence,
} from '../../dimp/index.ts';
import type { MlsSuite } from '../../dimp/mls/index.ts';
import { readMlsContent } from '../../dimp/mls/index.ts';
import { messageKey, signatureText } from '../../dimp/station/index.ts';
import { fileAmendment, restand } from './amendment-book.ts';
import type { FileContent } from './attachments.ts';
import type { ChatStore, Delivery, NewMessage, Secrecy } from './chat-store.ts';
import { FOR_OWN_DEVICES, GROUP_COMMAND, NO_MESSAGE } from './chat-store.ts';
import { type ConsoleWord, wordFields, wordOf } from './console-words.ts';
import { GroupBook, ORDER_FIELD } from './group-book.ts';
import { ORDER } from './order-chats.ts';
import { OwnSettings } from './own-settings.ts';
import { withWork, workAsked } from './payment-of-work.ts';
import {
  innerKey,
  noteOwn,
  proofText,
  readChain,
  SecretLine,
  UNOPENED_MAX,
  writeChain,
} from './secret-line.ts';
import type { StationAddress } from './station-address.ts';
import type { StationLink } from './station-link.ts';
import { openStationLink } from './station-link.ts';

export type CorrespondentParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: string;
  readonly suite: MlsSuite;
  readonly address: () => StationAddress;
  /** The order that a group belongs to; undefined for all other groups. */
  readonly orderOf: (group: string) => string | undefined;
  /** A signed command of a group. */
  readonly onGroupCommand: (group: DimpId, command: OpenedMessage, text: string) => void;
  /** The group of an order, where it is known. */
  readonly groupOf: (orderId: string) => DimpId | undefined;
  /** Who is in the chat of an order; undefined where the order is not known yet. */
  readonly membersOf: (orderId: string) => readonly string[] | undefined;
  /** An order was named that is not known: look for it, then settle(). */
  readonly onOrder: (orderId: string) => Promise<void>;
  readonly onChange: (chat: string | undefined) => void;
  readonly onTampered: (fault: Fault) => void;
  /** Somebody said something about a call, and signed to whom. */
  readonly onCall: (opened: OpenedMessage) => void;
  /** Somebody's keys came: whoever waits for them may go on. */
  readonly onLearned: (id: DimpId) => void;
  /** Something genuine that somebody says was brought, for the first time or again. */
  readonly onDelivered: (message: ReliableMessage) => void;
  /** The station let this account in; what it says of itself. */
  readonly onConnected: () => void;
  readonly onStation: (content: Content) => void;
  /** Another console says something to this one, which is no chat and is kept nowhere. */
  readonly onWord: (sender: DimpId, word: ConsoleWord) => void;
  /** The account is a machine's, which keeps no chats: whatever is said to it is heard by this alone. */
  readonly isMachine: boolean;
  /** Somebody asks a machine of this console something, or a machine answers. */
  readonly onMachine: (opened: OpenedMessage) => void;
};

/** `reply`: what refers to the message that is answered. */
export type SendOptions = { readonly order?: string | undefined; readonly reply?: JsonObject | undefined };

type ChatStamp = {
  readonly timerS: number;
  readonly order: string | undefined;
  readonly group: DimpId | undefined;
  readonly atMs: number;
};

/** How often those are asked for whose keys messages wait for. */
const ASK_AGAIN_MS = 30_000;
/** Member of a content that says after how many seconds both sides are to forget it. */
const TIMER_FIELD = 'disappears';
const TIMER_MAX_S = 365 * 24 * 3600;
const LOOK_FOR_GONE_MS = 1000;
/** Faults that honest peers and stations do not cause. */
const TAMPERED = new Set(['dimp.message.forged', 'dimp.message.altered']);

export class Correspondent {
  readonly #parts: CorrespondentParts;
  readonly #owner: string;
  readonly #serial: () => number;
  readonly #link: StationLink;
  readonly #asking: NodeJS.Timeout;
  readonly #forgetting: NodeJS.Timeout;
  readonly #secret: SecretLine;
  readonly groups: GroupBook;
  /** What is set in the chats, here and on other devices. */
  readonly settings: OwnSettings;
  #fault: Fault | undefined;
  #isIntroduced = false;
  #isClosed = false;
  #paying: Promise<void> = Promise.resolve();

  constructor(parts: CorrespondentParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
    this.#serial = createSerials(parts.crypto.random);
    const { account, crypto, directory, clock, terminal, address, store } = parts;
    this.#link = openStationLink({
      account,
      crypto,
      directory,
      clock,
      terminal,
      address,
      wantsReceipts: false,
      outbox: {
        page: (after, limit) => store.toSend(this.#owner, after, limit),
        confirmed: (numbers) => {
          store.transact(() => store.sent(numbers));
          parts.onChange(undefined);
        },
      },
      events: this.#events(),
    });
    this.groups = new GroupBook({
      ...parts,
      serial: this.#serial,
      extras: this.#extras(),
      heard: parts.onGroupCommand,
      tell: (receiver, content) => {
        store.addDelivery(this.#owner, GROUP_COMMAND, receiver, innerText(content, crypto.random));
        this.#sealFor(receiver);
      },
      tellOwnDevices: (content) => {
        if (!this.#hasOtherDevices()) return;
        store.addDelivery(this.#owner, GROUP_COMMAND, this.#owner, innerText(content, crypto.random));
        this.#sealFor(this.#owner);
      },
    });
    this.#secret = new SecretLine({
      ...parts,
      serial: this.#serial,
      extras: this.#extras(),
      prepare: (opened) => this.#prepare(opened),
      file: (opened, { key, inner }) => {
        const proof = proofText(messageToText(opened.message), opened.key, inner);
        const seal = {
          secrecy: 'forward',
          proof,
          inner: innerKey(opened.message.sender.bare, inner),
        } as const;
        this.#file(opened, key, true, seal);
      },
      tellStation: (fields) => {
        const client = this.#link.client();
        client?.customized(fields);
        return client !== undefined;
      },
      pump: () => this.#link.pump(),
      answer: (sender) => this.#sealFor(sender),
    });
    this.settings = new OwnSettings({
      owner: this.#owner,
      store,
      clock,
      others: () => this.#otherTerminals(),
      tell: (fields) => {
        if (this.#link.client() === undefined) return false;
        this.#tellOwnDevices(fields);
        this.#sealFor(this.#owner);
        return true;
      },
      changed: (chat) => parts.onChange(chat),
    });
    this.#asking = setInterval(() => this.#askAll(), ASK_AGAIN_MS);
    this.#forgetting = setInterval(() => {
      if (store.forgetGone(clock.nowMs())) parts.onChange(undefined);
    }, LOOK_FOR_GONE_MS);
    this.#secret.open();
  }

  get id(): DimpId {
    return this.#parts.account.id;
  }

  /** Who the station has proven to be; undefined while this account is not logged in. */
  get station(): DimpId | undefined {
    return this.#link.client()?.station;
  }

  /** With its keys: for nothing but what its owner asks for. */
  get account(): Account {
    return this.#parts.account;
  }

  /** How the connection stands. */
  status() {
    const state = this.#link.state();
    const stationId = this.#link.client()?.station?.bare;
    const shown = state === 'running' ? 'connected' : state === 'away' ? 'away' : 'connecting';
    return {
      state: shown,
      ...(stationId === undefined ? {} : { id: stationId }),
      ...(this.#fault === undefined || shown === 'connected' ? {} : { fault: this.#fault }),
    } as const;
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  async close(): Promise<void> {
    clearInterval(this.#asking);
    clearInterval(this.#forgetting);
    this.#isClosed = true;
    await this.#paying;
    await this.#link.close();
    await this.#secret.close();
  }

  /** Their devices all speak MLS now. */
  speaksMls(id: DimpId): boolean {
    return this.#secret.speaks(id);
  }

  /** They could once do better than they say now: nothing goes to them before somebody decides so. */
  isDowngraded(id: DimpId): boolean {
    const { spoke, allowed } = this.#parts.store.peer(this.#owner, id.bare);
    return spoke && !allowed && encryptionKeys(id, this.#parts.directory).size > 0 && !this.speaksMls(id);
  }

  /** How the next message to them would go. */
  secrecyOf(id: DimpId): 'forward' | Secrecy | 'unknown' {
    if (encryptionKeys(id, this.#parts.directory).size === 0) return 'unknown';
    if (this.speaksMls(id)) return 'forward';
    return this.#parts.store.peer(this.#owner, id.bare).spoke ? 'downgraded' : 'static';
  }

  /** Says to the station and to everybody in a chat that a device of this account is none any more. */
  removeDevice(terminal: string): Result<void> {
    const { account, directory, crypto, clock, store } = this.#parts;
    const { id, identityKey, meta } = account;
    const timeS = clock.nowMs() / 1000;
    const visa = createRemovalVisa(id, terminal, timeS, identityKey, crypto);
    if (!visa.ok) return visa;
    const saved = directory.saveDocument(visa.value.json, id, timeS);
    if (!saved.ok) return saved;
    const fields = { did: id.bare, meta: meta.json, documents: [visa.value.json] };
    this.#link.client()?.command('documents', fields);
    const told = createCommand('documents', fields, { sn: this.#serial(), timeS });
    for (const { chat } of store.chats(this.#owner)) {
      if (!chat.startsWith('p:')) continue;
      store.addDelivery(this.#owner, undefined, chat.slice(2), JSON.stringify(told));
      this.#sealFor(chat.slice(2));
    }
    return ok(undefined);
  }

  /**
   * Says something to another console now or not at all: encrypted and signed, in no file of this console. False where it
   * could not be sent.
   */
  say(receiver: DimpId, word: ConsoleWord): boolean {
    return this.sayNow(receiver, wordFields(word));
  }

  /** The same with a content of another application. */
  sayNow(receiver: DimpId, fields: JsonObject): boolean {
    const { account, directory, crypto, clock } = this.#parts;
    const client = this.#link.client();
    if (client === undefined) return false;
    if (encryptionKeys(receiver, directory).size === 0) {
      this.learn(receiver);
      return false;
    }
    const timeS = clock.nowMs() / 1000;
    const content = createContent('customized', fields, this.#stamp());
    const sealed = sealMessage(
      { account, receiver, content, extras: this.#extras(), timeS },
      directory,
      crypto,
    );
    return sealed.ok && client.sendNow(messageToText(sealed.value));
  }

  /** How others get to know this account: with every message. */
  #extras(): JsonObject {
    const { meta, visa } = this.#parts.account;
    return { meta: meta.json, ...(visa === undefined ? {} : { visa: visa.json }) };
  }

  /** Takes a text into the history and on its way to each receiver. */
  send(chat: string, text: string, receivers: readonly string[], { order, reply }: SendOptions = {}): number {
    const words = reply === undefined ? { text } : replyFields(text, reply);
    return this.#post(chat, 'text', words, receivers, order);
  }

  /** Sends what changes an earlier message, of whoever said it; who may do what is judged as with everybody's. */
  amend(
    chat: string,
    act: AmendmentAct,
    text: string,
    receivers: readonly string[],
    { order, target }: { readonly order?: string | undefined; readonly target: JsonObject },
  ): number {
    const { kind, fields } = amendmentFields(act, text, target);
    return this.#post(chat, kind, fields, receivers, order);
  }

  /** Number and time of a content. */
  #stamp(atMs = this.#parts.clock.nowMs()) {
    return { sn: this.#serial(), timeS: atMs / 1000 };
  }

  /** What is said in a chat: with its timer, and the order that it belongs to. */
  #contentFor(kind: ContentKind, said: JsonObject, { timerS, order, group, atMs }: ChatStamp): JsonObject {
    const fields: JsonObject = {
      ...said,
      ...(order === undefined ? {} : { [ORDER_FIELD]: order }),
      ...(timerS === 0 ? {} : { [TIMER_FIELD]: timerS }),
    };
    return createContent(kind, fields, { ...this.#stamp(atMs), ...(group === undefined ? {} : { group }) });
  }

  #post(
    chat: string,
    kind: ContentKind,
    said: JsonObject,
    receivers: readonly string[],
    order: string | undefined,
  ): number {
    const { store, clock, crypto, account } = this.#parts;
    const atMs = clock.nowMs();
    const timerS = store.chat(this.#owner, chat)?.timerS ?? 0;
    const content = this.#contentFor(kind, said, { timerS, order, group: this.#groupOf(chat), atMs });
    const id = store.transact(() => {
      store.addChat(this.#owner, chat);
      const gone = timerS === 0 ? {} : { goneMs: atMs + timerS * 1000 };
      const key = crypto.random.bytes(16);
      const row = { chat, sender: this.#owner, atMs, bound: true, key, ...gone };
      const number = this.#keep(unwrap(parseContent(content)), account.id, row) ?? 0;
      for (const receiver of receivers)
        store.addDelivery(this.#owner, number, receiver, innerText(content, crypto.random));
      this.#copyToOwnDevices(chat, receivers, content, atMs);
      return number;
    });
    for (const receiver of [...receivers, this.#owner]) this.#sealFor(receiver);
    return id;
  }

  /** What says to other applications where something belongs: the group of a chat, or of its order. */
  #groupOf(chat: string): DimpId | undefined {
    return groupNamed(chat) ?? (chat.startsWith('o:') ? this.#parts.groupOf(chat.slice(2)) : undefined);
  }

  #copyToOwnDevices(chat: string, receivers: readonly string[], content: JsonObject, atMs: number): void {
    const receiver = groupNamed(chat)?.bare ?? receivers[0] ?? this.#owner;
    this.#tellOwnDevices(copyFields({ chat, sender: this.#owner, receiver, timeS: atMs / 1000, content }));
  }

  /** Other devices of this account, as their visas say. */
  #hasOtherDevices(): boolean {
    return this.#otherTerminals().length > 0;
  }

  #otherTerminals(): readonly string[] {
    const { account, directory, terminal } = this.#parts;
    return listDevices(account.id, directory).flatMap((device) =>
      device.isRemoved || device.terminal === terminal ? [] : (device.terminal ?? []),
    );
  }

  /** Puts something on its way to them, if there are any; it leaves when it is sealed. */
  #tellOwnDevices(fields: JsonObject): void {
    const { store, crypto } = this.#parts;
    if (!this.#hasOtherDevices()) return;
    const content = createContent('customized', fields, this.#stamp());
    store.addDelivery(this.#owner, FOR_OWN_DEVICES, this.#owner, innerText(content, crypto.random));
  }

  /** Shows this device's visa to the others, once: they may have asked for visas before it had one. */
  #introduce(): void {
    const { account, store } = this.#parts;
    if (this.#isIntroduced || account.visa === undefined || !this.#hasOtherDevices()) return;
    this.#isIntroduced = true;
    const fields = { did: account.id.bare, meta: account.meta.json, documents: [account.visa.json] };
    const told = createCommand('documents', fields, this.#stamp());
    store.addDelivery(this.#owner, undefined, this.#owner, JSON.stringify(told));
    this.#sealFor(this.#owner);
  }

  /** Says to other devices of this account that a chat was read so far. */
  tellRead(chat: string, reference: string): void {
    this.#tellOwnDevices(readMarkFields(chat, reference));
    this.#sealFor(this.#owner);
  }

  /** What another device of this account sent, or read. True where it was such. */
  #hearOwn(
    { message, content, protection, timeS }: OpenedMessage,
    key: Uint8Array,
    secrecy: Secrecy,
  ): boolean {
    const { store, onChange, clock, log } = this.#parts;
    const { sender } = message;
    const news = sender.bare === this.#owner ? readDeviceNews(content) : undefined;
    if (news === undefined) return false;
    if (news === 'void' || protection !== 'bound') {
      log('warn', 'chat.dropped', { code: 'chat.device', sender: sender.bare });
      return true;
    }
    if (news.kind === 'settings') {
      this.settings.hear(news.settings);
      store.markHandled(this.#owner, key, clock.nowMs());
      this.#thank(message, content);
      return true;
    }
    if (news.kind === 'read') {
      // What was read there may come here later.
      store.putChoice(`read/${this.#owner}/${news.chat}`, news.reference);
      this.#markRead(news.chat, news.reference);
    } else {
      const timerS = timerOf(news.content);
      const gone = timerS === 0 ? {} : { goneMs: clock.nowMs() + timerS * 1000 };
      const atMs = (news.content.timeS ?? timeS) * 1000;
      if (readAmendment(sender, news.content) === undefined) store.addChat(this.#owner, news.chat);
      const row = { chat: news.chat, sender: this.#owner, atMs, bound: true, key, secrecy, ...gone };
      // The same copy comes again where its session was begun anew.
      const isKnown = store.numberOf(this.#owner, messageReference(sender, news.content)) !== undefined;
      if (isKnown || this.#keep(news.content, sender, row) === undefined)
        store.markHandled(this.#owner, key, clock.nowMs());
    }
    this.#thank(message, content);
    onChange(news.chat);
    return true;
  }

  #markRead(chat: string, reference: string): void {
    const { store } = this.#parts;
    const number = store.numberOf(this.#owner, reference);
    if (number !== undefined && number > (store.chat(this.#owner, chat)?.read ?? 0))
      store.markRead(this.#owner, chat, number);
  }

  /** Writes a message into the history, as one to be shown or as what amends another; its number where it is new. */
  #keep(content: Content, sender: DimpId, row: Omit<NewMessage, 'text'>): number | undefined {
    const { store } = this.#parts;
    const amendment = readAmendment(sender, content);
    if (amendment === 'void') return undefined;
    if (amendment !== undefined) return fileAmendment(store, this.#owner, amendment, { ...row, text: '' });
    const file = readFileContent(content);
    const text =
      file?.name ??
      contentFields(content, 'text')?.text ??
      contentFields(content, 'quote')?.text ??
      `[${content.kind}]`;
    const ref = messageReference(sender, content);
    const origin = readReply(content);
    const marks = { ref, ...(origin === undefined ? {} : { origin }) };
    const number = store.addMessage(this.#owner, { ...row, text, ...marks });
    if (number !== undefined && file !== undefined) {
      const state = file.place.at === 'message' ? 'ready' : 'offered';
      store.addAttachment(this.#owner, number, file, { outgoing: false, state });
    }
    if (number === undefined) return undefined;
    restand(store, this.#owner, ref);
    if (store.choice(`read/${this.#owner}/${row.chat}`) === ref) this.#markRead(row.chat, ref);
    return number;
  }

  /** Says something about a call, protected like a message. It leaves when the transaction that it is part of is done. */
  signal(receiver: string, fields: JsonObject): void {
    const { store, crypto } = this.#parts;
    const content = createContent('customized', fields, this.#stamp());
    store.addDelivery(this.#owner, NO_MESSAGE, receiver, innerText(content, crypto.random));
    queueMicrotask(() => this.#sealFor(receiver));
  }

  /** A text that is in no chat of this account, as a machine answers one. */
  answerInWords(receiver: string, text: string): void {
    const { store, crypto } = this.#parts;
    const content = createContent('text', { text }, this.#stamp());
    store.addDelivery(this.#owner, NO_MESSAGE, receiver, innerText(content, crypto.random));
    queueMicrotask(() => this.#sealFor(receiver));
  }

  /** Sends what a message of the history stands for, now that it can be had. `also` is part of the transaction. */
  announce(
    message: number,
    chat: string,
    { kind, fields }: FileContent,
    readers: { readonly receivers: readonly string[]; readonly order?: string | undefined },
    also: () => void,
  ): void {
    const { store, clock, crypto, account } = this.#parts;
    const timerS = store.chat(this.#owner, chat)?.timerS ?? 0;
    const atMs = clock.nowMs();
    const stamp = { timerS, order: readers.order, group: this.#groupOf(chat), atMs };
    const content = this.#contentFor(kind, fields, stamp);
    store.transact(() => {
      // It may have disappeared meanwhile.
      if (store.chatOf(this.#owner, message) === undefined) return;
      store.nameMessage(message, messageReference(account.id, unwrap(parseContent(content))));
      for (const receiver of readers.receivers)
        store.addDelivery(this.#owner, message, receiver, innerText(content, crypto.random));
      this.#copyToOwnDevices(chat, readers.receivers, content, atMs);
      also();
    });
    for (const receiver of [...readers.receivers, this.#owner]) this.#sealFor(receiver);
  }

  /** Asks the station who somebody is, where that is not known. */
  learn(id: DimpId): void {
    if (encryptionKeys(id, this.#parts.directory).size === 0) this.#link.client()?.query(id);
  }

  /** A content for the station's own programs; nothing happens where it is away. */
  tellStation(fields: JsonObject): void {
    this.#link.client()?.customized(fields);
  }

  /** Signs an entry of a board for everybody and puts it on its way to all stations; undefined where it cannot be. */
  publish(kind: ContentKind, fields: JsonObject, group: DimpId): ReliableMessage | undefined {
    return this.#publish(createContent(kind, fields, { ...this.#stamp(), group }), group);
  }

  /** Tells all stations something that proves itself. */
  publishCommand(name: 'documents', fields: JsonObject): void {
    this.#publish(createCommand(name, fields, this.#stamp()));
  }

  #publish(content: JsonObject, group?: DimpId): ReliableMessage | undefined {
    const { account, store, directory, crypto, clock } = this.#parts;
    const [timeS, extras] = [clock.nowMs() / 1000, this.#extras()];
    const outer = group === undefined ? {} : { group };
    const request = { account, receiver: EVERY_STATION, content, timeS, extras, ...outer };
    const sealed = sealMessage(request, directory, crypto);
    if (!sealed.ok) return undefined;
    const wire = messageToText(sealed.value);
    store.transact(() => {
      store.addDelivery(this.#owner, undefined, EVERY_STATION.bare, '{}');
      for (const { number } of store.unsealed(this.#owner, EVERY_STATION.bare))
        store.sealDelivery({ number, wire, signature: signatureText(sealed.value.signature) });
    });
    this.#link.pump();
    return sealed.value;
  }

  /** Tells the station whom this account does not want to hear from. */
  tellBlocked(ids: readonly string[]): void {
    this.#link.client()?.command('block', { list: ids });
  }

  /** Tries again what waited for somebody's keys, or for an order. */
  settle(sender?: string): void {
    const { store } = this.#parts;
    for (const stranger of store.strangerSenders(this.#owner)) {
      if (sender !== undefined && stranger !== sender) continue;
      for (const { id, wire } of store.strangers(this.#owner, stranger)) {
        const parsed = parseMessage(wire);
        store.transact(() => {
          if (!parsed.ok || this.#takeOne(parsed.value, wire, true)) store.removeStranger(id);
        });
      }
    }
    this.#secret.open();
    // After them: what was taken in is answered.
    for (const receiver of store.unsealedReceivers(this.#owner))
      if (sender === undefined || receiver === sender) this.#sealFor(receiver);
  }

  #events(): ClientEvents {
    const { store, log } = this.#parts;
    return {
      take: (mails: readonly IncomingMail[]) => {
        store.transact(() => {
          for (const { message, text } of mails)
            if (!this.#takeOne(message, text, false))
              store.addStranger(this.#owner, message.sender.bare, text);
        });
        this.#secret.open();
        for (const sender of new Set(mails.map(({ message }) => message.sender.bare))) this.#sealFor(sender);
      },
      fromStation: (content) => this.#hearStation(content),
      learned: (id) => {
        if (id.bare === this.#owner) {
          this.#introduce();
          this.settings.tell();
        }
        this.#parts.onLearned(id);
      },
      state: (state) => {
        if (state === 'running') {
          this.#fault = undefined;
          this.#secret.fund.connected();
          this.settle();
          this.settings.tell();
          this.tellPrice();
          this.#askAll();
          // Other devices of this account, to list them.
          this.#link.client()?.query(this.id);
          this.#parts.onConnected();
        }
        this.#parts.onChange(undefined);
      },
      failed: (fault) => {
        this.#fault = fault;
        log('warn', 'chat.station', { code: fault.code });
      },
    };
  }

  /** Somebody whom no station knew yesterday may be known today. */
  #askAll(): void {
    const { store } = this.#parts;
    const unknown = [...store.unsealedReceivers(this.#owner), ...store.strangerSenders(this.#owner)];
    for (const text of new Set(unknown)) {
      const id = parseId(text);
      if (id.ok) this.learn(id.value);
    }
  }

  /** True where the message is dealt with; false where its sender or its order is not known yet. */
  #takeOne(message: ReliableMessage, text: string, isAgain: boolean): boolean {
    const { account, store, directory, crypto, clock, onTampered, log } = this.#parts;
    const key = messageKey(message, this.#owner);
    if (store.hasMessage(this.#owner, key) || store.isHandled(this.#owner, key)) return true;
    learnAttached(message, directory, clock.nowMs() / 1000);
    const opened = openMessage(message, account, directory, crypto);
    if (!opened.ok) {
      const { code } = opened.fault;
      if (code === 'dimp.contact.unknown') {
        this.learn(message.sender);
        return false;
      }
      log('warn', 'chat.dropped', { code, sender: message.sender.bare });
      if (TAMPERED.has(code)) onTampered(opened.fault);
      return true;
    }
    const isOwn = message.sender.bare === this.#owner;
    if (!isOwn && deservesReceipt(message.sender, opened.value.content)) this.#parts.onDelivered(message);
    this.noticeDevices(message.sender);
    const word = wordOf(opened.value);
    if (word !== undefined) {
      this.#parts.onWord(message.sender, word);
      return true;
    }
    if (this.#takeSecret(opened.value, text)) return true;
    if (this.#hearMachine(opened.value, key)) return true;
    const proof = proofText(messageToText(message), opened.value.key, undefined);
    const isDowngraded = store.peer(this.#owner, message.sender.bare).spoke;
    const secrecy: Secrecy = isDowngraded ? 'downgraded' : 'static';
    return this.#file(opened.value, key, isAgain, { secrecy, proof });
  }

  /** What belongs to a session of MLS waits in the file until its turn comes. True where it was such. */
  #takeSecret({ message, content, protection }: OpenedMessage, text: string): boolean {
    const { store, log } = this.#parts;
    const { sender } = message;
    const read = readMlsContent(content.json);
    if (read === undefined) return false;
    const isBlocked = store.chat(this.#owner, `p:${sender.bare}`)?.blocked === true;
    const isFull = store.countUnopened(this.#owner, sender.bare) >= UNOPENED_MAX;
    if (!read.ok || protection !== 'bound' || isBlocked || isFull)
      log('warn', 'chat.dropped', { code: read.ok ? 'mls.refused' : read.fault.code, sender: sender.bare });
    else if (read.value.act === 'reset') this.#secret.reset(sender, read.value.session, read.value.package);
    else store.addUnopened(this.#owner, sender.bare, text);
    return true;
  }

  /** Compares somebody's devices with those that were last seen; the first time they are only noted. */
  noticeDevices(id: DimpId): void {
    const { store, directory, onChange } = this.#parts;
    if (id.bare === this.#owner) return;
    const devices = listDevices(id, directory)
      .flatMap(({ fingerprint, isRemoved }) => (isRemoved ? [] : (fingerprint ?? [])))
      .sort()
      .join(' ');
    const known = store.peer(this.#owner, id.bare);
    const spoke = known.spoke || this.#secret.speaks(id);
    if (devices === '' || (known.devices === devices && known.spoke === spoke)) return;
    const isChanged = known.devices !== undefined && known.devices !== devices;
    const allowed = known.allowed && !this.#secret.speaks(id);
    store.changePeer(this.#owner, id.bare, { devices, spoke, allowed, alert: known.alert || isChanged });
    onChange(`p:${id.bare}`);
  }

  /** An order that is not known yet is looked for before its message is filed. */
  async #prepare({ content }: OpenedMessage): Promise<void> {
    const order = content.json[ORDER_FIELD];
    if (typeof order !== 'string' || !ORDER.test(order)) return;
    if (this.#parts.membersOf(order) === undefined) await this.#parts.onOrder(order);
  }

  /** True where what came belongs to an order that has to be looked for first. */
  #missesOrder(content: Content): boolean {
    const order = content.json[ORDER_FIELD];
    if (typeof order !== 'string' || !ORDER.test(order)) return false;
    if (this.#parts.membersOf(order) !== undefined) return false;
    void this.#parts.onOrder(order);
    return true;
  }

  #file(
    opened: OpenedMessage,
    key: Uint8Array,
    isAgain: boolean,
    seal: { readonly secrecy: Secrecy; readonly proof: string; readonly inner?: Uint8Array },
  ): boolean {
    const { store, onChange, clock, log } = this.#parts;
    const { message, content, timeS, protection } = opened;
    const { sender } = message;
    const receipt = receiptOrigin(content);
    if (receipt !== undefined) {
      const signature = receipt.signature === undefined ? '' : encodeTransportable(receipt.signature);
      const session = store.sealedIn(this.#owner, signature, sender.bare);
      if (session !== undefined) this.#secret.confirm(sender.bare, session.session, session.epoch);
      if (store.received(this.#owner, signature, sender.bare)) onChange(undefined);
      return true;
    }
    if (this.#hearOwn(opened, key, seal.secrecy)) return true;
    if (this.#hearMachine(opened, key)) return true;
    if (content.kind === 'command') this.#learnDocuments(sender, content);
    if (content.kind === 'command' || content.kind === 'history') return true;
    const isBlocked = store.chat(this.#owner, `p:${sender.bare}`)?.blocked === true;
    if (isCallContent(content.json)) {
      store.markHandled(this.#owner, key, clock.nowMs());
      if (isBlocked || protection !== 'bound') return true;
      this.#parts.onCall(opened);
      this.#thank(message, content);
      return true;
    }
    if (content.kind === 'forward' && !isBlocked) {
      if (!isAgain && this.#missesOrder(content)) return false;
      if (this.groups.hear(opened)) {
        // Its sender keeps what was sealed in a session until it was received.
        if (seal.secrecy === 'forward') this.#thank(message, content);
        onChange(undefined);
        return true;
      }
    }
    const chat = this.#chatOf(sender, content, isAgain);
    if (chat === undefined) return false;
    if (isBlocked) return true;
    const amends = readAmendment(sender, content);
    // Programs that know of amendments bind what they sign to whom they write.
    if (amends === 'void' || (amends !== undefined && protection !== 'bound')) {
      log('warn', 'chat.dropped', { code: 'chat.amendment', sender: sender.bare });
      return true;
    }
    if (amends === undefined) store.addChat(this.#owner, chat);
    const timerS = timerOf(content);
    if (timerS !== (store.chat(this.#owner, chat)?.timerS ?? 0)) store.setTimer(this.#owner, chat, timerS);
    const stored = {
      chat,
      sender: sender.bare,
      atMs: timeS * 1000,
      bound: protection === 'bound',
      key,
      ...seal,
      ...(timerS === 0 ? {} : { goneMs: clock.nowMs() + timerS * 1000 }),
    };
    // What was sent again is thanked for again: the sender waits for it.
    if (this.#keep(content, sender, stored) === undefined && seal.inner === undefined) return true;
    this.#thank(message, content);
    onChange(chat);
    return true;
  }

  /**
   * What is said to a machine, or by one. True where it was such; what a machine is sent besides, but for what keeps
   * messages going, is nothing to it.
   */
  #hearMachine(opened: OpenedMessage, key: Uint8Array): boolean {
    const { store, clock, isMachine, onMachine } = this.#parts;
    const { message, content } = opened;
    const isUpkeep =
      content.kind === 'command' || content.kind === 'history' || receiptOrigin(content) !== undefined;
    const isTalk = content.kind === 'customized' && isMachineTalk(content.json);
    if (!isTalk && (!isMachine || isUpkeep)) return false;
    store.markHandled(this.#owner, key, clock.nowMs());
    if (content.kind === 'text') this.#thank(message, content);
    onMachine(opened);
    return true;
  }

  /** Somebody tells of a device that came or went. What they say of others is for stations to answer. */
  #learnDocuments(sender: DimpId, content: Content): void {
    const { directory, clock, onLearned } = this.#parts;
    const said = commandFields(content, 'documents');
    const list = content.json['documents'];
    if (said === undefined || said.did.bare !== sender.bare || !Array.isArray(list)) return;
    for (const item of list.slice(0, DOCUMENTS_MAX))
      directory.saveDocument(item, sender, clock.nowMs() / 1000);
    this.noticeDevices(sender);
    if (sender.bare === this.#owner) this.settings.tell();
    onLearned(sender);
  }

  /** The chat of an order for those who are in it; whoever names an order of others only writes to me. */
  #chatOf(sender: DimpId, content: Content, isAgain: boolean): string | undefined {
    const { group } = content;
    // Who is in an order is for its contract to say, and not for the commands of its group.
    const grouped = group === undefined ? undefined : this.#parts.orderOf(group.bare);
    // Who is not in the group, or not any more, writes to me alone.
    if (grouped === undefined && group !== undefined && this.groups.mayWrite(group.bare, sender))
      return `g:${group.bare}`;
    const order = grouped ?? content.json[ORDER_FIELD];
    if (typeof order !== 'string' || !ORDER.test(order)) return `p:${sender.bare}`;
    const members = this.#parts.membersOf(order);
    if (members === undefined && !isAgain) {
      void this.#parts.onOrder(order);
      return undefined;
    }
    return members?.includes(sender.bare) === true ? `o:${order}` : `p:${sender.bare}`;
  }

  /** Only people are told that a message has come: programs would thank each other for ever. */
  #thank(message: ReliableMessage, content: Content): void {
    const { store } = this.#parts;
    const { sender } = message;
    if (!isUser(sender) || isStation(sender) || isBot(sender)) return;
    const stamp = this.#stamp();
    const receipt = createReceipt({ text: RECEIPT_TEXTS.received, message, sn: content.sn, stamp });
    store.addDelivery(this.#owner, undefined, sender.bare, JSON.stringify(receipt));
  }

  #hearStation(content: Content): void {
    const { store, onChange } = this.#parts;
    this.#parts.onStation(content);
    const { code } = content.json;
    const origin = receiptOrigin(content);
    const text = commandFields(content, 'receipt')?.text;
    if (this.#secret.fund.hear(content, text)) return;
    // Receipts with a code are refusals; those of other stations carry none and refuse in words alone.
    const isRefusal = typeof code === 'string' || text?.startsWith('Message is blocked') === true;
    if (!isRefusal || origin?.signature === undefined || text === undefined) return;
    const workBits = workAsked(content.json);
    const sent = store.sentWire(this.#owner, encodeTransportable(origin.signature));
    if (workBits !== undefined && sent !== undefined) {
      this.#pay(sent, workBits, encodeTransportable(origin.signature), text);
      return;
    }
    if (store.refused(this.#owner, encodeTransportable(origin.signature), text)) onChange(undefined);
  }

  /** Works for a stranger's message and sends it again; what shows the work and is refused all the same stays refused. */
  #pay(
    sent: { readonly number: number; readonly wire: string },
    workBits: number,
    signature: string,
    refusal: string,
  ): void {
    const { store, onChange, log } = this.#parts;
    const work = async (): Promise<void> => {
      const paid = await withWork(sent.wire, workBits, () => !this.#isClosed);
      if (this.#isClosed) return;
      if (paid === undefined) store.refused(this.#owner, signature, refusal);
      else if (store.resend(sent.number, paid)) this.#link.pump();
      onChange(undefined);
    };
    // One after the other: what many ask for at once takes no more of the computer.
    this.#paying = this.#paying.then(work).catch((error: unknown) => log('error', 'chat.work', { error }));
  }

  /** Tells the station what strangers have to show before their messages come through. */
  tellPrice(): void {
    const price = this.#parts.store.choice(`price/${this.#owner}`);
    if (price !== undefined) this.tellStation(priceFields(JSON.parse(price) as JsonObject));
  }

  /** Encrypts what waits for this receiver, if their key is known; else asks for it. */
  #sealFor(receiver: string): void {
    const { store, directory } = this.#parts;
    const waiting = store.unsealed(this.#owner, receiver);
    const id = parseId(receiver);
    if (waiting.length === 0 || !id.ok) return;
    if (receiver === this.#owner && !this.#hasOtherDevices()) {
      store.dropUnsealed(this.#owner, receiver);
      return;
    }
    if (encryptionKeys(id.value, directory).size === 0) {
      this.learn(id.value);
      return;
    }
    this.noticeDevices(id.value);
    const isSecret = this.#secret.speaks(id.value);
    const waits = isSecret || this.isDowngraded(id.value);
    const now = waits ? waiting.filter(({ message }) => message === undefined) : waiting;
    store.transact(() => {
      for (const delivery of now) this.#sealStatic(id.value, delivery);
    });
    if (isSecret && now.length < waiting.length) this.#secret.seal(id.value);
    this.#link.pump();
  }

  /** With the receiver's published key. Messages form a chain; receipts and requests do not. */
  #sealStatic(receiver: DimpId, { number, message, content }: Delivery): void {
    const { store, directory, crypto, account, clock, log } = this.#parts;
    const chat = message === undefined ? undefined : store.chatOf(this.#owner, message);
    const end =
      chat === undefined
        ? undefined
        : (readChain(store, this.#owner, receiver.bare, chat) ?? startSequence(crypto.random));
    const json = JSON.parse(content) as JsonObject;
    const linked = end === undefined ? json : { ...json, ...sequenceField(end) };
    const request = { account, receiver, content: linked, extras: this.#extras() };
    const sealed = sealWithKey({ ...request, timeS: clock.nowMs() / 1000 }, directory, crypto);
    if (!sealed.ok) {
      log('error', 'chat.unsealed', { code: sealed.fault.code });
      return;
    }
    const wire = messageToText(sealed.value.message);
    store.sealDelivery({ number, wire, signature: signatureText(sealed.value.message.signature) });
    noteOwn(store, this.#owner, sealed.value.message, clock);
    if (message === undefined || chat === undefined || end === undefined) return;
    const next = continueSequence(end, sealed.value.message);
    writeChain(store, this.#owner, receiver.bare, chat, next, clock);
    store.markSealed(message, 'static', proofText(wire, sealed.value.key, undefined));
  }
}

/** The group that a chat is of; undefined for a chat with a person or of an order. */
function groupNamed(chat: string): DimpId | undefined {
  const group = chat.startsWith('g:') ? parseId(chat.slice(2)) : undefined;
  return group?.ok ? group.value : undefined;
}

/** The content that sets a price at a station. */
const priceFields = (price: JsonObject): JsonObject => ({
  app: 'dipnet',
  mod: 'mailbox',
  act: 'price',
  price,
});

function timerOf(content: Content): number {
  const seconds = content.json[TIMER_FIELD];
  return typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0
    ? Math.min(seconds, TIMER_MAX_S)
    : 0;
}

/** Names a device at the station: the same for as long as the folder lives. */
export function makeTerminal(crypto: DimpCrypto): string {
  return bytesToHex(crypto.random.bytes(8));
}
