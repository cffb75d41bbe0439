// Every way out of a print, with real processes on a pseudo-terminal: whatever becomes of the console, the virtual
// printer's own state is cold and put aside afterwards. And a healthy print is left alone.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, unwrap } from '../../base/index.ts';
import type { SerialLink } from '../../devices/index.ts';
import { runVirtualPrinter, type VirtualPrinter } from '../../devices/virtual/index.ts';
import { createMachineService } from './machine-service.ts';
import { systemClock } from './system.ts';
import { openVirtualPty, type VirtualPty } from './virtual-pty.ts';
import { WatchFolder, type WatchReport } from './watch-folder.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const canRun = process.platform !== 'win32' && spawnSync('socat', ['-V']).status === 0;
let dist = '';
const closers: (() => unknown)[] = [];

/** A console in one file: one machine, one print, told what to do by its standard input. */
const HOST = `
import { sampleJob } from '../../devices/driver-conformance.ts';
import { untilStopped } from '../cli/until-stopped.ts';
import { createMachineService } from './machine-service.ts';
const [workerUrl, watchdogPath, folder, path, hangMs, stoppedMs, layers] = process.argv.slice(2);
const limits = { hangMs: Number(hangMs), stoppedMs: Number(stoppedMs) };
const say = (text) => process.stdout.write(text + '\\n');
const service = createMachineService({ workerUrl: new URL(workerUrl), watch: { command: [process.execPath, watchdogPath], folder, limits } });
const config = { machineId: 'm', driver: 'serial', path, baudRate: 115200 };
let machine;
const connect = async () => {
  const opened = await service.open(config);
  machine = opened.value;
  return await machine.connect();
};
const connected = await connect();
if (!connected.ok) { say('refused ' + connected.fault.code); process.exit(1); }
say('watchdog ' + service.watchdog.pid);
machine.onEvent((event) => {
  if (event.type === 'progress' && event.progress.layer >= 2) say('layer');
  if (event.type === 'state' && event.state === 'offline') say('offline');
});
const print = () => machine.print({ jobId: 'j', source: { kind: 'plain', gcode: sampleJob(Number(layers)).gcode } })
  .then((end) => say('end ' + (end.ok ? end.value.outcome + ' ' + (end.value.fault?.code ?? '') : end.fault.code)));
void print();
process.stdin.on('data', (data) => {
  const command = data.toString().trim();
  if (command === 'cancel') void machine.cancel();
  if (command === 'stop') void machine.emergencyStop();
  if (command === 'disconnect') void machine.disconnect();
  if (command === 'crash') void service.worker.terminate();
  if (command === 'reconnect') void service.remove('m').then(connect).then((result) => say('reconnected ' + result.ok));
});
await untilStopped();
await service.close();
process.exit(0);
`;

