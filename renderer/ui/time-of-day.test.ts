import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTimeOfDay, timeOfDayText } from './time-of-day.ts';

it('reads times of day as they are written', () => {
  fc.assert(
    fc.property(fc.nat(1439), (minute) => {
      expect(parseTimeOfDay(timeOfDayText(minute))).toBe(minute);
    }),
    { seed: 6 },
  );
  for (const text of ['', '24:00', '7:00', '12:60', '12']) expect(parseTimeOfDay(text)).toBeUndefined();
});
