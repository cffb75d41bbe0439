// The real worker, bundled as it is shipped, with virtual printers and a pseudo-terminal in it.

import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Result } from '../../base/index.ts';
import { ok, refuse, unwrap } from '../../base/index.ts';
import type { ChunkRequest, ReleasedChunk } from '../../content/index.ts';
import { StreamReleaser, storeContent, streamChunkEnds, streamFault } from '../../content/index.ts';
import { checkExecuted, sampleJob } from '../../devices/driver-conformance.ts';
import type { MachineEvent } from '../../devices/index.ts';
import { prepareJob } from '../../devices/index.ts';
import { runVirtualPrinter } from '../../devices/virtual/index.ts';
import { createKeyPair } from '../../identity/index.ts';
import { jobHash, type TelemetryBatch, verifyTelemetry } from '../../jobs/index.ts';
import { createMachineService, type MachineHandle, type MachineService } from './machine-service.ts';
import { createSeededRandom, nativeAead, nativeSha256, systemClock } from './system.ts';
import { bundleMachineWorker } from './testing/worker-bundle.ts';
import { openVirtualPty } from './virtual-pty.ts';

const hasSocat = spawnSync('socat', ['-V']).status === 0;
let worker: Awaited<ReturnType<typeof bundleMachineWorker>>;
let service: MachineService;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  worker = await bundleMachineWorker();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => worker.remove());

function start(): MachineService {
  service = createMachineService({ workerUrl: worker.url });
  closers.push(() => service.close());
  return service;
}

async function virtual(machineId: string, timeScale: number): Promise<MachineHandle> {
  return unwrap(await service.open({ machineId, driver: 'virtual', timeScale }));
}

const plain = (gcode: Uint8Array) => ({ kind: 'plain' as const, gcode });

test('prints in the worker, with a record that verifies', async () => {
  start();
  const machine = await virtual('m', 2000);
  const events: MachineEvent[] = [];
  machine.onEvent((event) => events.push(event));
  const batches: TelemetryBatch[] = [];
  machine.onTelemetry((jobId, batch) => {
    expect(jobId).toBe('o.1');
    batches.push(batch);
  });
  const report = unwrap(await machine.connect());
  expect(report.firmware).toContain('Marlin');
  // The live view follows where it really is: nozzle-trace.test.ts.
  expect(report.capabilities).toContain('AUTOREPORT_POS');
  const key = createKeyPair(new Uint8Array(32).fill(9));
  const { gcode, lines } = sampleJob(20);
  const record = {
    job: jobHash('o.1'),
    copy: 1,
    gcodeHash: nativeSha256(gcode),
    startedS: 1_800_000_000,
    secretKey: key.secretKey,
  };
  const end = unwrap(await machine.print({ jobId: 'o.1', source: plain(gcode), record }));
  expect(end).toMatchObject({
    outcome: 'finished',
    progress: { linesAcknowledged: lines.length, layer: 20 },
  });
  expect(gcode.length).toBe(0);
  const entries = batches.flatMap((batch) => batch.entries);
  const checkpoints = batches.flatMap((batch) => batch.checkpoints);
  expect(unwrap(verifyTelemetry(entries, checkpoints, key.publicKey))).toMatchObject({
    outcome: 'finished',
    linesAcknowledged: lines.length,
    layers: 20,
    filamentUm: end.filamentUm,
  });
  const truth = unwrap(await machine.truth());
  expect([truth.nozzleTargetC, truth.bedTargetC, truth.bedOccupied]).toEqual([0, 0, true]);
  unwrap(await machine.clearBed());
  expect(unwrap(await machine.truth()).bedOccupied).toBe(false);
  expect(machine.state).toBe('idle');
  expect(events.some((event) => event.type === 'progress')).toBe(true);
});

test('encrypted G-code is opened in the worker; other G-code than agreed is refused', async () => {
  start();
  const machine = await virtual('m', 2000);
  unwrap(await machine.connect());
  const { gcode } = sampleJob(2);
  const blocks = new Map<string, Uint8Array>();
  const store = {
    put: (id: string, block: Uint8Array) => void blocks.set(id, block),
    get: (id: string) => blocks.get(id),
    has: (id: string) => blocks.has(id),
  };
  const key = new Uint8Array(32).fill(3);
  const crypto = { ...nativeAead, sha256: nativeSha256 };
  const random = createSeededRandom('test');
  const contentId = await storeContent({ file: gcode, key, store, random, crypto });
  const source = { kind: 'sealed' as const, contentId, key, blocks: [...blocks] };
  expect(unwrap(await machine.print({ jobId: 'a', source }))).toMatchObject({ outcome: 'finished' });
  const wrongKey = { ...source, key: new Uint8Array(32) };
  expect(await machine.print({ jobId: 'a', source: wrongKey })).toMatchObject({
    ok: false,
    fault: { code: 'content.damaged' },
  });
  const record = {
    job: jobHash('a'),
    copy: 1,
    gcodeHash: new Uint8Array(32),
    startedS: 1,
    secretKey: key,
  };
  expect(await machine.print({ jobId: 'a', source, record })).toMatchObject({
    ok: false,
    fault: { code: 'device.job.altered' },
  });
});

