// What pages show of chats: titles and members by the names that people know, the last words, how messages are protected, and
// how each message stands.

import { setImmediate as soon } from 'node:timers/promises';
import type { CallEntryView, ChatCard, ChatHit, ChatMember, ChatView, MessageView } from '../../api/index.ts';
import { MESSAGES_PAGE } from '../../api/index.ts';
import type { Directory } from '../../dimp/index.ts';
import { groupReaders, leadsGroup, MACHINE_PROPERTY, mayWrite, parseId } from '../../dimp/index.ts';
import type { Parties } from '../services/parties.ts';
import type { Amending } from './amending.ts';
import type { Attachments } from './attachments.ts';
import type { ChatState, ChatStore, SearchPart, StoredMessage } from './chat-store.ts';
import type { Correspondent } from './correspondent.ts';
import type { OrderChats } from './order-chats.ts';
import { explainRefusal, parseRefusal } from './refusals.ts';

/** Which messages of a chat are asked for: the newest, unless one of these is given. */
export type ChatPart = { readonly before?: number | undefined; readonly around?: number | undefined };

/** What a search shows, the newest. */
const HITS_MAX = 50;

export type ChatViewsParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly parties: Parties;
  readonly orderChats: OrderChats;
  readonly amending: Amending;
  readonly files: () => Pick<Attachments, 'view'>;
  /** An account of this console, once it runs. */
  readonly running: (actor: string) => Correspondent | undefined;
};

export class ChatViews {
  readonly #parts: ChatViewsParts;

  constructor(parts: ChatViewsParts) {
    this.#parts = parts;
  }

  /** A part of a chat: messages before one, on both sides of one, or the newest. */
  page(actor: string, state: ChatState, part: ChatPart): ChatView {
    const { store } = this.#parts;
    const { chat } = state;
    const { around } = part;
    const before = around === undefined ? (part.before ?? Number.MAX_SAFE_INTEGER) : around + 1;
    const page = store.messages(actor, chat, before, MESSAGES_PAGE + 1);
    const later = around === undefined ? [] : store.laterMessages(actor, chat, around, MESSAGES_PAGE + 1);
    const messages = [...page.slice(0, MESSAGES_PAGE).reverse(), ...later.slice(0, MESSAGES_PAGE)];
    return {
      chat: { ...this.card(actor, state), ...this.protection(actor, chat) },
      messages: messages.map((message) => this.messageView(actor, message)),
      hasOlder: page.length > MESSAGES_PAGE,
      hasNewer: part.before !== undefined || later.length > MESSAGES_PAGE,
    };
  }

  /** The newest messages that contain all words. Others have their turn in between, and may end it. */
  async search(actor: string, query: string, isWanted: () => boolean): Promise<ChatHit[]> {
    const words = query
      .toLocaleLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found: StoredMessage[] = [];
    let before: number | undefined = words.length === 0 ? undefined : Number.MAX_SAFE_INTEGER;
    while (before !== undefined && found.length < HITS_MAX) {
      const part: SearchPart = this.#parts.store.searchPart(actor, words, before);
      found.push(...part.hits);
      before = part.next;
      await soon();
      if (!isWanted()) return [];
    }
    return found.slice(0, HITS_MAX).map((message) => ({
      chat: message.chat,
      title: this.titleOf(actor, message.chat),
      message: this.messageView(actor, message),
    }));
  }

