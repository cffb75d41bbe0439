// The chats of orders. Who is in one is what the order's contract says, proven by the chain, and nobody else: buyer, maker
// and designer; while it is disputed also the mediator whom buyer and maker have both called by a signed command. So that
// other applications of the protocol see it too, it is a group of DIMP, which the buyer's console founds by itself when the
// order is accepted, or the maker's, where it has something to say first. Where both did, the buyer's stands, for everybody
// who hears of it, and the maker's is given up. What a group's commands say beyond the contract counts for nothing here.

import type { ChatMember, OrderCallView } from '../../api/index.ts';
import type { Log, Result } from '../../base/index.ts';
import { refuse } from '../../base/index.ts';
import type { DimpId, Directory, OpenedMessage } from '../../dimp/index.ts';
import {
  commandFields,
  groupReaders,
  isBroadcast,
  isUser,
  leadsGroup,
  parseId,
  sameId,
  samePublicKey,
} from '../../dimp/index.ts';
import type { Orders } from '../services/orders.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';
import type { GroupBook } from './group-book.ts';
import { ORDER_FIELD } from './group-book.ts';

export type OrderChatParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly orders: Pick<Orders, 'list' | 'get'>;
  /** The groups of an account that is running. */
  readonly groupsOf: (actor: string) => GroupBook | undefined;
  readonly changed: (chat: string) => void;
  readonly log: Log;
};

/** What is proven of an order, as it was last looked at. */
type OrderFacts = {
  readonly title: string;
  /** Its parties. */
  readonly members: readonly ChatMember[];
  readonly buyer: string;
  readonly owner: string;
  readonly state: string;
  readonly final: boolean;
};

export const ORDER = /^0x[0-9a-fA-F]{40}$/;
/** States in which the parties may call somebody. */
const DISPUTED = new Set(['disputed']);
/** Nobody has accepted it yet. */
const OFFERED = new Set(['open', 'offered']);
/** It was just accepted: the buyer's console comes first, if it is there. */
const FRESH = new Set(['accepted']);
/** Orders of others that were named to this console; the oldest is forgotten. */
const STRANGE_MAX = 100;
/** Characters of the order's number in the seed of its group: with address and `@` an ID is at most 64 long. */
const SEED_DIGITS = 22;

/** The seed of an order's group: with its founder's key it gives the same group on every device. */
export const orderGroupSeed = (order: string) => `Order-${order.slice(2, 2 + SEED_DIGITS).toLowerCase()}`;

export class OrderChats {
  readonly #parts: OrderChatParts;
  readonly #strange = new Map<string, OrderFacts>();
  /** Accounts being looked through, and whether that is to be done once more. */
  readonly #learning = new Map<string, { readonly done: Promise<void>; again: boolean }>();

  constructor(parts: OrderChatParts) {
    this.#parts = parts;
  }

  /** Looks at the orders of an account: chats appear, groups are founded, mediators come and go. */
  learn(actor: string): Promise<void> {
    const running = this.#learning.get(actor);
    if (running !== undefined) {
      running.again = true;
      return running.done;
    }
    const done = this.#learnUntilQuiet(actor);
    this.#learning.set(actor, { done, again: false });
    return done;
  }

