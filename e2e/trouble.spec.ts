// When an order goes wrong: declined with a reason that the buyer sees; a problem reported, a refund offered, and agreed to.
// Clicked through in both roles; every state is looked at by axe.

import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import { addressOf, orderedJobs, quoted, until } from './acts.ts';
import type { ServedConsole } from './browser.ts';
import { hold, launchBrowser, openPage, serveConsole, shoot, switchRole } from './browser.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

const chromiumPath = needTool('chromium', 'disputes in the pages');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Somebody who has no part in the order. */
const MEDIATOR = '0x3E9003153d9A39D3f57B126b0c38513D5e289c3E';

/** One order that waits for the owner, one that waits for the printer, one whose part is on its way. */
async function prepare({ console: { api } }: TestWorld): Promise<{ open: string; shipped: string }> {
  const [model] = await api.models.list({});
  const [machine] = await api.machines.list();
  if (model === undefined || machine === undefined) throw new Error('the world is not furnished');
  await api.machines.setTimeScale({ id: machine.id, timeScale: 10_000 });
  const { orderId: shipped, jobs } = await orderedJobs(api, model.id, machine, 1);
  await until(async () => ((await api.machines.get({ id: machine.id })).state === 'idle' ? true : undefined));
  await api.machines.confirmBedClear({ id: machine.id });
  await api.jobs.start({ id: jobs[0]?.id ?? '', expiresMs: Date.now() + 60_000 });
  const actor = await addressOf(api, 'owner');
  await until(async () =>
    (await api.orders.get({ id: shipped, actor, locale: 'en' })).state === 'printed' ? true : undefined,
  );
  await api.orders.act({ actor, id: shipped, event: 'ship', args: {} });
  await orderedJobs(api, model.id, machine, 2);
  const quote = await quoted(api, model.id, machine, 2);
  const { orderId: open } = await api.orders.place({
    actor: await addressOf(api, 'buyer'),
    quoteId: quote.id,
  });
  return { open, shipped };
}

