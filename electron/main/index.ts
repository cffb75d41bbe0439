// The desktop shell: windows, menu, tray, dialogs, key vault, links, updates, and the supervision of the core's process.
// It holds no logic of the console. Read top to bottom it is the order in which things start.

import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, dialog, shell } from 'electron';
import type { CoreProcess } from './core-process.ts';
import { startCore } from './core-process.ts';
import { confirmQuit, saveFile, tellPlainVault } from './dialogs.ts';
import { setupGuards, setupSession } from './guards.ts';
import { setupIpc } from './ipc.ts';
import { findLink, LINK_SCHEME, openOutside, parseLink } from './links.ts';
import { createShellLog } from './log.ts';
import { setupMenu } from './menu.ts';
import type { ShellNotices } from './notices.ts';
import { setupNotices } from './notices.ts';
import { createPowerGuard } from './power.ts';
import { setupProtocol, setupScheme } from './protocol.ts';
import { shellTexts } from './texts.ts';
import { setupTray } from './tray.ts';
import { setupUpdates } from './updates.ts';
import type { ShellVault } from './vault.ts';
import { openShellVault } from './vault.ts';
import { isWatchdog, runWatchdog, watchdogCommand } from './watchdog.ts';
import { createWindow, loadRoute } from './window.ts';

const root = app.getAppPath();
const dataRoot = join(app.getPath('userData'), 'console');
const dataPath = join(dataRoot, 'data');
const log = createShellLog(join(dataRoot, 'shell.log'));

let window: BrowserWindow | undefined;
let core: CoreProcess | undefined;
/** A link that arrived before there was a window to show it. */
let pendingRoute: string | undefined;
let quitting: 'no' | 'stopping' | 'stopped' = 'no';

if (isWatchdog(process.argv)) {
  runWatchdog(join(root, 'dist', 'desktop', 'watchdog.js')).catch(() => app.exit(1));
} else if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  setupScheme();
  setupGuards(log);
  setupLinks();
  setupLife();
  app.whenReady().then(start).catch(fail);
} else {
  // The first instance was told, and shows its window.
  app.quit();
}

async function start(): Promise<void> {
  const texts = shellTexts();
  setupSession(log);
  setupProtocol(join(root, 'dist', 'renderer'));
  setupMenu(texts);
  const vault = await openShellVault(join(dataRoot, 'vault.sealed'));
  const tray = setupTray(join(root, 'assets', 'icons', 'tray.png'), texts, showWindow);
  const power = createPowerGuard();
  core = startCore({
    entry: join(root, 'dist', 'desktop', 'utility.js'),
    dataPath,
    demo: !app.isPackaged || app.commandLine.hasSwitch('demo'),
    vaultSecret: vault.secret,
    watchdog: watchdogCommand(),
    log,
    onPrinting: (printing) => {
      power.setPrinting(printing);
      tray.setPrinting(printing);
    },
    onEnd: (reason) => dialog.showErrorBox(texts.stopped, reason),
  });
  const notices = setupNotices({
    icon: join(root, 'assets', 'icons', 'icon.png'),
    dot: join(root, 'assets', 'icons', 'dot.png'),
    texts,
    window: () => window,
    open: (path) => followLink(path),
    log,
  });
  await setupRequests(vault, notices);
  showWindow();
  if (vault.kind === 'plain') await tellPlainVault(texts);
}

async function setupRequests(vault: ShellVault, notices: ShellNotices): Promise<void> {
  const updates = await setupUpdates({
    file: join(process.resourcesPath, 'update.json'),
    isPrinting: () => core?.isPrinting() ?? false,
    onState: (state) => window?.webContents.send('shell.update', state),
    log,
  });
  setupIpc(
    {
      'core.connect': (_input, sender) => {
        core?.connect(sender);
        return undefined;
      },
      'shell.info': () => ({
        version: app.getVersion(),
        platform: process.platform,
        vault: vault.kind,
        update: updates.state(),
      }),
      'file.save': async (file) => ({ saved: window !== undefined && (await saveFile(window, file)) }),
      'link.open': async ({ url }) => ({ opened: await openOutside(url) }),
      // Empty where it worked; otherwise the system's reason.
      'folder.open': async () => ({ opened: (await shell.openPath(dataPath)) === '' }),
      'notice.show': (notice) => ({ shown: notices.show(notice) }),
      'notice.close': ({ tag }) => {
        notices.close(tag);
        return undefined;
      },
      'badge.set': ({ count }) => ({ shown: notices.setBadge(count) }),
      'update.install': () => ({ installing: updates.install() }),
    },
    (contents) => window?.webContents === contents,
    log,
  );
}

/** Shows the window, or makes it where it was closed. */
function showWindow(): void {
  if (window === undefined || window.isDestroyed()) {
    window = createWindow({
      preload: join(root, 'dist', 'electron', 'preload.cjs'),
      icon: join(root, 'assets', 'icons', 'icon.png'),
      log,
    });
    loadRoute(window, pendingRoute);
    pendingRoute = undefined;
    window.on('close', (event) => {
      // Printing goes on without a window; the tray brings it back.
      if (quitting !== 'no' || core?.isPrinting() !== true) return;
      event.preventDefault();
      window?.hide();
    });
    window.on('closed', () => {
      window = undefined;
    });
    // It shows itself once there is something to see.
    return;
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Links come from other programs: by event on macOS, as an argument elsewhere, to the first instance in any case. */
function setupLinks(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  // As the installer names it; without it Windows shows no notifications.
  if (process.platform === 'win32') app.setAppUserModelId('org.dipnet.console');
  pendingRoute = findLink(process.argv);
  app.on('open-url', (event, url) => {
    event.preventDefault();
    followLink(parseLink(url));
  });
  app.on('second-instance', (_event, args) => followLink(findLink(args)));
}

/** Brings the window to the front, at this route where there is one. */
function followLink(route: string | undefined): void {
  pendingRoute = route ?? pendingRoute;
  if (core === undefined) return;
  const isOpen = window !== undefined;
  showWindow();
  // Only the fragment changes: the page stays as it is and goes there.
  if (isOpen && window !== undefined && pendingRoute !== undefined) loadRoute(window, pendingRoute);
  pendingRoute = undefined;
}

function setupLife(): void {
  app.on('activate', () => {
    if (core !== undefined) showWindow();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    log('error', 'child.gone', { type, reason, exitCode });
  });
  app.on('before-quit', (event) => {
    if (quitting === 'stopped' || core === undefined) return;
    event.preventDefault();
    if (quitting === 'no') stopAndQuit(core).catch(fail);
  });
}

async function stopAndQuit(running: CoreProcess): Promise<void> {
  if (running.isPrinting() && !(await confirmQuit(shellTexts()))) return;
  quitting = 'stopping';
  await running.stop();
  quitting = 'stopped';
  app.quit();
}

/** A shell that cannot start says so and ends, instead of staying as a process without a window. */
function fail(error: unknown): void {
  log('error', 'shell.failed', { reason: String(error) });
  dialog.showErrorBox(shellTexts().stopped, error instanceof Error ? error.message : String(error));
  quitting = 'stopped';
  app.quit();
}
