// What comes to an account: opened, judged, and filed where it belongs, within the transaction in which it was taken from
// the station. What cannot be judged yet, for want of its sender's keys or of its order, waits and is tried again.

import type { Clock, Fault, Log } from '../../base/index.ts';
import { isCallContent } from '../../dimp/calls/index.ts';
import type { IncomingMail } from '../../dimp/client/index.ts';
import type {
  Account,
  Content,
  DimpCrypto,
  DimpId,
  Directory,
  OpenedMessage,
  ReliableMessage,
} from '../../dimp/index.ts';
import {
  commandFields,
  DOCUMENTS_MAX,
  deservesReceipt,
  encodeTransportable,
  isMachineTalk,
  learnAttached,
  messageReference,
  messageToText,
  openMessage,
  parseMessage,
  readAmendment,
  readDeviceNews,
  receiptOrigin,
} from '../../dimp/index.ts';
import { isSessionUpkeep, readMlsContent } from '../../dimp/mls/index.ts';
import { messageKey } from '../../dimp/station/index.ts';
import { keepMessage, markReadThrough, timerOf } from './chat-history.ts';
import type { ChatStore, Secrecy } from './chat-store.ts';
import type { Composing } from './composing.ts';
import { type ConsoleWord, wordOf } from './console-words.ts';
import { type GroupBook, ORDER_FIELD } from './group-book.ts';
import { proofText } from './message-chain.ts';
import { ORDER } from './order-chats.ts';
import type { OwnSettings } from './own-settings.ts';
import type { Sealing } from './sealing.ts';
import type { SecretLine } from './secret-line.ts';
import { UNOPENED_MAX } from './secret-line.ts';

/** What is told to the rest of the console of what came. */
export type IntakeEvents = {
  /** The order that a group belongs to; undefined for all other groups. */
  readonly orderOf: (group: string) => string | undefined;
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
  /** Another console says something to this one, which is no chat and is kept nowhere. */
  readonly onWord: (sender: DimpId, word: ConsoleWord) => void;
  /** The account is a machine's, which keeps no chats: whatever is said to it is heard by this alone. */
  readonly isMachine: boolean;
  /** Somebody asks a machine of this console something, or a machine answers. */
  readonly onMachine: (opened: OpenedMessage) => void;
};

export type IntakeParts = IntakeEvents & {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealing: Sealing;
  readonly composing: Composing;
  readonly groups: GroupBook;
  readonly secret: () => SecretLine;
  readonly settings: OwnSettings;
};

/** How a message was protected on its way, and what shows that it is genuine. */
type Protection = { readonly secrecy: Secrecy; readonly proof: string; readonly inner?: Uint8Array };

/** Faults that honest peers and stations do not cause. */
const TAMPERED = new Set(['dimp.message.forged', 'dimp.message.altered']);

