// The accounts of this console as users of the station: all people together, and the machines that answer messages. They
// start when messages are first asked for, and are each other's first contacts.

import type { Clock, Log } from '../../base/index.ts';
import type { DimpCrypto, Directory, JsonObject, OpenedMessage } from '../../dimp/index.ts';
import { documentToJson } from '../../dimp/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import type { Identities } from '../services/identities.ts';
import type { ChatStore } from './chat-store.ts';
import type { AccountOwner, ConsoleDevice } from './console-device.ts';
import type { CorrespondentParts } from './correspondent.ts';
import { Correspondent } from './correspondent.ts';
import { withOfferedTls } from './station-address.ts';
import type { StationCarrier } from './station-carrier.ts';
import { createStationCarrier } from './station-carrier.ts';
import type { UsedStation } from './used-station.ts';

/** Machines of this console that have an account of their own here. */
export type Residents = {
  /** Those that answer messages, with their owners. */
  list(): readonly { readonly id: string; readonly owner: string }[];
  /** @throws FaultError where it is none of this console's. */
  keyPair(id: string): KeyPair;
  /** What its visa says beside the keys. */
  properties(id: string): Promise<JsonObject>;
};

/** `actor` is the account of this console, a person's or a machine's, that it was said to. */
export type MachineListener = (actor: string, opened: OpenedMessage) => void;

/** What the rest of the messenger hears of an account. */
export type AccountEvents = Omit<
  CorrespondentParts,
  | 'account'
  | 'store'
  | 'directory'
  | 'crypto'
  | 'clock'
  | 'log'
  | 'terminal'
  | 'suite'
  | 'address'
  | 'isMachine'
  | 'onMachine'
>;

export type CorrespondentsParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly identities: Identities;
  readonly station: UsedStation;
  readonly device: ConsoleDevice;
  readonly events: (address: string) => AccountEvents;
  /** An account runs: a person's, or a machine's. */
  readonly started: (address: string, isMachine: boolean) => void;
};

/** How long is waited for machines to be known at the station. */
const ADMIT_STEP_MS = 50;
const ADMIT_STEPS_MAX = 100;

export class Correspondents {
  readonly #parts: CorrespondentsParts;
  readonly #all = new Map<string, Promise<Correspondent>>();
  readonly #running = new Map<string, Correspondent>();
  readonly #carriers = new Map<string, StationCarrier>();
  readonly #machines = new Set<string>();
  #residents: Residents | undefined;
  #areMachinesDue = false;
  #onMachine: MachineListener | undefined;
  #isClosed = false;

  constructor(parts: CorrespondentsParts) {
    this.#parts = parts;
  }

  /** An account, once it runs. */
  running(address: string): Correspondent | undefined {
    return this.#running.get(address);
  }

  /** Moves files of an account. */
  carrier(address: string): StationCarrier | undefined {
    return this.#carriers.get(address);
  }

  /** Accounts of people that run. */
  people(): readonly string[] {
    return [...this.#running.keys()].filter((address) => !this.#machines.has(address));
  }

  /** All that were started, people and machines. */
  addresses(): readonly string[] {
    return [...this.#all.keys()];
  }

  all(): Promise<readonly Correspondent[]> {
    return Promise.all(this.#all.values());
  }

  /** All accounts of this console are users together: they are each other's first contacts. */
  async open(actor: string): Promise<Correspondent> {
    const people = this.#parts.identities.people().map(({ address }) => address);
    // Throws for an account that is not of this console.
    this.#parts.identities.keyPair(actor);
    if (!this.#isClosed) await this.#parts.station.ready();
    for (const address of people) {
      if (this.#isClosed || this.#all.has(address)) continue;
      this.#all.set(address, this.#start(address, people));
    }
    if (this.#areMachinesDue) this.#startMachines();
    const found = this.#all.get(actor);
    if (found === undefined) throw new Error('the messenger is closed');
    return found;
  }

  #startMachines(): void {
    this.#areMachinesDue = false;
    for (const { id, owner } of this.#residents?.list() ?? []) {
      if (this.#isClosed || this.#all.has(id)) continue;
      this.#parts.store.addChat(owner, `p:${id}`);
      this.#machines.add(id);
      this.#all.set(id, this.#start(id, undefined));
    }
  }

  /** Without people it is a machine's. */
  async #start(address: string, people: readonly string[] | undefined): Promise<Correspondent> {
    const { store, directory, crypto, clock, log, station, device, events, started } = this.#parts;
    const isMachine = people === undefined;
    const account = await device.account(address, await this.#ownerOf(address, isMachine));
    directory.saveMeta(account.id, account.meta.json);
    if (account.visa !== undefined)
      directory.saveDocument(documentToJson(account.visa), account.id, clock.nowMs() / 1000);
    this.settleAll(account.id.bare);
    store.transact(() => {
      for (const other of people ?? []) if (other !== address) store.addChat(address, `p:${other}`);
    });
    const correspondent = new Correspondent({
      ...events(address),
      account,
      store,
      directory,
      crypto,
      clock,
      log,
      terminal: device.terminal(),
      suite: await loadMlsSuite(),
      address: () => withOfferedTls(station.address()),
      isMachine,
      onMachine: (opened) => this.#onMachine?.(address, opened),
    });
    this.#running.set(address, correspondent);
    const user = { account, crypto, clock, station: () => correspondent.station };
    this.#carriers.set(address, createStationCarrier({ address: () => station.address(), user }));
    started(address, isMachine);
    return correspondent;
  }

  async #ownerOf(address: string, isMachine: boolean): Promise<AccountOwner> {
    const { identities } = this.#parts;
    const residents = isMachine ? this.#residents : undefined;
    const name = identities.people().find((person) => person.address === address)?.name ?? '';
    const said = (await residents?.properties(address)) ?? { name };
    return { keyPair: residents?.keyPair(address) ?? identities.keyPair(address), said };
  }

  /** What waited for somebody's keys may go on, in all accounts that are there. */
  settleAll(id: string): void {
    for (const one of this.#all.values())
      one.then(
        (correspondent) => correspondent.settle(id),
        (error) => this.#parts.log('error', 'chat.account', { error }),
      );
  }

  /** Lets machines have accounts here; what is said to them, and what machines elsewhere answer, goes to the listener. */
  admit(residents: Residents, listener: MachineListener): void {
    this.#residents = residents;
    this.#onMachine = listener;
    this.#areMachinesDue = true;
  }

  /** A machine of this console answers messages from now on, where this console has anything to do with messages. */
  async admitNow(): Promise<void> {
    const [first] = this.#parts.identities.people();
    this.#areMachinesDue = true;
    if (first !== undefined && !this.#isClosed) await this.open(first.address);
    const machines = await Promise.all([...this.#machines].map((id) => this.#all.get(id)));
    // Who is asked about before the station knows them stays unknown for a while.
    for (let step = 0; step < ADMIT_STEPS_MAX && !this.#isClosed; step++) {
      if (machines.every((machine) => machine?.station !== undefined)) return;
      await this.#parts.clock.sleep(ADMIT_STEP_MS);
    }
  }

  /** What waited for an order of this account may go on. */
  async settle(address: string): Promise<void> {
    (await this.#all.get(address))?.settle();
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#isClosed = true;
  }

  async close(): Promise<void> {
    for (const carrier of this.#carriers.values()) carrier.close();
    const all = await Promise.allSettled(this.#all.values());
    for (const one of all) if (one.status === 'fulfilled') await one.value.close();
  }
}
