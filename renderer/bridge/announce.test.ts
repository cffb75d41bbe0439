import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQuiet } from './announce.ts';

describe('an announcement', () => {
  it('is kept back in quiet hours, which may pass midnight', () => {
    const night = { fromMin: 22 * 60, toMin: 7 * 60 };
    const at = (minute: number) => isQuiet(night, minute);
    expect([at(21 * 60 + 59), at(22 * 60), at(0), at(7 * 60 - 1), at(7 * 60)]).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect([isQuiet(null, 0), isQuiet({ fromMin: 60, toMin: 60 }, 60)]).toEqual([false, false]);
    fc.assert(
      fc.property(fc.nat(1439), fc.nat(1439), fc.nat(1439), (fromMin, toMin, minute) => {
        // Hours and what is left of the day are never both quiet, and one of them is, unless there are none.
        const [inside, outside] = [
          { fromMin, toMin },
          { fromMin: toMin, toMin: fromMin },
        ];
        expect(isQuiet(inside, minute) !== isQuiet(outside, minute)).toBe(fromMin !== toMin);
      }),
      { seed: 5 },
    );
  });
});
