// The network drivers against the real programs, where they are installed: OctoPrint with its own virtual printer, and
// Moonraker with a simulated Klipper behind its socket. A program of its own, since starting them takes its time:
//
//   python3 -m venv .cache/peers/octoprint && .cache/peers/octoprint/bin/pip install octoprint==1.11.8
//   python3 -m venv .cache/peers/moonraker && .cache/peers/moonraker/bin/pip install moonraker==0.11.0
//   npm run bench real-print-hosts
//
// Prints a line a case; fails where one fails, and says which program is not there.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap, utf8ToBytes } from '../../base/index.ts';
import type { MachineDriver, MachineEvent, NetworkKind } from '../../devices/index.ts';
import { createNetworkDriver } from './network-driver.ts';
import { systemClock } from './system.ts';
import { serveKlippy } from './testing/sim-klippy.ts';

const KEY = 'f00dfeedf00dfeedf00dfeedf00dfeed';
const PEERS = join(process.cwd(), '.cache', 'peers');
const PATIENCE_MS = 40_000;

type Peer = {
  readonly kind: NetworkKind;
  readonly address: string;
  readonly key: string;
  /** Print files that lie on the host. */
  files(): readonly string[];
  stop(): Promise<void>;
};

async function main(): Promise<void> {
  const only = process.env['DIPNET_PEER'];
  const starters: readonly (readonly [string, () => Promise<Peer>])[] = [
    ['octoprint', startOctoPrint],
    ['moonraker', startMoonraker],
  ];
  for (const [name, start] of starters) {
    if (only !== undefined && only !== name) continue;
    if (!existsSync(join(PEERS, name, 'bin', 'python3'))) {
      console.log(`${name}: not installed, see the head of this file`);
      continue;
    }
    const peer = await start();
    try {
      for (const { title, run } of CASES) await runCase(`${name}: ${title}`, () => run(peer));
    } finally {
      await peer.stop();
    }
  }
}

