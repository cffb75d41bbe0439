// A picture and two spoken words for an address, so that people notice when it is another one. A help for the eye, no
// proof: the full address stays one click away.

export type Identicon = { readonly hue: number; readonly cells: readonly boolean[] };

/** Columns and rows; the left half is mirrored. */
export const IDENTICON_SIZE = 5;

/** FNV-1a over the lower-case text, then mixed: neighbouring addresses look unlike. */
function hash32(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of text.toLowerCase()) {
    hash ^= character.charCodeAt(0);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}

export function identiconOf(address: string): Identicon {
  const bits = hash32(address, 1);
  const cells: boolean[] = [];
  for (let row = 0; row < IDENTICON_SIZE; row++) {
    for (let column = 0; column < IDENTICON_SIZE; column++) {
      const mirrored = Math.min(column, IDENTICON_SIZE - 1 - column);
      cells.push(((bits >>> (row * 3 + mirrored)) & 1) === 1);
    }
  }
  return { hue: hash32(address, 2) % 360, cells };
}

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

/** Two proquints (arXiv:0901.4016): five letters speak 16 bits. */
export function addressWords(address: string): string {
  const bits = hash32(address, 3);
  return `${proquint(bits >>> 16)}-${proquint(bits & 0xffff)}`;
}

function proquint(bits: number): string {
  const consonant = (shift: number): string => CONSONANTS[(bits >>> shift) & 15] ?? '';
  const vowel = (shift: number): string => VOWELS[(bits >>> shift) & 3] ?? '';
  return `${consonant(12)}${vowel(10)}${consonant(6)}${vowel(4)}${consonant(0)}`;
}
