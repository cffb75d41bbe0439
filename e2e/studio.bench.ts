// A binary STL of a million triangles in the studio of a real Chromium: from the moment the page has the file until the
// graphics driver has finished a picture with the model in it (promise: 3 s), and the longest time in between in which the
// window could not react (promise: 100 ms). References: three's STLLoader, which only parses, on the same bytes; and how
// long the same window could not react while nothing happened, which is what other work on the machine took.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js';
import { binaryStl, torusFacets } from '../node-core/models/test-shapes.ts';
import { chromiumOrEnd } from './bench-pages.ts';
import { launchBrowser, removeFolder, serveConsole } from './browser.ts';
import { median, report } from './figures.ts';

const RUNS = 3;
const SHOWN_MS_MAX = 3_000;
const BLOCKED_MS_MAX = 100;

type Seen = {
  chosenMs: number;
  /** The measures stand beside the view. */
  measuredMs: number;
  /** The driver has drawn the model. */
  shownMs: number;
  /** Longest pause of a timer that wants to run every few milliseconds, from the file to half a second after the frame. */
  blockedMs: number;
  /** The same while the page stood and nothing happened: what the machine takes away by itself. */
  stillMs: number;
  /** Longest task of the page's own thread, as the browser counts it. */
  longestTaskMs: number;
};
declare global {
  interface Window {
    seen?: Seen;
  }
}

/** Runs in the page before anything of it: sees the file arrive, watches the event loop, hears of the drawing. */
function watchPage(): void {
  const seen: Seen = { chosenMs: 0, measuredMs: 0, shownMs: 0, blockedMs: 0, stillMs: 0, longestTaskMs: 0 };
  window.seen = seen;
  const STILL_FROM_MS = 2_500;
  window.addEventListener(
    'change',
    () => {
      seen.chosenMs = performance.now();
    },
    { capture: true },
  );
  let last = performance.now();
  const tick = (): void => {
    const now = performance.now();
    const pauseMs = now - last;
    last = now;
    if (seen.chosenMs === 0) {
      if (now > STILL_FROM_MS) seen.stillMs = Math.max(seen.stillMs, pauseMs);
    } else if (seen.shownMs === 0 || now < seen.shownMs + 500) {
      seen.blockedMs = Math.max(seen.blockedMs, pauseMs);
    }
    if (seen.chosenMs > 0 && seen.measuredMs === 0) {
      const facts = document.querySelector('main dl');
      if (facts?.textContent?.includes('1,000,000')) seen.measuredMs = now;
    }
    setTimeout(tick, 4);
  };
  tick();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (seen.chosenMs > 0 && entry.startTime >= seen.chosenMs)
        seen.longestTaskMs = Math.max(seen.longestTaskMs, entry.duration);
    }
  }).observe({ type: 'longtask' });
  new BroadcastChannel('bench-drawn').onmessage = ({ data }) => {
    if (seen.chosenMs > 0 && seen.shownMs === 0) seen.shownMs = data - performance.timeOrigin;
  };
}

/** Runs where the pictures are drawn, a worker: tells when the graphics driver has finished a draw call with the model. */
function watchDrawing(): void {
  const MODEL_CORNERS_MIN = 60_000;
  const gl = WebGL2RenderingContext.prototype;
  const drawn = new BroadcastChannel('bench-drawn');
  const watch = (context: WebGL2RenderingContext, corners: number): void => {
    if (corners < MODEL_CORNERS_MIN) return;
    const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence === null) return;
    const poll = (): void => {
      if (context.getSyncParameter(fence, context.SYNC_STATUS) === context.SIGNALED) {
        drawn.postMessage(performance.timeOrigin + performance.now());
      } else setTimeout(poll, 4);
    };
    setTimeout(poll, 4);
  };
  const { drawElements, drawArrays } = gl;
  gl.drawElements = function (mode, count, type, offset) {
    drawElements.call(this, mode, count, type, offset);
    watch(this, count);
  };
  gl.drawArrays = function (mode, first, count) {
    drawArrays.call(this, mode, first, count);
    watch(this, count);
  };
}

/** Puts the watcher into the drawing worker's script on its way to the page. */
async function watchWorkers(context: BrowserContext): Promise<void> {
  await context.route(/stage-worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${watchDrawing})();\n${await response.text()}` });
  });
}

async function measure(page: Page, file: string): Promise<Seen> {
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.waitForFunction(
    () =>
      window.seen !== undefined && window.seen.shownMs > 0 && performance.now() > window.seen.shownMs + 700,
    undefined,
    { polling: 100, timeout: 120_000 },
  );
  const seen = await page.evaluate(() => window.seen);
  if (seen === undefined) throw new Error('the page was not watched');
  return seen;
}

const chromium = chromiumOrEnd();
const folder = mkdtempSync(join(tmpdir(), 'dipnet-bench-'));
const file = join(folder, 'torus.stl');
writeFileSync(file, binaryStl(torusFacets(1000, 500)));

const served = await serveConsole();
const browser = await launchBrowser(chromium);
const runs: Seen[] = [];
const references: number[] = [];
try {
  const [base = ''] = served.url.split('#');
  const context = await browser.newContext();
  await watchWorkers(context);
  for (let run = 0; run <= RUNS; run++) {
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    await page.goto(run === 0 ? served.url : `${base}#/studio`);
    if (run === 0) {
      await page.getByText('Design', { exact: true }).click();
    }
    await page.getByRole('heading', { name: 'Studio' }).waitFor();
    // Sessions are short here; a person reads the page before choosing a file.
    await page.waitForTimeout(3_000);
    const bytes = readFileSync(file);
    const startMs = performance.now();
    new STLLoader().parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    references.push(performance.now() - startMs);
    runs.push(await measure(page, file));
    await page.close();
  }
} finally {
  await browser.close();
  await served.stop();
  removeFolder(served.folder);
  rmSync(folder, { recursive: true, force: true });
}

const referenceMs = median(references);
const of = (pick: (seen: Seen) => number): number => median(runs.map(pick));
const parse = { what: 'STLLoader.parse', value: referenceMs };
console.log(`1 000 000 triangles, median of ${runs.length} runs`);
report({
  what: 'file chosen → measures shown',
  value: of((seen) => seen.measuredMs - seen.chosenMs),
  unit: 'ms',
  reference: parse,
});
report({
  what: 'file chosen → model drawn in 3D',
  value: of((seen) => seen.shownMs - seen.chosenMs),
  unit: 'ms',
  limit: SHOWN_MS_MAX,
  reference: parse,
});
report({
  what: 'longest time the window could not react',
  value: of((seen) => seen.blockedMs),
  unit: 'ms',
  limit: BLOCKED_MS_MAX,
  reference: { what: 'the page standing still', value: of((seen) => seen.stillMs) },
});
report({
  what: 'longest task of the page’s own thread',
  value: of((seen) => seen.longestTaskMs),
  unit: 'ms',
});
console.log(
  `each run: shown ${runs.map((seen) => (seen.shownMs - seen.chosenMs).toFixed(0)).join(', ')} ms; blocked ${runs.map((seen) => seen.blockedMs.toFixed(0)).join(', ')} ms`,
);
process.exit();
