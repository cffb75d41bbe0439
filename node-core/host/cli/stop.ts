// Ctrl-C during a story: the world is closed cleanly, and the command ends as shells expect it.

import { CLOSE_MS_MAX } from '../crash.ts';

/** As shells know it: ended by Ctrl-C. */
export const EXIT_STOPPED = 130;

export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Ctrl-C closes the world cleanly, so that it can go on later; a second one ends at once. */
export function stopOnSignal(close: () => Promise<void>) {
  let asked = false;
  const end = () => process.exit(EXIT_STOPPED);
  const stop = () => {
    if (asked) end();
    asked = true;
    setTimeout(end, CLOSE_MS_MAX).unref();
    close().catch(end);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    asked: () => asked,
    forget(): void {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
    },
  };
}
