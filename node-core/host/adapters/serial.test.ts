// A real pseudo-terminal, a real serialport, the virtual printer behind it. Needs socat.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../../base/index.ts';
import { DRIVER_CASES, type DriverWorld } from '../../devices/driver-conformance.ts';
import type { MachineEvent } from '../../devices/index.ts';
import { createMarlinDriver } from '../../devices/index.ts';
import { SimGrbl } from '../../devices/testing/index.ts';
import { createLinkPair, createSimClock, runVirtualPrinter } from '../../devices/virtual/index.ts';
import { detectSpeed, listLinuxPorts, namedPorts, openSerial } from './serial.ts';
import { systemClock } from './system.ts';
import { openVirtualPty } from './virtual-pty.ts';

const hasSocat = spawnSync('socat', ['-V']).status === 0;
if (!hasSocat) process.stderr.write('SKIPPED: no socat, so nothing is printed over a pseudo-terminal\n');

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(timeScale: number): Promise<DriverWorld & { readonly path: string }> {
  const pty = unwrap(await openVirtualPty());
  closers.push(() => pty.link.close());
  const printer = runVirtualPrinter(pty.link, { clock: systemClock, timeScale, keepLog: true });
  const driver = createMarlinDriver({
    open: (signal) => openSerial({ path: pty.path, baudRate: 115_200 }, signal),
    clock: systemClock,
    machineTimeMs: () => printer.timeMs,
    machineTimeSlackMs: () => 100 * timeScale,
  });
  closers.push(() => driver.disconnect());
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  return {
    driver,
    events,
    path: pty.path,
    truth: () => printer.truth(),
    strike: (trouble) => printer.strike(trouble),
    drive: (promise) => promise,
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => (condition() ? resolve() : setImmediate(look));
        look();
      }),
  };
}

for (const { name, run } of DRIVER_CASES) {
  test.skipIf(!hasSocat)(`over a pseudo-terminal: ${name}`, async () => run(await setUp(150)));
}

test.skipIf(!hasSocat)('a second program cannot open the port', async () => {
  const { driver, drive, path } = await setUp(1000);
  unwrap(await drive(driver.connect()));
  expect(await openSerial({ path, baudRate: 115_200 })).toMatchObject({
    ok: false,
    fault: { code: 'device.port.locked' },
  });
});

test.skipIf(!hasSocat)('finds the firmware, and a port that was left can be opened again', async () => {
  const { path, driver } = await setUp(1000);
  expect(unwrap(await detectSpeed({ path, kind: 'serial', clock: systemClock }))).toMatchObject({
    baudRate: 115_200,
  });
  unwrap(await driver.connect());
  await driver.disconnect();
  unwrap(await driver.connect());
});

test.each([
  ['grbl', 9_600],
  ['grbl', 230_400],
  ['serial', 38_400],
] as const)(
  'a %s machine that talks at %i baud is found, and only noise is heard before',
  async (kind, baudRate) => {
    const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
    const tried: number[] = [];
    const open = async (address: { readonly baudRate: number }) => {
      const { near, far } = createLinkPair(clock);
      tried.push(address.baudRate);
      if (address.baudRate !== baudRate)
        far.onData((bytes) => void far.write(bytes.map((byte) => byte ^ 0xa5)).catch(() => undefined));
      else if (kind === 'grbl') new SimGrbl(far, { clock });
      else runVirtualPrinter(far, { clock });
      return ok(near);
    };
    const found = unwrap(await clock.drive(detectSpeed({ path: '/dev/none', kind, clock, open })));
    expect(found.baudRate).toBe(baudRate);
    expect(found.firmware).toMatch(kind === 'grbl' ? /^GRBL 1\.1/ : /Marlin/);
    expect(tried.length).toBeGreaterThan(1);
    expect(new Set(tried).size).toBe(tried.length);
  },
);

test.skipIf(!hasSocat)('a cable pulled out in the middle of a print is noticed', async () => {
  const { driver, events } = await setUp(1);
  unwrap(await driver.connect());
  const printing = driver.print({ jobId: 'a', gcode: utf8ToBytes('M109 S200\n') });
  await closers.shift()?.();
  expect(unwrap(await printing)).toMatchObject({ outcome: 'failed', fault: { code: 'device.link.lost' } });
  expect(driver.state).toBe('offline');
  expect(events.at(-1)).toMatchObject({ type: 'end' });
});

test('a missing port is a fault in words', async () => {
  expect(await openSerial({ path: '/dev/does-not-exist', baudRate: 115_200 })).toMatchObject({
    ok: false,
    fault: { code: 'device.port.unavailable' },
  });
});

test('ports are listed with the names that a person knows', () => {
  const root = mkdtempSync(join(tmpdir(), 'ports-'));
  try {
    mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
    for (const name of ['ttyUSB0', 'ttyACM1', 'ttyS0', 'tty1'])
      mkdirSync(join(root, 'sys', name), { recursive: true });
    writeFileSync(join(root, 'dev/ttyUSB0'), '');
    symlinkSync('../../ttyUSB0', join(root, 'dev/serial/by-id/usb-1a86_USB_Serial-if00-port0'));
    expect(listLinuxPorts(join(root, 'dev'), join(root, 'sys'))).toEqual([
      { path: join(root, 'dev/ttyACM1'), label: 'ttyACM1' },
      { path: join(root, 'dev/ttyUSB0'), label: '1a86 USB Serial' },
    ]);
    expect(listLinuxPorts(join(root, 'none'), join(root, 'none'))).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('ports of macOS and Windows are named as they are opened, in order, without what is never a printer', () => {
  expect(
    namedPorts([
      { path: '/dev/tty.usbserial-1420', manufacturer: 'FTDI' },
      { path: '/dev/tty.Bluetooth-Incoming-Port' },
      { path: '/dev/tty.usbmodem101' },
    ]),
  ).toEqual([
    { path: '/dev/cu.usbmodem101', label: 'cu.usbmodem101' },
    { path: '/dev/cu.usbserial-1420', label: 'FTDI' },
  ]);
  expect(namedPorts([{ path: 'COM10', manufacturer: 'wch.cn' }, { path: 'COM3' }])).toEqual([
    { path: 'COM3', label: 'COM3' },
    { path: 'COM10', label: 'wch.cn' },
  ]);
});
