// What is taken back, last first, when opening a console fails or it closes.

import type { Log } from '../../base/index.ts';

export type Undo = (() => unknown)[];

/** Each is tried, whatever the others do: a lock that stays would keep the folder from ever being opened again. */
export async function undoAll(undo: Undo, log?: Log): Promise<void> {
  for (const work of undo.splice(0).reverse()) {
    try {
      await work();
    } catch (error) {
      log?.('error', 'close.failed', { error });
    }
  }
}
