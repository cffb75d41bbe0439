// Commands to machines carry an expiry: one that was held up on its way must not surprise anybody later.

/** How long a command may be under way, in milliseconds. */
export const COMMAND_LIFE_MS = 10_000;

export function expiresSoon(): number {
  return Date.now() + COMMAND_LIFE_MS;
}
