// Entry of the core's process in the desktop shell.

import { createConsole } from './core.ts';
import type { ParentPort } from './utility-process.ts';
import { runUtility } from './utility-process.ts';

const { parentPort } = process as unknown as { readonly parentPort: ParentPort };

runUtility({
  parent: parentPort,
  open: ({ dataPath, demo, vaultSecret }) =>
    createConsole({ dataPath, vaultSecret, ...(demo ? { demo: {} } : {}) }),
  exit: (code) => process.exit(code),
});
