import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine, readLink, textParts } from './text-parts.ts';

const linksOf = (text: string) =>
  textParts(text).flatMap((part) => (part.kind === 'link' ? [part.link.shown] : []));

describe('the parts of a text', () => {
  it('are the whole text, whatever stands in it', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.constantFrom(
        ' ',
        '\u202e',
        '(',
        ')',
        '.',
        'http://',
        'https://a@b.c',
        '\u200b',
        'https://xn--',
        'dipnet://market',
        'dipnet://name/ada',
        '[',
        ']',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        const again = textParts(text).map((part) =>
          part.kind === 'words'
            ? part.text
            : part.kind === 'link'
              ? part.link.shown
              : part.kind === 'own'
                ? part.shown
                : String.fromCodePoint(Number.parseInt(part.code.slice(2), 16)),
        );
        expect(again.join('')).toBe(text);
      }),
      { seed: 21, numRuns: 120 },
    );
  });

  it('are addresses of the web alone, without the sentence around them', () => {
    expect(linksOf('See https://a.example/x?y=1#z. And (https://b.example/c_(d)), please!')).toEqual([
      'https://a.example/x?y=1#z',
      'https://b.example/c_(d)',
    ]);
    expect(linksOf('看https://a.example/路径。再看')).toEqual(['https://a.example/路径。再看']);
    for (const none of [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'www.a.example',
      'https://',
      'data:text/html,x',
    ])
      expect([none, linksOf(none)]).toEqual([none, []]);
  });

  it('name signs that turn the direction or hide', () => {
    expect(textParts('a\u202egpj.exe\u200b')).toEqual([
      { kind: 'words', text: 'a' },
      { kind: 'sign', code: 'U+202E', turns: true },
      { kind: 'words', text: 'gpj.exe' },
      { kind: 'sign', code: 'U+200B', turns: false },
    ]);
    expect(linksOf('https://good.example/\u202emoc.live')).toEqual(['https://good.example/']);
    expect(plainLine('a\u202egpj.exe')).toBe('a[U+202E]gpj.exe');
    // Joiners belong to scripts and pictures.
    expect(textParts('👩‍👧 ن‌م').length).toBe(1);
  });
});

describe('an address', () => {
  it('says where it leads, and what could mislead about it', () => {
    const read = (text: string) => {
      const { host, doubts, written } = readLink(text) ?? { host: '', doubts: [], written: undefined };
      return [host, doubts.join(' '), written];
    };
    expect(read('https://example.org/pay')).toEqual(['example.org', '', undefined]);
    expect(read('https://EXAMPLE.org/')).toEqual(['example.org', '', undefined]);
    expect(read('http://example.org/')).toEqual(['example.org', 'plain', undefined]);
    // A Cyrillic а in a Latin word.
    expect(read('https://pаypal.com/')).toEqual(['xn--pypal-4ve.com', 'foreign mixed', 'pаypal.com']);
    expect(read('https://пример.рф/')).toEqual(['xn--e1afmkfd.xn--p1ai', 'foreign', 'пример.рф']);
    expect(read('https://xn--pypal-4ve.com/')).toEqual(['xn--pypal-4ve.com', 'foreign', undefined]);
    expect(read('https://bank.example@evil.example/')).toEqual(['evil.example', 'userinfo', undefined]);
    expect(read('https://0x7f000001:8080/')).toEqual(['127.0.0.1', 'number port', undefined]);
    expect(read('https://[::1]/')).toEqual(['[::1]', 'number', undefined]);
  });
});
