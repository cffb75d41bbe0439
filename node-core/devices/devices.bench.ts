// How many acknowledged lines a second the driver moves with one line in flight: in memory to a peer that answers at
// once (promise: 20 000), to the whole virtual printer, and over a pseudo-terminal against a bare serialport loop.

import { spawnSync } from 'node:child_process';
import { SerialPort } from 'serialport';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { openSerial } from '../host/adapters/serial.ts';
import { systemClock } from '../host/adapters/system.ts';
import { openTty } from '../host/adapters/tty-link.ts';
import { openVirtualPty } from '../host/adapters/virtual-pty.ts';
import { createMarlinDriver } from './marlin.ts';
import type { SerialLink } from './types.ts';
import { createLinkPair, runVirtualPrinter } from './virtual/index.ts';

const LINES_PER_SECOND_MIN = 20_000;
const OK = utf8ToBytes('ok\n');

function moves(count: number): Uint8Array {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const x = (100 + 50 * Math.cos(i / 9)).toFixed(3);
    const y = (100 + 50 * Math.sin(i / 9)).toFixed(3);
    lines.push(`G1 X${x} Y${y} F6000`);
  }
  return utf8ToBytes(`${lines.join('\n')}\n`);
}

/** Answers `ok` to every line feed, and nothing else. */
function answer(link: SerialLink): void {
  link.onData((bytes) => {
    for (const byte of bytes) if (byte === 10) void link.write(OK);
  });
}

async function printRate(open: () => Promise<SerialLink>, count: number): Promise<number> {
  const driver = createMarlinDriver({ open: async () => ok(await open()), clock: systemClock });
  unwrap(await driver.connect());
  const gcode = moves(count);
  const startMs = performance.now();
  const end = unwrap(await driver.print({ jobId: 'bench', gcode }));
  const seconds = (performance.now() - startMs) / 1000;
  if (end.outcome !== 'finished') throw new Error(`not finished: ${JSON.stringify(end.fault)}`);
  await driver.disconnect();
  return count / seconds;
}

/** The least that a serialport program can do: write a line, wait for `ok`, write the next. */
function bareRate(path: string, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: 115_200 }, (error) => error && reject(error));
    const line = Buffer.from('N100 G1 X100.123 Y100.123 F6000*57\n');
    let acknowledged = 0;
    const startMs = performance.now();
    port.on('data', (bytes: Buffer) => {
      for (const byte of bytes) if (byte === 10) acknowledged++;
      if (acknowledged < count) port.write(line);
      else port.close(() => resolve(count / ((performance.now() - startMs) / 1000)));
    });
    port.on('open', () => port.write(line));
  });
}

async function overPty(open: (path: string) => Promise<SerialLink>, count: number): Promise<number> {
  const pty = unwrap(await openVirtualPty());
  answer(pty.link);
  const rate = await printRate(() => open(pty.path), count);
  await pty.link.close();
  return rate;
}

async function bareOverPty(count: number): Promise<number> {
  const pty = unwrap(await openVirtualPty());
  answer(pty.link);
  const rate = await bareRate(pty.path, count);
  await pty.link.close();
  return rate;
}

const show = (what: string, rate: number, reference?: number) => {
  const ratio = reference === undefined ? '' : `   ${(rate / reference).toFixed(2)} × the bare loop`;
  console.log(`${what.padEnd(58)} ${Math.round(rate).toLocaleString('en')} lines/s${ratio}`);
};

const instant = await printRate(async () => {
  const pair = createLinkPair(systemClock);
  answer(pair.far);
  return pair.near;
}, 300_000);
show('driver, in memory, to a peer that answers at once', instant);

const virtual = await printRate(async () => {
  const pair = createLinkPair(systemClock);
  runVirtualPrinter(pair.far, { clock: systemClock, timeScale: 10_000_000 });
  return pair.near;
}, 100_000);
show('driver, in memory, to the virtual printer', virtual);

if (spawnSync('socat', ['-V']).status === 0) {
  const bare = await bareOverPty(15_000);
  show('bare serialport loop over a pseudo-terminal', bare, bare);
  show(
    'driver over serialport over a pseudo-terminal',
    await overPty(async (path) => unwrap(await openSerial({ path, baudRate: 115_200 })), 15_000),
    bare,
  );
  show(
    'driver over the worker’s link over a pseudo-terminal',
    await overPty(async (path) => unwrap(openTty(path)), 15_000),
    bare,
  );
} else {
  console.log('SKIPPED: no socat, so nothing is measured over a pseudo-terminal');
}

if (instant < LINES_PER_SECOND_MIN) {
  console.log(`below the promised ${LINES_PER_SECOND_MIN} lines/s`);
  process.exitCode = 1;
}
process.exit();
