// The designer's console releases the print file to a printer of another console while it prints: over a station, part by
// part, on one chain. Cut off for long the printer waits set aside and goes on; stopped by the designer it ends cold; and
// the printer's console never has the file.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobView } from '../node-core/api/index.ts';
import type { Bytes } from '../node-core/base/index.ts';
import { bytesToHex, hexToBytes, unwrap } from '../node-core/base/index.ts';
import { parsePicture } from '../node-core/camera/index.ts';
import { loadContent } from '../node-core/content/index.ts';
import type { ReleaseFile, VerifyEvidenceOptions } from '../node-core/evidence/index.ts';
import {
  encodeReleaseFile,
  parseEvidence,
  parseReleaseFile,
  verifyEvidence,
} from '../node-core/evidence/index.ts';
import { createFileBlockStore } from '../node-core/host/adapters/block-store.ts';
import { nativeAead, nativeSha256 } from '../node-core/host/adapters/system.ts';
import { gcodeKey, releaseContext } from '../node-core/host/services/keyring.ts';
import { WATCH_SUBJECT } from '../node-core/host/services/print-reporter.ts';
import { createWebHost } from '../node-core/host/web/index.ts';
import { signMessage, unwrapKey } from '../node-core/identity/index.ts';
import { checkpointMessage, encodeWatchWord, parseWatchAsk, type WatchAsk } from '../node-core/jobs/index.ts';
import { decodeToolpath } from '../node-core/models/index.ts';
import { recordHash } from '../node-core/records/index.ts';
import { needTool } from '../scripts/tools.mjs';
import { addressOf, codeOf, quoted, until } from './acts.ts';
import { goTo, hold, launchBrowser, openPage, shoot, switchRole } from './browser.ts';
import { openTwoWorlds, type TwoWorlds } from './testing/two-worlds.ts';
import { ROOT } from './world.ts';

const chromiumPath = needTool('chromium', 'pages of a release');

const TIME_SCALE = 400;
/** Words of the release until the machine has printed a part of it: the grant, the four parts ahead, and one more. */
const WORDS_UNTIL_PRINTED = 6;

let worlds: TwoWorlds;
/** What the terminal page of the printer's console was told. */
const told: string[] = [];
/** Where the printer's console tells its disk, and the chain, another story than it signed to the designer. */
let lies = false;
const watching = new AbortController();
beforeAll(async () => {
  worlds = await openTwoWorlds(TIME_SCALE);
  retell();
  void (async () => {
    const { signal } = watching;
    for await (const event of await prints().machines.watch({ id: worlds.machine.id }, { signal }))
      if (event.type === 'lines') told.push(...event.lines.map(({ text }) => text));
  })().catch(() => undefined);
});
afterAll(async () => {
  watching.abort();
  await worlds?.close();
});

const designs = () => worlds.first.console.api;
const prints = () => worlds.second.console.api;

async function order(): Promise<{ readonly orderId: string; readonly job: JobView }> {
  const [model] = await designs().models.list({});
  const quote = await quoted(designs(), model?.id ?? '', worlds.machine, 1);
  const buyer = await addressOf(designs(), 'buyer');
  const { orderId } = await designs().orders.place({ actor: buyer, quoteId: quote.id });
  const owner = await addressOf(prints(), 'owner');
  await until(async () => {
    const accepted = await codeOf(
      prints().orders.act({ actor: owner, id: orderId, event: 'accept', args: {} }),
    );
    return accepted === 'done' ? true : undefined;
  });
  const job = await until(async () => (await prints().jobs.list({})).find((one) => one.orderId === orderId));
  return { orderId, job };
}

async function start(job: JobView): Promise<void> {
  await prints().machines.confirmBedClear({ id: worlds.machine.id });
  await prints().jobs.start({ id: job.id, expiresMs: Date.now() + 10_000 });
}

const untilJob = (id: string, ...states: readonly string[]) =>
  until(async () => {
    const job = await prints().jobs.get({ id });
    return states.includes(job.state) ? job : undefined;
  });

