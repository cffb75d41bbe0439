// Two consoles on one machine that write to each other over one station, each with its pages in a browser window of its
// own. What tests of chats, calls and groups begin with.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { goTo, launchBrowser, openPage, removeFolder, type ServedConsole, serveConsole } from './browser.ts';
import { DIPNET } from './world.ts';

export type TestStation = {
  readonly host: string;
  readonly port: number;
  /** Says nothing for a while, as a station behind a broken line. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

/** `dipnet station` as a process of its own, on a free port. */
export async function startStation(): Promise<TestStation> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-station-'));
  const args = ['station', '--home', folder, '--port', '0', '--json'];
  const child = spawn(process.execPath, [DIPNET, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      const found = /"port":(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    void ended.then(() => reject(new Error(`the station ended early: ${said}`)));
  });
  return {
    host: '127.0.0.1',
    port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
      removeFolder(folder);
    },
  };
}

/** One of the two: its process, its window, and who it is to the other. */
export type ConsoleSide = {
  readonly served: ServedConsole;
  readonly page: Page;
  /** Errors of the page so far: a clean test ends with none. */
  readonly problems: readonly string[];
  /** DIMP ID of the account that acts in this window. */
  readonly id: string;
};

export type TwoConsoles = {
  readonly station: TestStation;
  readonly browser: Browser;
  readonly one: ConsoleSide;
  readonly two: ConsoleSide;
  close(): Promise<void>;
};

/**
 * Two demo consoles, logged in at one station, each on its Messages page. `chromiumArgs` are for what needs flags, as
 * synthetic cameras do.
 */
export async function openTwoConsoles(
  chromiumPath: string,
  ...chromiumArgs: readonly string[]
): Promise<TwoConsoles> {
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const station = await startStation();
    undo.push(() => station.stop());
    const browser = await launchBrowser(chromiumPath, ...chromiumArgs);
    undo.push(() => browser.close());
    const open = async () => {
      const served = await serveConsole();
      undo.push(async () => {
        await served.stop();
        removeFolder(served.folder);
      });
      return openSide(browser, served, station);
    };
    const [one, two] = [await open(), await open()];
    return { station, browser, one, two, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openSide(browser: Browser, served: ServedConsole, station: TestStation): Promise<ConsoleSide> {
  const { page, problems } = await openPage(browser);
  await page.goto(served.url);
  await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
  await goTo(page, '/messages');
  await chooseStation(page, station);
  const own = page.getByText('Your ID').locator('..').getByRole('button').first();
  const id = /0x[0-9a-fA-F]{40}/.exec((await own.getAttribute('aria-label')) ?? '')?.[0] ?? '';
  return { served, page, problems, id };
}

/** Goes to a page by its address within the console. */
export async function chooseStation(page: Page, { host, port }: TestStation): Promise<void> {
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('textbox', { name: 'Address' }).fill(host);
  await page.getByRole('textbox', { name: 'Port' }).fill(String(port));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`Station ${host}, port ${port}`).waitFor();
}

/** Adds a person and opens the chat with them. */
export async function addContact(page: Page, id: string, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a contact' }).click();
  await page.getByRole('textbox', { name: 'ID or account' }).fill(id);
  await page.getByRole('textbox', { name: 'What you call them' }).fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('region', { name, exact: true }).waitFor();
}

/** Opens a chat of the list by what stands in its row. */
export async function openChat(page: Page, text: string): Promise<void> {
  await page.getByRole('list', { name: 'Chats' }).getByRole('link').filter({ hasText: text }).click();
  await page.getByRole('log').waitFor();
}

/** Writes in the chat that is open, and waits until it stands there. */
export async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Write a message' });
  await box.fill(text);
  await box.press('Enter');
  await page.getByRole('log').getByText(text, { exact: true }).waitFor();
}

/** Waits until the open chat shows a text. */
export async function sees(page: Page, text: string): Promise<void> {
  await page.getByRole('log').getByText(text, { exact: true }).waitFor();
}
