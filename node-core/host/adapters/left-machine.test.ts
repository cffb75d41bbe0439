// What is on disk about hot machines, and who may act on it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../../base/index.ts';
import { refuse } from '../../base/index.ts';
import type { PrintEnd } from '../../devices/index.ts';
import { deviceFault } from '../../devices/index.ts';
import { ArmedMachine } from './armed-machine.ts';
import { attendLeftMachine } from './left-machine.ts';
import { WatchFolder } from './watch-folder.ts';

const PORT = { machineId: '0xm', path: '/dev/ttyNone', baudRate: 115_200, homed: true };
const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

function openFolder(): WatchFolder {
  const place = mkdtempSync(join(tmpdir(), 'dipnet-left-'));
  places.push(place);
  return new WatchFolder(join(place, 'watch'));
}

/** Sleeping takes no time, and counts; `onSleep` plays the rest of the world. */
function quickClock(onSleep: (slept: number) => void = () => undefined): Clock & { slept(): number } {
  let ms = 0;
  return {
    nowMs: () => 1_800_000_000_000 + ms,
    monotonicMs: () => ms,
    sleep: async (delayMs) => {
      ms += delayMs;
      onSleep(ms);
    },
    slept: () => ms,
  };
}

test('a port that is not there is given up soon, and told', async () => {
  const folder = openFolder();
  folder.arm(PORT);
  const clock = quickClock();
  const fault = deviceFault('device.port.unavailable', { port: PORT.path, reason: 'it is not there' });
  const open = async () => refuse(fault);
  const report = await attendLeftMachine(PORT, { folder, clock, by: 'next start', open });
  expect(report).toMatchObject({ end: 'unreached', by: 'next start', detail: fault.message });
  expect(clock.slept()).toBeLessThan(15_000);
  expect([folder.armed(), folder.takeReports().length, folder.takeReports().length]).toEqual([[], 1, 0]);
});

test('a port that somebody holds is left to them for a minute, and for good if they see to it', async () => {
  const open = async () => refuse(deviceFault('device.port.locked', { port: PORT.path }));
  const patient = openFolder();
  patient.arm(PORT);
  const clock = quickClock();
  await attendLeftMachine(PORT, { folder: patient, clock, by: 'watchdog', open });
  expect(clock.slept()).toBeGreaterThanOrEqual(60_000);
  expect(patient.takeReports()).toMatchObject([{ end: 'unreached' }]);
  const seenTo = openFolder();
  seenTo.arm(PORT);
  const busy = quickClock((ms) => (ms >= 2_000 ? seenTo.disarm(PORT.machineId) : undefined));
  expect(
    await attendLeftMachine(PORT, { folder: seenTo, clock: busy, by: 'watchdog', open }),
  ).toBeUndefined();
  expect([busy.slept(), seenTo.takeReports()]).toEqual([2_000, []]);
});

test('damaged and unfinished files are passed over', () => {
  const folder = openFolder();
  folder.arm(PORT);
  for (const [name, text] of [
    ['a.json', '{'],
    ['b.json', '{"machineId":1}'],
    ['c.json.draft', JSON.stringify(PORT)],
  ] as const) {
    writeFileSync(join(folder.path, 'armed', name), text);
  }
  expect(folder.armed()).toEqual([PORT]);
});

const END = { outcome: 'finished' } as unknown as PrintEnd;
const failed = (code: 'device.link.lost' | 'device.halted') =>
  ({ outcome: 'failed', fault: deviceFault(code, { reason: '' }) }) as unknown as PrintEnd;
const heat = (nozzleTargetC: number) =>
  ({
    type: 'temperatures',
    temperatures: { nozzleC: 100, nozzleTargetC, bedC: 20, bedTargetC: 0 },
  }) as const;

test('an entry is there before it gets hot, and until it is seen to be safe', () => {
  const folder = openFolder();
  const machine = new ArmedMachine(folder, { ...PORT, homed: false });
  const armed = () => folder.armed().length;
  machine.beginPrint();
  expect(armed()).toBe(1);
  machine.onEvent(heat(0));
  expect(armed()).toBe(1);
  machine.endPrint(END);
  expect(armed()).toBe(0);
  for (const [end, left] of [
    [failed('device.link.lost'), 1],
    [failed('device.halted'), 0],
  ] as const) {
    machine.beginPrint();
    machine.endPrint(end);
    expect(armed()).toBe(left);
    machine.disarm();
  }
  machine.sending(' m104 S200');
  expect(armed()).toBe(1);
  // A report from before the command.
  machine.onEvent(heat(0));
  expect(armed()).toBe(1);
  machine.onEvent(heat(200));
  expect(armed()).toBe(1);
  machine.onEvent(heat(0));
  expect(armed()).toBe(0);
  machine.sending('G28');
  machine.sending('M104 S0');
  expect(armed()).toBe(0);
  machine.sending('M140 S60');
  expect(new ArmedMachine(folder, PORT).isLeft).toBe(true);
  machine.disconnected('idle');
  expect(armed()).toBe(0);
});