beforeAll(async () => {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  dist = mkdtempSync(join(ROOT, 'dist', 'test-watchdog-'));
  const common = {
    bundle: true,
    platform: 'node' as const,
    format: 'esm' as const,
    external: ['serialport', 'better-sqlite3', '@serialport/bindings-cpp', 'ws', 'mqtt-packet'],
    logLevel: 'error' as const,
  };
  const workers = join(ROOT, 'node-core/host/workers');
  for (const name of ['machine-worker', 'watchdog']) {
    await build({ ...common, entryPoints: [join(workers, `${name}.ts`)], outfile: join(dist, `${name}.js`) });
  }
  const stdin = { contents: HOST, resolveDir: join(ROOT, 'node-core/host/adapters'), loader: 'ts' as const };
  await build({ ...common, stdin, outfile: join(dist, 'host.js') });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(dist, { recursive: true, force: true }));

const urlOf = (name: string) => pathToFileURL(join(dist, name));

/** The printer's side of a cable that can be pulled out and plugged in again. */
class Cable implements SerialLink {
  private pty: VirtualPty | undefined;
  private hear: (bytes: Bytes) => void = () => undefined;

  async plug(path: string): Promise<void> {
    const pty = unwrap(await openVirtualPty(path));
    pty.link.onData((bytes) => this.hear(bytes));
    this.pty = pty;
  }

  async unplug(): Promise<void> {
    const { pty } = this;
    this.pty = undefined;
    await pty?.link.close();
  }

  async write(bytes: Bytes): Promise<void> {
    await this.pty?.link.write(bytes).catch(() => undefined);
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.hear = listener;
  }

  onClose(): void {
    // The printer does not notice.
  }

  close(): Promise<void> {
    return this.unplug();
  }
}

type World = {
  readonly printer: VirtualPrinter;
  readonly cable: Cable;
  readonly path: string;
  readonly folder: WatchFolder;
  readonly host: ChildProcess;
  readonly watchdogPid: number;
  heard(text: string): Promise<void>;
  tell(command: string): void;
};

async function printing({
  hangMs = 20_000,
  stoppedMs = 60_000,
  layers = 4_000,
  speed = 100,
} = {}): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), 'dipnet-watch-test-'));
  closers.push(() => rmSync(place, { recursive: true, force: true }));
  const path = join(place, 'tty');
  const cable = new Cable();
  await cable.plug(path);
  closers.push(() => cable.unplug());
  const printer = runVirtualPrinter(cable, { clock: systemClock, timeScale: speed });
  closers.push(() => printer.stop());
  const folder = new WatchFolder(join(place, 'watch'));
  const args = [join(dist, 'host.js'), urlOf('machine-worker.js').href, join(dist, 'watchdog.js')];
  const host = spawn(
    process.execPath,
    [...args, folder.path, path, String(hangMs), String(stoppedMs), String(layers)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let said = '';
  host.stdout?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const heard = (text: string) => until(() => said.includes(text), `"${text}" in "${said.slice(-200)}"`);
  await heard('watchdog ');
  const watchdogPid = Number(/watchdog (\d+)/.exec(said)?.[1]);
  closers.push(() => {
    for (const pid of [host.pid ?? 0, watchdogPid]) kill(pid, 'SIGKILL');
  });
  await heard('layer');
  expect(printer.truth().nozzleTargetC).toBeGreaterThan(0);
  expect(folder.armed()).toMatchObject([{ machineId: 'm', homed: true }]);
  const tell = (command: string) => host.stdin?.write(`${command}\n`);
  return { printer, cable, path, folder, host, watchdogPid, heard, tell };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch {
    // gone already
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 8_000 && !condition(); i++) await systemClock.sleep(10);
  if (!condition()) throw new Error(`it never came to ${what}`);
}

const isCold = ({ printer }: World) => {
  const { nozzleTargetC, bedTargetC, fan } = printer.truth();
  return nozzleTargetC === 0 && bedTargetC === 0 && fan === 0;
};
const isAside = ({ printer }: World, zMm: number) => {
  const { positionMm } = printer.truth();
  return positionMm.x === 0 && positionMm.y === 0 && positionMm.z >= zMm + 10;
};

type WayOut = {
  readonly name: string;
  leave(world: World): Promise<void> | void;
  /** What is told at the next start; undefined where there is nothing to tell. */
  readonly told?: Partial<WatchReport>;
  readonly halted?: boolean;
};

const killHost = (world: World, signal: NodeJS.Signals) => void kill(world.host.pid ?? 0, signal);

const WAYS_OUT: readonly WayOut[] = [
  { name: 'cancel', leave: ({ tell }) => tell('cancel') },
  { name: 'emergency stop', leave: ({ tell }) => tell('stop'), halted: true },
  { name: 'disconnected by the owner', leave: ({ tell }) => tell('disconnect') },
  { name: 'closed console (SIGTERM)', leave: (world) => killHost(world, 'SIGTERM') },
  { name: 'closed console (Ctrl-C)', leave: (world) => killHost(world, 'SIGINT') },
  { name: 'closed terminal (SIGHUP)', leave: (world) => killHost(world, 'SIGHUP') },
  {
    name: 'machine worker dies',
    leave: ({ tell }) => tell('crash'),
  },
  {
    name: 'console killed (SIGKILL)',
    leave: (world) => killHost(world, 'SIGKILL'),
    told: { by: 'watchdog', end: 'parked' },
  },
  {
    name: 'console and watchdog killed, console started again',
    leave: async (world) => {
      kill(world.watchdogPid, 'SIGKILL');
      killHost(world, 'SIGKILL');
      await until(() => world.host.signalCode !== null, 'its end');
      const next = nextStart(world);
      closers.push(() => next.close());
    },
    told: { by: 'next start', end: 'parked' },
  },
  {
    name: 'cable pulled and plugged in again, then connected',
    leave: async ({ cable, path, heard, tell }) => {
      await cable.unplug();
      await heard('offline');
      await cable.plug(path);
      tell('reconnect');
      await heard('reconnected true');
    },
  },
  {
    name: 'console stopped for too long',
    leave: (world) => killHost(world, 'SIGSTOP'),
    told: { by: 'watchdog', end: 'parked' },
  },
];

function nextStart({ folder }: World) {
  const watch = { command: [process.execPath, join(dist, 'watchdog.js')], folder: folder.path };
  return createMachineService({ workerUrl: urlOf('machine-worker.js'), watch });
}

describe.skipIf(!canRun)('every way out', () => {
  test.each(WAYS_OUT)('$name: cold and aside', { timeout: 180_000 }, async ({ leave, told, halted }) => {
    const world = await printing({ hangMs: 5_000, stoppedMs: 6_000 });
    const zMm = world.printer.truth().positionMm.z;
    await leave(world);
    await until(() => isCold(world), 'a cold machine');
    if (halted === true) {
      expect(world.printer.truth().halted).toBe('M112 Shutdown');
    } else {
      await until(() => isAside(world, zMm), 'a parked machine');
      expect(world.printer.truth().halted).toBeUndefined();
    }
    await until(() => world.folder.armed().length === 0, 'nothing armed');
    const reports = world.folder.takeReports();
    expect(reports).toMatchObject(told === undefined ? [] : [{ machineId: 'm', ...told }]);
    expect(world.folder.takeReports()).toEqual([]);
  });

  test('a console that is stopped for a moment goes on with its print', { timeout: 180_000 }, async () => {
    const world = await printing({ hangMs: 5_000, stoppedMs: 60_000, layers: 12, speed: 30 });
    kill(world.host.pid ?? 0, 'SIGSTOP');
    await systemClock.sleep(7_000);
    expect(isCold(world)).toBe(false);
    kill(world.host.pid ?? 0, 'SIGCONT');
    await world.heard('end finished');
    expect(isCold(world)).toBe(true);
    expect(world.folder.takeReports()).toEqual([]);
    expect(world.printer.truth().depositedMm).toBeCloseTo(12 * 12 * 0.4, 6);
  });

  test('a worker that hangs in a console that runs is ended, then made safe', {
    timeout: 180_000,
  }, async () => {
    const world = await printing();
    // Another console in its place: it holds the port, beats no more, and runs.
    kill(world.watchdogPid, 'SIGKILL');
    killHost(world, 'SIGKILL');
    await until(() => world.host.signalCode !== null, 'its end');
    const socket = join(dirname(world.path), 's');
    const script = `
      const { SerialPort } = require('serialport');
      SerialPort.binding.open({ path: ${JSON.stringify(world.path)}, baudRate: 115200, lock: true }).then(() => {
        process.stdout.write('held\\n');
        process.stdin.once('data', () => {
          const socket = require('node:net').connect(${JSON.stringify(socket)});
          socket.on('connect', () => socket.write('.', () => { for (;;); }));
        });
      });`;
    const hung = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'], cwd: ROOT });
    closers.push(() => hung.kill('SIGKILL'));
    await new Promise((resolve) => hung.stdout.once('data', resolve));
    const args = [join(dist, 'watchdog.js'), world.folder.path, socket, String(hung.pid), '1500', '60000'];
    const watchdog = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    closers.push(() => watchdog.kill('SIGKILL'));
    await new Promise((resolve) => watchdog.stdout.once('data', resolve));
    hung.stdin.write('go\n');
    await until(() => isCold(world), 'a cold machine');
    await until(() => world.folder.armed().length === 0, 'nothing armed');
    expect(hung.signalCode).toBe('SIGKILL');
    expect(world.folder.takeReports()).toMatchObject([{ by: 'watchdog', end: 'parked' }]);
    // With nobody left to watch it ends by itself.
    await until(() => watchdog.exitCode === 0, 'its own end');
  });

  test('a watchdog that dies is started again', { timeout: 180_000 }, async () => {
    const world = await printing();
    kill(world.watchdogPid, 'SIGKILL');
    // The next sign of life goes to the new one.
    const running = () =>
      spawnSync('pgrep', ['-f', `watchdog.js ${world.folder.path} `])
        .stdout.toString()
        .trim();
    await until(() => running() !== '' && running() !== String(world.watchdogPid), 'a new watchdog');
    await systemClock.sleep(3_000);
    killHost(world, 'SIGKILL');
    await until(() => isCold(world), 'a cold machine');
    await until(() => world.folder.armed().length === 0, 'nothing armed');
    expect(world.folder.takeReports()).toMatchObject([{ by: 'watchdog', end: 'parked' }]);
  });
});
