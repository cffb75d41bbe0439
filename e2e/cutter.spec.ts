// A mill at a cable: added with the wizard in a real browser, then a file of the owner's own cut on it from upload to end,
// over a pseudo-terminal with a simulated GRBL board behind it. It is never offered a print.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../node-core/base/index.ts';
import { SimGrbl } from '../node-core/devices/testing/index.ts';
import { systemClock } from '../node-core/host/adapters/system.ts';
import { openVirtualPty, type VirtualPty } from '../node-core/host/adapters/virtual-pty.ts';
import { needTool } from '../scripts/tools.mjs';
import { until } from './acts.ts';
import type { ServedConsole } from './browser.ts';
import { goTo, launchBrowser, openPage, removeFolder, serveConsole, shoot } from './browser.ts';

const chromiumPath = needTool('chromium', 'cutting with a mill');
const socatPath = needTool('socat', 'a mill on a pseudo-terminal');

const SQUARE = ['G21 G90', 'M3 S8000', 'G0 Z5', 'G0 X10 Y10', 'G1 Z-1 F300'];
for (let round = 0; round < 4; round++)
  SQUARE.push('G1 X60 Y10 F1200', 'G1 X60 Y60', 'G1 X10 Y60', 'G1 X10 Y10');
SQUARE.push('G0 Z5', 'M5', 'M30');
const CUT = Buffer.from(`${SQUARE.join('\n')}\n`);
const RUNAWAY = Buffer.from('G21 G90\nM3 S8000\nG1 Z-1 F300\nG1 X900 F9000\nM5\n');

describe.skipIf(chromiumPath === undefined || socatPath === undefined)('a mill', () => {
  let served: ServedConsole;
  let browser: Browser;
  let pty: VirtualPty;
  let sim: SimGrbl;

  beforeAll(async () => {
    pty = unwrap(await openVirtualPty());
    sim = new SimGrbl(pty.link, { clock: systemClock, timeScale: 40 });
    served = await serveConsole();
    browser = await launchBrowser(chromiumPath ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    await pty?.link.close();
    if (served !== undefined) removeFolder(served.folder);
  });

  it('goes from the wizard to a finished job', async () => {
    const { page, problems } = await openPage(browser);
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await addMill(page);
    await goTo(page, '/farm');
    await sendFile(page, 'runaway.nc', RUNAWAY);
    await sendFile(page, 'square.nc', CUT);
    await makeCopy(page, 'square.nc');
    await goTo(page, '/farm');
    await page
      .getByRole('link', { name: /^Millie/ })
      .first()
      .click();
    await moveByHand(page);
    await page.getByText('The workpiece is clamped').click();
    await page.getByText('Nothing and nobody is in the way').click();
    await shoot(page, '71-mill-ready');
    await page.getByRole('button', { name: 'Start cutting' }).click();
    // The console's own last word: the tool off, whatever the file said.
    await until(() => (sim.log.includes('M5 M9') ? true : undefined));
    await page.getByRole('button', { name: 'Disconnect' }).and(page.locator(':enabled')).waitFor();
    expect(sim.log.filter((line) => line.startsWith('G1 X'))).toHaveLength(16);
    expect([sim.spindle, sim.overflowBytes]).toEqual([0, 0]);
    await inOtherClothes(page);
    expect(problems).toEqual([]);
  });

  async function addMill(page: Page): Promise<void> {
    await goTo(page, '/farm/add');
    await page.getByText('Mill or laser (GRBL)').click();
    await page.getByRole('combobox', { name: 'Port' }).fill(pty.path);
    await shoot(page, '70-mill-wizard');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Name').fill('Millie');
    await shoot(page, '70-mill-wizard-machine');
    await page.getByRole('button', { name: 'Add the machine' }).click();
    await page.getByText('[VER:1.1h', { exact: false }).waitFor();
    await shoot(page, '70-mill-wizard-added');
  }

  async function moveByHand(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Move X by +10 mm' }).click();
    await until(() => (sim.state === 'Idle' && sim.position.x === 10 ? true : undefined));
    await page.getByRole('button', { name: 'Zero of the file here' }).click();
    await until(() => (sim.zero.x === 10 ? true : undefined));
  }

  async function sendFile(page: Page, name: string, buffer: Buffer): Promise<void> {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add a file' }).click();
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer });
    await page.getByRole('button', { name: `Remove ${name}` }).waitFor();
  }

  async function makeCopy(page: Page, name: string): Promise<void> {
    await page
      .getByRole('listitem')
      .filter({ hasText: name })
      .getByRole('button', { name: 'Make copies' })
      .click();
    // The demo's printers are no machines for this file.
    expect(await page.getByRole('dialog').getByRole('checkbox').count()).toBe(1);
    await page.getByText('1 copy, done', { exact: false }).waitFor();
    await shoot(page, '70-mill-copies');
    await page.getByRole('button', { name: 'Queue 1 copy' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }

  async function inOtherClothes(page: Page): Promise<void> {
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, '72-mill-done-dark');
    await goTo(page, '/farm');
    await page.getByRole('heading', { name: 'Your own files' }).waitFor();
    await shoot(page, '72-own-files-dark');
  }
});
