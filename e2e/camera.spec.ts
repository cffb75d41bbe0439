// A machine that is watched: its camera's picture on the owner's page, a camera in the network with its troubles, the
// single picture that a buyer may see, and the film of a print, whose pictures the signed record names.

import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CameraView, MachineView } from '../node-core/api/index.ts';
import { encodeJpeg, parsePicture } from '../node-core/camera/index.ts';
import { parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import type { Api } from './acts.ts';
import { addressOf, codeOf, orderedJobs, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

const JPEG = Buffer.from(encodeJpeg(new Uint8Array(48 * 32 * 3).fill(200), 48, 32));

let world: TestWorld;
let api: Api;
let machine: MachineView;
let camera: Server;
let cameraUrl = '';
const watchers = new Set<ServerResponse>();

beforeAll(async () => {
  world = await openTestWorld(true);
  api = world.console.api;
  const [first] = await api.machines.list();
  if (first === undefined) throw new Error('the world is stocked');
  machine = first;
  camera = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=x' });
    watchers.add(response);
    response.on('close', () => watchers.delete(response));
    response.write(JPEG);
  });
  await new Promise<void>((resolve) => camera.listen(0, '127.0.0.1', resolve));
  cameraUrl = `http://127.0.0.1:${(camera.address() as AddressInfo).port}/stream`;
});
afterAll(async () => {
  camera?.closeAllConnections();
  camera?.close();
  await world?.remove();
});

const bytesOf = async (blob: Blob | undefined) => new Uint8Array((await blob?.arrayBuffer()) ?? []);
const settings = async (): Promise<Omit<CameraView, 'hasPassword'>> => {
  const { hasPassword: _, ...rest } = await api.cameras.get({ id: machine.id });
  return rest;
};

it('a virtual printer is seen from the start, in pictures that a browser can read', async () => {
  await api.machines.connect({ id: machine.id });
  const frame = await until(async () => {
    const next = await api.cameras.frame({ id: machine.id, after: 0 });
    return next.picture === undefined ? undefined : next;
  });
  expect(frame).toMatchObject({ state: 'live', width: 320, height: 240 });
  expect(parsePicture(await bytesOf(frame.picture))?.width).toBe(320);
});

it('the buyer of the copy that is being printed sees a picture where the owner allows it, and nobody else does', async () => {
  const { id } = machine;
  await api.machines.setTimeScale({ id, timeScale: 20 });
  const [model] = await api.models.list({});
  const { orderId, jobs } = await orderedJobs(api, model?.id ?? '', machine, 1);
  const [owner, buyer] = [await addressOf(api, 'owner'), await addressOf(api, 'buyer')];
  const look = (actor: string) => api.cameras.orderPicture({ actor, orderId });
  await api.machines.confirmBedClear({ id });
  await api.jobs.start({ id: jobs[0]?.id ?? '', expiresMs: Date.now() + 10_000 });
  await api.cameras.save({ id, ...(await settings()), showsBuyers: false });
  expect(await codeOf(look(buyer))).toBe('camera.not-allowed');
  await api.cameras.save({ id, ...(await settings()), showsBuyers: true });
  const seen = await until(async () => {
    const picture = await look(buyer);
    return picture.layersTotal > 1 ? picture : undefined;
  });
  expect(parsePicture(await bytesOf(seen.picture))?.width).toBe(320);
  expect(await codeOf(look(owner))).toBe('camera.not-allowed');
  await api.machines.cancel({ id, expiresMs: Date.now() + 10_000 });
  await until(async () =>
    (await api.jobs.get({ id: jobs[0]?.id ?? '' })).state === 'cancelled' ? true : undefined,
  );
  expect(await codeOf(look(buyer))).toBe('camera.not-allowed');
});

it('the film of a print has a picture a layer, and the signed record names each one', async () => {
  const { id } = machine;
  await api.machines.setTimeScale({ id, timeScale: 1000 });
  const [model] = await api.models.list({});
  const { jobs } = await orderedJobs(api, model?.id ?? '', machine, 1);
  const jobId = jobs[0]?.id ?? '';
  await api.machines.confirmBedClear({ id });
  await api.jobs.start({ id: jobId, expiresMs: Date.now() + 10_000 });
  const job = await until(async () => {
    const now = await api.jobs.get({ id: jobId });
    return now.state === 'finished' || now.state === 'failed' ? now : undefined;
  });
  expect(job.fault).toBeUndefined();
  const { frames } = await api.cameras.timelapse({ jobId });
  expect(frames.length).toBeGreaterThan(1);
  const log = world.console.services.store.log(jobId, 1);
  const named = log.entries.flatMap((bytes) => {
    const entry = parseRecord(TelemetryEntry, 'telemetry', bytes);
    return entry.ok && entry.value.event.type === 'photo' ? [Buffer.from(entry.value.event.hash)] : [];
  });
  expect(named.map((hash) => hash.toString('hex'))).toEqual(frames.map(({ hash }) => hash));
  for (const [index, { hash }] of frames.entries()) {
    const jpeg = await bytesOf(await api.cameras.timelapsePicture({ jobId, index }));
    expect(createHash('sha256').update(jpeg).digest('hex')).toBe(hash);
    expect(parsePicture(jpeg)).toBeDefined();
  }
  expect(await codeOf(api.cameras.timelapsePicture({ jobId, index: frames.length }))).toBe(
    'camera.timelapse.none',
  );
});

it('a camera in the network shows its pictures, says when it has none, and comes back by itself', async () => {
  const { id } = machine;
  const input = { id, ...(await settings()), source: 'network', user: 'eye', password: 'p4ss' } as const;
  expect(await codeOf(api.cameras.test({ ...input, url: 'http://8.8.8.8/a.jpg' }))).toBe('camera.not-local');
  const tested = await api.cameras.test({ ...input, url: cameraUrl });
  expect([tested.width, tested.height]).toEqual([48, 32]);
  await api.cameras.save({ ...input, url: cameraUrl, rotate: 90 });
  expect(await api.cameras.get({ id })).toMatchObject({ url: cameraUrl, user: 'eye', hasPassword: true });
  expect(JSON.stringify(await api.cameras.get({ id }))).not.toContain('p4ss');
  const frame = await until(async () => {
    const next = await api.cameras.frame({ id, after: 0 });
    return next.state === 'live' ? next : undefined;
  });
  expect(Buffer.from(await bytesOf(frame.picture))).toEqual(JPEG);
  expect(frame.rotate).toBe(90);
  // The camera drops everybody: the old picture stays, with the reason, until a new one is there.
  for (const watcher of watchers) watcher.destroy();
  const cut = await until(async () => {
    const next = await api.cameras.frame({ id, after: frame.seq });
    return next.state === 'waiting' ? next : undefined;
  });
  expect(cut.seq).toBe(frame.seq);
  expect(cut.fault?.code).toMatch(/^camera\.(ended|unreachable)$/);
  const back = await until(async () => {
    const next = await api.cameras.frame({ id, after: frame.seq });
    return next.seq > frame.seq ? next : undefined;
  });
  expect(back.state).toBe('live');
});

it('only the owner looks; a buyer sees a picture of a print under way alone', async () => {
  const [order] = await api.orders.list({ actor: machine.owner.address });
  const actor = await addressOf(api, 'buyer');
  expect(await codeOf(api.cameras.orderPicture({ actor, orderId: order?.id ?? '' }))).toBe(
    'camera.not-allowed',
  );
});
