// The groups of one account: it founds them, says by signed commands who is in them, and believes no other commands than
// those that the protocol allows. A message to a group goes to each member by itself, under keys of its own: who has left
// is written to no more.

import type { Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type {
  Account,
  CommandName,
  DimpCrypto,
  DimpDocument,
  DimpId,
  Directory,
  GroupState,
  JsonObject,
  MovedGroup,
  OpenedMessage,
} from '../../dimp/index.ts';
import {
  ANYONE,
  applyGroupCommand,
  applyGroupHistory,
  commandFields,
  contentFields,
  createCommand,
  createContent,
  createDocument,
  createNamedMeta,
  DOCUMENTS_MAX,
  documentToJson,
  ENTITY_TYPES,
  foundGroup,
  GROUP_MEMBERS_MAX,
  groupReaders,
  isGroup,
  leadsGroup,
  learnAttached,
  mayWrite,
  messageToText,
  metaToId,
  metaToJson,
  openMessage,
  parseId,
  parseInnerMessage,
  parseMessage,
  sameId,
  sealMessage,
} from '../../dimp/index.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';

export type GroupBookParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly serial: () => number;
  /** How others get to know this account. */
  readonly extras: JsonObject;
  /** Puts a content on its way to somebody. */
  readonly tell: (receiver: string, content: JsonObject) => void;
  /** The same to other devices of this account. */
  readonly tellOwnDevices?: (content: JsonObject) => void;
  /** The chat of a group that belongs to an order; undefined for all others. */
  readonly orderOf: (group: string) => string | undefined;
  /** A group command whose signature is right, whether the group allows it or not. */
  readonly heard: (group: DimpId, command: OpenedMessage, text: string) => void;
};

/** What a group is founded with beside its name and members. */
export type Founding = {
  /** Half of the group's ID; a random one where it is left out. The same key and seed give the same group again. */
  readonly seed?: string;
  readonly administrators?: readonly DimpId[];
  /** Further members of its bulletin. */
  readonly properties?: JsonObject;
};

type Known = {
  readonly body: string;
  readonly documents: readonly DimpDocument[];
  readonly state: GroupState;
};

/** Member of a content that names the order it belongs to. Others ignore it. */
export const ORDER_FIELD = 'order';
/** Commands of one group that are kept: the newest reset, and what came after it. */
const HISTORY_MAX = 600;
const without = (list: readonly DimpId[], gone: readonly DimpId[]) =>
  list.filter((id) => !gone.some((one) => sameId(one, id)));

export class GroupBook {
  readonly #parts: GroupBookParts;
  readonly #owner: string;
  /** Of groups that this account is in, what their papers and commands come to. */
  readonly #states = new Map<string, Known>();

  constructor(parts: GroupBookParts) {
    this.#parts = parts;
    this.#owner = parts.account.id.bare;
  }

