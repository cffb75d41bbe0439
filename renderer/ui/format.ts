// Numbers as people read them: amounts, durations, masses and lengths from exact integers. Pure; the locale comes in.

const MICRO_PER_TOKEN = 1_000_000n;

/** An amount with 2 to 6 decimals, exact: it never passes through a floating-point number. */
export function formatAmount(micro: bigint, locale: string, options: { signed?: boolean } = {}): string {
  const negative = micro < 0n;
  const absolute = negative ? -micro : micro;
  const fraction = (absolute % MICRO_PER_TOKEN).toString().padStart(6, '0');
  const decimal = `${negative ? '-' : ''}${absolute / MICRO_PER_TOKEN}.${fraction}` as `${number}`;
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
    signDisplay: options.signed === true ? 'exceptZero' : 'auto',
  }).format(decimal);
}

/** What a person typed as an amount, in micro-units; undefined unless it is a plain positive or zero amount. */
export function parseAmount(text: string, locale: string): bigint | undefined {
  const parts = new Intl.NumberFormat(locale).formatToParts(12345.6);
  const decimal = parts.find((part) => part.type === 'decimal')?.value ?? '.';
  const group = parts.find((part) => part.type === 'group')?.value ?? ',';
  const typed = text.trim().replaceAll(/[\s\u00a0\u202f]/g, '');
  // Keyboards and other programs write a point everywhere; it is taken unless it stands between thousands here.
  const plain = group === '.' ? typed : typed.replaceAll('.', decimal);
  const [whole = '', fraction = '', ...more] = plain.split(decimal);
  if (more.length > 0 || !isGrouped(whole, group, pairsOf(locale, group)) || !/^\d{0,6}$/.test(fraction))
    return undefined;
  const digits = whole.replaceAll(group, '');
  if (digits.length > 15) return undefined;
  return BigInt(digits) * MICRO_PER_TOKEN + BigInt(fraction.padEnd(6, '0'));
}

/** Some countries have groups of two before the last: 1,23,45,678. */
function pairsOf(locale: string, group: string): boolean {
  return new Intl.NumberFormat(locale).format(12_345_678).split(group).length > 3;
}

/** Plain digits, or groups of three: `1,5` is not fifteen. */
function isGrouped(whole: string, group: string, pairs: boolean): boolean {
  if (/^\d+$/.test(whole)) return true;
  const groups = whole.split(group);
  const last = groups.pop() ?? '';
  const [first, ...rest] = groups;
  if (first === undefined) return false;
  return (
    /^\d{3}$/.test(last) &&
    (pairs ? /^\d{1,2}$/ : /^\d{1,3}$/).test(first) &&
    rest.every((part) => part.length === (pairs ? 2 : 3) && /^\d+$/.test(part))
  );
}

export type DurationParts = {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
};

/** The two largest units that matter: 2 h 05 min, 45 s, 3 d 4 h. Rounded down, never negative. */
export function durationParts(durationS: number): DurationParts {
  const total = Math.max(0, Math.floor(durationS));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  if (days > 0) return { days, hours, minutes: 0, seconds: 0 };
  if (hours > 0) return { days: 0, hours, minutes, seconds: 0 };
  if (minutes >= 10) return { days: 0, hours: 0, minutes, seconds: 0 };
  return { days: 0, hours: 0, minutes, seconds };
}

export function formatDuration(durationS: number, locale: string): string {
  const { days, hours, minutes, seconds } = durationParts(durationS);
  const named: [number, string][] = [
    [days, 'day'],
    [hours, 'hour'],
    [minutes, 'minute'],
    [seconds, 'second'],
  ];
  const shown = named.filter(([count]) => count > 0);
  const units = shown.length === 0 ? [[0, 'second'] as [number, string]] : shown;
  return units
    .map(([count, unit]) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count),
    )
    .join(' ');
}

export function formatMass(milligrams: number, locale: string): string {
  const grams = milligrams / 1000;
  const [value, unit] = grams >= 1000 ? [grams / 1000, 'kilogram'] : [grams, 'gram'];
  return unitNumber(value, unit, locale, value < 10 ? 2 : value < 100 ? 1 : 0);
}

export function formatMillimetres(micrometres: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(micrometres / 1000);
}

/** Volume in cm³: the unit that filament is thought of in. */
export function formatVolume(cubicMillimetres: number, locale: string): string {
  const value = cubicMillimetres / 1000;
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0,
  }).format(value);
}

export function formatBytes(sizeBytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let value = sizeBytes;
  let index = 0;
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000;
    index++;
  }
  // The short form of a byte is the word in the singular; the long one has its plural.
  if (index === 0) {
    return new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' }).format(value);
  }
  return unitNumber(value, units[index] ?? 'byte', locale, value >= 100 ? 0 : 1);
}

function unitNumber(value: number, unit: string, locale: string, digits: number): string {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** First and last characters of a hash or address. */
export function shorten(text: string, head = 6, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** `3 minutes ago`, `in 2 days`: the unit and count for Intl.RelativeTimeFormat. */
export function relativeParts(differenceS: number): {
  readonly value: number;
  readonly unit: Intl.RelativeTimeFormatUnit;
} {
  const absolute = Math.abs(differenceS);
  const sign = differenceS < 0 ? -1 : 1;
  if (absolute < 60) return { value: sign * Math.floor(absolute), unit: 'second' };
  if (absolute < 3600) return { value: sign * Math.floor(absolute / 60), unit: 'minute' };
  if (absolute < 86_400) return { value: sign * Math.floor(absolute / 3600), unit: 'hour' };
  if (absolute < 30 * 86_400) return { value: sign * Math.floor(absolute / 86_400), unit: 'day' };
  if (absolute < 365 * 86_400) return { value: sign * Math.floor(absolute / (30 * 86_400)), unit: 'month' };
  return { value: sign * Math.floor(absolute / (365 * 86_400)), unit: 'year' };
}
