// Serial ports of this machine: opening them as links, listing them, finding the speed a printer talks at.
// World failures become faults here; beyond this file a port is a SerialLink.

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SerialPort } from 'serialport';
import type { Bytes, Clock, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { CableKind, SerialLink } from '../../devices/index.ts';
import { createGrblDriver, createMarlinDriver, deviceFault } from '../../devices/index.ts';

export type SerialAddress = {
  readonly path: string;
  readonly baudRate: number;
};

/** A port as a link, and the one thing a port can do that a link cannot. */
export type SerialPortLink = SerialLink & {
  /** Toggles DTR, which resets most boards with a USB bridge; false where the port has no such line. */
  pulseReset(): Promise<boolean>;
};

/** Opens the port for this program alone. Opening resets many boards; the driver's hello waits for them. */
export function openSerial(address: SerialAddress, signal?: AbortSignal): Promise<Result<SerialPortLink>> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(refuse(deviceFault('device.aborted')));
      return;
    }
    let port: SerialPort;
    try {
      port = new SerialPort({ ...address, lock: true, autoOpen: false, highWaterMark: 64 * 1024 });
    } catch (error) {
      resolve(refuse(openFault(address.path, error)));
      return;
    }
    port.open((error) => {
      if (error !== null) {
        resolve(refuse(openFault(address.path, error)));
      } else if (signal?.aborted === true) {
        port.close(() => resolve(refuse(deviceFault('device.aborted'))));
      } else {
        resolve(ok(new PortLink(port, address.path)));
      }
    });
  });
}

class PortLink implements SerialPortLink {
  private readonly port: SerialPort;
  private readonly presence: NodeJS.Timeout;
  private closeListener: ((cause: string | undefined) => void) | undefined;
  private ended: { readonly cause: string | undefined } | undefined;

  constructor(port: SerialPort, path: string) {
    this.port = port;
    // Reading from a tty that hung up gives nothing, for ever and without an error: what shows is that it is gone.
    this.presence = setInterval(() => {
      if (process.platform !== 'win32' && !existsSync(path)) this.end('the port has gone');
    }, PRESENCE_INTERVAL_MS);
    this.presence.unref();
    // Unplugging shows as an error, a close with an error, or both; the first one counts.
    port.on('error', (error: Error) => this.end(error.message));
    port.on('close', (error: Error | null) => this.end(error?.message));
  }

  write(bytes: Bytes): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(new Error(this.ended.cause ?? 'the port is closed'));
        return;
      }
      this.port.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.port.on('data', listener);
  }

  onClose(listener: (cause: string | undefined) => void): void {
    this.closeListener = listener;
    if (this.ended !== undefined) listener(this.ended.cause);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.port.isOpen) {
        resolve();
        return;
      }
      // What was handed over still has to reach the wire (the heaters-off before a goodbye), unless nobody takes it.
      const close = () => {
        clearTimeout(late);
        if (this.port.isOpen) this.port.close(() => resolve());
        else resolve();
      };
      const late = setTimeout(close, DRAIN_MS);
      this.port.drain(close);
    });
  }

  async pulseReset(): Promise<boolean> {
    const set = (dtr: boolean) =>
      new Promise<boolean>((resolve) => {
        // A pseudo-terminal answers ENOTTY; it has nothing to reset.
        this.port.set({ dtr }, (error) => resolve(error === null || error === undefined));
      });
    const lowered = await set(false);
    await new Promise((resolve) => setTimeout(resolve, RESET_PULSE_MS));
    return (await set(true)) && lowered;
  }

  private end(cause: string | undefined): void {
    if (this.ended !== undefined) return;
    this.ended = { cause };
    clearInterval(this.presence);
    this.closeListener?.(cause);
    if (this.port.isOpen) this.port.close(() => undefined);
  }
}

/** A port held for this process and set up at its speed; a worker reads and writes it (tty-link.ts). */
export type PortClaim = {
  /** Writes straight to the port, whatever became of the worker. */
  write(bytes: Bytes): Promise<void>;
  release(): Promise<void>;
};

/** Takes the port for this process alone. Must be called on the main thread. */
export async function claimSerial({ path, baudRate }: SerialAddress): Promise<Result<PortClaim>> {
  try {
    const port = await SerialPort.binding.open({ path, baudRate, lock: true });
    return ok({
      write: (bytes) => port.write(Buffer.from(bytes)).catch(() => undefined),
      release: () => port.close().catch(() => undefined),
    });
  } catch (error) {
    return refuse(openFault(path, error));
  }
}

