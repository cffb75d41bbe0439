// Which words are asked back: three different ones, in the order they were written down.

const WORDS_ASKED = 3;

/** `random(n)` yields 0 … n-1. Positions are 0-based and ascending. */
export function choosePositions(count: number, random: (limit: number) => number): readonly number[] {
  const left = Array.from({ length: count }, (_, index) => index);
  const chosen: number[] = [];
  while (chosen.length < WORDS_ASKED && left.length > 0) chosen.push(...left.splice(random(left.length), 1));
  return chosen.sort((a, b) => a - b);
}
