// Stations and clients in one process, joined by wires that deliver when they are told to: the same code as over sockets,
// with every byte and every instant in the hands of the test.

import type { Bytes } from '../../../base/index.ts';
import { unwrap } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import type { ClientEvents, IncomingMail, OutgoingMail } from '../../../dimp/client/index.ts';
import { Client } from '../../../dimp/client/index.ts';
import type {
  Account,
  Content,
  DimpId,
  Directory,
  JsonObject,
  PrivateKey,
  ReliableMessage,
} from '../../../dimp/index.ts';
import {
  contentFields,
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  createSerials,
  documentToJson,
  ENTITY_TYPES,
  messageToText,
  openMessage,
  sealMessage,
} from '../../../dimp/index.ts';
import type {
  Connection,
  Policy,
  ReadStake,
  ResolveName,
  StationStore,
  Wire,
} from '../../../dimp/station/index.ts';
import {
  createMemoryStationStore,
  DEFAULT_POLICY,
  messageKey,
  Station,
} from '../../../dimp/station/index.ts';
import { createMtpFraming } from '../../../dimp/transport/index.ts';
import { createDimpCrypto } from '../../adapters/dimp-crypto.ts';

export const crypto = createDimpCrypto();
const serial = createSerials(crypto.random);

/** RSA keys take long to make and who has which does not matter here. */
let sharedKey: Promise<PrivateKey> | undefined;
async function visaKey(): Promise<PrivateKey> {
  sharedKey ??= crypto.rsa.generate(2048).then((der) => {
    const key = createRsaKey(der);
    if (key === undefined) throw new Error('no key');
    return key;
  });
  return sharedKey;
}

export async function makeAccount(name: string, kind: 'user' | 'station' = 'user'): Promise<Account> {
  const named = kind === 'station' ? { named: { seed: name, network: ENTITY_TYPES.station } } : {};
  const identityKey = createEccKey(crypto.random.bytes(32));
  const request = { identityKey, visaKey: await visaKey(), properties: { name }, nowS: 1000, ...named };
  return unwrap(await createAccount(request, crypto));
}

export class World {
  nowMs = 1_700_000_000_000;
  readonly clock = { nowMs: () => this.nowMs };
  /** Bytes on their way, in order. */
  readonly #wires: (() => void)[] = [];
  readonly stations: TestStation[] = [];
  readonly clients: TestClient[] = [];

  carry(deliver: () => void): void {
    this.#wires.push(deliver);
  }

  /** Delivers everything that is under way and what follows from it; `flushes` false leaves stations' stores as they are. */
  settle(flushes = true): void {
    for (let turn = 0; turn < 10_000; turn++) {
      const [next] = this.#wires.splice(0, 1);
      if (next !== undefined) {
        next();
        continue;
      }
      const dirty = this.stations.filter((station) => station.isDirty);
      if (!flushes || dirty.length === 0) return;
      for (const station of dirty) station.flush();
    }
    throw new Error('the world does not come to rest');
  }

  pass(milliseconds: number): void {
    this.nowMs += milliseconds;
    for (const station of this.stations) station.station.tick();
    for (const client of this.clients) client.client?.tick();
    this.settle();
  }
}

export type StationOptions = {
  readonly policy?: Partial<Policy>;
  readonly names?: ReadonlyMap<string, DimpId>;
  readonly neighbours?: readonly DimpId[];
  readonly readStake?: ReadStake;
  readonly resolveName?: ResolveName;
};

export class TestStation {
  readonly world: World;
  readonly account: Account;
  readonly store: StationStore = createMemoryStationStore();
  readonly kv = createMemoryKv();
  readonly options: StationOptions;
  readonly refused: string[] = [];
  readonly pauses: number[] = [];
  station: Station;
  isDirty = false;
  constructor(world: World, account: Account, options: StationOptions = {}) {
    this.world = world;
    this.account = account;
    this.options = options;
    this.station = this.#start();
    world.stations.push(this);
  }
  #start(): Station {
    const { policy, names = new Map(), neighbours = [], readStake, resolveName } = this.options;
    return new Station({
      account: this.account,
      crypto,
      store: this.store,
      kv: this.kv,
      clock: this.world.clock,
      log: (_level, _action, data) => void this.refused.push(String(data?.['code'])),
      policy: { ...DEFAULT_POLICY, ...policy },
      names,
      neighbours,
      onDirty: () => {
        this.isDirty = true;
      },
      ...(readStake === undefined ? {} : { readStake }),
      ...(resolveName === undefined ? {} : { resolveName }),
    });
  }
  flush(): void {
    this.isDirty = false;
    this.station.flush();
  }
  /** Killed, with what it had not stored; its sockets die with it. */
  restart(): void {
    this.isDirty = false;
    this.station = this.#start();
  }
  /** Logs in at another station, as an operator's list of neighbours demands. */
  dial(other: TestStation): void {
    const [near, far] = joinWires(this.world, this.station, other.station, this.pauses);
    const farConnection = other.station.open(far.wire);
    far.receive = (bytes) => other.station.receive(farConnection, bytes);
    const early: Bytes[] = [];
    near.receive = (bytes) => void early.push(bytes);
    const connection = this.station.dial(near.wire, other.account.id);
    near.receive = (bytes) => this.station.receive(connection, bytes);
  }
}

type End = { readonly wire: Wire; receive: (bytes: Bytes) => void };

function joinWires(world: World, _near: Station, _far: Station, pauses: number[]): readonly [End, End] {
  let isOpen = true;
  const ends: End[] = [];
  const wireTo = (other: number): Wire => ({
    remote: { address: '192.0.2.1', port: 5000 },
    write: (bytes) => world.carry(() => isOpen && ends[other]?.receive(bytes.slice())),
    writtenBytes: () => 0,
    pause: (delayMs) => void pauses.push(delayMs),
    end: () => {
      isOpen = false;
    },
  });
  const near: End = { wire: wireTo(1), receive: () => undefined };
  const far: End = { wire: wireTo(0), receive: () => undefined };
  ends.push(near, far);
  return [near, far];
}