describe.skipIf(chromiumPath === undefined)('an order that goes wrong', () => {
  let world: TestWorld;
  let served: ServedConsole;
  let browser: Browser;
  let page: Page;
  let orders: { open: string; shipped: string };

  beforeAll(async () => {
    world = await openTestWorld(true);
    orders = await prepare(world);
    await world.console.close();
    served = await serveConsole(world.folder);
    browser = await launchBrowser(chromiumPath ?? '');
    page = (await openPage(browser)).page;
    await page.goto(served.url);
    await page.getByText('Buy', { exact: true }).click();
    await page.getByRole('heading', { name: 'Market' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    await world?.remove();
  });

  const show = (order: string) =>
    page.evaluate((hash) => {
      location.hash = hash;
    }, `#/orders/${order}`);

  async function look(name: string): Promise<void> {
    await shoot(page, name);
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    expect(violations.map(({ id, nodes }) => `${name}: ${id} at ${nodes[0]?.html ?? ''}`)).toEqual([]);
  }

  /** The last button of the dialog does it. */
  const confirm = () => hold(page.getByRole('dialog').getByRole('button').last());

  it('leaves the rest of the queue as it was: as columns, as a table to sort, as a plan', async () => {
    await switchRole(page, 'Printer owner');
    await page.evaluate(() => {
      location.hash = '#/farm';
    });
    await page.getByText('Table', { exact: true }).click();
    const titles = page.locator('tbody tr td:nth-child(2)');
    await titles.first().waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThanOrEqual(4);
    const time = page.getByRole('columnheader', { name: 'Machine time' });
    await time.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await time.getAttribute('aria-sort')).toBe('ascending');
    await page.keyboard.press('Enter');
    expect(await time.getAttribute('aria-sort')).toBe('descending');
    await time.scrollIntoViewIfNeeded();
    await look('77-queue-table');
    await page.getByText('Plan', { exact: true }).click();
    await page.getByText(/^planned until/).waitFor();
    expect(await page.getByText(/done by/).count()).toBe(2);
    await page.getByText(/^planned until/).scrollIntoViewIfNeeded();
    await look('78-queue-plan');
  });

  it('declined, it says why, and the buyer has the money back', async () => {
    await switchRole(page, 'Printer owner');
    await show(orders.open);
    await page.getByRole('button', { name: 'Decline' }).click();
    await page
      .getByLabel('Why (the buyer sees it)')
      .fill('My nozzle is worn out.\n<b>Sorry</b>, try me again on Monday.');
    await look('70-decline');
    await confirm();
    await page.getByText('The printer owner declined').waitFor();
    await switchRole(page, 'Buyer');
    await show(orders.open);
    await page.getByText('My nozzle is worn out.').waitFor();
    // The words of a stranger stay words.
    await page.getByText('<b>Sorry</b>, try me again').waitFor();
    await look('71-declined');
  });

  it('reported, the owner sees what is wrong and offers a refund', async () => {
    await show(orders.shipped);
    await page.getByRole('button', { name: 'Report a problem' }).click();
    await page.getByRole('dialog').getByRole('radio').nth(1).check();
    await page.getByRole('dialog').getByRole('textbox').fill('The hook broke when I took it out of the box.');
    await look('72-report');
    await confirm();
    await page.getByText('The buyer reported a problem').waitFor();
    await look('73-reported-buyer');
    await switchRole(page, 'Printer owner');
    await page.getByText('The hook broke when I took it out of the box.').waitFor();
    await page.getByRole('button', { name: 'Propose a refund' }).click();
    await page
      .getByRole('dialog')
      .getByLabel(/Refund/)
      .fill('1.25');
    await look('74-propose');
    await confirm();
    await page.getByText(/offers 1.25/).waitFor();
  });

  it('is talked about in the group of the order, into which both call a mediator', async () => {
    const chat = `/messages/${encodeURIComponent(`o:${orders.shipped}`)}`;
    await page.getByRole('textbox', { name: 'Write to everybody in this order' }).fill('It was whole here.');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('listitem').getByText('It was whole here.').waitFor();
    await look('74b-order-chat-panel');
    const open = async (role: 'Buyer' | 'Printer owner') => {
      await switchRole(page, role);
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#${chat}`);
      await page.getByRole('log').getByText('It was whole here.').waitFor();
    };
    await open('Buyer');
    await page.getByRole('log').getByText('Problem reported').first().waitFor();
    await page.getByRole('button', { name: 'Add a contact' }).click();
    await page.getByRole('textbox', { name: 'ID or account' }).fill(MEDIATOR);
    await page.getByRole('textbox', { name: 'What you call them' }).fill('Mia');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('region', { name: 'Mia', exact: true }).waitFor();
    await open('Buyer');
    await page.getByRole('button', { name: 'Mediator' }).click();
    await page.getByRole('combobox', { name: 'One of your contacts' }).click();
    await page.getByRole('option', { name: 'Mia' }).click();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('dialog').getByText('Called by you').waitFor();
    await look('74c-mediator-called');
    await page.keyboard.press('Escape');
    await open('Printer owner');
    await page.getByRole('button', { name: 'Mediator' }).click();
    await page.getByRole('button', { name: 'Agree' }).click();
    await page.getByRole('dialog').getByText('In the chat').first().waitFor();
    await look('74d-mediator-in');
    await page.keyboard.press('Escape');
    await look('74e-order-chat');
    await show(orders.shipped);
  });

  it('ends as both agree, with the offer filled in', async () => {
    await switchRole(page, 'Buyer');
    await page.getByText(/offers 1.25/).waitFor();
    await page.getByRole('button', { name: 'Agree to the refund' }).click();
    expect(
      await page
        .getByRole('dialog')
        .getByLabel(/Refund/)
        .inputValue(),
    ).toBe('1.25');
    await look('75-agree');
    await confirm();
    await page.getByText('The contract is empty: everything was paid out.').waitFor();
    await look('76-agreed');
    await page.getByText('1.25').first().waitFor();
  });
});
