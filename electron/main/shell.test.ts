// The life of the shell: starting, links, the core's crashes, printing, quitting, the vault and updates.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Shell } from '../testing/boot.ts';
import { bootShell, childOf, endShells, loadShell, request, windowOf } from '../testing/boot.ts';
import { findLink, parseLink, parseOutsideLink } from './links.ts';

afterEach(() => {
  vi.useRealTimers();
  endShells();
});

const opened = (shell: Shell) =>
  childOf(shell).posted[0]?.[0] as { vaultSecret: Uint8Array; [key: string]: unknown };
const activity = (activePrinters: number) => ({ type: 'activity', activePrinters });

/** Emits an event that can be prevented, and tells whether it was. */
function prevents(emitter: { emit(name: string, ...args: unknown[]): boolean }, name: string): boolean {
  const preventDefault = vi.fn();
  emitter.emit(name, { preventDefault });
  return preventDefault.mock.calls.length > 0;
}

describe('starting', () => {
  it('leaves everything to the first instance', async () => {
    const shell = await loadShell({ isFirstInstance: false });
    expect(shell.calls.map(({ name }) => name)).toEqual(['app.quit']);
    expect(shell.UtilityChild.all).toEqual([]);
  });

  it('starts the core in its own process, with the secret over the pipe and not the command line', async () => {
    const shell = await bootShell();
    const child = childOf(shell);
    expect(child.forked).toEqual([
      join(shell.folder, 'app/dist/desktop/utility.js'),
      [],
      { serviceName: 'DIPNET core', stdio: 'inherit' },
    ]);
    const { vaultSecret, ...message } = opened(shell);
    expect(message).toEqual({ type: 'open', dataPath: join(shell.folder, 'user/console/data'), demo: true });
    expect(vaultSecret).toHaveLength(32);
  });

  it('shows the window once there is something to see', async () => {
    const shell = await bootShell();
    expect(windowOf(shell).options['show']).toBe(false);
    expect(shell.callsOf('window.show')).toHaveLength(0);
    windowOf(shell).emit('ready-to-show');
    expect(shell.callsOf('window.show')).toHaveLength(1);
  });

  it('hands a page a port whose other end the core has', async () => {
    const shell = await bootShell();
    expect(await request(shell, 'core.connect')).toEqual({ ok: true, value: undefined });
    const [message, transfer] = childOf(shell).posted.at(-1) ?? [];
    expect(message).toEqual({ type: 'connect' });
    const [channel, data, ports] = shell.callsOf('contents.postMessage')[0] ?? [];
    expect([channel, data]).toEqual(['dipnet:port', null]);
    const [core, page] = [(transfer as MessagePort[])[0], (ports as MessagePort[])[0]];
    const heard = new Promise((resolve) => page?.once('message', resolve));
    core?.postMessage('from the core');
    expect(await heard).toBe('from the core');
    core?.close();
  });

  it('is its own watchdog where it is packaged, and then nothing else', async () => {
    const packaged = await bootShell({ isPackaged: true });
    expect(opened(packaged)).toMatchObject({ type: 'open', watchdog: ['/exe', '--watchdog'] });
    const dog = await loadShell({
      isPackaged: true,
      args: ['--watchdog', '/watch', '/socket', '7'],
      files: { 'dist/desktop/watchdog.js': 'globalThis.watchedWith = process.argv.slice(2);' },
    });
    await vi.waitFor(() => expect(globalThis).toHaveProperty('watchedWith'));
    expect(dog.callsOf('app.setPath')).toEqual([['userData', '/temp/dipnet-watchdog']]);
    expect(dog.callsOf('app.enableSandbox')).toEqual([]);
    dog.makeReady();
    expect([dog.BrowserWindow.all, dog.UtilityChild.all]).toEqual([[], []]);
  });

  it('says in words why it cannot start, and ends', async () => {
    const shell = await loadShell();
    mkdirSync(join(shell.folder, 'user', 'console'), { recursive: true });
    const sealed = [...Buffer.from('too short').toString('base64')].reverse().join('');
    writeFileSync(join(shell.folder, 'user', 'console', 'vault.sealed'), sealed);
    shell.makeReady();
    await vi.waitFor(() => expect(shell.callsOf('app.quit')).toHaveLength(1));
    const [title, text] = shell.callsOf('dialog.error')[0] ?? [];
    expect([title, text]).toEqual(['DIPNET Console had to stop', expect.stringContaining('damaged')]);
    expect(shell.UtilityChild.all).toEqual([]);
  });

  it('gives menu, tray and dialogs in the language of the system', async () => {
    for (const [locale, word] of [
      ['zh-CN', '退出'],
      ['fr', 'Quit'],
    ]) {
      const shell = await bootShell({ locale: locale ?? '' });
      expect(JSON.stringify(shell.callsOf('tray.setContextMenu'))).toContain(word);
      expect(JSON.stringify(shell.callsOf('Menu.setApplicationMenu'))).toContain(word);
    }
  });

  it('has developer tools in unpackaged builds only', async () => {
    const tools = async (isPackaged: boolean) => {
      const shell = await bootShell({ isPackaged });
      return [
        JSON.stringify(shell.callsOf('Menu.setApplicationMenu')).includes('toggleDevTools'),
        windowOf(shell).options.webPreferences['devTools'],
      ];
    };
    expect(await tools(false)).toEqual([true, true]);
    expect(await tools(true)).toEqual([false, false]);
  });
});

