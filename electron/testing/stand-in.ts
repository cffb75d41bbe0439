// A small stand-in for the `electron` module: the shell's own code runs against it in tests. It records what it is told
// and lets a test play the part of Electron (emit an event, send a request, end a process). It decides nothing.

/// <reference path="../electron-api.d.ts" />

import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';

export type Recorded = { readonly name: string; readonly args: readonly unknown[] };

/** What happened since the last reset, in order. */
export const calls: Recorded[] = [];
/** What a test decides beforehand. */
export const world = {
  appPath: '/app',
  userData: '/user',
  isPackaged: false,
  isFirstInstance: true,
  locale: 'en-GB',
  encryption: true,
  backend: 'gnome_libsecret',
  shouldReEncrypt: false,
  saveTo: '',
  answer: 0,
  folderProblem: '',
  notifies: true,
  idleState: 'active',
};

const record =
  (name: string) =>
  (...args: unknown[]): void => {
    calls.push({ name, args });
  };

export function callsOf(name: string): readonly (readonly unknown[])[] {
  return calls.filter((call) => call.name === name).map((call) => call.args);
}

let settleReady: () => void = () => undefined;
let ready = new Promise<void>(() => undefined);

class App extends EventEmitter {
  commandLine = { hasSwitch: () => false };
  get isPackaged(): boolean {
    return world.isPackaged;
  }
  requestSingleInstanceLock(): boolean {
    return world.isFirstInstance;
  }
  whenReady(): Promise<void> {
    return ready;
  }
  getAppPath(): string {
    return world.appPath;
  }
  getPath(name: string): string {
    return name === 'userData' ? world.userData : `/${name}`;
  }
  getLocale(): string {
    return world.locale;
  }
  getVersion(): string {
    return '0.1.0';
  }
  enableSandbox = record('app.enableSandbox');
  setPath = record('app.setPath');
  disableHardwareAcceleration = record('app.disableHardwareAcceleration');
  dock = { hide: record('app.dock.hide') };
  exit = record('app.exit');
  setAsDefaultProtocolClient = record('app.setAsDefaultProtocolClient');
  setAppUserModelId = record('app.setAppUserModelId');
  setBadgeCount(count: number): boolean {
    record('app.setBadgeCount')(count);
    return true;
  }
  quit = record('app.quit');
}
export const app = new App();

export class WebContents extends EventEmitter {
  windowOpenHandler: (details: object) => { action: string } = () => ({ action: 'allow' });
  setWindowOpenHandler(handler: (details: object) => { action: string }): void {
    this.windowOpenHandler = handler;
  }
  send = record('contents.send');
  postMessage = record('contents.postMessage');
  reload = record('contents.reload');
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  readonly options: Record<string, unknown> & { webPreferences: Record<string, unknown> };
  readonly webContents = new WebContents();
  constructor(options: BrowserWindow['options']) {
    super();
    this.options = options;
    BrowserWindow.all.push(this);
    // As Electron does, before anything can be loaded.
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    record('window.loadURL')(url);
    return Promise.resolve();
  }
  show = record('window.show');
  hide = record('window.hide');
  focus = record('window.focus');
  setOverlayIcon = record('window.setOverlayIcon');
  close = record('window.close');
  restore = record('window.restore');
  isMinimized = () => true;
  isDestroyed = () => false;
}

export const nativeTheme = { shouldUseDarkColors: false };

type Handler = (...args: never[]) => unknown;
export const protocolHandlers = new Map<string, (request: Request) => Promise<Response>>();
export const protocol = {
  registerSchemesAsPrivileged: record('protocol.registerSchemesAsPrivileged'),
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    protocolHandlers.set(scheme, handler);
  },
};

class Session extends EventEmitter {
  readonly handlers = new Map<string, Handler>();
  setPermissionRequestHandler = (handler: Handler) => void this.handlers.set('request', handler);
  setPermissionCheckHandler = (handler: Handler) => void this.handlers.set('check', handler);
  setDevicePermissionHandler = (handler: Handler) => void this.handlers.set('device', handler);
  webRequest = { onBeforeRequest: (handler: Handler) => void this.handlers.set('load', handler) };
}
export const session = { defaultSession: new Session() };

export const ipcHandlers = new Map<string, (event: object, input: unknown) => Promise<unknown>>();
export const ipcMain = {
  handle(channel: string, handler: (event: object, input: unknown) => Promise<unknown>): void {
    ipcHandlers.set(channel, handler);
  },
};

