// What people, files and programs do wrong: each is answered in one clear sentence, leaves nothing half done, and the
// next good act works.

import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineView } from '../node-core/api/index.ts';
import type { Bytes } from '../node-core/base/index.ts';
import { sha256, utf8ToBytes } from '../node-core/base/index.ts';
import { sampleModel } from '../node-core/host/services/demo-world.ts';
import { asciiStl, binaryStl, boxFacets } from '../node-core/models/test-shapes.ts';
import type { Api } from './acts.ts';
import {
  addressOf,
  askQuote,
  codeOf,
  ended,
  expectClear,
  orderedJobs,
  publish,
  quoted,
  TERMS,
  until,
  upload,
} from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

let world: TestWorld;
let api: Api;
let designer = '';
let owner = '';
let buyer = '';
let machine: MachineView;
let modelId = '';

beforeAll(async () => {
  world = await openTestWorld();
  api = world.console.api;
  designer = await addressOf(api, 'designer');
  owner = await addressOf(api, 'owner');
  buyer = await addressOf(api, 'buyer');
  const [first] = await api.machines.list();
  if (first === undefined) throw new Error('the demo world has a machine');
  machine = first;
  const { name, bytes } = sampleModel();
  const draft = await upload(api, designer, name, bytes);
  modelId = (await publish(api, designer, draft.id)).resultId ?? '';
});
afterAll(() => world.remove());

