// What people read: the explanation says everything that can happen, the diagram shows it and is safe to put in a page.

import { readdirSync, readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { encodeParadigm, parseParadigm } from './codec.ts';
import { paradigmDiagram } from './diagram.ts';
import { LOCALES } from './document.ts';
import { explainParadigm } from './explain.ts';
import { durationWords } from './words.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const bundled = readdirSync(FOLDER).filter(
  (name) => name.endsWith('.json') && !name.endsWith('.schema.json'),
);
const load = (document: string | object) => unwrap(parseParadigm(unwrap(encodeParadigm(document))));
const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');
const cases = bundled.flatMap((name) => LOCALES.map((locale) => [name, locale] as const));

describe('the explanation', () => {
  test.each(cases)('of %s in %s names every party, value, step, deadline and end', (name, locale) => {
    const p = load(read(name));
    const text = explainParadigm(p, locale);
    const labels = [
      ...Object.values(p.roles),
      ...Object.values(p.params),
      ...Object.values(p.states),
      ...p.document.transitions,
      ...[...p.deadlines.values()],
    ].map(({ label }) => label[locale]);
    for (const label of labels) expect(text).toContain(label);
    expect(text).not.toMatch(/undefined|params\.|vars\./);
  });

  test('keeps the author’s order', () => {
    const p = load(read('normal.json'));
    expect(Object.keys(p.roles)).toEqual(['buyer', 'owner', 'designer', 'machine', 'author', 'network']);
    expect(Object.keys(p.states).slice(0, 3)).toEqual(['open', 'accepted', 'printed']);
    expect(Object.keys(p.params)[0]).toBe('quoteHash');
  });

  test('tells durations exactly', () => {
    expect(durationWords(90_061n, 'en')).toBe('1 day, 1 hour, 1 minute, 1 second');
    expect(durationWords(172_800n, 'zh-Hans')).toBe('2 天');
    expect(durationWords(0n, 'en')).toBe('0 seconds');
  });
});

type Node = { readonly [key: string]: unknown };
const boxesOf = (svg: string) =>
  [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, ...numbers]) => numbers.map(Number) as [number, number, number, number],
  );

describe('the diagram', () => {
  test.each(cases)('of %s in %s is well-formed, complete, and its boxes do not overlap', (name, locale) => {
    const p = load(read(name));
    const svg = paradigmDiagram(p, locale);
    expect(XMLValidator.validate(svg)).toBe(true);
    const boxes = boxesOf(svg);
    expect(boxes).toHaveLength(Object.keys(p.states).length);
    const root = new XMLParser({ ignoreAttributes: false }).parse(svg).svg as Node;
    for (const [x, y, width, height] of boxes) {
      expect(
        x >= 0 && y >= 0 && x + width <= Number(root['@_width']) && y + height <= Number(root['@_height']),
      ).toBe(true);
    }
    boxes.forEach(([x, y, width, height], i) => {
      for (const [ox, oy, owidth, oheight] of boxes.slice(i + 1)) {
        expect(x + width <= ox || ox + owidth <= x || y + height <= oy || oy + oheight <= y).toBe(true);
      }
    });
    for (const { label } of [...Object.values(p.states), ...p.document.transitions])
      expect(svg).toContain(label[locale]);
  });

  test('needs nothing that a strict content security policy forbids', () => {
    const svg = paradigmDiagram(load(read('normal.json')), 'en');
    expect(svg).not.toMatch(/<style|style=|<script|href|url\(|<foreignObject|\son\w+=/);
  });

  test('shows labels as text, whatever they contain', () => {
    const document = JSON.parse(read('normal.json'));
    document.states.open.label.en = '</text><script>alert("1")</script>&';
    const svg = paradigmDiagram(load(document), 'en');
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toContain('<script');
  });

  test('marks the present state', () => {
    const svg = paradigmDiagram(load(read('normal.json')), 'en', { currentState: 'shipped' });
    expect(svg.match(/paradigm-current/g)).toHaveLength(1);
  });
});