describe('the core', () => {
  async function bootWithClock(): Promise<Shell> {
    const shell = await bootShell();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    return shell;
  }

  it('is started again after a crash, with pauses that grow, and given up in words', async () => {
    const shell = await bootWithClock();
    const { vaultSecret } = opened(shell);
    for (const pauseMs of [500, 1000, 2000, 4000, 8000]) {
      const before = shell.UtilityChild.all.length;
      childOf(shell).emit('exit', 1);
      expect(await request(shell, 'core.connect')).toEqual({ ok: false, code: 'shell.failed' });
      vi.advanceTimersByTime(pauseMs - 1);
      expect(shell.UtilityChild.all).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(shell.UtilityChild.all).toHaveLength(before + 1);
      expect(opened(shell).vaultSecret).toEqual(vaultSecret);
    }
    childOf(shell).emit('exit', 1);
    vi.advanceTimersByTime(3_600_000);
    expect(shell.UtilityChild.all).toHaveLength(6);
    expect(shell.callsOf('dialog.error')).toEqual([
      ['DIPNET Console had to stop', expect.stringContaining('several times')],
    ]);
  });

  it('is forgiven its crashes once it stayed up for a minute', async () => {
    const shell = await bootWithClock();
    for (let crash = 0; crash < 20; crash++) {
      vi.advanceTimersByTime(61_000);
      childOf(shell).emit('exit', 1);
      vi.advanceTimersByTime(500);
    }
    expect(shell.UtilityChild.all).toHaveLength(21);
    expect(shell.callsOf('dialog.error')).toEqual([]);
  });

  it('is not started again where it refused to open; the person is told why', async () => {
    const shell = await bootWithClock();
    const fault = { code: 'data.locked', message: 'The folder is in use.', next: 'Close the other console.' };
    childOf(shell).emit('message', { type: 'refused', fault });
    expect(shell.callsOf('child.kill')).toHaveLength(1);
    childOf(shell).emit('exit', 0);
    vi.advanceTimersByTime(3_600_000);
    expect(shell.UtilityChild.all).toHaveLength(1);
    expect(shell.callsOf('dialog.error')).toEqual([
      ['DIPNET Console had to stop', 'The folder is in use. Close the other console.'],
    ]);
  });

  it('keeps the computer awake while a printer is at work, and lets it sleep after a crash', async () => {
    const shell = await bootWithClock();
    const child = childOf(shell);
    for (const count of [0, 1, 2, 1, 0]) child.emit('message', activity(count));
    expect(shell.callsOf('power.start')).toEqual([['prevent-app-suspension']]);
    expect(shell.callsOf('power.stop')).toEqual([[1]]);
    child.emit('message', activity(1));
    child.emit('exit', 1);
    expect(shell.callsOf('power.stop')).toEqual([[1], [2]]);
    const tips = shell.callsOf('tray.setToolTip').map(([text]) => String(text).includes('Printing'));
    expect(tips).toEqual([false, true, false, true, false]);
  });
});

