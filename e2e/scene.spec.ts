// The 3D view in real browsers: drawn in a worker, on the page where a worker cannot, and told in words where there is no
// 3D at all; opened and left many times without anything staying behind.

import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ServedConsole } from './browser.ts';
import { launchBrowser, openPage, removeFolder, serveConsole, shoot } from './browser.ts';
import { ROOT } from './world.ts';

const chromiumPath = needTool('chromium', 'the 3D view in browsers');
const SAMPLE = join(ROOT, 'e2e', 'fixtures', 'wedge.stl');
const DRAWN_MS_MAX = 120_000;
const OPENINGS = 50;

/** Of the middle of the picture as the page sees it: red, green, blue. */
async function middleColour(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const picture = document.querySelector<HTMLCanvasElement>('main canvas');
    const copy = document.createElement('canvas');
    copy.width = copy.height = 1;
    const context = copy.getContext('2d');
    if (picture === null || context === null) return [];
    context.drawImage(picture, picture.width / 2, picture.height / 2, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  });
}

/** Waits until the model itself is in the picture. */
async function drawn(page: Page): Promise<void> {
  await page.locator('main [aria-busy=false] > [role=application]').waitFor({ timeout: DRAWN_MS_MAX });
}

async function openModel(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByText('Design', { exact: true }).click();
  await page.getByRole('heading', { name: 'Studio' }).waitFor();
  await page.locator('input[type=file]').first().setInputFiles(SAMPLE);
  // The address of the draft: the file is with the core, and the page can be come back to.
  await page.waitForURL(/#\/studio\/(?!upload)/, { timeout: DRAWN_MS_MAX });
}

describe.skipIf(chromiumPath === undefined)('the 3D view', () => {
  let served: ServedConsole;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser(chromiumPath ?? '');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    served = await serveConsole();
  });
  afterEach(async () => {
    await served.stop();
    removeFolder(served.folder);
  });

  it('is drawn in one worker, however often it is opened, and follows theme, size and hand', async () => {
    const { page, problems } = await openPage(browser);
    await openModel(page, served.url);
    await drawn(page);
    const light = await middleColour(page);
    expect(light.some((value) => value > 40)).toBe(true);
    const [worker] = page.workers().filter((one) => one.url().includes('stage-worker'));
    expect(worker).toBeDefined();
    const address = await page.evaluate(() => location.hash);
    for (let opening = 0; opening < OPENINGS; opening++) {
      await page.evaluate(() => {
        location.hash = '#/settings';
      });
      await page.locator('main canvas').waitFor({ state: 'detached' });
      await page.evaluate((hash) => {
        location.hash = hash;
      }, address);
      await page.locator('main canvas').waitFor({ state: 'attached' });
    }
    await drawn(page);
    expect(await middleColour(page)).toEqual(light);
    expect(page.workers().filter((one) => one.url().includes('stage-worker'))).toEqual([worker]);
    await page.getByRole('application').focus();
    await page.keyboard.press('1');
    await expect.poll(() => middleColour(page), { timeout: 30_000 }).not.toEqual(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 1000, height: 800 });
    const shape = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('main canvas');
        const host = canvas?.parentElement;
        return canvas === null || host === null || host === undefined
          ? Number.NaN
          : canvas.width / canvas.height - host.clientWidth / host.clientHeight;
      });
    await expect.poll(async () => Math.abs(await shape()) < 0.01, { timeout: 30_000 }).toBe(true);
    await shoot(page, '50-scene-dark');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is drawn on the page where its browser cannot draw in a worker', async () => {
    const { page, problems } = await openPage(browser);
    await page.addInitScript(() => {
      Reflect.deleteProperty(HTMLCanvasElement.prototype, 'transferControlToOffscreen');
    });
    await openModel(page, served.url);
    await drawn(page);
    expect((await middleColour(page)).some((value) => value > 40)).toBe(true);
    expect(page.workers().filter((one) => one.url().includes('stage-worker'))).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is drawn on the page where the worker has no 3D', async () => {
    const { page } = await openPage(browser);
    await page.context().route(/stage-worker-[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      const without = 'OffscreenCanvas.prototype.getContext = () => null;';
      await route.fulfill({ response, body: `${without}\n${await response.text()}` });
    });
    await openModel(page, served.url);
    await drawn(page);
    expect((await middleColour(page)).some((value) => value > 40)).toBe(true);
    await page.context().close();
  });

  it('says so where there is no 3D, and everything else works', async () => {
    const flat = await chromium.launch({
      executablePath: chromiumPath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer'],
    });
    try {
      const { page } = await openPage(flat);
      await openModel(page, served.url);
      await page.getByText('This browser cannot draw in 3D.').waitFor({ timeout: DRAWN_MS_MAX });
      await page.getByLabel('Title').waitFor({ timeout: DRAWN_MS_MAX });
      await shoot(page, '51-scene-none');
    } finally {
      await flat.close();
    }
  });
});
