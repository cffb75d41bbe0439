// The commands behind the buttons: relative moves that leave the machine in the modes it was in, the zero of a file, and
// a macro's lines. Pure.

export const MACROS_MAX = 20;
export const MACRO_NAME_CHARS_MAX = 40;
export const MACRO_CHARS_MAX = 2000;

const FEED_MM_PER_MIN = { X: 3000, Y: 3000, Z: 300, E: 300 } as const;

/** One relative move, then absolute again. */
export function moveLines(axis: keyof typeof FEED_MM_PER_MIN, mm: number): readonly string[] {
  const feed = FEED_MM_PER_MIN[axis];
  return axis === 'E'
    ? ['M83', `G1 E${mm} F${feed}`, 'M82', 'G92 E0']
    : ['G91', `G1 ${axis}${mm} F${feed}`, 'G90'];
}

const JOG_MM_PER_MIN = { X: 2000, Y: 2000, Z: 300 } as const;

/** GRBL's own way to move by hand: refused beyond the soft limits, and without effect on the modes of a file. */
export function jogLine(axis: keyof typeof JOG_MM_PER_MIN, mm: number, feedMmPerMinMax: number): string {
  return `$J=G91 G21 ${axis}${mm} F${Math.min(JOG_MM_PER_MIN[axis], feedMmPerMinMax)}`;
}

/** Makes the place of the tool the zero of the coordinates that files use, on these axes. */
export function zeroLine(axes: string): string {
  return `G10 L20 P0 ${[...axes].map((axis) => `${axis}0`).join(' ')}`;
}

/** What is sent of a macro: no remarks, no empty lines. */
export function linesOf(commands: string): readonly string[] {
  return commands
    .split(/\r?\n/)
    .map((line) => line.replace(/;.*$/, '').trim())
    .filter((line) => line !== '');
}