describe('quitting', () => {
  it('waits until the core brought its work to disk', async () => {
    const shell = await bootShell();
    expect(prevents(shell.app, 'before-quit')).toBe(true);
    await vi.waitFor(() => expect(childOf(shell).posted.at(-1)?.[0]).toEqual({ type: 'close' }));
    expect(shell.callsOf('app.quit')).toEqual([]);
    // A second request to quit changes nothing.
    expect(prevents(shell.app, 'before-quit')).toBe(true);
    childOf(shell).emit('exit', 0);
    await vi.waitFor(() => expect(shell.callsOf('app.quit')).toHaveLength(1));
    expect(prevents(shell.app, 'before-quit')).toBe(false);
    expect(shell.UtilityChild.all).toHaveLength(1);
  });

  it('ends a core that does not answer', async () => {
    const shell = await bootShell();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    prevents(shell.app, 'before-quit');
    vi.advanceTimersByTime(9_999);
    expect(shell.callsOf('child.kill')).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(shell.callsOf('child.kill')).toHaveLength(1);
  });

  it('asks first while a printer is at work, and only hides a closed window', async () => {
    const shell = await bootShell();
    childOf(shell).emit('message', activity(1));
    expect(prevents(windowOf(shell), 'close')).toBe(true);
    expect(shell.callsOf('window.hide')).toHaveLength(1);
    prevents(shell.app, 'before-quit');
    await vi.waitFor(() => expect(shell.callsOf('dialog.message')).toHaveLength(1));
    expect(childOf(shell).posted.map(([message]) => (message as { type: string }).type)).toEqual(['open']);
    shell.world.answer = 1;
    prevents(shell.app, 'before-quit');
    await vi.waitFor(() => expect(childOf(shell).posted.at(-1)?.[0]).toEqual({ type: 'close' }));
    expect(prevents(windowOf(shell), 'close')).toBe(false);
  });

  it('closes a window at once while no printer is at work', async () => {
    const shell = await bootShell();
    expect(prevents(windowOf(shell), 'close')).toBe(false);
    shell.app.emit('window-all-closed');
    expect(shell.callsOf('app.quit')).toHaveLength(1);
  });
});

describe('a page that crashes', () => {
  it('is loaded again, but not for ever, and not where it was ended on purpose', async () => {
    const shell = await bootShell();
    const { webContents } = windowOf(shell);
    const crash = (reason: string) => webContents.emit('render-process-gone', {}, { reason, exitCode: 1 });
    crash('killed');
    expect(shell.callsOf('contents.reload')).toHaveLength(0);
    for (let count = 0; count < 10; count++) crash('crashed');
    expect(shell.callsOf('contents.reload')).toHaveLength(5);
    expect(shell.callsOf('window.close').length).toBeGreaterThan(0);
  });
});

