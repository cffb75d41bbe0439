// Electron's security checklist, one test for each of its twenty items, against the shell's own code.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Shell } from '../testing/boot.ts';
import { bootShell, endShells, loadShell, request, windowOf } from '../testing/boot.ts';

afterEach(endShells);

const ROOT = join(import.meta.dirname, '..', '..');

function preferences(shell: Shell): Readonly<Record<string, unknown>> {
  return windowOf(shell).options.webPreferences;
}

/** Emits an event with a url and tells whether the shell prevented it. */
function isPrevented(shell: Shell, event: string, url: string): boolean {
  let prevented = false;
  windowOf(shell).webContents.emit(event, {
    url,
    preventDefault: () => {
      prevented = true;
    },
  });
  return prevented;
}

async function load(shell: Shell, path: string, init: RequestInit = {}): Promise<Response> {
  const handler = shell.protocolHandlers.get('dipnet-app');
  if (handler === undefined) throw new Error('the scheme is not handled');
  return handler({ url: path, method: init.method ?? 'GET' } as Request);
}

const FOREIGN = [
  'https://example.com/',
  'http://127.0.0.1/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,<b>',
  'dipnet-app://other/',
  'dipnet-app://console/assets/a-AbCd1234.js',
  'dipnet-app://console.example.com/',
  'dipnet://market',
  '',
];

