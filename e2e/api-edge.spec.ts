// The API at its edges: many callers at once, slow readers, work that is cancelled or cut off, and a chain that grows
// while it is read.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsoleEvent } from '../node-core/api/index.ts';
import { binaryStl, torusFacets } from '../node-core/models/test-shapes.ts';
import type { Api } from './acts.ts';
import { addressOf, codeOf, ended, orderedJobs, TERMS, until, upload } from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

let world: TestWorld;
let api: Api;
let designer = '';
let buyer = '';
let owner = '';
/** Large enough to be caught in the middle of its check. */
const LARGE = binaryStl(torusFacets(700, 350));

beforeAll(async () => {
  world = await openTestWorld(true);
  api = world.console.api;
  designer = await addressOf(api, 'designer');
  buyer = await addressOf(api, 'buyer');
  owner = await addressOf(api, 'owner');
});
afterAll(() => world.remove());

const balance = async (address: string) =>
  (await api.wallet.accounts()).find((account) => account.address === address)?.balances.DPN ?? 0n;

/** How many blocks are stored. */
const stored = () =>
  readdirSync(join(world.folder, 'blocks'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;

/** Sends the large file; the check runs when this returns. */
async function beginLarge(): Promise<{ draftId: string; taskId: string }> {
  const { uploadId } = await api.uploads.begin({
    actor: designer,
    fileName: 'large.stl',
    sizeBytes: LARGE.length,
  });
  for (let offset = 0; offset < LARGE.length; offset += 1_000_000)
    await api.uploads.chunk({ uploadId, offset, data: new Blob([LARGE.slice(offset, offset + 1_000_000)]) });
  const begun = await api.uploads.finish({ uploadId });
  await until(async () => {
    const task = (await api.tasks.list()).find(({ id }) => id === begun.taskId);
    expect(task?.state).toBe('running');
    return task?.phase === 'waiting' ? undefined : true;
  });
  return begun;
}

describe('many at once', () => {
  it('transactions of one account follow each other, whoever hands them in', async () => {
    const before = [await balance(buyer), await balance(owner)] as const;
    const sends = [1n, 2n, 3n, 4n, 5n, 6n].map((amountMicro) =>
      api.wallet.send({ actor: buyer, to: owner, token: 'DPN', amountMicro }),
    );
    const hashes = (await Promise.all(sends)).map(({ txHash }) => txHash);
    expect(new Set(hashes).size).toBe(6);
    expect(await balance(owner)).toBe(before[1] + 21n);
    const history = await api.wallet.history({ address: buyer });
    for (const hash of hashes) {
      const entry = history.find(({ kind, anchor }) => kind === 'sent' && anchor.txHash === hash);
      expect(entry?.anchor.truth).toBe('verified');
    }
    // Names were paid in another token.
    const ofDpn = history.filter(({ token }) => token === 'DPN');
    const spent = ofDpn.reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
    expect(spent).toBe(await balance(buyer));
  });

  it('two pages hear of the same change, and one that leaves takes nothing from the other', async () => {
    const abort = new AbortController();
    const [first, second] = [
      await api.system.events(undefined, { signal: abort.signal }),
      await api.system.events(),
    ];
    for (const stream of [first, second])
      expect((await stream.next()).value).toMatchObject({ type: 'status' });
    const heard = [first, second].map((stream) => untilSettings(stream));
    await api.system.saveSettings({ theme: 'dark' });
    expect(await Promise.all(heard)).toEqual([true, true]);
    abort.abort();
    const again = untilSettings(second);
    await api.system.saveSettings({ theme: 'light' });
    expect(await again).toBe(true);
    await second.return?.(undefined);
  });

  async function untilSettings(stream: AsyncIterator<ConsoleEvent>): Promise<boolean> {
    for (;;) {
      const { value, done } = await stream.next();
      if (done === true) return false;
      if (value.type === 'changed' && value.topic === 'settings') return true;
    }
  }

  it('a page that fell far behind is told to reload everything, and what runs', async () => {
    const stream = await api.system.events();
    await stream.next();
    const { taskId } = await beginLarge();
    for (let i = 0; i < 600; i++) await api.system.saveSettings({ locale: i % 2 === 0 ? 'zh-Hans' : 'en' });
    await api.tasks.cancel({ id: taskId });
    await ended(api, taskId);
    const topics = new Set<string>();
    let tasks = 0;
    for (let i = 0; i < 400; i++) {
      const { value, done } = await stream.next();
      if (done === true) break;
      if (value.type === 'changed') topics.add(value.topic);
      if (value.type === 'task' && value.task.id === taskId) tasks++;
      if (value.type === 'task' && value.task.state === 'cancelled') break;
    }
    expect([...topics]).toEqual(expect.arrayContaining(['models', 'quotes', 'orders', 'jobs', 'accounts']));
    expect(tasks).toBeGreaterThanOrEqual(1);
    await stream.return?.(undefined);
  });

  it('orders can be read while blocks are made', async () => {
    const [machine, model] = [(await api.machines.list())[0], (await api.models.list({}))[0]];
    if (machine === undefined || model === undefined) throw new Error('the world is stocked');
    const { orderId } = await orderedJobs(api, model.id, machine, 1);
    const growing = Promise.all(
      [10n, 11n, 12n, 13n, 14n].map((amountMicro) =>
        api.wallet.send({ actor: designer, to: owner, token: 'DPN', amountMicro }),
      ),
    );
    const reads = Array.from({ length: 30 }, (_, i) =>
      i % 2 === 0
        ? api.orders.get({ actor: buyer, id: orderId, locale: 'zh-Hans' })
        : api.orders.list({ actor: buyer }).then(([card]) => card),
    );
    const read = await Promise.all(reads);
    expect(new Set(read.map((order) => `${order?.id} ${order?.state}`))).toEqual(
      new Set([`${orderId} accepted`]),
    );
    await growing;
  });

  it('what did not change since is not proven again', async () => {
    const proofs = async () => (await api.network.view()).light.proofsVerified;
    await api.machines.list();
    await api.orders.list({ actor: buyer });
    const [before, { height }] = [await proofs(), await api.system.status()];
    for (let i = 0; i < 20; i++) {
      await api.machines.list();
      await api.jobs.list({});
      await api.orders.list({ actor: buyer });
    }
    const after = await proofs();
    expect((await api.system.status()).height).toBe(height);
    expect(after).toBe(before);
  });
});

describe('work that does not come to its end', () => {
  it('a check that is cancelled leaves nothing', async () => {
    const before = stored();
    const { draftId, taskId } = await beginLarge();
    await api.tasks.cancel({ id: taskId });
    expect(await ended(api, taskId)).toMatchObject({ state: 'cancelled', fault: { code: 'task.cancelled' } });
    expect(await codeOf(api.drafts.get({ id: draftId }))).toBe('models.draft.unknown');
    expect(stored()).toBe(before);
    expect(await codeOf(api.tasks.cancel({ id: taskId }))).toBe('task.not-cancellable');
  });

  it('a draft that is removed while it is checked leaves nothing', async () => {
    const before = stored();
    const { draftId, taskId } = await beginLarge();
    await api.drafts.remove({ id: draftId });
    expect((await ended(api, taskId)).state).toBe('cancelled');
    expect(stored()).toBe(before);
    expect(await api.drafts.list({ actor: designer })).toHaveLength(1);
  });

  it('a registration cannot be cancelled half way', async () => {
    const draft = await upload(api, designer, 'ring.stl', binaryStl(torusFacets(20, 10)));
    const { taskId } = await api.drafts.publish({ id: draft.id, actor: designer, ...TERMS });
    expect(await codeOf(api.tasks.cancel({ id: taskId }))).toBe('task.not-cancellable');
    expect(await ended(api, taskId)).toMatchObject({ state: 'done', resultId: draft.designHash });
  });

  it('a check that a restart cut off goes on by itself, and settings are as they were', async () => {
    await api.system.saveSettings({ locale: 'zh-Hans', role: 'owner', welcomed: true });
    const { draftId } = await beginLarge();
    api = (await world.reopen()).api;
    expect(await api.system.settings()).toEqual({
      locale: 'zh-Hans',
      theme: 'light',
      role: 'owner',
      welcomed: true,
    });
    const draft = await until(async () => {
      const now = await api.drafts.get({ id: draftId });
      return now.state === 'analysing' ? undefined : now;
    });
    expect(draft).toMatchObject({ state: 'ready', analysis: { triangles: 490_000, watertight: true } });
    await api.drafts.remove({ id: draftId });
  });
});
