// When machines may begin a print by themselves: minutes of the week in the owner's local time. Pure; the caller knows
// the calendar. Windows may run past midnight; a window that ends where it begins lasts the whole day.

import { z } from 'zod';

export const MINUTES_PER_DAY = 24 * 60;
export const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

export const WorkingHours = z.strictObject({
  /** 0 is Monday. Days on which the window begins. */
  days: z.array(z.int().min(0).max(6)).max(7),
  fromMinute: z
    .int()
    .min(0)
    .max(MINUTES_PER_DAY - 1),
  toMinute: z
    .int()
    .min(0)
    .max(MINUTES_PER_DAY - 1),
});
export type WorkingHours = z.infer<typeof WorkingHours>;

export const ALWAYS: WorkingHours = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 0 };

function lengthOf({ fromMinute, toMinute }: WorkingHours): number {
  return ((toMinute - fromMinute + MINUTES_PER_DAY - 1) % MINUTES_PER_DAY) + 1;
}

/** Minutes until the hours are open, 0 where they are; undefined where they never are. */
export function minutesUntilOpen(hours: WorkingHours, weekMinute: number): number | undefined {
  const length = lengthOf(hours);
  let soonest: number | undefined;
  for (const day of hours.days) {
    const begins = day * MINUTES_PER_DAY + hours.fromMinute;
    const since = (((weekMinute - begins) % MINUTES_PER_WEEK) + MINUTES_PER_WEEK) % MINUTES_PER_WEEK;
    if (since < length) return 0;
    soonest = Math.min(soonest ?? MINUTES_PER_WEEK, MINUTES_PER_WEEK - since);
  }
  return soonest;
}

export function isOpen(hours: WorkingHours, weekMinute: number): boolean {
  return minutesUntilOpen(hours, weekMinute) === 0;
}
