// The watchdog of hot machines in a packaged program. Its fuses leave it no Node mode, so that the watchdog is this
// program again with one argument: no window, no instance lock, no page, and a profile of its own.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const ARGUMENT = '--watchdog';

/** What starts the watchdog, before its own arguments; undefined where Node's mode is there to do so. */
export function watchdogCommand(): readonly string[] | undefined {
  return app.isPackaged ? [app.getPath('exe'), ARGUMENT] : undefined;
}

/** Whether this process is one: then it must not become a second console. */
export function isWatchdog(args: readonly string[]): boolean {
  return app.isPackaged && args[1] === ARGUMENT;
}

/** @param file the bundled watchdog.js, which takes its arguments from the process and ends it. */
export async function runWatchdog(file: string): Promise<void> {
  app.setPath('userData', join(app.getPath('temp'), 'dipnet-watchdog'));
  app.disableHardwareAcceleration();
  app.dock?.hide();
  await import(pathToFileURL(file).href);
}
