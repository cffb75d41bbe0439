import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECOVERY_WORDS, splitWords as splitInCore } from '../../../node-core/identity/index.ts';
import { fillWords, splitWords, suggestWords, WORD_COUNTS } from './words.ts';

const EMPTY = Array.from({ length: 12 }, () => '');

it('reads words as the core does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(splitWords(text)).toEqual(splitInCore(text));
    }),
  );
  expect(splitWords('1. Abandon，２）ａｂｏｕｔ　\u200bzoo')).toEqual(['abandon', 'about', 'zoo']);
});

describe('pasted words', () => {
  it('replace everything where they are a whole backup, and choose its length', () => {
    const pasted = Array.from({ length: 24 }, (_, index) => `w${index}`);
    expect(fillWords(EMPTY, 5, pasted)).toEqual(pasted);
    expect(fillWords(EMPTY.with(0, 'zoo'), 11, pasted.slice(0, 12))).toEqual(pasted.slice(0, 12));
    expect(fillWords(EMPTY, 0, pasted.slice(0, 13))).toHaveLength(15);
  });

  it('go on from the field where they are a few', () => {
    expect(fillWords(EMPTY.with(0, 'zoo'), 1, ['able', 'about'])?.slice(0, 4)).toEqual([
      'zoo',
      'able',
      'about',
      '',
    ]);
    expect(fillWords(EMPTY, 11, ['able', 'about'])).toHaveLength(15);
  });

  it('are refused where no backup is that long', () => {
    expect(
      fillWords(
        EMPTY,
        0,
        Array.from({ length: 25 }, () => 'zoo'),
      ),
    ).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(11), fc.array(fc.constant('zoo'), { maxLength: 30 }), (index, pasted) => {
        const filled = fillWords(EMPTY, index, pasted);
        expect(filled === undefined || WORD_COUNTS.includes(filled.length)).toBe(true);
        if (filled !== undefined) expect(filled.filter((word) => word !== '')).toEqual(pasted);
      }),
    );
  });
});

describe('suggestions', () => {
  it('complete a beginning, and are silent once the word is whole', () => {
    expect(suggestWords('aban', RECOVERY_WORDS)).toEqual(['abandon']);
    expect(suggestWords('abandon', RECOVERY_WORDS)).toEqual([]);
    expect(suggestWords('a', RECOVERY_WORDS)).toHaveLength(5);
    // "add" is a word and the beginning of others.
    expect(suggestWords('add', RECOVERY_WORDS)).toEqual(['add', 'addict', 'address']);
    expect(suggestWords('', RECOVERY_WORDS)).toEqual([]);
  });

  it('find the word behind any one slip', () => {
    const word = fc.constantFrom(...RECOVERY_WORDS.filter(({ length }) => length >= 5));
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'wrong'), (right, at, slip) => {
        const place = at % (right.length - 1);
        const letters = [...right];
        if (slip === 'drop') letters.splice(place, 1);
        else if (slip === 'double') letters.splice(place, 0, letters[place] ?? '');
        else if (slip === 'swap') letters.splice(place, 2, letters[place + 1] ?? '', letters[place] ?? '');
        else letters[place] = 'ß';
        const typed = letters.join('');
        const found = suggestWords(typed, RECOVERY_WORDS);
        const begins = RECOVERY_WORDS.some((known) => known.startsWith(typed));
        // A slip that makes the beginning of another word completes to that one.
        if (!begins && found.length < 5) expect(found).toContain(right);
      }),
    );
  });
});
