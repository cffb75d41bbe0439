// The part of Electron's API that the shell uses, as its documentation describes it. Electron is optional and is not
// installed on every machine; with this file the shell's types are checked on all of them, and the shell can use nothing
// that is not listed here.

declare module 'electron' {
  import type { EventEmitter } from 'node:events';

  type Prevent = { preventDefault(): void };
  type Navigation = Prevent & { readonly url: string };
  type Gone = { readonly reason: string; readonly exitCode: number };

  export const app: {
    readonly isPackaged: boolean;
    readonly commandLine: { hasSwitch(name: string): boolean };
    on(event: 'web-contents-created', listener: (event: unknown, contents: WebContents) => void): void;
    on(event: 'window-all-closed' | 'activate', listener: () => void): void;
    on(event: 'before-quit', listener: (event: Prevent) => void): void;
    on(event: 'open-url', listener: (event: Prevent, url: string) => void): void;
    on(event: 'second-instance', listener: (event: unknown, args: string[]) => void): void;
    on(
      event: 'child-process-gone',
      listener: (event: unknown, details: Gone & { readonly type: string }) => void,
    ): void;
    requestSingleInstanceLock(): boolean;
    enableSandbox(): void;
    setAsDefaultProtocolClient(scheme: string): boolean;
    /** On macOS, and on Linux where the desktop has it. */
    setBadgeCount(count: number): boolean;
    /** On Windows: whose notifications these are. */
    setAppUserModelId(id: string): void;
    whenReady(): Promise<void>;
    quit(): void;
    getAppPath(): string;
    getPath(name: 'userData' | 'downloads' | 'exe' | 'temp'): string;
    setPath(name: 'userData', path: string): void;
    disableHardwareAcceleration(): void;
    exit(code: number): void;
    /** On macOS. */
    readonly dock?: { hide(): void };
    getLocale(): string;
    getVersion(): string;
  };

  export interface WebContents {
    on(
      event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
      listener: (event: Navigation) => void,
    ): void;
    on(event: 'will-attach-webview', listener: (event: Prevent) => void): void;
    on(event: 'render-process-gone', listener: (event: unknown, details: Gone) => void): void;
    on(event: 'unresponsive', listener: () => void): void;
    setWindowOpenHandler(handler: () => { action: 'deny' }): void;
    send(channel: string, data: unknown): void;
    postMessage(channel: string, data: unknown, transfer: MessagePortMain[]): void;
    reload(): void;
    getURL(): string;
  }

  export interface WebPreferences {
    preload?: string;
    contextIsolation?: boolean;
    sandbox?: boolean;
    nodeIntegration?: boolean;
    webSecurity?: boolean;
    allowRunningInsecureContent?: boolean;
    webviewTag?: boolean;
    spellcheck?: boolean;
    devTools?: boolean;
  }

  export interface BrowserWindowConstructorOptions {
    width?: number;
    height?: number;
    minWidth?: number;
    minHeight?: number;
    show?: boolean;
    title?: string;
    icon?: string;
    backgroundColor?: string;
    webPreferences?: WebPreferences;
  }

  export class BrowserWindow {
    constructor(options: BrowserWindowConstructorOptions);
    readonly webContents: WebContents;
    on(event: 'close', listener: (event: Prevent) => void): void;
    on(event: 'closed', listener: () => void): void;
    once(event: 'ready-to-show', listener: () => void): void;
    loadURL(url: string): Promise<void>;
    show(): void;
    hide(): void;
    focus(): void;
    /** On Windows: a small picture over the icon in the taskbar. */
    setOverlayIcon(overlay: NativeImage | null, description: string): void;
    close(): void;
    isMinimized(): boolean;
    restore(): void;
    isDestroyed(): boolean;
  }

  export const nativeTheme: { readonly shouldUseDarkColors: boolean };

