// A store whose process dies at a write, before or after it became durable.

import type { KvStore } from '../../base/index.ts';

class Crash extends Error {}

export type CrashingKv = KvStore & {
  /** Dies at the next write; undefined: no more. */
  arm(when: 'before-write' | 'after-write' | undefined): void;
};

export function createCrashingKv(kv: KvStore): CrashingKv {
  let armed: 'before-write' | 'after-write' | undefined;
  return {
    get: (key) => kv.get(key),
    list: (prefix, options) => kv.list(prefix, options),
    apply(operations) {
      const when = armed;
      armed = undefined;
      if (when === 'before-write') throw new Crash(when);
      kv.apply(operations);
      if (when === 'after-write') throw new Crash(when);
    },
    arm(when) {
      armed = when;
    },
  };
}
