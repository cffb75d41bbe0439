// A checkpoint as people type or paste it: the height with or without separators, the hash with or without spaces, in
// either case, with or without 0x. Anything else is named as a problem, never guessed.

export type CheckpointDraft = { readonly height: string; readonly hash: string };
export type Checkpoint = { readonly height: number; readonly hash: string };
export type CheckedCheckpoint = {
  readonly checkpoint: Checkpoint | undefined;
  readonly problems: {
    readonly height?: 'missing' | 'invalid';
    readonly hash?: 'missing' | 'length' | 'invalid';
  };
};

/** Hexadecimal digits of a SHA-256 hash. */
const HASH_DIGITS = 64;
const SEPARATORS = /[\s,.'’_ ]/g;

function readHeight(text: string): number | 'missing' | 'invalid' {
  const digits = text.replace(SEPARATORS, '');
  if (digits === '') return 'missing';
  const height = /^\d{1,16}$/.test(digits) ? Number(digits) : 0;
  return height >= 1 && Number.isSafeInteger(height) ? height : 'invalid';
}

function readHash(text: string): { hash: string } | 'missing' | 'length' | 'invalid' {
  const digits = text.replace(/\s/g, '').replace(/^0x/i, '').toLowerCase();
  if (digits === '') return 'missing';
  if (!/^[0-9a-f]+$/.test(digits)) return 'invalid';
  return digits.length === HASH_DIGITS ? { hash: digits } : 'length';
}

export function checkCheckpoint(draft: CheckpointDraft): CheckedCheckpoint {
  const height = readHeight(draft.height);
  const hash = readHash(draft.hash);
  const problems = {
    ...(typeof height === 'string' ? { height } : {}),
    ...(typeof hash === 'string' ? { hash } : {}),
  };
  const isWhole = typeof height === 'number' && typeof hash === 'object';
  return { checkpoint: isWhole ? { height, hash: hash.hash } : undefined, problems };
}

const GROUP_DIGITS = 8;

/** In groups that two people can read to each other. */
export function hashInGroups(hash: string): string {
  return hash.match(new RegExp(`.{1,${GROUP_DIGITS}}`, 'g'))?.join(' ') ?? hash;
}