test('pause, resume, cancel, emergency stop and refusals cross the border', async () => {
  start();
  const machine = await virtual('m', 200);
  expect(await machine.print({ jobId: 'x', source: plain(sampleJob(1).gcode) })).toMatchObject({ ok: false });
  unwrap(await machine.connect());
  const reaches = (state: string) =>
    new Promise<void>((resolve) => {
      const stop = machine.onEvent((event) => {
        if (event.type !== 'state' || event.state !== state) return;
        stop();
        resolve();
      });
    });
  const heating = reaches('heating');
  const printing = machine.print({ jobId: 'a', source: plain(sampleJob(300).gcode) });
  await heating;
  expect(await machine.send('G28')).toMatchObject({ ok: false, fault: { code: 'device.busy' } });
  unwrap(await machine.pause());
  expect(machine.state).toBe('paused');
  unwrap(await machine.resume());
  unwrap(await machine.cancel());
  expect(unwrap(await printing).outcome).toBe('cancelled');
  const again = reaches('printing');
  const second = machine.print({ jobId: 'b', source: plain(sampleJob(300).gcode) });
  await again;
  await machine.emergencyStop();
  expect(unwrap(await second)).toMatchObject({ outcome: 'failed', fault: { code: 'device.emergency-stop' } });
  expect(unwrap(await machine.truth()).halted).toContain('M112');
});

test('fifty printers at once in one worker', async () => {
  start();
  const ends = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const machine = await virtual(`m${i}`, 5000);
      unwrap(await machine.connect());
      return unwrap(await machine.print({ jobId: `${i}`, source: plain(sampleJob(5).gcode) })).outcome;
    }),
  );
  expect(ends).toEqual(Array.from({ length: 50 }, () => 'finished'));
});

test.skipIf(!hasSocat)(
  'if the worker dies, the job fails, the heaters go off, and the next call works',
  async () => {
    start();
    const pty = unwrap(await openVirtualPty());
    closers.push(() => pty.link.close());
    const printer = runVirtualPrinter(pty.link, { clock: systemClock, timeScale: 20, keepLog: true });
    const config = { machineId: 's', driver: 'serial' as const, path: pty.path, baudRate: 115_200 };
    const machine = unwrap(await service.open(config));
    unwrap(await machine.connect());
    const states: string[] = [];
    const heating = new Promise<void>((resolve) => {
      machine.onEvent((event) => {
        if (event.type !== 'state') return;
        states.push(event.state);
        if (event.state === 'heating') resolve();
      });
    });
    const { gcode, lines } = sampleJob(5);
    const printing = machine.print({ jobId: 'a', source: plain(gcode) });
    await heating;
    expect(printer.truth().nozzleTargetC).toBe(200);
    await (service as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate();
    expect(await printing).toMatchObject({ ok: false, fault: { code: 'device.worker.died' } });
    expect(states.at(-1)).toBe('offline');
    const cold = () => printer.truth().nozzleTargetC === 0 && printer.truth().bedTargetC === 0;
    for (let i = 0; i < 500 && !cold(); i++) await systemClock.sleep(10);
    expect(cold()).toBe(true);
    checkExecuted(printer.truth().log, lines, false);
    expect(unwrap(await machine.connect()).firmware).toContain('Marlin');
    expect(unwrap(await machine.send('M114'))[0]).toContain('X:');
  },
);

test('what the worker is not told it does not know', async () => {
  start();
  const machine = await virtual('m', 1000);
  expect(await machine.truth()).toMatchObject({ ok: false, fault: { code: 'device.not-connected' } });
  await service.remove('m');
  expect(await machine.connect()).toMatchObject({ ok: false, fault: { code: 'device.unknown' } });
});

test('a streamed file prints from what is released, through cuts of the supply, for this machine only', async () => {
  start();
  const machine = await virtual('m', 2000);
  unwrap(await machine.connect());
  const key = createKeyPair(new Uint8Array(32).fill(9));
  const { gcode, lines } = sampleJob(400);
  const { count, layerStarts } = unwrap(prepareJob(gcode));
  const gcodeHash = nativeSha256(gcode);
  const facts = { job: jobHash('o.1'), copy: 1, gcodeHash };
  const releaserFor = (publicKey: Uint8Array) =>
    new StreamReleaser({
      file: { ends: streamChunkEnds(gcode), read: (from, to) => ok(gcode.slice(from, to)) },
      key: gcodeHash,
      facts: { ...facts, attempt: 1, machine: publicKey, lines: count, layerStarts: [...layerStarts] },
      random: createSeededRandom('stream'),
      aead: nativeAead,
    });
  const record = { ...facts, startedS: 1, secretKey: key.secretKey };
  const foreign = releaserFor(createKeyPair(new Uint8Array(32).fill(8)).publicKey);
  const asked = { jobId: 'o.1', record, source: { kind: 'stream', grant: foreign.grant } } as const;
  const refused = await machine.print(asked, async (request) => foreign.release(request));
  expect(refused).toMatchObject({ ok: false, fault: { code: 'stream.not-this-machine' } });
  const releaser = releaserFor(key.publicKey);
  let requests = 0;
  const release = async (request: ChunkRequest): Promise<Result<ReleasedChunk>> => {
    requests++;
    // Each third question meets a cut: refused at once, or answered and the answer lost.
    if (requests % 3 === 1) return refuse(streamFault('stream.unreachable'));
    if (requests % 3 === 2) releaser.release(request);
    return releaser.release(request);
  };
  const source = { kind: 'stream', grant: releaser.grant } as const;
  const end = unwrap(await machine.print({ jobId: 'o.1', record, source }, release));
  expect(end).toMatchObject({
    outcome: 'finished',
    progress: { linesAcknowledged: lines.length, layer: 400 },
  });
  expect(releaser.released).toBe(releaser.grant.header.chunks);
  expect(releaser.released).toBeGreaterThan(5);
  // The same stream again: its keys were given.
  const again = await machine.print({ jobId: 'o.1', record, source }, async (request) =>
    releaser.release(request),
  );
  expect(unwrap(again)).toMatchObject({ outcome: 'failed', fault: { code: 'stream.order' } });
});
