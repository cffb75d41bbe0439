// One run of the fuzzer: which input goes to which target, decided by the run's seed and the input's number alone.

import { assert } from '../../../base/index.ts';
import { FuzzRandom, seedOf } from './random.ts';
import type { FuzzTarget } from './targets.ts';
import { createFuzzTargets } from './targets.ts';

export { FuzzFailure } from './failure.ts';

export type FuzzRun = {
  readonly targets: readonly string[];
  /** What an input of the target may take; undefined where nothing special is said. */
  readonly inputMsMax: readonly (number | undefined)[];
  /** Outcomes so far, of targets that count them. */
  readonly tallies: readonly (Readonly<Record<string, number>> | undefined)[];
  /** Feeds input `index`; gives the target's number. @throws where the input was a failure. */
  readonly feed: (index: number) => number;
};

/**
 * `only` keeps the targets whose name contains it; some run only where they are asked for. `paradigms` are documents as
 * text, beside those that are built in.
 */
export function createFuzzRun(runSeed: number, only = '', paradigms: readonly string[] = []): FuzzRun {
  const targets = createFuzzTargets(paradigms).filter(
    ({ name, weight }) => name.includes(only) && (weight > 0 || only !== ''),
  );
  assert(targets.length > 0, `no target is called ${only}`);
  const wheel = targets.flatMap((target: FuzzTarget, index) =>
    Array.from({ length: Math.max(1, target.weight) }, () => index),
  );
  return {
    targets: targets.map(({ name }) => name),
    inputMsMax: targets.map(({ inputMsMax }) => inputMsMax),
    tallies: targets.map(({ tally }) => tally),
    feed(index) {
      const random = new FuzzRandom(seedOf(runSeed, index));
      const chosen = random.pick(wheel);
      targets[chosen]?.run(random);
      return chosen;
    },
  };
}
