// A client of a station as a state machine: proves who it is, hands over what waits to be sent, takes what comes.
// A message leaves the outbox when the station has confirmed it, and is confirmed to the station when it is in the inbox:
// across any number of lost connections nothing is lost, and what comes twice is recognised by its signature.
//
//   connected ─► asked ── challenge ─► proving ── "DIM!" ─► running ─► closed

import type { Bytes, Clock, Fault } from '../../base/index.ts';
import { parseUtf8 } from '../../base/index.ts';
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
  commandFields,
  createCommand,
  createContent,
  createSerials,
  EVERY_STATION,
  EVERYONE,
  encryptionKeys,
  HANDSHAKE_TITLES,
  isStation,
  learnAttached,
  messageToText,
  openMessage,
  parseMessage,
  sealMessage,
} from '../index.ts';
import type { Framing, Heard, Payload } from '../transport/index.ts';
import { clientFault } from './faults.ts';

/** What is to be sent, durable and in order; numbers grow. */
export interface Outbox {
  page(after: number, limit: number): readonly OutgoingMail[];
  /** The station has them. */
  confirmed(numbers: readonly number[]): void;
}
export type OutgoingMail = { readonly number: number; readonly text: string; readonly signature: string };

export type IncomingMail = { readonly message: ReliableMessage; readonly text: string };

export type ClientState = 'asked' | 'proving' | 'running' | 'closed';

/** What a client tells its owner. */
export interface ClientEvents {
  /** Takes what came in; it is safe when this returns. Repetitions included. */
  take(mails: readonly IncomingMail[]): void;
  /** Something the station itself says: receipts, lists, names. */
  fromStation(content: Content): void;
  /** Metas or documents of somebody came. */
  learned(id: DimpId): void;
  state(state: ClientState): void;
  /** Why the connection is of no use; it ends. */
  failed(fault: Fault): void;
}

export type ClientWire = { readonly write: (bytes: Bytes) => void; readonly end: () => void };

export type ClientParts = {
  readonly account: Account;
  readonly crypto: DimpCrypto;
  readonly directory: Directory;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly outbox: Outbox;
  readonly events: ClientEvents;
  /** Names this device at the station, which keeps a place for it. */
  readonly terminal: string;
  /** Who the station must be; whoever answers where it is not known yet. */
  readonly station?: DimpId;
  /** Whether the station is to tell what became of each message. */
  readonly wantsReceipts: boolean;
};

/** Messages on their way to the station and not confirmed. */
const WINDOW = 128;
const LOGIN_TIMEOUT_MS = 30_000;
/** Where a user is, stations are told again this often. */
const LOGIN_AGAIN_MS = 300_000;
/** Somebody's meta and documents are asked for at most this often. */
const QUERY_AGAIN_MS = 30_000;
const QUERIED_MAX = 10_000;

export class Client {
  readonly #parts: ClientParts;
  readonly #wire: ClientWire;
  readonly #framing: Framing;
  readonly #startedMs: number;
  readonly #serial: () => number;
  readonly #inFlight = new Set<number>();
  readonly #queried = new Map<string, number>();
  #state: ClientState = 'asked';
  #station: DimpId | undefined;
  #sent = 0;
  #toldMs = 0;

