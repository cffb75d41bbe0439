// Stake clicked through in a real browser, on a network that the command made: given, moved, taken back, collected, and
// refused in words. Then the nodes go away, and the pages show what was proven last, also after a restart.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hexToBytes, unwrap } from '../../node-core/base/index.ts';
import { freePorts } from '../../node-core/host/cometbft/testing/ports.ts';
import { createKeyPair, parseAddress } from '../../node-core/identity/index.ts';
import { needTool } from '../../scripts/tools.mjs';
import type { ServedConsole } from '../browser.ts';
import { launchBrowser, openPage, removeFolder, serveConsole, shoot } from '../browser.ts';
import { DIPNET } from '../world.ts';
import { CHAIN_ID, ClusterNode, reach } from './testing/cluster.ts';
import { createEngine, transfer } from './testing/load.ts';

const cometbft = needTool('cometbft', 'stake on a real network');
const chromium = needTool('chromium', 'stake on a real network');
const isSkipped = cometbft === undefined || chromium === undefined;
/** On a machine that is busy with other things a block takes seconds. */
const PATIENCE_MS = 60_000;
const GIFT_MICRO = 900_000_000_000n;

let folder: string;
let networkFile: string;
let nodes: ClusterNode[] = [];
let served: ServedConsole;
let browser: Browser;
let page: Page;
let problems: string[];

const dipnet = (...args: readonly string[]): string => {
  const ran = spawnSync(process.execPath, [DIPNET, ...args], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
};

/** Quick blocks: what is tested is what happens, not how long it waits. */
function hurry(settings: string): void {
  const text = readFileSync(settings, 'utf8');
  const quick = text.replace('timeout_commit = "1000ms"', 'timeout_commit = "150ms"');
  expect(quick).not.toBe(text);
  writeFileSync(settings, quick);
}

beforeAll(async () => {
  if (isSkipped) return;
  folder = mkdtempSync(join(tmpdir(), 'dipnet-stake-'));
  const net = join(folder, 'net');
  networkFile = join(net, 'network.json');
  const [port] = await freePorts(40);
  dipnet(
    'network',
    'init',
    '--validators',
    '2',
    '--output',
    net,
    '--port',
    `${port}`,
    '--chain-id',
    CHAIN_ID,
  );
  for (const home of ['node0', 'node1']) hurry(join(net, home, 'config', 'config.toml'));
  const { rpcs } = JSON.parse(readFileSync(networkFile, 'utf8')) as { rpcs: string[] };
  nodes = rpcs.map((rpc, index) => {
    const home = join(net, `node${index}`);
    return new ClusterNode(home, rpc, cometbft, [process.execPath, DIPNET, 'node', '--home', home, '--json']);
  });
  for (const node of nodes) node.start();
  await reach(nodes, 1);
  expect(dipnet('network', 'checkpoint', '--network', networkFile)).toContain('block 1');
  browser = await launchBrowser(chromium);
  await serve();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await shoot(page, `failed-stake-${task.name.slice(0, 30).replace(/\W+/g, '-')}`);
});
afterAll(async () => {
  if (isSkipped) return;
  await browser?.close();
  await served?.stop();
  await Promise.all(nodes.map((node) => node.stop()));
  removeFolder(folder);
});

async function serve(): Promise<void> {
  served = await serveConsole(join(folder, 'console'), ['--network', networkFile]);
  ({ page, problems } = await openPage(browser));
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(served.url);
}

const goTo = (route: string) =>
  page.evaluate((hash) => {
    location.hash = hash;
  }, `#${route}`);
const panel = () =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'Your stake' }) });
const rowOf = (validator: string) => panel().getByRole('row').filter({ hasText: validator });
const dialog = () => page.getByRole('dialog');
const next = () => dialog().getByRole('button', { name: 'Continue' }).click();

async function chooseValidator(name: string): Promise<void> {
  await dialog().getByRole('combobox').click();
  await page.getByRole('option').filter({ hasText: name }).click();
}

async function shows(where: Locator, text: string | RegExp): Promise<void> {
  await where.getByText(text).first().waitFor();
}

/** Fills in the amount, reads the summary, holds the button, and waits until the page says that it is done. */
async function confirm(amount: string, summary: RegExp, button: string, done: string): Promise<void> {
  await dialog().getByLabel('Amount in DPN').fill(amount);
  await next();
  await shows(dialog(), summary);
  const held = dialog().getByRole('button', { name: button });
  await held.hover();
  await page.mouse.down();
  await dialog().locator('button[data-loading]').or(page.getByText(done)).first().waitFor();
  await page.mouse.up();
  await dialog().waitFor({ state: 'detached' });
  await shows(page.locator('body'), done);
}