describe('links', () => {
  const order = `/orders/0x${'aB'.repeat(20)}`;

  const asks = (link: string) => `/link?to=${encodeURIComponent(link)}`;
  const page = 'dipnet-app://console/';

  it('lead to the page that asks, and hostile ones nowhere', () => {
    expect(parseLink('dipnet://market')).toBe(asks('dipnet://market'));
    expect(parseLink(`dipnet:/${order}`)).toBe(asks(`dipnet:/${order}`));
    for (const link of ['', 'dipnet://evil/x', `dipnet:/${order}/accept`, 'https://example.com/'])
      expect([link, parseLink(link)]).toEqual([link, undefined]);
  });

  it('never become anything but a question, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `dipnet://${text}`),
        ),
        (text) => {
          expect(parseLink(text) ?? '/link?to=a').toMatch(/^\/link\?to=[A-Za-z0-9%._-]+$/);
          expect(parseOutsideLink(text)).toBeUndefined();
        },
      ),
      { seed: 6, numRuns: 500 },
    );
    expect(findLink(['electron', '--flag=dipnet://market', 'dipnet://farm', 'x'])).toBe(
      asks('dipnet://farm'),
    );
  });

  const loaded = (shell: Shell) => shell.callsOf('window.loadURL').map(([url]) => String(url));

  it('given at the start are the first page', async () => {
    const shell = await bootShell({ args: ['dipnet://market'] });
    expect(loaded(shell)).toEqual([`${page}#${asks('dipnet://market')}`]);
  });

  it('given to a running console bring its window to the front', async () => {
    const shell = await bootShell();
    shell.app.emit('second-instance', {}, ['electron', `dipnet:/${order}`]);
    expect(shell.callsOf('window.focus')).toHaveLength(1);
    const preventDefault = vi.fn();
    shell.app.emit('open-url', { preventDefault }, 'dipnet://farm');
    expect(preventDefault).toHaveBeenCalled();
    shell.app.emit('second-instance', {}, ['electron', 'dipnet://evil/x']);
    expect(shell.callsOf('window.focus')).toHaveLength(3);
    expect(shell.BrowserWindow.all).toHaveLength(1);
    expect(loaded(shell)).toEqual([
      page,
      `${page}#${asks(`dipnet:/${order}`)}`,
      `${page}#${asks('dipnet://farm')}`,
    ]);
  });

  it('given before the console is ready wait for it', async () => {
    const shell = await loadShell();
    shell.app.emit('open-url', { preventDefault: () => undefined }, 'dipnet://wallet');
    expect(loaded(shell)).toEqual([]);
    shell.makeReady();
    await vi.waitFor(() => expect(loaded(shell)).toEqual([`${page}#${asks('dipnet://wallet')}`]));
  });

  it('open a new window where the last one was closed', async () => {
    const shell = await bootShell();
    windowOf(shell).emit('closed');
    shell.app.emit('second-instance', {}, ['electron', 'dipnet://farm']);
    expect(shell.BrowserWindow.all).toHaveLength(2);
    expect(loaded(shell).at(-1)).toBe(`${page}#${asks('dipnet://farm')}`);
  });

  it('are claimed from the system by packaged builds only', async () => {
    const claimed = async (isPackaged: boolean) =>
      (await bootShell({ isPackaged })).callsOf('app.setAsDefaultProtocolClient');
    expect(await claimed(false)).toEqual([]);
    expect(await claimed(true)).toEqual([['dipnet']]);
  });
});

