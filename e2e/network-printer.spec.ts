// A printer in the network: added with the wizard in a real browser against a simulated Moonraker on loopback, and an
// order printed on it from quote to report. Its key stays with the console.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../node-core/base/index.ts';
import { SimMoonraker } from '../node-core/devices/testing/index.ts';
import { systemClock } from '../node-core/host/adapters/system.ts';
import { type ServedPrintHost, servePrintHost } from '../node-core/host/adapters/testing/serve-print-host.ts';
import { needTool } from '../scripts/tools.mjs';
import { addressOf, codeOf, orderedJobs, until } from './acts.ts';
import type { ServedConsole } from './browser.ts';
import { goTo, launchBrowser, openPage, removeFolder, serveConsole, shoot } from './browser.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

const KEY = 'f00dfeedf00dfeedf00dfeedf00dfeed';
const chromiumPath = needTool('chromium', 'adding a network printer');

async function simulated(timeScale: number) {
  const host = new SimMoonraker({ clock: systemClock, key: KEY, printer: { timeScale } });
  return { host, served: await servePrintHost(host) };
}

/** Whether the bytes stand anywhere below a folder. */
function holds(folder: string, text: string): boolean {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).some((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path).includes(text);
  });
}

describe.skipIf(chromiumPath === undefined)('the wizard', () => {
  let served: ServedConsole;
  let browser: Browser;
  let printer: ServedPrintHost;
  let host: SimMoonraker;

  beforeAll(async () => {
    ({ host, served: printer } = await simulated(1));
    served = await serveConsole();
    browser = await launchBrowser(chromiumPath ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    host.fed.printer.stop();
    await printer.close();
    if (served !== undefined) removeFolder(served.folder);
  });

  it('tests address and key before it adds the printer, and keeps the key to itself', async () => {
    const { page, problems } = await openPage(browser);
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await goTo(page, '/farm/add');
    await page.getByText('Klipper (Moonraker)').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Enter the address of the printer.').waitFor();
    await page.getByLabel('Address').fill(printer.address);
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('The printer does not accept this key.').waitFor();
    await shoot(page, '60-network-printer-wrong-key');
    await page.getByLabel('API key').fill(KEY);
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('Klipper v0.12.0-sim answers.').waitFor();
    await shoot(page, '61-network-printer');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Name').fill('Klara');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Add the printer' }).click();
    await page.getByText('The printer answers. It is ready for orders.').waitFor();
    await shoot(page, '62-network-printer-added');
    await page.getByRole('link', { name: 'Open the printer’s page' }).click();
    await page.getByText(`Klipper at ${printer.address}, through Moonraker`).waitFor();
    await change(page);
    await inOtherClothes(page);
    expect(await page.content()).not.toContain(KEY);
    expect(holds(served.folder, KEY)).toBe(false);
    expect(host.starts).toEqual([]);
    // The refused key is an answer of the API, which the browser notes.
    expect(problems.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
  });

  async function change(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Change address or key' }).click();
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Save the connection' }).click();
    await page.getByText('The connection was saved.').first().waitFor();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('The printer does not accept this key.').first().waitFor();
    await page.getByRole('button', { name: 'Change address or key' }).click();
    await page.getByLabel('API key').fill(KEY);
    await page.getByRole('button', { name: 'Save the connection' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('button', { name: 'Disconnect' }).waitFor();
  }

  async function inOtherClothes(page: Page): Promise<void> {
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, '63-network-printer-page-dark');
    await goTo(page, '/');
    await page.getByText('简体中文').first().click();
    await page.getByText('English').first().waitFor();
    await goTo(page, '/farm/add');
    await page.getByText('Prusa 打印机（PrusaLink）').click();
    await page.getByText('安全流式传输').waitFor();
    await shoot(page, '64-network-printer-zh-dark');
  }
});

describe('an order on a network printer', () => {
  let world: TestWorld;

  beforeAll(async () => {
    world = await openTestWorld(true);
  });
  afterAll(() => world.remove());

  it('is printed by the host, reported once, and its file is gone afterwards', async () => {
    const { host, served } = await simulated(20_000);
    const { api } = world.console;
    const connection = { driver: 'moonraker', address: served.address, key: KEY } as const;
    const machine = {
      actor: await addressOf(api, 'owner'),
      name: 'Klara',
      volumeMm: { x: 220, y: 220, z: 250 },
      nozzleUm: 400,
      rateMicroPerHour: 2_000_000n,
      setupMicro: 0n,
      minimumMicro: 0n,
    };
    expect(await codeOf(api.machines.add({ ...machine, driver: 'octoprint', address: 'x' }))).toBe(
      'connection.key.missing',
    );
    expect(await codeOf(api.machines.probe({ ...connection, address: 'ftp://x' }))).toBe('printhost.address');
    expect(await api.machines.probe(connection)).toEqual({ firmware: 'Klipper v0.12.0-sim' });
    const { id } = await api.machines.add({ ...machine, ...connection });
    await api.machines.connect({ id });
    const view = await api.machines.get({ id });
    expect([view.driver, view.address, view.secureStreaming, view.state]).toEqual([
      'moonraker',
      served.address,
      false,
      'idle',
    ]);
    const [model] = await api.models.list({});
    const { orderId, jobs } = await orderedJobs(api, model?.id ?? '', view, 1);
    await api.machines.confirmBedClear({ id });
    const jobId = jobs[0]?.id ?? '';
    await api.jobs.start({ id: jobId, expiresMs: Date.now() + 10_000 });
    const job = await until(async () => {
      const now = await api.jobs.get({ id: jobId });
      return ['finished', 'failed', 'cancelled'].includes(now.state) ? now : undefined;
    });
    expect([job.state, job.fault]).toEqual(['finished', undefined]);
    expect([host.starts.length, host.files.size]).toEqual([1, 0]);
    const order = unwrap(await world.console.services.orders.open(orderId));
    expect(order.licence?.state).toMatchObject({ used: 1, reported: 1, finished: 1 });
    expect(holds(world.folder, KEY)).toBe(false);
    await api.machines.disconnect({ id });
    host.fed.printer.stop();
    await served.close();
  });
});
