// Where a message goes: to a mailbox here, to the station where its receiver is, to the neighbours, or nowhere, with a
// reason. Every copy is remembered, so that what is repeated, by a sender whose confirmation was lost or by a thief, is
// not delivered again.

import type { Bytes, Clock, Fault } from '../../base/index.ts';
import { bytesToHex, microToDecimal } from '../../base/index.ts';
import type { Account, DimpId, Directory, JsonObject, ReliableMessage } from '../index.ts';
import {
  encodeTransportable,
  isBroadcast,
  isGroup,
  isStation,
  metaToJson,
  parseId,
  parseJsonObject,
  readId,
  writeJsonMembers,
} from '../index.ts';
import type { Answer } from './desk.ts';
import { stationFault } from './faults.ts';
import type { Mailboxes, Quota } from './mailboxes.ts';
import type { Hash, Policy } from './policy.ts';
import { messageKey, Price, priceToJson, shownWork, signatureText } from './policy.ts';
import type { StakeBook } from './stakes.ts';
import type { StationStore } from './store.ts';
import { isLooping, passedStations, withTrace } from './traces.ts';

export type PostParts = {
  readonly account: Account;
  readonly store: StationStore;
  readonly directory: Directory;
  readonly mailboxes: Mailboxes;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly policy: Policy;
  readonly names: ReadonlyMap<string, DimpId>;
  readonly neighbours: readonly DimpId[];
  /** Undefined without a chain: nobody has locked anything then. */
  readonly stakes?: StakeBook;
  readonly sha256?: Hash;
  readonly later: (write: () => void) => void;
};

/** An answer to the sender; a refusal is told even to those who want no receipts. */
export type PostAnswer = Answer & { readonly isRefusal?: boolean };

/** Mails copied to the station where a user has gone to. */
const ROAMING_MAILS_MAX = 1000;
/** Pairs of people remembered as known to each other, before the store is asked. */
const KNOWN_PAIRS_MAX = 50_000;
const STORE_CHECK_MS = 1000;
/** Login commands whose station is remembered. */
const STATIONS_MAX = 20_000;

