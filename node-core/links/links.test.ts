import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConsoleLink, questionPath } from './index.ts';

const ADDRESS = `0x${'aB'.repeat(20)}`;
const HASH = '0a'.repeat(32);
const ID = 'moki@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk';

describe('links of the console', () => {
  it('name one thing each, and the page that shows it', () => {
    const read = (text: string) => {
      const link = parseConsoleLink(text);
      return link === undefined ? undefined : [link.kind, link.path];
    };
    expect(read('dipnet://market')).toEqual(['page', '/market']);
    expect(read('dipnet://market/')).toEqual(['page', '/market']);
    expect(read(`dipnet://market/${HASH}`)).toEqual(['model', `/market/${HASH}`]);
    expect(read(`dipnet://orders/${ADDRESS}`)).toEqual(['order', `/orders/${ADDRESS}`]);
    expect(read(`dipnet://farm/${ADDRESS}`)).toEqual(['machine', `/farm/${ADDRESS}`]);
    expect(read(`dipnet://paradigms/${HASH}`)).toEqual(['paradigm', `/paradigms/${HASH}`]);
    expect(read(`dipnet://contact/${ADDRESS}`)).toEqual(['contact', `/messages?add=${ADDRESS}`]);
    expect(read(`dipnet://contact/${ID}`)).toEqual(['contact', `/messages?add=${ID.replace('@', '%40')}`]);
    expect(read('dipnet://name/dana-lin')).toEqual(['name', '/messages?add=dana-lin']);
  });

  it('are refused where anything is beside it', () => {
    for (const text of [
      '',
      'dipnet:',
      'dipnet://',
      'dipnet://constructor',
      'dipnet://__proto__',
      'dipnet://constructor/constructor',
      'dipnet://market?buy=1',
      'dipnet://market#x',
      'dipnet://market/../wallet',
      'dipnet://market/%2e%2e',
      'dipnet://wallet/send',
      'dipnet://user@market',
      'dipnet://market:80',
      'DIPNET://market',
      'dipnet://orders/0x12',
      `dipnet:/orders/${ADDRESS}`,
      `dipnet://orders/${ADDRESS}/accept`,
      ` dipnet://orders/${ADDRESS}`,
      `dipnet://orders/${ADDRESS}\n`,
      `dipnet://orders/${ADDRESS}\u202e`,
      `dipnet://market/${HASH.toUpperCase()}`,
      'dipnet://contact/a@b@c',
      `dipnet://contact/\u0430@${ADDRESS}`,
      'dipnet://contact/anyone@anywhere',
      'dipnet://name/-a',
      'dipnet://name/n\u0430me',
      'dipnet://welcome',
      'https://example.com/',
      `dipnet://name/${'a'.repeat(64)}`,
      `dipnet://market/${'0'.repeat(100_000)}`,
    ])
      expect([text.slice(0, 60), parseConsoleLink(text)]).toEqual([text.slice(0, 60), undefined]);
  });

  it('lead to a page and one thing on it, whatever is sent', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('market', '/', '..', '@', '?', '#', ADDRESS, HASH, ID, '%2f'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const link = parseConsoleLink(`dipnet://${parts.join('')}`);
        if (link === undefined) return;
        expect(link.path).toMatch(/^\/[a-z]+(\/(0x)?[0-9a-fA-F]+|\?add=[A-Za-z0-9%._-]+)?$/);
      }),
      { seed: 4, numRuns: 1000 },
    );
    expect(questionPath('dipnet://name/a')).toBe('/link?to=dipnet%3A%2F%2Fname%2Fa');
  });
});
