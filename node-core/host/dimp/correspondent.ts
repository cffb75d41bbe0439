// One account of this console as a user of the messenger: its keys, its way to the station, what it takes in and what it
// sends. Everything that is taken or sent is in the file before anybody is told.

import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { bytesToHex, ok } from '../../base/index.ts';
import type { ClientEvents } from '../../dimp/client/index.ts';
import type {
  Account,
  Content,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  OpenedMessage,
} from '../../dimp/index.ts';
import {
  commandFields,
  createCommand,
  createContent,
  createRemovalVisa,
  createSerials,
  encryptionKeys,
  messageToText,
  parseId,
  sealMessage,
} from '../../dimp/index.ts';
import type { MlsSuite } from '../../dimp/mls/index.ts';
import type { ChatStore, Secrecy } from './chat-store.ts';
import { Composing } from './composing.ts';
import { type ConsoleWord, wordFields } from './console-words.ts';
import { GroupBook } from './group-book.ts';
import { Intake, type IntakeEvents } from './intake.ts';
import { innerKey, proofText } from './message-chain.ts';
import { OwnSettings } from './own-settings.ts';
import { Sealing } from './sealing.ts';
import { SecretLine } from './secret-line.ts';
import type { StationAddress } from './station-address.ts';
import type { StationLink } from './station-link.ts';
import { openStationLink } from './station-link.ts';
import { StationReplies } from './station-replies.ts';

export type CorrespondentParts = IntakeEvents & {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: string;
  readonly suite: MlsSuite;
  readonly address: () => StationAddress;
  /** A signed command of a group. */
  readonly onGroupCommand: (group: DimpId, command: OpenedMessage, text: string) => void;
  /** The group of an order, where it is known. */
  readonly groupOf: (orderId: string) => DimpId | undefined;
  /** The station let this account in; what it says of itself. */
  readonly onConnected: () => void;
  readonly onStation: (content: Content) => void;
  /** Somebody was blocked, here or on another device. */
  readonly onBlocked: (chat: string) => void;
};

/** How often those are asked for whose keys messages wait for. */
const ASK_AGAIN_MS = 30_000;
const LOOK_FOR_GONE_MS = 1000;

export class Correspondent {
  readonly #parts: CorrespondentParts;
  readonly #owner: string;
  readonly #serial: () => number;
  readonly #link: StationLink;
  readonly #asking: NodeJS.Timeout;
  readonly #forgetting: NodeJS.Timeout;
  readonly #secret: SecretLine;
  readonly #sealing: Sealing;
  readonly #intake: Intake;
  readonly #replies: StationReplies;
  /** What this account says in chats. */
  readonly composing: Composing;
  readonly groups: GroupBook;
  /** What is set in the chats, here and on other devices. */
  readonly settings: OwnSettings;
  #fault: Fault | undefined;