  async #learnUntilQuiet(actor: string): Promise<void> {
    await this.#learnAll(actor);
    const isAgain = this.#learning.get(actor)?.again === true;
    this.#learning.delete(actor);
    if (isAgain) await this.learn(actor);
  }

  /** When nothing of an account is being looked at any more. */
  async idle(actor: string): Promise<void> {
    await this.#learning.get(actor)?.done;
  }

  async #learnAll(actor: string): Promise<void> {
    const { orders, store, log } = this.#parts;
    try {
      const cards = await orders.list(actor, 'en');
      if (!cards.ok) return;
      const known = new Set(cards.value.map(({ id }) => id));
      for (const card of cards.value) this.#keep(actor, card);
      const chats = store.chats(actor).flatMap(({ chat }) => (chat.startsWith('o:') ? chat.slice(2) : []));
      // Those where this account mediates are in no list of its own.
      for (const order of chats) if (!known.has(order)) await this.look(actor, order);
      for (const order of chats) this.#reconcile(actor, order);
    } catch (error) {
      log('warn', 'chat.orders', { error });
    }
  }

  #keep(actor: string, card: OrderCardFacts): void {
    const { store } = this.#parts;
    const name = choiceName(actor, card.id);
    const facts = JSON.stringify(factsOf(card));
    if (store.choice(name) === facts) return;
    store.putChoice(name, facts);
    store.addChat(actor, `o:${card.id}`);
    this.#parts.changed(`o:${card.id}`);
  }

  /** Looks at an order that somebody named, whosever it is. */
  async look(actor: string, order: string): Promise<void> {
    const seen = await this.#parts.orders.get(order, actor, 'en');
    if (!seen.ok) return;
    const facts = factsOf(seen.value);
    if (this.#stored(actor, order) !== undefined) return this.#keep(actor, seen.value);
    this.#strange.delete(order);
    this.#strange.set(order, facts);
    for (const old of this.#strange.keys()) if (this.#strange.size > STRANGE_MAX) this.#strange.delete(old);
  }

  #stored(actor: string, order: string): OrderFacts | undefined {
    const text = this.#parts.store.choice(choiceName(actor, order));
    return text === undefined ? undefined : (JSON.parse(text) as OrderFacts);
  }

  #facts(actor: string, order: string): OrderFacts | undefined {
    return this.#stored(actor, order) ?? this.#strange.get(order);
  }

  /** Of a chat of this account. */
  title(actor: string, order: string): string {
    return this.#stored(actor, order)?.title ?? '';
  }

  /** Parties, and the mediator while there is one; undefined where the order is not known. */
  members(actor: string, order: string): readonly ChatMember[] | undefined {
    const facts = this.#facts(actor, order);
    if (facts === undefined) return undefined;
    const called = this.#called(actor, order, facts).map((id) => ({ id, name: '' }));
    return [...facts.members, ...called];
  }

  /** Whose messages about an order count for this account; nobody's where it has no part in it. */
  speakers(actor: string, order: string): readonly string[] | undefined {
    const ids = this.members(actor, order)?.map(({ id }) => id);
    return ids === undefined || ids.includes(actor) ? ids : [];
  }

  /** The order that a group belongs to: its bulletin names it, and its key is that of the order's buyer or maker. */
  orderOf(actor: string, group: string): string | undefined {
    return this.#origin(actor, group)?.order;
  }

  /** … and which of both has founded it. */
  #origin(actor: string, group: string): { readonly order: string; readonly founder: string } | undefined {
    const { directory } = this.#parts;
    const id = parseId(group);
    if (!id.ok) return undefined;
    const bulletin = directory.documents(id.value).find(({ type }) => type === 'bulletin');
    const order = bulletin?.properties[ORDER_FIELD];
    if (typeof order !== 'string' || !ORDER.test(order) || id.value.name !== orderGroupSeed(order))
      return undefined;
    const [facts, meta] = [this.#facts(actor, order), directory.meta(id.value)];
    if (facts === undefined || meta === undefined) return undefined;
    const founder = idsOf([facts.buyer, facts.owner]).find((one) => {
      const theirs = directory.meta(one);
      return theirs !== undefined && samePublicKey(theirs.key, meta.key);
    });
    return founder === undefined ? undefined : { order, founder: founder.bare };
  }

  /** The group of an order, where this account has heard of it. */
  groupOf(actor: string, order: string): DimpId | undefined {
    const id = parseId(this.#parts.store.choice(groupName(actor, order)) ?? '');
    return id.ok ? id.value : undefined;
  }

  /** A signed command of a group. Of an order's group it is noted who calls whom, and the chat may change. */
  heard(actor: string, group: DimpId, command: OpenedMessage, text: string): void {
    const { store, changed } = this.#parts;
    const origin = this.#origin(actor, group.bare);
    const facts = origin === undefined ? undefined : this.#facts(actor, origin.order);
    if (origin === undefined || facts === undefined) return;
    const { order, founder } = origin;
    const known = store.choice(groupName(actor, order));
    if (known === undefined || (known !== group.bare && founder === facts.buyer))
      store.putChoice(groupName(actor, order), group.bare);
    // Once what brought the command is dealt with.
    if (known !== undefined && known !== group.bare) queueMicrotask(() => this.#giveUp(actor, order, known));
    const [called] = commandFields(command.content, 'invite')?.members ?? [];
    const by = command.message.sender.bare;
    if (called === undefined || !isCaller(facts, by) || !command.isTimeSigned) return;
    if (!mayMediate(facts, called)) return;
    const secret = { peer: order, id: by, body: JSON.stringify({ called: called.bare, text }), atMs: 0 };
    // Who calls another takes back whom they called before.
    const before = store.secret(actor, 'mediator', order, by);
    const atMs = command.timeS * 1000;
    if (before !== undefined && before.atMs >= Math.trunc(atMs)) return;
    store.putSecret(actor, 'mediator', { ...secret, atMs });
    if (this.#called(actor, order, facts).includes(actor) && this.#stored(actor, order) === undefined) {
      store.putChoice(choiceName(actor, order), JSON.stringify(facts));
      store.addChat(actor, `o:${order}`);
    }
    queueMicrotask(() => this.#reconcile(actor, order));
    changed(`o:${order}`);
  }

  #calls(actor: string, order: string) {
    return this.#parts.store.secrets(actor, 'mediator', order).flatMap(({ id, body }) => {
      if (body === '') return [];
      const { called, text } = JSON.parse(body) as { called: string; text: string };
      return [{ by: id, called, text }];
    });
  }

  /** Who mediates: whom both have called, while the order is disputed. */
  #called(actor: string, order: string, facts: OrderFacts): readonly string[] {
    return DISPUTED.has(facts.state) ? this.#agreed(actor, order, facts) : [];
  }

  /** Whom both buyer and maker have called. */
  #agreed(actor: string, order: string, { buyer, owner }: OrderFacts): readonly string[] {
    const calls = new Map(this.#calls(actor, order).map(({ by, called }) => [by, called]));
    const wanted = calls.get(buyer);
    return wanted !== undefined && wanted === calls.get(owner) ? [wanted] : [];
  }

  /** What the group is to be by what is proven: founds it, and changes who is in. */
  #reconcile(actor: string, order: string): void {
    const groups = this.#parts.groupsOf(actor);
    const facts = this.#stored(actor, order);
    if (groups === undefined || facts === undefined || !isCaller(facts, actor)) return;
    const group = this.groupOf(actor, order);
    if (group === undefined) {
      const isFirst = actor === facts.buyer || !FRESH.has(facts.state);
      if (isFirst && isRunning(facts)) this.#found(actor, groups, order, facts);
      return;
    }
    const state = groups.state(group.bare);
    const me = parseId(actor);
    if (state === undefined || !me.ok || !leadsGroup(state, me.value)) return;
    const readers = groupReaders(state);
    const isIn = (id: DimpId) => readers.some((reader) => sameId(reader, id));
    const parties = idsOf(facts.members.map(({ id }) => id));
    const agreed = facts.final ? [] : idsOf(this.#agreed(actor, order, facts));
    // Each console brings a mediator in once: one that is behind the chain must not undo what another did, for ever.
    const { store } = this.#parts;
    const brought = store.choice(broughtName(actor, order));
    const fresh = idsOf(this.#called(actor, order, facts)).filter((id) => !isIn(id) && id.bare !== brought);
    const add = [...parties.filter((id) => !isIn(id)), ...fresh];
    const remove = readers.filter((reader) => ![...parties, ...agreed].some((id) => sameId(id, reader)));
    if (add.length + remove.length === 0) return;
    groups.change(group.bare, add, remove);
    const calls = this.#calls(actor, order).map(({ text }) => text);
    for (const { bare } of fresh) {
      store.putChoice(broughtName(actor, order), bare);
      groups.introduce(group, bare, calls);
    }
  }

  /** Something is to be said in an order's chat: its group is founded, where nobody has done it yet. */
  ensure(actor: string, order: string): void {
    const groups = this.#parts.groupsOf(actor);
    const facts = this.#stored(actor, order);
    if (groups === undefined || facts === undefined || !isCaller(facts, actor)) return;
    if (this.groupOf(actor, order) === undefined && isRunning(facts))
      this.#found(actor, groups, order, facts);
  }

  /** The maker's own group, where the buyer's is the order's: nobody else is in it any more. */
  #giveUp(actor: string, order: string, old: string): void {
    const groups = this.#parts.groupsOf(actor);
    const state = groups?.state(old);
    if (state?.owner.bare !== actor || this.groupOf(actor, order)?.bare === old) return;
    const others = groupReaders(state).filter(({ bare }) => bare !== actor);
    const staff = state.administrators.filter((id) => !sameId(id, state.owner));
    for (const id of staff) groups?.appoint(old, id, false);
    if (others.length > 0) groups?.change(old, [], others);
  }

  #found(
    actor: string,
    groups: GroupBook,
    order: string,
    { title, members, buyer, owner }: OrderFacts,
  ): void {
    const others = idsOf(members.map(({ id }) => id).filter((id) => id !== actor));
    const founded = groups.found(title === '' ? order : title.slice(0, 60), others, {
      seed: orderGroupSeed(order),
      administrators: idsOf([buyer, owner].filter((id) => id !== actor)),
      properties: { [ORDER_FIELD]: order },
    });
    if (!founded.ok) this.#parts.log('warn', 'chat.order-group', { code: founded.fault.code });
  }

  /** Calls somebody to mediate, or agrees to whom the other has called. */
  async call(actor: string, order: string, text: string): Promise<Result<void>> {
    await this.learn(actor);
    const groups = this.#parts.groupsOf(actor);
    this.ensure(actor, order);
    const facts = this.#stored(actor, order);
    const group = this.groupOf(actor, order);
    if (groups === undefined || facts === undefined || !isCaller(facts, actor))
      return refuse(chatFault('chat.unknown'));
    if (!DISPUTED.has(facts.state)) return refuse(chatFault('chat.mediator.peace'));
    if (group === undefined) return refuse(chatFault('chat.mediator.early'));
    const id = parseId(text);
    if (!id.ok || !isUser(id.value) || isBroadcast(id.value))
      return refuse(chatFault('chat.id', { id: text }));
    if (!mayMediate(facts, id.value)) return refuse(chatFault('chat.mediator.party'));
    return groups.propose(group.bare, id.value);
  }

  /** What a page shows of it beside its messages. */
  view(actor: string, order: string, nameOf: (id: string) => string): OrderCallView | undefined {
    const facts = this.#stored(actor, order);
    if (facts === undefined) return undefined;
    const person = (id: string): ChatMember => ({ id, name: nameOf(id) });
    const called = this.#called(actor, order, facts);
    const isDisputed = DISPUTED.has(facts.state);
    const group = this.groupOf(actor, order)?.bare;
    return {
      ...(group === undefined ? {} : { group }),
      mediators: called.map(person),
      calls: isDisputed
        ? this.#calls(actor, order).map(({ by, called: whom }) => ({ by: person(by), called: person(whom) }))
        : [],
      mayCall: isDisputed && isCaller(facts, actor) && group !== undefined,
      member: this.speakers(actor, order)?.includes(actor) === true,
    };
  }
}

