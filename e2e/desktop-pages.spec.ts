// The pages over a message port, as in the desktop shell: they open, carry files and live news, come back after the core
// went away, say what the shell says, and start over with a fresh world.

import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needTool } from '../scripts/tools.mjs';
import { goTo, hold, launchBrowser, openPage, removeFolder, serveConsole, shoot } from './browser.ts';
import type { Desktop } from './desktop.ts';
import { openDesktop } from './desktop.ts';
import { ROOT } from './world.ts';

const chromiumPath = needTool('chromium', 'the pages over a message port');
/** As long as a page may take on a busy machine. */
const SOON = { timeout: 20_000 };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let browser: Browser;
beforeAll(async () => {
  // Electron's pages hear when the other end of a port is gone; a plain Chromium has to be told to.
  if (chromiumPath !== undefined)
    browser = await launchBrowser(chromiumPath, '--enable-blink-features=MessagePortCloseEvent');
});
afterAll(() => browser?.close());

async function look(page: Page, name: string): Promise<void> {
  await shoot(page, name);
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map(({ id, nodes }) => `${name}: ${id} at ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

const chainOf = (page: Page) =>
  page
    .getByText(/^dipnet-demo-[0-9a-f]{8}$/)
    .first()
    .textContent();

describe.skipIf(chromiumPath === undefined)('the pages over a message port', () => {
  let desktop: Desktop;
  let page: Page;
  const sockets: string[] = [];

  beforeAll(async () => {
    desktop = await openDesktop(browser);
    page = desktop.page;
    page.on('websocket', (socket) => sockets.push(socket.url()));
  });
  afterAll(() => desktop?.close());

  it('open, carry a file in and its picture out, and hear of the work as it goes', async () => {
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await page.getByText('Design', { exact: true }).click();
    await page.getByRole('heading', { name: 'Studio' }).waitFor();
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles(join(ROOT, 'e2e', 'fixtures', 'wedge.stl'));
    await page.getByLabel('Title').fill('Door wedge');
    await page.getByLabel('Price for each printed copy').fill('2.5');
    await page.getByRole('button', { name: 'Check and publish' }).click();
    await hold(page.getByRole('button', { name: 'Hold to publish' }));
    await page
      .getByText(/first registered|Your registration is on the chain|Published/i)
      .first()
      .waitFor();
    await goTo(page, '/market');
    await page
      .getByRole('img', { name: /Door wedge/ })
      .or(page.getByText('Door wedge'))
      .first()
      .waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('img')].some(
        ({ src, naturalWidth }) => src.startsWith('blob:') && naturalWidth > 0,
      ),
    );
    expect(sockets).toEqual([]);
  });

  it('find the core again when it went away under them', async () => {
    await desktop.dropPorts();
    await goTo(page, '/wallet');
    await page.getByText('Available', { exact: true }).waitFor();
    // The stream of news is back too: play money arrives without asking again.
    await page.getByRole('banner').getByText('Buyer', { exact: true }).click();
    await page.getByText('Bea Novak').first().waitFor();
    expect([desktop.connections(), sockets]).toEqual([2, []]);
  });

  it('say what the shell says: the key store, updates, the folder, the licence', async () => {
    await goTo(page, '/settings');
    await page.getByText('Sealed by this computer’s key store').waitFor();
    await page.getByText('This build does not update itself').waitFor();
    await page.getByText(desktop.folder).waitFor();
    await page.getByRole('button', { name: 'Open folder' }).click();
    await desktop.tell('shell.update', 'downloading');
    await page.getByText('An update is being downloaded').waitFor();
    await desktop.tell('shell.update', 'ready');
    await page.getByRole('button', { name: 'Restart to update' }).click();
    await page.getByText('Not now: a printer is at work.').waitFor();
    await page.getByRole('button', { name: 'The licence at the GNU project' }).click();
    await look(page, '60-settings-desktop');
    desktop.answers.set('folder.open', { opened: false });
    await page.getByRole('button', { name: 'Open folder' }).click();
    await page.getByText('The system could not show the folder.').waitFor();
    expect(
      desktop.asked.map(([channel]) => channel).filter((name) => !['shell.info', 'badge.set'].includes(name)),
    ).toEqual(['folder.open', 'update.install', 'link.open', 'folder.open']);
    expect(desktop.asked.find(([name]) => name === 'link.open')?.[1]).toEqual({
      url: 'https://www.gnu.org/licenses/agpl-3.0.html',
    });
  });

  it('ask before a link of another program leads anywhere', async () => {
    const account = '0x52908400098527886E0F7030069857D2E4169EE7';
    await goTo(page, `/link?to=${encodeURIComponent(`dipnet://contact/${account}`)}`);
    await page.getByRole('heading', { name: 'Follow this link?' }).waitFor();
    await page.getByText(account).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await look(page, '65-link-question');
    await page.getByRole('button', { name: 'Go there' }).click();
    // It stands in the dialog; nobody was added.
    await expect
      .poll(() => page.getByRole('textbox', { name: 'ID or account' }).inputValue(), SOON)
      .toBe(account);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await goTo(page, `/link?to=${encodeURIComponent('dipnet://wallet/send?to=me')}`);
    await page.getByText('This link leads nowhere').waitFor();
    await shoot(page, '66-link-nowhere');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByText('This link leads nowhere').waitFor({ state: 'detached' });
  });

  it('tell of messages through the shell, by name and not by word, and count them at the icon', async () => {
    await goTo(page, '/market');
    const { role } = await desktop.api.system.settings();
    const accounts = await desktop.api.wallet.accounts();
    const me = accounts.find((account) => account.role === role)?.address ?? '';
    const other = accounts.find((account) => account.role !== role)?.address ?? '';
    const told = (channel: string) =>
      desktop.asked.filter(([name]) => name === channel).map(([, input]) => input);
    await expect.poll(() => told('badge.set').at(-1), SOON).toEqual({ count: 0 });
    await page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await desktop.api.messages.send({ actor: other, chat: `p:${me}`, text: 'the text of it' });
    await expect.poll(() => told('badge.set').at(-1), SOON).toEqual({ count: 1 });
    await expect.poll(() => told('notice.show'), SOON).toHaveLength(1);
    expect(told('notice.show')[0]).toMatchObject({
      tag: `p:${other}`,
      text: expect.stringMatching(/^New message: /),
      plain: 'New message',
      path: `/messages/p%3A${other}`,
      stays: false,
    });
    expect(JSON.stringify(told('notice.show'))).not.toContain('the text of it');
  });

  it('warn where no key store seals the keys', async () => {
    desktop.answers.set('shell.info', {
      version: '0.1.0',
      platform: 'linux',
      vault: 'plain',
      update: 'none',
    });
    await goTo(page, '/network');
    await goTo(page, '/settings');
    await page.getByText('Hidden, but not sealed').waitFor();
    await page.getByText('No update is waiting').waitFor();
  });

  it('start over with a fresh world, and begin at the beginning', async () => {
    const before = await chainOf(page);
    await page.getByRole('button', { name: 'Start over with a fresh demo world' }).click();
    await page.getByRole('button', { name: 'Throw it away and start over' }).click();
    await page.getByRole('heading', { name: 'What do you want to do?' }).waitFor();
    await page.getByText('Look around').click();
    await page.getByRole('heading', { name: 'Market' }).waitFor();
    await page.getByText('Cable hook').first().waitFor();
    expect(await page.getByText('Door wedge').count()).toBe(0);
    expect(await chainOf(page)).not.toBe(before);
    expect(desktop.problems).toEqual([]);
  });
});

describe.skipIf(chromiumPath === undefined)('the settings in a browser', () => {
  it('say what protects the keys, show licences, and start over in the same window', async () => {
    const served = await serveConsole();
    const { page, problems } = await openPage(browser);
    await page.goto(served.url);
    await page.getByText('Look around').click();
    await page.getByRole('heading', { name: 'Market' }).waitFor();
    await goTo(page, '/settings');
    await page.getByText('Protected by your user account only').waitFor();
    await page.getByText('Served to a browser, the console does not update itself').waitFor();
    expect(await page.getByRole('button', { name: 'Open folder' }).count()).toBe(0);
    await page.getByText('Protected by your user account only').scrollIntoViewIfNeeded();
    await look(page, '61-settings-browser');
    await page.getByRole('button', { name: 'Licences of the console and its parts' }).click();
    await page.getByRole('cell', { name: 'react-intl', exact: true }).waitFor();
    await look(page, '62-licences');
    await page.getByRole('tab', { name: 'This console' }).click();
    await page.getByText('GNU AFFERO GENERAL PUBLIC LICENSE').first().waitFor();
    await page.keyboard.press('Escape');
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.getByRole('radio', { name: '简体中文' }).check();
    const before = await chainOf(page);
    await page.getByRole('button', { name: '用全新的演示世界重新开始' }).click();
    await page.getByText('以下内容将永远消失').waitFor();
    await look(page, '63-start-over-zh');
    await page.getByRole('button', { name: '丢弃并重新开始' }).click();
    await page.getByRole('heading', { name: '您想做什么？' }).waitFor({ timeout: 40_000 });
    await page.getByText('随便看看').click();
    await page.getByRole('heading', { name: '市场' }).waitFor();
    expect(await chainOf(page)).not.toBe(before);
    expect(problems.filter((text) => !/WebSocket|ERR_CONNECTION|503/.test(text))).toEqual([]);
    await page.context().close();
    await served.stop();
    removeFolder(served.folder);
  });
});
