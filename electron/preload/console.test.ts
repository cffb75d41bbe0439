// The preload script's own code, bundled as for the product, in a real Chromium page under the page's own policy. Only
// Electron's two halves are played: a contextBridge that copies into the page, and an ipcRenderer that the test answers.

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needTool } from '../../scripts/tools.mjs';
import type { DesktopBridge } from './console.ts';

/** The page's window, with what the played Electron adds to it. */
type Played = {
  readonly dipnet: DesktopBridge;
  readonly asked: unknown[];
  play(channel: string, event: object, data?: unknown): void;
  answers: Record<string, unknown>;
};

/** As Electron's: the page gets copies, and only of functions and plain data. */
const ELECTRON_IN_PAGE = `
  const listeners = new Map();
  window.asked = [];
  window.answers = {};
  window.play = (channel, event, data) => { for (const listener of listeners.get(channel) ?? []) listener(event, data); };
  export const contextBridge = {
    exposeInMainWorld(name, api) {
      const copy = Object.fromEntries(Object.entries(api).map(([key, value]) => {
        if (typeof value !== 'function') throw new Error('only functions may cross');
        return [key, (...args) => value(...args)];
      }));
      Object.defineProperty(window, name, { value: Object.freeze(copy), writable: false });
    },
  };
  export const ipcRenderer = {
    invoke: async (channel, input) => { window.asked.push([channel, input]); return structuredClone(window.answers[channel]); },
    on: (channel, listener) => { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
    removeListener: (channel, listener) => {
      listeners.set(channel, (listeners.get(channel) ?? []).filter((other) => other !== listener));
    },
  };
`;

const executablePath = needTool('chromium', 'the preload bridge in a real page');