describe('notifications', () => {
  const notice = {
    tag: 'p:0xab',
    text: 'Ada: the text of it',
    plain: 'New message',
    path: '/messages/p%3A0xab',
    stays: false,
  };
  const bodies = (shell: Shell) => shell.Notification.all.map(({ options }) => options['body']);

  it('say what the page says, and lead to its chat on a click', async () => {
    const shell = await bootShell();
    expect(await request(shell, 'notice.show', notice)).toEqual({ ok: true, value: { shown: true } });
    expect(bodies(shell)).toEqual(['Ada: the text of it']);
    expect(shell.callsOf('notification.show')).toHaveLength(1);
    shell.Notification.all[0]?.emit('click');
    expect(shell.callsOf('window.focus')).toHaveLength(1);
    expect(shell.callsOf('window.loadURL').at(-1)).toEqual([`dipnet-app://console/#${notice.path}`]);
    // Where the window was closed meanwhile, another one opens at the same place.
    await request(shell, 'notice.show', notice);
    windowOf(shell).emit('closed');
    shell.Notification.all[1]?.emit('click');
    expect(shell.BrowserWindow.all).toHaveLength(2);
    expect(shell.callsOf('window.loadURL').at(-1)).toEqual([`dipnet-app://console/#${notice.path}`]);
  });

  it('tell nothing of anybody on a locked screen', async () => {
    const shell = await bootShell({ idleState: 'locked' });
    await request(shell, 'notice.show', notice);
    expect(bodies(shell)).toEqual(['New message']);
  });

  it('take the place of the one before, end with what they are about, and are not without number', async () => {
    const shell = await bootShell();
    await request(shell, 'notice.show', { ...notice, stays: true });
    expect(shell.Notification.all[0]?.options).toMatchObject({ timeoutType: 'never' });
    await request(shell, 'notice.show', { ...notice, text: 'another' });
    expect(shell.callsOf('notification.close')).toEqual([['Ada: the text of it']]);
    await request(shell, 'notice.close', { tag: notice.tag });
    await request(shell, 'notice.close', { tag: notice.tag });
    expect(shell.callsOf('notification.close')).toEqual([['Ada: the text of it'], ['another']]);
    for (let count = 0; count < 40; count++)
      await request(shell, 'notice.show', { ...notice, tag: `t${count}`, text: `n${count}` });
    const closed = shell.callsOf('notification.close').slice(2);
    expect(closed).toEqual(Array.from({ length: 24 }, (_, index) => [`n${index}`]));
  });

  it('are refused where they lead anywhere else, or say more than a line or two', async () => {
    const shell = await bootShell();
    for (const wrong of [
      { path: '/wallet' },
      { path: '/link?to=dipnet%3A%2F%2Fmarket' },
      { path: 'https://example.com/' },
      { path: '/messages/../wallet' },
      { path: '/messages/a\n' },
      { text: '' },
      { text: 'x'.repeat(401) },
      { tag: 'x'.repeat(201) },
    ])
      expect(await request(shell, 'notice.show', { ...notice, ...wrong })).toEqual({
        ok: false,
        code: 'shell.invalid',
      });
    expect(shell.Notification.all).toEqual([]);
    const none = await bootShell({ notifies: false });
    expect(await request(none, 'notice.show', notice)).toEqual({ ok: true, value: { shown: false } });
  });

  it('are counted at the icon: a number where there is one, a dot on Windows', async () => {
    const shell = await bootShell();
    await request(shell, 'badge.set', { count: 3 });
    expect(shell.callsOf('app.setBadgeCount')).toEqual([[3]]);
    expect(await request(shell, 'badge.set', { count: -1 })).toEqual({ ok: false, code: 'shell.invalid' });
    const windows = await bootShell({ platform: 'win32' });
    expect(windows.callsOf('app.setAppUserModelId')).toEqual([['org.dipnet.console']]);
    await request(windows, 'badge.set', { count: 3 });
    await request(windows, 'badge.set', { count: 0 });
    const path = join(windows.folder, 'app/assets/icons/dot.png');
    expect(windows.callsOf('window.setOverlayIcon')).toEqual([
      [expect.objectContaining({ path }), 'Messages wait'],
      [null, ''],
    ]);
    expect(windows.callsOf('app.setBadgeCount')).toEqual([]);
  });
});

describe('the vault', () => {
  const vaultFile = (shell: Shell) => join(shell.folder, 'user', 'console', 'vault.sealed');

  it('keeps one secret, sealed on disk, across starts', async () => {
    const shell = await bootShell();
    const secret = Buffer.from(opened(shell).vaultSecret).toString('base64');
    expect(readFileSync(vaultFile(shell), 'utf8')).not.toContain(secret);
    const userData = join(shell.folder, 'user');
    const again = await bootShell({ userData, shouldReEncrypt: true });
    expect(Buffer.from(opened(again).vaultSecret).toString('base64')).toBe(secret);
    expect(Buffer.from(opened(await bootShell({ userData })).vaultSecret).toString('base64')).toBe(secret);
  });

  it('shows the data folder, and says so when the system could not', async () => {
    const shell = await bootShell();
    expect(await request(shell, 'folder.open')).toEqual({ ok: true, value: { opened: true } });
    expect(shell.callsOf('shell.openPath')).toEqual([[join(shell.world.userData, 'console', 'data')]]);
    shell.world.folderProblem = 'no file manager';
    expect(await request(shell, 'folder.open')).toEqual({ ok: true, value: { opened: false } });
  });

  it('tells the person where the system has no key store', async () => {
    const shell = await bootShell({ backend: 'basic_text' });
    expect(await request(shell, 'shell.info')).toMatchObject({ value: { vault: 'plain' } });
    expect(JSON.stringify(shell.callsOf('dialog.message'))).toContain('no key store');
    expect((await bootShell()).callsOf('dialog.message')).toEqual([]);
  });

  it('works without a key store, and seals the same secret once there is one', async () => {
    const bare = await bootShell({ encryption: false, backend: 'unknown' });
    const { vaultSecret } = opened(bare);
    expect(await request(bare, 'shell.info')).toMatchObject({ value: { vault: 'plain' } });
    const plainFile = `${vaultFile(bare)}.plain`;
    expect([existsSync(plainFile), existsSync(vaultFile(bare))]).toEqual([true, false]);
    const later = await bootShell({ userData: join(bare.folder, 'user') });
    expect(opened(later).vaultSecret).toEqual(vaultSecret);
    expect([existsSync(plainFile), existsSync(vaultFile(bare))]).toEqual([false, true]);
    expect(await request(later, 'shell.info')).toMatchObject({ value: { vault: 'system' } });
  });
});

