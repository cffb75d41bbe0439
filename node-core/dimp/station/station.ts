// A station as a state machine over payloads: connections come, prove who they are, send; messages are checked, routed,
// stored, delivered. Nothing is believed that a signature does not prove, from nobody: neither from a user about himself
// nor from another station. What was received is confirmed to its sender only when it is stored.
//
//   open ─► stranger ── handshake signed over the challenge ─► user ─► closed
//                └── anything else: suspended, asked to log in; too long, too much or too often wrong: ended

import type { Bytes, Clock, Fault, KvStore, Log } from '../../base/index.ts';
import { bytesToHex } from '../../base/index.ts';
import type {
  Account,
  Content,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  ReliableMessage,
} from '../index.ts';
import {
  ANY_STATION,
  ANYONE,
  commandFields,
  createCommand,
  createContent,
  createDirectory,
  createSerials,
  EVERY_STATION,
  EVERYONE,
  HANDSHAKE_TITLES,
  isBot,
  isBroadcast,
  isGroup,
  isStation,
  learnAttached,
  messageToText,
  openMessage,
  parseInnerMessage,
  parseMessageBytes,
  readId,
  sealMessage,
  verifyMessage,
} from '../index.ts';
import type { Payload } from '../transport/index.ts';
import { createDetectingFraming, createMtpFraming, type Heard } from '../transport/index.ts';
import { createBufferedKv } from './buffered-kv.ts';
import type { Connection, Wire } from './connection.ts';
import { createConnection } from './connection.ts';
import type { Answer, Desk, ResolveName, ServiceCounter } from './desk.ts';
import { createDesk } from './desk.ts';
import { dialAnswer, introduction, startDialling } from './dial.ts';
import { LOGIN_MS, LOGIN_PAYLOADS_MAX, MAIL_AGE_MS, SEEN_MS } from './limits.ts';
import { Mailboxes } from './mailboxes.ts';
import { PACKAGE_AGE_MS } from './package-desk.ts';
import type { Bucket, Hash, Policy } from './policy.ts';
import { drawFrom, messageKey, signatureText } from './policy.ts';
import { Post } from './post.ts';
import { skipUnseen } from './seen-filter.ts';
import type { ReadStake } from './stakes.ts';
import { StakeBook } from './stakes.ts';
import type { StationStore } from './store.ts';
import { rememberWishes } from './wishes.ts';

export type StationParts = {
  readonly account: Account;
  readonly crypto: DimpCrypto;
  readonly store: StationStore;
  /** Metas and documents. */
  readonly kv: KvStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly policy: Policy;
  /** Bots and people that are found by `NAME@anywhere`, by lower-case name. */
  readonly names: ReadonlyMap<string, DimpId>;
  /** Stations that may bring messages of others, and get messages for their users. */
  readonly neighbours: readonly DimpId[];
  /** What somebody has locked on chain; without a chain nobody has anything. */
  readonly readStake?: ReadStake;
  /** Names of a network; without one, only the operator's are known. */
  readonly resolveName?: ResolveName;
  /** Where the operator is a provider. */
  readonly service?: ServiceCounter;
  /** A faster one than this program's own, where there is one. */
  readonly sha256?: Hash;
  /** Called when something waits for flush(). */
  readonly onDirty: () => void;
};

/** Wrong payloads after which a connection is ended. */
const STRIKES_MAX = 16;
/** Messages of one connection that wait for their sender's stake; more are refused. */
const HELD_MAX = 64;
/** Nesting of arrays and forwards that the station follows. */
const NESTING_MAX = 3;
const SWEEP_MS = 600_000;
/** Between removals of what every device has, each of some mailboxes: all have their turn within four seconds. */
const TIDY_MS = 250;
const FOR_ANY_DESK: ReadonlySet<string> = new Set(
  [ANY_STATION, ANYONE, EVERY_STATION, EVERYONE].map(({ bare }) => bare),
);
/** Users whose allowance is remembered; an older one starts afresh. */
const BUCKETS_MAX = 20_000;