/** Cuts the way before the answer that the first console is about to give for the so-manyth time. */
function cutAt(orderId: string, words: number): Promise<void> {
  return new Promise((resolve) => {
    let heard = 0;
    const stop = worlds.first.console.services.bus.listen((event) => {
      if (event.type !== 'changed' || event.topic !== 'orders' || event.id !== orderId) return;
      if (++heard < words) return;
      stop();
      worlds.wire.cut();
      resolve();
    });
  });
}

/** Resolves with the cut; a print that ends before it says why, and is not waited for. */
async function untilCut(cut: Promise<void>, job: JobView): Promise<void> {
  const over = new AbortController();
  const early = until(async () => {
    if (over.signal.aborted) return null;
    const { state, fault } = await prints().jobs.get({ id: job.id });
    return ['failed', 'finished', 'cancelled'].includes(state) ? { state, fault } : undefined;
  });
  const ended = await Promise.race([cut.then(() => null), early]);
  over.abort();
  expect(ended, 'the print ended before it was cut off').toBeNull();
}

/** The owner of the machine has its key: the record that is kept is another one, cooler, and properly signed. */
function retell(): void {
  const { store, machines } = worlds.second.console.services;
  const { secretKey } = machines.keyPair(worlds.machine.id);
  const keep = store.appendTelemetry.bind(store);
  let previous: Bytes = new Uint8Array(32);
  const heads = new Map<number, Bytes>();
  store.appendTelemetry = (job, attempt, { entries, checkpoints }) => {
    if (!lies) return keep(job, attempt, { entries, checkpoints });
    const other = entries.map((entry) => {
      const event =
        entry.event.type === 'temperature'
          ? { ...entry.event, nozzleDeciC: entry.event.nozzleDeciC - 50 }
          : entry.event;
      const told = { ...entry, previous: entry.index === 0 ? entry.previous : previous, event };
      previous = recordHash(told);
      heads.set(told.index, previous);
      return told;
    });
    const signed = checkpoints.map(({ index }) => {
      const head = heads.get(index) ?? new Uint8Array(32);
      return { index, head, signature: signMessage(secretKey, checkpointMessage(index, head)) };
    });
    return keep(job, attempt, { entries: other, checkpoints: signed });
  };
}

const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer());

/** As the printer's console exports it, once its report is on the chain. */
const evidenceOf = (id: string) =>
  until(async () => {
    const { file } = await prints().orders.exportEvidence({ id });
    const bytes = await bytesOf(file);
    return unwrap(parseEvidence(bytes)).telemetry.length === 1 ? bytes : undefined;
  });

async function secretLines(orderId: string): Promise<string[]> {
  const { quotes, models, orders } = worlds.first.console.services;
  const { quote } = unwrap(await orders.open(orderId));
  const model = unwrap(await models.open(bytesToHex(quote.designHash)));
  const id = quotes.gcodeContentId(bytesToHex(recordHash(quote))) ?? '';
  const blocks = createFileBlockStore(join(worlds.first.folder, 'blocks'));
  const crypto = { ...nativeAead, sha256: nativeSha256 };
  const gcode = unwrap(loadContent(id, gcodeKey(model.key, quote.slice.gcodeHash), blocks, crypto));
  const lines = Buffer.from(gcode).toString('latin1').split('\n');
  return lines.filter((line) => /^G1 X[\d.]+ Y[\d.]+ E[\d.]+/.test(line));
}

/** How the buyer's console sees the print of the order. */
async function watched(orderId: string, account: 'buyer' | 'designer' = 'buyer') {
  const actor = await addressOf(designs(), account);
  return designs().cameras.watchOrder({ actor, orderId });
}

