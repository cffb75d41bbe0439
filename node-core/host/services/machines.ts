// The machines of this console: registered on chain with a key of their own, driven in a worker, watched live. What a
// machine is comes from the chain; what it is doing comes from its driver.

import type { GuardRuleView, MachineView } from '../../api/index.ts';
import { type Clock, FaultError, type Log, ok, type Random, type Result, refuse } from '../../base/index.ts';
import { MachineState, machineKey } from '../../chain/index.ts';
import {
  type CableKind,
  type ConnectionKind,
  connectionTraits,
  DEFAULT_HEAT_LIMITS,
  deviceFault,
  type FirmwareReport,
  type HeatLimits,
} from '../../devices/index.ts';
import { addressToText, type KeyPair, parseAddress } from '../../identity/index.ts';
import { checkExpiry, runningJob } from '../../jobs/index.ts';
import { isPrinter, parseRecord, RegisteredMachine } from '../../records/index.ts';
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
import { LiveMachine } from './live-machine.ts';
import {
  type ConnectionInput,
  checkConnection,
  connectionConfig,
  hasKey,
  probeConnection,
  saveConnection,
  savePin,
} from './machine-connections.ts';
import { machineServiceFault } from './machine-faults.ts';
import { MachineRegistration } from './machine-registration.ts';
import { type AcceptRule, type MachineRow, MachineTable, NO_RULE, TIME_SCALE } from './machine-table.ts';
import type { Parties } from './parties.ts';

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

export class Machines {
  readonly #parts: MachineParts;
  readonly #live = new Map<string, LiveMachine>();
  readonly #table: MachineTable;
  readonly registration: MachineRegistration;
  readonly guard: GuardRuleStore;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#table = new MachineTable(parts);
    this.registration = new MachineRegistration({ ...parts, table: this.#table });
    this.guard = new GuardRuleStore(parts);
  }

  rows(): MachineRow[] {
    return this.#table.rows();
  }

  row(id: string): Result<MachineRow> {
    return this.#table.row(id);
  }

  /** @throws FaultError machines.unknown. */
  keyPair(id: string): KeyPair {
    return this.#table.keyPair(id);
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

  async ports() {
    return [...(await listPorts())];
  }

  findSpeed(path: string, kind: CableKind, signal: AbortSignal | undefined) {
    return detectSpeed({ path, kind, clock: this.#parts.clock }, signal);
  }

  saveRule(id: string, rule: AcceptRule): Result<void> {
    const own = this.row(id);
    if (!own.ok) return own;
    this.#table.saveRule(id, rule);
    this.#parts.bus.changed('machines', id);
    return ok(undefined);
  }

  rule(row: MachineRow): AcceptRule {
    return this.#table.rule(row);
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
    this.#table.saveTimeScale(id, timeScale);
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
