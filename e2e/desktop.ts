// The pages as the desktop shell runs them, without Electron: the built pages under their own policy in a real Chromium,
// the product's preload script, and the core's own entry with the real router behind real message channels. Only what
// lies between the two processes is played, message by message: Electron's own hand-over of ports.

import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { Browser, Page } from 'playwright-core';
import type { Api } from '../node-core/host/cli/story.ts';
import { createConsole } from '../node-core/host/core.ts';
import type { ParentPort } from '../node-core/host/utility-process.ts';
import { runUtility } from '../node-core/host/utility-process.ts';
import { contentSecurityPolicy, loadPages, securityHeaders } from '../node-core/host/web/pages.ts';
import { openPage, removeFolder } from './browser.ts';
import { ROOT, WORKERS_URL } from './world.ts';

const ORIGIN = 'https://console.test';

/** Electron's two halves in the page: contextBridge copies, ipcRenderer asks the test, ports carry what the core says. */
const ELECTRON_IN_PAGE = `
  const listeners = new Map();
  const ports = new Map();
  let count = 0;
  const toText = (data) => typeof data === 'string' ? 's' + data
    : 'b' + btoa(Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join(''));
  const fromText = (text) => text[0] === 's' ? text.slice(1)
    : Uint8Array.from(atob(text.slice(1)), (letter) => letter.charCodeAt(0));
  window.fromCore = (id, text) => ports.get(id)?.postMessage(fromText(text));
  window.coreClosed = (id) => { ports.get(id)?.close(); ports.delete(id); };
  window.play = (channel, data) => { for (const listener of listeners.get(channel) ?? []) listener({ ports: [] }, data); };
  const electron = {};
  electron.contextBridge = {
    exposeInMainWorld: (name, api) => Object.defineProperty(window, name, { value: Object.freeze({ ...api }) }),
  };
  electron.ipcRenderer = {
    async invoke(channel, input) {
      if (channel !== 'core.connect') return window.askShell(channel, input);
      const id = ++count;
      const { port1, port2 } = new MessageChannel();
      ports.set(id, port2);
      port2.onmessage = ({ data }) => window.toCore(id, toText(data));
      await window.connectCore(id);
      for (const listener of listeners.get('dipnet:port') ?? []) listener({ ports: [port1] }, null);
      return { ok: true, value: undefined };
    },
    on: (channel, listener) => { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
    removeListener: (channel, listener) => {
      listeners.set(channel, (listeners.get(channel) ?? []).filter((other) => other !== listener));
    },
  };
`;

export type Desktop = {
  readonly page: Page;
  readonly problems: readonly string[];
  readonly folder: string;
  /** What the pages asked of the shell besides ports. */
  readonly asked: readonly (readonly [channel: string, input: unknown])[];
  /** What the shell answers; changes from the next question on. */
  readonly answers: Map<string, unknown>;
  /** News of the shell. */
  tell(channel: string, data: unknown): Promise<void>;
  /** The core, asked by somebody else than the page. */
  readonly api: Api;
  /** Ends the core's ports as a crash of its process would. */
  dropPorts(): Promise<void>;
  /** How often the page was given a port. */
  connections(): number;
  close(): Promise<void>;
};

