// Files of an owner's own through the API: split over a group, moved, taken out, and one made to its end on a virtual
// printer with its signed record. A machine that cuts is never offered a print, and a print is never sent to one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../node-core/base/index.ts';
import { addressOf, codeOf, ended, until } from './acts.ts';
import { openTestWorld, type TestWorld } from './world.ts';

const LINES = ['G28', 'M140 S60', 'M104 S205', 'M190 S60', 'M109 S205', 'M83', 'G1 Z0.2 F600'];
for (let i = 0; i < 40; i++) LINES.push(`G1 X${50 + (i % 2) * 60} Y${50 + i} E2 F1800`);
LINES.push('M104 S0', 'M140 S0', 'M107');
const FILE = Buffer.from(`${LINES.join('\n')}\n`);
const SECRET = 'X110 Y89 E2';

describe('files of the owner’s own', () => {
  let world: TestWorld;
  let owner = '';
  let machines: string[] = [];

  beforeAll(async () => {
    world = await openTestWorld(true);
    const { api } = world.console;
    owner = await addressOf(api, 'owner');
    const more = { actor: owner, volumeMm: { x: 220, y: 220, z: 250 }, nozzleUm: 400 };
    const rates = { rateMicroPerHour: 1n, setupMicro: 0n, minimumMicro: 0n };
    await api.machines.add({ ...more, ...rates, name: 'Second', driver: 'virtual' });
    machines = (await api.machines.list()).filter(({ mine }) => mine).map(({ id }) => id);
    for (const id of machines) {
      await api.machines.connect({ id });
      await api.machines.setTimeScale({ id, timeScale: 10_000 });
    }
  });
  afterAll(() => world.remove());

  async function add(name: string, bytes: Buffer): Promise<string> {
    const { api } = world.console;
    const { uploadId } = await api.uploads.begin({ actor: owner, fileName: name, sizeBytes: bytes.length });
    await api.uploads.chunk({ uploadId, offset: 0, data: new Blob([new Uint8Array(bytes)]) });
    const task = await ended(api, (await api.files.add({ uploadId })).taskId);
    return task.resultId ?? task.fault?.code ?? '';
  }

  it('is split, moved, taken out and made', async () => {
    const { api } = world.console;
    const fileId = await add('bracket.gcode', FILE);
    const wish = {
      actor: owner,
      fileId,
      copies: 4,
      machineIds: machines,
      material: 'PLA',
      colour: '#e8590c',
    };
    const plan = await api.files.plan(wish);
    expect(plan.shares.map(({ copies }) => copies)).toEqual([2, 2]);
    const { batch } = await api.files.queue(wish);
    const placed = async () =>
      (await api.jobs.list({})).filter((job) => job.batch === batch).map(({ machineId }) => machineId);
    expect(new Set(await placed())).toEqual(new Set(machines));
    const [first = '', second = ''] = machines;
    await api.files.rearrange({ actor: owner, batch, onto: second });
    expect(new Set(await placed())).toEqual(new Set([second]));
    await api.files.rearrange({ actor: owner, batch });
    expect((await placed()).filter((id) => id === first)).toHaveLength(2);
    expect(await codeOf(api.files.remove({ actor: owner, id: fileId }))).toBe('files.in-use');
    expect(await codeOf(api.files.list({ actor: `0x${'1'.repeat(40)}` }))).not.toBe('done');
    const jobs = (await api.jobs.list({})).filter((job) => job.batch === batch);
    const [job, ...others] = jobs.filter(({ machineId }) => machineId === first);
    for (const { id } of [...others, ...jobs.filter(({ machineId }) => machineId === second)])
      await api.jobs.cancel({ id, actor: owner });
    await api.machines.confirmBedClear({ id: first });
    await api.jobs.start({ id: job?.id ?? '', expiresMs: Date.now() + 30_000 });
    const done = await until(async () => {
      const now = await api.jobs.get({ id: job?.id ?? '' });
      return ['finished', 'failed', 'cancelled'].includes(now.state) ? now : undefined;
    });
    expect([done.state, done.fault, done.orderId]).toEqual(['finished', undefined, undefined]);
    const { store } = world.console.services;
    expect(store.log(done.id, 1).checkpoints.length).toBeGreaterThan(0);
    await api.files.remove({ actor: owner, id: fileId });
    expect(await api.files.list({ actor: owner })).toEqual([]);
  });

  it('lies encrypted, and what is no file is refused in words', async () => {
    const fileId = await add('secret.gcode', FILE);
    const mandate = unwrap(world.console.services.files.mandate(fileId));
    const source = unwrap(await mandate.source());
    expect(source.kind).toBe('sealed');
    for (const [, block] of source.kind === 'sealed' ? source.blocks : [])
      expect(Buffer.from(block).includes(SECRET)).toBe(false);
    expect(await add('letter.txt', Buffer.from('Dear Sir,\nnothing moves here.\n'))).toMatch(/^gcode\./);
  });

  it('a mill gets no print, by nobody’s hand', async () => {
    const { api } = world.console;
    const mill = {
      actor: owner,
      name: 'Mill',
      volumeMm: { x: 300, y: 180, z: 45 },
      nozzleUm: 0,
      rateMicroPerHour: 1n,
      setupMicro: 0n,
      minimumMicro: 0n,
      port: '/dev/ttyNone',
      cutter: { process: 'cnc' as const, toolSMax: 10_000, feedMmPerMinMax: 2_000 },
    };
    expect(await codeOf(api.machines.add({ ...mill, driver: 'virtual' }))).toBe('machines.kind');
    const { id } = await api.machines.add({ ...mill, driver: 'grbl' });
    const fileId = await add('again.gcode', FILE);
    const wish = { actor: owner, fileId, copies: 1, machineIds: [id], material: 'PLA', colour: '#e8590c' };
    expect((await api.files.plan(wish)).unable).toEqual([{ machineId: id, reasons: ['process'] }]);
    expect(await codeOf(api.files.queue(wish))).toBe('files.no-machine');
    const [model] = await api.models.list({});
    const { taskId } = await api.quotes.request({
      actor: await addressOf(api, 'buyer'),
      modelId: model?.id ?? '',
      machineId: id,
      quantity: 1,
      material: 'PLA',
      colour: '#e8590c',
      settings: {
        layerHeightUm: 200,
        infillPercent: 15,
        perimeters: 2,
        supports: false,
        brim: false,
      },
    });
    expect((await ended(api, taskId)).fault?.code).toBe('quotes.machine.no-printer');
  });
});