  #groupOf(actor: string, chat: string): ChatCard['group'] {
    const state = chat.startsWith('g:') ? this.#parts.running(actor)?.groups.state(chat.slice(2)) : undefined;
    const me = parseId(actor);
    if (state === undefined || !me.ok) return undefined;
    return {
      owner: state.owner.bare,
      administrators: state.administrators.map(({ bare }) => bare),
      waiting: state.waiting.map(({ bare }) => this.member(actor, bare)),
      leads: leadsGroup(state, me.value),
      member: mayWrite(state, me.value),
    };
  }

  /** Who reads what is said in a chat. */
  membersOf(actor: string, chat: string): readonly ChatMember[] {
    if (chat.startsWith('g:')) {
      const state = this.#parts.running(actor)?.groups.state(chat.slice(2));
      return (state === undefined ? [] : groupReaders(state)).map(({ bare }) => this.member(actor, bare));
    }
    if (chat.startsWith('o:')) {
      const members = this.#parts.orderChats.members(actor, chat.slice(2)) ?? [];
      return members.map((member) => (member.name === '' ? this.member(actor, member.id) : member));
    }
    return [this.member(actor, chat.slice(2)), this.member(actor, actor)];
  }

  /** What I call somebody; else what the console, the chain or the person's own visa does. */
  member(actor: string, id: string): ChatMember {
    const mine = this.#parts.store.chat(actor, `p:${id}`)?.name ?? '';
    const party = this.#parts.parties.party(id);
    const name = mine || party.name || party.handle || '';
    if (name !== '') return { id, name };
    const parsed = parseId(id);
    const said = parsed.ok ? this.#parts.directory.documents(parsed.value)[0]?.properties['name'] : undefined;
    return { id, name: typeof said === 'string' ? said.slice(0, 40) : '' };
  }

  /** How a message to several people would go, and to whom without forward secrecy. */
  protection(actor: string, chat: string): Pick<ChatCard, 'secrecy' | 'plain'> {
    const correspondent = this.#parts.running(actor);
    if (correspondent === undefined || chat.startsWith('p:')) return {};
    const others = this.membersOf(actor, chat).filter(({ id }) => id !== actor);
    const known = others.flatMap((member) => {
      const id = parseId(member.id);
      return id.ok ? [{ member, secrecy: correspondent.secrecyOf(id.value) }] : [];
    });
    if (known.length === 0) return {};
    const has = (wanted: ChatCard['secrecy']) => known.some(({ secrecy }) => secrecy === wanted);
    const secrecy = (['downgraded', 'static', 'unknown'] as const).find(has) ?? 'forward';
    const plain = known.filter((one) => one.secrecy === 'static' || one.secrecy === 'downgraded');
    return { secrecy, plain: plain.map(({ member }) => member) };
  }

  /** What a chat is called; empty for somebody without a name. */
  titleOf(actor: string, chat: string): string {
    if (chat.startsWith('o:')) return this.#parts.orderChats.title(actor, chat.slice(2));
    if (chat.startsWith('g:')) return this.#parts.running(actor)?.groups.nameOf(chat.slice(2)) ?? '';
    return this.member(actor, chat.slice(2)).name;
  }

  /** All chats, in no order. */
  cards(actor: string): ChatCard[] {
    const chats = this.#parts.store.chats(actor);
    // The group of an order that came before the order itself was known.
    const isOrders = (chat: string) =>
      chat.startsWith('g:') && this.#parts.orderChats.orderOf(actor, chat.slice(2)) !== undefined;
    return chats.filter(({ chat }) => !isOrders(chat)).map((state) => this.card(actor, state));
  }

  card(actor: string, { chat, read, draft, blocked, muted, timerS }: ChatState): ChatCard {
    const peer = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
    const { alert, verified } = this.#parts.store.peer(actor, chat.slice(2));
    const group = this.#groupOf(actor, chat);
    const nameOf = (id: string) => this.member(actor, id).name;
    const order = chat.startsWith('o:')
      ? this.#parts.orderChats.view(actor, chat.slice(2), nameOf)
      : undefined;
    const correspondent = this.#parts.running(actor);
    const isMachine =
      peer?.ok === true &&
      this.#parts.directory.documents(peer.value)[0]?.properties[MACHINE_PROPERTY] !== undefined;
    const secrecy = peer?.ok && correspondent !== undefined ? correspondent.secrecyOf(peer.value) : undefined;
    const [last] = this.#parts.store.messages(actor, chat, Number.MAX_SAFE_INTEGER, 1);
    return {
      id: chat,
      kind: chat.startsWith('o:') ? 'order' : chat.startsWith('g:') ? 'group' : 'person',
      ...(isMachine ? { machine: true } : {}),
      title: this.titleOf(actor, chat),
      members: [...this.membersOf(actor, chat)],
      ...(last === undefined
        ? {}
        : {
            last: {
              id: last.id,
              text: last.text.slice(0, 200),
              atMs: last.atMs,
              mine: last.sender === actor,
              ...(last.view?.isDeleted ? { deleted: true } : {}),
              ...this.#callOf(last),
            },
          }),
      unread: this.#parts.store.unread(actor, chat, read),
      draft,
      blocked,
      muted,
      ...(secrecy === undefined ? {} : { secrecy }),
      alert,
      verified,
      timerS,
      ...(group === undefined ? {} : { group }),
      ...(order === undefined ? {} : { order }),
    };
  }

  messageView(actor: string, message: StoredMessage): MessageView {
    const { id, sender, text, atMs, bound, secrecy, goneMs } = message;
    const mine = sender === actor;
    const states = mine ? this.#parts.store.deliveryStates(id) : [];
    const refused = states.find(({ state }) => state === 'refused');
    const call = this.#callOf(message);
    const has = (...wanted: readonly string[]) => states.some(({ state }) => wanted.includes(state));
    const file = this.#parts.files().view(actor, id);
    const isOnItsWay = file?.outgoing === true && mine && file.state !== 'ready';
    const state = has('refused')
      ? 'refused'
      : isOnItsWay || has('unsealed', 'sealed')
        ? 'waiting'
        : states.length > 0 && states.every((one) => one.state === 'received')
          ? 'received'
          : 'sent';
    return {
      id,
      from: this.member(actor, sender),
      mine,
      text,
      atMs,
      bound,
      state,
      ...(secrecy === undefined ? {} : { secrecy }),
      ...(goneMs === undefined ? {} : { goneMs }),
      ...(file === undefined ? {} : { file }),
      ...(refused === undefined ? {} : { reason: this.#reasonOf(actor, refused) }),
      ...this.#parts.amending.marksOf(actor, message),
      ...call,
    };
  }

  #reasonOf(actor: string, { receiver, reason }: { readonly receiver: string; readonly reason: string }) {
    const { name } = this.member(actor, receiver);
    return explainRefusal(parseRefusal(reason), name === '' ? receiver : name);
  }

  /** Of the line of a call, how it went. */
  #callOf({ id, text }: StoredMessage): { readonly call?: CallEntryView } {
    const call = text === '' ? this.#parts.store.call(id) : undefined;
    if (call === undefined) return {};
    const { isIncoming: incoming, video, outcome, lengthMs, isLost: lost } = call;
    return { call: { incoming, video, outcome, lengthMs, lost } };
  }
}