export async function openDesktop(browser: Browser): Promise<Desktop> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-desktop-'));
  const core = startCore(folder);
  const { page, problems } = await openPage(browser);
  const asked: [string, unknown][] = [];
  const answers = new Map<string, unknown>([
    ['shell.info', { version: '0.1.0', platform: 'linux', vault: 'system', update: 'off' }],
    ['folder.open', { opened: true }],
    ['link.open', { opened: true }],
    ['update.install', { installing: false }],
    ['notice.show', { shown: true }],
    ['badge.set', { shown: true }],
  ]);
  const ends = new Map<number, MessagePort>();
  let onConnect: () => void = () => undefined;
  await page.exposeFunction('askShell', (channel: string, input: unknown) => {
    asked.push([channel, input]);
    return { ok: true, value: answers.get(channel) };
  });
  await page.exposeFunction('connectCore', (id: number) => {
    const end = core.connect();
    ends.set(id, end);
    onConnect();
    // A page that has gone meanwhile hears nothing any more.
    const say = (call: string, text = '') =>
      page.evaluate(
        ([name, port, said]) => {
          const played = window as unknown as Record<string, (id: number, text: string) => void>;
          played[name]?.(port, said);
        },
        [call, id, text] as const,
      );
    end.on('message', (data: string | Uint8Array) => {
      const text = typeof data === 'string' ? `s${data}` : `b${Buffer.from(data).toString('base64')}`;
      say('fromCore', text).catch(() => undefined);
    });
    end.on('close', () => void say('coreClosed').catch(() => undefined));
  });
  await page.exposeFunction('toCore', (id: number, text: string) => {
    const data = text.startsWith('s') ? text.slice(1) : new Uint8Array(Buffer.from(text.slice(1), 'base64'));
    ends.get(id)?.postMessage(data);
  });
  await page.addInitScript({ content: preload() });
  await servePages(page);
  await page.goto(`${ORIGIN}/`);
  const apiPort = core.connect();
  return {
    page,
    problems,
    folder,
    asked,
    answers,
    api: createORPCClient(new RPCLink({ port: apiPort })),
    tell: (channel, data) =>
      page.evaluate(
        ([name, said]) =>
          (window as unknown as { play(name: string, data: unknown): void }).play(name as string, said),
        [channel, data],
      ),
    async dropPorts() {
      const before = ends.size;
      const again = new Promise<void>((resolve) => {
        onConnect = () => {
          if (ends.size > before) resolve();
        };
      });
      for (const end of ends.values()) end.close();
      await again;
    },
    connections: () => ends.size,
    async close() {
      apiPort.close();
      await page.context().close();
      await core.close();
      removeFolder(folder);
    },
  };
}

/** The core's own entry, told what the shell tells it. */
function startCore(dataPath: string) {
  const parent = new EventEmitter();
  const ended = new Promise<void>((resolve) => {
    runUtility({
      parent: {
        on: (event, listener) => parent.on(event, listener),
        postMessage: () => undefined,
      } satisfies ParentPort,
      open: ({ vaultSecret }, restart) =>
        createConsole({ dataPath, vaultSecret, restart, demo: { stocked: true }, workersUrl: WORKERS_URL }),
      exit: () => resolve(),
    });
  });
  const tell = (data: object, ports: readonly MessagePort[] = []) => parent.emit('message', { data, ports });
  tell({ type: 'open', dataPath, demo: true, vaultSecret: new Uint8Array(32).fill(7) });
  return {
    connect() {
      const { port1, port2 } = new MessageChannel();
      tell({ type: 'connect' }, [port1]);
      return port2;
    },
    close() {
      tell({ type: 'close' });
      return ended;
    },
  };
}

/** The built preload script, with what is played in place of its only import. */
function preload(): string {
  const script = readFileSync(join(ROOT, 'dist', 'electron', 'preload.cjs'), 'utf8');
  return `(() => { ${ELECTRON_IN_PAGE} const require = () => electron; const module = { exports: {} }; ${script}\n})();`;
}

/** The built pages with the headers that the shell's own scheme gives them. */
async function servePages(page: Page): Promise<void> {
  const pages = loadPages(join(ROOT, 'dist', 'renderer'));
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const asset = pathname === '/' ? undefined : pages.findAsset(pathname);
    if (asset !== undefined)
      return route.fulfill({
        path: asset.path,
        headers: {
          ...securityHeaders(contentSecurityPolicy(undefined, [])),
          'Content-Type': asset.contentType,
        },
      });
    const nonce = 'bm9uY2U=';
    return pathname === '/'
      ? route.fulfill({
          body: pages.indexHtml(nonce) ?? '',
          headers: { ...securityHeaders(contentSecurityPolicy(nonce, [])), 'Content-Type': 'text/html' },
        })
      : route.fulfill({ status: 404 });
  });
}
