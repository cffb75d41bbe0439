// Coming back in the pages: the words are backed up in the wallet, the vault is lost, and the same words typed and pasted
// in the browser bring the account and its open order back. Every state is looked at by axe.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ServedConsole } from './browser.ts';
import { goTo, launchBrowser, openPage, removeFolder, serveConsole, shoot } from './browser.ts';

const chromiumPath = needTool('chromium', 'the recovery pages');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Right words of an account that no demo world knows: the sample of BIP-39 itself. */
const STRANGER =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

describe.skipIf(chromiumPath === undefined)('recovery in the pages', () => {
  let served: ServedConsole;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    served = await serveConsole();
    browser = await launchBrowser(chromiumPath ?? '');
    const watched = await openPage(browser);
    page = watched.page;
    problems = watched.problems;
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    if (served !== undefined) removeFolder(served.folder);
  });

  const open = (route: string) => goTo(page, route);

  async function look(name: string): Promise<void> {
    await page.waitForLoadState('networkidle');
    await shoot(page, name);
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    expect(violations.map(({ id, nodes }) => `${name}: ${id} at ${nodes[0]?.html ?? ''}`)).toEqual([]);
  }

  /** As the clipboard does it, into whichever field has the focus. */
  const paste = (text: string) =>
    page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData('text/plain', pasted);
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    }, text);

  it('is one link away from the first question, and from the settings', async () => {
    await page.getByRole('link', { name: 'I have an account already' }).click();
    await page.getByRole('heading', { name: 'Recover an account' }).waitFor();
    await look('40-recover-empty');
    await page.getByRole('link', { name: 'Back to the start' }).click();
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await open('/settings');
    await page.getByRole('link', { name: 'Recover an account' }).click();
    await page.getByRole('heading', { name: 'Recover an account' }).waitFor();
  });

  it('keeps the fields out of every memory of the browser', async () => {
    const fields = page.getByRole('combobox', { name: /^Word \d+$/ });
    expect(await fields.count()).toBe(12);
    const told = await fields.evaluateAll((inputs) =>
      inputs.map((input) =>
        ['autocomplete', 'spellcheck', 'autocapitalize', 'translate'].map((name) => input.getAttribute(name)),
      ),
    );
    for (const one of told) expect(one).toEqual(['off', 'false', 'none', 'no']);
    expect(await page.locator('form[autocomplete=off]').count()).toBe(1);
  });

  it('completes a word by keyboard, marks a wrong one, and says what is missing', async () => {
    await page.getByRole('combobox', { name: 'Word 1', exact: true }).focus();
    await page.keyboard.type('aban');
    await page.getByRole('option', { name: 'abandon' }).waitFor();
    await look('41-recover-suggestions');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.closest('[data-word="2"]') !== null);
    expect(await page.getByRole('combobox', { name: 'Word 1', exact: true }).inputValue()).toBe('abandon');
    await page.keyboard.type('Abilty　');
    await page.waitForFunction(() => document.activeElement?.closest('[data-word="3"]') !== null);
    await page.getByText('Did you mean “ability”?').waitFor();
    await page.keyboard.press('Backspace');
    await page.waitForFunction(() => document.activeElement?.closest('[data-word="2"]') !== null);
    await page.getByRole('button', { name: 'Show the account' }).click();
    await page.getByText('Words 3, 4, 5, 6, 7, 8, 9, 10, 11, and 12 are missing.').waitFor();
    await look('42-recover-wrong');
  });

  it('explains words that do not belong together', async () => {
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByRole('combobox', { name: 'Word 5', exact: true }).focus();
    await paste('about '.repeat(12));
    await page.getByRole('button', { name: 'Show the account' }).click();
    await page.getByText('Every word is on the list, but together they are not a backup.').waitFor();
    await look('43-recover-checksum');
    await page.getByRole('combobox', { name: 'Word 1', exact: true }).focus();
    await paste('zoo '.repeat(30));
    await page.getByText('30 words were pasted').waitFor();
  });

  it('shows an account that nothing is known of, and one that is here already', async () => {
    await page.getByRole('combobox', { name: 'Word 1', exact: true }).focus();
    await paste(
      STRANGER.split(' ')
        .map((word, index) => `${index + 1}. ${word.toUpperCase()}`)
        .join('，'),
    );
    await page.getByRole('button', { name: 'Show the account' }).click();
    await page.getByText('nothing is recorded for their account here').waitFor();
    await look('44-recover-nothing');
    await page.getByRole('button', { name: 'Other words' }).click();
    const words = await backUp();
    await open('/recover');
    await page.getByRole('combobox', { name: 'Word 1', exact: true }).focus();
    await paste(words);
    await page.getByRole('button', { name: 'Show the account' }).click();
    await page.getByText('already has this account').waitFor();
    expect(await page.getByRole('button', { name: 'Take this account' }).count()).toBe(0);
    await look('45-recover-held');
  });

  /** Backs the current role's account up as a person does, and returns the words that were shown. */
  async function backUp(): Promise<string> {
    await open('/wallet');
    await page.getByRole('button', { name: 'Make a backup' }).click();
    await page.getByRole('dialog').getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Show the words' }).click();
    const items = page.getByRole('dialog').locator('ol > li');
    await items.first().waitFor();
    const words = await items.allInnerTexts();
    await page.getByRole('button', { name: 'I wrote them down' }).click();
    for (const field of await page.getByRole('dialog').getByRole('textbox').all()) {
      const label = await field.evaluate(
        (input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? '',
      );
      await field.fill(words[Number(/\d+/.exec(label)?.[0] ?? '1') - 1] ?? '');
    }
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText('All three are right.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    return words.join(' ');
  }

  it('brings an account back whose key was lost with the vault, in Chinese by night', async () => {
    const words = await backUpAgain();
    const { folder } = served;
    await served.stop();
    rmSync(join(folder, 'vault.key'));
    // Another account of the folder opened it before: this one is still locked.
    const { said } = await recoverOwner(folder);
    expect(said).toMatch(/The account is back/);
    served = await serveConsole(folder);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(served.url);
    await page.getByRole('heading').first().waitFor();
    await open('/settings');
    await page.getByRole('radio', { name: '简体中文' }).check();
    await page.getByRole('heading', { name: '账户' }).waitFor();
    await look('46-settings-locked');
    await page.getByRole('link', { name: '恢复账户' }).click();
    await page.getByRole('combobox', { name: '第 1 个单词', exact: true }).focus();
    await paste(words);
    await look('47-recover-words-zh');
    await page.getByRole('button', { name: '显示账户' }).click();
    await page.getByText('这个控制台认识这个账户').waitFor();
    await look('48-recover-found-zh');
    await page.getByRole('button', { name: '取回这个账户' }).click();
    await page.getByText('您的账户回来了').waitFor();
    await look('49-recover-done-zh');
    expect(await page.locator('main input').count()).toBe(0);
    await page.getByRole('button', { name: '继续' }).click();
    await page.getByRole('heading', { level: 1, name: '市场' }).waitFor();
    await open('/wallet');
    await page.getByText('Bea Novak').first().waitFor();
    expect(page.url()).not.toMatch(new RegExp(words.split(' ')[0] ?? ''));
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).not.toContain(words.split(' ').slice(0, 2).join(' '));
    expect(problems.filter((text) => !/WebSocket|ERR_CONNECTION/.test(text))).toEqual([]);
  });

  let ownerWords = '';
  /** The buyer's words, shown again; the owner's are noted on the way. */
  async function backUpAgain(): Promise<string> {
    await open('/wallet');
    await page.getByRole('banner').getByText('Printer owner', { exact: true }).click();
    await page.getByText('Otto Berg').first().waitFor();
    ownerWords = await backUp();
    await page.getByRole('banner').getByText('Buyer', { exact: true }).click();
    await page.getByRole('button', { name: 'Practise or repeat' }).click();
    await page.getByRole('dialog').getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Show the words' }).click();
    const items = page.getByRole('dialog').locator('ol > li');
    await items.first().waitFor();
    const words = (await items.allInnerTexts()).join(' ');
    await page.keyboard.press('Escape');
    return words;
  }

  async function recoverOwner(folder: string): Promise<{ said: string }> {
    const { spawnSync } = await import('node:child_process');
    const { DIPNET } = await import('./world.ts');
    const args = [DIPNET, 'recover', '--data', folder, '--yes'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { input: ownerWords, encoding: 'utf8' });
    return { said: `${stdout}${stderr}` };
  }
});
