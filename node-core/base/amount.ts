// Token amounts: integers of one millionth ("micro") of a token, always bigint, never rounded by floating point.

/** Micro-units in one token: 6 decimals. */
export const MICRO_PER_TOKEN = 1_000_000n;

export const TOKENS = ['DPN', '3DP', 'DIMT', 'ITC'] as const;
export type Token = (typeof TOKENS)[number];

/** `12.5` for 12_500_000n: no grouping, no trailing zeros; for records and logs. The console formats by locale. */
export function microToDecimal(amountMicro: bigint): string {
  const negative = amountMicro < 0n;
  const absolute = negative ? -amountMicro : amountMicro;
  const whole = absolute / MICRO_PER_TOKEN;
  const fraction = (absolute % MICRO_PER_TOKEN).toString().padStart(6, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Parses a plain decimal with at most 6 places; undefined for anything else (no exponent, no grouping, no sign). */
export function parseDecimalToMicro(text: string): bigint | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = (match[2] ?? '').padEnd(6, '0');
  return BigInt(match[1] ?? '0') * MICRO_PER_TOKEN + BigInt(fraction);
}

/** Ceiling division of non-negative integers: prices round up, so no line is ever given away by rounding. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
