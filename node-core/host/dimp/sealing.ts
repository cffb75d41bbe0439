// What waits to be sent is encrypted for whoever it is for: in a session of MLS where all their devices speak it, else with
// the key that they published, unless they could do better before. Whose keys are not known is asked for.

import type { Clock, Log } from '../../base/index.ts';
import type { Account, DimpCrypto, DimpId, Directory, JsonObject } from '../../dimp/index.ts';
import {
  continueSequence,
  encryptionKeys,
  listDevices,
  messageToText,
  parseId,
  sealWithKey,
  sequenceField,
  startSequence,
} from '../../dimp/index.ts';
import { signatureText } from '../../dimp/station/index.ts';
import type { ChatStore, Delivery, Secrecy } from './chat-store.ts';
import { noteOwn, proofText, readChain, writeChain } from './message-chain.ts';

export type SealingParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: string;
  readonly extras: JsonObject;
  /** The sessions of this account. */
  readonly secret: () => { speaks(id: DimpId): boolean; seal(id: DimpId): void };
  /** Asks the station who somebody is. */
  readonly query: (id: DimpId) => void;
  readonly pump: () => void;
  readonly onChange: (chat: string | undefined) => void;
};

export class Sealing {
  readonly #parts: SealingParts;
  readonly #owner: string;

  constructor(parts: SealingParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
  }

  /** Their devices all speak MLS now. */
  speaksMls(id: DimpId): boolean {
    return this.#parts.secret().speaks(id);
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

  /** Other devices of this account, as their visas say. */
  hasOtherDevices(): boolean {
    return this.otherTerminals().length > 0;
  }

  /** Their terminals. */
  otherTerminals(): readonly string[] {
    const { account, directory, terminal } = this.#parts;
    return listDevices(account.id, directory).flatMap((device) =>
      device.isRemoved || device.terminal === terminal ? [] : (device.terminal ?? []),
    );
  }

  /** Asks the station who somebody is, where that is not known. */
  learn(id: DimpId): void {
    if (encryptionKeys(id, this.#parts.directory).size === 0) this.#parts.query(id);
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
    const spoke = known.spoke || this.#parts.secret().speaks(id);
    if (devices === '' || (known.devices === devices && known.spoke === spoke)) return;
    const isChanged = known.devices !== undefined && known.devices !== devices;
    const allowed = known.allowed && !this.#parts.secret().speaks(id);
    store.changePeer(this.#owner, id.bare, { devices, spoke, allowed, alert: known.alert || isChanged });
    onChange(`p:${id.bare}`);
  }

  /** Encrypts what waits for this receiver, if their key is known; else asks for it. */
  sealFor(receiver: string): void {
    const { store, directory } = this.#parts;
    const waiting = store.unsealed(this.#owner, receiver);
    const id = parseId(receiver);
    if (waiting.length === 0 || !id.ok) return;
    if (receiver === this.#owner && !this.hasOtherDevices()) {
      store.dropUnsealed(this.#owner, receiver);
      return;
    }
    if (encryptionKeys(id.value, directory).size === 0) {
      this.learn(id.value);
      return;
    }
    this.noticeDevices(id.value);
    const isSecret = this.#parts.secret().speaks(id.value);
    const waits = isSecret || this.isDowngraded(id.value);
    const now = waits ? waiting.filter(({ message }) => message === undefined) : waiting;
    store.transact(() => {
      for (const delivery of now) this.#sealStatic(id.value, delivery);
    });
    if (isSecret && now.length < waiting.length) this.#parts.secret().seal(id.value);
    this.#parts.pump();
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
    const request = { account, receiver, content: linked, extras: this.#parts.extras };
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
