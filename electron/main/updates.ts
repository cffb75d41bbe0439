// Updates of signed release builds. Only those carry the file that names where updates come from; every other build is
// never updated by itself. The operating system's updater checks the signature. Nothing is installed during a print, and
// nothing that a server says is shown to the person: only that an update is there.

import { readFile } from 'node:fs/promises';
import { app, autoUpdater } from 'electron';
import { z } from 'zod';
import type { UpdateState } from '../ipc/channels.ts';
import type { ShellLog } from './log.ts';

const CHECK_INTERVAL_MS = 24 * 60 * 60 * 1000;
/** Not while the console starts. */
const CHECK_FIRST_MS = 60_000;

const UpdateFile = z.object({ feedUrl: z.url({ protocol: /^https$/ }) });

export type Updates = {
  state(): UpdateState;
  /** True where the restart is under way; false where there is no update or a printer is at work. */
  install(): boolean;
};

export type UpdateOptions = {
  /** Written by the release build after signing. */
  readonly file: string;
  readonly isPrinting: () => boolean;
  readonly onState: (state: UpdateState) => void;
  readonly log: ShellLog;
};

export async function setupUpdates({ file, isPrinting, onState, log }: UpdateOptions): Promise<Updates> {
  let state: UpdateState = 'off';
  const feedUrl = app.isPackaged && process.platform !== 'linux' ? await readFeedUrl(file) : undefined;
  const setState = (now: UpdateState) => {
    state = now;
    onState(now);
  };
  if (feedUrl !== undefined) {
    state = 'none';
    autoUpdater.setFeedURL({ url: feedUrl });
    autoUpdater.on('update-available', () => setState('downloading'));
    autoUpdater.on('update-downloaded', () => setState('ready'));
    autoUpdater.on('error', (error) => {
      log('warn', 'update.failed', { reason: error.name });
      if (state === 'downloading') setState('none');
    });
    const check = () => {
      if (!isPrinting() && state === 'none') autoUpdater.checkForUpdates();
    };
    setTimeout(check, CHECK_FIRST_MS).unref();
    setInterval(check, CHECK_INTERVAL_MS).unref();
  }
  return {
    state: () => state,
    install() {
      if (state !== 'ready' || isPrinting()) return false;
      autoUpdater.quitAndInstall();
      return true;
    },
  };
}

async function readFeedUrl(file: string): Promise<string | undefined> {
  try {
    return UpdateFile.parse(JSON.parse(await readFile(file, 'utf8'))).feedUrl;
  } catch {
    return undefined;
  }
}
