// Recovery words while they are typed: read as people write and paste them, held against the list, and completed. The
// core judges them in the end; this only helps on the way.

/** Numbers of words that a backup can have; 12 and 24 are the usual ones. */
export const WORD_COUNTS: readonly number[] = [12, 15, 18, 21, 24];
const SUGGESTIONS_MAX = 5;

/** The words in a text with numbers, commas, capitals, line ends, or the full-width spaces and letters of Chinese input. */
export function splitWords(text: string): string[] {
  const letters = text
    .normalize('NFKD')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase();
  return letters.split(/[^\p{L}\p{M}]+/u).filter((word) => word !== '');
}

/**
 * The fields after `pasted` words came into field `index`: a whole backup replaces what was there, a few words go on from
 * the field. Undefined where there are more words than any backup has.
 */
export function fillWords(
  words: readonly string[],
  index: number,
  pasted: readonly string[],
): readonly string[] | undefined {
  const whole = pasted.length >= (WORD_COUNTS[0] ?? 0);
  const start = whole ? 0 : index;
  const needed = start + pasted.length;
  const count = WORD_COUNTS.find((size) => size >= Math.max(needed, whole ? 0 : words.length));
  if (count === undefined) return undefined;
  const before = whole ? [] : words;
  return Array.from({ length: count }, (_, place) => pasted[place - start] ?? before[place] ?? '');
}

/** Words of the list that begin like this one; where none does, those that one slip makes of it. */
export function suggestWords(typed: string, list: readonly string[]): string[] {
  if (typed === '') return [];
  const begun = list.filter((word) => word.startsWith(typed));
  if (begun.length > 0)
    return begun.length === 1 && begun[0] === typed ? [] : begun.slice(0, SUGGESTIONS_MAX);
  return typed.length < 3 ? [] : list.filter((word) => isOneSlip(typed, word)).slice(0, SUGGESTIONS_MAX);
}

/** One letter too many, too few, wrong, or two neighbours swapped. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return (
    restA.length === restB.length &&
    restA[0] === restB[1] &&
    restA[1] === restB[0] &&
    restA.slice(2) === restB.slice(2)
  );
}
