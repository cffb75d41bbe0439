// One account of this console as a user of the messenger: its keys, its way to the station, what it takes in and what it
// sends. Everything that is taken or sent is in the file before anybody is told.

import type { Clock, Fault, Log } from '../../base/index.ts';
import { bytesToHex } from '../../base/index.ts';
import type { ClientEvents, IncomingMail } from '../../dimp/client/index.ts';
import type {
  Account,
  Content,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  OpenedMessage,
  ReliableMessage,
} from '../../dimp/index.ts';
import {
  commandFields,
  contentFields,
  createContent,
  createReceipt,
  createSerials,
  encodeTransportable,
  encryptionKeys,
  isBot,
  isStation,
  isUser,
  learnAttached,
  messageToText,
  openMessage,
  parseId,
  parseMessage,
  RECEIPT_TEXTS,
  receiptOrigin,
  sealMessage,
} from '../../dimp/index.ts';
import { messageKey, signatureText } from '../../dimp/station/index.ts';
import type { ChatStore } from './chat-store.ts';
import type { StationAddress, StationLink } from './station-link.ts';
import { openStationLink } from './station-link.ts';

export type CorrespondentParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: string;
  readonly address: () => StationAddress;
  /** Who is in the chat of an order; undefined where the order is not known yet. */
  readonly membersOf: (orderId: string) => readonly string[] | undefined;
  /** An order was named that is not known: look for it, then settle(). */
  readonly onOrder: (orderId: string) => void;
  readonly onChange: (chat: string | undefined) => void;
  readonly onTampered: (fault: Fault) => void;
  /** Somebody's keys came: whoever waits for them may go on. */
  readonly onLearned: (id: DimpId) => void;
};

/** How often those are asked for whose keys messages wait for. */
const ASK_AGAIN_MS = 30_000;
/** Member of a text's content that names the order it belongs to. Others ignore it. */
const ORDER_FIELD = 'order';
const ORDER = /^0x[0-9a-fA-F]{40}$/;
/** Faults that honest peers and stations do not cause. */
const TAMPERED = new Set(['dimp.message.forged', 'dimp.message.altered']);

