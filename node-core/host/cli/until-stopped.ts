// Commands that run until somebody stops them.

/** Resolves at Ctrl-C or at a request to terminate. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