  constructor(parts: CorrespondentParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
    this.#serial = createSerials(parts.crypto.random);
    const { clock, store } = parts;
    this.#link = this.#openLink();
    const shared = {
      ...parts,
      owner: this.#owner,
      serial: this.#serial,
      extras: this.#extras(),
      pump: () => this.#link.pump(),
    };
    this.#sealing = new Sealing({
      ...shared,
      secret: () => this.#secret,
      query: (id) => this.#link.client()?.query(id),
    });
    this.composing = new Composing({
      ...shared,
      hasOtherDevices: () => this.#sealing.hasOtherDevices(),
      sealFor: (receiver) => this.#sealing.sealFor(receiver),
    });
    this.groups = new GroupBook({
      ...shared,
      heard: parts.onGroupCommand,
      tell: (receiver, content) => this.composing.tellGroup(receiver, content),
      tellOwnDevices: (content) => this.composing.tellGroup(this.#owner, content),
    });
    this.settings = this.#openSettings();
    this.#secret = this.#openSecret(shared);
    this.#replies = new StationReplies(shared);
    this.#intake = new Intake({
      ...shared,
      sealing: this.#sealing,
      composing: this.composing,
      groups: this.groups,
      secret: () => this.#secret,
      settings: this.settings,
    });
    this.#asking = setInterval(() => this.#askAll(), ASK_AGAIN_MS);
    this.#forgetting = setInterval(() => {
      if (store.forgetGone(clock.nowMs())) parts.onChange(undefined);
    }, LOOK_FOR_GONE_MS);
    this.#secret.open();
  }

  #openLink(): StationLink {
    const { account, crypto, directory, clock, terminal, address, store, onChange } = this.#parts;
    return openStationLink({
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
          onChange(undefined);
        },
      },
      events: this.#events(),
    });
  }

  #openSettings(): OwnSettings {
    return new OwnSettings({
      owner: this.#owner,
      store: this.#parts.store,
      clock: this.#parts.clock,
      others: () => this.#sealing.otherTerminals(),
      tell: (fields) => {
        if (this.#link.client() === undefined) return false;
        this.composing.tellOwnDevices(fields);
        this.#sealing.sealFor(this.#owner);
        return true;
      },
      changed: (chat) => this.#parts.onChange(chat),
      blocked: (chat) => {
        this.#tellBlocked();
        if (this.#parts.store.chat(this.#owner, chat)?.blocked === true) this.#parts.onBlocked(chat);
      },
    });
  }

  #openSecret(
    shared: CorrespondentParts & { serial: () => number; extras: JsonObject; pump: () => void },
  ): SecretLine {
    return new SecretLine({
      ...shared,
      prepare: (opened) => this.#intake.prepare(opened),
      file: (opened, { key, inner }) => {
        const proof = proofText(messageToText(opened.message), opened.key, inner);
        const known = innerKey(opened.message.sender.bare, inner);
        this.#intake.file(opened, key, true, { secrecy: 'forward', proof, inner: known });
      },
      tellStation: (fields) => {
        const client = this.#link.client();
        client?.customized(fields);
        return client !== undefined;
      },
      answer: (sender) => this.#sealing.sealFor(sender),
    });
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
    await this.#replies.close();
    await this.#link.close();
    await this.#secret.close();
  }

  /** Their devices all speak MLS now. */
  speaksMls(id: DimpId): boolean {
    return this.#secret.speaks(id);
  }

  /** They could once do better than they say now: nothing goes to them before somebody decides so. */
  isDowngraded(id: DimpId): boolean {
    return this.#sealing.isDowngraded(id);
  }

  /** How the session with them began, where that was not with keys that are used once. */
  reserveOf(id: DimpId): 'open' | 'renewed' | undefined {
    return this.#secret.reserveOf(id.bare);
  }

  /** How the next message to them would go. */
  secrecyOf(id: DimpId): 'forward' | Secrecy | 'unknown' {
    return this.#sealing.secrecyOf(id);
  }

  /** Compares somebody's devices with those that were last seen; the first time they are only noted. */
  noticeDevices(id: DimpId): void {
    this.#sealing.noticeDevices(id);
  }

  /** Says something about a call, protected like a message. It leaves when the transaction that it is part of is done. */
  signal(receiver: string, fields: JsonObject): void {
    this.composing.sayBeside(receiver, 'customized', fields);
  }

  /** A text that is in no chat of this account, as a machine answers one. */
  answerInWords(receiver: string, text: string): void {
    this.composing.sayBeside(receiver, 'text', { text });
  }

  /** Asks the station who somebody is, where that is not known. */
  learn(id: DimpId): void {
    this.#sealing.learn(id);
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
      this.#sealing.sealFor(chat.slice(2));
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
    const content = createContent('customized', fields, this.composing.stamp());
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

  /** A content for the station's own programs; nothing happens where it is away. */
  tellStation(fields: JsonObject): void {
    this.#link.client()?.customized(fields);
  }

  /** Tells the station whom this account does not want to hear from. */
  #tellBlocked(): void {
    const blocked = this.#parts.store.chats(this.#owner).filter((one) => one.blocked);
    this.#link.client()?.command('block', { list: blocked.map(({ chat }) => chat.slice(2)) });
  }

  /** Tells the station what strangers have to show before their messages come through. */
  tellPrice(): void {
    const price = this.#parts.store.choice(`price/${this.#owner}`);
    if (price !== undefined) this.tellStation(priceFields(JSON.parse(price) as JsonObject));
  }

  /** Tries again what waited for somebody's keys, or for an order. */
  settle(sender?: string): void {
    this.#intake.settle(sender);
  }

  #events(): ClientEvents {
    const { log } = this.#parts;
    return {
      take: (mails) => this.#intake.take(mails),
      fromStation: (content) => this.#hearStation(content),
      learned: (id) => {
        if (id.bare === this.#owner) {
          this.composing.introduce();
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
          // One that was chosen anew does not know.
          if (this.#parts.store.chats(this.#owner).some(({ blocked }) => blocked)) this.#tellBlocked();
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

  #hearStation(content: Content): void {
    this.#parts.onStation(content);
    const text = commandFields(content, 'receipt')?.text;
    if (!this.#secret.fund.hear(content, text)) this.#replies.hear(content);
  }
}

/** The content that sets a price at a station. */
const priceFields = (price: JsonObject): JsonObject => ({
  app: 'dipnet',
  mod: 'mailbox',
  act: 'price',
  price,
});
/** Names a device at the station: the same for as long as the folder lives. */
export function makeTerminal(crypto: DimpCrypto): string {
  return bytesToHex(crypto.random.bytes(8));
}