/** A client with an outbox and an inbox that outlive its connections. */
export class TestClient implements ClientEvents {
  readonly world: World;
  readonly account: Account;
  readonly directory: Directory = createDirectory(createMemoryKv(), crypto);
  readonly terminal: string;
  readonly wantsReceipts: boolean;
  readonly waiting: OutgoingMail[] = [];
  readonly texts: string[] = [];
  readonly mails: ReliableMessage[] = [];
  readonly receipts: Content[] = [];
  readonly faults: string[] = [];
  readonly repeated: string[] = [];
  readonly #known = new Set<string>();
  readonly #numbers = { next: 1 };
  client: Client | undefined;
  connection: Connection | undefined;
  station: TestStation | undefined;
  expects: DimpId | undefined;
  isEnded = false;
  /** Bytes from the station are changed here before they arrive, by a station that lies. */
  tamper: (bytes: Bytes) => readonly Bytes[] = (bytes) => [bytes];

  constructor(world: World, account: Account, terminal = '', wantsReceipts = true) {
    this.world = world;
    this.account = account;
    this.terminal = terminal;
    this.wantsReceipts = wantsReceipts;
    this.directory.saveMeta(account.id, account.meta.json);
    world.clients.push(this);
  }

  know(...others: readonly { readonly account: Account }[]): void {
    for (const { account } of others) {
      unwrap(this.directory.saveMeta(account.id, account.meta.json));
      if (account.visa !== undefined)
        unwrap(this.directory.saveDocument(documentToJson(account.visa), account.id, 2000));
    }
  }

  connect(station: TestStation): void {
    this.drop();
    this.station = station;
    this.isEnded = false;
    let isOpen = true;
    const own: { client?: Client } = {};
    const connection = station.station.open({
      remote: { address: '192.0.2.7', port: 4000 },
      write: (bytes) =>
        this.world.carry(() => {
          if (isOpen) for (const piece of this.tamper(bytes.slice())) own.client?.receive(piece);
        }),
      writtenBytes: () => 0,
      pause: (delayMs) => void station.pauses.push(delayMs),
      end: () => {
        isOpen = false;
        this.isEnded = true;
      },
    });
    const { station: machine } = station;
    const { account, directory, terminal, wantsReceipts, world } = this;
    const outbox = {
      page: (after: number, limit: number) =>
        this.waiting.filter(({ number }) => number > after).slice(0, limit),
      confirmed: (numbers: readonly number[]) => {
        for (const number of numbers)
          this.waiting.splice(
            this.waiting.findIndex((mail) => mail.number === number),
            1,
          );
      },
    };
    const wire = {
      write: (bytes: Bytes) => world.carry(() => isOpen && machine.receive(connection, bytes.slice())),
      end: () => {
        isOpen = false;
      },
    };
    const parts = {
      account,
      crypto,
      directory,
      clock: world.clock,
      outbox,
      events: this,
      terminal,
      wantsReceipts,
    };
    const pinned = this.expects === undefined ? {} : { station: this.expects };
    own.client = new Client({ ...parts, ...pinned }, wire, createMtpFraming(crypto.random, world.nowMs));
    this.client = own.client;
    this.connection = connection;
    this.#cut = () => {
      isOpen = false;
      machine.closed(connection);
    };
  }

  #cut: () => void = () => undefined;
  /** The connection breaks; bytes under way are lost. */
  drop(): void {
    this.#cut();
    this.#cut = () => undefined;
    this.client = undefined;
  }

  seal(
    receiver: DimpId,
    content: JsonObject,
    extras: JsonObject = {},
    members?: readonly DimpId[],
  ): ReliableMessage {
    const { account, world } = this;
    const listed = members === undefined ? {} : { members };
    const request = { account, receiver, content, timeS: world.nowMs / 1000, extras, ...listed };
    return unwrap(sealMessage(request, this.directory, crypto));
  }

  text(text: string): JsonObject {
    return createContent('text', { text }, { sn: serial(), timeS: this.world.nowMs / 1000 });
  }

  send(to: { readonly account: Account }, text: string, extras: JsonObject = {}): ReliableMessage {
    const message = this.seal(to.account.id, this.text(text), extras);
    this.sendSealed(message);
    return message;
  }

  sendSealed(message: ReliableMessage): void {
    this.sendText(messageToText(message));
  }

  /** Sends whatever text, right or wrong. */
  sendText(text: string): void {
    const number = this.#numbers.next++;
    this.waiting.push({ number, text, signature: String(number) });
    this.client?.pump();
  }

  take(mails: readonly IncomingMail[]): void {
    for (const { message } of mails) {
      const key = String(messageKey(message, this.account.id.bare));
      if (this.#known.has(key)) {
        this.repeated.push(key);
        continue;
      }
      const opened = openMessage(message, this.account, this.directory, crypto);
      if (!opened.ok) {
        this.faults.push(opened.fault.code);
        continue;
      }
      this.#known.add(key);
      this.mails.push(message);
      this.texts.push(
        contentFields(opened.value.content, 'text')?.text ?? JSON.stringify(opened.value.content.json),
      );
    }
  }
  fromStation(content: Content): void {
    this.receipts.push(content);
  }
  get said(): readonly string[] {
    return this.receipts.map(({ json }) => String(json['text'] ?? json['command']));
  }
  learned(): void {}
  state(): void {}
  failed(fault: { readonly code: string }): void {
    this.faults.push(fault.code);
  }
}
