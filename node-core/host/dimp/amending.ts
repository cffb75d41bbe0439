// What people do with messages that stand in a chat already: answer one, react to it, change or delete their own.

import type { ChatMember, MessageView } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { AmendmentAct, JsonObject } from '../../dimp/index.ts';
import { isReaction, originJson } from '../../dimp/index.ts';
import { earlierTexts, keepsEverything } from './amendment-book.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore, StoredMessage } from './chat-store.ts';
import type { Correspondent } from './correspondent.ts';

export type WayTo = {
  readonly correspondent: Correspondent;
  readonly receivers: readonly string[];
  readonly order: string | undefined;
};
export type AmendingParts = {
  readonly store: ChatStore;
  readonly wayTo: (actor: string, chat: string) => Promise<Result<WayTo>>;
  readonly nameOf: (actor: string, id: string) => ChatMember;
  readonly changed: (chat: string) => void;
};

/** Characters of a message that are shown above its answer. */
const QUOTE_CHARS_MAX = 200;

export class Amending {
  readonly #parts: AmendingParts;

  constructor(parts: AmendingParts) {
    this.#parts = parts;
  }

  /** One sign beside a message; an empty one takes it back. */
  async react(actor: string, chat: string, id: number, sign: string): Promise<Result<void>> {
    if (sign !== '' && !isReaction(sign)) return refuse(chatFault('chat.reaction'));
    return this.#amend({ actor, chat, id }, 'react', sign);
  }

  async edit(actor: string, chat: string, id: number, text: string): Promise<Result<void>> {
    if (text.trim() === '') return refuse(chatFault('chat.empty'));
    return this.#amend({ actor, chat, id }, 'edit', text);
  }

  async remove(actor: string, chat: string, id: number): Promise<Result<void>> {
    if (keepsEverything(chat)) return refuse(chatFault('chat.message.kept'));
    return this.#amend({ actor, chat, id }, 'delete', '');
  }

  /** What a message said before it was edited, the oldest first. */
  earlier(actor: string, chat: string, id: number): Result<{ text: string; atMs: number }[]> {
    const message = this.#find(actor, chat, id);
    return message.ok ? ok(earlierTexts(this.#parts.store, actor, id)) : message;
  }

  /** What an answer to this message carries. */
  originOf(actor: string, chat: string, id: number): Result<JsonObject> {
    const message = this.#find(actor, chat, id);
    if (!message.ok) return message;
    return ok(originJson({ sender: message.value.sender, reference: message.value.ref }));
  }

  async #amend(
    { actor, chat, id }: { readonly actor: string; readonly chat: string; readonly id: number },
    act: AmendmentAct,
    text: string,
  ): Promise<Result<void>> {
    const way = await this.#parts.wayTo(actor, chat);
    if (!way.ok) return way;
    const message = this.#find(actor, chat, id);
    if (!message.ok) return message;
    const { sender, ref } = message.value;
    if (act !== 'react' && sender !== actor) return refuse(chatFault('chat.message.foreign'));
    const { correspondent, receivers, order } = way.value;
    const target = originJson({ sender, reference: ref });
    correspondent.composing.amend(chat, act, text, receivers, { order, target });
    this.#parts.changed(chat);
    return ok(undefined);
  }

  #find(actor: string, chat: string, id: number): Result<StoredMessage & { readonly ref: string }> {
    const message = this.#parts.store.message(actor, id);
    const { ref } = message ?? {};
    if (message?.chat !== chat || ref === undefined || message.view?.isDeleted === true)
      return refuse(chatFault('chat.message.unknown'));
    return ok({ ...message, ref });
  }

  /** What stands at a message besides its text. */
  marksOf(actor: string, { origin, view, chat }: StoredMessage): Partial<MessageView> {
    const { nameOf } = this.#parts;
    const quote = origin === undefined ? undefined : this.#quote(actor, chat, origin);
    const signs = new Map<string, ChatMember[]>();
    for (const { by, text } of view?.reactions ?? [])
      signs.set(text, [...(signs.get(text) ?? []), nameOf(actor, by)]);
    return {
      ...(quote === undefined ? {} : { quote }),
      ...(view?.isDeleted ? { deleted: true } : {}),
      ...(view?.editedMs === undefined ? {} : { editedMs: view.editedMs }),
      ...(signs.size === 0
        ? {}
        : {
            reactions: Array.from(signs, ([sign, by]) => ({
              sign,
              by,
              mine: by.some((one) => one.id === actor),
            })),
          }),
    };
  }

  /** What is here of the words that are answered: never what somebody says that they were. */
  #quote(actor: string, chat: string, origin: NonNullable<StoredMessage['origin']>): MessageView['quote'] {
    const { store, nameOf } = this.#parts;
    const number = store.numberOf(actor, origin.reference);
    const message = number === undefined ? undefined : store.message(actor, number);
    const from = nameOf(actor, origin.sender);
    if (message?.chat !== chat || message.sender !== origin.sender || message.view?.isDeleted)
      return { from };
    return { from, message: message.id, text: message.text.slice(0, QUOTE_CHARS_MAX) };
  }
}
