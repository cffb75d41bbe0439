// Every page in both languages and themes, held against WCAG 2.2 AA by axe, and with nothing that is wider than the page.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ConsolePages } from './browser.ts';
import { goTo, openConsolePages, shoot } from './browser.ts';

const chromiumPath = needTool('chromium', 'the accessibility of the pages');
const ROUTES = [
  '/',
  '/market',
  '/studio',
  '/orders',
  '/farm',
  '/farm/add',
  '/messages',
  '/wallet',
  '/network',
  '/settings',
  '/recover',
];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

describe.skipIf(chromiumPath === undefined)('the pages', () => {
  let pages: ConsolePages;
  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '');
  });
  afterAll(() => pages?.close());

  it('are accessible and fit, in English by day and in Chinese by night', async () => {
    const { served, page, problems } = pages;
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    const found: string[] = [];
    for (const route of ROUTES) found.push(...(await inspect(page, route, 'en')));
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await goTo(page, '/');
    await page.getByText('简体中文').first().click();
    await page.getByText('English').first().waitFor();
    for (const route of ROUTES) found.push(...(await inspect(page, route, 'zh')));
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
  });
});

/** Rules that the page breaks, each with the first place. */
async function inspect(page: Page, route: string, locale: string): Promise<string[]> {
  await goTo(page, route);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await shoot(page, `30-${locale}${route.replaceAll('/', '-')}`);
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const broken = violations.map(
    ({ id, nodes }) => `${locale} ${route}: ${id} at ${nodes[0]?.target.join(' ') ?? ''}`,
  );
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  return overflow > 1 ? [...broken, `${locale} ${route}: ${overflow} pixels too wide`] : broken;
}
