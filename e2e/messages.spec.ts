// Messages in a real browser: the three people of the demo world write to each other; what one types is what another
// reads, letter for letter; drafts, search, unread counts and a foreign ID.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ServedConsole } from './browser.ts';
import { launchBrowser, openPage, removeFolder, serveConsole, shoot, switchRole } from './browser.ts';

const chromiumPath = needTool('chromium', 'messages in the pages');
const STRANGE = '<b>bold?</b> https://example.org/pay [link](x) 你好';

describe.skipIf(chromiumPath === undefined)('messages', () => {
  let served: ServedConsole;
  let browser: Browser;
  beforeAll(async () => {
    served = await serveConsole();
    browser = await launchBrowser(chromiumPath ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    if (served !== undefined) removeFolder(served.folder);
  });

  it('go from one to another, and stay text', async () => {
    const { page, problems } = await openPage(browser);
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await goTo(page, '/market');
    await switchRole(page, 'Buyer');
    await goTo(page, '/messages');
    await page.getByText('Your own station, on this computer').waitFor();
    const chats = page.getByRole('list', { name: 'Chats' }).getByRole('link');
    expect(await chats.count()).toBe(2);
    const other = (await chats.first().locator('span span').first().textContent()) ?? '';
    await chats.first().click();
    await page.getByText('Nothing has been said here yet').waitFor();
    await shoot(page, '40-messages-empty');
    const box = page.getByRole('textbox', { name: 'Write a message' });
    await box.fill(STRANGE);
    await box.press('Enter');
    const history = page.getByRole('log');
    await history.getByText(STRANGE).waitFor();
    await history.getByRole('img', { name: 'Received' }).waitFor();
    expect(await history.getByRole('link').count()).toBe(0);
    await box.fill('half a sentence');
    await goTo(page, '/market');
    await goTo(page, '/messages');
    await page.getByText('Draft: half a sentence').waitFor();
    await page.getByRole('searchbox', { name: 'Search chats and messages' }).fill('bold');
    await page.getByText('Found in 1 message').waitFor();
    await shoot(page, '41-messages-search');

    await readAsOther(page, other);
    await page.getByRole('button', { name: 'Add a contact' }).click();
    await page.getByRole('textbox', { name: 'ID or account' }).fill('nonsense');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('is not a name that stands for anybody').waitFor();
    await page.getByRole('textbox', { name: 'ID or account' }).fill('non@sense');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('is nobody’s ID').waitFor();
    await page.keyboard.press('Escape');
    expect(problems).toEqual([]);
  });
});

/** Goes into the roles until the one who was written to is found. */
async function readAsOther(page: Page, name: string): Promise<void> {
  for (const role of ['Designer', 'Printer owner'] as const) {
    await switchRole(page, role);
    await goTo(page, '/messages');
    const unread = page.getByText('1 unread message');
    const found = await unread
      .first()
      .waitFor({ state: 'attached', timeout: 4000 })
      .then(
        () => true,
        () => false,
      );
    if (!found) continue;
    await page.getByRole('list', { name: 'Chats' }).getByText(STRANGE).click();
    const box = page.getByRole('textbox', { name: 'Write a message' });
    await box.fill('It is only text.');
    await box.press('Enter');
    await page.getByRole('log').getByText('It is only text.').waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, '42-messages-read');
    await page.emulateMedia({ colorScheme: 'light' });
    return;
  }
  throw new Error(`${name} did not get the message`);
}

async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#${route}`);
}