describe('a print on another console', () => {
  it('is watched by the parties of its order as far as its owner shows it, and by nobody else', async () => {
    const { id } = worlds.machine;
    const { orderId, job } = await order();
    const { messenger, watcher, parties } = worlds.first.console.services;
    const [buyer, designer] = [await addressOf(designs(), 'buyer'), await addressOf(designs(), 'designer')];
    const asks: WatchAsk[] = [];
    const say = messenger.say.bind(messenger);
    messenger.say = (from, to, word) => {
      if (word.subject === WATCH_SUBJECT && from === buyer) asks.push(unwrap(parseWatchAsk(word.data)));
      return say(from, to, word);
    };
    const before = await until(async () => {
      const view = await watched(orderId);
      return view.print === undefined ? undefined : view;
    });
    expect(before).toMatchObject({
      here: false,
      stale: false,
      print: { state: 'waiting', copy: 1, layer: 0 },
    });
    expect(before.sight).toEqual({ progress: true, temperatures: false, pictures: false });
    expect(before.print?.temperatures).toBeUndefined();
    // Who knows the question, and is a party, is not the maker all the same.
    const forged = (nonce: Uint8Array) => {
      const sight = { progress: true, temperatures: true, pictures: true };
      const order = hexToBytes(orderId.slice(2));
      return encodeWatchWord({ v: 1, order, nonce, index: 1000, sight, facts: null });
    };
    const newest = asks.at(-1)?.nonce ?? new Uint8Array(16);
    watcher.hear(buyer, designer, 'report', forged(newest));
    watcher.hear(designer, worlds.machine.owner.address, 'report', forged(newest));
    expect((await watched(orderId)).sight).toEqual(before.sight);
    // A stranger of the order, whose console knows its number, is told nothing there and asks in vain elsewhere.
    const stranger = await addressOf(designs(), 'owner');
    expect(parties.party(stranger).address).toBe(stranger);
    expect(await codeOf(designs().cameras.watchOrder({ actor: stranger, orderId }))).toBe('orders.not-yours');
    await prints().machines.saveShop({ id, sight: { progress: true, temperatures: true } });
    const camera = await prints().cameras.get({ id });
    await prints().cameras.save({ ...camera, id, showsBuyers: true });
    const states = new Set<string>();
    await start(job);
    const ended = await until(async () => {
      const view = await watched(orderId);
      states.add(view.print?.state ?? '');
      return view.print?.state === 'finished' ? view : undefined;
    });
    expect([...states]).toContain('printing');
    expect(ended.print).toMatchObject({ share: 1, copies: 1, attempt: 1 });
    expect(ended.print?.layer).toBe(ended.print?.layers);
    expect(ended.print?.temperatures?.nozzleC).toBeGreaterThan(0);
    expect(ended.print?.heightMm).toBeGreaterThan(1);
    // A picture has its own way, and may arrive after the word of the end.
    const seen = await until(async () => {
      const code = await codeOf(designs().cameras.orderPicture({ actor: buyer, orderId }));
      if (code === 'camera.not-yet') return undefined;
      return designs().cameras.orderPicture({ actor: buyer, orderId });
    });
    expect(parsePicture(new Uint8Array(await seen.picture.arrayBuffer()))?.width).toBe(320);
    expect(await codeOf(designs().cameras.orderPicture({ actor: designer, orderId }))).toBe(
      'camera.not-allowed',
    );
    expect((await until(async () => (await watched(orderId, 'designer')).print)).state).toBe('finished');
    await prints().machines.saveShop({ id, sight: { progress: false, temperatures: true } });
    const hidden = await until(async () => {
      const view = await watched(orderId);
      return view.print === undefined ? view : undefined;
    });
    expect(hidden.sight?.progress).toBe(false);
    await prints().machines.saveShop({ id, sight: { progress: true, temperatures: true } });
    messenger.say = say;
  });
});

