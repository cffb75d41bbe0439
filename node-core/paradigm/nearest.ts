// Slips of the keyboard: which of the known names was probably meant, and which two names people would confuse.

/** The known name that differs by the fewest slips, where that is few enough to be a slip. */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of known) {
    const slips = distance(written.toLowerCase(), name.toLowerCase(), fewest);
    if (slips < fewest) [best, fewest] = [name, slips];
  }
  return best;
}

/** Appended to a reason: ` (did you mean "effects"?)`, or nothing. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const name = nearestName(written.slice(0, 64), known);
  return name === undefined ? '' : ` (did you mean "${name}"?)`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), or `most` if not fewer. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let [before, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min(
        (row[j - 1] ?? 0) + 1,
        (previous[j] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      row.push(slips);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? most;
}

/** Equal for names that look alike in many typefaces: letter case, I l 1, O 0, rn m, vv w. */
export function skeletonOf(name: string): string {
  return name
    .replace(/[I1|]/g, 'l')
    .replaceAll('0', 'o')
    .toLowerCase()
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/[\s_-]/g, '');
}