export class Correspondent {
  readonly #parts: CorrespondentParts;
  readonly #owner: string;
  readonly #serial: () => number;
  readonly #link: StationLink;
  readonly #asking: NodeJS.Timeout;
  #fault: Fault | undefined;

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
    this.#asking = setInterval(() => this.#askAll(), ASK_AGAIN_MS);
  }

  get id(): DimpId {
    return this.#parts.account.id;
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

  close(): Promise<void> {
    clearInterval(this.#asking);
    return this.#link.close();
  }

  /** Takes a text into the history and on its way to each receiver. */
  send(chat: string, text: string, receivers: readonly string[], order?: string): number {
    const { store, clock, crypto } = this.#parts;
    const atMs = clock.nowMs();
    const fields: JsonObject = order === undefined ? { text } : { text, [ORDER_FIELD]: order };
    const content = createContent('text', fields, { sn: this.#serial(), timeS: atMs / 1000 });
    const id = store.transact(() => {
      store.addChat(this.#owner, chat);
      const message = { chat, sender: this.#owner, atMs, text, bound: true, key: crypto.random.bytes(16) };
      const number = store.addMessage(this.#owner, message) ?? 0;
      for (const receiver of receivers)
        store.addDelivery(this.#owner, number, receiver, JSON.stringify(content));
      return number;
    });
    for (const receiver of receivers) this.#sealFor(receiver);
    return id;
  }

  /** Asks the station who somebody is, where that is not known. */
  learn(id: DimpId): void {
    if (encryptionKeys(id, this.#parts.directory).size === 0) this.#link.client()?.query(id);
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
          if (!parsed.ok || this.#takeOne(parsed.value, true)) store.removeStranger(id);
        });
      }
    }
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
            if (!this.#takeOne(message, false)) store.addStranger(this.#owner, message.sender.bare, text);
        });
        for (const sender of new Set(mails.map(({ message }) => message.sender.bare))) this.#sealFor(sender);
      },
      fromStation: (content) => this.#hearStation(content),
      learned: (id) => this.#parts.onLearned(id),
      state: (state) => {
        if (state === 'running') {
          this.#fault = undefined;
          this.settle();
          this.#askAll();
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
  #takeOne(message: ReliableMessage, isAgain: boolean): boolean {
    const { account, store, directory, crypto, clock, onTampered, log } = this.#parts;
    const key = messageKey(message, this.#owner);
    if (store.hasMessage(this.#owner, key)) return true;
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
    return this.#file(opened.value, key, isAgain);
  }

  #file({ message, content, timeS, protection }: OpenedMessage, key: Uint8Array, isAgain: boolean): boolean {
    const { store, onChange } = this.#parts;
    const { sender } = message;
    const receipt = receiptOrigin(content);
    if (receipt !== undefined) {
      const signature = receipt.signature === undefined ? '' : encodeTransportable(receipt.signature);
      if (store.received(this.#owner, signature, sender.bare)) onChange(undefined);
      return true;
    }
    if (content.kind === 'command' || content.kind === 'history') return true;
    const chat = this.#chatOf(sender, content, isAgain);
    if (chat === undefined) return false;
    if (store.chat(this.#owner, `p:${sender.bare}`)?.blocked === true) return true;
    store.addChat(this.#owner, chat);
    const text = contentFields(content, 'text')?.text ?? `[${content.kind}]`;
    const stored = {
      chat,
      sender: sender.bare,
      atMs: timeS * 1000,
      text,
      bound: protection === 'bound',
      key,
    };
    if (store.addMessage(this.#owner, stored) === undefined) return true;
    this.#thank(message, content);
    onChange(chat);
    return true;
  }

  /** The chat of an order for those who are in it; whoever names an order of others only writes to me. */
  #chatOf(sender: DimpId, content: Content, isAgain: boolean): string | undefined {
    const order = content.json[ORDER_FIELD];
    if (typeof order !== 'string' || !ORDER.test(order)) return `p:${sender.bare}`;
    const members = this.#parts.membersOf(order);
    if (members === undefined && !isAgain) {
      this.#parts.onOrder(order);
      return undefined;
    }
    return members?.includes(sender.bare) === true ? `o:${order}` : `p:${sender.bare}`;
  }

  /** Only people are told that a message has come: programs would thank each other for ever. */
  #thank(message: ReliableMessage, content: Content): void {
    const { store, clock } = this.#parts;
    const { sender } = message;
    if (!isUser(sender) || isStation(sender) || isBot(sender)) return;
    const stamp = { sn: this.#serial(), timeS: clock.nowMs() / 1000 };
    const receipt = createReceipt({ text: RECEIPT_TEXTS.received, message, sn: content.sn, stamp });
    store.addDelivery(this.#owner, undefined, sender.bare, JSON.stringify(receipt));
  }

  #hearStation(content: Content): void {
    const { store, onChange } = this.#parts;
    const { code } = content.json;
    const origin = receiptOrigin(content);
    const text = commandFields(content, 'receipt')?.text;
    // Receipts with a code are refusals; those of other stations carry none and refuse in words alone.
    const isRefusal = typeof code === 'string' || text?.startsWith('Message is blocked') === true;
    if (!isRefusal || origin?.signature === undefined || text === undefined) return;
    if (store.refused(this.#owner, encodeTransportable(origin.signature), text)) onChange(undefined);
  }

  /** Encrypts what waits for this receiver, if their key is known; else asks for it. */
  #sealFor(receiver: string): void {
    const { store, directory, crypto, account, clock, log } = this.#parts;
    const waiting = store.unsealed(this.#owner, receiver);
    const id = parseId(receiver);
    if (waiting.length === 0 || !id.ok) return;
    if (encryptionKeys(id.value, directory).size === 0) {
      this.learn(id.value);
      return;
    }
    const { meta, visa } = account;
    const extras = { meta: meta.json, ...(visa === undefined ? {} : { visa: visa.json }) };
    store.transact(() => {
      for (const { number, content } of waiting) {
        const request = { account, receiver: id.value, content: JSON.parse(content) as JsonObject, extras };
        const sealed = sealMessage({ ...request, timeS: clock.nowMs() / 1000 }, directory, crypto);
        if (sealed.ok)
          store.sealDelivery(number, messageToText(sealed.value), signatureText(sealed.value.signature));
        else log('error', 'chat.unsealed', { code: sealed.fault.code });
      }
    });
    this.#link.pump();
  }
}

/** Names a device at the station: the same for as long as the folder lives. */
export function makeTerminal(crypto: DimpCrypto): string {
  return bytesToHex(crypto.random.bytes(8));
}
