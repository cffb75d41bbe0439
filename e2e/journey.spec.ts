// The main job clicked through in a real browser by all three roles, from the dropped file to the split money.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { _electron } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifyEvidence } from '../node-core/evidence/index.ts';
import { needTool } from '../scripts/tools.mjs';
import {
  goTo,
  hold,
  launchBrowser,
  openPage,
  removeFolder,
  serveConsole,
  shoot,
  switchRole,
  watchPage,
} from './browser.ts';
import { ROOT } from './world.ts';

const chromiumPath = needTool('chromium', 'the journeys through the pages');
const electronPath = needTool('electron', 'the same journeys in the desktop shell');
const SAMPLE = join(ROOT, 'e2e', 'fixtures', 'wedge.stl');

/** A console with its page, wherever it runs. */
type Stage = { readonly page: Page; readonly problems: readonly string[]; close(): Promise<void> };

async function openInBrowser(executablePath: string): Promise<Stage> {
  const served = await serveConsole();
  const browser = await launchBrowser(executablePath);
  const { page, problems } = await openPage(browser);
  await page.goto(served.url);
  return {
    page,
    problems,
    async close() {
      await browser.close();
      await served.stop();
      removeFolder(served.folder);
    },
  };
}

/** The real desktop shell, on a profile of its own. */
async function openInElectron(executablePath: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-electron-'));
  const app = await _electron.launch({ executablePath, args: [ROOT, `--user-data-dir=${folder}`] });
  const page = await app.firstWindow();
  const problems = watchPage(page);
  return {
    page,
    problems,
    async close() {
      await app.close();
      removeFolder(folder);
    },
  };
}

playJourney('in the browser', chromiumPath, openInBrowser);
playJourney('in Electron', electronPath, openInElectron);

function playJourney(
  where: string,
  executable: string | undefined,
  open: (executable: string) => Promise<Stage>,
) {
  describe.skipIf(executable === undefined)(`the main job ${where}`, () => {
    let stage: Stage;
    let page: Page;

    beforeAll(async () => {
      stage = await open(executable ?? '');
      page = stage.page;
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail')
        await shoot(page, `failed-${task.name.slice(0, 30).replace(/\W+/g, '-')}`);
    });
    afterAll(() => stage?.close());

    it('welcomes with a question, not with a seed phrase', async () => {
      await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
      await shoot(page, '01-welcome');
      expect(await page.getByText(/seed phrase|recovery words/i).count()).toBe(0);
      await page.getByText('Design', { exact: true }).click();
      await page.getByRole('heading', { name: 'Studio' }).waitFor();
    });

    it('designer: drops a file, sees it, publishes it', async () => {
      await page.locator('input[type=file]').first().setInputFiles(SAMPLE);
      await page.getByLabel('Title').waitFor();
      await page.getByLabel('Title').fill('Door wedge');
      await page.getByLabel('Price for each printed copy').fill('2.5');
      await shoot(page, '02-studio-draft');
      await page.getByRole('button', { name: 'Check and publish' }).click();
      await hold(page.getByRole('button', { name: 'Hold to publish' }));
      await page.getByText('Door wedge').first().waitFor();
      await page
        .getByText(/first registered|Your registration is on the chain|Published/i)
        .first()
        .waitFor();
      await shoot(page, '03-published');
    });

    it('buyer: finds it, gets a price line by line, and pays into the contract', async () => {
      await switchRole(page, 'Buyer');
      await goTo(page, '/market');
      await page.getByText('Door wedge').first().waitFor();
      await shoot(page, '04-market');
      await page.getByText('Door wedge').first().click();
      await page
        .getByRole('link', { name: /quote/i })
        .or(page.getByRole('button', { name: /quote/i }))
        .first()
        .click();
      const order = page.getByRole('button', { name: /^Order for/ });
      await order.waitFor({ timeout: 120_000 });
      await shoot(page, '05-configurator');
      await order.click();
      await page.getByRole('button', { name: 'Pay into the contract' }).waitFor();
      await shoot(page, '06-checkout');
      await hold(page.getByRole('button', { name: 'Pay into the contract' }));
      await page.getByRole('heading', { name: 'What happened' }).waitFor();
      await shoot(page, '07-order-funded');
    });

    it('owner: accepts by hand, confirms the bed, and prints', async () => {
      const orderHash = await page.evaluate(() => location.hash);
      await switchRole(page, 'Printer owner');
      await goTo(page, '/farm');
      await page
        .getByRole('button', { name: /Accept/ })
        .first()
        .waitFor();
      await shoot(page, '08-farm-offer');
      await page
        .getByRole('button', { name: /Accept/ })
        .first()
        .click();
      await acceptDialog(page);
      // The offer is gone, and the keyboard stands where it was, not at the top of the window.
      await page.waitForFunction(() => document.activeElement?.closest('main') !== null);
      await page
        .getByRole('link', { name: /Workshop printer/ })
        .first()
        .click();
      await page.getByRole('button', { name: 'Start printing' }).waitFor();
      await shoot(page, '09-preflight');
      const preflight = page.getByRole('region', { name: 'Before you start' });
      for (const tick of await preflight.getByRole('checkbox').all()) await tick.check();
      await page.getByRole('button', { name: 'Start printing' }).click();
      await page.getByText(/Layer/).first().waitFor();
      await page.getByText('Preparing the 3D view').waitFor({ state: 'hidden' });
      await shoot(page, '10-printing');
      await goTo(page, orderHash.slice(1));
      await page.getByRole('button', { name: 'Mark as shipped' }).waitFor({ timeout: 120_000 });
      await shoot(page, '11-printed');
    });

    it('owner ships, buyer accepts, everybody is paid, and a reload loses nothing', async () => {
      await page.getByRole('button', { name: 'Mark as shipped' }).click();
      await acceptDialog(page);
      await page.getByText('Shipped').first().waitFor();
      await switchRole(page, 'Buyer');
      await page.getByRole('button', { name: 'Accept the parts' }).click();
      await acceptDialog(page);
      await page.getByText('The contract is empty: everything was paid out.').waitFor();
      await page.reload();
      await page.getByText('The contract is empty: everything was paid out.').waitFor();
      await shoot(page, '12-settled');
    });

    it('hands out evidence that verifies outside', async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save the evidence file' }).click(),
      ]);
      const report = verifyEvidence(new Uint8Array(readFileSync(await download.path())));
      expect(report.links.filter((link) => !link.ok)).toEqual([]);
    });

    it('leads through every page without an error in the page', async () => {
      for (const route of ['wallet', 'network', 'farm', 'orders', 'studio', 'settings']) {
        await goTo(page, `/${route}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await shoot(page, `20-${route}`);
      }
      expect(stage.problems).toEqual([]);
    });
  });
}

/** Confirms what the console asks before it acts. */
function acceptDialog(of: Page): Promise<void> {
  return hold(of.getByRole('dialog').getByRole('button').last());
}
