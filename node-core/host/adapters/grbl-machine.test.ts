// A machine that cuts, driven by the real worker over a pseudo-terminal; and what becomes of its tool when nobody drives
// it any more.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../../base/index.ts';
import { SimGrbl } from '../../devices/testing/index.ts';
import { createLinkPair, createSimClock } from '../../devices/virtual/index.ts';
import { attendLeftMachine } from './left-machine.ts';
import { createMachineService } from './machine-service.ts';
import { systemClock } from './system.ts';
import { bundleMachineWorker } from './testing/worker-bundle.ts';
import { openVirtualPty } from './virtual-pty.ts';
import { WatchFolder } from './watch-folder.ts';

const hasSocat = spawnSync('socat', ['-V']).status === 0;
const MOVES = 'G1 X40 Y10 F1200\nG1 X10 Y40\n';
const plain = (text: string) => ({ kind: 'plain' as const, gcode: utf8ToBytes(text) });

async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await systemClock.sleep(10);
  expect(condition()).toBe(true);
}

describe.skipIf(!hasSocat)('over a pseudo-terminal', () => {
  let worker: Awaited<ReturnType<typeof bundleMachineWorker>>;

  beforeAll(async () => {
    worker = await bundleMachineWorker();
  });
  afterAll(() => worker.remove());

  test('runs a job; when the worker dies in the next one the tool goes off', async () => {
    const service = createMachineService({ workerUrl: worker.url });
    const pty = unwrap(await openVirtualPty());
    const sim = new SimGrbl(pty.link, { clock: systemClock, timeScale: 20 });
    try {
      const config = { machineId: 'g', driver: 'grbl' as const, path: pty.path, baudRate: 115_200 };
      const machine = unwrap(await service.open(config));
      expect(unwrap(await machine.connect()).firmware).toContain('GRBL 1.1h');
      const job = `G21\nM3 S1000\n${MOVES.repeat(3)}M30\n`;
      expect(unwrap(await machine.print({ jobId: 'a', source: plain(job) }))).toMatchObject({
        outcome: 'finished',
        progress: { linesAcknowledged: 9 },
      });
      expect([sim.spindle, sim.overflowBytes]).toEqual([0, 0]);
      const long = machine.print({ jobId: 'b', source: plain(`G21\nM3 S1000\n${MOVES.repeat(300)}`) });
      await eventually(() => sim.spindle === 1000);
      await (service as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate();
      expect(await long).toMatchObject({ ok: false, fault: { code: 'device.worker.died' } });
      await eventually(() => sim.spindle === 0 && sim.resets > 0);
    } finally {
      await service.close();
      await pty.link.close();
    }
  });
});

test('one that a console left at work is reset, and the owner is told what was done', async () => {
  const place = mkdtempSync(join(tmpdir(), 'dipnet-left-grbl-'));
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const pair = createLinkPair(clock);
  const sim = new SimGrbl(pair.far, { clock });
  await pair.near.write(utf8ToBytes(`M3 S1000\n${MOVES}`));
  await clock.drive(clock.sleep(1_000));
  expect(sim.spindle).toBe(1000);
  const folder = new WatchFolder(join(place, 'watch'));
  const port = { machineId: 'g', path: '/dev/ttyNone', baudRate: 115_200, homed: false, cuts: true as const };
  folder.arm(port);
  const open = async () => ok(pair.near);
  const report = await clock.drive(attendLeftMachine(port, { folder, clock, by: 'watchdog', open }));
  expect(report).toMatchObject({ end: 'tool-off', by: 'watchdog' });
  expect([sim.spindle, folder.armed()]).toEqual([0, []]);
  rmSync(place, { recursive: true, force: true });
});