/** Node's own channel has the same ends: on, postMessage, start, close. */
export const MessageChannelMain = MessageChannel;

export class UtilityChild extends EventEmitter {
  static readonly all: UtilityChild[] = [];
  readonly forked: readonly unknown[];
  readonly posted: (readonly [message: unknown, transfer: unknown])[] = [];
  constructor(forked: readonly unknown[]) {
    super();
    this.forked = forked;
    UtilityChild.all.push(this);
  }
  postMessage(message: unknown, transfer?: unknown): void {
    this.posted.push([message, transfer]);
  }
  kill = record('child.kill');
}
export const utilityProcess = { fork: (...args: unknown[]) => new UtilityChild(args) };

/** Sealing here is reversal: enough to see whether it was used. */
export const safeStorage = {
  isAsyncEncryptionAvailable: () => Promise.resolve(world.encryption),
  encryptStringAsync: (text: string) => Promise.resolve(Buffer.from([...text].reverse().join(''))),
  decryptStringAsync: (sealed: Buffer) =>
    Promise.resolve({
      result: [...sealed.toString()].reverse().join(''),
      shouldReEncrypt: world.shouldReEncrypt,
    }),
  getSelectedStorageBackend: () => world.backend,
};

export const shell = {
  openExternal(url: string): Promise<void> {
    record('shell.openExternal')(url);
    return Promise.resolve();
  },
  openPath(path: string): Promise<string> {
    record('shell.openPath')(path);
    return Promise.resolve(world.folderProblem);
  },
};

export const Menu = {
  buildFromTemplate: (template: readonly object[]) => ({ items: template }),
  setApplicationMenu: record('Menu.setApplicationMenu'),
};
export class Tray extends EventEmitter {
  setContextMenu = record('tray.setContextMenu');
  setToolTip = record('tray.setToolTip');
}

export class Notification extends EventEmitter {
  static readonly all: Notification[] = [];
  static isSupported = () => world.notifies;
  readonly options: Readonly<Record<string, unknown>>;
  constructor(options: Notification['options']) {
    super();
    this.options = options;
    Notification.all.push(this);
  }
  show = record('notification.show');
  close(): void {
    record('notification.close')(this.options['body']);
    this.emit('close');
  }
}
export const nativeImage = { createFromPath: (path: string) => ({ path, isEmpty: () => false }) };
export const powerMonitor = { getSystemIdleState: () => world.idleState };

let blockers = 0;
export const powerSaveBlocker = {
  start(type: string): number {
    record('power.start')(type);
    return ++blockers;
  },
  stop: record('power.stop'),
};

export const dialog = {
  showSaveDialog(...args: unknown[]): Promise<{ canceled: boolean; filePath: string }> {
    record('dialog.save')(...args);
    return Promise.resolve({ canceled: world.saveTo === '', filePath: world.saveTo });
  },
  showMessageBox(options: object): Promise<{ response: number }> {
    record('dialog.message')(options);
    return Promise.resolve({ response: world.answer });
  },
  showErrorBox: record('dialog.error'),
};

class AutoUpdater extends EventEmitter {
  setFeedURL = record('updater.setFeedURL');
  checkForUpdates = record('updater.check');
  quitAndInstall = record('updater.install');
}
export const autoUpdater = new AutoUpdater();

/** Lets Electron become ready. */
export function makeReady(): void {
  settleReady();
}

/** As after a fresh start of Electron. */
export function resetStandIn(): void {
  calls.length = 0;
  BrowserWindow.all.length = 0;
  UtilityChild.all.length = 0;
  Notification.all.length = 0;
  protocolHandlers.clear();
  ipcHandlers.clear();
  session.defaultSession.handlers.clear();
  for (const emitter of [app, session.defaultSession, autoUpdater]) emitter.removeAllListeners();
  Object.assign(world, {
    appPath: '/app',
    userData: '/user',
    isPackaged: false,
    isFirstInstance: true,
    locale: 'en-GB',
    encryption: true,
    backend: 'gnome_libsecret',
    shouldReEncrypt: false,
    saveTo: '',
    answer: 0,
    folderProblem: '',
    notifies: true,
    idleState: 'active',
  });
  ready = new Promise((resolve) => {
    settleReady = resolve;
  });
}
