// Assertions mark bugs, never bad input. They are always on: a wrong state must not reach money or machines.

/** @throws Error where the condition is false: a bug in this program. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${what}`);
}

/** Marks a branch that the type checker proved impossible. @throws Error always. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value: ${String(value)}`);
}
