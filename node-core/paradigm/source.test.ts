// Documents as text: YAML and JSON say the same thing, and whatever is wrong is named with its line.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { unwrap } from '../base/index.ts';
import { checkDocument } from './check.ts';
import { encodeParadigm, readParadigm } from './codec.ts';
import { didYouMean, nearestName, skeletonOf } from './nearest.ts';
import { readSource } from './source.ts';

const json = readFileSync(new URL('../../assets/paradigms/normal.json', import.meta.url), 'utf8');

function faultOf(text: string) {
  const read = readParadigm(text);
  return read.ok ? undefined : read.fault;
}
/** `line:column reason`. */
function syntax(text: string): string {
  const { code, data } = faultOf(text) ?? { code: 'accepted' };
  return code === 'paradigm.document.syntax'
    ? `${data?.['line']}:${data?.['column']} ${data?.['reason']}`
    : code;
}

test('YAML and JSON of one document are one paradigm', () => {
  const yaml = stringify(JSON.parse(json));
  expect(unwrap(encodeParadigm(`# as a person writes it\n${yaml}`))).toEqual(unwrap(encodeParadigm(json)));
  const tabs = JSON.stringify(JSON.parse(json), null, '\t').replaceAll('\n', '\r\n');
  expect(unwrap(encodeParadigm(tabs))).toEqual(unwrap(encodeParadigm(json)));
});

test('any JSON is read as JSON.parse reads it', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const usable = (node: unknown): boolean =>
    typeof node !== 'object' ||
    node === null ||
    Object.entries(node).every(([key, child]) => key !== '<<' && key !== '__proto__' && usable(child));
  fc.assert(
    fc.property(value.filter(usable), fc.constantFrom(undefined, 1, 2), (tree, indent) => {
      const source = readSource(JSON.stringify(tree, null, indent));
      expect(source.ok && source.value.value).toEqual(tree);
    }),
    { seed: 1, numRuns: 300 },
  );
});

