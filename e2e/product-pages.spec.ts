// A product through the pages: its designer composes it, its buyer gets one price and orders it with one confirmation. Each
// page in both languages and themes, held against WCAG 2.2 AA by axe.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { Api } from './acts.ts';
import { addressOf, ended, until } from './acts.ts';
import type { ConsolePages } from './browser.ts';
import { goTo, hold, openConsolePages, shoot, switchRole } from './browser.ts';
import { connectApi } from './served-api.ts';

const chromiumPath = needTool('chromium', 'a product through the pages');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

describe.skipIf(chromiumPath === undefined)('a product', () => {
  let pages: ConsolePages;
  let page: Page;
  const seen: string[] = [];

  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '', { reducedMotion: 'reduce' });
    page = pages.page;
    await page.goto(pages.served.url);
    await page.getByText('Design', { exact: true }).click();
    await page.getByRole('heading', { name: 'Studio' }).waitFor();
  });
  afterAll(() => pages?.close());

  const open = async (route: string) => {
    await goTo(page, route);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  };
  const orderOne = async (api: Api, buyer: string): Promise<string> => {
    const [product] = await api.products.list({});
    const request = { actor: buyer, productId: product?.id ?? '', quantity: 1, prefer: 'price' as const };
    const task = await ended(api, (await api.products.quote(request)).taskId);
    return (await api.products.order({ actor: buyer, quoteId: task.resultId ?? '' })).orderId;
  };
  const here = () => page.evaluate(() => location.hash.slice(1));

  it('is composed by a designer', async () => {
    await open('/products');
    await page.getByText('No products yet').waitFor();
    await shoot(page, '60-products-empty');
    await open('/products/new');
    await page.getByRole('button', { name: 'Register the product' }).click();
    await page.getByText('Give it a name.').waitFor();
    await page.getByLabel('Name').fill('Hook set');
    await page.getByLabel('Your fee for one product').fill('1.5');
    await page.getByRole('combobox', { name: 'Model or product' }).click();
    await page.getByRole('option', { name: 'Cable hook' }).click();
    await page.getByLabel('How many').fill('2');
    await page.getByRole('button', { name: 'Add a service' }).click();
    await page.getByRole('button', { name: 'Register the product' }).click();
    await page.getByText('Choose a kind of contract for each service.').waitFor();
    await page.getByRole('combobox', { name: 'Service' }).click();
    await page.getByRole('option', { name: 'Carriage' }).click();
    await page.getByRole('combobox', { name: 'Kind of contract' }).last().click();
    await page.getByRole('option', { name: 'Logistics' }).click();
    await page.getByRole('combobox', { name: 'Carrier' }).fill('Otto Berg');
    await page.keyboard.press('Tab');
    await page.getByLabel('Parcel and address').fill('The hooks, to whoever orders them');
    await page.getByLabel('Freight').fill('0.75');
    await shoot(page, '61-product-compose');
    seen.push('/products/new');
    await page.getByRole('button', { name: 'Register the product' }).click();
    await page.getByText('Carriage: 0.75').waitFor();
    await hold(page.getByRole('button', { name: 'Hold to register' }));
    await page.getByRole('heading', { name: 'Hook set', level: 1 }).waitFor();
    await page.getByText('1 kind of part, 2 pieces').waitFor();
    await page.getByRole('heading', { name: 'Services' }).waitFor();
    seen.push(await here());
  });

  it('is priced line by line and ordered with one confirmation', async () => {
    await switchRole(page, 'Buyer');
    await open('/products');
    await page.getByRole('link', { name: 'Hook set' }).click();
    await page.getByRole('button', { name: 'Get one price for everything' }).click();
    await page.getByText('If all goes as planned').waitFor({ timeout: 60_000 });
    await page.getByText('2 × Cable hook').waitFor();
    await shoot(page, '62-product-price');
    await page.getByRole('button', { name: /^Order for/ }).click();
    await hold(page.getByRole('button', { name: 'Hold to order' }));
    await page.getByText('0 of 2 done').first().waitFor();
    await page.getByRole('heading', { name: '1 × Carriage' }).waitFor();
    // The contract of the part is there without anybody's doing.
    const picture = page.getByRole('figure', { name: 'Who makes what' });
    await picture.getByRole('link', { name: /2 × Otto Berg/ }).waitFor();
    await shoot(page, '63-product-order');
    // A line folds what is below it.
    await picture.getByRole('button', { name: /Cable hook/ }).click();
    await picture.getByRole('link').waitFor({ state: 'detached' });
    await picture.getByRole('button', { name: /Cable hook/ }).click();
    await picture.getByRole('link', { name: /Otto Berg/ }).waitFor();
    seen.push(await here(), '/products');
  });

  it('shares a run with another order for the same part, and says which copies are its own', async () => {
    const order = await here();
    const { api, close } = await connectApi(page.context(), pages.served.url);
    const [buyer, owner] = [await addressOf(api, 'buyer'), await addressOf(api, 'owner')];
    const orderId = await orderOne(api, buyer);
    const parts = await until(async () => {
      const found = await api.orders.list({ actor: owner });
      return found.length === 2 ? found : undefined;
    });
    for (const { id } of parts) await api.orders.act({ actor: owner, id, event: 'accept', args: {} });
    await switchRole(page, 'Printer owner');
    await open('/farm');
    await page.getByText('2 orders want “Cable hook”').waitFor({ timeout: 30_000 });
    await page.getByText('4 copies in PLA').waitFor();
    await shoot(page, '65-same-part');
    await page.getByRole('button', { name: 'Print together' }).click();
    await page.getByText('2 orders want “Cable hook”').waitFor({ state: 'detached' });
    const jobs = await api.jobs.list({});
    expect(new Set(jobs.map(({ run }) => run))).toEqual(new Set([jobs[0]?.id]));
    close();
    await switchRole(page, 'Buyer');
    const said: string[] = [];
    for (const route of [order, `/products/order/${orderId}`]) {
      await open(route);
      said.push((await page.getByText(/of a run of 4 for 2 orders/).textContent()) ?? '');
    }
    expect(said.toSorted()).toEqual([
      'Copies 1 to 2 of a run of 4 for 2 orders',
      'Copies 3 to 4 of a run of 4 for 2 orders',
    ]);
    await shoot(page, '66-run');
  });

  it('has parts that a maker can offer to several orders at once, from the page of the model', async () => {
    await switchRole(page, 'Printer owner');
    await open('/market');
    await page
      .getByRole('link', { name: /Cable hook/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Offer a batch for several orders' }).click();
    const dialog = page.getByRole('dialog', { name: 'Batch for several orders' });
    expect(await dialog.getByLabel('Design').inputValue()).toMatch(/^[0-9a-f]{64}$/);
    await dialog.getByLabel('Price of one piece').fill('0.5');
    await shoot(page, '67-batch-offer');
    await hold(dialog.getByRole('button', { name: 'Offer' }));
    await page.getByText('Collecting orders').first().waitFor();
    await shoot(page, '68-batch');
  });

  it('has pieces that nobody makes, which its buyer gives to such a batch', async () => {
    const { api, close } = await connectApi(page.context(), pages.served.url);
    const [buyer, owner] = [await addressOf(api, 'buyer'), await addressOf(api, 'owner')];
    const orderId = await orderOne(api, buyer);
    await until(async () => {
      const { nodes } = await api.products.graph({ actor: buyer, id: orderId, locale: 'en' });
      const asked = nodes.find(({ kind, phase }) => kind === 'order' && phase === 'waiting');
      if (asked === undefined) return undefined;
      const args = { reason: 'No time.' };
      await api.orders.act({ actor: owner, id: asked.id, event: 'decline', args });
      return true;
    });
    close();
    await switchRole(page, 'Buyer');
    await open(`/products/order/${orderId}`);
    await page.getByText(/makes this part for several orders together/).waitFor();
    await shoot(page, '69-batch-to-join');
    await page.getByRole('button', { name: 'Join this batch' }).click();
    const dialog = page.getByRole('dialog', { name: 'Give 2 pieces of “Cable hook” to this batch?' });
    await dialog.getByText(/move into the contract of the batch/).waitFor();
    await shoot(page, '69-batch-join');
    await hold(dialog.getByRole('button', { name: 'Hold to join' }));
    await page.getByRole('link', { name: 'Collecting orders', exact: true }).waitFor();
    await page.getByRole('link', { name: /2 × Batch for several orders/ }).waitFor();
    await shoot(page, '69-batch-joined');
    seen.push(await here());
  });

  it('shows all of it in both languages, by day and by night, to everybody', async () => {
    const broken: string[] = [];
    for (const route of seen) broken.push(...(await inspect('en', route)));
    await open('/settings');
    await page.getByText('Dark', { exact: true }).click();
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await page.getByText('简体中文').first().click();
    await page.getByText('English').first().waitFor();
    for (const route of seen) broken.push(...(await inspect('zh', route)));
    expect(broken).toEqual([]);
    expect(pages.problems).toEqual([]);
  });

  async function inspect(locale: string, route: string): Promise<string[]> {
    await open(route);
    await page.waitForLoadState('networkidle');
    await shoot(page, `64-${locale}${route.slice(0, 24).replaceAll('/', '-')}`);
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const places = violations.map(
      ({ id, nodes }) => `${locale} ${route}: ${id} at ${nodes[0]?.target.join(' ') ?? ''}`,
    );
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    return wide > 1 ? [...places, `${locale} ${route}: ${wide} pixels too wide`] : places;
  }
});