describe('a print file that stays with its designer', () => {
  it('is printed whole on a machine of another console, cut off for a while', async () => {
    const { orderId, job } = await order();
    // What the owner can know beforehand, and what not.
    expect(await prints().jobs.verdict({ id: job.id })).toMatchObject({ elsewhere: true, findings: [] });
    expect(await codeOf(prints().jobs.toolpath({ id: job.id }))).toBe('production.file-elsewhere');
    const cut = cutAt(orderId, WORDS_UNTIL_PRINTED);
    await start(job);
    await untilCut(cut, job);
    const paused = await untilJob(job.id, 'paused', 'failed', 'finished');
    expect(paused.state).toBe('paused');
    expect(paused.passed).toMatchObject({ parts: WORDS_UNTIL_PRINTED - 2 });
    const sofar = await prints().jobs.toolpath({ id: job.id });
    const path = unwrap(decodeToolpath(await bytesOf(sofar)));
    expect(path.moves).toBeGreaterThan(100);
    expect(path.commands.at(-1)).toBeLessThanOrEqual(paused.passed?.lines ?? 0);
    const held = await designs().orders.release({ id: orderId });
    const [waiting] = held?.copies ?? [];
    expect(waiting?.released).toBe(WORDS_UNTIL_PRINTED - 1);
    expect(waiting?.parts).toBeGreaterThan(WORDS_UNTIL_PRINTED);
    expect(waiting?.printed).toBeGreaterThan(0);
    worlds.wire.mend();
    const ended = await untilJob(job.id, 'finished', 'failed');
    expect(ended.fault).toBeUndefined();
    expect(ended.state).toBe('finished');
    expect(await codeOf(prints().jobs.toolpath({ id: job.id }))).toBe('production.file-elsewhere');
    const view = await designs().orders.release({ id: orderId });
    const [copy] = view?.copies ?? [];
    expect(view).toMatchObject({ stopped: false, machineName: worlds.machine.name });
    expect(copy).toMatchObject({ copy: 1, attempt: 1, released: copy?.parts });
    expect(await prints().orders.release({ id: orderId })).toBeNull();
    // The machine's console has no key of the file: what the licence holds for it opens nothing.
    const { services } = worlds.second.console;
    const { licence, quote } = unwrap(await services.orders.open(orderId));
    const { secretKey } = services.machines.keyPair(worlds.machine.id);
    const wrapped = licence?.state.wrappedKey ?? new Uint8Array(0);
    const given = unwrap(unwrapKey(wrapped, secretKey, releaseContext(licence?.address ?? wrapped)));
    const model = unwrap(await worlds.first.console.services.models.open(bytesToHex(quote.designHash)));
    expect(bytesToHex(given)).not.toBe(bytesToHex(model.key));
    const lines = await secretLines(orderId);
    const known = [5, 50, lines.length - 5].map((index) => lines[index] ?? '');
    const files = readdirSync(worlds.second.folder, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((one) => one.isFile())) {
      const text = readFileSync(join(entry.parentPath, entry.name)).toString('latin1');
      for (const line of known) expect(text.includes(line), `${entry.name} holds ${line}`).toBe(false);
    }
    const secret = new Set(lines);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((text) => secret.has(text.replace(/^N\d+ |\*\d+$/g, '')))).toEqual([]);
    expect(services.quotes.gcodeContentId(bytesToHex(recordHash(quote)))).toBeUndefined();
  });

  it('leaves two stories of the print, one with each console, which agree', async () => {
    const [job] = await prints().jobs.list({});
    const id = job?.orderId ?? '';
    const evidence = await evidenceOf(id);
    const { file } = await designs().orders.exportRelease({ id });
    const release = await bytesOf(file);
    const named = (options: VerifyEvidenceOptions) => {
      const report = verifyEvidence(evidence, options);
      return report.broken ?? report.links.find(({ name }) => name === 'release')?.ok;
    };
    expect(named({})).toBeUndefined();
    expect(named({ release })).toBe(true);
    // The designer's console compares by itself, and the printer's has nothing to compare with.
    const seen = await designs().orders.verifyEvidence({ file: new Blob([evidence]) });
    expect(seen.links.map(({ name }) => name)).toContain('release');
    expect(await codeOf(prints().orders.exportRelease({ id }))).toBe('production.release.nothing-signed');
    // Nor can the designer make up what the machine said, or show another order's.
    const content = unwrap(parseReleaseFile(release));
    const bend = (change: (stream: ReleaseFile['streams'][number]) => object) =>
      encodeReleaseFile({
        ...content,
        streams: content.streams.map((stream) => ({ ...stream, ...change(stream) })),
      });
    for (const bent of [
      release.slice(1),
      encodeReleaseFile({ ...content, order: new Uint8Array(20) }),
      encodeReleaseFile({ ...content, streams: [...content.streams, ...content.streams] }),
      bend(({ header }) => ({ header: { ...header, attempt: 2 } })),
      bend(({ header }) => ({ header: { ...header, machine: new Uint8Array(33).fill(2) } })),
      bend(({ words }) => ({ words: words.map((word) => ({ ...word, done: 0 })) })),
      bend(({ words }) => ({ words: [...words].reverse() })),
      bend(({ words }) => ({ words: words.slice(0, -1) })),
    ])
      expect(named({ release: bent })).toBe('release');
  });

  it('ends at once when its designer stops the release, and leaves the machine cold', async () => {
    lies = true;
    const { orderId, job } = await order();
    const cut = cutAt(orderId, WORDS_UNTIL_PRINTED);
    await start(job);
    await untilCut(cut, job);
    const designer = await addressOf(designs(), 'designer');
    const buyer = await addressOf(designs(), 'buyer');
    expect(await codeOf(designs().orders.stopRelease({ actor: buyer, id: orderId, stopped: true }))).toBe(
      'production.release.not-yours',
    );
    await designs().orders.stopRelease({ actor: designer, id: orderId, stopped: true });
    worlds.wire.mend();
    const ended = await untilJob(job.id, 'failed', 'finished');
    expect(ended.fault?.code).toBe('stream.stopped');
    const truth = unwrap(
      (await worlds.second.console.services.machines.live(worlds.machine.id).handle?.truth()) ?? {
        ok: false,
        fault: { code: 'none', message: '', next: '' },
      },
    );
    expect([truth.nozzleTargetC, truth.bedTargetC]).toEqual([0, 0]);
    const view = await designs().orders.release({ id: orderId });
    expect(view).toMatchObject({ stopped: true, copies: [{ copy: 1, released: 5 }] });
  });

  it('shows a machine that told its designer one story and exports another', async () => {
    const [job] = (await prints().jobs.list({})).filter(({ state }) => state === 'failed');
    const id = job?.orderId ?? '';
    const evidence = await evidenceOf(id);
    expect(verifyEvidence(evidence).ok).toBe(true);
    const { file } = await designs().orders.exportRelease({ id });
    const { folder } = worlds.second;
    writeFileSync(join(folder, 'evidence'), evidence);
    writeFileSync(join(folder, 'release'), await bytesOf(file));
    const program = join(ROOT, 'dist', 'host', 'dipnet.js');
    const verify = (...args: readonly string[]) =>
      spawnSync(process.execPath, [program, 'verify', join(folder, 'evidence'), ...args], {
        encoding: 'utf8',
      });
    expect(verify().status).toBe(0);
    const compared = verify('--release', join(folder, 'release'));
    expect(compared.status).toBe(1);
    expect(compared.stdout).toContain('is not in the record that it exports');
    expect(compared.stdout).toContain('the link "release" is broken');
    expect((await designs().orders.verifyEvidence({ file: new Blob([evidence]) })).broken).toBe('release');
  });

  it('is made for two orders in one run, which both buyers and the designer see from the chain', async () => {
    const [one, two] = [await order(), await order()];
    await prints().jobs.gather({ id: one.job.id, orderIds: [two.orderId] });
    const buyer = await addressOf(designs(), 'buyer');
    const seen = (orderId: string) =>
      until(async () => {
        const view = await designs().orders.get({ id: orderId, actor: buyer, locale: 'en' });
        return view.runs.length > 0 && view.truth === 'verified' ? view : undefined;
      });
    const views = [await seen(one.orderId), await seen(two.orderId)];
    const run = { orders: 2, copies: 2, copyFrom: 1, copyTo: 1 };
    expect(views.map(({ runs }) => runs)).toMatchObject([
      [{ ...run, from: 1, to: 1 }],
      [{ ...run, from: 2, to: 2 }],
    ]);
    expect(new Set(views.map(({ runs }) => runs[0]?.id)).size).toBe(1);
    for (const { runs, timeline } of views) {
      expect(runs[0]?.parts.map(({ orderId }) => orderId)).toEqual([one.orderId, two.orderId]);
      const step = timeline.find(({ code }) => code === 'gathered');
      expect(step?.anchor.truth).toBe('verified');
    }
    // Looked at again, nothing is recorded a second time.
    await worlds.second.console.services.production.reconcileAll();
    expect((await seen(one.orderId)).runs).toHaveLength(1);
    const { evidence } = worlds.second.console.services;
    const { bytes } = unwrap(await evidence.export(two.orderId));
    expect(evidence.verify(bytes).ok).toBe(true);
    const graph = await designs().products.graph({ id: one.orderId, actor: buyer, locale: 'en' });
    expect(graph.nodes[0]?.run).toMatchObject({ orders: 2, from: 1, to: 1 });
  });

  it.skipIf(chromiumPath === undefined)(
    'shows its designer what was given, and who gets nothing',
    async () => {
      const { router, services } = worlds.first.console;
      const web = await createWebHost({
        router,
        staticDir: join(ROOT, 'dist', 'renderer'),
        log: services.log,
      });
      const browser = await launchBrowser(chromiumPath ?? '');
      try {
        const { page, problems } = await openPage(browser);
        await page.goto(web.url);
        await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
        await goTo(page, '/orders');
        await switchRole(page, 'Designer');
        const designer = await addressOf(designs(), 'designer');
        const [together, , stopped, printed] = await designs().orders.list({ actor: designer });
        await goTo(page, `/orders/${printed?.id}`);
        const panel = page.getByRole('region', { name: 'Release of the print file' });
        await panel.getByText(/^12 of 12$/).waitFor();
        await panel.scrollIntoViewIfNeeded();
        await shoot(page, '50-release');
        await goTo(page, `/orders/${stopped?.id}`);
        await panel.getByText('You stopped it').waitFor();
        await page.emulateMedia({ colorScheme: 'dark' });
        await shoot(page, '51-release-stopped-dark');
        await goTo(page, `/orders/${together?.id}`);
        const runs = page.getByRole('region', { name: 'Printed together' });
        await runs.getByText('Copy 1 of this order: number 2 of 2 in a run for 2 orders').waitFor();
        expect(await runs.getByRole('list').getByRole('listitem').count()).toBe(2);
        await runs.scrollIntoViewIfNeeded();
        await shoot(page, '51b-run-dark');
        await goTo(page, `/orders/${stopped?.id}`);
        await panel.getByRole('button', { name: 'Allow it again' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Allow it again' }).click();
        await panel.getByRole('button', { name: 'Stop the release' }).click();
        await shoot(page, '52-release-stop');
        await hold(page.getByRole('dialog').getByRole('button', { name: 'Stop the release' }));
        await panel.getByText('You stopped it').waitFor();
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
        await web.close();
      }
    },
  );

  it.skipIf(chromiumPath === undefined)(
    'is begun by the owner of the printer on their page, and drawn as far as it was released',
    async () => {
      lies = false;
      const { orderId, job } = await order();
      // What was gathered before waits in front of it, and the page begins what is next.
      await prints().jobs.moveToFront({ id: job.id });
      expect(await prints().jobs.get({ id: job.id })).toMatchObject({ state: 'needs-bed-clear', place: 1 });
      const cut = cutAt(orderId, WORDS_UNTIL_PRINTED);
      const { router, services } = worlds.second.console;
      const staticDir = join(ROOT, 'dist', 'renderer');
      const web = await createWebHost({ router, staticDir, log: services.log });
      const browser = await launchBrowser(chromiumPath ?? '');
      try {
        const { page, problems } = await openPage(browser);
        await page.goto(web.url);
        await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
        await goTo(page, `/farm/${worlds.machine.id}`);
        await page.getByText(/^The print file stays with its designer/).waitFor();
        const before = page.getByRole('region', { name: 'Before you start' });
        await before.getByText(/^The file stays with its designer/).waitFor();
        await shoot(page, '53-elsewhere');
        for (const box of await before.getByRole('checkbox').all()) await box.click();
        await before.getByRole('button', { name: 'Start printing' }).click();
        await untilCut(cut, job);
        await page.getByText(`Released so far: ${WORDS_UNTIL_PRINTED - 2} of 12 parts`).waitFor();
        worlds.wire.mend();
        await shoot(page, '54-elsewhere-printing');
        expect((await untilJob(job.id, 'failed', 'finished')).state).toBe('finished');
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
        await web.close();
      }
    },
  );
});
