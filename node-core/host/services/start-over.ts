// A fresh demo world in place of this one, at the wish of the person: never while a printer works, never where the folder
// holds anything but a demo world.

import type { Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import type { DataDir } from '../adapters/data-dir.ts';
import { isDemoDatabase, markStartOver } from '../adapters/demo-folder.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { JobStore } from './job-store.ts';
import type { Machines } from './machines.ts';
import type { SettingsService } from './settings.ts';

export const startOverFault = defineFaults('world', {
  'world.not-demo': {
    message: 'This data folder does not hold a demo world.',
    next: 'Only demo worlds can be thrown away. Nothing was changed.',
  },
  'world.printing': {
    message: 'The printer "{machine}" is at work.',
    next: 'Wait until it is done or cancel the print on its page, then start over.',
  },
});

export type StartOverParts = {
  readonly data: DataDir;
  readonly database: Sqlite;
  readonly store: JobStore;
  readonly machines: Machines;
  readonly settings: SettingsService;
  /** Closes this console and opens it again; left out where nobody can, and the next start does it. */
  readonly restart: (() => void) | undefined;
};

/** Long enough for the answer to reach the page before its connection ends. */
const RESTART_DELAY_MS = 200;

export function createStartOver({ data, database, store, machines, settings, restart }: StartOverParts) {
  const isDemo = isDemoDatabase(database);
  return {
    /** This folder holds a demo world. */
    isDemo,
    async run(): Promise<Result<void>> {
      if (!isDemo) return refuse(startOverFault('world.not-demo'));
      const working = () => store.state.jobs.find(({ phase }) => WORKING.has(phase));
      const name = await machines.nameOf(working()?.machineId ?? '');
      // Asked again: a print may have begun during the wait.
      if (working() !== undefined) return refuse(startOverFault('world.printing', { machine: name }));
      const { locale, theme } = settings.read();
      markStartOver(data, { locale, theme });
      if (restart !== undefined) setTimeout(restart, RESTART_DELAY_MS);
      return ok(undefined);
    },
  };
}

const WORKING: ReadonlySet<string> = new Set(['starting', 'printing', 'paused']);
