// Machines come onto the chain with a key of their own, and come back with their owner.

import { ok, type Result, refuse } from '../../base/index.ts';
import { MachineState, machineKey, signMachineProof } from '../../chain/index.ts';
import { connectionTraits } from '../../devices/index.ts';
import { addressToText, createKeyPair, type KeyPair, parseAddress } from '../../identity/index.ts';
import {
  type CutterProfile,
  encodeRecord,
  isPrinter,
  type MachineProfile,
  RegisteredMachine,
} from '../../records/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import { ownMachineKey } from './keyring.ts';
import { type ConnectionInput, checkConnection, saveConnection } from './machine-connections.ts';
import { machineServiceFault } from './machine-faults.ts';
import type { MachineTable } from './machine-table.ts';
import { DEFAULT_MATERIALS } from './materials.ts';

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

type MachineRegistrationParts = {
  readonly table: MachineTable;
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly database: Sqlite;
  readonly vault: Vault;
  readonly bus: EventBus;
};

/** Keys of registrations that failed are skipped over; more in a row than this are not looked for. */
const SPARE_KEYS = 20;

export class MachineRegistration {
  readonly #parts: MachineRegistrationParts;

  constructor(parts: MachineRegistrationParts) {
    this.#parts = parts;
  }

  /**
   * Keeps a fresh key, then registers the machine under it; a refusal by the chain leaves nothing behind. A crash between
   * the two leaves a key that forgetUnregistered() drops at the next start.
   */
  async add(machine: NewMachine): Promise<Result<string>> {
    const { chain, identities, database, vault, table, bus } = this.#parts;
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
    const { driver, port, baudRate } = machine;
    table.keep({ id, owner: machine.actor, driver, port, baudRate }, key);
    saveConnection(database, vault, id, connection.value);
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
      if (known.value === undefined && !this.#parts.table.row(addressToText(key.address)).ok) return ok(key);
    }
  }

  /**
   * Brings back the keys of an owner's registered machines. One that this folder knew keeps its settings; another has to
   * be told how it is connected. How many can be driven again, and how many cannot (their keys were not the owner's).
   */
  async restoreKeys(
    ownerText: string,
  ): Promise<Result<{ readonly restored: number; readonly missing: number }>> {
    const { chain, identities, table } = this.#parts;
    const owner = identities.keyPair(ownerText);
    const ids = await chain.list('machines-of', owner.address);
    if (!ids.ok) return ids;
    const lost = new Set(ids.value.map(addressToText).filter((id) => !table.opens(id)));
    const keys = Array.from({ length: ids.value.length + SPARE_KEYS }, (_, index) =>
      createKeyPair(ownMachineKey(owner.secretKey, index)),
    );
    for (const key of keys) {
      const id = addressToText(key.address);
      if (!lost.delete(id)) continue;
      table.keep({ id, owner: ownerText, driver: 'serial' }, key);
    }
    return ok({ restored: ids.value.length - lost.size, missing: lost.size });
  }

  /** Drops machines that are proven not to be registered: the chain refused them, or a crash came before. */
  async forgetUnregistered(only?: string): Promise<void> {
    const { chain, table } = this.#parts;
    for (const { address: id } of table.rows()) {
      const address = only === undefined || only === id ? parseAddress(id) : undefined;
      if (address === undefined) continue;
      const found = await chain.read(MachineState, machineKey(address));
      if (found.ok && found.value === undefined) table.drop(id);
    }
  }
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