export class Intake {
  readonly #parts: IntakeParts;
  readonly #owner: string;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
  }

  /** Takes what the station brought: all of it is in the file when this returns. */
  take(mails: readonly IncomingMail[]): void {
    const { store, sealing, secret } = this.#parts;
    store.transact(() => {
      for (const { message, text } of mails)
        if (!this.#takeOne(message, text, false)) store.addStranger(this.#owner, message.sender.bare, text);
    });
    secret().open();
    for (const sender of new Set(mails.map(({ message }) => message.sender.bare))) sealing.sealFor(sender);
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
    this.#parts.secret().open();
    // After them: what was taken in is answered.
    for (const receiver of store.unsealedReceivers(this.#owner))
      if (sender === undefined || receiver === sender) this.#parts.sealing.sealFor(receiver);
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
        this.#parts.sealing.learn(message.sender);
        return false;
      }
      log('warn', 'chat.dropped', { code, sender: message.sender.bare });
      if (TAMPERED.has(code)) onTampered(opened.fault);
      return true;
    }
    const isOwn = message.sender.bare === this.#owner;
    const { content } = opened.value;
    if (!isOwn && deservesReceipt(message.sender, content) && !isSessionUpkeep(content.json))
      this.#parts.onDelivered(message);
    this.#parts.sealing.noticeDevices(message.sender);
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
    return this.file(opened.value, key, isAgain, { secrecy, proof });
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
    else if (read.value.act === 'renew')
      this.#parts.secret().renew(sender, read.value.session, read.value.package);
    else if (read.value.act === 'reset')
      this.#parts.secret().reset(sender, read.value.session, read.value.package);
    else store.addUnopened(this.#owner, sender.bare, text);
    return true;
  }

  /** An order that is not known yet is looked for before its message is filed. */
  async prepare({ content }: OpenedMessage): Promise<void> {
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

  /** Files what was opened, within the transaction; false where it has to wait for its order. */
  file(opened: OpenedMessage, key: Uint8Array, isAgain: boolean, seal: Protection): boolean {
    const { store, onChange, clock, log } = this.#parts;
    const { message, content, timeS, protection } = opened;
    const { sender } = message;
    const receipt = receiptOrigin(content);
    if (receipt !== undefined) {
      const signature = receipt.signature === undefined ? '' : encodeTransportable(receipt.signature);
      const session = store.sealedIn(this.#owner, signature, sender.bare);
      if (session !== undefined) this.#parts.secret().confirm(sender.bare, session.session, session.epoch);
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
      this.#parts.composing.thank(message, content);
      return true;
    }
    if (content.kind === 'forward' && !isBlocked) {
      if (!isAgain && this.#missesOrder(content)) return false;
      if (this.#parts.groups.hear(opened)) {
        // Its sender keeps what was sealed in a session until it was received.
        if (seal.secrecy === 'forward') this.#parts.composing.thank(message, content);
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
    if (keepMessage(store, this.#owner, content, sender, stored) === undefined && seal.inner === undefined)
      return true;
    this.#parts.composing.thank(message, content);
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
    if (content.kind === 'text') this.#parts.composing.thank(message, content);
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
    this.#parts.sealing.noticeDevices(sender);
    if (sender.bare === this.#owner) this.#parts.settings.tell();
    onLearned(sender);
  }

  /** The chat of an order for those who are in it; whoever names an order of others only writes to me. */
  #chatOf(sender: DimpId, content: Content, isAgain: boolean): string | undefined {
    const { group } = content;
    // Who is in an order is for its contract to say, and not for the commands of its group.
    const grouped = group === undefined ? undefined : this.#parts.orderOf(group.bare);
    // Who is not in the group, or not any more, writes to me alone.
    if (grouped === undefined && group !== undefined && this.#parts.groups.mayWrite(group.bare, sender))
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
      this.#parts.settings.hear(news.settings);
      store.markHandled(this.#owner, key, clock.nowMs());
      this.#parts.composing.thank(message, content);
      return true;
    }
    if (news.kind === 'read') {
      // What was read there may come here later.
      store.putChoice(`read/${this.#owner}/${news.chat}`, news.reference);
      markReadThrough(store, this.#owner, news.chat, news.reference);
    } else {
      const timerS = timerOf(news.content);
      const gone = timerS === 0 ? {} : { goneMs: clock.nowMs() + timerS * 1000 };
      const atMs = (news.content.timeS ?? timeS) * 1000;
      if (readAmendment(sender, news.content) === undefined) store.addChat(this.#owner, news.chat);
      const row = { chat: news.chat, sender: this.#owner, atMs, bound: true, key, secrecy, ...gone };
      // The same copy comes again where its session was begun anew.
      const isKnown = store.numberOf(this.#owner, messageReference(sender, news.content)) !== undefined;
      if (isKnown || keepMessage(store, this.#owner, news.content, sender, row) === undefined)
        store.markHandled(this.#owner, key, clock.nowMs());
    }
    this.#parts.composing.thank(message, content);
    onChange(news.chat);
    return true;
  }
}
