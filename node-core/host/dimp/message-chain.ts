// What is kept of a sealed message beside its words: what shows a third party that it is genuine, its place in the chain of
// what went to the same chat, and that this device has it where it comes back from the station.

import type { Clock } from '../../base/index.ts';
import { sha256, utf8ToBytes } from '../../base/index.ts';
import type { OpenedMessage, ReliableMessage, SequenceEnd } from '../../dimp/index.ts';
import { symmetricKeyToJson } from '../../dimp/index.ts';
import { messageKey } from '../../dimp/station/index.ts';
import type { ChatStore } from './chat-store.ts';

/** What shows a third party that a message is genuine: see disclosure.ts of the protocol. */
export function proofText(wire: string, key: OpenedMessage['key'], inner: string | undefined): string {
  return JSON.stringify({
    wire,
    ...(key === undefined ? {} : { key: symmetricKeyToJson(key) }),
    ...(inner === undefined ? {} : { inner }),
  });
}

/** The same for every copy of a message, in whatever session it comes. */
export const innerKey = (sender: string, inner: string): Uint8Array<ArrayBuffer> =>
  sha256(utf8ToBytes(JSON.stringify([sender, inner])));

/** What goes to one's own account comes back from the station to this device too, which has it already. */
export function noteOwn(store: ChatStore, owner: string, message: ReliableMessage, clock: Clock): void {
  if (message.receiver.bare === owner) store.markHandled(owner, messageKey(message, owner), clock.nowMs());
}

export function readChain(
  store: ChatStore,
  owner: string,
  peer: string,
  chat: string,
): SequenceEnd | undefined {
  const body = store.secret(owner, 'chain', peer, chat)?.body;
  return body === undefined || body === '' ? undefined : (JSON.parse(body) as SequenceEnd);
}

export function writeChain(
  store: ChatStore,
  owner: string,
  peer: string,
  chat: string,
  end: SequenceEnd,
  clock: Clock,
): void {
  store.putSecret(owner, 'chain', { peer, id: chat, body: JSON.stringify(end), atMs: clock.nowMs() });
}
