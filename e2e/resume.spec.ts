// A board that restarts in the middle of a print, and the owner who has the part finished: refused where it must be,
// shown before it is done, equal to the rest of the file, and told in the signed record.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobView, MachineView } from '../node-core/api/index.ts';
import { parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import type { Api } from './acts.ts';
import { codeOf, openPrintingWorld, orderedJobs, until } from './acts.ts';
import type { TestWorld } from './world.ts';

let world: TestWorld;
let api: Api;
let machine: MachineView;
let job: JobView;
const soon = () => Date.now() + 10_000;
const now = () => api.jobs.get({ id: job.id });
const resumeIt = (nozzleHeightMm: number) =>
  api.jobs.resumePrint({ id: job.id, from: 'line', nozzleHeightMm, seen: true, expiresMs: soon() });

beforeAll(async () => {
  ({ world, machine, job } = await openPrintingWorld(500, 1));
  api = world.console.api;
});
afterAll(() => world?.remove());

it('the board restarts, and the print ends explained', async () => {
  const { id } = machine;
  expect(await codeOf(api.jobs.resumePlan({ id: job.id, from: 'line' }))).toBe('job.resume.not-this');
  await api.machines.confirmBedClear({ id });
  await api.jobs.start({ id: job.id, expiresMs: soon() });
  await until(async () => (((await now()).progress?.layer ?? 0) >= 3 ? true : undefined));
  await world.console.services.machines.live(id).handle?.strike('reset');
  const cut = await until(async () => ((await now()).state === 'failed' ? now() : undefined));
  expect(cut.fault?.code).toBe('device.reset');
});

it('it goes on only where the owner wants it, on a bed that holds the part, from a height that can be', async () => {
  const { id } = machine;
  await api.machines.connect({ id });
  const plan = (nozzleHeightMm?: number) =>
    api.jobs.resumePlan({
      id: job.id,
      from: 'line',
      ...(nozzleHeightMm === undefined ? {} : { nozzleHeightMm }),
    });
  await api.machines.saveShop({ id, resumes: false });
  expect(await codeOf(plan())).toBe('shop.resume.off');
  await api.machines.saveShop({ id, resumes: true, bedHoldsC: 120 });
  expect(await codeOf(plan())).toBe('device.resume.cold');
  await api.machines.saveShop({ id, bedHoldsC: 0 });
  expect(await codeOf(plan(0))).toBe('device.resume.height');
  const shown = await plan();
  expect(shown.line).toBeLessThanOrEqual(shown.lines + 1);
  expect(shown.layer).toBeGreaterThanOrEqual(2);
  expect(shown.preamble.filter((line) => line.startsWith('G28'))).toEqual(['G28 X Y']);
  // Nothing was done by looking.
  expect((await now()).state).toBe('failed');
});

it('the rest is printed, and the record says from where', async () => {
  const { id } = machine;
  const { nozzleHeightMm, line, layer } = await api.jobs.resumePlan({ id: job.id, from: 'line' });
  await resumeIt(nozzleHeightMm);
  expect(await codeOf(resumeIt(nozzleHeightMm))).toMatch(/^(job\.machine\.busy|device\.busy)$/);
  const done = await until(async () => {
    const { state } = await now();
    return state === 'finished' || state === 'failed' ? now() : undefined;
  });
  expect(done.fault).toBeUndefined();
  expect(done.state).toBe('finished');
  const { entries } = world.console.services.store.log(job.id, 2);
  const events = entries.flatMap((bytes) => {
    const entry = parseRecord(TelemetryEntry, 'telemetry', bytes);
    return entry.ok ? [entry.value.event] : [];
  });
  expect(events.find(({ type }) => type === 'resumed')).toEqual({ type: 'resumed', line: line - 1, layer });
  const truth = await world.console.services.machines.live(id).handle?.truth();
  expect(truth).toMatchObject({
    ok: true,
    value: { nozzleTargetC: 0, bedTargetC: 0, collisions: 0, coldMoves: 0 },
  });
  expect(await codeOf(api.jobs.resumePlan({ id: job.id, from: 'line' }))).toBe('job.resume.not-this');
});

it('a bed that was confirmed clear has no part to go on with', async () => {
  const [model] = await api.models.list({});
  const { jobs } = await orderedJobs(api, model?.id ?? '', machine, 1);
  job = jobs[0] ?? job;
  await api.machines.confirmBedClear({ id: machine.id });
  await api.jobs.start({ id: job.id, expiresMs: soon() });
  await until(async () => (((await now()).progress?.layer ?? 0) >= 3 ? true : undefined));
  await world.console.services.machines.live(machine.id).handle?.strike('reset');
  await until(async () => ((await now()).state === 'failed' ? true : undefined));
  await api.machines.connect({ id: machine.id });
  await api.machines.confirmBedClear({ id: machine.id });
  expect(await codeOf(resumeIt(20))).toBe('job.resume.bed-used');
});