export class Post {
  readonly #parts: PostParts;
  readonly #self: DimpId;
  /** Keys of what came since the last flush. */
  readonly #fresh = new Set<string>();
  readonly #knownPairs = new Set<string>();
  /** By login command: reading one takes longer than finding it. */
  readonly #stations = new Map<string, DimpId | 'none'>();
  #usedBytes = 0;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PostParts) {
    this.#parts = parts;
    this.#self = parts.account.id;
  }

  fault(code: 'station.sender'): Fault {
    return stationFault(code);
  }

  beginFlush(): void {
    this.#fresh.clear();
  }

  /** Routes a proven message; the answers are for its sender. */
  take(message: ReliableMessage, isFromNeighbour: boolean): readonly PostAnswer[] {
    if (isLooping(message, this.#self))
      return isFromNeighbour ? [] : [refusal(stationFault('station.circle'))];
    const { receiver } = message;
    if (isBroadcast(receiver)) {
      const named = this.#parts.names.get((receiver.name ?? '').toLowerCase());
      if (isGroup(receiver) || named === undefined) return [{ kind: 'receipt', text: 'Receiver not found.' }];
      return this.#deliver(message, named, isFromNeighbour);
    }
    if (isGroup(receiver)) return this.#split(message, isFromNeighbour);
    if (isStation(receiver) && !this.#isNeighbour(receiver)) return [];
    return this.#deliver(message, receiver, isFromNeighbour);
  }

  /** A message for all stations; false where it was here before. */
  broadcast(message: ReliableMessage): boolean {
    if (isLooping(message, this.#self)) return false;
    const key = messageKey(message, message.receiver.bare, this.#parts.sha256);
    if (this.#wasSeen(key)) return false;
    this.#remember(key);
    this.#toNeighbours(message, message.receiver.bare);
    return true;
  }

  /** The neighbour where somebody says to be, while it is connected. */
  presentStationOf(user: DimpId): DimpId | undefined {
    const station = this.#stationOf(user);
    return station !== undefined && this.#parts.mailboxes.isPresent(station.bare) ? station : undefined;
  }

  /** A user has gone to another station: what waits here goes after. */
  roam(user: DimpId, station: DimpId): void {
    const { mailboxes, store, policy, clock } = this.#parts;
    if (!this.#isNeighbour(station) || mailboxes.isPresent(user.bare)) return;
    const { devices } = store.mailbox(user.bare);
    const from = Math.min(Number.MAX_SAFE_INTEGER, ...devices.map(({ acknowledged }) => acknowledged));
    if (devices.length === 0) return;
    for (const { text, signature } of store.page(user.bare, from, ROAMING_MAILS_MAX)) {
      const mail = { key: new Uint8Array(0), text, signature, timeMs: clock.nowMs() };
      mailboxes.append(station.bare, mail, policy.neighbourQuota);
    }
  }

  /** Everybody whose key is in the message gets it, with that key alone. */
  #split(message: ReliableMessage, isFromNeighbour: boolean): readonly PostAnswer[] {
    const copies = new Map<string, { readonly member: DimpId; readonly keys: { [name: string]: string } }>();
    for (const [name, key] of message.keys) {
      const member = readId(name);
      if (member === undefined || isGroup(member) || isBroadcast(member)) continue;
      const copy = copies.get(member.bare) ?? { member, keys: {} };
      copy.keys[name] = encodeTransportable(key);
      copies.set(member.bare, copy);
    }
    if (copies.size === 0) return [refusal(stationFault('station.group'))];
    const group = message.group ?? message.receiver;
    const refusals: PostAnswer[] = [];
    for (const { member, keys } of copies.values()) {
      if (member.bare === message.sender.bare) continue;
      const members = new Map(message.members);
      members.set('receiver', JSON.stringify(member.text));
      members.set('group', JSON.stringify(group.text));
      const digest = message.keyDigest === undefined ? {} : { digest: message.keyDigest };
      members.set('keys', JSON.stringify({ ...keys, ...digest }));
      const own = keys[member.bare];
      if (own !== undefined) members.set('key', JSON.stringify(own));
      const answers = this.#deliver({ ...message, receiver: member, members }, member, isFromNeighbour);
      refusals.push(...answers.filter(({ isRefusal }) => isRefusal === true));
    }
    return refusals.length > 0 ? refusals : [{ kind: 'receipt', text: 'Group message delivering.' }];
  }

  #deliver(message: ReliableMessage, to: DimpId, isFromNeighbour: boolean): readonly PostAnswer[] {
    const { store, mailboxes, clock } = this.#parts;
    const user = to.bare;
    const key = messageKey(message, user, this.#parts.sha256);
    // Repeated because our confirmation was lost: it is stored.
    if (this.#wasSeen(key)) return [{ kind: 'receipt', text: 'Message received.' }];
    const obstacle = isFromNeighbour ? undefined : this.#obstacle(message, to);
    if (obstacle !== undefined) return [obstacle];
    const station = this.#stationOf(to);
    if (station !== undefined && !mailboxes.isPresent(user)) {
      this.#remember(key);
      this.#toNeighbours(message, user, station);
      return [{ kind: 'receipt', text: 'Message redirected.', fields: { neighbor: station.bare } }];
    }
    const isLocal = mailboxes.isLocal(user);
    // What a neighbour brings for somebody unknown it has brought to others too.
    if (isFromNeighbour && !isLocal) return [];
    const quota = this.#quotaFor(isLocal);
    if (quota === undefined) return [refusal(stationFault('station.store'))];
    const nowMs = clock.nowMs();
    const text = writeJsonMembers(withTrace(message, this.#self, nowMs));
    const signature = signatureText(message.signature);
    if (!mailboxes.append(user, { key, text, signature, timeMs: nowMs }, quota))
      return [refusal(stationFault('station.full', { receiver: user }))];
    this.#remember(key);
    this.#acquaint(message.sender.bare, user);
    if (!isLocal) this.#toNeighbours(message, user);
    const isHere = mailboxes.isPresent(user);
    const isMuted = !isHere && store.isListed(user, 'mute', message.sender.bare);
    const fields: JsonObject = isHere ? { recipient: user } : isMuted ? { muted: true } : {};
    return [{ kind: 'receipt', text: isHere ? 'Message delivered.' : 'Message cached.', fields }];
  }

  /** Why the receiver does not get it; undefined where nothing is in the way. */
  #obstacle(message: ReliableMessage, to: DimpId): PostAnswer | undefined {
    const { sender } = message;
    const { store, stakes, directory } = this.#parts;
    if (store.isListed(to.bare, 'block', sender.bare)) {
      const name = directory.documents(to)[0]?.properties['name'];
      return refusal(stationFault('station.blocked', { name: typeof name === 'string' ? name : to.bare }));
    }
    const price = this.#unpaid(message, to);
    if (price === undefined) return undefined;
    const { stakeMicro: asked } = price;
    const stakeMicro = asked === undefined ? undefined : stakes?.known(sender);
    if (asked !== undefined && stakeMicro !== undefined && stakeMicro >= BigInt(asked)) return undefined;
    // What came wrapped in another message was not waited for: its sender is told, and better luck next time.
    if (asked !== undefined) void stakes?.ask(sender);
    const isUnproven = asked !== undefined && price.workBits === undefined && stakeMicro === undefined;
    const fault = stationFault(isUnproven ? 'station.stake' : 'station.price', { price: inWords(price) });
    const has = stakeMicro === undefined ? {} : { stakeMicro: stakeMicro.toString() };
    return refusal(fault, { price: priceToJson(price), receiver: to.bare, ...has });
  }

  /**
   * What the receiver asks of this sender, be it paid in stake or not; undefined where nothing is asked, whoever knows the
   * sender, and where the work is shown.
   */
  #unpaid(message: ReliableMessage, to: DimpId): Price | undefined {
    const price = this.priceFor(message.sender, to);
    const { workBits } = price;
    if (workBits === undefined && price.stakeMicro === undefined) return undefined;
    const isPaid = workBits !== undefined && shownWork(message.json, message.signature, to.bare) >= workBits;
    return isPaid ? undefined : price;
  }

  /** What somebody asks of a sender. */
  priceFor(sender: DimpId, to: DimpId): Price {
    const set = this.#parts.store.fact('price', to.bare);
    if (set === undefined || sender.bare === to.bare || this.#isKnown(to.bare, sender.bare)) return {};
    return Price.parse(JSON.parse(set));
  }

  /** Resolves when the sender's stake is read that decides about the message; undefined where none does, or it is known. */
  stakeFirst(message: ReliableMessage): Promise<void> | undefined {
    const { stakes } = this.#parts;
    if (stakes === undefined || stakes.known(message.sender) !== undefined) return undefined;
    const isSplit = isGroup(message.receiver) && !isBroadcast(message.receiver);
    const readers = isSplit
      ? [...message.keys.keys()].flatMap((name) => readId(name) ?? [])
      : [message.receiver];
    const decides = readers.some((reader) => this.#unpaid(message, reader)?.stakeMicro !== undefined);
    return decides ? stakes.ask(message.sender) : undefined;
  }

  #quotaFor(isLocal: boolean): Quota | undefined {
    const { policy, store, clock } = this.#parts;
    if (clock.nowMs() - this.#checkedMs >= STORE_CHECK_MS) {
      this.#usedBytes = store.sizeBytes();
      this.#checkedMs = clock.nowMs();
    }
    if (isLocal) return this.#usedBytes < policy.storeBytesMax ? policy.localQuota : undefined;
    return this.#usedBytes < policy.storeBytesMax * 0.8 ? policy.strangerQuota : undefined;
  }

  #toNeighbours(message: ReliableMessage, receiver: string, only?: DimpId): void {
    const { neighbours, mailboxes, policy, clock, directory } = this.#parts;
    const been = new Set([...passedStations(message, 'traces'), ...passedStations(message, 'recipients')]);
    const targets = (only === undefined ? neighbours : [only]).filter(({ bare }) => !been.has(bare));
    if (targets.length === 0) return;
    const members = withTrace(message, this.#self, clock.nowMs());
    // The neighbour need not know the sender, nor ask.
    const meta = directory.meta(message.sender);
    if (meta !== undefined) members.set('meta', JSON.stringify(metaToJson(meta)));
    const served = [...been, this.#self.bare, ...targets.map(({ bare }) => bare)];
    members.set('recipients', JSON.stringify(served));
    const text = writeJsonMembers(members);
    const key = messageKey(message, receiver, this.#parts.sha256);
    const mail = { key, text, signature: signatureText(message.signature), timeMs: clock.nowMs() };
    for (const target of targets) mailboxes.append(target.bare, mail, policy.neighbourQuota);
  }

  #isNeighbour(id: DimpId): boolean {
    return this.#parts.neighbours.some(({ bare }) => bare === id.bare);
  }

  /** The neighbour where somebody says to be. */
  #stationOf(user: DimpId): DimpId | undefined {
    const login = this.#parts.store.fact('login', user.bare);
    if (login === undefined) return undefined;
    const known = this.#stations.get(login);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const station = this.#readStation(login);
    if (this.#stations.size >= STATIONS_MAX) this.#stations.clear();
    this.#stations.set(login, station ?? 'none');
    return station;
  }

  #readStation(login: string): DimpId | undefined {
    const message = parseJsonObject(login);
    const data = message.ok ? message.value.value['data'] : undefined;
    const content = typeof data === 'string' ? parseJsonObject(data) : undefined;
    const station = content?.ok ? content.value.value['station'] : undefined;
    const did = station as JsonObject | undefined;
    const text = did?.['did'] ?? did?.['ID'];
    const id = typeof text === 'string' ? parseId(text) : undefined;
    return id?.ok && this.#isNeighbour(id.value) ? id.value : undefined;
  }

  #wasSeen(key: Bytes): boolean {
    return this.#fresh.has(bytesToHex(key)) || this.#parts.store.wasSeen(key);
  }

  #remember(key: Bytes): void {
    const { store, later, clock } = this.#parts;
    this.#fresh.add(bytesToHex(key));
    const nowMs = clock.nowMs();
    later(() => store.markSeen(key, nowMs));
  }

  /** Whoever writes to somebody wants to hear from them. */
  #acquaint(sender: string, receiver: string): void {
    const pair = `${sender} ${receiver}`;
    if (this.#knownPairs.has(pair)) return;
    if (this.#knownPairs.size >= KNOWN_PAIRS_MAX) this.#knownPairs.clear();
    this.#knownPairs.add(pair);
    const { store, later } = this.#parts;
    later(() => store.addToList(sender, 'known', receiver));
  }

  #isKnown(owner: string, sender: string): boolean {
    return this.#knownPairs.has(`${owner} ${sender}`) || this.#parts.store.isListed(owner, 'known', sender);
  }
}

/** For the sender, who may be reading another program's screen. */
function inWords({ workBits, stakeMicro }: Price): string {
  const parts = [
    ...(workBits === undefined ? [] : [`${workBits} bits of work`]),
    ...(stakeMicro === undefined ? [] : [`a stake of ${microToDecimal(BigInt(stakeMicro))} DPN`]),
  ];
  return parts.join(' or ');
}

/** The fault, for the sender: its sentence in the receipt, its code beside it. */
function refusal({ message, code }: Fault, fields: JsonObject = {}): PostAnswer {
  return { kind: 'receipt', text: message, fields: { ...fields, code }, isRefusal: true };
}
