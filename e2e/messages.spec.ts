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
  let opened: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    served = await serveConsole();
    browser = await launchBrowser(chromiumPath ?? '');
    opened = await openPage(browser);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    if (served !== undefined) removeFolder(served.folder);
  });

  it('go from one to another, and stay text', async () => {
    const { page, problems } = opened;
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await goTo(page, '/market');
    await switchRole(page, 'Buyer');
    await goTo(page, '/messages');
    await page.getByText('Your own station, on this computer').waitFor();
    const chats = page.getByRole('list', { name: 'Chats' }).getByRole('link');
    await chats.nth(1).waitFor();
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

  it('are answered, changed and taken back, and an address asks before it opens', async () => {
    const { page, problems } = opened;
    await goTo(page, '/messages');
    await page.getByRole('list', { name: 'Chats' }).getByRole('link').first().click();
    const history = page.getByRole('log');
    const say = async (text: string) => {
      await page.getByRole('textbox', { name: 'Write a message' }).fill(text);
      await page.keyboard.press('Enter');
    };
    await say('The gear is 20 mm wide, see http://xn--pypal-4ve.com/a?b=c');
    await act(page, 'The gear is 20', 'Edit');
    await page.getByRole('textbox', { name: 'Write a message' }).fill(ADDRESS_TEXT);
    await page.keyboard.press('Enter');
    await history.getByRole('button', { name: 'Edited. Show what it said before' }).click();
    await page.getByRole('dialog').getByText('20 mm').waitFor();
    await shoot(page, '43-messages-edited');
    await page.keyboard.press('Escape');
    await act(page, 'The gear is 22', 'React with 👍');
    await history.getByRole('button', { name: /^👍 by/, pressed: true }).waitFor();
    await act(page, 'The gear is 22', 'Reply');
    await page.getByText('You answer').waitFor();
    await say('Twenty-two it is \u202eevil');
    await history.getByRole('img', { name: /turn the direction.*U\+202E/ }).waitFor();
    await say('a slip of the tongue');
    await act(page, 'a slip of the tongue', 'Delete for everybody');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for everybody' }).click();
    await history.getByText('This message was deleted.').waitFor();
    expect(await history.getByText('a slip of the tongue').count()).toBe(0);
    await shoot(page, '43-messages-acts');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, '43-messages-acts-dark');
    await history.getByRole('button', { name: 'http://xn--pypal-4ve.com/a?b=c', exact: true }).click();
    const question = page.getByRole('dialog');
    await question.getByText('can look like others').waitFor();
    await shoot(page, '43-messages-link-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    const [outside] = await Promise.all([
      page.context().waitForEvent('page'),
      question.getByRole('button', { name: 'Open in the browser' }).click(),
    ]);
    await outside.close();
    expect(problems).toEqual([]);
  });
});

const ADDRESS_TEXT = 'The gear is 22 mm wide, see http://xn--pypal-4ve.com/a?b=c';

/** Opens the menu of the newest message with this text by the keyboard, and chooses. */
async function act(page: Page, text: string, what: string): Promise<void> {
  await page
    .getByRole('button', { name: `Actions for the message of you: ${text}` })
    .last()
    .press('Enter');
  await page.getByRole('menuitem', { name: what }).click();
}

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