describe.skipIf(executablePath === undefined)('the preload bridge in a real page', () => {
  let browser: Browser;
  let page: Page;
  let script: string;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: ['electron/preload/console.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      plugins: [
        {
          name: 'electron-in-page',
          setup(bundler) {
            bundler.onResolve({ filter: /^electron$/ }, () => ({ path: 'electron', namespace: 'page' }));
            bundler.onLoad({ filter: /.*/, namespace: 'page' }, () => ({ contents: ELECTRON_IN_PAGE }));
          },
        },
      ],
    });
    script = outputFiles[0]?.text ?? '';
    const options = executablePath === undefined ? {} : { executablePath };
    // Chromium refuses to run as root with its own sandbox.
    browser = await chromium.launch({ ...options, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    page = await browser.newPage();
    await page.addInitScript({ content: script });
    await page.route('**/*', (route) =>
      route.fulfill({
        contentType: 'text/html',
        headers: { 'Content-Security-Policy': "default-src 'none'; script-src 'self'" },
        body: '<!doctype html><title>console</title>',
      }),
    );
    await page.goto('http://console.test/');
    return () => page.close();
  });

  it('offers exactly one function for each message, and nothing that can be changed', async () => {
    const found = await page.evaluate(() => {
      const played = window as unknown as Played;
      return {
        types: Object.fromEntries(Object.entries(played.dipnet).map(([key, value]) => [key, typeof value])),
        frozen: Object.isFrozen(played.dipnet),
        leaks: ['require', 'process', 'module', 'exports', 'Buffer', 'ipcRenderer', 'electron'].filter(
          (name) => name in window,
        ),
      };
    });
    const names = [
      'connect',
      'info',
      'saveFile',
      'openLink',
      'openFolder',
      'showNotice',
      'closeNotice',
      'setBadge',
      'installUpdate',
      'onUpdate',
    ];
    expect(found).toEqual({
      types: Object.fromEntries(names.map((name) => [name, 'function'])),
      frozen: true,
      leaks: [],
    });
  });

  it('hands the port of the core to its own window, and it carries messages', async () => {
    const heard = await page.evaluate(async () => {
      const played = window as unknown as Played;
      played.answers['core.connect'] = { ok: true, value: undefined };
      const received = new Promise<MessageEvent>((resolve) => {
        window.addEventListener('message', resolve, { once: true });
      });
      await played.dipnet.connect();
      const { port1, port2 } = new MessageChannel();
      played.play('dipnet:port', { ports: [port1] }, null);
      const event = await received;
      const [port] = event.ports;
      const answer = new Promise((resolve) => {
        port2.onmessage = ({ data }) => resolve(data);
      });
      port?.postMessage('over the port');
      return {
        data: event.data,
        own: event.source === window,
        ports: event.ports.length,
        answer: await answer,
        asked: played.asked,
      };
    });
    expect(heard).toEqual({
      data: 'dipnet:port',
      own: true,
      ports: 1,
      answer: 'over the port',
      asked: [['core.connect', undefined]],
    });
  });

  it('sends each request on its channel with its input, and returns the value of the answer', async () => {
    const result = await page.evaluate(async () => {
      const played = window as unknown as Played;
      played.answers = {
        'file.save': { ok: true, value: { saved: true } },
        'link.open': { ok: true, value: { opened: false } },
        'folder.open': { ok: true, value: { opened: true } },
        'notice.show': { ok: true, value: { shown: true } },
        'notice.close': { ok: true, value: undefined },
        'badge.set': { ok: true, value: { shown: false } },
        'update.install': { ok: true, value: { installing: false } },
        'shell.info': { ok: true, value: { version: '1' } },
      };
      const values = [
        await played.dipnet.saveFile('part.evidence', new Uint8Array([1, 2])),
        await played.dipnet.openLink('https://www.gnu.org/licenses/agpl-3.0.html'),
        await played.dipnet.openFolder(),
        await played.dipnet.showNotice({ tag: 'a', text: 'b', plain: 'c', path: '/orders', stays: true }),
        await played.dipnet.closeNotice('a'),
        await played.dipnet.setBadge(2),
        await played.dipnet.installUpdate(),
        await played.dipnet.info(),
      ];
      return { values, asked: JSON.stringify(played.asked) };
    });
    expect(result.values).toEqual([
      { saved: true },
      { opened: false },
      { opened: true },
      { shown: true },
      undefined,
      { shown: false },
      { installing: false },
      { version: '1' },
    ]);
    expect(JSON.parse(result.asked)).toEqual([
      ['file.save', { fileName: 'part.evidence', data: { 0: 1, 1: 2 } }],
      ['link.open', { url: 'https://www.gnu.org/licenses/agpl-3.0.html' }],
      ['folder.open', null],
      ['notice.show', { tag: 'a', text: 'b', plain: 'c', path: '/orders', stays: true }],
      ['notice.close', { tag: 'a' }],
      ['badge.set', { count: 2 }],
      ['update.install', null],
      ['shell.info', null],
    ]);
  });

  it('turns a refusal into an error that says its code and nothing else', async () => {
    const text = await page.evaluate(async () => {
      const played = window as unknown as Played;
      played.answers['shell.info'] = { ok: false, code: 'shell.refused' };
      return played.dipnet.info().catch((error: unknown) => String(error));
    });
    expect(text).toBe('Error: shell.refused');
  });

  it('passes news on without the event object, until told to stop', async () => {
    const seen = await page.evaluate(() => {
      const played = window as unknown as Played;
      const seen: unknown[] = [];
      const stop = played.dipnet.onUpdate((...args: unknown[]) => seen.push(['first', ...args]));
      played.dipnet.onUpdate((...args: unknown[]) => seen.push(['second', ...args]));
      const event = { sender: { send: () => undefined }, ports: [] };
      played.play('shell.update', event, 'downloading');
      stop();
      played.play('shell.update', event, 'ready');
      return seen;
    });
    expect(seen).toEqual([
      ['first', 'downloading'],
      ['second', 'downloading'],
      ['second', 'ready'],
    ]);
  });

  it('ignores a port message without a port', async () => {
    const count = await page.evaluate(async () => {
      const played = window as unknown as Played;
      let messages = 0;
      window.addEventListener('message', () => messages++);
      played.play('dipnet:port', { ports: [] }, null);
      // A message of our own comes after everything that was posted before.
      const last = new Promise((resolve) => window.addEventListener('message', resolve, { once: true }));
      window.postMessage('last', '/');
      await last;
      return messages;
    });
    expect(count).toBe(1);
  });
});
