// The machines of this console: registered on chain with a key of their own, driven in a worker, watched live. What a
// machine is comes from the chain; what it is doing comes from its driver.

import type { GuardRuleView, MachineView } from '../../api/index.ts';
import type { Clock, Log, Random, Result } from '../../base/index.ts';
import { defineFaults, FaultError, ok, refuse } from '../../base/index.ts';
import { MachineState, machineKey, signMachineProof } from '../../chain/index.ts';
import {
  type CableKind,
  type ConnectionKind,
  connectionTraits,
  DEFAULT_HEAT_LIMITS,
  deviceFault,
  type FirmwareReport,
  type HeatLimits,
} from '../../devices/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair, parseAddress } from '../../identity/index.ts';
import { checkExpiry, runningJob } from '../../jobs/index.ts';
import {
  type CutterProfile,
  encodeRecord,
  isPrinter,
  type MachineProfile,
  parseRecord,
  RegisteredMachine,
} from '../../records/index.ts';
import type { MachineService } from '../adapters/machine-service.ts';
import { detectSpeed, listPorts } from '../adapters/serial.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainReader } from './chain-reader.ts';
import type { EventBus } from './event-bus.ts';
import { GuardRuleStore } from './guard-rules.ts';
import type { Identities } from './identities.ts';
import type { JobStore } from './job-store.ts';
import { ownMachineKey } from './keyring.ts';
import { LiveMachine } from './live-machine.ts';
import {
  type ConnectionInput,
  type ConnectionRow,
  checkConnection,
  connectionConfig,
  hasKey,
  probeConnection,
  saveConnection,
  savePin,
} from './machine-connections.ts';
import { DEFAULT_MATERIALS } from './materials.ts';
import type { Parties } from './parties.ts';

export const machineServiceFault = defineFaults('machines', {
  'machines.unknown': {
    message: 'This printer is not one of this console.',
    next: 'Go back to the farm and choose one of your own.',
  },
  'machines.offline': {
    message: 'The printer is not connected.',
    next: 'Switch it on, plug it in, and connect it on its page.',
  },
  'machines.busy': {
    message: 'The printer is printing.',
    next: 'Wait until it is done, or cancel the print first.',
  },
  'machines.kind': {
    message: 'A machine of this kind is not driven over this connection.',
    next: 'Choose GRBL for a mill or a laser, and another connection for a printer.',
  },
  'machines.profile': {
    message: 'No printer can be registered with this {field}.',
    next: 'Correct the value; sizes are in millimetres, and the nozzle is between 0.1 and 2 mm wide.',
  },
});

export type AcceptRule = MachineView['rule'];

export type NewMachine = ConnectionInput & {
  readonly actor: string;
  readonly name: string;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleUm: number;
  readonly rateMicroPerHour: bigint;
  readonly setupMicro: bigint;
  readonly minimumMicro: bigint;
  /** For a machine that cuts; a printer where absent. */
  readonly cutter?:
    | { readonly process: 'cnc' | 'laser'; readonly toolSMax: number; readonly feedMmPerMinMax: number }
    | undefined;
};

export type MachineRow = ConnectionRow & {
  readonly owner: string;
  readonly time_scale: number;
  readonly keystore: string;
  readonly rule: string;
};

export type MachineParts = {
  readonly database: Sqlite;
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly vault: Vault;
  readonly store: JobStore;
  readonly service: MachineService;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: EventBus;
  readonly log: Log;
};

/** Default pace of a virtual printer: quick enough to watch, slow enough to see. */
const TIME_SCALE = 60;
/** Keys of registrations that failed are skipped over; more in a row than this are not looked for. */
const SPARE_KEYS = 20;
const NO_RULE: AcceptRule = { enabled: false, minimumMicro: 0n, quantityMax: 1 };

