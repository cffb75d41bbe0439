// `npm run bench:print`: acknowledged lines a second over a pseudo-terminal, against Printrun's printcore on the same
// peer in the same run (promise: 5 times), with the gap between an answer and the next line; the way of an emergency stop
// to the port while a print is fed (promise: 10 ms); and the gap again while 49 virtual printers print in the same
// thread and the path of a file of five million moves is built in another (promise: p99 of 5 ms). The peer is a program
// of its own that answers at once.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { systemClock } from '../host/adapters/system.ts';
import { standBack } from '../host/adapters/thread-priority.ts';
import { openTty } from '../host/adapters/tty-link.ts';
import { analyseGcode, encodeToolpath } from '../models/index.ts';
import { createMarlinDriver } from './marlin.ts';
import { createLinkPair, runVirtualPrinter } from './virtual/index.ts';

const TIMES_PRINTCORE_MIN = 5;
const EMERGENCY_MS_MAX = 10;
const BUSY_P99_MS_MAX = 5;
const OTHER_PRINTERS = 49;
const RENDERED_MOVES = 5_000_000;
const LINES = 20_000;
const PRINTCORE_LINES = 3_000;
const PACED_LINES = 3_000;
const PACED_SHARE_MAX = 0.1;
const PRINTRUN = ['printrun==2.2.0', 'pyserial==3.5', 'platformdirs==4.3.6'];

/** Reads lines, answers at once, without a loop of events in between; says on standard error when M112 arrives. */
const PEER = `
const { readSync, writeSync } = require('node:fs');
const advanced = process.argv[2] === 'advanced';
const BAUD = 250_000;
const still = new Int32Array(new SharedArrayBuffer(4));
const bytes = Buffer.alloc(65536);
let line = '';
// From the end of an answer to the end of the next line, as a printer sees it.
let answeredMs = 0;
const gapsMs = [];
const text = (answer) => writeSync(1, answer + '\\n');
for (;;) {
  let count = 0;
  try { count = readSync(0, bytes); } catch (error) { if (error.code === 'EAGAIN') continue; break; }
  if (count === 0) break;
  for (let i = 0; i < count; i++) {
    if (bytes[i] !== 10) { line += String.fromCharCode(bytes[i]); continue; }
    const command = line.trim();
    const bytesOnTheWire = line.length + 4;
    line = '';
    if (command === '') continue;
    if (process.argv[2] === 'paced') Atomics.wait(still, 0, 0, (bytesOnTheWire * 10_000) / BAUD);
    if (answeredMs > 0) gapsMs.push(performance.now() - answeredMs);
    const match = /^N(\\d+) ?(.*?)(\\*\\d+)?$/.exec(command);
    const body = match === null ? command : match[2];
    if (body.startsWith('M400')) {
      gapsMs.sort((a, b) => a - b);
      writeSync(2, 'GAP ' + gapsMs[Math.floor(gapsMs.length * 0.99)] + '\\n');
    }
    if (body.startsWith('M112')) writeSync(2, 'M112 ' + (performance.timeOrigin + performance.now()) + '\\n');
    else if (body.startsWith('M115')) text('FIRMWARE_NAME:Marlin 2.1 EXTRUDER_COUNT:1\\nCap:EMERGENCY_PARSER:1\\nok');
    else if (body.startsWith('M105')) text('ok T:200.00 /200.00 B:60.00 /60.00 @:0 B@:0');
    else text(advanced && match !== null ? 'ok N' + match[1] + ' P15 B3' : 'ok');
    answeredMs = performance.now();
  }
}
`;

type Peer = { readonly path: string; readonly process: ChildProcess; stop(): void };

let folder = '';

