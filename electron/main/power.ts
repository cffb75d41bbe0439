// Keeps the computer awake while a printer is at work; the screen may sleep.

import { powerSaveBlocker } from 'electron';

export type PowerGuard = { setPrinting(printing: boolean): void };

export function createPowerGuard(): PowerGuard {
  let blocker: number | undefined;
  return {
    setPrinting(printing) {
      if (printing && blocker === undefined) blocker = powerSaveBlocker.start('prevent-app-suspension');
      if (printing || blocker === undefined) return;
      powerSaveBlocker.stop(blocker);
      blocker = undefined;
    },
  };
}