export class Machines {
  readonly #parts: MachineParts;
  readonly #live = new Map<string, LiveMachine>();
  readonly guard: GuardRuleStore;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.guard = new GuardRuleStore(parts);
  }

  rows(): MachineRow[] {
    return this.#parts.database.prepare('SELECT * FROM machines ORDER BY added_ms').all() as MachineRow[];
  }

  row(id: string): Result<MachineRow> {
    const row = this.#parts.database
      .prepare<[string], MachineRow>('SELECT * FROM machines WHERE address = ?')
      .get(id);
    // A locked owner's machine is nobody's until the owner is back.
    const mine = row !== undefined && this.#parts.identities.holds(row.owner);
    return mine ? ok(row) : refuse(machineServiceFault('machines.unknown'));
  }

  /** @throws FaultError machines.unknown. */
  keyPair(id: string): KeyPair {
    const row = this.row(id);
    const secret = row.ok ? this.#secretOf(row.value) : undefined;
    if (secret === undefined) throw new FaultError(machineServiceFault('machines.unknown'));
    return createKeyPair(secret);
  }

  state(id: string): Promise<Result<MachineState>> {
    return this.#stateBy(this.#parts.chain, id);
  }

  /** For what is shown and for driving one's own machine: what it is does not change, so it may be remembered. */
  #knownState(id: string): Promise<Result<MachineState>> {
    return this.#stateBy(this.#parts.chain.known, id);
  }

  async #stateBy(reader: ChainReader, id: string): Promise<Result<MachineState>> {
    const address = parseAddress(id);
    if (address === undefined) return refuse(machineServiceFault('machines.unknown'));
    const found = await reader.read(MachineState, machineKey(address));
    if (!found.ok) return found;
    return found.value === undefined
      ? refuse(machineServiceFault('machines.unknown'))
      : ok(found.value.value);
  }

  /**
   * Keeps a fresh key, then registers the machine under it; a refusal by the chain leaves nothing behind. A crash between
   * the two leaves a key that forgetUnregistered() drops at the next start.
   */
  async add(machine: NewMachine): Promise<Result<string>> {
    const { chain, identities, database, clock, bus } = this.#parts;
    const connection = checkConnection(machine);
    if (!connection.ok) return connection;
    const profile = RegisteredMachine.safeParse(profileOf(machine));
    if (!profile.success) {
      const field = profile.error.issues[0]?.path.map(String).join('.') ?? '';
      return refuse(machineServiceFault('machines.profile', { field }));
    }
    // What cuts is driven as such, and a printer never is.
    const cuts = connectionTraits(machine.driver).process === 'cutting';
    if (cuts === isPrinter(profile.data)) return refuse(machineServiceFault('machines.kind'));
    const owner = identities.keyPair(machine.actor);
    const fresh = await this.#freshKey(owner);
    if (!fresh.ok) return fresh;
    const key = fresh.value;
    const id = addressToText(key.address);
    const sealed = this.#sealKey(id, key);
    database
      .prepare(
        `INSERT INTO machines (address, owner, driver, port, baud_rate, time_scale, keystore, rule, added_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        machine.actor,
        machine.driver,
        machine.port ?? null,
        machine.baudRate ?? null,
        TIME_SCALE,
        sealed,
        ruleText(NO_RULE),
        clock.nowMs(),
      );
    saveConnection(database, this.#parts.vault, id, connection.value);
    const registered = await chain.submit(owner, {
      type: 'machine.register',
      machineKey: key.publicKey,
      proof: signMachineProof(key, chain.status().chainId, owner.address),
      profile: encodeRecord(profile.data),
    });
    if (!registered.ok) {
      await this.forgetUnregistered(id);
      return registered;
    }
    bus.changed('machines', id);
    return ok(id);
  }

  /** The owner's next machine key that nothing was registered under yet. */
  async #freshKey(owner: KeyPair): Promise<Result<KeyPair>> {
    for (let index = 0; ; index++) {
      const key = createKeyPair(ownMachineKey(owner.secretKey, index));
      const known = await this.#parts.chain.read(MachineState, machineKey(key.address));
      if (!known.ok) return known;
      if (known.value === undefined && !this.row(addressToText(key.address)).ok) return ok(key);
    }
  }

  #sealKey(id: string, key: KeyPair): string {
    return Buffer.from(this.#parts.vault.seal(`machine/${id}`, key.secretKey)).toString('base64');
  }

  /**
   * Brings back the keys of an owner's registered machines. One that this folder knew keeps its settings; another has to
   * be told how it is connected. How many can be driven again, and how many cannot (their keys were not the owner's).
   */
  async restoreKeys(
    ownerText: string,
  ): Promise<Result<{ readonly restored: number; readonly missing: number }>> {
    const { chain, identities, database, clock } = this.#parts;
    const owner = identities.keyPair(ownerText);
    const ids = await chain.list('machines-of', owner.address);
    if (!ids.ok) return ids;
    const lost = new Set(ids.value.map(addressToText).filter((id) => !this.#opens(id)));
    const keys = Array.from({ length: ids.value.length + SPARE_KEYS }, (_, index) =>
      createKeyPair(ownMachineKey(owner.secretKey, index)),
    );
    for (const key of keys) {
      const id = addressToText(key.address);
      if (!lost.delete(id)) continue;
      database
        .prepare(
          `INSERT INTO machines (address, owner, driver, port, baud_rate, time_scale, keystore, rule, added_ms)
           VALUES (?, ?, 'serial', NULL, NULL, ?, ?, ?, ?)
           ON CONFLICT (address) DO UPDATE SET keystore = excluded.keystore`,
        )
        .run(id, ownerText, TIME_SCALE, this.#sealKey(id, key), ruleText(NO_RULE), clock.nowMs());
    }
    return ok({ restored: ids.value.length - lost.size, missing: lost.size });
  }

  #opens(id: string): boolean {
    const row = this.row(id);
    return row.ok && this.#secretOf(row.value) !== undefined;
  }

  #secretOf({ address, keystore }: MachineRow) {
    return this.#parts.vault.open(`machine/${address}`, Buffer.from(keystore, 'base64'));
  }

  /** Drops machines that are proven not to be registered: the chain refused them, or a crash came before. */
  async forgetUnregistered(only?: string): Promise<void> {
    const { chain, database } = this.#parts;
    for (const { address: id } of this.rows()) {
      const address = only === undefined || only === id ? parseAddress(id) : undefined;
      if (address === undefined) continue;
      const found = await chain.read(MachineState, machineKey(address));
      if (found.ok && found.value === undefined)
        database.prepare('DELETE FROM machines WHERE address = ?').run(id);
    }
  }

  async ports() {
    return [...(await listPorts())];
  }

  findSpeed(path: string, kind: CableKind, signal: AbortSignal | undefined) {
    return detectSpeed({ path, kind, clock: this.#parts.clock }, signal);
  }

  saveRule(id: string, rule: AcceptRule): Result<void> {
    const own = this.row(id);
    if (!own.ok) return own;
    this.#parts.database.prepare('UPDATE machines SET rule = ? WHERE address = ?').run(ruleText(rule), id);
    this.#parts.bus.changed('machines', id);
    return ok(undefined);
  }

  rule(row: MachineRow): AcceptRule {
    const { enabled, minimumMicro, quantityMax } = JSON.parse(row.rule) as {
      enabled: boolean;
      minimumMicro: string;
      quantityMax: number;
    };
    return { enabled, minimumMicro: BigInt(minimumMicro), quantityMax };
  }

  guardRules(id: string): Result<GuardRuleView[]> {
    const own = this.row(id);
    return own.ok ? ok(this.guard.list(id)) : own;
  }

  /** The owner allows something on the machine; not while it prints, because a print keeps the rules it began with. */
  allow(id: string, rule: unknown): Promise<Result<void>> {
    return this.#changeRules(id, (owner) => this.guard.allow(id, rule, owner));
  }

  disallow(id: string, key: string): Promise<Result<void>> {
    return this.#changeRules(id, () => {
      this.guard.remove(id, key);
      return ok(undefined);
    });
  }

  /** The driver learns its heat limits when it connects: a connected machine whose limits changed connects again. */
  async #changeRules(id: string, change: (owner: string) => Result<void>): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    if (runningJob(this.#parts.store.state, id) !== undefined)
      return refuse(machineServiceFault('machines.busy'));
    const before = this.guard.rulesOf(id);
    const changed = change(own.value.owner);
    if (!changed.ok) return changed;
    const after = this.guard.rulesOf(id);
    const same = before.nozzleCMax === after.nozzleCMax && before.bedCMax === after.bedCMax;
    const live = this.live(id);
    if (same || live.handle === undefined) return changed;
    await live.disconnect();
    return this.connect(id);
  }

  /** Virtual printers only; takes effect at once. */
  async setTimeScale(id: string, timeScale: number): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    if (runningJob(this.#parts.store.state, id) !== undefined)
      return refuse(machineServiceFault('machines.busy'));
    this.#parts.database.prepare('UPDATE machines SET time_scale = ? WHERE address = ?').run(timeScale, id);
    this.#parts.bus.changed('machines', id);
    return this.live(id).setTimeScale(timeScale);
  }

  async connect(id: string): Promise<Result<void>> {
    const state = await this.#knownState(id);
    if (!state.ok) return state;
    const profile = parseRecord(RegisteredMachine, 'machine', state.value.profile);
    if (!profile.ok) return profile;
    const row = this.row(id);
    if (!row.ok) return row;
    const { driver } = row.value;
    const { volumeMm } = profile.value;
    const limits = this.heatLimits(id, profile.value);
    const common = { machineId: id, limits, volumeMm: { ...volumeMm } };
    if (driver === 'virtual') {
      // Read when its turn comes: the pace may have been changed while it waited.
      const timeScale = () => {
        const now = this.row(id);
        return now.ok ? now.value.time_scale : TIME_SCALE;
      };
      return this.live(id).connect(() => ({
        ...common,
        driver,
        timeScale: timeScale(),
      }));
    }
    const tool = { cnc: { tool: 'spindle' }, laser: { tool: 'laser' }, fdm: {} } as const;
    const place = { ...common, ...tool[profile.value.process] };
    const config = connectionConfig(row.value, this.#parts.vault, place);
    return config.ok ? this.live(id).connect(() => config.value) : config;
  }

  /** Who answers at an address, before the machine is added. */
  async probe(input: ConnectionInput): Promise<Result<FirmwareReport>> {
    return await probeConnection(input, this.#parts.clock, this.#parts.random);
  }

  /** The machine is reached in this way from now on; a connection that stands is let go first. */
  async setConnection(id: string, input: ConnectionInput): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    const checked = checkConnection(input, hasKey(own.value));
    if (!checked.ok) return checked;
    const released = await this.disconnect(id);
    if (!released.ok) return released;
    saveConnection(this.#parts.database, this.#parts.vault, id, checked.value);
    this.#parts.bus.changed('machines', id);
    return ok(undefined);
  }

  async disconnect(id: string): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    if (runningJob(this.#parts.store.state, id) !== undefined)
      return refuse(machineServiceFault('machines.busy'));
    await this.live(id).disconnect();
    return ok(undefined);
  }

  /** The machine as it runs now; the same object while the console runs. */
  live(id: string): LiveMachine {
    let live = this.#live.get(id);
    if (live === undefined) {
      const { service, clock, bus, log, database } = this.#parts;
      const changed = () => bus.changed('machines', id);
      const onPin = (pin: string) => savePin(database, id, pin);
      live = new LiveMachine({ id, service, clock, log, changed, onPin });
      this.#live.set(id, live);
    }
    return live;
  }

  async command(
    id: string,
    command: 'pause' | 'resume' | 'cancel',
    expiresMs: number,
  ): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    const fresh = checkExpiry(this.#parts.clock.nowMs(), expiresMs);
    if (!fresh.ok) return fresh;
    const handle = this.live(id).handle;
    return handle === undefined ? refuse(machineServiceFault('machines.offline')) : handle[command]();
  }

  async emergencyStop(id: string): Promise<Result<void>> {
    const own = this.row(id);
    if (!own.ok) return own;
    await this.live(id).handle?.emergencyStop();
    return ok(undefined);
  }

  async send(id: string, command: string, expiresMs: number): Promise<Result<string[]>> {
    const own = this.row(id);
    if (!own.ok) return own;
    const fresh = checkExpiry(this.#parts.clock.nowMs(), expiresMs);
    if (!fresh.ok) return fresh;
    const handle = this.live(id).handle;
    if (handle === undefined) return refuse(machineServiceFault('machines.offline'));
    const replies = await handle.send(command);
    return replies.ok ? ok([...replies.value]) : replies;
  }

  /** Shows what was done to machines that an earlier console left hot. */
  async showIncidents(): Promise<void> {
    const { service, log } = this.#parts;
    for (const { machineId, end, by, atMs, detail } of await service.incidents()) {
      log('warn', 'machine.left', { machine: machineId, end, by, atMs, detail });
      const time = `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
      if (this.row(machineId).ok)
        this.live(machineId).warn(deviceFault(`device.left.${end}`, { time, reason: detail }));
    }
  }

  temperatureHistory(id: string) {
    return this.live(id).temperatureHistory();
  }

  async *watch(id: string, signal: AbortSignal | undefined) {
    const machine = await this.get(id);
    if (!machine.ok) throw new FaultError(machine.fault);
    yield { type: 'machine', machine: machine.value } as const;
    yield* this.live(id).stream(signal);
  }

  /** What the machine may heat to: as registered, or as its owner allows beyond that. */
  heatLimits(id: string, machine: RegisteredMachine): HeatLimits {
    if (!isPrinter(machine)) return DEFAULT_HEAT_LIMITS;
    const { nozzleCMax, bedCMax } = machine;
    const rules = this.guard.rulesOf(id);
    return {
      ...DEFAULT_HEAT_LIMITS,
      nozzleCMax: Math.max(nozzleCMax, rules.nozzleCMax),
      bedCMax: Math.max(bedCMax, rules.bedCMax),
    };
  }

  /** What the machine can do, as its owner registered it. */
  async profile(id: string): Promise<Result<RegisteredMachine>> {
    const state = await this.state(id);
    return state.ok ? parseRecord(RegisteredMachine, 'machine', state.value.profile) : state;
  }

  async list(): Promise<Result<MachineView[]>> {
    const ids = await this.#parts.chain.known.list('machines');
    if (!ids.ok) return ids;
    const views: MachineView[] = [];
    for (const id of ids.value) {
      const view = await this.get(addressToText(id));
      if (!view.ok) return view;
      views.push(view.value);
    }
    return ok(views);
  }

  async get(id: string): Promise<Result<MachineView>> {
    const state = await this.#knownState(id);
    if (!state.ok) return state;
    const profile = parseRecord(RegisteredMachine, 'machine', state.value.profile);
    if (!profile.ok) return profile;
    const row = this.row(id);
    const { store, parties } = this.#parts;
    const job = runningJob(store.state, id);
    const { name, process, volumeMm, rateMicroPerHour, setupMicro, minimumMicro } = profile.value;
    return ok({
      id,
      name,
      owner: parties.ofBytes(state.value.owner),
      mine: row.ok,
      driver: row.ok ? row.value.driver : 'serial',
      ...(row.ok && row.value.port !== null ? { port: row.value.port } : {}),
      ...(row.ok && row.value.net_address !== null ? { address: row.value.net_address } : {}),
      ...(row.ok && row.value.net_user !== null ? { user: row.value.net_user } : {}),
      ...traitsOf(row.ok ? row.value.driver : 'serial'),
      timeScale: row.ok ? row.value.time_scale : 1,
      process,
      volumeMm: { ...volumeMm },
      ...toolOf(profile.value),
      rateMicroPerHour,
      setupMicro,
      minimumMicro,
      ...this.live(id).view(job?.secondsEstimated),
      bedClear: store.state.clearBeds.has(id),
      ...(job === undefined ? {} : { jobId: job.id, jobTitle: job.title }),
      queued: store.state.jobs.filter((other) => other.machineId === id && other.phase === 'waiting').length,
      rule: row.ok ? this.rule(row.value) : NO_RULE,
      registered: {
        truth: 'verified',
        height: Number(state.value.registeredHeight),
        timeS: Number(state.value.registeredS),
      },
    });
  }

  /** How many print right now. */
  activeCount(): number {
    return this.#parts.store.state.jobs.filter((job) => job.phase === 'printing' || job.phase === 'starting')
      .length;
  }

  /** Name on chain; empty where it is unknown. */
  async nameOf(id: string): Promise<string> {
    const state = await this.#knownState(id);
    const profile = state.ok ? parseRecord(RegisteredMachine, 'machine', state.value.profile) : state;
    return profile.ok ? profile.value.name : '';
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#live.values()].map((live) => live.close()));
  }
}