async function runCase(title: string, run: () => Promise<void>): Promise<void> {
  const sinceMs = performance.now();
  try {
    await run();
    console.log(`ok      ${title} (${((performance.now() - sinceMs) / 1000).toFixed(1)} s)`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED  ${title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// Cases

const CASES: readonly { readonly title: string; run(peer: Peer): Promise<void> }[] = [
  {
    title: 'a wrong key is refused as one',
    run: async (peer) => {
      const { driver } = connectTo(peer, 'wrong');
      const result = await driver.connect();
      check(!result.ok && result.fault.code === 'printhost.key.refused', JSON.stringify(result));
    },
  },
  {
    title: 'connects, names itself, reports temperatures, answers a command',
    run: async (peer) => {
      const { driver } = connectTo(peer);
      const report = unwrap(await driver.connect());
      check(/OctoPrint|Klipper/.test(report.firmware), report.firmware);
      // Told as soon as the printer has said so itself.
      await until(() => (driver.temperatures.nozzleC ?? -1) > 0);
      unwrap(await driver.send('M115'));
      await driver.disconnect();
    },
  },
  {
    title: 'prints to the end, cold, the file removed',
    run: async (peer) => {
      const { driver } = connectTo(peer);
      unwrap(await driver.connect());
      const end = unwrap(await driver.print({ jobId: 'a', gcode: movesJob(10) }));
      check(end.outcome === 'finished', JSON.stringify(end.fault));
      check(end.progress.linesAcknowledged === 15, `${end.progress.linesAcknowledged} lines`);
      check(driver.temperatures.nozzleTargetC === 0, 'left hot');
      check(peer.files().length === 0, peer.files().join());
      await driver.disconnect();
    },
  },
  {
    title: 'pauses, resumes, cancels; the next print works',
    run: async (peer) => {
      const { driver, until } = connectTo(peer);
      unwrap(await driver.connect());
      const printing = driver.print({ jobId: 'a', gcode: movesJob(400) });
      await until(() => driver.state === 'printing' && linesSeen(events(driver)) > 8);
      unwrap(await driver.pause());
      check(driver.state === 'paused', driver.state);
      unwrap(await driver.resume());
      await until(() => driver.state === 'printing');
      unwrap(await driver.cancel());
      check(unwrap(await printing).outcome === 'cancelled', 'cancelled');
      check(driver.temperatures.nozzleTargetC === 0, 'left hot');
      check(peer.files().length === 0, peer.files().join());
      const next = unwrap(await driver.print({ jobId: 'b', gcode: movesJob(6) }));
      check(next.outcome === 'finished', JSON.stringify(next.fault));
      await driver.disconnect();
    },
  },
  {
    title: 'disconnecting ends the print, and a second console finds the printer free',
    run: async (peer) => {
      const first = connectTo(peer);
      unwrap(await first.driver.connect());
      const printing = first.driver.print({ jobId: 'a', gcode: movesJob(400) });
      await first.until(() => first.driver.state === 'printing' && linesSeen(events(first.driver)) > 8);
      await first.driver.disconnect();
      check(unwrap(await printing).outcome === 'cancelled', 'cancelled');
      const second = connectTo(peer);
      unwrap(await second.driver.connect());
      check(second.driver.state === 'idle', second.driver.state);
      await second.driver.disconnect();
    },
  },
  {
    title: 'the emergency stop halts it',
    run: async (peer) => {
      const { driver, until } = connectTo(peer);
      unwrap(await driver.connect());
      const printing = driver.print({ jobId: 'a', gcode: movesJob(400) });
      await until(() => driver.state === 'printing' && linesSeen(events(driver)) > 8);
      await driver.emergencyStop();
      const end = unwrap(await printing);
      check(end.fault?.code === 'device.emergency-stop', JSON.stringify(end.fault));
      check(driver.state === 'fault', driver.state);
      await driver.disconnect();
    },
  },
];

const heard = new WeakMap<MachineDriver, MachineEvent[]>();

function connectTo({ kind, address, key }: Peer, otherKey = key) {
  const driver = createNetworkDriver(
    { machineId: 'bench', driver: kind, address, key: otherKey, user: '' },
    systemClock,
  );
  const list: MachineEvent[] = [];
  heard.set(driver, list);
  driver.onEvent((event) => list.push(event));
  return { driver, until };
}

function events(driver: MachineDriver): readonly MachineEvent[] {
  return heard.get(driver) ?? [];
}

function linesSeen(list: readonly MachineEvent[]): number {
  return Math.max(
    0,
    ...list.map((event) => (event.type === 'progress' ? event.progress.linesAcknowledged : 0)),
  );
}

/** Lukewarm, and long enough to interrupt: five lines and so many moves. */
function movesJob(moves: number): Uint8Array {
  const lines = Array.from(
    { length: moves },
    (_, i) => `G1 X${20 + ((i * 7) % 50)} Y${20 + ((i * 13) % 50)} F3000`,
  );
  return utf8ToBytes(`${['G28', 'M140 S30', 'M104 S40', ...lines, 'M104 S0', 'M140 S0'].join('\n')}\n`);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs; ) {
    if (await condition()) return;
    await systemClock.sleep(100);
  }
  throw new Error(`it never came to that: ${condition.toString()}`);
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

// Programs

async function startOctoPrint(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-octoprint-'));
  const port = await freePort();
  const user = {
    password: octoHash('owner'),
    active: true,
    roles: ['user', 'admin'],
    groups: ['admins', 'users'],
  };
  writeFileSync(
    join(folder, 'users.yaml'),
    JSON.stringify({ owner: { ...user, apikey: KEY, settings: {} } }),
  );
  const config = {
    accessControl: { enabled: true, salt: SALT },
    api: { key: 'a'.repeat(32) },
    server: { firstRun: false, onlineCheck: { enabled: false }, pluginBlacklist: { enabled: false } },
    plugins: {
      virtual_printer: { enabled: true },
      tracking: { enabled: false },
      _disabled: ['softwareupdate', 'discovery', 'announcements', 'pluginmanager', 'backup'],
    },
    serial: { port: 'VIRTUAL', baudrate: 0, autoconnect: true },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const child = run('octoprint', [
    '-m',
    'octoprint',
    'serve',
    '--iknowwhatimdoing',
    '-b',
    folder,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ]);
  const address = `http://127.0.0.1:${port}`;
  await until(() => answers(`${address}/api/version`));
  const uploads = join(folder, 'uploads');
  return {
    kind: 'octoprint',
    address,
    key: KEY,
    files: () => (existsSync(uploads) ? readdirSync(uploads).filter((name) => name.endsWith('.gcode')) : []),
    stop: () => stop(child, folder),
  };
}

/** Salted as OctoPrint's oldest users are: it takes such a hash and renews it. */
const SALT = 'abcdefghijklmnopqrstuvwxyz012345';
function octoHash(password: string): string {
  return createHash('sha512')
    .update(password + SALT)
    .digest('hex');
}

async function startMoonraker(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-moonraker-'));
  for (const name of ['config', 'logs', 'gcodes', 'comms', 'database']) mkdirSync(join(folder, name));
  const port = await freePort();
  const socket = join(folder, 'comms', 'klippy.sock');
  const klippy = await serveKlippy(socket, { clock: systemClock, folder, printer: { timeScale: 3 } });
  writeFileSync(
    join(folder, 'config', 'moonraker.conf'),
    `[server]\nhost: 127.0.0.1\nport: ${port}\nklippy_uds_address: ${socket}\n[authorization]\nforce_logins: True\nenable_api_key: True\n[file_manager]\nenable_object_processing: False\n[machine]\nprovider: none\nvalidate_service: False\n`,
  );
  const child = run('moonraker', ['-m', 'moonraker', '-d', folder]);
  const address = `http://127.0.0.1:${port}`;
  await until(() => answers(`${address}/server/info`));
  const key = await moonrakerKey(folder);
  const gcodes = join(folder, 'gcodes');
  await until(() => isKlipperReady(address, key));
  return {
    kind: 'moonraker',
    address,
    key,
    files: () => readdirSync(gcodes).filter((name) => name.endsWith('.gcode')),
    stop: async () => {
      await stop(child, folder);
      await klippy.close();
    },
  };
}

async function isKlipperReady(address: string, key: string): Promise<boolean> {
  const response = await fetch(`${address}/server/info`, { headers: { 'x-api-key': key } });
  return /"klippy_state": ?"ready"/.test(await response.text());
}

/** Moonraker makes the key itself and tells it over its own socket, to which only this user has access. */
async function moonrakerKey(folder: string): Promise<string> {
  const { createConnection } = await import('node:net');
  return await new Promise((resolve, reject) => {
    const link = createConnection(join(folder, 'comms', 'moonraker.sock'));
    let text = '';
    link.on('error', reject);
    link.on('data', (bytes) => {
      text += bytes.toString();
      for (const message of text.split('\x03')) {
        const key = /"result": ?"([0-9a-f]{32})"/.exec(message)?.[1];
        if (key === undefined) continue;
        link.destroy();
        resolve(key);
      }
    });
    link.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'access.get_api_key', id: 1 })}\x03`);
  });
}

function run(peer: string, args: readonly string[]): ChildProcess {
  const verbose = process.env['DIPNET_VERBOSE'] === '1';
  return spawn(join(PEERS, peer, 'bin', 'python3'), args, { stdio: verbose ? 'inherit' : 'ignore' });
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(late);
  rmSync(folder, { recursive: true, force: true });
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    return response.status < 500;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

await main();
process.exit();
