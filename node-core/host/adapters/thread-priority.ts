// Threads that compute for long stand back behind those that feed machines.

import { constants, setPriority } from 'node:os';

/** The calling thread gets what the others of the computer leave. For the rest of its life: nobody may take it back. */
export function standBack(): void {
  // Only Linux gives each thread a priority of its own; elsewhere the whole console would stand back.
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox that forbids it costs speed and nothing else.
  }
}
