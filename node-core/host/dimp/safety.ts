// What people do for their safety in chats: compare the safety number, look at devices and remove one, let messages
// disappear, and show chosen messages to a third party who can check them alone.

import type { DeviceView, DisclosureView, SafetyView } from '../../api/index.ts';
import { DISCLOSED_MAX } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { CheckedDisclosure, DimpCrypto, DimpId, Directory, JsonObject } from '../../dimp/index.ts';
import {
  checkDisclosure,
  discloseMessages,
  listDevices,
  parseId,
  parseMessage,
  parseSymmetricKey,
  safetyNumber,
} from '../../dimp/index.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';
import type { Correspondent } from './correspondent.ts';
import { disclosedSaid } from './disclosed-words.ts';

export type SafetyParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly terminal: string;
  readonly open: (actor: string) => Promise<Correspondent>;
  readonly nameOf: (actor: string, id: string) => string;
  readonly changed: (chat?: string) => void;
};

export class Safety {
  readonly #parts: SafetyParts;

  constructor(parts: SafetyParts) {
    this.#parts = parts;
  }

  async view(actor: string, chat: string): Promise<Result<SafetyView>> {
    const { directory, store } = this.#parts;
    const correspondent = await this.#parts.open(actor);
    const peer = this.#peer(chat);
    if (!peer.ok) return peer;
    const [mine, theirs] = [directory.meta(correspondent.id), directory.meta(peer.value)];
    const { verified, alert, allowed } = store.peer(actor, peer.value.bare);
    const devices = this.#devices(peer.value);
    const flags = { verified, alert, allowed, devices };
    if (mine === undefined || theirs === undefined) return ok({ ...flags, secrecy: 'unknown' });
    const [a, b] = [
      { id: correspondent.id, identityKey: mine.key },
      { id: peer.value, identityKey: theirs.key },
    ];
    const reserve = correspondent.reserveOf(peer.value);
    return ok({
      ...flags,
      number: safetyNumber(a, b),
      secrecy: correspondent.secrecyOf(peer.value),
      ...(reserve === undefined ? {} : { reserve }),
    });
  }

  /** Says that the number was compared, or was not; either way the change of devices was looked at. */
  async verify(actor: string, chat: string, verified: boolean): Promise<Result<void>> {
    return this.#change(actor, chat, { verified, alert: false });
  }

  /** Lets messages go without forward secrecy to somebody who had it. */
  async allowStatic(actor: string, chat: string): Promise<Result<void>> {
    const allowed = await this.#change(actor, chat, { allowed: true });
    if (allowed.ok) (await this.#parts.open(actor)).settle();
    return allowed;
  }

  async #change(
    actor: string,
    chat: string,
    change: Parameters<ChatStore['changePeer']>[2],
  ): Promise<Result<void>> {
    await this.#parts.open(actor);
    const peer = this.#peer(chat);
    if (!peer.ok) return peer;
    this.#parts.store.changePeer(actor, peer.value.bare, change);
    this.#parts.changed(chat);
    return ok(undefined);
  }

  #peer(chat: string): Result<DimpId> {
    const id = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
    return id?.ok ? id : refuse(chatFault('chat.unknown'));
  }

  async setTimer(actor: string, chat: string, seconds: number): Promise<Result<void>> {
    await this.#parts.open(actor);
    if (this.#parts.store.chat(actor, chat) === undefined) return refuse(chatFault('chat.unknown'));
    this.#parts.store.setTimer(actor, chat, seconds);
    this.#parts.changed(chat);
    return ok(undefined);
  }

  /** The devices of an own account, this one included. */
  async devices(actor: string): Promise<DeviceView[]> {
    const { id } = await this.#parts.open(actor);
    return this.#devices(id);
  }

  #devices(id: DimpId): DeviceView[] {
    return listDevices(id, this.#parts.directory).map(({ terminal, timeS, isRemoved, fingerprint }) => ({
      ...(terminal === undefined ? {} : { terminal }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      sinceS: timeS,
      removed: isRemoved,
      current: terminal === this.#parts.terminal,
    }));
  }

  async removeDevice(actor: string, terminal: string): Promise<Result<void>> {
    const correspondent = await this.#parts.open(actor);
    if (terminal === this.#parts.terminal) return refuse(chatFault('chat.device.own'));
    const known = this.#devices(correspondent.id).some((one) => one.terminal === terminal && !one.removed);
    if (!known) return refuse(chatFault('chat.device.unknown'));
    const removed = correspondent.removeDevice(terminal);
    if (removed.ok) this.#parts.changed();
    return removed;
  }

  /** The messages of a span as a file that proves itself, and what it shows. Those without a proof stand apart. */
  async disclose(actor: string, chat: string, from: number, to: number): Promise<Result<DisclosureView>> {
    await this.#parts.open(actor);
    const { store, directory } = this.#parts;
    const all = store.span(actor, chat, from, to, DISCLOSED_MAX + 1);
    // Calls are no messages.
    const span = all.filter(({ id }) => store.call(id) === undefined);
    if (span.length === 0) return refuse(chatFault('chat.disclose.empty'));
    if (all.length > DISCLOSED_MAX)
      return refuse(chatFault('chat.disclose.long', { messagesMax: String(DISCLOSED_MAX) }));
    const proofs = span.map(({ id }) => readProof(store.proof(actor, id)));
    const chosen = proofs.flatMap((proof) => proof ?? []);
    const text = discloseMessages(chosen, directory);
    if (!text.ok) return text;
    const view = await this.check(actor, text.value);
    return view.ok ? ok({ ...view.value, text: text.value, missing: span.length - chosen.length }) : view;
  }

  /** Checks what somebody disclosed, with nothing but itself. */
  async check(actor: string, text: string): Promise<Result<Omit<DisclosureView, 'text' | 'missing'>>> {
    const checked = checkDisclosure(text, this.#parts.crypto);
    return checked.ok ? ok(disclosureView(checked.value, (id) => this.#parts.nameOf(actor, id))) : checked;
  }
}

function readProof(text: string) {
  if (text === '') return undefined;
  const { wire, key, inner } = JSON.parse(text) as { wire: string; key?: JsonObject; inner?: string };
  const message = parseMessage(wire);
  if (!message.ok) return undefined;
  const parsed = key === undefined ? undefined : parseSymmetricKey(key);
  const aes = parsed?.ok && parsed.value.algorithm === 'AES' ? { key: parsed.value } : {};
  return { message: message.value, ...aes, ...(inner === undefined ? {} : { inner }) };
}

export function disclosureView(
  { messages, chains }: CheckedDisclosure,
  nameOf: (id: string) => string,
): Omit<DisclosureView, 'text' | 'missing'> {
  const person = (id: string) => ({ id, name: nameOf(id) });
  const said = disclosedSaid(messages);
  return {
    messages: messages.map(({ message, timeS, protection }, index) => ({
      from: person(message.sender.bare),
      to: person(message.receiver.bare),
      said: said[index] ?? { kind: 'other', name: '' },
      atMs: timeS * 1000,
      bound: protection === 'bound',
    })),
    chains: chains.map(({ sender, first, last, isComplete }) => ({
      from: person(sender.bare),
      first: first + 1,
      last: last + 1,
      complete: isComplete,
    })),
  };
}