function traitsOf(driver: ConnectionKind) {
  const { secureStreaming, emergencyStop, commands } = connectionTraits(driver);
  return { secureStreaming, hasEmergencyStop: emergencyStop, takesCommands: commands };
}

/** What it works with: nozzle and materials of a printer, the tool of a machine that cuts. */
function toolOf(machine: RegisteredMachine): Pick<MachineView, 'nozzleUm' | 'materials' | 'cutter'> {
  if (!isPrinter(machine)) {
    const { toolSMax, feedMmPerMinMax } = machine;
    return { nozzleUm: 0, materials: [], cutter: { toolSMax, feedMmPerMinMax } };
  }
  const materials = machine.materials.map(({ material, colour, colourName, priceMicroPerGram }) => ({
    material,
    colour,
    colourName,
    priceMicroPerGram,
  }));
  return { nozzleUm: machine.nozzleUm, materials };
}

function ruleText({ enabled, minimumMicro, quantityMax }: AcceptRule): string {
  return JSON.stringify({ enabled, minimumMicro: minimumMicro.toString(), quantityMax });
}

function profileOf(machine: NewMachine): MachineProfile | CutterProfile {
  const { name, cutter, rateMicroPerHour, setupMicro, minimumMicro } = machine;
  const volumeMm = { ...machine.volumeMm };
  const rates = { rateMicroPerHour, setupMicro, minimumMicro };
  if (cutter !== undefined) return { v: 1, name, firmware: 'grbl', volumeMm, ...cutter, ...rates };
  return {
    v: 1,
    name,
    process: 'fdm',
    firmware: 'marlin',
    volumeMm,
    nozzleUm: machine.nozzleUm,
    filamentUm: 1750,
    nozzleCMax: 260,
    bedCMax: 100,
    materials: [...DEFAULT_MATERIALS],
    ...rates,
  };
}
