// A console process with its pages in a real Chromium. Screenshots of every station go to e2e/artifacts.

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { DIPNET, ROOT } from './world.ts';

const ARTIFACTS = join(ROOT, 'e2e', 'artifacts');

export type ServedConsole = {
  /** Of the console's process. */
  readonly pid: number;
  readonly url: string;
  readonly folder: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
};

/** `dipnet serve` on a folder, with the demo world or another one; resolves when it printed its address. */
export function serveConsole(
  folder = mkdtempSync(join(tmpdir(), 'dipnet-pages-')),
  world: readonly string[] = ['--demo'],
): Promise<ServedConsole> {
  const child = spawn(process.execPath, [DIPNET, 'serve', ...world, '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: Buffer) => {
      said += text.toString();
      const url = /console ready at (\S+)/.exec(said)?.[1];
      if (url !== undefined)
        resolve({ pid: child.pid ?? 0, url, folder, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') });
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void ended.then(() => reject(new Error(`the console ended early: ${said}`)));
    afterTimeout(child, reject);
  });
}

function afterTimeout(child: ChildProcess, reject: (error: Error) => void): void {
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error('the console did not become ready'));
  }, 90_000);
  child.stdout?.once('data', () => clearTimeout(timer));
}

export async function launchBrowser(executablePath: string, ...more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

export type Watched = { readonly page: Page; readonly problems: string[] };

/** A page that notes every console error, page error and refused resource: a clean journey has none. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  return { page, problems: watchPage(page) };
}

/** Everything that goes wrong in a page from now on. */
export function watchPage(page: Page): string[] {
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}

export type ConsolePages = Watched & {
  readonly served: ServedConsole;
  readonly browser: Browser;
  close(): Promise<void>;
};

/** A console of its own with a demo world, and a page of it in a browser: not yet opened at its address. */
export async function openConsolePages(
  executablePath: string,
  options?: Parameters<Browser['newContext']>[0],
): Promise<ConsolePages> {
  const served = await serveConsole();
  const browser = await launchBrowser(executablePath);
  return {
    served,
    browser,
    ...(await openPage(browser, options)),
    async close() {
      await browser.close();
      await served.stop();
      removeFolder(served.folder);
    },
  };
}

/** To another page of the console, as a link would. */
export async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#${route}`);
}

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}

/** Longer than any button has to be held, on a busy machine too. */
const HOLD_MS_MAX = 6_000;
const PRESSES_MAX = 3;

/**
 * Presses a button until its dialog has done its work and gone, as a person does to confirm; a plain one acts on release.
 * A press that the opening dialog moved away from under the pointer is done again.
 */
export async function hold(button: Locator): Promise<void> {
  const { mouse } = button.page();
  for (let press = 1; press <= PRESSES_MAX; press++) {
    await button.hover();
    await mouse.down();
    await button.waitFor({ state: 'hidden', timeout: HOLD_MS_MAX }).catch(() => undefined);
    await mouse.up();
    const gone = button.waitFor({ state: 'hidden', timeout: HOLD_MS_MAX });
    if (
      await gone.then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error('the dialog stayed, however long its button was held');
}

export async function switchRole(page: Page, role: 'Designer' | 'Printer owner' | 'Buyer'): Promise<void> {
  await page
    .getByRole('radiogroup')
    .or(page.getByRole('banner'))
    .getByText(role, { exact: true })
    .first()
    .click();
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
