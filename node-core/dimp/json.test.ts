import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/index.ts';
import { JSON_DEPTH_MAX, parseJson, parseJsonObject, writeJsonMembers } from './index.ts';

const seeded = { seed: 20261121, numRuns: 300 };
const value = (text: string) => unwrap(parseJson(text));
const refused = (text: string) => {
  const parsed = parseJson(text);
  return parsed.ok ? undefined : parsed.fault.data?.['what'];
};

describe('strict JSON', () => {
  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = JSON.stringify(json);
        const isLossless = !/-0(?![.0-9])/.test(text);
        const parsed = parseJson(text);
        // Doubles beyond 2^53 without a fraction are written as whole numbers, which are refused.
        if (!parsed.ok) expect(parsed.fault.data?.['what']).toBe('number');
        else if (isLossless) expect(parsed.value).toEqual(JSON.parse(text));
      }),
      seeded,
    );
  });

  it('never throws, and accepts nothing that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '1',
      '-',
      '.',
      'e',
      'true',
      'null',
      '\\u',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (junk) => {
        const parsed = parseJson(junk);
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(junk));
      }),
      seeded,
    );
  });

  it.each([
    ['', 'value'],
    ['{"a":1,"a":2}', 'duplicate'],
    ['{"a":1,"\\u0061":2}', 'duplicate'],
    ['{"b":{"a":1,"a":1}}', 'duplicate'],
    ['9007199254740993', 'number'],
    ['1e400', 'number'],
    ['01', 'end'],
    ['+1', 'value'],
    ['.5', 'value'],
    ['NaN', 'value'],
    ['[1,]', 'value'],
    ['{"a":1,}', 'object'],
    ["{'a':1}", 'object'],
    ['"\u0001"', 'string'],
    ['"\\ud800"', 'string'],
    ['"\\x41"', 'string'],
    ['"abc', 'string'],
    ['1 2', 'end'],
    ['\ufeff1', 'value'],
    [`${'['.repeat(JSON_DEPTH_MAX + 1)}${']'.repeat(JSON_DEPTH_MAX + 1)}`, 'depth'],
    ['['.repeat(100_000), 'depth'],
  ])('refuses %j for its %s', (text, what) => {
    expect(refused(text)).toBe(what);
  });

  it('reads the edges', () => {
    expect(value('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(value('1795244452.8067605')).toBe(1795244452.8067605);
    expect(value('1.795244452E9')).toBe(1795244452);
    expect(value('"\\ud83d\\ude00\\/"')).toBe('😀/');
    expect(value(' \t\r\n[ ] ')).toEqual([]);
    const depth = JSON_DEPTH_MAX;
    expect(parseJson(`${'['.repeat(depth)}${']'.repeat(depth)}`).ok).toBe(true);
    const long = parseJson('"12345"', 6);
    expect(long.ok ? '' : long.fault.code).toBe('dimp.json.large');
  });

  it('takes __proto__ for a name like others', () => {
    const parsed = value('{"__proto__":{"isAdmin":true}}');
    expect(Object.keys(parsed as object)).toEqual(['__proto__']);
    expect((parsed as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(JSON.stringify(parsed)).toBe('{"__proto__":{"isAdmin":true}}');
  });

  it('keeps the outermost members as they were written', () => {
    const text = '{"time":1.50,"x":{"b" : 1e2, "a":[ 1 ]},"n":-0.0,"s":"\\u0041"}';
    const { members, value: read } = unwrap(parseJsonObject(` ${text} `));
    expect(writeJsonMembers(members)).toBe(text);
    expect(read).toEqual({ time: 1.5, x: { b: 100, a: [1] }, n: -0, s: 'A' });
    expect(parseJsonObject('[]').ok).toBe(false);
  });
});
