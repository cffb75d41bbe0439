// The watchdog: a small process of its own, outside the console's process group, that makes hot machines safe when the
// console cannot any more. It listens on a local socket for the machine worker's heartbeat; which ports are hot it reads
// from the watch folder. It never touches a port that somebody holds.
//
// The rule: the console is gone (its process ended) or the worker is (the connection closed, and the console did not see
// to it): act at once. No heartbeat for HANG_MS from a process that runs: it hangs; it is ended, then act. A process that
// is stopped (Ctrl-Z, a debugger) gets STOPPED_MS, because it may go on and the print with it. Only time that this
// process lived through counts, so a suspended computer accuses nobody.
//
//   node watchdog.js FOLDER SOCKET PID [HANG_MS STOPPED_MS]

import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { attendLeftMachine } from '../adapters/left-machine.ts';
import { openSerial } from '../adapters/serial.ts';
import { systemClock } from '../adapters/system.ts';
import { WatchFolder } from '../adapters/watch-folder.ts';

const TICK_MS = 250;
const HANG_MS = 20_000;
const STOPPED_MS = 180_000;
/** A console that never connected has nothing to watch. */
const LONELY_MS = 30_000;

type Host = { readonly pid: number; readonly born: string | undefined };

class Watchdog {
  private readonly folder: WatchFolder;
  private readonly host: Host;
  private readonly hangTicks: number;
  private readonly stoppedTicks: number;
  private readonly end: () => void;
  private worker: Socket | undefined;
  private everConnected = false;
  private silentTicks = 0;
  private lonelyTicks = 0;
  private readonly attending = new Set<string>();

  constructor(
    folder: WatchFolder,
    host: Host,
    limits: { hangMs: number; stoppedMs: number },
    end: () => void,
  ) {
    this.folder = folder;
    this.host = host;
    this.hangTicks = Math.ceil(limits.hangMs / TICK_MS);
    this.stoppedTicks = Math.ceil(limits.stoppedMs / TICK_MS);
    this.end = end;
  }

  connected(socket: Socket): void {
    this.worker = socket;
    this.everConnected = true;
    this.silentTicks = 0;
    socket.on('data', () => {
      this.silentTicks = 0;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.worker === socket) this.worker = undefined;
    });
  }

  tick(): void {
    const isAlive = lives(this.host);
    if (isAlive && this.worker !== undefined) {
      this.listen();
      return;
    }
    const armed = this.folder.armed();
    if (!isAlive && armed.length === 0 && this.attending.size === 0) {
      this.end();
      return;
    }
    // Before the first connection there is nothing to lose: the worker arms ports, and it connects first.
    if (isAlive && !this.everConnected) {
      if (++this.lonelyTicks > LONELY_MS / TICK_MS && armed.length === 0) this.end();
      return;
    }
    for (const port of armed) void this.attend(port.machineId);
  }

  /** The worker's heartbeat, while its connection stands. */
  private listen(): void {
    this.silentTicks++;
    if (this.silentTicks <= this.hangTicks || this.folder.armed().length === 0) return;
    if (isStopped(this.host.pid) && this.silentTicks <= this.stoppedTicks) return;
    // Its port is free only when it is gone; the next tick acts.
    process.kill(this.host.pid, 'SIGKILL');
  }

  private async attend(machineId: string): Promise<void> {
    if (this.attending.has(machineId)) return;
    const port = this.folder.armed().find((other) => other.machineId === machineId);
    if (port === undefined) return;
    this.attending.add(machineId);
    const open = openSerial;
    const parts = { folder: this.folder, clock: systemClock, by: 'watchdog', open } as const;
    await attendLeftMachine(port, parts).catch(() => undefined);
    this.attending.delete(machineId);
  }
}

/** When the process began, so that another one with its number is not taken for it. Linux only. */
function bornAt(pid: number): string | undefined {
  return processStat(pid)?.[19];
}

function lives({ pid, born }: Host): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = processStat(pid);
  // A zombie holds no port any more.
  return stat === undefined || (stat[0] !== 'Z' && stat[0] !== 'X' && stat[19] === born);
}

function isStopped(pid: number): boolean {
  const state = processStat(pid)?.[0];
  return state === undefined || state === 'T' || state === 't';
}

/** Fields of /proc/PID/stat from the state on; the name before it may hold anything. */
function processStat(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function run([folder, socket, pid, hangMs, stoppedMs]: readonly string[]): void {
  if (folder === undefined || socket === undefined || pid === undefined) {
    process.exitCode = 2;
    return;
  }
  const host = { pid: Number(pid), born: bornAt(Number(pid)) };
  const limits = { hangMs: Number(hangMs ?? HANG_MS), stoppedMs: Number(stoppedMs ?? STOPPED_MS) };
  const end = () => {
    rmSync(socket, { force: true });
    process.exit(0);
  };
  const dog = new Watchdog(new WatchFolder(folder), host, limits, end);
  const server = createServer((connection) => dog.connected(connection));
  server.listen(socket, () => {
    process.stdout.on('error', () => undefined);
    process.stdout.write('watching\n');
  });
  setInterval(() => dog.tick(), TICK_MS);
  // A closed console says goodbye to its whole family; this one stays until the machines are safe.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
}

run(process.argv.slice(2));
