// Printers in trouble, and commands that come at the wrong time: the job fails with its cause, the licence is not used
// up beyond its attempts, the order stays whole, and the same copy prints afterwards.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobView, MachineView } from '../node-core/api/index.ts';
import { unwrap } from '../node-core/base/index.ts';
import type { Trouble } from '../node-core/devices/virtual/index.ts';
import { runVirtualPrinter } from '../node-core/devices/virtual/index.ts';
import { systemClock } from '../node-core/host/adapters/system.ts';
import { openVirtualPty } from '../node-core/host/adapters/virtual-pty.ts';
import { createConsole } from '../node-core/host/core.ts';
import type { Api } from './acts.ts';
import { codeOf, expectClear, openPrintingWorld, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { WORKERS_URL } from './world.ts';

const COPIES = 9;
let world: TestWorld;
let api: Api;
let machine: MachineView;
let orderId = '';
let jobs: readonly JobView[] = [];

const soon = () => Date.now() + 10_000;
const handle = () => {
  const live = world.console.services.machines.live(machine.id).handle;
  if (live === undefined) throw new Error('the machine is connected');
  return live;
};
const jobNow = (copy: number) => api.jobs.get({ id: jobs[copy - 1]?.id ?? '' });
const jobEnded = (copy: number) =>
  until(async () => {
    const job = await jobNow(copy);
    return ['finished', 'failed', 'cancelled'].includes(job.state) ? job : undefined;
  });
const machineIs = (state: MachineView['state']) =>
  until(async () => ((await api.machines.get({ id: machine.id })).state === state ? state : undefined));

beforeAll(async () => {
  ({ world, machine, orderId, jobs } = await openPrintingWorld(300, COPIES));
  api = world.console.api;
});
afterAll(() => world.remove());

async function start(copy: number, speed: number): Promise<void> {
  const { state } = await jobNow(copy);
  if (state === 'failed' || state === 'cancelled') await api.jobs.retry({ id: jobs[copy - 1]?.id ?? '' });
  await until(async () => {
    const { state: now } = await api.machines.get({ id: machine.id });
    if (now === 'offline' || now === 'fault') await api.machines.connect({ id: machine.id });
    return now === 'idle' ? now : undefined;
  });
  await api.machines.setTimeScale({ id: machine.id, timeScale: speed });
  await api.machines.confirmBedClear({ id: machine.id });
  await api.jobs.start({ id: jobs[copy - 1]?.id ?? '', expiresMs: soon() });
}

/** Begins a copy slowly enough to be disturbed, and waits until plastic flows. */
async function startAndReachLayer(copy: number): Promise<void> {
  await start(copy, 200);
  await until(async () => {
    const { state, progress } = await jobNow(copy);
    expect(['starting', 'printing']).toContain(state);
    return (progress?.layer ?? 0) >= 1 ? true : undefined;
  });
}

async function finish(copy: number): Promise<void> {
  await start(copy, 5000);
  const { state, fault } = await jobEnded(copy);
  expect([state, fault]).toEqual(['finished', undefined]);
}

const licence = async () => {
  const order = unwrap(await world.console.services.orders.open(orderId));
  return order.licence?.state;
};

describe('commands at the wrong time', () => {
  it('nothing starts on a bed that nobody looked at, too late, or out of turn', async () => {
    const [first, second] = jobs;
    const id = first?.id ?? '';
    expect(await codeOf(api.jobs.start({ id, expiresMs: soon() }))).toBe('job.bed.not-clear');
    await api.machines.confirmBedClear({ id: machine.id });
    expect(await codeOf(api.jobs.start({ id, expiresMs: Date.now() - 1 }))).toBe('job.command.expired');
    expect(await codeOf(api.jobs.start({ id: second?.id ?? '', expiresMs: soon() }))).toBe('job.not-next');
    expect(await codeOf(api.jobs.start({ id: 'no such job', expiresMs: soon() }))).toBe('job.unknown');
    expect(await codeOf(api.jobs.retry({ id }))).toBe('job.state.wrong');
    expect(await codeOf(api.machines.pause({ id: machine.id, expiresMs: soon() }))).toBe('device.busy');
    expect(await codeOf(api.machines.cancel({ id: machine.id, expiresMs: soon() }))).toBe('device.busy');
    expect(await licence()).toMatchObject({ used: 0 });
  });

  it('while one prints no other starts, and the machine is neither disturbed nor let go', async () => {
    await startAndReachLayer(1);
    const { id } = machine;
    expect(await codeOf(api.jobs.start({ id: jobs[1]?.id ?? '', expiresMs: soon() }))).toBe(
      'job.machine.busy',
    );
    expect(await codeOf(api.jobs.start({ id: jobs[0]?.id ?? '', expiresMs: soon() }))).toBe(
      'job.state.wrong',
    );
    expect(await codeOf(api.machines.confirmBedClear({ id }))).toBe('job.machine.busy');
    expect(await codeOf(api.machines.disconnect({ id }))).toBe('machines.busy');
    expect(await codeOf(api.machines.setTimeScale({ id, timeScale: 9 }))).toBe('machines.busy');
    expect(await codeOf(api.machines.send({ id, command: 'G28', expiresMs: soon() }))).toBe('device.busy');
    expect(await codeOf(api.machines.pause({ id, expiresMs: Date.now() - 1 }))).toBe('job.command.expired');
    expect(await codeOf(api.machines.cancel({ id, expiresMs: soon() }))).toBe('done');
    const job = await jobEnded(1);
    expect([job.state, job.fault === undefined ? '' : expectClear(job.fault)]).toEqual([
      'cancelled',
      'device.cancelled',
    ]);
    await finish(1);
    expect(await licence()).toMatchObject({ used: 1, reported: 1, finished: 1 });
  });
});

describe('printers in trouble', () => {
  it.each<readonly [Trouble, number, string]>([
    ['disconnect', 2, 'device.link.lost'],
    ['nozzle-no-power', 3, 'device.not-extruding'],
    ['reset', 4, 'device.reset'],
    ['sensor-open', 5, 'device.halted'],
    // Thermal runaway: the bed cools below its target, and the firmware ends it.
    ['bed-no-power', 6, 'device.halted'],
  ])(
    '%s in the middle of a print fails copy %i with %s, and the copy prints afterwards',
    async (kind, copy, code) => {
      await startAndReachLayer(copy);
      unwrap(await handle().strike(kind));
      const job = await jobEnded(copy);
      expect([job.state, expectClear(job.fault)]).toEqual(['failed', code]);
      const shown = await api.machines.get({ id: machine.id });
      expect(expectClear(shown.fault)).toBe(code);
      expect(await licence()).toMatchObject({ used: copy, reported: copy, finished: copy - 1 });
      // Switched off and on, with the cause removed.
      await api.machines.disconnect({ id: machine.id });
      await finish(copy);
      expect(await licence()).toMatchObject({ used: copy, reported: copy, finished: copy });
    },
  );

  it('the emergency stop ends the print at once and says what to do', async () => {
    await startAndReachLayer(7);
    await api.machines.emergencyStop({ id: machine.id });
    const job = await jobEnded(7);
    expect([job.state, expectClear(job.fault)]).toEqual(['failed', 'device.emergency-stop']);
    await machineIs('fault');
    await api.machines.confirmBedClear({ id: machine.id });
    await api.jobs.retry({ id: job.id });
    expect(await codeOf(api.jobs.start({ id: job.id, expiresMs: soon() }))).toBe('device.emergency-stop');
    await finish(7);
  });

  it('a console that is closed in the middle of a print reports it, and the copy prints afterwards', async () => {
    await startAndReachLayer(8);
    api = (await world.reopen()).api;
    const job = await jobNow(8);
    expect([job.state, job.fault === undefined ? '' : expectClear(job.fault)]).toEqual([
      'cancelled',
      'device.cancelled',
    ]);
    expect(await licence()).toMatchObject({ used: 8, reported: 8, finished: 7 });
    await finish(8);
  });

  it('after all of that the last copy ends the order as it should', async () => {
    await finish(COPIES);
    const [owner, buyer] = await Promise.all(
      (['owner', 'buyer'] as const).map(
        async (role) => (await api.wallet.accounts()).find((account) => account.role === role)?.address ?? '',
      ),
    );
    const at = (state: string) =>
      until(async () => {
        const order = await api.orders.get({ actor: buyer ?? '', id: orderId, locale: 'en' });
        return order.state === state ? order : undefined;
      });
    await at('printed');
    const shipped = { carrier: 'Post', tracking: 'A1' };
    await api.orders.act({ actor: owner ?? '', id: orderId, event: 'ship', args: shipped });
    await api.orders.act({ actor: buyer ?? '', id: orderId, event: 'confirm', args: {} });
    const order = await at('settled');
    expect(order.payouts.reduce((sum, { amountMicro }) => sum + amountMicro, 0n)).toBe(order.totalMicro);
    const { file } = await api.orders.exportEvidence({ id: orderId });
    const report = await api.orders.verifyEvidence({ file });
    expect(report.links.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
  });
});

describe('machines that come and go', () => {
  it('connected twice at the same time it is connected once, at the pace that was asked for last', async () => {
    await api.machines.disconnect({ id: machine.id });
    expect(await codeOf(api.jobs.start({ id: jobs[0]?.id ?? '', expiresMs: soon() }))).not.toBe('done');
    const [first, second] = [1, 2].map(() => codeOf(api.machines.connect({ id: machine.id })));
    const paced = codeOf(api.machines.setTimeScale({ id: machine.id, timeScale: 4321 }));
    expect(await Promise.all([first, second, paced])).toEqual(['done', 'done', 'done']);
    // Waiting 2000 machine seconds shows the pace: at the one before it would be 60 times the clock's.
    const [beforeMs, startedMs] = [unwrap(await handle().truth()).timeMs, performance.now()];
    await api.machines.send({ id: machine.id, command: 'G4 S2000', expiresMs: soon() });
    const machineMs = unwrap(await handle().truth()).timeMs - beforeMs;
    expect(machineMs / (performance.now() - startedMs)).toBeGreaterThan(200);
    const lines: unknown[] = [];
    const unsubscribe = world.console.services.machines.live(machine.id).onEvent((event) => {
      if (event.type === 'line' && event.direction === 'sent' && event.text.startsWith('M118'))
        lines.push(event);
    });
    await api.machines.send({ id: machine.id, command: 'M118 once', expiresMs: soon() });
    await until(() => (lines.length > 0 ? true : undefined));
    await api.machines.send({ id: machine.id, command: 'M105', expiresMs: soon() });
    unsubscribe();
    expect(lines).toHaveLength(1);
  });

  it('disconnected while it connects, it is disconnected', async () => {
    await api.machines.disconnect({ id: machine.id });
    const connecting = codeOf(api.machines.connect({ id: machine.id }));
    await machineIs('connecting');
    await api.machines.disconnect({ id: machine.id });
    expect(['device.aborted', 'done']).toContain(await connecting);
    await machineIs('offline');
    await api.machines.connect({ id: machine.id });
    await machineIs('idle');
  });
});

describe.skipIf(spawnSync('socat', ['-V']).status !== 0)('a printer on a serial port', () => {
  it('is left cold when the console closes in the middle of its work', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dipnet-heat-'));
    const pty = unwrap(await openVirtualPty(undefined));
    const printer = runVirtualPrinter(pty.link, { clock: systemClock, timeScale: 20 });
    const opened = unwrap(await createConsole({ dataPath: folder, demo: {}, workersUrl: WORKERS_URL }));
    const owner = opened.services.identities.people().find(({ role }) => role === 'owner')?.address ?? '';
    const { id } = await opened.api.machines.add({
      actor: owner,
      name: 'Bench printer',
      driver: 'serial',
      port: pty.path,
      baudRate: 115_200,
      volumeMm: { x: 200, y: 200, z: 200 },
      nozzleUm: 400,
      rateMicroPerHour: 1n,
      setupMicro: 1n,
      minimumMicro: 1n,
    });
    expect(await codeOf(opened.api.machines.connect({ id }))).toBe('done');
    for (const command of ['M104 S200', 'M140 S60']) {
      await opened.api.machines.send({ id, command, expiresMs: soon() });
    }
    expect(printer.truth()).toMatchObject({ nozzleTargetC: 200, bedTargetC: 60 });
    await opened.close();
    expect(printer.truth()).toMatchObject({ nozzleTargetC: 0, bedTargetC: 0 });
    printer.stop();
    await pty.link.close();
    rmSync(folder, { recursive: true });
  });
});
