// Every page in both languages and themes, held against WCAG 2.2 AA by axe; on a phone as well (320 pixels, WCAG 1.4.10):
// nothing wider than the page, nothing that jumps while it loads, and no English in Chinese.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import type { ConsolePages } from './browser.ts';
import { goTo, openConsolePages, shoot } from './browser.ts';
import { latinWords, takeShifts, tooWide, watchShifts } from './page-checks.ts';

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

/** From here on web.dev/cls calls a page's shifts poor. */
const SHIFT_MAX = 0.25;
/** Names, formats and units that are the same in Chinese, and what the demo world's people wrote. */
const KNOWN_WORDS = new Set(
  `DIPNET DPN DIMT USB STL OBJ GNU Affero GRBL CNC JSON YAML PLA PETG Marlin Klipper Moonraker Mainsail Fluidd OctoPrint
  Prusa PrusaLink PrusaSlicer CuraEngine Bambu Lab secp libsecp vault key demo dipnet English
  Cable hook Workshop printer Dana Lin Otto Berg Bea Novak Faucet Orange Black White Blue`.split(/\s+/),
);

describe.skipIf(chromiumPath === undefined)('the pages', () => {
  let pages: ConsolePages;
  beforeAll(async () => {
    pages = await openConsolePages(chromiumPath ?? '');
  });
  afterAll(() => pages?.close());

  it('are accessible and fit, in English by day and in Chinese by night', async () => {
    const { served, page, problems } = pages;
    await watchShifts(page);
    await page.goto(served.url);
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    const found: string[] = [];
    for (const route of ROUTES) found.push(...(await inspect(page, route, 'en')));
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await goTo(page, '/');
    await page.getByText('简体中文').first().click();
    await page.getByText('English').first().waitFor();
    for (const route of ROUTES) found.push(...(await inspect(page, route, 'zh')));
    await page.setViewportSize({ width: 320, height: 640 });
    for (const route of ROUTES) {
      await open(page, route);
      const wide = await tooWide(page);
      if (wide > 0) found.push(`zh ${route}: ${wide} pixels wider than a phone`);
    }
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
  });
});

async function open(page: Page, route: string): Promise<void> {
  await goTo(page, route);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
}

/** Rules that the page breaks, each with the first place. */
async function inspect(page: Page, route: string, locale: string): Promise<string[]> {
  await takeShifts(page);
  await open(page, route);
  await shoot(page, `30-${locale}${route.replaceAll('/', '-')}`);
  const shift = await takeShifts(page);
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.target.join(' ') ?? ''}`);
  const wide = await tooWide(page);
  if (wide > 0) found.push(`${wide} pixels too wide`);
  if (shift > SHIFT_MAX) found.push(`jumps by ${shift.toFixed(2)} while it loads`);
  if (locale === 'zh') {
    const words = (await latinWords(page)).filter((word) => !KNOWN_WORDS.has(word));
    if (words.length > 0) found.push(`says ${words.join(', ')}`);
  }
  return found.map((problem) => `${locale} ${route}: ${problem}`);
}
