// What the folder keeps of each machine: its sealed key, how it is reached, and by which rule it takes orders.

import type { MachineView } from '../../api/index.ts';
import { type Clock, FaultError, ok, type Result, refuse } from '../../base/index.ts';
import { createKeyPair, type KeyPair } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { Identities } from './identities.ts';
import type { ConnectionRow } from './machine-connections.ts';
import { machineServiceFault } from './machine-faults.ts';

export type AcceptRule = MachineView['rule'];

export type MachineRow = ConnectionRow & {
  readonly owner: string;
  readonly time_scale: number;
  readonly keystore: string;
  readonly rule: string;
};

export type MachineTableParts = {
  readonly database: Sqlite;
  readonly vault: Vault;
  readonly identities: Pick<Identities, 'holds'>;
  readonly clock: Clock;
};

type KeptMachine = Pick<MachineRow, 'driver' | 'owner'> & {
  readonly id: string;
  readonly port?: string | undefined;
  readonly baudRate?: number | undefined;
};

/** Default pace of a virtual printer: quick enough to watch, slow enough to see. */
export const TIME_SCALE = 60;

export const NO_RULE: AcceptRule = { enabled: false, minimumMicro: 0n, quantityMax: 1 };

/** The rows of this console's machines, whose keys the vault seals. */
export class MachineTable {
  readonly #parts: MachineTableParts;

  constructor(parts: MachineTableParts) {
    this.#parts = parts;
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

  /** Whether it is this console's, and its key can be opened. */
  opens(id: string): boolean {
    const row = this.row(id);
    return row.ok && this.#secretOf(row.value) !== undefined;
  }

  #secretOf({ address, keystore }: MachineRow) {
    return this.#parts.vault.open(`machine/${address}`, Buffer.from(keystore, 'base64'));
  }

  /** A machine whose key is sealed here; one that the folder knew before keeps its settings. */
  keep({ id, owner, driver, port, baudRate }: KeptMachine, key: KeyPair): void {
    const { database, vault, clock } = this.#parts;
    const sealed = Buffer.from(vault.seal(`machine/${id}`, key.secretKey)).toString('base64');
    database
      .prepare(
        `INSERT INTO machines (address, owner, driver, port, baud_rate, time_scale, keystore, rule, added_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (address) DO UPDATE SET keystore = excluded.keystore`,
      )
      .run(
        id,
        owner,
        driver,
        port ?? null,
        baudRate ?? null,
        TIME_SCALE,
        sealed,
        ruleText(NO_RULE),
        clock.nowMs(),
      );
  }

  drop(id: string): void {
    this.#parts.database.prepare('DELETE FROM machines WHERE address = ?').run(id);
  }

  rule(row: MachineRow): AcceptRule {
    const { enabled, minimumMicro, quantityMax } = JSON.parse(row.rule) as {
      enabled: boolean;
      minimumMicro: string;
      quantityMax: number;
    };
    return { enabled, minimumMicro: BigInt(minimumMicro), quantityMax };
  }

  saveRule(id: string, rule: AcceptRule): void {
    this.#parts.database.prepare('UPDATE machines SET rule = ? WHERE address = ?').run(ruleText(rule), id);
  }

  saveTimeScale(id: string, timeScale: number): void {
    this.#parts.database.prepare('UPDATE machines SET time_scale = ? WHERE address = ?').run(timeScale, id);
  }
}

function ruleText({ enabled, minimumMicro, quantityMax }: AcceptRule): string {
  return JSON.stringify({ enabled, minimumMicro: minimumMicro.toString(), quantityMax });
}
