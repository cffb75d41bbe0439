// The live view of a print of more than 100 000 moves, drawn in software: pictures a second while it follows a running
// print (promise: 15), how long after its news the nozzle is there (promise: 0.5 s), and how the view turns under the
// mouse meanwhile. Reference: an empty canvas of the same size cleared by the same browser.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemClock } from '../node-core/host/adapters/system.ts';
import { playStory } from '../node-core/host/cli/story.ts';
import { binaryStl, torusFacets } from '../node-core/models/test-shapes.ts';
import { chromiumOrEnd, processorMs } from './bench-pages.ts';
import { launchBrowser, openPage, removeFolder, serveConsole } from './browser.ts';
import { median, report } from './figures.ts';
import { connectApi } from './served-api.ts';

const PICTURES_PER_S_MIN = 15;
const FOLLOWED_MS_MAX = 500;
const WATCH_MS = 15_000;
const TURN_MS = 6_000;
/** Fast enough that the print grows visibly, slow enough that it lasts for the whole run. */
const PRINT_SPEED = 20;

type Live = {
  /** When pictures were begun that drew something, in milliseconds since 1970. */
  pictures: number[];
  /** Moves that the drawing was told of, and that the mark stood at. */
  told: { moves: number; atMs: number }[];
  shown: { moves: number; atMs: number }[];
  moves: number;
};
declare global {
  interface Window {
    live?: Live;
  }
}

/** Runs in the page before anything of it: reads what the page and its drawing worker say to each other. */
function watchPage(): void {
  const live: Live = { pictures: [], told: [], shown: [], moves: 0 };
  window.live = live;
  const now = (): number => performance.timeOrigin + performance.now();
  new BroadcastChannel('bench-pictures').onmessage = ({ data }) => live.pictures.push(data);
  const { postMessage } = Worker.prototype;
  const listened = new WeakSet<Worker>();
  Worker.prototype.postMessage = function (this: Worker, message, options?: unknown) {
    const { command } = message;
    if (command?.do === 'follow') live.told.push({ moves: command.told.moves, atMs: now() });
    if (command?.do === 'path') live.moves = command.path.moves;
    if (command !== undefined && !listened.has(this)) {
      listened.add(this);
      this.addEventListener('message', ({ data }) => {
        if (data.news?.news === 'nozzle') live.shown.push({ moves: data.news.moves, atMs: now() });
      });
    }
    postMessage.call(this, message, options as StructuredSerializeOptions);
  };
}

/** Runs where the pictures are drawn: tells of each frame in which something was. */
function watchDrawing(): void {
  const pictures = new BroadcastChannel('bench-pictures');
  const gl = WebGL2RenderingContext.prototype;
  let drew = false;
  const methods = ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced'] as const;
  for (const name of methods) {
    const draw = gl[name] as (...args: unknown[]) => void;
    Object.assign(gl, {
      [name](this: WebGL2RenderingContext, ...args: unknown[]) {
        drew = true;
        draw.apply(this, args);
      },
    });
  }
  const request = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.requestAnimationFrame = (callback) =>
    request((time) => {
      drew = false;
      callback(time);
      if (drew) pictures.postMessage(performance.timeOrigin + time);
    });
}