async function startPeer(mode: string): Promise<Peer> {
  const path = join(folder, `tty-${mode}-${Math.round(performance.now())}`);
  const program = `${process.execPath} ${join(folder, 'peer.cjs')} ${mode}`;
  // The peer on the master's side as it is: no second terminal between.
  const child = spawn('socat', [`pty,raw,echo=0,link=${path}`, `EXEC:"${program}"`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  while (spawnSync('test', ['-e', path]).status !== 0) await systemClock.sleep(10);
  return { path, process: child, stop: () => child.kill() };
}

function moves(count: number): string {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const [x, y] = [100 + 50 * Math.cos(i / 9), 100 + 50 * Math.sin(i / 9)];
    lines.push(`G1 X${x.toFixed(3)} Y${y.toFixed(3)} E${(0.01 * (i % 90)).toFixed(4)}`);
  }
  return `${lines.join('\n')}\n`;
}

type Rate = {
  readonly rate: number;
  /** How long the peer waited for the next line. */
  readonly p99Ms: number;
  /** Of one core, used by this process. */
  readonly share: number;
};

async function driverRate(mode: string, lines = LINES): Promise<Rate> {
  const peer = await startPeer(mode);
  const gap = new Promise<number>((resolve) => {
    peer.process.stderr?.on('data', (text: Buffer) => {
      const match = /GAP ([\d.]+)/.exec(text.toString());
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const driver = createMarlinDriver({ open: async () => openTty(peer.path), clock: systemClock });
  unwrap(await driver.connect());
  const used = process.cpuUsage();
  const startMs = performance.now();
  const end = unwrap(await driver.print({ jobId: 'bench', gcode: utf8ToBytes(moves(lines)) }));
  const tookMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(used);
  if (end.outcome !== 'finished') throw new Error(`not finished: ${JSON.stringify(end.fault)}`);
  await driver.disconnect();
  const p99Ms = await gap;
  peer.stop();
  return { rate: lines / (tookMs / 1000), p99Ms, share: (user + system) / 1000 / tookMs };
}

/** Virtual printers that print at the pace of real ones until they are stopped. */
async function printElsewhere(count: number): Promise<() => Promise<void>> {
  const gcode = utf8ToBytes(`M140 S0\nG28\n${moves(200_000).replace(/ E\S+/g, '')}`);
  const drivers = Array.from({ length: count }, (_, seed) => {
    const pair = createLinkPair(systemClock);
    const printer = runVirtualPrinter(pair.far, { clock: systemClock, seed });
    const driver = createMarlinDriver({
      open: async () => ok(pair.near),
      clock: systemClock,
      machineTimeMs: () => printer.timeMs,
    });
    return { driver, printer };
  });
  await Promise.all(drivers.map(({ driver }) => driver.connect()));
  const prints = drivers.map(({ driver }) => driver.print({ jobId: 'other', gcode: gcode.slice() }));
  return async () => {
    await Promise.all(drivers.map(({ driver }) => driver.emergencyStop()));
    await Promise.all(prints);
    for (const { printer } of drivers) printer.stop();
  };
}

/** Builds the path of a long print again and again, as the page of a machine has it done. */
function renderForEver(): void {
  standBack();
  const gcode = utf8ToBytes(`M109 S200\nG28\n${moves(RENDERED_MOVES)}`);
  for (;;) {
    const analysed = analyseGcode(gcode);
    if (!analysed.ok) throw new Error(analysed.fault.code);
    encodeToolpath(analysed.value.path);
  }
}

async function busyRate(): Promise<Rate> {
  const renderer = new Worker(new URL(import.meta.url));
  const stop = await printElsewhere(OTHER_PRINTERS);
  const busy = await driverRate('plain');
  await stop();
  await renderer.terminate();
  return busy;
}

async function emergencyMs(): Promise<number> {
  const peer = await startPeer('plain');
  const driver = createMarlinDriver({ open: async () => openTty(peer.path), clock: systemClock });
  unwrap(await driver.connect());
  const printing = driver.print({ jobId: 'bench', gcode: utf8ToBytes(moves(500_000)) });
  await systemClock.sleep(500);
  const arrived = new Promise<number>((resolve) => {
    peer.process.stderr?.on('data', (text: Buffer) => {
      const match = /M112 ([\d.]+)/.exec(text.toString());
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const pressedMs = performance.timeOrigin + performance.now();
  await driver.emergencyStop();
  const passedMs = (await arrived) - pressedMs;
  await printing;
  await driver.disconnect();
  peer.stop();
  return passedMs;
}

const PRINTCORE = `
import sys, time
from printrun.printcore import printcore
from printrun import gcoder
port, count = sys.argv[1], int(sys.argv[2])
lines = open(sys.argv[3]).read().split('\\n')[:count]
core = printcore(port, 115200)
while not core.online: time.sleep(0.01)
code = gcoder.LightGCode(lines)
began = time.perf_counter()
core.startprint(code)
while core.printing: time.sleep(0.002)
print(count / (time.perf_counter() - began))
core.disconnect()
`;

/** Undefined, with the reason said, where there is no Python or no package to be had. */
async function printcoreRate(): Promise<number | undefined> {
  const venv = join(folder, 'venv');
  const run = (program: string, args: readonly string[]) =>
    spawnSync(program, args, { encoding: 'utf8', timeout: 180_000 });
  const python = join(venv, 'bin', 'python');
  const steps: [string, readonly string[]][] = [
    ['python3', ['-m', 'venv', venv]],
    // Its window wants large packages that its sender does not.
    [python, ['-m', 'pip', 'install', '-q', '--no-deps', ...PRINTRUN]],
  ];
  for (const [program, args] of steps) {
    const done = run(program, args);
    if (done.status === 0) continue;
    const reason = (done.error?.message ?? done.stderr ?? '').trim().split('\n').at(-1) ?? '';
    console.log(`SKIPPED: Printrun cannot be installed here (${reason.slice(0, 160)})`);
    return undefined;
  }
  const peer = await startPeer('plain');
  writeFileSync(join(folder, 'core.py'), PRINTCORE);
  writeFileSync(join(folder, 'moves.gcode'), moves(PRINTCORE_LINES));
  // Not synchronously: socat has to run meanwhile.
  const child = spawn(python, [
    join(folder, 'core.py'),
    peer.path,
    String(PRINTCORE_LINES),
    join(folder, 'moves.gcode'),
  ]);
  let said = '';
  let complained = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    complained += text.toString();
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 120_000);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(late);
  peer.stop();
  const rate = Number(said.trim().split('\n').at(-1));
  if (rate > 0) return rate;
  console.log(`SKIPPED: printcore did not finish (${complained.trim().split('\n').at(-1)?.slice(0, 160)})`);
  return undefined;
}

const rounded = (value: number) => Math.round(value).toLocaleString('en');

async function measure(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-print-'));
  writeFileSync(join(folder, 'peer.cjs'), PEER);
  const one = await driverRate('plain');
  const several = await driverRate('advanced');
  const paced = await driverRate('paced', PACED_LINES);
  const busy = await busyRate();
  const stopMs = await emergencyMs();
  const printcore = await printcoreRate();
  const times = (rate: number) =>
    printcore === undefined ? '' : `   ${(rate / printcore).toFixed(1)} × printcore`;
  console.log(`over a pseudo-terminal to a peer that answers at once, ${rounded(LINES)} lines`);
  console.log(`  one line out at a time      ${rounded(one.rate)} lines/s${times(one.rate)}`);
  console.log(`  window (ADVANCED_OK)        ${rounded(several.rate)} lines/s${times(several.rate)}`);
  if (printcore !== undefined) console.log(`  Printrun printcore          ${rounded(printcore)} lines/s`);
  const share = (100 * paced.share).toFixed(1);
  console.log(`  at the pace of 250 000 baud ${rounded(paced.rate)} lines/s, ${share} % of one core`);
  if (paced.share > PACED_SHARE_MAX) {
    console.log(`MISSED: ${100 * PACED_SHARE_MAX} % of one core at 250 000 baud`);
    process.exitCode = 1;
  }
  console.log(`  from an answer to the next line, at the peer: p99 ${one.p99Ms.toFixed(2)} ms`);
  const times99 = (busy.p99Ms / one.p99Ms).toFixed(1);
  console.log(`  the same beside ${OTHER_PRINTERS} printers and a file of ${rounded(RENDERED_MOVES)} moves:`);
  console.log(`    p99 ${busy.p99Ms.toFixed(2)} ms, ${times99} × undisturbed; ${rounded(busy.rate)} lines/s`);
  if (busy.p99Ms > BUSY_P99_MS_MAX) {
    console.log(`MISSED: p99 of ${BUSY_P99_MS_MAX} ms beside others`);
    process.exitCode = 1;
  }
  console.log(`  emergency stop, call to bytes at the peer: ${stopMs.toFixed(2)} ms`);
  if (stopMs > EMERGENCY_MS_MAX) {
    console.log(`MISSED: emergency stop within ${EMERGENCY_MS_MAX} ms`);
    process.exitCode = 1;
  }
  if (printcore !== undefined && one.rate < TIMES_PRINTCORE_MIN * printcore) {
    console.log(`MISSED: ${TIMES_PRINTCORE_MIN} times printcore with one line out`);
    process.exitCode = 1;
  }
}

if (!isMainThread) renderForEver();
else if (spawnSync('socat', ['-V']).status === 0) {
  await measure();
  rmSync(folder, { recursive: true, force: true });
} else {
  console.log('SKIPPED: no socat, so nothing is measured over a pseudo-terminal');
}
if (isMainThread) process.exit();
