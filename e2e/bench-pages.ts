// What the page benchmarks share: a browser, a process's memory, and when a page answers to a person.

import { spawnSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { findTool } from '../scripts/tools.mjs';

/** Path of Chromium; ends the program in words where there is none. */
export function chromiumOrEnd(): string {
  const chromium = findTool('chromium');
  if (chromium === undefined) {
    // biome-ignore lint/suspicious/noConsole: a benchmark's output.
    console.log('SKIPPED: no Chromium, so nothing is measured in pages (DIPNET_CHROMIUM=path)');
    process.exit(0);
  }
  return chromium;
}

/** Resident memory of one process in megabytes (2^20 bytes). */
export function residentMb(pid: number): number {
  const run = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const kilobytes = Number.parseInt(run.stdout.trim(), 10);
  if (!Number.isFinite(kilobytes)) throw new Error(`no process ${pid}`);
  return kilobytes / 1024;
}

/**
 * Processor time that the programs started by this one have used so far, without that of `except` and below, in
 * milliseconds. Unlike time on the wall it says the same on a machine that is busy with other work.
 */
export function processorMs(except: number): number {
  const run = spawnSync('ps', ['-eo', 'pid=,ppid=,cputimes='], { encoding: 'utf8' });
  const rows = run.stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = new Set([process.pid]);
  // Children stand behind their parents in the list, unless numbers have started again.
  for (const [pid = 0, parent = 0] of rows) if (below.has(parent) && pid !== except) below.add(pid);
  below.delete(process.pid);
  return rows.reduce((sum, [pid = 0, , seconds = 0]) => sum + (below.has(pid) ? seconds * 1000 : 0), 0);
}

declare global {
  interface Window {
    /** Since the navigation began; undefined until the page is interactive. */
    interactiveMs?: number;
  }
}

/**
 * Interactive: the middle of a link of the main navigation would take a click, the page's own heading stands, and the
 * status bar shows the height last known.
 */
export async function watchInteractive(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const look = (): void => {
      const link = document.querySelector('nav a[href="#/market"]');
      const box = link?.getBoundingClientRect();
      const hit =
        box !== undefined &&
        box.width > 0 &&
        link?.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) === true;
      const state = /\d/.test(document.querySelector('footer a[href="#/network"]')?.textContent ?? '');
      if (hit && state && document.querySelector('main h1') !== null)
        window.interactiveMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

export async function interactiveMs(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => window.interactiveMs, undefined, { polling: 20 });
  return (await handle.jsonValue()) ?? Number.NaN;
}