type OrderCardFacts = Pick<
  Extract<Awaited<ReturnType<Orders['list']>>, { ok: true }>['value'][number],
  'id' | 'title' | 'buyer' | 'owner' | 'designer' | 'state' | 'final'
>;

function factsOf({ title, buyer, owner, designer, state, final }: OrderCardFacts): OrderFacts {
  const members = new Map(
    [buyer, owner, designer].map(({ address, name }) => [address, { id: address, name }]),
  );
  return { title, members: [...members.values()], buyer: buyer.address, owner: owner.address, state, final };
}

const choiceName = (actor: string, order: string) => `order/${actor}/${order}`;
const groupName = (actor: string, order: string) => `order-group/${actor}/${order}`;
const broughtName = (actor: string, order: string) => `order-mediator/${actor}/${order}`;
const isRunning = ({ state, final }: OrderFacts) => !final && !OFFERED.has(state);
const isCaller = ({ buyer, owner }: OrderFacts, id: string) => id === buyer || id === owner;
const mayMediate = ({ members }: OrderFacts, id: DimpId) =>
  isUser(id) && !members.some((member) => member.id === id.bare);
const idsOf = (texts: readonly string[]): readonly DimpId[] =>
  texts.flatMap((text) => {
    const id = parseId(text);
    return id.ok ? [id.value] : [];
  });