async function watchWorkers(context: BrowserContext): Promise<void> {
  await context.route(/stage-worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${watchDrawing})();\n${await response.text()}` });
  });
}

/** Processor time that may go into a picture where a single core shall make fifteen a second. */
const PICTURE_PROCESSOR_MS_MAX = 1000 / PICTURES_PER_S_MIN;

type Watched = Live & { readonly perS: number; readonly processorMs: number };

/** What was seen from now on. */
async function during(page: Page, act: () => Promise<void>): Promise<Watched> {
  await page.evaluate(() => {
    if (window.live !== undefined)
      Object.assign(window.live, { pictures: [], told: window.live.told.slice(-1), shown: [] });
  });
  const startMs = performance.now();
  const usedMs = processorMs(served.pid);
  await act();
  const ms = performance.now() - startMs;
  const processor = processorMs(served.pid) - usedMs;
  const live = await page.evaluate(() => window.live);
  if (live === undefined) throw new Error('the page was not watched');
  return { ...live, perS: live.pictures.length / (ms / 1000), processorMs: processor / live.pictures.length };
}

/** For each piece of news, how long the mark took to stand where it said. */
function delays({ told, shown }: Live): number[] {
  return told.flatMap((news) => {
    const there = shown.find(({ moves, atMs }) => atMs >= news.atMs && moves >= news.moves - 1e-6);
    return there === undefined ? [] : [there.atMs - news.atMs];
  });
}

async function turn(page: Page): Promise<void> {
  const box = await page.locator('main [role=application]').boundingBox();
  if (box === null) throw new Error('the view is not there');
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  const startMs = performance.now();
  for (let step = 0; performance.now() - startMs < TURN_MS; step++) {
    await page.mouse.move(x + 120 * Math.sin(step / 12), y + 20 * Math.sin(step / 20));
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
}

/** Pictures a second of an empty canvas of the size of the view, cleared as fast as the browser shows it. */
async function clearedPerS(browser: Browser): Promise<number> {
  const page = await browser.newPage();
  const count = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 644;
    canvas.height = 516;
    document.body.append(canvas);
    const gl = canvas.getContext('webgl2', { antialias: true });
    const startMs = performance.now();
    let frames = 0;
    while (performance.now() - startMs < 4_000) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      gl?.clearColor(Math.random(), 0.5, 0.5, 1);
      gl?.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      frames++;
    }
    return frames / 4;
  });
  await page.close();
  return count;
}

const chromium = chromiumOrEnd();
const served = await serveConsole();
const browser = await launchBrowser(chromium);
try {
  const reference = { what: 'clearing alone', value: await clearedPerS(browser) };
  const { page } = await openPage(browser);
  const context = page.context();
  await watchWorkers(context);
  await page.addInitScript(watchPage);
  await page.goto(served.url);
  await page.getByText('Print', { exact: true }).first().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  const { api } = await connectApi(context, served.url);
  const model = { name: 'ring.stl', bytes: binaryStl(torusFacets(400, 160, 38, 13)) };
  const [machine] = await api.machines.list();
  if (machine === undefined) throw new Error('a demo world has a printer');
  // It ends with this program, long before the print.
  playStory(api, systemClock, { model, quantity: 1, speed: PRINT_SPEED }, ({ text, done }) => {
    if (done && process.env['DIPNET_BENCH_VERBOSE'] !== undefined) console.log(`  ${text}`);
  }).catch(() => undefined);
  await page.evaluate((id) => {
    location.hash = `#/farm/${id}`;
  }, machine.id);
  await page.waitForFunction(() => (window.live?.told.length ?? 0) > 20, undefined, { timeout: 400_000 });
  await page.waitForTimeout(3_000);
  const watched = await during(page, () => page.waitForTimeout(WATCH_MS));
  const turned = await during(page, () => turn(page));
  const after = await during(page, () => page.waitForTimeout(5_000));
  console.log(`a print of ${watched.moves} moves, ${watched.told.at(-1)?.moves} of them done`);
  for (const [what, seen] of [
    ['while the print is followed', watched],
    ['while the view is turned meanwhile', turned],
  ] as const) {
    report({
      what: `pictures ${what}`,
      value: seen.perS,
      unit: 'fps',
      least: PICTURES_PER_S_MIN,
      reference,
    });
    report({
      what: `processor time of the browser a picture ${what}`,
      value: seen.processorMs,
      unit: 'ms',
      limit: PICTURE_PROCESSOR_MS_MAX,
    });
  }
  const followed = [...delays(watched), ...delays(after)];
  report({ what: 'news of the nozzle → the mark is there, median', value: median(followed), unit: 'ms' });
  report({
    what: 'the same, nineteen of twenty times within',
    value: followed.sort((a, b) => a - b)[Math.floor(followed.length * 0.95)] ?? Number.NaN,
    unit: 'ms',
    limit: FOLLOWED_MS_MAX,
  });
} finally {
  await browser.close();
  await served.kill();
  removeFolder(served.folder);
}
process.exit();
