// A machine that goes on by itself: the bed gate, the filament and the hours hold it back, priorities decide what comes
// next, each print takes its filament, and rights keep others from starting it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobView, MachineView } from '../node-core/api/index.ts';
import type { Api } from './acts.ts';
import { addressOf, codeOf, openPrintingWorld, orderedJobs, until } from './acts.ts';
import type { TestWorld } from './world.ts';

let world: TestWorld;
let api: Api;
let machine: MachineView;
let jobs: readonly JobView[] = [];
let spoolId = '';

const jobNow = (copy: number) => api.jobs.get({ id: jobs[copy - 1]?.id ?? '' });
const finished = (copy: number) =>
  until(async () => {
    const job = await jobNow(copy);
    if (job.state !== 'finished' && job.state !== 'failed') return undefined;
    expect(job.fault).toBeUndefined();
    return job;
  });
const clearBed = () => api.machines.confirmBedClear({ id: machine.id });
const idle = () =>
  until(async () => ((await api.machines.get({ id: machine.id })).state === 'idle' ? true : undefined));

beforeAll(async () => {
  ({ world, machine, jobs } = await openPrintingWorld(2000, 3));
  api = world.console.api;
});
afterAll(() => world?.remove());

it('without the right to print or queue, another account changes nothing', async () => {
  const actor = await addressOf(api, 'designer');
  const id = jobs[0]?.id ?? '';
  const { id: machineId } = machine;
  const start = () => codeOf(api.jobs.start({ id, actor, expiresMs: Date.now() + 10_000 }));
  expect(await start()).toBe('shop.right.print');
  expect(await codeOf(api.jobs.prefer({ id, actor, priority: 1 }))).toBe('shop.right.queue');
  await api.machines.grantRight({ id: machineId, account: actor, queue: true, print: false });
  expect(await codeOf(api.jobs.prefer({ id, actor, priority: 0 }))).toBe('done');
  expect(await start()).toBe('shop.right.print');
  await api.machines.grantRight({ id: machineId, account: actor, queue: true, print: true });
  expect(await start()).toBe('job.bed.not-clear');
});

it('what is preferred is next, copies in the order in which their licence is used', async () => {
  const [model] = await api.models.list({});
  const second = await orderedJobs(api, model?.id ?? '', machine, 2);
  await api.jobs.prefer({ id: second.jobs[1]?.id ?? '', priority: 2 });
  const states = async () =>
    Promise.all([...jobs, ...second.jobs].map(async ({ id }) => (await api.jobs.get({ id })).state));
  expect(await states()).toEqual(['queued', 'queued', 'queued', 'needs-bed-clear', 'queued']);
  await api.jobs.moveToFront({ id: jobs[2]?.id ?? '' });
  expect(await states()).toEqual(['needs-bed-clear', 'queued', 'queued', 'queued', 'queued']);
  for (const { id } of second.jobs) await api.jobs.prefer({ id, priority: -2 });
});

it('begins by itself on a clear bed only with a spool that lasts', async () => {
  const actor = machine.owner.address;
  const need = (await jobNow(1)).milligrams ?? 0;
  expect(need).toBeGreaterThan(0);
  expect((await jobNow(1)).filament).toBe('none-loaded');
  const { material, colour } = await jobNow(1);
  const spool = { name: 'Reel', material, colour, gramsFull: 1000, gramsLeft: need / 2000 };
  spoolId = (await api.spools.save({ actor, spool })).id;
  await api.machines.loadSpool({ id: machine.id, spoolId });
  await api.machines.saveShop({ id: machine.id, autoContinue: true });
  await clearBed();
  expect(await jobNow(1)).toMatchObject({ state: 'ready', filament: 'too-little' });
  await api.spools.save({ actor, spool: { ...spool, id: spoolId, gramsLeft: 500 } });
  expect((await finished(1)).state).toBe('finished');
  await idle();
  const shop = await api.machines.shop({ id: machine.id });
  const left = shop.spool?.gramsLeft ?? 0;
  // What the moves extruded weighs what the quote said.
  expect(500 - left).toBeGreaterThan((need / 1000) * 0.95);
  expect(500 - left).toBeLessThan((need / 1000) * 1.05);
  expect(shop.counters).toMatchObject({ prints: 1, failures: 0 });
  expect(shop.counters.printHours).toBeGreaterThan(0);
});

it('waits for the next clear bed, and for its hours', async () => {
  expect((await jobNow(2)).state).toBe('needs-bed-clear');
  const never = { days: [], fromMinute: 0, toMinute: 0 };
  await api.machines.saveShop({ id: machine.id, hours: never });
  await clearBed();
  expect((await api.machines.shop({ id: machine.id })).open).toBe(false);
  expect((await jobNow(2)).state).toBe('ready');
  await api.machines.saveShop({ id: machine.id, hours: { ...never, days: [0, 1, 2, 3, 4, 5, 6] } });
  expect((await finished(2)).state).toBe('finished');
});

it('begins nothing after a restart until somebody has looked', async () => {
  await idle();
  await api.machines.saveShop({ id: machine.id, hours: { days: [], fromMinute: 0, toMinute: 0 } });
  await clearBed();
  api = (await world.reopen()).api;
  await api.machines.saveShop({
    id: machine.id,
    hours: { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 0 },
  });
  await idle();
  expect((await jobNow(3)).state).toBe('needs-bed-clear');
  expect((await api.machines.shop({ id: machine.id })).spool?.id).toBe(spoolId);
  await clearBed();
  expect((await finished(3)).state).toBe('finished');
});