describe('text is refused with its place', () => {
  const rows: [string, string, string | RegExp][] = [
    ['a name that stands twice', 'name: a\nversion: 1\nname: b\n', /^3:1 map keys must be unique/],
    [
      'a name that stands twice in JSON',
      '{\n  "name": "a",\n  "name": "b"\n}',
      /^3:3 map keys must be unique/,
    ],
    ['an anchor', 'name: &a normal\n', /^1:\d+ it has an anchor or alias/],
    ['an alias', 'name: *a\n', /^1:\d+ /],
    ['a merge key', 'roles:\n  <<: {}\n', '2:3 it merges another table (<<)'],
    ['a tag', 'name: !!binary AAAA\n', /^1:\d+ it has a tag/],
    ['a tag that YAML knows', 'name: !!str 5\n', /^1:\d+ it has a tag/],
    ['a tagged table', 'roles: !!map {}\n', /^1:\d+ it has a tag/],
    ['a tagged name', '!!str name: a\n', /^1:\d+ it has a tag/],
    ['a tag of its own', 'name: !role x\n', /^1:\d+ it has a tag/],
    ['a directive', '%YAML 1.1\n---\nname: a\n', '1:1 a line begins with a YAML directive'],
    ['two documents', 'name: a\n---\nname: b\n', /^\d:1 /],
    ['a name that is a list', '? [a]\n: 1\n', '1:3 the name of an entry is not text'],
    ['a name that is a number', '1: 2\n', '1:1 the name of an entry is not text'],
    ['a name that objects inherit from', '{"__proto__": 1}', '1:2 the name __proto__ is reserved'],
    ['a fraction', 'a:\n  b: 0.5\n', /^2:6 the number is not a whole number/],
    ['infinity', 'a: .inf\n', /^1:4 the number/],
    ['a number that no machine holds exactly', 'a: 12345678901234567890\n', /^1:4 the number/],
    ['an open quotation mark', '{"name": "nor', /^1:\d+ missing closing/],
    ['brackets without end', '['.repeat(200_000), '1:33 it is nested too deeply'],
    ['lists in lists without end', '- '.repeat(100_000), /^1:\d+ it is nested too deeply/],
    [
      'tables in tables without end',
      Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      /nested too deeply$/,
    ],
  ];
  test.each(rows)('%s', (_name, text, expected) => {
    if (typeof expected === 'string') expect(syntax(text)).toBe(expected);
    else expect(syntax(text)).toMatch(expected);
  });

  test('more than a document can have', () => {
    expect(faultOf(`# ${'x'.repeat(300_000)}`)?.code).toBe('paradigm.document.large');
  });

  test('never with an exception', () => {
    const fragment = fc.constantFrom(
      'a',
      ':',
      '- ',
      '\n',
      ' ',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&',
      '*',
      '!',
      '|',
      '>',
      '#',
      ',',
      '?',
      '%',
      '<<',
      '\t',
      '---',
      '1',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
        readSource(parts.join(''));
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe('what is wrong in the document is found in its text', () => {
  const damaged = (from: string, to: string) => {
    const text = json.replace(from, to);
    expect(text).not.toBe(json);
    const { data, message } = faultOf(text) ?? { message: 'accepted' };
    return { line: text.split('\n')[Number(data?.['line'] ?? 0) - 1]?.trim(), message };
  };

  test('an unknown field, with the one that was meant', () => {
    const { line, message } = damaged('"summary"', '"sumary"');
    expect(line).toBe('"sumary": {');
    expect(message).toContain('did you mean "summary"?');
  });

  test('a name that is not declared, with the one that was meant', () => {
    const { line, message } = damaged('"to": "accepted"', '"to": "acepted"');
    expect(line).toBe('"to": "acepted",');
    expect(message).toContain('did you mean "accepted"?');
  });

  test('an expression', () => {
    expect(
      damaged('"facts.copiesFinished == params.quantity', '"facts.copiesDone == params.quantity').line,
    ).toMatch(/copiesDone/);
  });

  test.each([
    ['params.quantity"', 'params.quantty"', '"params" has no "quantty" (did you mean "quantity"?)'],
    ['params.quantity"', 'param.quantity"', 'the name "param" is not declared (did you mean "params"?)'],
    ['params.quantity"', 'var.quantity"', 'the name "var" is reserved (did you mean "vars"?)'],
    ['"kind": "person"', '"kind": "persn"', '"persn" is not one of person, machine, account, crowd (did you'],
    ['"do": "pay"', '"do": "pey"', '"pey" is not one of hold, pay,'],
    ['"unit": "micro-DPN"', '"unit": "euro"', '"euro" is not micro-DPN'],
    ['"version": 2,', '', 'this field is missing'],
    ['"version": 2,', '"version": "2",', 'a text stands where a whole number belongs'],
    ['"buyer": {', '"Buyer": {', 'a name has 1 to 32 ASCII letters or digits and begins in lower case'],
  ])('%s written as %s', (from, to, reason) => {
    expect(damaged(from, to).message).toContain(reason);
  });

  test('nothing, and a text instead of a document', () => {
    expect(faultOf('')?.message).toContain('it is empty');
    expect(faultOf('hello')?.message).toContain('a text stands where a table of fields belongs');
  });

  test('a look-alike letter in a name', () => {
    expect(damaged('"buyer": {', '"buуer": {').line).toBe('"buуer": {');
  });

  test('a finding of the checker too', () => {
    const text = json.replace('"after": "params.acceptS"', '"after": "0"');
    const finding = checkDocument(text).findings.find(({ severity }) => severity === 'defect');
    expect(text.split('\n')[(finding?.line ?? 0) - 1]).toContain('"open"');
  });
});

test('names that are easily mistaken for one another are refused', () => {
  const document = JSON.parse(json);
  document.params.acceptS1 = document.params.acceptS;
  document.params.acceptSl = document.params.acceptS;
  const fault = faultOf(JSON.stringify(document));
  expect(fault?.message).toContain('too easily mistaken for "acceptS1"');
  const labels = JSON.parse(json);
  labels.roles.owner.label.en = 'BUYER';
  expect(faultOf(JSON.stringify(labels))?.message).toContain('reads like the label of "buyer"');
});

test('slips are told from other names', () => {
  expect(nearestName('efects', ['effects', 'event'])).toBe('effects');
  expect(nearestName('gaurd', ['guard', 'gain'])).toBe('guard');
  expect(didYouMean('zebra', ['effects', 'event'])).toBe('');
  expect(skeletonOf('Bi1l0rn')).toBe(skeletonOf('billOm'));
  expect(skeletonOf('fail')).not.toBe(skeletonOf('fall'));
});
