// Messages in a real browser: the three people of the demo world write to each other; what one types is what another
// reads, letter for letter; drafts, search, unread counts and a foreign ID.

import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../node-core/host/adapters/sqlite.ts';
import { CHAT_MIGRATIONS } from '../node-core/host/dimp/chat-migrations.ts';
import { needTool } from '../scripts/tools.mjs';
import type { ConsolePages } from './browser.ts';
import { goTo, openConsolePages, shoot, switchRole } from './browser.ts';
import { connectApi } from './served-api.ts';

const chromiumPath = needTool('chromium', 'messages in the pages');
const STRANGE = '<b>bold?</b> https://example.org/pay [link](x) 你好';

describe.skipIf(chromiumPath === undefined)('messages', () => {
  let pages: ConsolePages;
  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '');
  });
  afterAll(() => pages?.close());

  it('go from one to another, and stay text', async () => {
    const { page, problems } = pages;
    await page.goto(pages.served.url);
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
    const { page, problems } = pages;
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

  it('are found where they stand, in a chat of a hundred thousand too', async () => {
    const { page, problems } = pages;
    const lines = page.locator('[data-line^="m"]');
    const numberOf = async (line: Locator) => Number(((await line.getAttribute('data-line')) ?? '').slice(1));
    const oldest = await numberOf(lines.first());
    lengthen(pages.served.folder);
    await page.getByRole('textbox', { name: 'Write a message' }).fill('after all of them');
    await page.keyboard.press('Enter');
    await lines.nth(90).waitFor();
    let first = await numberOf(lines.first());
    expect(first).toBeGreaterThan(LONG - HELD_MAX);
    const log = page.getByRole('log');
    for (let turn = 0; turn < 4; turn++) {
      const before = first;
      await log.evaluate((box) => {
        box.scrollTop = 0;
      });
      await expect
        .poll(async () => (first = await numberOf(lines.first())), { timeout: 20_000 })
        .toBeLessThan(before);
      expect(await lines.count()).toBeLessThanOrEqual(HELD_MAX);
    }
    await page.getByRole('button', { name: 'Newest messages' }).click();
    await expect.poll(() => numberOf(lines.last()), { timeout: 20_000 }).toBeGreaterThan(LONG);
    // The oldest of all, by words that nothing else has.
    await page.getByRole('searchbox', { name: 'Search chats and messages' }).fill('<b>bold?</b>');
    await page.getByText('Found in 1 message').waitFor({ timeout: 60_000 });
    await page.getByRole('link').filter({ hasText: 'bold?' }).last().click();
    await page.locator('[data-hit]').waitFor();
    expect(await numberOf(page.locator('[data-hit]'))).toBe(oldest);
    await shoot(page, '44-messages-hit');
    expect(problems).toEqual([]);
  });

  it('are told of where and when somebody wants, with what they want to see', async () => {
    const { page, problems } = pages;
    await page.context().grantPermissions(['notifications']);
    await goTo(page, '/settings');
    const outside = page.getByRole('checkbox', { name: 'Tell me through the browser' });
    await outside.click();
    await expect.poll(() => outside.isChecked(), { timeout: 20_000 }).toBe(true);
    await page.getByRole('radio', { name: 'Only that there is something' }).check();
    await page.getByRole('switch', { name: 'Quiet hours' }).click();
    await page.getByLabel('Until').waitFor();
    await page.getByRole('switch', { name: 'Quiet hours' }).click();
    await page.getByRole('radio', { name: 'Cost the sender’s computer a moment' }).check();
    await shoot(page, '45-settings-messages');
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const { api, close } = await connectApi(page.context(), pages.served.url);
    const { role } = await api.system.settings();
    const accounts = await api.wallet.accounts();
    const me = accounts.find((account) => account.role === role)?.address ?? '';
    const other = accounts.find((account) => account.role !== role)?.address ?? '';
    await api.messages.send({ actor: other, chat: `p:${me}`, text: 'the text of it' });
    await page
      .getByRole('region', { name: 'Messages', exact: true })
      .getByText('New message', { exact: true })
      .waitFor();
    expect(await page.getByText('the text of it').count()).toBe(0);
    close();
    await goTo(page, '/messages');
    await page.getByRole('list', { name: 'Chats' }).getByRole('link').first().click();
    await page.getByRole('log').getByText('the text of it').waitFor();
    await page.getByRole('button', { name: 'Do not tell me of new messages here' }).click();
    await page.getByRole('button', { name: 'Tell me of new messages here' }).waitFor();
    const pane = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    expect(pane.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.target.join(' ') ?? ''}`)).toEqual([]);
    await goTo(page, '/settings');
    await page.getByRole('radio', { name: '简体中文' }).check();
    await goTo(page, '/messages');
    await page.getByRole('list', { name: '会话' }).getByRole('link').first().click();
    await page.getByRole('log').waitFor();
    await shoot(page, '45-messages-zh');
    expect(problems).toEqual([]);
  });
});

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const LONG = 100_000;
/** Messages that the page holds at most: those on both sides of one, and that one. */
const HELD_MAX = 201;

/** Makes the chat with the oldest message long, by copies of what the account itself said there. */
function lengthen(folder: string): void {
  const database = openSqlite(join(folder, 'chat.db'), CHAT_MIGRATIONS);
  database.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LONG})
     INSERT INTO messages (owner, chat, sender, at_ms, text, bound, key, secrecy)
     SELECT owner, chat, sender, at_ms + i, text, bound, randomblob(16), secrecy
     FROM (SELECT * FROM messages WHERE sender = owner AND target IS NULL AND view IS NULL ORDER BY id DESC LIMIT 1), n`,
  );
  database.close();
}

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