describe('files', () => {
  it('are saved where the person says, and not where they changed their mind', async () => {
    const shell = await bootShell();
    const input = { fileName: 'part.evidence', data: Uint8Array.of(1, 2, 3) };
    expect(await request(shell, 'file.save', input)).toEqual({ ok: true, value: { saved: false } });
    shell.world.saveTo = join(shell.folder, 'saved');
    expect(await request(shell, 'file.save', input)).toEqual({ ok: true, value: { saved: true } });
    expect([...readFileSync(shell.world.saveTo)]).toEqual([1, 2, 3]);
    shell.world.saveTo = join(shell.folder, 'nowhere', 'saved');
    expect(await request(shell, 'file.save', input)).toEqual({ ok: false, code: 'shell.failed' });
  });
});

describe('updates', () => {
  const updateFile = '{"feedUrl":"https://updates.example/feed"}';
  const signed = { isPackaged: true, platform: 'darwin', updateFile };

  it('exist in signed builds only', async () => {
    for (const world of [
      { ...signed, isPackaged: false },
      { ...signed, platform: 'linux' },
      { isPackaged: true, platform: 'darwin' },
      { ...signed, updateFile: '{"feedUrl":"http://updates.example/feed"}' },
      { ...signed, updateFile: 'not JSON' },
    ]) {
      const shell = await bootShell(world);
      expect(await request(shell, 'shell.info')).toMatchObject({ value: { update: 'off' } });
      shell.autoUpdater.emit('update-downloaded');
      expect(await request(shell, 'update.install')).toEqual({ ok: true, value: { installing: false } });
      expect(shell.callsOf('updater.setFeedURL')).toEqual([]);
    }
  });

  it('are installed when the person says so, never while a printer is at work', async () => {
    const shell = await bootShell(signed);
    expect(shell.callsOf('updater.setFeedURL')).toEqual([[{ url: 'https://updates.example/feed' }]]);
    expect(await request(shell, 'update.install')).toEqual({ ok: true, value: { installing: false } });
    shell.autoUpdater.emit('update-available');
    shell.autoUpdater.emit('update-downloaded', {}, 'text of a server', 'name of a server');
    const sent = shell.callsOf('contents.send').filter(([channel]) => channel === 'shell.update');
    expect(sent).toEqual([
      ['shell.update', 'downloading'],
      ['shell.update', 'ready'],
    ]);
    childOf(shell).emit('message', activity(1));
    expect(await request(shell, 'update.install')).toEqual({ ok: true, value: { installing: false } });
    childOf(shell).emit('message', activity(0));
    expect(await request(shell, 'update.install')).toEqual({ ok: true, value: { installing: true } });
    expect(shell.callsOf('updater.install')).toHaveLength(1);
  });

  it('that fail leave the console as it was', async () => {
    const shell = await bootShell(signed);
    shell.autoUpdater.emit('update-available');
    shell.autoUpdater.emit('error', new Error('https://a.secret/address'));
    expect(await request(shell, 'shell.info')).toMatchObject({ value: { update: 'none' } });
    const log = () => readFileSync(join(shell.folder, 'user', 'console', 'shell.log'), 'utf8');
    await vi.waitFor(() => expect(log()).toContain('update.failed'));
    expect(log()).not.toContain('secret');
  });
});
