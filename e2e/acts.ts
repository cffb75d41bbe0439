// What tests do through the API again and again: upload, publish, quote, order, wait; and how they look at a refusal.

import { safe } from '@orpc/client';
import { expect } from 'vitest';
import type { DraftView, JobView, MachineView, QuoteView, TaskView } from '../node-core/api/index.ts';
import type { Bytes } from '../node-core/base/index.ts';
import type { Console } from '../node-core/host/core.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

export type Api = Console['api'];

type Told = { readonly code: string; readonly message: string; readonly next: string };

/** One sentence, a code, a next step, and nothing left unfilled: what every refusal owes a person. */
export function expectClear(fault: Told | undefined): string {
  expect(fault).toBeDefined();
  if (fault === undefined) return '';
  expect(fault.code).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
  expect(fault.message).toMatch(/^[^\n]{8,300}[.!?:)]?$/);
  expect(fault.next).toMatch(/^[^\n]{8,300}$/);
  expect(`${fault.message}${fault.next}`).not.toMatch(/[{}]|undefined|\[object|NaN/);
  return fault.code;
}

/** The code of a refused call; 'done' where it was not refused. Anything that is no clear fault fails the test. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const { error } = await safe(call);
  if (error === null) return 'done';
  const { code, data } = error as { code?: string; data?: Told };
  expect(code, String(error)).toBe('FAULT');
  return expectClear(data);
}

/** The console's own pace: looks again after each turn of the event loop. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function ended(api: Api, taskId: string): Promise<TaskView> {
  return until(async () => {
    const task = (await api.tasks.list()).find(({ id }) => id === taskId);
    return task === undefined || task.state === 'running' ? undefined : task;
  });
}

export async function addressOf(api: Api, role: 'designer' | 'owner' | 'buyer'): Promise<string> {
  return (await api.wallet.accounts()).find((account) => account.role === role)?.address ?? '';
}

/** Sends a file whole and waits for its check. */
export async function upload(api: Api, actor: string, fileName: string, bytes: Bytes): Promise<DraftView> {
  const { uploadId } = await api.uploads.begin({ actor, fileName, sizeBytes: bytes.length });
  for (let offset = 0; offset < bytes.length; offset += 500_000) {
    const data = new Blob([bytes.slice(offset, offset + 500_000)]);
    await api.uploads.chunk({ uploadId, offset, data });
  }
  const { draftId, taskId } = await api.uploads.finish({ uploadId });
  const task = await ended(api, taskId);
  const draft = await api.drafts.get({ id: draftId });
  expect(task.fault?.code).toBe(draft.fault?.code);
  return draft;
}

export const TERMS = {
  title: 'Part',
  description: '',
  licence: 'print-per-copy',
  priceMicroPerCopy: 1_000_000n,
};

export async function publish(api: Api, actor: string, id: string): Promise<TaskView> {
  return ended(api, (await api.drafts.publish({ id, actor, ...TERMS })).taskId);
}

export const SETTINGS = { layerHeightUm: 300, infillPercent: 0, perimeters: 1, supports: false, brim: false };

export async function askQuote(
  api: Api,
  modelId: string,
  machine: MachineView,
  change: { readonly quantity?: number; readonly material?: string; readonly machineId?: string } = {},
): Promise<TaskView> {
  const actor = await addressOf(api, 'buyer');
  const offer = machine.materials[0];
  const { taskId } = await api.quotes.request({
    actor,
    modelId,
    machineId: machine.id,
    quantity: 1,
    material: offer?.material ?? '',
    colour: offer?.colour ?? '',
    settings: SETTINGS,
    ...change,
  });
  return ended(api, taskId);
}

export async function quoted(
  api: Api,
  modelId: string,
  machine: MachineView,
  quantity: number,
): Promise<QuoteView> {
  const task = await askQuote(api, modelId, machine, { quantity });
  expect(task.fault).toBeUndefined();
  return api.quotes.get({ id: task.resultId ?? '' });
}

/** An order placed, accepted and released: its jobs wait in the queue. */
export async function orderedJobs(
  api: Api,
  modelId: string,
  machine: MachineView,
  quantity: number,
): Promise<{ readonly orderId: string; readonly jobs: readonly JobView[] }> {
  const quote = await quoted(api, modelId, machine, quantity);
  const { orderId } = await api.orders.place({ actor: await addressOf(api, 'buyer'), quoteId: quote.id });
  await api.orders.act({ actor: await addressOf(api, 'owner'), id: orderId, event: 'accept', args: {} });
  const jobs = await until(async () => {
    const found = (await api.jobs.list({})).filter((job) => job.orderId === orderId);
    return found.length === quantity ? found : undefined;
  });
  return { orderId, jobs };
}

export type PrintingWorld = {
  readonly world: TestWorld;
  readonly machine: MachineView;
  readonly orderId: string;
  readonly jobs: readonly JobView[];
  /** The first of them. */
  readonly job: JobView;
};

/** A stocked world whose first printer is connected and has jobs waiting: so many copies of the first model. */
export async function openPrintingWorld(timeScale: number, copies: number): Promise<PrintingWorld> {
  const world = await openTestWorld(true);
  const { api } = world.console;
  const [[machine], [model]] = [await api.machines.list(), await api.models.list({})];
  if (machine === undefined || model === undefined) throw new Error('the world is stocked');
  await api.machines.setTimeScale({ id: machine.id, timeScale });
  await api.machines.connect({ id: machine.id });
  const ordered = await orderedJobs(api, model.id, machine, copies);
  const [job] = ordered.jobs;
  if (job === undefined) throw new Error('an order has at least one job');
  return { world, machine, job, ...ordered };
}