  /** The connection is open. */
  constructor(parts: ClientParts, wire: ClientWire, framing: Framing) {
    this.#parts = parts;
    this.#wire = wire;
    this.#framing = framing;
    this.#startedMs = parts.clock.nowMs();
    this.#serial = createSerials(parts.crypto.random);
    this.#shake();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The station, once it has proven who it is. */
  get station(): DimpId | undefined {
    return this.#station;
  }

  receive(bytes: Bytes): void {
    if (this.#state === 'closed') return;
    const heard = this.#framing.receive(bytes, this.#parts.clock.nowMs());
    this.#obey(heard);
    this.#take(heard.payloads);
    if (heard.close !== undefined) this.close();
  }

  /** To be called every second. */
  tick(): void {
    if (this.#state === 'closed') return;
    const nowMs = this.#parts.clock.nowMs();
    const heard = this.#framing.tick(nowMs);
    this.#obey(heard);
    const isLate = this.#state !== 'running' && nowMs - this.#startedMs > LOGIN_TIMEOUT_MS;
    if (isLate) this.#fail(clientFault('stationlink.silent'));
    else if (heard.close !== undefined) this.close();
    else if (this.#state === 'running' && nowMs - this.#toldMs >= LOGIN_AGAIN_MS) this.#tellWhere();
  }

  /** There is something new in the outbox. */
  pump(): void {
    if (this.#state !== 'running') return;
    while (this.#inFlight.size < WINDOW) {
      const page = this.#parts.outbox.page(this.#sent, WINDOW - this.#inFlight.size);
      if (page.length === 0) return;
      for (const { number, text, signature } of page) {
        this.#sent = number;
        this.#inFlight.add(number);
        this.#writeText(text, number, signature);
      }
    }
  }

  /** Sends a sealed message now or not at all: it is in no outbox. False where there is no station. */
  sendNow(text: string): boolean {
    if (this.#state !== 'running') return false;
    this.#writeText(text, 0);
    return true;
  }

  /** Asks the station who somebody is. What it answers must prove itself. */
  query(id: DimpId): void {
    const nowMs = this.#parts.clock.nowMs();
    if (
      this.#state !== 'running' ||
      nowMs - (this.#queried.get(id.bare) ?? Number.NEGATIVE_INFINITY) < QUERY_AGAIN_MS
    )
      return;
    if (this.#queried.size >= QUERIED_MAX) this.#queried.clear();
    this.#queried.set(id.bare, nowMs);
    if (this.#parts.directory.meta(id) === undefined) this.command('meta', { did: id.bare });
    this.command('documents', { did: id.bare });
  }

  /** A command to the station itself. */
  command(name: Parameters<typeof createCommand>[0], fields: JsonObject): void {
    this.#toStation(createCommand(name, fields, this.#stamp()));
  }

  /** A content for the station's own programs, as prices are. */
  customized(fields: JsonObject): void {
    this.#toStation(createContent('customized', fields, this.#stamp()));
  }

  close(): void {
    if (this.#state === 'closed') return;
    const goodbye = this.#framing.goodbye();
    if (goodbye !== undefined) this.#wire.write(goodbye);
    this.#setState('closed');
    this.#wire.end();
  }

  #setState(state: ClientState): void {
    this.#state = state;
    this.#parts.events.state(state);
  }

  #fail(fault: Fault): void {
    if (this.#state === 'closed') return;
    this.#parts.events.failed(fault);
    this.close();
  }

  #stamp() {
    return { sn: this.#serial(), timeS: this.#parts.clock.nowMs() / 1000 };
  }

  #obey({ out, acknowledged }: Heard): void {
    for (const bytes of out) this.#wire.write(bytes);
    const confirmed = acknowledged.filter((token) => this.#inFlight.delete(token));
    if (confirmed.length === 0) return;
    this.#parts.outbox.confirmed(confirmed);
    this.pump();
  }

  #take(payloads: readonly Payload[]): void {
    const mails: IncomingMail[] = [];
    for (const { bytes } of payloads) {
      const text = parseUtf8(bytes);
      const parsed = text === undefined ? undefined : parseMessage(text);
      if (text === undefined || parsed?.ok !== true) continue;
      const message = parsed.value;
      if (this.#isFromStation(message)) this.#takeFromStation(message);
      else if (this.#state === 'running') mails.push({ message, text });
      else if (isStation(message.sender)) this.#fail(clientFault('stationlink.unproven'));
    }
    if (mails.length > 0) this.#parts.events.take(mails);
    // Also what could not be read: it would only come again.
    for (const { reference } of payloads) {
      const confirmation = this.#framing.confirm(reference);
      if (confirmation !== undefined) this.#wire.write(confirmation);
    }
  }

  /** Before the station has proven who it is, anybody who says to be one may try. */
  #isFromStation({ sender }: ReliableMessage): boolean {
    const station = this.#station ?? this.#parts.station;
    return station === undefined
      ? isStation(sender) || this.#state !== 'running'
      : sender.bare === station.bare;
  }

  #takeFromStation(message: ReliableMessage): void {
    const { account, crypto, directory, clock, events } = this.#parts;
    learnAttached(message, directory, clock.nowMs() / 1000);
    const opened = openMessage(message, account, directory, crypto);
    if (!opened.ok) {
      if (this.#state !== 'running') this.#fail(clientFault('stationlink.unproven'));
      return;
    }
    const { content } = opened.value;
    const handshake = commandFields(content, 'handshake');
    if (handshake !== undefined) this.#answerShake(message.sender, handshake.title, handshake.session);
    else if (this.#state === 'running' && !this.#learn(content)) events.fromStation(content);
  }

  #answerShake(sender: DimpId, title: string, challenge: string | undefined): void {
    if (title === HANDSHAKE_TITLES.ask && challenge !== undefined && this.#state === 'asked') {
      this.#station = sender;
      this.#setState('proving');
      this.#shake(challenge);
    } else if (title === HANDSHAKE_TITLES.ask && this.#state === 'proving')
      this.#fail(clientFault('stationlink.refused'));
    else if (title === HANDSHAKE_TITLES.accepted && this.#state === 'proving') {
      this.#setState('running');
      this.#introduce();
      this.pump();
    }
  }

  /** True where it was a meta or documents, which prove themselves. */
  #learn(content: Content): boolean {
    const { directory, events, clock } = this.#parts;
    const meta = commandFields(content, 'meta');
    const documents = commandFields(content, 'documents');
    const id = meta?.did ?? documents?.did;
    if (id === undefined) return false;
    if (content.json['meta'] !== undefined) directory.saveMeta(id, content.json['meta']);
    const list = content.json['documents'];
    for (const item of Array.isArray(list) ? list : [])
      directory.saveDocument(item, id, clock.nowMs() / 1000);
    events.learned(id);
    return true;
  }

  /** Without a challenge to whoever is there; with it to the station alone, encrypted, so that no other can use it. */
  #shake(challenge?: string): void {
    const { terminal, wantsReceipts, directory, account } = this.#parts;
    const fields = {
      title: HANDSHAKE_TITLES.start,
      terminal,
      ...(wantsReceipts ? {} : { receipts: false }),
      ...(challenge === undefined ? {} : { session: challenge }),
    };
    const station = challenge === undefined ? undefined : this.#station;
    const isPrivate = station !== undefined && encryptionKeys(station, directory).size > 0;
    const receiver = isPrivate ? station : ANY_STATION;
    const stamp = isPrivate ? this.#stamp() : { ...this.#stamp(), group: EVERY_STATION };
    const { meta, visa } = account;
    const introduction = { meta: meta.json, ...(visa === undefined ? {} : { visa: visa.json }) };
    this.#send(receiver, createCommand('handshake', fields, stamp), introduction);
  }

  /** What peers of the protocol tell after a login: how to write to me, and where I am. */
  #introduce(): void {
    const { meta, visa, id } = this.#parts.account;
    const documents = visa === undefined ? [] : [visa.json];
    const fields = { did: id.bare, meta: meta.json, documents };
    this.#send(EVERYONE, createCommand('documents', fields, this.#stamp()));
    this.#tellWhere();
  }

  #tellWhere(): void {
    if (this.#station === undefined) return;
    const { account, terminal, clock } = this.#parts;
    this.#toldMs = clock.nowMs();
    const station = { did: this.#station.bare };
    this.#send(EVERYONE, createCommand('login', { did: account.id.bare, terminal, station }, this.#stamp()));
  }

  #toStation(content: JsonObject): void {
    if (this.#station !== undefined && this.#state === 'running') this.#send(this.#station, content);
  }

  #send(receiver: DimpId, content: JsonObject, extras: JsonObject = {}): void {
    const { account, directory, crypto, clock } = this.#parts;
    const timeS = clock.nowMs() / 1000;
    const sealed = sealMessage({ account, receiver, content, timeS, extras }, directory, crypto);
    if (sealed.ok) this.#writeText(messageToText(sealed.value), 0);
    else this.#fail(sealed.fault);
  }

  #writeText(text: string, token: number, signature?: string): void {
    const payload = new TextEncoder().encode(text);
    this.#wire.write(this.#framing.send(payload, token, this.#parts.clock.nowMs(), signature));
  }
}