  export const protocol: {
    registerSchemesAsPrivileged(
      schemes: {
        scheme: string;
        privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean; codeCache: boolean };
      }[],
    ): void;
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void;
  };

  export interface Session {
    setPermissionRequestHandler(
      handler: (
        contents: WebContents,
        permission: string,
        callback: (granted: boolean) => void,
        details: {
          readonly isMainFrame: boolean;
          readonly requestingUrl: string;
          readonly mediaTypes?: readonly string[];
        },
      ) => void,
    ): void;
    setPermissionCheckHandler(
      handler: (
        contents: WebContents | null,
        permission: string,
        requestingOrigin: string,
        details: { readonly isMainFrame: boolean },
      ) => boolean,
    ): void;
    setDevicePermissionHandler(handler: () => boolean): void;
    readonly webRequest: {
      onBeforeRequest(
        listener: (
          details: { readonly url: string },
          callback: (response: { cancel: boolean }) => void,
        ) => void,
      ): void;
    };
    on(event: 'will-download', listener: (event: Prevent) => void): void;
  }
  export const session: { readonly defaultSession: Session };

  export interface IpcMainInvokeEvent {
    readonly sender: WebContents;
    readonly senderFrame: { readonly url: string; readonly parent: object | null } | null;
  }
  export const ipcMain: {
    handle(channel: string, listener: (event: IpcMainInvokeEvent, input: unknown) => Promise<unknown>): void;
  };

  export const ipcRenderer: {
    invoke<R>(channel: string, input: unknown): Promise<R>;
    on(channel: string, listener: (event: { readonly ports: MessagePort[] }, data: never) => void): void;
    removeListener(
      channel: string,
      listener: (event: { readonly ports: MessagePort[] }, data: never) => void,
    ): void;
  };
  export const contextBridge: { exposeInMainWorld(name: string, api: object): void };

  export interface MessagePortMain extends EventEmitter {
    postMessage(message: unknown, transfer?: MessagePortMain[]): void;
    start(): void;
    close(): void;
  }
  export class MessageChannelMain {
    readonly port1: MessagePortMain;
    readonly port2: MessagePortMain;
  }

  export interface UtilityProcess {
    on(event: 'exit', listener: (code: number) => void): void;
    on(event: 'message', listener: (message: never) => void): void;
    once(event: 'exit', listener: (code: number) => void): void;
    postMessage(message: unknown, transfer?: MessagePortMain[]): void;
    kill(): boolean;
  }
  export const utilityProcess: {
    fork(
      modulePath: string,
      args: string[],
      options: { serviceName: string; stdio: 'inherit' },
    ): UtilityProcess;
  };

  export const safeStorage: {
    isAsyncEncryptionAvailable(): Promise<boolean>;
    encryptStringAsync(plainText: string): Promise<Buffer>;
    decryptStringAsync(
      encrypted: Buffer,
    ): Promise<{ readonly result: string; readonly shouldReEncrypt: boolean }>;
    getSelectedStorageBackend(): string;
  };

  export const shell: {
    openExternal(url: string): Promise<void>;
    openPath(path: string): Promise<string>;
  };

  type MenuRole =
    | 'appMenu'
    | 'editMenu'
    | 'windowMenu'
    | 'quit'
    | 'reload'
    | 'resetZoom'
    | 'zoomIn'
    | 'zoomOut'
    | 'togglefullscreen'
    | 'toggleDevTools';
  export interface MenuItemConstructorOptions {
    label?: string;
    role?: MenuRole;
    type?: 'separator';
    submenu?: MenuItemConstructorOptions[];
    click?: () => void;
  }
  export interface Menu {
    readonly items: readonly object[];
  }
  export const Menu: {
    buildFromTemplate(template: MenuItemConstructorOptions[]): Menu;
    setApplicationMenu(menu: Menu): void;
  };
  export class Tray {
    constructor(icon: string);
    setContextMenu(menu: Menu): void;
    setToolTip(text: string): void;
    on(event: 'click', listener: () => void): void;
  }

  export class Notification {
    constructor(options: {
      title: string;
      body: string;
      icon?: string;
      timeoutType?: 'default' | 'never';
    });
    static isSupported(): boolean;
    on(event: 'click' | 'close', listener: () => void): void;
    on(event: 'failed', listener: (event: unknown, error: string) => void): void;
    show(): void;
    close(): void;
  }

  export interface NativeImage {
    isEmpty(): boolean;
  }
  export const nativeImage: { createFromPath(path: string): NativeImage };

  export const powerMonitor: {
    getSystemIdleState(idleThresholdS: number): 'active' | 'idle' | 'locked' | 'unknown';
  };

  export const powerSaveBlocker: {
    start(type: 'prevent-app-suspension'): number;
    stop(id: number): void;
  };

  export const dialog: {
    showSaveDialog(
      window: BrowserWindow,
      options: { defaultPath: string; properties: ('createDirectory' | 'showOverwriteConfirmation')[] },
    ): Promise<{ readonly canceled: boolean; readonly filePath: string }>;
    showMessageBox(options: {
      type: 'warning';
      message: string;
      detail?: string;
      buttons: string[];
      defaultId?: number;
      cancelId?: number;
      noLink: boolean;
    }): Promise<{ readonly response: number }>;
    showErrorBox(title: string, content: string): void;
  };

  export const autoUpdater: {
    setFeedURL(options: { url: string }): void;
    checkForUpdates(): void;
    quitAndInstall(): void;
    on(event: 'update-available' | 'update-downloaded', listener: () => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
  };
}

declare namespace NodeJS {
  interface Process {
    /** Where a packaged application keeps its resources. */
    readonly resourcesPath: string;
  }
}