type Handshake = NonNullable<ReturnType<typeof commandFields<'handshake'>>>;

export class Station {
  readonly id: DimpId;
  readonly #parts: StationParts;
  readonly #kv: ReturnType<typeof createBufferedKv>;
  readonly #directory: Directory;
  readonly #mailboxes: Mailboxes;
  readonly #desk: Desk;
  readonly #post: Post;
  readonly #serial: () => number;
  readonly #connections = new Set<Connection>();
  readonly #toConfirm = new Set<Connection>();
  readonly #buckets = new Map<string, { readonly count: Bucket; readonly bytes: Bucket }>();
  readonly #newcomers: Bucket;
  #later: (() => void)[] = [];
  #sweptMs: number;
  #tidiedMs: number;

  constructor(parts: StationParts) {
    const { account, crypto, clock, kv, names, service, resolveName, readStake, policy } = parts;
    const store = skipUnseen(rememberWishes(parts.store));
    this.id = account.id;
    this.#parts = { ...parts, store };
    this.#kv = createBufferedKv(kv);
    this.#directory = createDirectory(this.#kv, crypto);
    this.#mailboxes = new Mailboxes(store, () => clock.nowMs());
    this.#serial = createSerials(crypto.random);
    this.#sweptMs = clock.nowMs();
    this.#tidiedMs = clock.nowMs();
    this.#newcomers = { level: parts.policy.newBurst, filledMs: clock.nowMs() };
    const later = (write: () => void) => void this.#later.push(write);
    const directory = this.#directory;
    const stakes = readStake === undefined ? undefined : new StakeBook(readStake, () => clock.nowMs());
    const posting = { ...this.#parts, directory, mailboxes: this.#mailboxes, later };
    this.#post = new Post({ ...posting, ...(stakes === undefined ? {} : { stakes }) });
    this.#desk = createDesk({
      self: this.id,
      store,
      directory,
      crypto,
      names,
      nowS: () => clock.nowMs() / 1000,
      later,
      hasRoom: () => store.sizeBytes() < policy.storeBytesMax * 0.8,
      neighbourOf: (user) => this.#post.presentStationOf(user),
      tellNeighbour: (neighbour, fields) => this.#tellNeighbour(neighbour, fields),
      onRoaming: (user, station) => this.#post.roam(user, station),
      priceFor: (sender, receiver) => this.#post.priceFor(sender, receiver),
      ...(service === undefined ? {} : { service }),
      ...(resolveName === undefined ? {} : { resolveName }),
    });
    directory.saveMeta(this.id, account.meta.json);
    if (account.visa !== undefined) directory.saveDocument(account.visa.json, this.id, clock.nowMs() / 1000);
  }

  /** A connection came in. */
  open(wire: Wire): Connection {
    const nowMs = () => this.#parts.clock.nowMs();
    const framing = createDetectingFraming(this.#parts.crypto.random, nowMs());
    const connection = createConnection(wire, framing, nowMs);
    this.#connections.add(connection);
    return connection;
  }

  /** A connection to a neighbour was made: this station logs in there. */
  dial(wire: Wire, neighbour: DimpId): Connection {
    const nowMs = () => this.#parts.clock.nowMs();
    const framing = createMtpFraming(this.#parts.crypto.random, nowMs());
    const connection = createConnection(wire, framing, nowMs, neighbour);
    connection.isNeighbour = true;
    this.#connections.add(connection);
    this.#sendDialling(connection, startDialling(this.#parts.account, this.#stamp()));
    return connection;
  }

  receive(connection: Connection, bytes: Bytes): void {
    if (connection.isClosed) return;
    const heard = connection.framing.receive(bytes, this.#parts.clock.nowMs());
    this.#obey(connection, heard);
    for (const payload of heard.payloads) if (!connection.isClosed) this.#takePayload(connection, payload);
    if (heard.close !== undefined) this.#end(connection);
    if (this.#isDirty()) this.#parts.onDirty();
  }

  /** The socket took what was written to it. */
  drained(connection: Connection): void {
    this.#mailboxes.drained(connection.outlet);
  }

  /** The socket is gone. */
  closed(connection: Connection): void {
    connection.isClosed = true;
    this.#connections.delete(connection);
    this.#toConfirm.delete(connection);
    this.#mailboxes.detach(connection.outlet);
  }

  /** Stores in one transaction what came in since the last time; then confirms and delivers it. */
  flush(): void {
    const later = this.#later;
    this.#later = [];
    this.#post.beginFlush();
    this.#mailboxes.flush(() => {
      this.#kv.drain();
      for (const write of later) write();
    });
    for (const connection of this.#toConfirm) {
      for (const reference of connection.unconfirmed.splice(0)) {
        const confirmation = connection.framing.confirm(reference);
        if (confirmation !== undefined) connection.wire.write(confirmation);
      }
    }
    this.#toConfirm.clear();
  }

  /** To be called every second, and for the last time before the store is closed. */
  tick(isLast = false): void {
    this.flush();
    const nowMs = this.#parts.clock.nowMs();
    for (const connection of [...this.#connections]) {
      const heard = connection.framing.tick(nowMs);
      this.#obey(connection, heard);
      const isLate = connection.user === undefined && nowMs - connection.openedMs > LOGIN_MS;
      if (isLate || heard.close !== undefined) this.#end(connection);
    }
    this.#desk.packages.tick();
    if (isLast || nowMs - this.#tidiedMs >= TIDY_MS) {
      this.#tidiedMs = nowMs;
      this.#mailboxes.tidy(isLast);
    }
    if (nowMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    this.#parts.store.sweep(nowMs - MAIL_AGE_MS, nowMs - SEEN_MS);
    this.#parts.store.sweepPackages(nowMs - PACKAGE_AGE_MS);
  }

  /** For whoever runs it: how many are here. */
  counts(): { readonly connections: number; readonly users: number } {
    const users = new Set<string>();
    for (const { user } of this.#connections) if (user !== undefined) users.add(user.bare);
    return { connections: this.#connections.size, users: users.size };
  }

  #isDirty(): boolean {
    return this.#toConfirm.size > 0 || this.#later.length > 0 || this.#mailboxes.isDirty();
  }

  #stamp() {
    return { sn: this.#serial(), timeS: this.#parts.clock.nowMs() / 1000 };
  }

  #obey({ wire, outlet }: Connection, { out, acknowledged }: Heard): void {
    for (const bytes of out) wire.write(bytes);
    for (const token of acknowledged) this.#mailboxes.acknowledge(outlet, token);
  }

  #end(connection: Connection): void {
    if (connection.isClosed) return;
    const goodbye = connection.framing.goodbye();
    if (goodbye !== undefined) connection.wire.write(goodbye);
    this.closed(connection);
    connection.wire.end();
  }

  #confirm(connection: Connection, payload: Payload): void {
    connection.unconfirmed.push(payload.reference);
    this.#toConfirm.add(connection);
  }

  #takePayload(connection: Connection, payload: Payload): void {
    connection.payloads += 1;
    this.#draw(connection, 1, payload.bytes.length);
    const parsed = parseMessageBytes(payload.bytes);
    if (!parsed.ok) {
      this.#strike(connection, parsed.fault);
      this.#confirm(connection, payload);
      return;
    }
    if (connection.user === undefined && !this.#isForDesk(parsed.value)) {
      this.#suspend(connection, payload, parsed.value);
      return;
    }
    if (this.#waitForStake(connection, payload, parsed.value)) return;
    this.#takeMessage(connection, parsed.value);
    this.#confirm(connection, payload);
    if (connection.user === undefined && connection.payloads >= LOGIN_PAYLOADS_MAX) this.#end(connection);
  }

  /** Holds what the sender's stake decides about until that is read: neither stored nor confirmed, and in its order. */
  #waitForStake(connection: Connection, payload: Payload, message: ReliableMessage): boolean {
    if (connection.user?.bare !== message.sender.bare || connection.held >= HELD_MAX) return false;
    const read = this.#post.stakeFirst(message);
    if (read === undefined) return false;
    connection.held += 1;
    void read.then(() => {
      connection.held -= 1;
      if (connection.isClosed) return;
      this.#takeMessage(connection, message);
      this.#confirm(connection, payload);
      this.#parts.onDirty();
    });
    return true;
  }

  /** Whoever is faster than allowed is read from later; nothing is lost by it. */
  #draw(connection: Connection, messages: number, bytes: number): void {
    const { user, isNeighbour, wire } = connection;
    if (user === undefined || isNeighbour) return;
    const { policy, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const known = this.#buckets.get(user.bare);
    const buckets = known ?? {
      count: { level: policy.messagesBurst, filledMs: nowMs },
      bytes: { level: policy.bytesBurst, filledMs: nowMs },
    };
    if (known === undefined) {
      if (this.#buckets.size >= BUCKETS_MAX) this.#buckets.clear();
      this.#buckets.set(user.bare, buckets);
    }
    const delayMs = Math.max(
      drawFrom(buckets.count, messages, policy.messagesPerSecond, policy.messagesBurst, nowMs),
      drawFrom(buckets.bytes, bytes, policy.bytesPerSecond, policy.bytesBurst, nowMs),
    );
    if (delayMs > 0) wire.pause(delayMs);
  }

  /** Identities cost nothing to make and are kept here: new ones come at a bounded pace, whoever makes them. */
  #mayBeNew(id: DimpId): boolean {
    if (this.#directory.meta(id) !== undefined) return true;
    const { newPerSecond, newBurst } = this.#parts.policy;
    return drawFrom(this.#newcomers, 1, newPerSecond, newBurst, this.#parts.clock.nowMs()) === 0;
  }

  #strike(connection: Connection, fault: Fault): void {
    connection.strikes += 1;
    this.#parts.log('debug', 'station.refused', {
      code: fault.code,
      address: connection.wire.remote.address,
      user: connection.user?.bare,
    });
    if (connection.strikes >= STRIKES_MAX) this.#end(connection);
  }

  #suspend(connection: Connection, payload: Payload, message: ReliableMessage): void {
    if (connection.suspended.length >= LOGIN_PAYLOADS_MAX) {
      this.#end(connection);
      return;
    }
    connection.suspended.push(payload);
    const fields = { title: HANDSHAKE_TITLES.ask, session: this.#challenge(connection), force: true };
    this.#send(connection, message.sender, createCommand('handshake', fields, this.#stamp()));
  }

  #isForDesk({ receiver }: ReliableMessage): boolean {
    return receiver.bare === this.id.bare || FOR_ANY_DESK.has(receiver.bare);
  }

  #takeMessage(connection: Connection, message: ReliableMessage, nesting = 0): void {
    const { crypto, clock } = this.#parts;
    const { user, isNeighbour } = connection;
    const isOwn = user === undefined || user.bare === message.sender.bare;
    if (!isOwn && !isNeighbour) {
      this.#answer(connection, message, [{ kind: 'receipt', text: 'Sender not match.' }]);
      this.#strike(connection, this.#post.fault('station.sender'));
      return;
    }
    if (user === undefined && !this.#mayBeNew(message.sender)) {
      this.#end(connection);
      return;
    }
    learnAttached(message, this.#directory, clock.nowMs() / 1000);
    const verified = verifyMessage(message, this.#directory, crypto);
    if (!verified.ok) {
      this.#strike(connection, verified.fault);
      return;
    }
    if (connection.dialled?.bare === message.sender.bare && user === undefined) {
      this.#takeDialled(connection, message);
      return;
    }
    const { receiver } = message;
    const isForAll = receiver.bare === EVERY_STATION.bare || receiver.bare === EVERYONE.bare;
    if (isForAll && user !== undefined && !this.#post.broadcast(message)) return;
    if (this.#isForDesk(message)) {
      this.#takeCommand(connection, message, nesting);
      return;
    }
    if (user === undefined) return;
    // In a group the copies of one message count one by one.
    if (isGroup(receiver) && !isBroadcast(receiver)) this.#draw(connection, message.keys.size, 0);
    this.#reply(connection, message, this.#post.take(message, isNeighbour));
  }

  #takeCommand(connection: Connection, message: ReliableMessage, nesting: number): void {
    const { account, crypto } = this.#parts;
    const opened = openMessage(message, account, this.#directory, crypto);
    if (!opened.ok) {
      this.#strike(connection, opened.fault);
      return;
    }
    this.#takeContent(connection, message, opened.value.content, nesting);
  }

  #takeContent(connection: Connection, message: ReliableMessage, content: Content, nesting: number): void {
    const handshake = commandFields(content, 'handshake');
    if (handshake !== undefined) {
      this.#shake(connection, message, content, handshake);
      return;
    }
    if (connection.user === undefined || nesting > NESTING_MAX) return;
    const inner = content.json[content.kind === 'array' ? 'contents' : 'secrets'];
    if (content.kind === 'forward' && Array.isArray(inner)) {
      for (const secret of inner.slice(0, 64)) {
        const parsed = parseInnerMessage(secret as JsonObject);
        if (parsed.ok) this.#takeMessage(connection, parsed.value, nesting + 1);
      }
      return;
    }
    const { sender, timeS } = message;
    const isNeighbour = connection.isNeighbour && connection.user.bare === sender.bare;
    const key = isNeighbour ? bytesToHex(messageKey(message, this.id.bare)) : '';
    if (isNeighbour && this.#desk.packages.hear(content, sender, { key, timeS })) return;
    this.#answer(connection, message, this.#desk.take(content, message));
  }

  /** Says something to a neighbour in this station's own name. */
  #tellNeighbour(neighbour: DimpId, fields: JsonObject): void {
    const { account, crypto, clock, policy, onDirty } = this.#parts;
    const [timeS, content] = [clock.nowMs() / 1000, createContent('customized', fields, this.#stamp())];
    const sealed = sealMessage({ account, receiver: neighbour, content, timeS }, this.#directory, crypto);
    if (!sealed.ok) return;
    const text = messageToText(sealed.value);
    const [key, signature] = [
      messageKey(sealed.value, neighbour.bare),
      signatureText(sealed.value.signature),
    ];
    const mail = { key, text, signature, timeMs: clock.nowMs() };
    this.#mailboxes.append(neighbour.bare, mail, policy.neighbourQuota);
    onDirty();
  }

  #shake(connection: Connection, message: ReliableMessage, content: Content, fields: Handshake): void {
    if (fields.title !== HANDSHAKE_TITLES.start || connection.dialled !== undefined) return;
    const challenge = this.#challenge(connection);
    const isRight = fields.session === challenge;
    const title = isRight ? HANDSHAKE_TITLES.accepted : HANDSHAKE_TITLES.ask;
    const { address, port } = connection.wire.remote;
    const answer = { title, session: challenge, remote_address: [address, port] };
    this.#send(connection, message.sender, createCommand('handshake', answer, this.#stamp()));
    if (!isRight || connection.user !== undefined) return;
    // Read anew: a part of the handshake would keep the whole of it in memory for as long as the connection lasts.
    connection.user = readId(message.sender.bare) ?? message.sender;
    connection.isNeighbour = this.#parts.neighbours.some(({ bare }) => bare === message.sender.bare);
    if (content.json['receipts'] === false) connection.wantsReceipts = false;
    const { terminal } = content.json;
    const named = typeof terminal === 'string' && terminal.length <= 64 ? terminal : message.sender.terminal;
    const device = [...(named ?? '')].join('');
    this.#mailboxes.attach(message.sender.bare, connection.isNeighbour ? '' : device, connection.outlet);
    for (const payload of connection.suspended.splice(0)) this.#takePayload(connection, payload);
  }

  #takeDialled(connection: Connection, message: ReliableMessage): void {
    const { account, crypto } = this.#parts;
    const opened = openMessage(message, account, this.#directory, crypto);
    const fields = opened.ok ? commandFields(opened.value.content, 'handshake') : undefined;
    if (fields === undefined) return;
    const answer = dialAnswer(fields);
    if (answer === 'in') {
      connection.user = message.sender;
      this.#mailboxes.attach(message.sender.bare, '', connection.outlet);
    } else if (answer !== undefined)
      this.#sendDialling(connection, startDialling(account, this.#stamp(), answer));
  }

  #sendDialling(connection: Connection, request: ReturnType<typeof startDialling>): void {
    const { account, crypto } = this.#parts;
    const sealed = sealMessage({ account, ...request }, this.#directory, crypto);
    if (sealed.ok) this.#write(connection, sealed.value);
  }

  #challenge(connection: Connection): string {
    connection.challenge ??= bytesToHex(this.#parts.crypto.random.bytes(32));
    return connection.challenge;
  }

  /** Receipts for what was relayed, for those who want them. */
  #reply(
    connection: Connection,
    message: ReliableMessage,
    answers: readonly (Answer & { isRefusal?: boolean })[],
  ): void {
    if (connection.isNeighbour) return;
    const wanted = connection.wantsReceipts ? answers : answers.filter(({ isRefusal }) => isRefusal === true);
    this.#answer(connection, message, wanted);
  }

  /** Stations and bots are not answered: they would answer back. */
  #answer(connection: Connection, message: ReliableMessage, answers: readonly Answer[]): void {
    const { sender } = message;
    if (isStation(sender) || isBot(sender) || connection.isNeighbour) return;
    for (const answer of answers) {
      if (answer.kind !== 'later') this.#send(connection, sender, this.#contentOf(answer, message));
      else
        void answer.answer.then((known) => {
          if (!connection.isClosed) this.#answer(connection, message, [known]);
        });
    }
  }

  #contentOf(answer: Exclude<Answer, { kind: 'later' }>, message: ReliableMessage): JsonObject {
    if (answer.kind === 'forward')
      return createContent('forward', { secrets: [answer.message] }, this.#stamp());
    if (answer.kind === 'customized') return createContent('customized', answer.fields, this.#stamp());
    if (answer.kind === 'command') return createCommand(answer.name, answer.fields, this.#stamp());
    const { sender, receiver, timeS, signature } = message;
    const origin = {
      sender: sender.text,
      receiver: receiver.text,
      time: timeS,
      signature: signatureText(signature),
    };
    return createCommand('receipt', { text: answer.text, ...answer.fields, origin }, this.#stamp());
  }

  /** To whom nothing can be encrypted yet, nothing is said. */
  #send(connection: Connection, receiver: DimpId, content: JsonObject): void {
    const { account, crypto, clock } = this.#parts;
    const isFirst = connection.user === undefined;
    const extras = isFirst ? introduction(account) : {};
    const timeS = clock.nowMs() / 1000;
    const sealed = sealMessage({ account, receiver, content, timeS, extras }, this.#directory, crypto);
    if (sealed.ok) this.#write(connection, sealed.value);
  }

  #write({ wire, framing }: Connection, message: ReliableMessage): void {
    const text = new TextEncoder().encode(messageToText(message));
    wire.write(framing.send(text, 0, this.#parts.clock.nowMs(), signatureText(message.signature)));
  }
}
