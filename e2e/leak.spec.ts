// After a protected print, nothing of its lines is left: not in the data folder, not in the logs, not in what the
// terminal page was told.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobView, MachineEventView, MachineView } from '../node-core/api/index.ts';
import { bytesToHex, unwrap } from '../node-core/base/index.ts';
import { loadContent } from '../node-core/content/index.ts';
import { createFileBlockStore } from '../node-core/host/adapters/block-store.ts';
import { nativeAead, nativeSha256 } from '../node-core/host/adapters/system.ts';
import { gcodeKey } from '../node-core/host/services/keyring.ts';
import { recordHash } from '../node-core/records/index.ts';
import type { Api } from './acts.ts';
import { openPrintingWorld, until } from './acts.ts';
import type { TestWorld } from './world.ts';

let world: TestWorld;
let api: Api;
let machine: MachineView;
let job: JobView;
const told: MachineEventView[] = [];
const watching = new AbortController();

beforeAll(async () => {
  ({ world, machine, job } = await openPrintingWorld(1000, 1));
  api = world.console.api;
  void (async () => {
    for await (const event of await api.machines.watch({ id: machine.id }, { signal: watching.signal }))
      told.push(event);
  })().catch(() => undefined);
  await api.machines.confirmBedClear({ id: machine.id });
  await api.jobs.start({ id: job.id, expiresMs: Date.now() + 10_000 });
  job = await until(async () => {
    const now = await api.jobs.get({ id: job.id });
    return now.state === 'finished' || now.state === 'failed' ? now : undefined;
  });
});
afterAll(async () => {
  watching.abort();
  await world?.remove();
});

/** The file's own lines, read as its owner may: the ones that move and extrude, which no other file holds. */
async function secretLines(): Promise<string[]> {
  const { quotes, models, orders } = world.console.services;
  const order = unwrap(await orders.open(job.orderId ?? ''));
  const model = unwrap(await models.open(bytesToHex(order.quote.designHash)));
  const id = quotes.gcodeContentId(bytesToHex(recordHash(order.quote))) ?? '';
  const key = gcodeKey(model.key, order.quote.slice.gcodeHash);
  const blocks = createFileBlockStore(join(world.folder, 'blocks'));
  const crypto = { ...nativeAead, sha256: nativeSha256 };
  const gcode = unwrap(loadContent(id, key, blocks, crypto));
  return Buffer.from(gcode)
    .toString('latin1')
    .split('\n')
    .filter((line) => /^G1 X[\d.]+ Y[\d.]+ E[\d.]+/.test(line));
}

it('prints whole, released chunk by chunk', () => {
  expect(job.fault).toBeUndefined();
  expect(job.state).toBe('finished');
});

it('leaves none of its lines in the data folder or its logs', async () => {
  const lines = await secretLines();
  expect(lines.length).toBeGreaterThan(100);
  // The whole line, and its words alone, as a log of what was sent would show them.
  const known = [lines[5], lines[Math.floor(lines.length / 2)], lines.at(-5)].map((line) => line ?? '');
  const files = readdirSync(world.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const entry of files) {
    const text = readFileSync(join(entry.parentPath, entry.name)).toString('latin1');
    for (const line of known) expect(text.includes(line), `${entry.name} holds ${line}`).toBe(false);
    expect(/\nG1 X[\d.]+ Y[\d.]+ E[\d.]+/.test(text), entry.name).toBe(false);
  }
});

it('tells the terminal page none of them', () => {
  const shown = told.flatMap((event) => (event.type === 'lines' ? event.lines.map(({ text }) => text) : []));
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.filter((text) => /^(N\d+ )?G[0-3] .*E/.test(text))).toEqual([]);
});
