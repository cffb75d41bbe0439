// Names in a real browser: a newcomer gets one, another pays by it and writes to its owner; a look-alike is refused where
// it would mislead. The HTTP answer of the same console carries its proof.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ConsolePages } from './browser.ts';
import { goTo, hold, openConsolePages, shoot, switchRole } from './browser.ts';

const chromiumPath = needTool('chromium', 'names in the pages');

describe.skipIf(chromiumPath === undefined)('names', () => {
  let pages: ConsolePages;
  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '');
  });
  afterAll(() => pages?.close());

  it('are had, paid by, written to, and not confused', async () => {
    const { served, page, problems } = pages;
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await goTo(page, '/market');
    await switchRole(page, 'Designer');
    await goTo(page, '/wallet');
    const names = page.getByRole('region', { name: 'Names' });
    await names.getByText('dana-lin', { exact: true }).waitFor();
    const box = names.getByRole('textbox', { name: 'New name' });
    await box.fill('bea-n0vak');
    await names.getByText('People would confuse the two').waitFor();
    expect(await names.getByRole('button', { name: 'Get the name' }).isDisabled()).toBe(true);
    await shoot(page, '50-names-look-alike');
    await box.fill('hooks-and-more');
    await names.getByText('hooks-and-more is free').waitFor();
    await names.getByRole('button', { name: 'Get the name' }).click();
    const row = names.getByRole('listitem').filter({ hasText: 'hooks-and-more' });
    await row.waitFor();
    await row.getByRole('button', { name: 'Go by this name' }).click();
    await row.getByText('You go by it').waitFor();
    await shoot(page, '51-names-had');

    await switchRole(page, 'Buyer');
    await goTo(page, '/wallet');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'To' }).fill('hooks-and-m0re');
    await dialog.getByRole('textbox', { name: 'Amount' }).fill('2.5');
    await dialog.getByRole('button', { name: 'Check and send' }).click();
    await dialog.getByText('It looks like “hooks-and-more”').waitFor();
    await dialog.getByRole('textbox', { name: 'To' }).fill('Hooks-and-More');
    await dialog.getByRole('button', { name: 'Check and send' }).click();
    await dialog.getByText('hooks-and-more, proven on the chain').waitFor();
    await shoot(page, '52-names-pay');
    await hold(dialog.getByRole('button', { name: 'Hold to send' }));
    await page.getByText('Sent. The history shows').waitFor();

    await goTo(page, '/messages');
    await page.getByRole('button', { name: 'Add a contact' }).click();
    await page.getByRole('textbox', { name: 'ID or account' }).fill('hooks-and-more');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'hooks-and-more' }).first().waitFor();
    await shoot(page, '53-names-contact');

    const answer = await fetch(new URL('/names/hooks-and-more', served.url));
    const { view, proof } = (await answer.json()) as {
      view: { account?: string };
      proof: { entries: { proof: string }[]; lightBlock: string };
    };
    expect(view.account).toMatch(/^0x/);
    expect(proof.entries.length).toBe(2);
    expect(problems).toEqual([]);
  });
});
