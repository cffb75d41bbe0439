// How the console reaches its machines: the port or the address, and the key, which is sealed by the vault and leaves it
// only for the worker that drives the machine. Never shown again, never logged.

import type { ConnectionKindView } from '../../api/index.ts';
import type { Clock, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import type { FirmwareReport, HeatLimits } from '../../devices/index.ts';
import { isCableKind, isNetworkKind } from '../../devices/index.ts';
import { parseBambuAddress } from '../adapters/bambu-lan.ts';
import type { MachineConfig } from '../adapters/machine-service.ts';
import { createNetworkDriver } from '../adapters/network-driver.ts';
import { parsePrinterAddress } from '../adapters/print-host-network.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';

const connectionFault = defineFaults('connection', {
  'connection.port.missing': {
    message: 'A machine at a cable needs a port.',
    next: 'Choose the port that the machine is plugged into.',
  },
  'connection.key.missing': {
    message: 'This kind of printer is not reached without its key.',
    next: 'Copy the key from the settings of the printer.',
  },
  'connection.serial.missing': {
    message: 'This kind of printer is not reached without its serial number.',
    next: 'Read it off the screen of the printer, under device information.',
  },
  'connection.key.unreadable': {
    message: 'The key of this printer cannot be read any more.',
    next: 'Enter the key again in the settings of the printer.',
  },
});

/** As typed; an absent key stays what it was. */
export type ConnectionInput = {
  readonly driver: ConnectionKindView;
  readonly port?: string | undefined;
  readonly baudRate?: number | undefined;
  readonly address?: string | undefined;
  readonly user?: string | undefined;
  readonly key?: string | undefined;
};

export type ConnectionRow = {
  readonly address: string;
  readonly driver: ConnectionKindView;
  readonly port: string | null;
  readonly baud_rate: number | null;
  readonly net_address: string | null;
  readonly net_user: string | null;
  readonly net_key: Uint8Array | null;
  /** Certificate of a Bambu printer as it was first reached. */
  readonly net_pin: string | null;
};

/** What most Marlin and all GRBL boards ship with. */
const DEFAULT_BAUD_RATE = 115_200;
/** A printer that answers at all has answered by then. */
const PROBE_TIMEOUT_MS = 30_000;

/** The input with its address as it is used; refused where something is missing. */
export function checkConnection(input: ConnectionInput, hasKey = false): Result<ConnectionInput> {
  const { driver, port } = input;
  if (isCableKind(driver) && (port === undefined || port === ''))
    return refuse(connectionFault('connection.port.missing'));
  if (!isNetworkKind(driver)) return ok(input);
  if (driver === 'bambu' && (input.user ?? '').trim() === '')
    return refuse(connectionFault('connection.serial.missing'));
  const address = checkAddress(driver, input.address ?? '');
  if (!address.ok) return address;
  // Moonraker may trust this computer; the others never do.
  if (driver !== 'moonraker' && (input.key ?? '') === '' && !(hasKey && input.key === undefined))
    return refuse(connectionFault('connection.key.missing'));
  return ok({ ...input, address: address.value });
}

/** As it is kept: a Bambu printer has no web address, but a broker and a file store. */
function checkAddress(driver: ConnectionKindView, text: string): Result<string> {
  if (driver !== 'bambu') return parsePrinterAddress(text);
  const place = parseBambuAddress(text);
  if (!place.ok) return place;
  const { host, brokerPort, filesPort } = place.value;
  const named = host.includes(':') ? `[${host}]` : host;
  const usual = brokerPort === 8_883 && filesPort === 990;
  return ok(usual ? named : `${named}:${brokerPort}:${filesPort}`);
}

/** `checked` by checkConnection. */
export function saveConnection(database: Sqlite, vault: Vault, id: string, checked: ConnectionInput): void {
  const { driver, port, baudRate, address, user, key } = checked;
  database
    .prepare(
      'UPDATE machines SET driver = ?, port = ?, baud_rate = ?, net_address = ?, net_user = ? WHERE address = ?',
    )
    .run(driver, port ?? null, baudRate ?? null, address ?? null, user ?? null, id);
  // Who enters the code anew takes the printer as it is now, or another one.
  if (key !== undefined)
    database
      .prepare('UPDATE machines SET net_key = ?, net_pin = NULL WHERE address = ?')
      .run(Buffer.from(vault.seal(purposeOf(id), Buffer.from(key, 'utf8'))), id);
}

/** The printer was reached for the first time, and is known by this from now on. */
export function savePin(database: Sqlite, id: string, pin: string): void {
  database.prepare('UPDATE machines SET net_pin = ? WHERE address = ? AND net_pin IS NULL').run(pin, id);
}

export function hasKey({ net_key }: ConnectionRow): boolean {
  return net_key !== null;
}

/** What the worker needs to reach a machine that is not virtual. */
export function connectionConfig(
  row: ConnectionRow,
  vault: Vault,
  common: {
    readonly machineId: string;
    readonly limits: HeatLimits;
    readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
    readonly tool?: 'spindle' | 'laser';
  },
): Result<MachineConfig> {
  const { driver, port, baud_rate, net_address, net_user, net_key, net_pin } = row;
  if (isNetworkKind(driver)) {
    const address = checkAddress(driver, net_address ?? '');
    if (!address.ok) return address;
    const key =
      net_key === null ? new Uint8Array() : vault.open(purposeOf(row.address), new Uint8Array(net_key));
    if (key === undefined) return refuse(connectionFault('connection.key.unreadable'));
    const words = Buffer.from(key).toString('utf8');
    const pin = net_pin ?? undefined;
    return ok({ ...common, driver, address: address.value, user: net_user ?? '', key: words, pin });
  }
  if (port === null || !isCableKind(driver)) return refuse(connectionFault('connection.port.missing'));
  return ok({ ...common, driver, path: port, baudRate: baud_rate ?? DEFAULT_BAUD_RATE });
}

/** Reaches a network printer with what was typed, asks who it is, and lets it go. Nothing moves or heats. */
export async function probeConnection(
  input: ConnectionInput,
  clock: Clock,
  random: { bytes(length: number): Uint8Array },
): Promise<Result<FirmwareReport>> {
  const checked = checkConnection(input);
  if (!checked.ok) return checked;
  const { driver, address = '', user = '', key = '' } = checked.value;
  if (!isNetworkKind(driver)) return ok({ firmware: '', capabilities: [] });
  // A name of its own: whatever prints there is not this probe's to end.
  const machineId = Buffer.from(random.bytes(16)).toString('hex');
  const probe = createNetworkDriver({ machineId, driver, address, user, key }, clock);
  const over = new AbortController();
  const stop = new AbortController();
  const late = clock.sleep(PROBE_TIMEOUT_MS, stop.signal).then(
    () => over.abort(),
    () => undefined,
  );
  const connected = await probe.connect(over.signal);
  stop.abort();
  await late;
  await probe.disconnect();
  return connected;
}

function purposeOf(id: string): string {
  return `printer-key/${id}`;
}
