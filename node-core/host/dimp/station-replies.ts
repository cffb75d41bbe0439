// What a station says to an account: refusals of what it sent, for the message that they are about. Work that a receiver asks
// of strangers is done here, and the message sent again with it.

import type { Log } from '../../base/index.ts';
import type { Content } from '../../dimp/index.ts';
import { encodeTransportable, receiptOrigin } from '../../dimp/index.ts';
import type { ChatStore } from './chat-store.ts';
import { withWork, workAsked } from './payment-of-work.ts';
import { readRefusal, refusalToText } from './refusals.ts';

export type StationRepliesParts = {
  readonly owner: string;
  readonly store: ChatStore;
  readonly log: Log;
  readonly pump: () => void;
  readonly onChange: (chat: string | undefined) => void;
};

export class StationReplies {
  readonly #parts: StationRepliesParts;
  #isClosed = false;
  #paying: Promise<void> = Promise.resolve();

  constructor(parts: StationRepliesParts) {
    this.#parts = parts;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#paying;
  }

  /** Nothing where it is no refusal. */
  hear(content: Content): void {
    const { owner, store, onChange } = this.#parts;
    const origin = receiptOrigin(content);
    const refusal = readRefusal(content);
    if (refusal === undefined || origin?.signature === undefined) return;
    const signature = encodeTransportable(origin.signature);
    const reason = refusalToText(refusal);
    const workBits = workAsked(content.json);
    const sent = store.sentWire(owner, signature);
    if (workBits !== undefined && sent !== undefined) this.#pay(sent, workBits, signature, reason);
    else if (store.refused(owner, signature, reason)) onChange(undefined);
  }

  /** Works for a stranger's message and sends it again; what shows the work and is refused all the same stays refused. */
  #pay(
    sent: { readonly number: number; readonly wire: string },
    workBits: number,
    signature: string,
    refusal: string,
  ): void {
    const { owner, store, onChange, log } = this.#parts;
    const work = async (): Promise<void> => {
      const paid = await withWork(sent.wire, workBits, () => !this.#isClosed);
      if (this.#isClosed) return;
      if (paid === undefined) store.refused(owner, signature, refusal);
      else if (store.resend(sent.number, paid)) this.#parts.pump();
      onChange(undefined);
    };
    // One after the other: what many ask for at once takes no more of the computer.
    this.#paying = this.#paying.then(work).catch((error: unknown) => log('error', 'chat.work', { error }));
  }
}
