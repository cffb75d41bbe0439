// What this account says: written into the history and put on its way to each receiver, with a copy for its own other
// devices, in one transaction. It leaves when it is sealed.

import type { Clock } from '../../base/index.ts';
import { unwrap } from '../../base/index.ts';
import type {
  Account,
  AmendmentAct,
  Content,
  ContentKind,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  ReliableMessage,
} from '../../dimp/index.ts';
import {
  amendmentFields,
  copyFields,
  createCommand,
  createContent,
  createReceipt,
  EVERY_STATION,
  innerText,
  isBot,
  isStation,
  isUser,
  messageReference,
  messageToText,
  parseContent,
  parseId,
  RECEIPT_TEXTS,
  readMarkFields,
  replyFields,
  sealMessage,
} from '../../dimp/index.ts';
import { signatureText } from '../../dimp/station/index.ts';
import type { FileContent } from './attachments.ts';
import { keepMessage, TIMER_FIELD } from './chat-history.ts';
import type { ChatStore } from './chat-store.ts';
import { FOR_OWN_DEVICES, GROUP_COMMAND, NO_MESSAGE } from './chat-store.ts';
import { ORDER_FIELD } from './group-book.ts';

export type ComposingParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly serial: () => number;
  readonly extras: JsonObject;
  /** The group of an order, where it is known. */
  readonly groupOf: (orderId: string) => DimpId | undefined;
  /** Whether this account has other devices. */
  readonly hasOtherDevices: () => boolean;
  /** Encrypts what waits for somebody. */
  readonly sealFor: (receiver: string) => void;
  readonly pump: () => void;
};

/** `reply`: what refers to the message that is answered. */
export type SendOptions = { readonly order?: string | undefined; readonly reply?: JsonObject | undefined };

type ChatStamp = {
  readonly timerS: number;
  readonly order: string | undefined;
  readonly group: DimpId | undefined;
  readonly atMs: number;
};

export class Composing {
  readonly #parts: ComposingParts;
  readonly #owner: string;
  #isIntroduced = false;

  constructor(parts: ComposingParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
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
  stamp(atMs = this.#parts.clock.nowMs()) {
    return { sn: this.#parts.serial(), timeS: atMs / 1000 };
  }

  /** What is said in a chat: with its timer, and the order that it belongs to. */
  #contentFor(kind: ContentKind, said: JsonObject, { timerS, order, group, atMs }: ChatStamp): JsonObject {
    const fields: JsonObject = {
      ...said,
      ...(order === undefined ? {} : { [ORDER_FIELD]: order }),
      ...(timerS === 0 ? {} : { [TIMER_FIELD]: timerS }),
    };
    return createContent(kind, fields, { ...this.stamp(atMs), ...(group === undefined ? {} : { group }) });
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
      const number = keepMessage(store, this.#owner, unwrap(parseContent(content)), account.id, row) ?? 0;
      for (const receiver of receivers)
        store.addDelivery(this.#owner, number, receiver, innerText(content, crypto.random));
      this.#copyToOwnDevices(chat, receivers, content, atMs);
      return number;
    });
    for (const receiver of [...receivers, this.#owner]) this.#parts.sealFor(receiver);
    return id;
  }

  /** What says to other applications where something belongs: the group of a chat, or of its order. */
  #groupOf(chat: string): DimpId | undefined {
    return groupNamed(chat) ?? (chat.startsWith('o:') ? this.#parts.groupOf(chat.slice(2)) : undefined);
  }

  #copyToOwnDevices(chat: string, receivers: readonly string[], content: JsonObject, atMs: number): void {
    const receiver = groupNamed(chat)?.bare ?? receivers[0] ?? this.#owner;
    this.tellOwnDevices(copyFields({ chat, sender: this.#owner, receiver, timeS: atMs / 1000, content }));
  }

  /** Puts something on its way to them, if there are any; it leaves when it is sealed. */
  tellOwnDevices(fields: JsonObject): void {
    const { store, crypto } = this.#parts;
    if (!this.#parts.hasOtherDevices()) return;
    const content = createContent('customized', fields, this.stamp());
    store.addDelivery(this.#owner, FOR_OWN_DEVICES, this.#owner, innerText(content, crypto.random));
  }

  /** Shows this device's visa to the others, once: they may have asked for visas before it had one. */
  introduce(): void {
    const { account, store } = this.#parts;
    if (this.#isIntroduced || account.visa === undefined || !this.#parts.hasOtherDevices()) return;
    this.#isIntroduced = true;
    const fields = { did: account.id.bare, meta: account.meta.json, documents: [account.visa.json] };
    const told = createCommand('documents', fields, this.stamp());
    store.addDelivery(this.#owner, undefined, this.#owner, JSON.stringify(told));
    this.#parts.sealFor(this.#owner);
  }

  /** Says to other devices of this account that a chat was read so far. */
  tellRead(chat: string, reference: string): void {
    this.tellOwnDevices(readMarkFields(chat, reference));
    this.#parts.sealFor(this.#owner);
  }

  /** Says something that is in no chat, protected like a message. It leaves when the transaction that it is part of is done. */
  sayBeside(receiver: string, kind: ContentKind, fields: JsonObject): void {
    const { store, crypto, sealFor } = this.#parts;
    const content = createContent(kind, fields, this.stamp());
    store.addDelivery(this.#owner, NO_MESSAGE, receiver, innerText(content, crypto.random));
    queueMicrotask(() => sealFor(receiver));
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
    for (const receiver of [...readers.receivers, this.#owner]) this.#parts.sealFor(receiver);
  }

  /** Signs an entry of a board for everybody and puts it on its way to all stations; undefined where it cannot be. */
  publish(kind: ContentKind, fields: JsonObject, group: DimpId): ReliableMessage | undefined {
    return this.#publish(createContent(kind, fields, { ...this.stamp(), group }), group);
  }

  /** Tells all stations something that proves itself. */
  publishCommand(name: 'documents', fields: JsonObject): void {
    this.#publish(createCommand(name, fields, this.stamp()));
  }

  #publish(content: JsonObject, group?: DimpId): ReliableMessage | undefined {
    const { account, store, directory, crypto, clock } = this.#parts;
    const [timeS, extras] = [clock.nowMs() / 1000, this.#parts.extras];
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
    this.#parts.pump();
    return sealed.value;
  }

  /** Only people are told that a message has come: programs would thank each other for ever. */
  thank(message: ReliableMessage, content: Content): void {
    const { store } = this.#parts;
    const { sender } = message;
    if (!isUser(sender) || isStation(sender) || isBot(sender)) return;
    const stamp = this.stamp();
    const receipt = createReceipt({ text: RECEIPT_TEXTS.received, message, sn: content.sn, stamp });
    store.addDelivery(this.#owner, undefined, sender.bare, JSON.stringify(receipt));
  }

  /** Who is in a group, to a member: under the keys of messages where there are any. */
  tellGroup(receiver: string, content: JsonObject): void {
    const { store, crypto } = this.#parts;
    if (receiver === this.#owner && !this.#parts.hasOtherDevices()) return;
    store.addDelivery(this.#owner, GROUP_COMMAND, receiver, innerText(content, crypto.random));
    this.#parts.sealFor(receiver);
  }
}

/** The group that a chat is of; undefined for a chat with a person or of an order. */
function groupNamed(chat: string): DimpId | undefined {
  const group = chat.startsWith('g:') ? parseId(chat.slice(2)) : undefined;
  return group?.ok ? group.value : undefined;
}
