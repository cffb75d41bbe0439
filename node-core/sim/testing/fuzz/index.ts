// One run of the fuzzer: which input goes to which target, decided by the run's seed and the input's number alone.

import { assert } from '../../../base/index.ts';
import { FuzzRandom, seedOf } from './random.ts';
import type { FuzzTarget } from './targets.ts';
import { createFuzzTargets } from './targets.ts';

export { FuzzFailure } from './failure.ts';

export type FuzzRun = {
  readonly targets: readonly string[];
  /** Feeds input `index`; gives the target's number. @throws where the input was a failure. */
  readonly feed: (index: number) => number;
};

/** `only` keeps the targets whose name contains it. */
export function createFuzzRun(runSeed: number, only = ''): FuzzRun {
  const targets = createFuzzTargets().filter(({ name }) => name.includes(only));
  assert(targets.length > 0, `no target is called ${only}`);
  const wheel = targets.flatMap((target: FuzzTarget, index) =>
    Array.from({ length: target.weight }, () => index),
  );
  return {
    targets: targets.map(({ name }) => name),
    feed(index) {
      const random = new FuzzRandom(seedOf(runSeed, index));
      const chosen = random.pick(wheel);
      targets[chosen]?.run(random);
      return chosen;
    },
  };
}
