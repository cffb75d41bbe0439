import { describe, expect, it } from 'vitest';
import { checkCheckpoint, hashInGroups } from './checkpoint.ts';

const HASH = 'ab'.repeat(32);

describe('a typed checkpoint', () => {
  it.each([
    ['123456', HASH],
    ['123,456', `0x${HASH.toUpperCase()}`],
    ['123 456', hashInGroups(HASH)],
    [" 123'456 ", `\n${HASH.slice(0, 32)}\n${HASH.slice(32)} `],
  ])('%s', (height, hash) => {
    expect(checkCheckpoint({ height, hash })).toEqual({
      checkpoint: { height: 123_456, hash: HASH },
      problems: {},
    });
  });

  it.each([
    [
      { height: '', hash: '' },
      { height: 'missing', hash: 'missing' },
    ],
    [{ height: '0', hash: HASH }, { height: 'invalid' }],
    [{ height: '-5', hash: HASH }, { height: 'invalid' }],
    [{ height: '1e5', hash: HASH }, { height: 'invalid' }],
    [{ height: '9007199254740993', hash: HASH }, { height: 'invalid' }],
    [{ height: '7', hash: HASH.slice(2) }, { hash: 'length' }],
    [{ height: '7', hash: `${HASH}00` }, { hash: 'length' }],
    [{ height: '7', hash: 'not a hash' }, { hash: 'invalid' }],
  ])('%o is not one', (draft, problems) => {
    expect(checkCheckpoint(draft)).toEqual({ checkpoint: undefined, problems });
  });

  it('is read out in groups', () => {
    expect(hashInGroups(HASH)).toBe('abababab '.repeat(8).trim());
  });
});
