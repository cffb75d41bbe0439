// Entry of the core's process in the desktop shell.

import { createConsole } from './core.ts';
import { closeOnCrash } from './crash.ts';
import type { ParentPort } from './utility-process.ts';
import { runUtility } from './utility-process.ts';

const { parentPort } = process as unknown as { readonly parentPort: ParentPort };

runUtility({
  parent: parentPort,
  open: async ({ dataPath, demo, vaultSecret, watchdog }, restart) => {
    const opened = await createConsole({
      dataPath,
      vaultSecret,
      restart,
      ...(demo ? { demo: {} } : {}),
      ...(watchdog === undefined ? {} : { watchdogCommand: watchdog }),
    });
    if (opened.ok) closeOnCrash(opened.value.close, opened.value.services.log, process);
    return opened;
  },
  exit: (code) => process.exit(code),
});
