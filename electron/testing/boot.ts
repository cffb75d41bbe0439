// Starts the shell's own main process code against the stand-in, in folders of its own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, vi } from 'vitest';

export type StandIn = typeof import('./stand-in.ts');
export type Shell = StandIn & { readonly folder: string };
export type BootWorld = Partial<StandIn['world']> & {
  readonly args?: readonly string[];
  readonly updateFile?: string;
  readonly platform?: string;
  /** Further files of the program. */
  readonly files?: Readonly<Record<string, string>>;
};

const folders: string[] = [];

/** Loads main/index.ts afresh, as a new process would, up to the moment Electron becomes ready. */
export async function loadShell({
  args = [],
  updateFile,
  platform,
  files = {},
  ...world
}: BootWorld = {}): Promise<Shell> {
  vi.resetModules();
  const standIn = await import('./stand-in.ts');
  standIn.resetStandIn();
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-shell-'));
  folders.push(folder);
  const pages = join(folder, 'app', 'dist', 'renderer');
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(join(pages, 'index.html'), '<meta name="style-nonce" content="__STYLE_NONCE__">');
  writeFileSync(join(pages, 'assets', 'a-AbCd1234.js'), 'export {};');
  if (updateFile !== undefined) writeFileSync(join(folder, 'update.json'), updateFile);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'app', path)), { recursive: true });
    writeFileSync(join(folder, 'app', path), content);
  }
  Object.assign(standIn.world, { appPath: join(folder, 'app'), userData: join(folder, 'user') }, world);
  vi.stubGlobal(
    'process',
    Object.create(
      process,
      processOverrides(folder, [...(world.isPackaged ? ['app'] : ['electron', '.']), ...args], platform),
    ),
  );
  await import('../main/index.ts');
  return { ...standIn, folder };
}

function processOverrides(folder: string, args: readonly string[], platform: string | undefined) {
  return {
    resourcesPath: { value: folder },
    argv: { value: args },
    platform: { value: platform ?? 'linux' },
    stderr: { value: { write: () => true } },
  };
}

/** As loadShell, until the window is there. */
export async function bootShell(world: BootWorld = {}): Promise<Shell> {
  const shell = await loadShell(world);
  shell.makeReady();
  await vi.waitFor(() => expect(shell.BrowserWindow.all).toHaveLength(1));
  return shell;
}

export function windowOf(shell: Shell): InstanceType<StandIn['BrowserWindow']> {
  const window = shell.BrowserWindow.all.at(-1);
  if (window === undefined) throw new Error('there is no window');
  return window;
}

export function childOf(shell: Shell): InstanceType<StandIn['UtilityChild']> {
  const child = shell.UtilityChild.all.at(-1);
  if (child === undefined) throw new Error('there is no core process');
  return child;
}

/** A request as the page sends it; `event` replaces parts of where it comes from. */
export function request(
  shell: Shell,
  channel: string,
  input?: unknown,
  event: object = {},
): Promise<unknown> {
  const handler = shell.ipcHandlers.get(channel);
  if (handler === undefined) throw new Error(`nothing handles ${channel}`);
  const senderFrame = { url: 'dipnet-app://console/#/market', parent: null };
  return handler({ sender: windowOf(shell).webContents, senderFrame, ...event }, input);
}

/** After each test. */
export function endShells(): void {
  vi.unstubAllGlobals();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
