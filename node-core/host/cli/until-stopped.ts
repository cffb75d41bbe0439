// Commands that run until somebody stops them.

/** Resolves at Ctrl-C, at a request to terminate, and when the terminal is closed. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    process.once('SIGHUP', () => resolve());
  });
}
