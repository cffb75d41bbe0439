// Opening the console: a second `npm start` until its page can be used (promise: 3 s), the first page in a browser that
// has nothing of it yet (promise: 1.2 s), and the memory of the process once nothing happens (promise: 200 MB).
// References of the same run: a page of one picture from the same process, and Node doing nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium as engine } from 'playwright-core';
import { chromiumOrEnd, interactiveMs, residentMb, watchInteractive } from './bench-pages.ts';
import { removeFolder, serveConsole } from './browser.ts';
import { median, report } from './figures.ts';
import { DIPNET, ROOT } from './world.ts';

const RUNS = 3;
const START_MS_MAX = 3_000;
const FIRST_PAGE_MS_MAX = 1_200;
const IDLE_MB_MAX = 200;
const IDLE_AFTER_MS = 20_000;

/** As a person's browser comes up: 3D computed in software, as the journeys need it, would slow every first picture. */
function launchBrowser(executablePath: string): Promise<Browser> {
  return engine.launch({ executablePath, args: ['--no-sandbox'] });
}

type Started = { readonly child: ChildProcess; readonly url: string; readonly spawnedMs: number };

/** `npm start` on a folder, in a browser that is opened by us. */
function npmStart(folder: string): Promise<Started> {
  const spawnedMs = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), '--data', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DIPNET_BROWSER: '1', DIPNET_NO_OPEN: '1' },
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      const url = /http:\/\/\S+#token=\S+(?=\s)/.exec(said)?.[0];
      if (url !== undefined) resolve({ child, url, spawnedMs });
    });
    child.once('exit', () => reject(new Error(`npm start ended early: ${said}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

/** Opens `url` in a browser with nothing but the cookies of a session; the page's own time to interactive. */
async function firstPageMs(chromium: string, url: string, cookies: Cookies = []): Promise<number> {
  const browser = await launchBrowser(chromium);
  try {
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await watchInteractive(page);
    await page.goto(url, { waitUntil: 'commit' });
    return await interactiveMs(page);
  } finally {
    await browser.close();
  }
}

async function onePictureMs(chromium: string, url: string): Promise<number> {
  const browser = await launchBrowser(chromium);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    return await page.evaluate(() => performance.getEntriesByType('navigation')[0]?.duration ?? Number.NaN);
  } finally {
    await browser.close();
  }
}

/** The question of the first run is answered once, so that every later start shows the console itself. */
async function answerWelcome(chromium: string, url: string): Promise<Cookies> {
  const browser = await launchBrowser(chromium);
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByText('Design', { exact: true }).click();
  await page.getByRole('heading', { name: 'Studio' }).waitFor();
  // The answer is kept by the core, not by the page.
  await page.waitForTimeout(1_000);
  const cookies = await page.context().cookies();
  await browser.close();
  return cookies;
}

async function measureStarts(chromium: string, folder: string): Promise<void> {
  const starts: number[] = [];
  const addresses: number[] = [];
  const nodes: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const nodeMs = performance.now();
    await new Promise((resolve) => spawn(process.execPath, ['-e', '0']).once('exit', resolve));
    nodes.push(performance.now() - nodeMs);
    const { child, url, spawnedMs } = await npmStart(folder);
    const addressMs = performance.now() - spawnedMs;
    const pageMs = await firstPageMs(chromium, url);
    addresses.push(addressMs);
    // Without the browser's own start, which is not ours.
    starts.push(addressMs + pageMs);
    await stop(child);
  }
  const reference = { what: 'node -e 0', value: median(nodes) };
  report({ what: 'second npm start → address', value: median(addresses), unit: 'ms', reference });
  report({
    what: 'second npm start → page interactive',
    value: median(starts),
    unit: 'ms',
    limit: START_MS_MAX,
    reference,
  });
}

async function measurePage(chromium: string, url: string, cookies: Cookies): Promise<void> {
  const pages: number[] = [];
  const pictures: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    pictures.push(await onePictureMs(chromium, new URL('icon.svg', url).href));
    // The address's token was used up; the session is what a person's other tab would have.
    pages.push(await firstPageMs(chromium, new URL('/', url).href, cookies));
  }
  report({
    what: 'first page, empty browser profile → interactive',
    value: median(pages),
    unit: 'ms',
    limit: FIRST_PAGE_MS_MAX,
    reference: { what: 'a page of one picture', value: median(pictures) },
  });
}

async function measureIdle(folder: string): Promise<void> {
  const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const child = spawn(process.execPath, [DIPNET, 'serve', '--demo', '--data', folder], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, IDLE_AFTER_MS));
  report({
    what: 'memory of the process, idle for 20 s',
    value: residentMb(child.pid ?? 0),
    unit: 'MB',
    limit: IDLE_MB_MAX,
    reference: { what: 'idle Node', value: residentMb(idle.pid ?? 0) },
  });
  idle.kill();
  await stop(child);
}

const chromium = chromiumOrEnd();
const served = await serveConsole(mkdtempSync(join(tmpdir(), 'dipnet-bench-')));
try {
  const cookies = await answerWelcome(chromium, served.url);
  await measurePage(chromium, served.url, cookies);
  await served.stop();
  await measureStarts(chromium, served.folder);
  await measureIdle(served.folder);
} finally {
  await served.stop().catch(() => undefined);
  removeFolder(served.folder);
}
process.exit();
