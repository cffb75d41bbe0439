// Paradigms as a person meets them: chosen from the gallery, tried with numbers, a document of one's own checked.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createParadigmService } from '../node-core/host/adapters/paradigm-service.ts';
import { needTool } from '../scripts/tools.mjs';
import { addressOf } from './acts.ts';
import type { ConsolePages } from './browser.ts';
import { hold, openConsolePages, shoot, switchRole } from './browser.ts';
import { connectApi } from './served-api.ts';
import { WORKERS_URL } from './world.ts';

const chromiumPath = needTool('chromium', 'the pages of paradigms');
const inspection = readFileSync(new URL('../assets/paradigms/inspection.json', import.meta.url), 'utf8');

const thanks = readFileSync(new URL('./fixtures/thanks.yaml', import.meta.url), 'utf8');

describe.skipIf(chromiumPath === undefined)('the pages of paradigms', () => {
  let pages: ConsolePages;
  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '');
  });
  afterAll(() => pages?.close());

  it('explain one, play it with other terms, and check a document of one’s own', async () => {
    const { page, problems } = pages;
    await page.goto(pages.served.url);
    await page.getByText('Buy', { exact: true }).first().click();
    await page.getByRole('link', { name: 'Paradigms' }).click();
    await page.getByRole('link', { name: 'Normal order' }).click();
    await page.getByText('If nobody ever acts:').waitFor();
    await page.getByText('A contract of this kind begins with an order').waitFor();
    await page
      .getByRole('img', { name: /State diagram of Normal order/ })
      .locator('svg text')
      .first()
      .waitFor();

    await page.getByLabel('Time to accept', { exact: true }).fill('5');
    await page.getByText('Expired after 5 days.').waitFor();
    await page.getByLabel('Printer owner’s share').or(page.getByLabel("Printer owner's share")).fill('40');
    const settled = page.getByRole('row', { name: /^Settled [−-]/ });
    await settled.getByText('+40.00').waitFor();
    await page.getByLabel('Copies').fill('0');
    await page.getByText('At least 1.').waitFor();
    await shoot(page, '70-paradigm');

    await page.getByRole('link', { name: 'All paradigms' }).click();
    await page.getByRole('link', { name: 'Check your own' }).click();
    const source = page.getByLabel('Document');
    const check = page.getByRole('button', { name: 'Check', exact: true });
    await source.fill(inspection.replace('"format"', '"formt"'));
    await check.click();
    await page.getByText('did you mean "format"?').waitFor();
    await page.getByText(/^Line 3, column 3/).waitFor();
    // What an author writes is text, wherever it is shown.
    await source.fill(inspection.replaceAll('Order with inspection', '<img src=x onerror=alert(1)>'));
    await check.click();
    await page.getByText('No defect found').waitFor();
    await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor();
    await shoot(page, '71-paradigm-check');
    expect(problems).toEqual([]);
  });

  it('put one of one’s own to the council, and somebody else uses it', async () => {
    const { page, problems } = pages;
    await switchRole(page, 'Designer');
    await page.getByRole('link', { name: 'Paradigms' }).click();
    await page.getByRole('link', { name: 'Check your own' }).click();
    await page.getByLabel('Document').fill(thanks);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('button', { name: 'Put it to the council' }).click();
    await page.getByText('becomes the author').waitFor();
    await hold(page.getByRole('dialog').getByRole('button', { name: 'Put it to the council' }));
    await page.getByText('Approved', { exact: true }).waitFor();
    await shoot(page, '72-council');
    await switchRole(page, 'Buyer');
    await page.getByRole('link', { name: 'Paradigms' }).click();
    await page.getByRole('link', { name: 'Thanks' }).click();
    await page.getByRole('button', { name: 'Begin an agreement' }).click();
    await page.getByRole('combobox', { name: 'Receiver' }).fill('Otto Berg');
    await page.keyboard.press('Tab');
    await hold(page.getByRole('dialog').getByRole('button', { name: 'Set aside' }));
    await page.getByText('held by the contract').waitFor();
    await shoot(page, '73-agreement');
    await switchRole(page, 'Printer owner');
    await page.getByRole('button', { name: 'Insist' }).click();
    await hold(page.getByRole('dialog').getByRole('button', { name: 'Insist' }));
    await page.getByText('Insist', { exact: true }).nth(1).waitFor();
    await switchRole(page, 'Buyer');
    await page.getByRole('button', { name: 'Give' }).click();
    await hold(page.getByRole('dialog').getByRole('button', { name: 'Give' }));
    await page.getByText('The receiver has the gift.').waitFor();
    await page.getByRole('link', { name: 'Its rules' }).click();
    await page.getByText('1 dispute', { exact: true }).waitFor();
    await shoot(page, '73-used');
    await page.getByRole('link', { name: 'All paradigms' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Thanks' })
      .getByText('1 dispute', { exact: true })
      .waitFor();
    await shoot(page, '73-gallery');
    expect(problems).toEqual([]);
  });

  it('begin one that asks several people, named one on each line', async () => {
    const { page, problems } = pages;
    await page.getByRole('link', { name: 'Paradigms' }).click();
    await page.getByRole('link', { name: 'Inquiry', exact: true }).click();
    await page.getByRole('button', { name: 'Begin an agreement' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What is wanted and under what conditions').fill('Forty brackets');
    await dialog.getByLabel('Suppliers that are asked').fill('Otto Berg\nDana Lin');
    await shoot(page, '74-inquiry');
    await hold(dialog.getByRole('button', { name: 'Ask' }));
    await page.getByText('held by the contract').waitFor();
    await page.getByText('Otto Berg, ').waitFor();
    expect(problems).toEqual([]);
  });

  it('report a bug in one, withdraw one’s own, and appeal against a rejection', async () => {
    const { page, problems } = pages;
    const openThanks = async () => {
      await page.getByRole('link', { name: 'Paradigms', exact: true }).click();
      await page.getByRole('link', { name: 'Thanks' }).click();
    };
    await openThanks();
    await page.getByRole('button', { name: 'Report a bug' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What goes wrong').fill('The note can be longer than a parcel.');
    await dialog.getByText('You pay a bond of').waitFor();
    await shoot(page, '75-report');
    await hold(dialog.getByRole('button', { name: 'Pay the bond and report' }));
    await page.getByText('A bug in this paradigm was reported.').waitFor();

    await switchRole(page, 'Designer');
    await openThanks();
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
    await dialog.getByText('This cannot be taken back').waitFor();
    await shoot(page, '76-withdraw');
    await hold(dialog.getByRole('button', { name: 'Withdraw' }));
    await page.getByText('The author withdrew this paradigm').waitFor();

    // The page offers no document with a defect to the council; a program can.
    const { api, close } = await connectApi(page.context(), pages.served.url);
    const text = thanks
      .replace('name: thanks', 'name: thankless')
      .replace('{ do: pay, to: author, amount: params.feeMicro }', '{ do: refund, to: giver }');
    await api.paradigms.submit({ actor: await addressOf(api, 'designer'), text });
    close();
    await page.getByRole('link', { name: 'Paradigms', exact: true }).click();
    await page.getByRole('link', { name: 'Council' }).click();
    await page.getByRole('button', { name: 'Appeal' }).click();
    await dialog.getByText('There is no second appeal.').waitFor();
    await shoot(page, '77-appeal');
    await hold(dialog.getByRole('button', { name: 'Appeal' }));
    await page.getByRole('button', { name: 'Appeal' }).waitFor({ state: 'detached' });
    await shoot(page, '78-council-after');
    expect(problems).toEqual([]);
  });

  it('judge a report as a reviewer, on the way from the paradigm’s own page', async () => {
    const { page, problems } = pages;
    const dialog = page.getByRole('dialog');
    await switchRole(page, 'Printer owner');
    await page.getByRole('button', { name: 'Become a reviewer' }).click();
    await hold(dialog.getByRole('button', { name: 'Become a reviewer' }));
    await page.getByRole('button', { name: 'Leave the council' }).waitFor();
    await switchRole(page, 'Buyer');
    await page.getByRole('link', { name: 'Kinds of contract' }).click();
    await page.getByRole('link', { name: 'Open auction' }).click();
    await page.getByRole('button', { name: 'Report a bug' }).click();
    await dialog.getByLabel('What goes wrong').fill('Everybody can read the reserve price.');
    await hold(dialog.getByRole('button', { name: 'Pay the bond and report' }));
    await switchRole(page, 'Printer owner');
    await page.getByRole('link', { name: 'See the report' }).click();
    await page.getByRole('button', { name: 'It is no bug' }).click();
    await dialog.getByLabel('Your reason').fill('It says so before anybody bids.');
    await shoot(page, '79-vote');
    await hold(dialog.getByRole('button', { name: 'Vote' }));
    await page.getByText('It says so before anybody bids.').waitFor();
    // A vote stands: there is no second one.
    await page.getByRole('button', { name: 'It is no bug' }).waitFor({ state: 'detached' });
    await shoot(page, '79-voted');
    expect(problems).toEqual([]);
  });
});

describe('work on a paradigm', () => {
  const workerUrl = new URL('paradigm-worker.js', WORKERS_URL);

  it('finds the defect, with the story that leads to it', async () => {
    const service = createParadigmService({ workerUrl });
    const broken = await service.check(inspection.replace('"remainder": "buyer"', '"remainder": "owner"'));
    expect(broken.ok && broken.value.report.ok).toBe(false);
    expect(broken.ok && broken.value.report.findings[0]).toMatchObject({ code: 'promise-receives' });
    expect(broken.ok && broken.value.simulation).toBe(undefined);
    const good = await service.check(inspection);
    expect(good.ok && good.value.report.findings).toEqual([]);
    expect(good.ok && good.value.simulation?.violations).toEqual([]);
  });

  it('ends when it takes too long, in words', async () => {
    const hasty = createParadigmService({ workerUrl, timeoutMs: 1 });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => hasty.check(inspection)));
    for (const result of [first, second, third])
      expect(result?.ok === false && result.fault.code).toBe('paradigm-work.slow');
  });

  it('ends with whoever asked', async () => {
    const service = createParadigmService({ workerUrl });
    const asked = new AbortController();
    const pending = service.check(inspection, asked.signal);
    asked.abort();
    expect((await pending).ok).toBe(false);
    const gone = await service.check(inspection, AbortSignal.abort());
    expect(gone.ok).toBe(false);
  });
});