const RESET_PULSE_MS = 100;
const PRESENCE_INTERVAL_MS = 500;
const DRAIN_MS = 2_000;

function openFault(port: string, error: unknown): Fault {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/^Error:?\s*/, '');
  if (/lock|busy|access denied/i.test(reason)) return deviceFault('device.port.locked', { port });
  if (/permission/i.test(reason)) return deviceFault('device.port.forbidden', { port });
  const missing = /no such file|file not found|unknown error code 2/i.test(reason);
  return deviceFault('device.port.unavailable', { port, reason: missing ? 'it is not there' : reason });
}

export type PortInfo = {
  readonly path: string;
  /** What a person recognises: the maker's name of the board where it is known. */
  readonly label: string;
};

/** Ports a printer could be at. On Linux read from the kernel, since the library's list() needs a program that may be missing. */
export async function listPorts(): Promise<readonly PortInfo[]> {
  if (process.platform === 'linux') return listLinuxPorts('/dev', '/sys/class/tty');
  try {
    return namedPorts(await SerialPort.list());
  } catch {
    return [];
  }
}

/** What the library lists on macOS and Windows, by the names that open without waiting for a modem. */
export function namedPorts(
  listed: readonly { readonly path: string; readonly manufacturer?: string | undefined }[],
): readonly PortInfo[] {
  return listed
    .filter(({ path }) => !/bluetooth|debug-console|wlan-debug/i.test(path))
    .map(({ path, manufacturer }) => {
      // macOS: opening tty.x waits until a carrier is there, cu.x is the same port and does not.
      const own = path.replace(/^\/dev\/tty\./, '/dev/cu.');
      return { path: own, label: manufacturer ?? basename(own) };
    })
    .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}

/** USB and board serial ports below `dev`, with the names that `dev`/serial/by-id gives them. */
export function listLinuxPorts(dev: string, sysTty: string): readonly PortInfo[] {
  const labels = new Map<string, string>();
  const byId = join(dev, 'serial', 'by-id');
  for (const name of readFolder(byId)) {
    try {
      labels.set(basename(readlinkSync(join(byId, name))), labelOf(name));
    } catch {
      // unplugged this moment
    }
  }
  return readFolder(sysTty)
    .filter((name) => /^tty(?:USB|ACM|AMA)\d+$/.test(name))
    .map((name) => ({ path: join(dev, name), label: labels.get(name) ?? name }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** `usb-1a86_USB_Serial-if00-port0` → `1a86 USB Serial`. */
function labelOf(id: string): string {
  return id
    .replace(/^usb-/, '')
    .replace(/-if\d+(?:-port\d+)?$/, '')
    .replaceAll('_', ' ');
}

/** Speeds to try, most common first; GRBL before 0.9 talked at 9 600. */
const BAUD_RATES: Readonly<Record<CableKind, readonly number[]>> = {
  serial: [115_200, 250_000, 500_000, 1_000_000, 230_400, 57_600, 38_400],
  grbl: [115_200, 9_600, 57_600, 38_400, 19_200, 230_400, 250_000],
};

/** What a wrong speed can look like. */
const ANOTHER_SPEED: ReadonlySet<string> = new Set([
  'device.no-answer',
  'device.wrong-speed',
  'device.no-printer',
]);

export type Detection = { readonly baudRate: number; readonly firmware: string };

export type SpeedSearch = {
  readonly path: string;
  readonly kind: CableKind;
  readonly clock: Clock;
  readonly open?: (address: SerialAddress, signal?: AbortSignal) => Promise<Result<SerialLink>>;
};

/** Tries speed by speed until the firmware answers. Each try can reset the board, so none is hurried. */
export async function detectSpeed(
  { path, kind, clock, open = openSerial }: SpeedSearch,
  signal?: AbortSignal,
): Promise<Result<Detection>> {
  let fault = deviceFault('device.no-answer');
  for (const baudRate of BAUD_RATES[kind]) {
    const parts = { open: (abort?: AbortSignal) => open({ path, baudRate }, abort), clock };
    const driver =
      kind === 'grbl'
        ? createGrblDriver({ ...parts, tool: 'spindle' })
        : createMarlinDriver({ ...parts, helloAttemptsMax: 3 });
    const connected = await driver.connect(signal);
    await driver.disconnect();
    if (connected.ok) return ok({ baudRate, firmware: connected.value.firmware });
    ({ fault } = connected);
    if (!ANOTHER_SPEED.has(fault.code)) break;
  }
  return refuse(fault);
}
