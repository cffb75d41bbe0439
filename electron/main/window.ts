// The console's window: sandboxed, isolated, and shown only when it has something to show.

import { app, BrowserWindow, nativeTheme } from 'electron';
import type { ShellLog } from './log.ts';
import { START_PAGE } from './protocol.ts';

export type WindowOptions = {
  readonly preload: string;
  readonly icon: string;
  readonly log: ShellLog;
};

/** A page that crashes again and again is closed instead of loading for ever. */
const RELOADS_MAX = 5;

export function createWindow({ preload, icon, log }: WindowOptions): BrowserWindow {
  let reloadsLeft = RELOADS_MAX;
  const window = new BrowserWindow({
    width: 1280,
    height: 840,
    minWidth: 720,
    minHeight: 540,
    show: false,
    title: 'DIPNET Console',
    icon,
    // The pages' own background, so that the first paint does not flash.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#14171c' : '#ffffff',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      // Would fetch dictionaries from the network.
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log('error', 'page.gone', { reason, exitCode });
    // Killed on purpose (by the person, or at the end of the session) it stays closed.
    if (reason === 'clean-exit' || reason === 'killed' || window.isDestroyed()) return;
    if (reloadsLeft-- > 0) window.webContents.reload();
    else window.close();
  });
  window.webContents.on('unresponsive', () => log('warn', 'page.unresponsive'));
  return window;
}

/** Shows a page of the console, such as `/orders/0x…`; without one the page that was left last. */
export function loadRoute(window: BrowserWindow, route: string | undefined): void {
  // A page that cannot be shown says so itself (render-process-gone), or was replaced by the next one.
  window.loadURL(route === undefined ? START_PAGE : `${START_PAGE}#${route}`).catch(() => undefined);
}
