// Time as CometBFT keeps it: seconds and nanoseconds since 1970 in UTC, proleptic Gregorian. JavaScript's Date has
// only milliseconds and is never used, since a lost nanosecond is another hash.

import type { Time } from './types.ts';

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400n;

/** Go's zero time, 0001-01-01T00:00:00Z: the time of an absent vote. */
export const ZERO_TIME: Time = { seconds: -62_135_596_800n, nanos: 0 };
/** 9999-12-31T23:59:59.999999999Z, the last that protobuf's Timestamp may hold. */
const SECONDS_MAX = 253_402_300_799n;

export function isTime(time: Time): boolean {
  const { seconds, nanos } = time;
  return (
    seconds >= ZERO_TIME.seconds &&
    seconds <= SECONDS_MAX &&
    Number.isInteger(nanos) &&
    nanos >= 0 &&
    nanos < 1_000_000_000
  );
}

export function timeToNanos(time: Time): bigint {
  return time.seconds * NANOS_PER_SECOND + BigInt(time.nanos);
}

export function nanosToTime(totalNanos: bigint): Time {
  const seconds = floorDivide(totalNanos, NANOS_PER_SECOND);
  return { seconds, nanos: Number(totalNanos - seconds * NANOS_PER_SECOND) };
}

export function msToTime(epochMs: number): Time {
  return nanosToTime(BigInt(Math.floor(epochMs)) * 1_000_000n);
}

/** Whole milliseconds, rounded down: for people and clocks, never for hashes. */
export function timeToMs(time: Time): number {
  return Number(floorDivide(timeToNanos(time), 1_000_000n));
}

/** Negative, 0 or positive. */
export function compareTime(a: Time, b: Time): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return a.nanos - b.nanos;
}

/** RFC 3339 in UTC as Go prints it: no trailing zeros in the fraction. */
export function timeToText(time: Time): string {
  const days = floorDivide(time.seconds, SECONDS_PER_DAY);
  const secondOfDay = Number(time.seconds - days * SECONDS_PER_DAY);
  const { year, month, day } = civilFromDays(days);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const hours = Math.floor(secondOfDay / 3600);
  const minutes = Math.floor(secondOfDay / 60) % 60;
  const fraction = time.nanos === 0 ? '' : `.${pad(time.nanos, 9).replace(/0+$/, '')}`;
  return `${date}T${pad(hours, 2)}:${pad(minutes, 2)}:${pad(secondOfDay % 60, 2)}${fraction}Z`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Parses RFC 3339 with at most nine fraction digits; undefined for anything else, for no such date and out of range. */
export function parseTime(text: string): Time | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index] ?? '0');
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hours, minutes, second] = [part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hours > 23 || minutes > 59 || second > 59 || part(9) > 23 || part(10) > 59) return undefined;
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10));
  const secondOfDay = BigInt(hours * 3600 + (minutes - offsetMinutes) * 60 + second);
  const time = {
    seconds: daysFromCivil(year, month, day) * SECONDS_PER_DAY + secondOfDay,
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  };
  return isTime(time) ? time : undefined;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days before 1 January of the year, counted from year 1. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

const EPOCH_DAY = daysBeforeYear(1970);

function daysFromCivil(year: number, month: number, day: number): bigint {
  let days = daysBeforeYear(year) - EPOCH_DAY + day - 1;
  for (let earlier = 1; earlier < month; earlier++) days += daysInMonth(year, earlier);
  return BigInt(days);
}

function civilFromDays(epochDays: bigint): { year: number; month: number; day: number } {
  const days = Number(epochDays) + EPOCH_DAY;
  // 146 097 days make 400 Gregorian years, so this guess is off by at most one year.
  let year = Math.floor((days * 400) / 146_097) + 1;
  while (daysBeforeYear(year) > days) year--;
  while (daysBeforeYear(year + 1) <= days) year++;
  let rest = days - daysBeforeYear(year);
  let month = 1;
  while (rest >= daysInMonth(year, month)) {
    rest -= daysInMonth(year, month);
    month++;
  }
  return { year, month, day: rest + 1 };
}
