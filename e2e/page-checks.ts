// What every page owes to everybody, looked at from within the page: nothing that runs out of it, nothing that jumps while it
// loads, no word of another language.

import type { Page } from 'playwright-core';

/** Pixels by which the page, or what scrolls in it, is wider than the window; 0 where a pixel of rounding is all. */
export async function tooWide(page: Page): Promise<number> {
  const wide = await page.evaluate(() => {
    const over = [document.documentElement, document.querySelector('main')].map((element) =>
      element === null ? 0 : element.scrollWidth - element.clientWidth,
    );
    return Math.max(...over);
  });
  return wide > 1 ? wide : 0;
}

/** Notes from now on what moves without anybody's doing. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[])
        if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: 'layout-shift' });
  });
}

/** The sum of the shifts since it was last asked for. */
export function takeShifts(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: number[] };
    return shifts.splice(0).reduce((sum, shift) => sum + shift, 0);
  });
}

/** Latin words that are read on the page, without those that are marked as names, code or another language. */
export async function latinWords(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const apart = 'script, style, code, pre, svg, [translate=no], [lang=en], input, textarea';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element !== null && element.closest(apart) === null && element.checkVisibility())
        found.push(node.textContent ?? '');
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')) {
      if (element.closest('[translate=no], [lang=en], [aria-hidden=true]') !== null) continue;
      for (const name of ['aria-label', 'title', 'alt', 'placeholder'])
        found.push(element.getAttribute(name) ?? '');
    }
    return found;
  });
  return [...new Set(texts.flatMap((text) => text.match(/[A-Za-z]{3,}/g) ?? []))].sort();
}