  /** A group as it stands; undefined where it is not known. */
  state(group: string): GroupState | undefined {
    const id = parseId(group);
    const body = this.#body(group);
    if (!id.ok || body === undefined) return undefined;
    const documents = this.#parts.directory.documents(id.value);
    const known = this.#states.get(group);
    if (known?.body === body && known.documents === documents) return known.state;
    const founded = foundGroup(id.value, this.#parts.directory);
    if (!founded.ok) return undefined;
    const texts = JSON.parse(body) as string[];
    const state = applyGroupHistory(founded.value, this.#open(texts), this.#nowS());
    this.#states.set(group, { body, documents, state });
    return state;
  }

  /** Whether what somebody writes to a group counts. */
  mayWrite(group: string, sender: DimpId): boolean {
    const state = this.state(group);
    return state !== undefined && mayWrite(state, sender);
  }

  nameOf(group: string): string {
    const id = parseId(group);
    const documents = id.ok ? this.#parts.directory.documents(id.value) : [];
    const name = documents.find(({ type }) => type === 'bulletin')?.properties['name'];
    return typeof name === 'string' ? name.slice(0, 60) : '';
  }

  /** Whom a message of this account to the group goes to. */
  readers(group: string): Result<readonly string[]> {
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    if (!mayWrite(state, this.#parts.account.id)) return refuse(chatFault('chat.group.out'));
    return ok(without(groupReaders(state), [this.#parts.account.id]).map(({ bare }) => bare));
  }

  #freshSeed(): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.#parts.crypto.random.bytes(4);
    return `Group-${10_000 + ((((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % 999_990_000)}`;
  }

  /** Founds a group with these members; its chat. */
  found(name: string, members: readonly DimpId[], founding: Founding = {}): Result<string> {
    const { account, crypto, directory } = this.#parts;
    const meta = createNamedMeta(founding.seed ?? this.#freshSeed(), account.identityKey, crypto);
    if (!meta.ok) return meta;
    const group = metaToId(meta.value, ENTITY_TYPES.group);
    if (group === undefined) return refuse(chatFault('chat.unknown'));
    const administrators = (founding.administrators ?? []).map(({ bare }) => bare);
    const properties = {
      ...founding.properties,
      name,
      founder: account.id.bare,
      administrators,
      assistants: [],
    };
    const nowS = this.#nowS();
    const request = { did: group, type: 'bulletin' as const, properties, nowS };
    const bulletin = createDocument(request, account.identityKey, crypto);
    if (!bulletin.ok) return bulletin;
    const saved = directory.saveMeta(group, metaToJson(meta.value));
    if (!saved.ok) return saved;
    const kept = directory.saveDocument(documentToJson(bulletin.value), group, nowS);
    if (!kept.ok) return kept;
    this.#addChat(group.bare);
    this.#keep(group.bare, []);
    const all = [account.id, ...without(members, [account.id])];
    const told = this.#command(group, 'reset', { members: all.map(({ bare }) => bare) }, all);
    return told.ok ? ok(`g:${group.bare}`) : told;
  }

  /** The chat of an order is there by itself. */
  #addChat(group: string): void {
    if (this.#parts.orderOf(group) === undefined) this.#parts.store.addChat(this.#owner, `g:${group}`);
  }

  /** Proposes somebody, also where this account could add them by itself. */
  propose(group: string, member: DimpId): Result<void> {
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    return this.#command(state.group, 'invite', { members: [member.bare] }, groupReaders(state));
  }

  /** Tells somebody all that is known of a group, and these signed commands beside it. */
  introduce(group: DimpId, receiver: string, commands: readonly string[]): void {
    this.#parts.tell(receiver, this.#historyContent(group, commands));
  }

  /** Leaders change who is in; members can only propose somebody. */
  change(group: string, add: readonly DimpId[], remove: readonly DimpId[]): Result<void> {
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    const { id } = this.#parts.account;
    if (!leadsGroup(state, id)) {
      const members = add.map(({ bare }) => bare);
      return this.#command(state.group, 'invite', { members }, groupReaders(state));
    }
    const staying = without(groupReaders(state), remove);
    const members = [...staying, ...without(add, staying)];
    if (members.length > GROUP_MEMBERS_MAX)
      return refuse(chatFault('chat.group.large', { membersMax: String(GROUP_MEMBERS_MAX) }));
    // Those who go are told too, so that their programs do not go on writing.
    const receivers = [...members, ...without(state.members, members), ...without(state.waiting, members)];
    return this.#command(state.group, 'reset', { members: members.map(({ bare }) => bare) }, receivers);
  }

  /** The owner gives it another name, in a new bulletin; everything else stays, and those proposed stay proposed. */
  rename(group: string, name: string): Result<void> {
    const { account, crypto, directory } = this.#parts;
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    if (!sameId(state.owner, account.id)) return refuse(chatFault('chat.group.owner'));
    const old = directory.documents(state.group).find(({ type }) => type === 'bulletin');
    const bare = (ids: readonly DimpId[]) => ids.map((id) => id.bare);
    const { administrators, assistants } = state;
    const staff = { administrators: bare(administrators), assistants: bare(assistants) };
    const properties = { ...old?.properties, name, founder: account.id.bare, ...staff };
    // Newer than every command that made these administrators.
    const nowS = Math.max(this.#nowS(), state.bulletinTimeS + 0.001);
    const request = { did: state.group, type: 'bulletin' as const, properties, nowS };
    const bulletin = createDocument(request, account.identityKey, crypto);
    if (!bulletin.ok) return bulletin;
    const kept = directory.saveDocument(documentToJson(bulletin.value), state.group, nowS);
    if (!kept.ok) return kept;
    // Who is in it is said anew: an older reset may not name the administrators that the bulletin does.
    const members = groupReaders(state);
    const told = this.#command(state.group, 'reset', { members: bare(members) }, members);
    if (!told.ok || state.waiting.length === 0) return told;
    return this.#command(state.group, 'invite', { members: bare(state.waiting) }, members);
  }

  /** The owner makes somebody an administrator, or takes it back. */
  appoint(group: string, member: DimpId, isAdministrator: boolean): Result<void> {
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    const fields = { administrators: [member.bare] };
    return this.#command(state.group, isAdministrator ? 'hire' : 'fire', fields, groupReaders(state));
  }

  leave(group: string): Result<void> {
    const state = this.state(group);
    if (state === undefined) return refuse(chatFault('chat.unknown'));
    return this.#command(state.group, 'quit', {}, groupReaders(state));
  }

  /** Signs a command, checks that the group allows it, keeps it, and tells these. */
  #command(group: DimpId, name: CommandName, fields: JsonObject, receivers: readonly DimpId[]): Result<void> {
    const { account, store, tell } = this.#parts;
    const before = this.state(group.bare);
    if (before === undefined) return refuse(chatFault('chat.unknown'));
    // Later than what it follows, whatever the clock says: commands count in the order of their times.
    const timeS = Math.max(this.#nowS(), before.resetTimeS + 0.001, before.bulletinTimeS + 0.001);
    const signed = this.#sign(createCommand(name, fields, { sn: this.#parts.serial(), timeS, group }), group);
    if (!signed.ok) return signed;
    const [opened] = this.#open([signed.value]);
    if (opened === undefined) return refuse(chatFault('chat.unknown'));
    const after = applyGroupCommand(before, opened, timeS);
    if (!after.ok) return after;
    store.transact(() => {
      this.#parts.heard(group, opened, signed.value);
      this.#keep(group.bare, [...(this.#history(group.bare) ?? []), signed.value]);
      const content = this.#historyContent(group);
      for (const receiver of without(receivers, [account.id])) tell(receiver.bare, content);
      this.#parts.tellOwnDevices?.(content);
    });
    return ok(undefined);
  }

  /** A signed message for everybody, as group commands are. */
  #sign(content: JsonObject, group: DimpId): Result<string> {
    const { account, directory, crypto, extras } = this.#parts;
    const timeS = this.#nowS();
    const request = { account, receiver: ANYONE, group, content, timeS, extras };
    const sealed = sealMessage(request, directory, crypto);
    return sealed.ok ? ok(messageToText(sealed.value)) : sealed;
  }

  /** Group, bulletin, and the commands that made it what it is: whoever gets them can check all of it. */
  #historyContent(group: DimpId, more: readonly string[] = []): JsonObject {
    const { directory, serial } = this.#parts;
    const meta = directory.meta(group);
    const documents = directory.documents(group).map(documentToJson);
    const stamp = { sn: serial(), timeS: this.#nowS() };
    const fields = { did: group.bare, documents, ...(meta === undefined ? {} : { meta: metaToJson(meta) }) };
    const papers = this.#sign(createCommand('documents', fields, { ...stamp, group }), group);
    const history = [...new Set([...(this.#history(group.bare) ?? []), ...more])];
    const texts = papers.ok ? [papers.value, ...history] : history;
    const secrets = texts.map((text) => JSON.parse(text) as JsonObject);
    const order = this.#parts.orderOf(group.bare);
    return createContent(
      'forward',
      { secrets, ...(order === undefined ? {} : { [ORDER_FIELD]: order }) },
      stamp,
    );
  }

  /** The groups that this account is in, as what made them. */
  giveAll(): readonly MovedGroup[] {
    const { store } = this.#parts;
    return store.secretPeers(this.#owner, 'group').flatMap((group) => {
      const state = this.state(group);
      if (state === undefined || !mayWrite(state, this.#parts.account.id)) return [];
      const secrets = this.#historyContent(state.group)['secrets'];
      return Array.isArray(secrets) ? [{ id: group, commands: secrets as JsonObject[] }] : [];
    });
  }

  /** Takes groups from a file: what proves itself counts, with what is known here already. How many are new. */
  takeAll(groups: readonly MovedGroup[]): number {
    const known = (id: string) => this.state(id) !== undefined;
    let count = 0;
    for (const { id, commands } of groups) {
      const wasKnown = known(id);
      const texts = commands.map((command) => JSON.stringify(command));
      const about = texts.filter((text) => this.#hearOne(text)?.bare === id);
      if (about.length > 0) this.#learn(id, about);
      if (!wasKnown && known(id)) count += 1;
    }
    return count;
  }

  /** Takes in what a member forwards. True where it was about a group, whether it counts or not. */
  hear({ content }: OpenedMessage): boolean {
    const secrets = contentFields(content, 'forward')?.secrets;
    if (secrets === undefined) return false;
    const groups = new Map<string, string[]>();
    for (const secret of secrets) {
      const text = JSON.stringify(secret);
      const group = this.#hearOne(text);
      if (group !== undefined) groups.set(group.bare, [...(groups.get(group.bare) ?? []), text]);
    }
    for (const [group, texts] of groups) this.#learn(group, texts);
    return groups.size > 0;
  }

  /** The group that a forwarded message is about. Papers prove themselves; commands are kept to be judged together. */
  #hearOne(text: string): DimpId | undefined {
    const { directory, clock } = this.#parts;
    const parsed = parseMessage(text);
    if (!parsed.ok || !parsed.value.isBroadcast) return undefined;
    learnAttached(parsed.value, directory, clock.nowMs() / 1000);
    const [opened] = this.#open([text]);
    const group = opened?.content.group;
    if (opened === undefined || group === undefined || !isGroup(group)) return undefined;
    const papers = commandFields(opened.content, 'documents');
    if (papers === undefined) {
      if (opened.content.kind !== 'history') return undefined;
      this.#parts.heard(group, opened, text);
      return group;
    }
    if (!sameId(papers.did, group)) return undefined;
    if (opened.content.json['meta'] !== undefined) directory.saveMeta(group, opened.content.json['meta']);
    const list = opened.content.json['documents'];
    for (const item of (Array.isArray(list) ? list : []).slice(0, DOCUMENTS_MAX))
      directory.saveDocument(item, group, this.#nowS());
    return group;
  }

  #learn(group: string, texts: readonly string[]): void {
    const { store, account } = this.#parts;
    const known = this.#history(group);
    this.#keep(group, [...new Set([...(known ?? []), ...texts])]);
    const state = this.state(group);
    const isIn = state?.members.some((member) => sameId(member, account.id)) === true;
    if (isIn) this.#addChat(group);
    // Of groups of others nothing is kept.
    else if (known === undefined) {
      store.dropSecret(this.#owner, 'group', group, '');
      this.#states.delete(group);
    }
  }

  #history(group: string): readonly string[] | undefined {
    const body = this.#body(group);
    return body === undefined ? undefined : (JSON.parse(body) as string[]);
  }

  #body(group: string): string | undefined {
    const body = this.#parts.store.secret(this.#owner, 'group', group, '')?.body;
    return body === '' ? undefined : body;
  }

  /**
   * Keeps the commands that counted and can still count. What did not count is not kept: however much of it somebody sends,
   * it takes no place from what did.
   */
  #keep(group: string, texts: readonly string[]): void {
    const { store, clock, directory } = this.#parts;
    const id = parseId(group);
    const founded = id.ok ? foundGroup(id.value, directory) : id;
    const commands = texts.flatMap((text) => this.#open([text]).map((opened) => ({ text, opened })));
    commands.sort((a, b) => a.opened.timeS - b.opened.timeS);
    let state = founded.ok ? founded.value : undefined;
    const counted = commands.filter(({ opened }) => {
      if (state === undefined || opened.content.kind !== 'history') return false;
      const after = applyGroupCommand(state, opened, this.#nowS());
      if (after.ok) state = after.value;
      return after.ok;
    });
    const resetS = state?.resetTimeS ?? 0;
    const lasting = counted.filter(
      ({ opened }) =>
        opened.timeS >= resetS || ['hire', 'fire', 'resign'].includes(opened.content.command ?? ''),
    );
    const kept = lasting.slice(-HISTORY_MAX).map(({ text }) => text);
    // Whatever else is many, the reset says who is in.
    const reset = lasting.find(({ opened }) => opened.content.command === 'reset' && opened.timeS === resetS);
    const all = reset === undefined || kept.includes(reset.text) ? kept : [reset.text, ...kept];
    const secret = { peer: group, id: '', body: JSON.stringify(all), atMs: clock.nowMs() };
    store.putSecret(this.#owner, 'group', secret);
  }

  /** Those whose signature is right. */
  #open(texts: readonly string[]): OpenedMessage[] {
    const { account, directory, crypto } = this.#parts;
    return texts.flatMap((text) => {
      const parsed = parseInnerMessage(JSON.parse(text) as JsonObject);
      const opened = parsed.ok ? openMessage(parsed.value, account, directory, crypto) : parsed;
      return opened.ok ? [opened.value] : [];
    });
  }

  #nowS(): number {
    return this.#parts.clock.nowMs() / 1000;
  }
}