describe.skipIf(isSkipped)('stake, in the browser', () => {
  test('is given to a validator, once the amount is one that the account has', async () => {
    await page.getByText('Buy', { exact: true }).click();
    await page.getByRole('heading', { name: 'Market', exact: true }).waitFor();
    await goTo('/wallet');
    await page.getByRole('heading', { name: 'Wallet' }).waitFor();
    const address = /0x[0-9a-fA-F]{40}/.exec(await page.content())?.[0] ?? '';
    const { community } = JSON.parse(readFileSync(join(folder, 'net', 'founders.json'), 'utf8')) as {
      community: { secretKey: string };
    };
    const engine = createEngine(nodes.map(({ rpc }) => rpc));
    await engine.start();
    const to = parseAddress(address) ?? new Uint8Array(0);
    const key = createKeyPair(hexToBytes(community.secretKey));
    unwrap(await engine.submit(transfer(key, to, 0, GIFT_MICRO)));
    await engine.stop();
    await goTo('/network');
    await shows(panel(), /Available: 900,000\.00/);

    await panel().getByRole('button', { name: 'Stake DPN' }).click();
    await next();
    await shows(dialog(), 'Choose a validator.');
    await shows(dialog(), 'Enter an amount above zero');
    await chooseValidator('Validator 0');
    await shows(dialog(), /Signs blocks, 100% of late\. Keeps 0%/);
    await dialog().getByLabel('Amount in DPN').fill('900,000');
    await next();
    await shows(dialog(), 'with a little left for fees');
    await confirm(
      '600,000',
      /will be staked with Validator 0/,
      'Hold to stake',
      'The stake is with the validator.',
    );
    await shows(rowOf('Validator 0'), '600,000.00');
  });

  test('moves to another one, and is not moved on from there', async () => {
    await panel().getByRole('button', { name: 'Move from Validator 0' }).click();
    await shows(dialog(), /Lies with this validator: 600,000\.00/);
    await confirm(
      '100,000',
      /from Validator 0 to Validator 1 at once/,
      'Hold to move',
      'The stake has moved.',
    );
    await shows(rowOf('Validator 0'), '500,000.00');
    await shows(rowOf('Validator 1'), '100,000.00');
    await panel().getByRole('button', { name: 'Move from Validator 1' }).click();
    await dialog().getByRole('button', { name: 'All of it' }).click();
    await next();
    const button = dialog().getByRole('button', { name: 'Hold to move' });
    await button.hover();
    await page.mouse.down();
    await dialog().getByRole('alert').waitFor();
    await page.mouse.up();
    // With a date, not with the chain's seconds.
    expect(await dialog().getByRole('alert').textContent()).toMatch(
      /liable for its first validator until [^.]+20\d\d/,
    );
    await shoot(page, 'stake-refused');
    await dialog().getByRole('button', { name: 'Close' }).click();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  test('is taken back on a date, and what it earned is collected', async () => {
    await panel().getByRole('button', { name: 'Take back from Validator 0' }).click();
    await confirm('50,000.5', /stays liable for 21 days/, 'Hold to take back', 'on its way back');
    await shows(panel(), /50,000\.50\s*DPN comes back on/);
    await shows(rowOf('Validator 0'), '449,999.50');
    await rowOf('Validator 0').getByRole('button', { name: 'Collect' }).click();
    await shows(page.locator('body'), 'The rewards are in your account.');
    await shoot(page, 'stake-light');
  });

  test('is legible by night and in Chinese, and for a screen reader', async () => {
    await panel().scrollIntoViewIfNeeded();
    const { violations } = await new AxeBuilder({ page }).include('main').analyze();
    expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await shoot(page, 'stake-dark');
    await goTo('/settings');
    await page.getByText('简体中文').first().click();
    await page.getByText('English').first().waitFor();
    await goTo('/network');
    await page.getByRole('button', { name: '质押 DPN' }).scrollIntoViewIfNeeded();
    await shoot(page, 'stake-zh');
    await page.getByRole('button', { name: '质押 DPN' }).click();
    await shoot(page, 'stake-dialog-zh');
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
    await goTo('/settings');
    await page.getByText('English').first().click();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(problems).toEqual([]);
  });
});

describe.skipIf(isSkipped)('without the nodes', () => {
  const banner = () => page.getByText('Offline: no node can be reached');

  test('every page says that it shows what was verified before', async () => {
    await goTo('/network');
    await shows(rowOf('Validator 0'), '449,999.50');
    await Promise.all(nodes.map((node) => node.stop()));
    await banner().waitFor({ timeout: 60_000 });
    await shows(page.locator('main'), 'Out of reach: you see what was verified before');
    await shows(rowOf('Validator 0'), '449,999.50');
    await shoot(page, 'offline-network');
    await goTo('/wallet');
    await banner().waitFor();
    await shows(page.locator('main'), /299,99\d\.\d+/);
    await shoot(page, 'offline-wallet');
  });

  test('so does a console that is started then, until the network is back', async () => {
    await served.stop();
    await serve();
    await banner().waitFor({ timeout: 60_000 });
    await goTo('/network');
    await shows(rowOf('Validator 0'), '449,999.50');
    await shows(rowOf('Validator 1'), '100,000.00');
    await shows(page.locator('main'), /Verified at|verified up to block/);
    await shoot(page, 'offline-restarted');
    for (const node of nodes) node.start();
    await banner().waitFor({ state: 'detached', timeout: 120_000 });
    await shows(page.locator('main'), /Verified up to block/);
  });
});
