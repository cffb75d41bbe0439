// How the benchmarks of the whole console speak: one line a figure, with its limit and its ratio to a reference of the
// same run. A figure beyond its limit makes the program fail at its end, after everything was measured.

export type Figure = {
  readonly what: string;
  readonly value: number;
  readonly unit: 'fps' | 'ms' | 's' | 'MB' | '%' | 'bytes' | 'tx' | 'tx/s';
  /** Promised at most; undefined where nothing is promised. */
  readonly limit?: number;
  /** Promised at least, for figures of which more is better. */
  readonly least?: number;
  readonly reference?: { readonly what: string; readonly value: number };
};

export function report({ what, value, unit, limit, least, reference }: Figure): void {
  const missed = (limit !== undefined && value > limit) || (least !== undefined && value < least);
  const bound = limit ?? least;
  const promised = least === undefined ? 'limit' : 'at least';
  const parts = [
    what.padEnd(58),
    `${format(value)} ${unit}`.padStart(10),
    (bound === undefined ? '' : `${missed ? 'MISSED' : 'kept'}, ${promised} ${format(bound)} ${unit}`).padEnd(
      24,
    ),
    reference === undefined
      ? ''
      : `${(value / reference.value).toFixed(2)} × ${reference.what} (${format(reference.value)} ${unit})`,
  ];
  // biome-ignore lint/suspicious/noConsole: a benchmark's output.
  console.log(parts.join('  ').trimEnd());
  if (missed) process.exitCode = 1;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function format(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}