const blockCount = () =>
  readdirSync(join(world.folder, 'blocks'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;
const CUBE = binaryStl(boxFacets([12, 12, 4]));
const withBytes = (bytes: Bytes, at: number, ...values: number[]): Bytes => {
  const changed = bytes.slice();
  changed.set(values, at);
  return changed;
};
const NAN = [0, 0, 0xc0, 0x7f];
const dpn = async (address: string) =>
  (await api.wallet.accounts()).find((account) => account.address === address)?.balances.DPN ?? 0n;

describe('files', () => {
  const bomb = zipSync({
    '_rels/.rels': utf8ToBytes(
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/part.model" Id="r" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>',
    ),
    '3D/part.model': new Uint8Array(64 * 1024 * 1024).fill(32),
  });
  const noise = Uint8Array.from(
    { length: 3000 },
    (_, i) => sha256(new Uint8Array([i & 255, i >> 8]))[0] ?? 0,
  );
  const step =
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('part'),'2;1');\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n";

  it.each<readonly [string, string, Bytes, string]>([
    ['junk', 'holiday.jpg', noise, 'model.format.unknown'],
    ['junk that calls itself a model', 'part.stl', noise, 'model.stl.count'],
    ['an empty file', 'part.stl', new Uint8Array(0), 'model.file.empty'],
    ['a file cut off', 'part.stl', sampleModel().bytes.slice(0, 40_000), 'model.stl.count'],
    ['a lying count', 'part.stl', withBytes(CUBE, 80, 3, 0, 0, 0), 'model.stl.count'],
    ['an absurd count', 'part.stl', withBytes(CUBE, 80, 255, 255, 255, 255), 'model.stl.count'],
    ['no triangles', 'part.stl', binaryStl([]), 'model.triangles.none'],
    ['no triangles in text', 'part.stl', asciiStl([]), 'model.triangles.none'],
    ['a coordinate that is no number', 'part.stl', withBytes(CUBE, 84 + 12, ...NAN), 'model.number.invalid'],
    ['STEP', 'part.step', utf8ToBytes(step), 'model.format.step'],
    ['STEP under another name', 'part.stl', utf8ToBytes(step), 'model.format.step'],
    ['a zip bomb', 'part.3mf', bomb, 'model.zip.bomb'],
    ['a package cut off', 'part.3mf', bomb.slice(0, 20_000), 'model.zip.damaged'],
    ['a flat shape', 'part.stl', binaryStl(boxFacets([10, 10, 0])), 'model.volume.zero'],
  ])('%s is refused in words and can be removed whole', async (_name, fileName, bytes, code) => {
    const before = blockCount();
    const draft = await upload(api, designer, fileName, bytes);
    expect([draft.state, expectClear(draft.fault)]).toEqual(['refused', code]);
    expect(await codeOf(api.drafts.publish({ id: draft.id, actor: designer, ...TERMS }))).toBe('done');
    const task = (await api.tasks.list()).at(-1);
    expect(expectClear((await ended(api, task?.id ?? '')).fault)).toBe('models.draft.not-ready');
    for (const part of [api.drafts.mesh, api.drafts.thumbnail])
      expect(await codeOf(part({ id: draft.id }))).toMatch(/^(models|content)\./);
    await api.drafts.remove({ id: draft.id });
    expect(await codeOf(api.drafts.get({ id: draft.id }))).toBe('models.draft.unknown');
    expect(blockCount()).toBe(before);
  });

  it('a good file works after all of them', async () => {
    const draft = await upload(api, designer, 'cube.stl', CUBE);
    expect(draft).toMatchObject({ state: 'ready', analysis: { triangles: 12, watertight: true } });
    await api.drafts.remove({ id: draft.id });
  });
});

describe('uploads', () => {
  const begin = (sizeBytes: number, actor = designer) =>
    api.uploads.begin({ actor, fileName: 'part.stl', sizeBytes });
  const send = (uploadId: string, offset: number, length: number) =>
    api.uploads.chunk({ uploadId, offset, data: new Blob([new Uint8Array(length)]) });

  it('more than was announced ends the upload', async () => {
    const { uploadId } = await begin(100);
    expect(await codeOf(send(uploadId, 0, 101))).toBe('upload.too-large');
    expect(await codeOf(api.uploads.finish({ uploadId }))).toBe('upload.unknown');
  });

  it('parts out of order or twice are refused, and the right one still works', async () => {
    const { uploadId } = await begin(100);
    expect(await codeOf(send(uploadId, 50, 50))).toBe('upload.out-of-order');
    await send(uploadId, 0, 50);
    expect(await codeOf(send(uploadId, 0, 50))).toBe('upload.out-of-order');
    expect((await send(uploadId, 50, 50)).receivedBytes).toBe(100);
    await api.uploads.abort({ uploadId });
  });

  it('one that ends early, or was given up, leaves nothing', async () => {
    const drafts = (await api.drafts.list({ actor: designer })).length;
    const { uploadId } = await begin(100);
    await send(uploadId, 0, 60);
    expect(await codeOf(api.uploads.finish({ uploadId }))).toBe('upload.incomplete');
    const given = await begin(100);
    await api.uploads.abort({ uploadId: given.uploadId });
    expect(await codeOf(send(given.uploadId, 0, 10))).toBe('upload.unknown');
    expect(await api.drafts.list({ actor: designer })).toHaveLength(drafts);
  });

  it('absurd announcements are refused at once', async () => {
    expect(await codeOf(begin(2 ** 40))).toBe('upload.too-large');
    expect(await codeOf(begin(-1))).toBe('api.input');
    expect(await codeOf(begin(Number.NaN))).toBe('api.input');
    expect(await codeOf(begin(10, `0x${'00'.repeat(20)}`))).toBe('account.unknown');
    expect(await codeOf(api.uploads.begin({ actor: designer, fileName: '', sizeBytes: 1 }))).toBe(
      'api.input',
    );
    expect(await codeOf(send('nobody', 0, 1))).toBe('upload.unknown');
  });

  it('too many at once are refused, and make room when they end', async () => {
    const open: string[] = [];
    while (open.length < 8) open.push((await begin(10)).uploadId);
    expect(await codeOf(begin(10))).toBe('upload.too-many');
    for (const uploadId of open) await api.uploads.abort({ uploadId });
    const huge = [await begin(512 * 1024 * 1024), await begin(512 * 1024 * 1024)];
    expect(await codeOf(begin(10))).toBe('upload.too-many');
    for (const { uploadId } of huge) await api.uploads.abort({ uploadId });
  });
});

describe('publishing', () => {
  it('the same draft is published once, however often it is asked', async () => {
    const draft = await upload(api, designer, 'twice.stl', binaryStl(boxFacets([11, 12, 4])));
    const started = await Promise.all(
      [1, 2].map(() => api.drafts.publish({ id: draft.id, actor: designer, ...TERMS })),
    );
    const ends = await Promise.all(started.map(({ taskId }) => ended(api, taskId)));
    expect(ends.map(({ fault }) => fault?.code).sort()).toEqual(['models.draft.publishing', undefined]);
    const again = await publish(api, designer, draft.id);
    expect(expectClear(again.fault)).toBe('models.draft.not-ready');
    await api.drafts.remove({ id: draft.id });
    expect((await api.drafts.get({ id: draft.id })).state).toBe('published');
    const model = await api.models.get({ id: draft.designHash ?? '' });
    expect(model).toMatchObject({ mine: true, hasPreview: true });
  });

  it("somebody else's model: who was first, and when, is told before and at the attempt", async () => {
    const rival = await world.console.services.identities.create('designer', 'Rita Vogel');
    await api.wallet.faucet({ actor: rival });
    const draft = await upload(api, rival, 'mine.stl', sampleModel().bytes);
    const { registered, designer: first } = await api.models.get({ id: modelId });
    expect(draft.registeredBefore).toEqual({
      designer: first,
      height: registered.height,
      timeS: registered.timeS,
    });
    expect(await codeOf(publishAs(draft.id, designer))).toBe('models.draft.not-ready');
    const refused = await publish(api, rival, draft.id);
    expect(expectClear(refused.fault)).toBe('chain.model.taken');
    expect(refused.fault?.message).toContain(first.address);
    expect(refused.fault?.message).toContain(String(registered.height));
    await api.drafts.remove({ id: draft.id });
    expect((await api.models.get({ id: modelId })).designer).toEqual(first);
    expect((await quoted(api, modelId, machine, 1)).totalMicro).toBeGreaterThan(0n);
  });

  /** The refusal of the task as if the call itself were refused. */
  async function publishAs(id: string, actor: string): Promise<void> {
    const { fault } = await publish(api, actor, id);
    if (fault !== undefined) throw Object.assign(new Error(fault.message), { code: 'FAULT', data: fault });
  }
});

describe('quotes', () => {
  it('asked for twice in one second are two, since each is ordered once', async () => {
    const [one, other] = await Promise.all([
      quoted(api, modelId, machine, 1),
      quoted(api, modelId, machine, 1),
    ]);
    expect(one.id).not.toBe(other.id);
    expect(one.totalMicro).toBe(other.totalMicro);
  });

  it('what cannot be printed or is not offered is said before anything is sliced', async () => {
    const large = await upload(api, designer, 'large.stl', binaryStl(boxFacets([300, 40, 40])));
    const { resultId = '' } = await publish(api, designer, large.id);
    expect(expectClear((await askQuote(api, resultId, machine)).fault)).toBe('quotes.too-large');
    const unknown = { fault: 'f'.repeat(64), machine: `0x${'11'.repeat(20)}` };
    expect(expectClear((await askQuote(api, modelId, machine, { material: 'Gold' })).fault)).toBe(
      'quotes.material.unknown',
    );
    expect(expectClear((await askQuote(api, unknown.fault, machine)).fault)).toBe('models.unknown');
    expect(expectClear((await askQuote(api, modelId, machine, { machineId: unknown.machine })).fault)).toBe(
      'machines.unknown',
    );
    expect(await codeOf(askQuote(api, modelId, machine, { quantity: 0 }))).toBe('api.input');
    expect(await codeOf(api.quotes.get({ id: unknown.fault }))).toBe('quotes.unknown');
    expect(await codeOf(api.quotes.get({ id: 'x' }))).toBe('api.input');
  });
});

describe('orders', () => {
  it('what the buyer cannot pay costs nothing', async () => {
    const quote = await quoted(api, modelId, machine, 3);
    const poor = await world.console.services.identities.create('buyer', 'Pia Leer');
    expect(await codeOf(api.orders.place({ actor: poor, quoteId: quote.id }))).toBe('orders.unaffordable');
    // Enough for the price and the deposit, but a millionth short of the fee of the order as well.
    const { feeMicro, depositMicro } = await api.orders.costs({ quoteId: quote.id });
    const neededMicro = quote.totalMicro + feeMicro + depositMicro;
    await api.wallet.send({ actor: buyer, to: poor, token: 'DPN', amountMicro: neededMicro - 1n });
    expect(await codeOf(api.orders.place({ actor: poor, quoteId: quote.id }))).toBe('orders.unaffordable');
    expect(await dpn(poor)).toBe(neededMicro - 1n);
    expect(await api.orders.list({ actor: poor })).toEqual([]);
    await api.wallet.send({ actor: buyer, to: poor, token: 'DPN', amountMicro: 1n });
    expect(await codeOf(api.orders.place({ actor: poor, quoteId: quote.id }))).toBe('done');
    expect(await dpn(poor)).toBe(0n);
  });

  it('a quote is ordered once, also by a double click', async () => {
    const quote = await quoted(api, modelId, machine, 2);
    const before = await dpn(buyer);
    const codes = await Promise.all(
      [1, 2, 3].map(() => codeOf(api.orders.place({ actor: buyer, quoteId: quote.id }))),
    );
    expect(codes.sort()).toEqual(['done', 'orders.quote.used', 'orders.quote.used']);
    expect(await codeOf(api.orders.place({ actor: buyer, quoteId: quote.id }))).toBe('orders.quote.used');
    expect(await codeOf(api.orders.place({ actor: buyer, quoteId: 'e'.repeat(64) }))).toBe('quotes.unknown');
    const spentMicro = before - (await dpn(buyer));
    expect(spentMicro).toBeGreaterThanOrEqual(quote.totalMicro);
    expect(spentMicro).toBeLessThan(quote.totalMicro + 1_000_000n);
  });

  it('only who may act now can act, once, with what the contract knows', async () => {
    const quote = await quoted(api, modelId, machine, 1);
    const { orderId: id } = await api.orders.place({ actor: buyer, quoteId: quote.id });
    const act = (actor: string, event: string, args: Record<string, string> = {}) =>
      codeOf(api.orders.act({ actor, id, event, args }));
    const balance = await dpn(owner);
    expect(await act(buyer, 'accept')).toBe('orders.not-yours');
    expect(await act(designer, 'accept')).toBe('orders.not-yours');
    expect(await act(`0x${'12'.repeat(20)}`, 'accept')).toBe('account.unknown');
    expect(await act(owner, 'fly')).toBe('orders.not-yours');
    expect(await act(owner, 'x'.repeat(100))).toBe('api.input');
    expect(await act(owner, 'ship', { carrier: 'Post', tracking: '1' })).toBe('orders.not-yours');
    expect(await dpn(owner)).toBe(balance);
    expect(await act(owner, 'accept')).toBe('done');
    expect(await act(owner, 'accept')).toBe('orders.not-yours');
    expect(await act(owner, 'fail', { reason: 'x'.repeat(501) })).toBe('api.input');
    expect(await act(owner, 'fail', { reason: 'y'.repeat(500) })).toMatch(/^(orders|paradigm)\./);
    expect(await act(owner, 'fail', { reason: 'The nozzle is worn.' })).toBe('done');
    expect(await act(owner, 'fail', { reason: 'again' })).toBe('orders.not-yours');
    const ghost = `0x${'34'.repeat(20)}`;
    expect(await codeOf(api.orders.act({ actor: owner, id: ghost, event: 'accept', args: {} }))).toBe(
      'orders.unknown',
    );
    expect(await codeOf(api.orders.get({ actor: owner, id: ghost, locale: 'en' }))).toBe('orders.unknown');
    const order = await api.orders.get({ actor: buyer, id, locale: 'en' });
    expect([order.final, order.heldMicro]).toEqual([true, 0n]);
  });

  it('evidence says how far an order came; of no order there is none, and junk is refused by its link', async () => {
    const { orderId } = await orderedJobs(api, modelId, machine, 1);
    const ghost = `0x${'56'.repeat(20)}`;
    expect(await codeOf(api.orders.exportEvidence({ id: ghost }))).toBe('orders.unknown');
    const { file } = await api.orders.exportEvidence({ id: orderId });
    const unfinished = await api.orders.verifyEvidence({ file });
    expect([unfinished.ok, unfinished.orderId]).toEqual([true, orderId]);
    expect(unfinished.links.find(({ name }) => name === 'payment')?.detail).toContain('"accepted"');
    for (const junk of [new Uint8Array(0), sampleModel().bytes]) {
      const report = await api.orders.verifyEvidence({ file: new Blob([junk.slice()]) });
      expect([report.ok, report.broken]).toEqual([false, 'form']);
    }
    await api.orders.act({ actor: owner, id: orderId, event: 'fail', args: { reason: 'enough seen' } });
  });
});

describe('machines', () => {
  it('what no printer is, is not registered', async () => {
    const good = {
      actor: owner,
      name: 'Another',
      driver: 'virtual' as const,
      volumeMm: { x: 100, y: 100, z: 100 },
      nozzleUm: 400,
      rateMicroPerHour: 1n,
      setupMicro: 1n,
      minimumMicro: 1n,
    };
    const count = (await api.machines.list()).length;
    const add = (change: Partial<typeof good>) => codeOf(api.machines.add({ ...good, ...change }));
    expect(await add({ rateMicroPerHour: -1n })).toBe('api.input');
    expect(await add({ setupMicro: 2n ** 64n })).toBe('api.input');
    expect(await add({ name: '' })).toBe('api.input');
    expect(await add({ volumeMm: { x: 0, y: 100, z: 100 } })).toBe('machines.profile');
    expect(await add({ nozzleUm: 40_000_000 })).toBe('machines.profile');
    expect(await codeOf(api.machines.add({ ...good, driver: 'serial' }))).toBe('connection.port.missing');
    const id = `0x${'78'.repeat(20)}`;
    const expiresMs = Date.now() + 10_000;
    for (const call of [
      api.machines.get({ id }),
      api.machines.connect({ id }),
      api.machines.disconnect({ id }),
      api.machines.emergencyStop({ id }),
      api.machines.confirmBedClear({ id }),
      api.machines.setTimeScale({ id, timeScale: 5 }),
      api.machines.saveRule({ id, rule: { enabled: true, minimumMicro: 0n, quantityMax: 1 } }),
      api.machines.pause({ id, expiresMs }),
      api.machines.send({ id, command: 'M105', expiresMs }),
    ])
      expect(await codeOf(call)).toBe('machines.unknown');
    expect(await api.machines.list()).toHaveLength(count);
    expect(world.console.services.machines.rows()).toHaveLength(count);
  });
});

describe('money', () => {
  it('is not sent to nobody, in no amount, or twice', async () => {
    const send = (to: string, amountMicro: bigint) =>
      codeOf(api.wallet.send({ actor: buyer, to, token: 'DPN', amountMicro }));
    const before = await dpn(buyer);
    expect(
      await send(
        owner.replace(/[a-f]/i, (digit) =>
          digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase(),
        ),
        1n,
      ),
    ).toBe('wallet.address.invalid');
    expect(await send('0x12', 1n)).toBe('api.input');
    expect(await send(owner, 0n)).toBe('api.input');
    expect(await send(owner, 10n ** 30n)).toBe('api.input');
    expect(await send(owner, 10n ** 18n)).toBe('chain.bank.unaffordable');
    const spentMicro = before - (await dpn(buyer));
    expect(spentMicro).toBeLessThan(100_000n);
    expect(await send(owner, 5n)).toBe('done');
  });
});

describe('slicers that misbehave', () => {
  let folder = '';
  let bad: TestWorld;
  const mode = (name: string) => writeFileSync(join(folder, 'mode'), name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dipnet-slicer-e2e-'));
    const script = join(folder, 'prusa-slicer');
    writeFileSync(
      script,
      `#!/bin/sh
if [ "$1" = "--help" ]; then echo "PrusaSlicer-2.9.0 based on Slic3r"; exit 0; fi
case "$(cat "${folder}/mode")" in
  hang) echo $$ > "${folder}/pid"; sleep 600 & wait ;;
  flood) yes "a line that nobody needs" ;;
  fail) echo "error: something" >&2; exit 3 ;;
  silent) exit 0 ;;
esac
`,
    );
    chmodSync(script, 0o755);
    mode('fail');
    bad = await openTestWorld(true, { slicer: { prusaPath: script, timeoutMs: 4000 } });
  });
  afterAll(async () => {
    await bad.remove();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['fail', 'slicer.failed'],
    ['silent', 'slicer.empty'],
    ['flood', 'slicer.flood'],
    ['hang', 'slicer.timeout'],
  ])('one that does "%s" is stopped and named', async (name, code) => {
    mode(name);
    const { api: ask } = bad.console;
    const [model] = await ask.models.list({});
    const [printer] = await ask.machines.list();
    if (model === undefined || printer === undefined) throw new Error('the world is stocked');
    const task = await askQuote(ask, model.id, printer);
    expect([task.state, expectClear(task.fault)]).toEqual(['failed', code]);
  });

  it('one that hangs can be cancelled, and leaves nothing', async () => {
    mode('hang');
    rmSync(join(folder, 'pid'), { force: true });
    const { api: ask, services } = bad.console;
    const [model] = await ask.models.list({});
    const [printer] = await ask.machines.list();
    if (model === undefined || printer === undefined) throw new Error('the world is stocked');
    const asked = askQuote(ask, model.id, printer);
    const pid = await until(() => readdirSync(folder).find((name) => name === 'pid'));
    expect(pid).toBe('pid');
    const running = (await ask.tasks.list()).find(({ state }) => state === 'running');
    await ask.tasks.cancel({ id: running?.id ?? '' });
    const task = await asked;
    expect([task.state, expectClear(task.fault)]).toEqual(['cancelled', 'task.cancelled']);
    expect(await codeOf(ask.tasks.cancel({ id: task.id }))).toBe('task.not-cancellable');
    expect(await codeOf(ask.tasks.cancel({ id: 'no such task' }))).toBe('task.unknown');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`dipnet-slice-${process.pid}-`))).toEqual(
      [],
    );
    expect(services.tasks.list().every(({ state }) => state !== 'running')).toBe(true);
  });
});