describe('the security checklist of Electron', () => {
  it('1: only secure content: pages can load nothing but their own scheme', async () => {
    const shell = await bootShell();
    const handler = shell.session.defaultSession.handlers.get('load') as unknown as (
      details: { url: string },
      callback: (response: { cancel: boolean }) => void,
    ) => void;
    const cancelled = (url: string) => {
      let answer: boolean | undefined;
      handler({ url }, ({ cancel }) => {
        answer = cancel;
      });
      return answer;
    };
    for (const url of [
      'http://example.com/',
      'https://example.com/',
      'ws://127.0.0.1/',
      'file:///etc/passwd',
      'ftp://x/',
    ]) {
      expect([url, cancelled(url)]).toEqual([url, true]);
    }
    for (const url of ['dipnet-app://console/', 'data:,a', 'blob:dipnet-app://console/1']) {
      expect([url, cancelled(url)]).toEqual([url, false]);
    }
    expect(shell.callsOf('window.loadURL')).toEqual([['dipnet-app://console/']]);
  });

  it('2: no Node integration', async () => {
    const { nodeIntegration, ...rest } = preferences(await bootShell());
    expect(nodeIntegration).toBe(false);
    expect(Object.keys(rest).filter((key) => /^nodeIntegration/.test(key))).toEqual([]);
  });

  it('3: context isolation', async () => {
    expect(preferences(await bootShell())['contextIsolation']).toBe(true);
  });

  it('4: sandbox, for every process, before Electron is ready', async () => {
    const shell = await loadShell();
    expect(shell.callsOf('app.enableSandbox')).toHaveLength(1);
    expect(shell.BrowserWindow.all).toHaveLength(0);
    expect(preferences(await bootShell())['sandbox']).toBe(true);
  });

  it('5: every permission is denied, but microphone and camera to the console itself', async () => {
    const { handlers } = (await bootShell()).session.defaultSession;
    const OWN = 'dipnet-app://console/';
    const ask = (permission: string, details: object, url = OWN): boolean | undefined => {
      let answer: boolean | undefined;
      const handler = handlers.get('request') as unknown as (...args: unknown[]) => void;
      const contents = { getURL: () => url };
      const take = (granted: boolean) => {
        answer = granted;
      };
      handler(contents, permission, take, details);
      return answer;
    };
    const call = { isMainFrame: true, requestingUrl: OWN, mediaTypes: ['audio', 'video'] };
    for (const permission of [
      'geolocation',
      'serial',
      'usb',
      'hid',
      'openExternal',
      'clipboard-read',
      'display-capture',
    ])
      expect(ask(permission, call)).toBe(false);
    expect(ask('media', call)).toBe(true);
    expect(ask('media', { ...call, mediaTypes: ['audio'] }, `${OWN}#/messages`)).toBe(true);
    for (const odd of [{ isMainFrame: false }, { mediaTypes: ['screen'] }, { mediaTypes: undefined }])
      expect(ask('media', { ...call, ...odd })).toBe(false);
    for (const url of FOREIGN) {
      expect(ask('media', { ...call, requestingUrl: url })).toBe(false);
      expect(ask('media', call, url)).toBe(false);
    }
    const check = handlers.get('check') as unknown as (...args: unknown[]) => boolean;
    expect(check(null, 'media', OWN, { isMainFrame: true })).toBe(true);
    expect(check(null, 'media', OWN, { isMainFrame: false })).toBe(false);
    expect(check(null, 'geolocation', OWN, { isMainFrame: true })).toBe(false);
    for (const origin of FOREIGN) expect(check(null, 'media', origin, { isMainFrame: true })).toBe(false);
    expect((handlers.get('device') as () => boolean)()).toBe(false);
  });

  it('6: web security stays on', async () => {
    expect(preferences(await bootShell())['webSecurity']).toBe(true);
  });

  it('7: a strict content security policy with every answer of the scheme', async () => {
    const shell = await bootShell();
    const [page, second] = [
      await load(shell, 'dipnet-app://console/'),
      await load(shell, 'dipnet-app://console/'),
    ];
    const policy = page.headers.get('Content-Security-Policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const nonce = /content="([^"]+)"/.exec(await page.text())?.[1];
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(second.headers.get('Content-Security-Policy')).not.toBe(policy);
    for (const path of ['assets/a-AbCd1234.js', 'nothing.js']) {
      const { headers } = await load(shell, `dipnet-app://console/${path}`);
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
  });

  it('8: no insecure content beside secure content', async () => {
    expect(preferences(await bootShell())['allowRunningInsecureContent']).toBe(false);
  });

  it('9: no experimental features', async () => {
    expect(preferences(await bootShell())).not.toHaveProperty('experimentalFeatures');
  });

  it('10: no Blink features switched on', async () => {
    expect(preferences(await bootShell())).not.toHaveProperty('enableBlinkFeatures');
  });

  it('11: no popups from embedded pages: there is no webview tag at all', async () => {
    expect(preferences(await bootShell())['webviewTag']).toBe(false);
    const pages = readFileSync(join(ROOT, 'renderer/index.html'), 'utf8');
    expect(pages).not.toMatch(/webview|allowpopups/);
  });

  it('12: an embedded page is prevented whatever its options', async () => {
    expect(isPrevented(await bootShell(), 'will-attach-webview', 'dipnet-app://console/')).toBe(true);
  });

  it('13: navigation leads nowhere but to the start page, in any frame and by any redirect', async () => {
    const shell = await bootShell();
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      for (const url of FOREIGN)
        expect([event, url, isPrevented(shell, event, url)]).toEqual([event, url, true]);
      expect(isPrevented(shell, event, 'dipnet-app://console/#/orders')).toBe(false);
    }
  });

  it('14: no new windows', async () => {
    const { webContents } = windowOf(await bootShell());
    for (const url of [...FOREIGN, 'dipnet-app://console/']) {
      expect(webContents.windowOpenHandler({ url })).toEqual({ action: 'deny' });
    }
  });

  it('15: only addresses of the allow-list open outside, in canonical form', async () => {
    const shell = await bootShell();
    const refused = [
      ...FOREIGN,
      'http://www.gnu.org/licenses/agpl-3.0.html',
      'https://www.gnu.org.evil.example/licenses/agpl-3.0.html',
      'https://www.gnu.org@evil.example/licenses/agpl-3.0.html',
      'https://user:pass@www.gnu.org/licenses/agpl-3.0.html',
      'https://www.gnu.org:8443/licenses/agpl-3.0.html',
      'https://www.gnu.org.\u202e/licenses/agpl-3.0.html',
      'https://www.gnu.org/',
      'https://www.gnu.org/licenses/agpl-3.0.html?to=evil',
      'https://www.gnu.org/licenses/agpl-3.0.html#evil',
      // Names that sound like the project's, and may be anybody's.
      'https://dipnet.org/',
      'https://github.com/dipnet',
      'smb://www.gnu.org/share',
      '  https://evil.example',
      'https://',
    ];
    for (const url of refused) {
      expect([url, await request(shell, 'link.open', { url })]).toEqual([
        url,
        { ok: true, value: { opened: false } },
      ]);
    }
    expect(shell.callsOf('shell.openExternal')).toEqual([]);
    const url = 'HTTPS://WWW.gnu.org/a/../licenses/agpl-3.0.html';
    expect(await request(shell, 'link.open', { url })).toEqual({ ok: true, value: { opened: true } });
    expect(shell.callsOf('shell.openExternal')).toEqual([['https://www.gnu.org/licenses/agpl-3.0.html']]);
  });

  it('16: a current Electron, pinned exactly, the same for running and for packaging', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(optionalDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Number(optionalDependencies.electron.split('.')[0])).toBeGreaterThanOrEqual(45);
    const packaging = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
    expect(packaging).toContain(`electronVersion: ${optionalDependencies.electron}`);
  });

  it('17: every request is refused that is not from the main frame of our own page in our own window', async () => {
    const shell = await bootShell();
    const frame = { url: 'dipnet-app://console/', parent: null };
    const strangers = [
      { sender: new shell.WebContents() },
      { senderFrame: null },
      { senderFrame: { ...frame, parent: frame } },
      ...FOREIGN.filter((url) => !url.startsWith('dipnet-app://console/')).map((url) => ({
        senderFrame: { ...frame, url },
      })),
    ];
    for (const channel of shell.ipcHandlers.keys()) {
      for (const stranger of strangers) {
        const answer = await request(shell, channel, undefined, stranger);
        expect([channel, answer]).toEqual([channel, { ok: false, code: 'shell.refused' }]);
      }
    }
    expect(await request(shell, 'shell.info')).toMatchObject({ ok: true, value: { vault: 'system' } });
  });

  it('17: and every input that does not fit the schema of its channel', async () => {
    const shell = await bootShell();
    const data = new Uint8Array(1);
    const invalid: readonly (readonly [string, unknown])[] = [
      ['core.connect', {}],
      ['link.open', undefined],
      ['link.open', { url: 5 }],
      ['link.open', { url: `https://www.gnu.org/${'x'.repeat(3000)}` }],
      ['file.save', { fileName: '../../.bashrc', data }],
      ['file.save', { fileName: 'a/b', data }],
      ['file.save', { fileName: 'a\\b', data }],
      ['file.save', { fileName: 'C:a', data }],
      ['file.save', { fileName: '', data }],
      ['file.save', { fileName: 'a\u0000b', data }],
      ['file.save', { fileName: 'a', data: 'text' }],
      ['file.save', { fileName: 'a', data: { length: 1 } }],
      ['file.save', { fileName: 'a', data: new Uint8Array(64 * 1024 * 1024 + 1) }],
    ];
    for (const [channel, input] of invalid) {
      expect([channel, await request(shell, channel, input)]).toEqual([
        channel,
        { ok: false, code: 'shell.invalid' },
      ]);
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...shell.ipcHandlers.keys()), fc.object(), async (channel, input) => {
        expect(await request(shell, channel, input)).toEqual({ ok: false, code: 'shell.invalid' });
      }),
    );
    expect(shell.callsOf('dialog.save')).toEqual([]);
  });

  it('18: an own scheme instead of file://, which serves an allow-list and nothing else', async () => {
    const shell = await bootShell();
    expect(shell.callsOf('protocol.registerSchemesAsPrivileged')).toEqual([
      [
        [
          {
            scheme: 'dipnet-app',
            privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
          },
        ],
      ],
    ]);
    writeFileSync(join(shell.folder, 'app', 'dist', 'secret.js'), '');
    const refused = [
      '/../secret.js',
      '/%2e%2e/secret.js',
      '/..%2fsecret.js',
      '/assets/..%5c..%5csecret.js',
      '//etc/passwd',
      '/assets',
      '/constructor',
    ];
    for (const path of refused) {
      expect([path, (await load(shell, `dipnet-app://console${path}`)).status]).toEqual([path, 404]);
    }
    expect((await load(shell, 'dipnet-app://other/')).status).toBe(404);
    expect((await load(shell, 'dipnet-app://console/', { method: 'POST' })).status).toBe(405);
    const script = await load(shell, 'dipnet-app://console/assets/a-AbCd1234.js?v=1');
    expect([script.status, await script.text()]).toEqual([200, 'export {};']);
    expect(script.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  });

  it('19: the fuses of the packaged program', () => {
    const packaging = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
    const block = /^electronFuses:\n((?: {2}.*\n)+)/m.exec(packaging)?.[1] ?? '';
    const fuses = Object.fromEntries(
      [...block.matchAll(/^ {2}(\w+): (true|false)$/gm)].map(([, key, on]) => [key, on]),
    );
    expect(fuses).toEqual({
      runAsNode: 'false',
      enableNodeOptionsEnvironmentVariable: 'false',
      enableNodeCliInspectArguments: 'false',
      enableCookieEncryption: 'true',
      enableEmbeddedAsarIntegrityValidation: 'true',
      onlyLoadAppFromAsar: 'true',
      grantFileProtocolExtraPrivileges: 'false',
    });
    expect(packaging).toMatch(/^asar: true$/m);
  });

  it('20: no part of Electron reaches the page (its bridge in a real page: preload/console.test.ts)', () => {
    const source = readFileSync(join(ROOT, 'electron/preload/console.ts'), 'utf8');
    const exposed = [...source.matchAll(/exposeInMainWorld\(([^)]*)\)/g)].map(([, what]) => what);
    expect(exposed).toEqual(["'dipnet', bridge"]);
    const body = /const bridge = \{([\s\S]*?)\n\};/.exec(source)?.[1] ?? '';
    expect(body).not.toMatch(/ipcRenderer|contextBridge|event/);
  });
});
