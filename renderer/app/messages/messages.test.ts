// Every sentence of the console exists in both languages with the same arguments, every id that the sources name
// exists, and every fault that the core can give is translated.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIntl } from 'react-intl';
import { describe, expect, it } from 'vitest';
import { FAULT_CATALOGUES } from '../../../node-core/base/index.ts';
import { PAGE_FAULTS } from '../../bridge/faults.ts';
import { faultMessages, mergeMessages } from './merge.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RENDERER = join(ROOT, 'renderer');

type Dictionary = Readonly<Record<string, string>>;
type FaultFile = Readonly<Record<string, { readonly message: string; readonly next: string }>>;

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

/** One area: the shell's own two files, or two `messages.*.json` beside a feature. */
const areas = new Map<string, { en: Dictionary; zh: Dictionary }>();
for (const file of filesBelow(RENDERER, /^(messages\.)?en\.json$/)) {
  const zh = readJson<Dictionary>(file.replace(/en\.json$/, 'zh-Hans.json'));
  areas.set(file.slice(RENDERER.length + 1), { en: readJson(file), zh });
}
const all = (language: 'en' | 'zh'): Dictionary =>
  mergeMessages([...areas].map(([name, area]) => ({ [name]: area[language] })));
const english = all('en');
const chinese = all('zh');
const faults = readJson<FaultFile>(join(RENDERER, 'app/messages/faults.zh-Hans.json'));

type Value = string | number | ((chunks: readonly string[]) => string);

/** Values that lead into every branch of plurals and selects in use here. */
const TRIED = [0, 1, 2, 5, 'yes', 'other'] as const;

/**
 * Names of the arguments that a message asks for, found by formatting it with ever more of them. Throws where its ICU
 * syntax is wrong.
 */
function argumentsOf(locale: string, id: string, message: string): string[] {
  const names = new Set<string>();
  const discover = (values: Record<string, Value>): void => {
    for (;;) {
      const problems: string[] = [];
      const intl = createIntl({
        locale,
        messages: { [id]: message },
        onError: (error) => problems.push(error.message),
      });
      intl.formatMessage({ id }, values);
      const [problem] = problems;
      if (problem === undefined) return;
      const missing = /variable "(\w+)" was not provided/.exec(problem)?.[1];
      const tag = /Value for "(\w+)" must be of type function/.exec(problem)?.[1];
      if (tag !== undefined && typeof values[tag] !== 'function') values[tag] = (chunks) => chunks.join('');
      else if (missing !== undefined && !(missing in values)) values[missing] = 3;
      else throw new Error(`${id}: ${problem}`);
      names.add(missing ?? tag ?? '');
    }
  };
  discover({});
  for (const name of [...names]) for (const value of TRIED) discover({ [name]: value });
  return [...names].sort();
}

it('finds the message files of the shell and of every feature', () => {
  expect(areas.size).toBeGreaterThanOrEqual(7);
  expect(Object.keys(english).length).toBeGreaterThan(200);
});

describe.each([...areas])('%s', (_name, { en, zh }) => {
  it('has the same keys in both languages', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it('has text for every key, in Chinese for Chinese', () => {
    for (const [id, text] of [...Object.entries(en), ...Object.entries(zh)])
      expect(text.trim(), id).not.toBe('');
    const untranslated = Object.entries(zh).filter(
      ([id, text]) => text === en[id] && /[a-z]{4,}/i.test(text.replace(/\{[^}]*\}/g, '')),
    );
    // Names of languages, keys and units are the same everywhere.
    const unexpected = untranslated.filter(
      ([, text]) => !/^(English|.*\b(ed25519|DIPNET|G-code|Ctrl)\b.*)$/.test(text),
    );
    expect(unexpected).toEqual([]);
  });

  it('formats, with the same arguments in both languages', () => {
    for (const [id, text] of Object.entries(en)) {
      expect(argumentsOf('zh-Hans', id, zh[id] ?? ''), id).toEqual(argumentsOf('en', id, text));
    }
  });
});

it('gives no id twice', () => {
  const seen = new Map<string, string>();
  for (const [name, { en }] of areas) {
    for (const id of Object.keys(en)) {
      expect(seen.get(id), `${id} is in ${name} and`).toBeUndefined();
      seen.set(id, name);
    }
  }
});

it('has every id that the sources name', () => {
  const missing: string[] = [];
  let named = 0;
  for (const file of filesBelow(RENDERER, /\.tsx?$/)) {
    if (/\.test\.tsx?$/.test(file)) continue;
    const source = readFileSync(file, 'utf8');
    for (const [, id = ''] of source.matchAll(/\bid(?:=|: ?)["']([a-z]+\.[\w.-]+)["']/g)) {
      named++;
      if (!(id in english)) missing.push(`${file.slice(RENDERER.length + 1)}: ${id}`);
    }
    for (const [, prefix = ''] of source.matchAll(/\bid(?:=\{|: ?)`([a-z]+\.[\w.-]*\.)\$\{/g)) {
      named++;
      if (!Object.keys(english).some((id) => id.startsWith(prefix)))
        missing.push(`${file.slice(RENDERER.length + 1)}: ${prefix}*`);
    }
  }
  expect(named).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

it('has words for every phase of work that the core reports', () => {
  const phases = new Set<string>();
  for (const file of filesBelow(join(ROOT, 'node-core/host'), /\.ts$/)) {
    if (/\.test\.ts$/.test(file)) continue;
    const source = readFileSync(file, 'utf8');
    for (const [, phase = ''] of source.matchAll(/\b(?:report|progress)\(\s*'([a-z-]+)'/g)) phases.add(phase);
  }
  expect(phases.size).toBeGreaterThan(3);
  expect([...phases].filter((phase) => !(`ui.phase.${phase}` in english))).toEqual([]);
});

describe('faults', async () => {
  // Importing a file of faults enters its catalogue into the list.
  const sources = filesBelow(join(ROOT, 'node-core'), /\.ts$/).filter(
    (file) => !/\.(test|bench|d)\.ts$/.test(file) && /\bdefineFaults\(/.test(readFileSync(file, 'utf8')),
  );
  const codesInSource = new Map<string, { message: string; next: string }>();
  for (const file of sources) {
    await import(file);
  }
  for (const catalogue of FAULT_CATALOGUES.values()) {
    for (const [code, text] of Object.entries(catalogue)) codesInSource.set(code, text);
  }
  for (const [code, text] of Object.entries(PAGE_FAULTS)) codesInSource.set(code, text);
  const placeholders = (text: string): string[] =>
    [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();

  it('finds catalogues', () => {
    expect(codesInSource.size).toBeGreaterThan(50);
  });

  it('translates every fault', () => {
    expect([...codesInSource.keys()].filter((code) => !(code in faults))).toEqual([]);
  });

  it('keeps the placeholders of each sentence', () => {
    for (const [code, text] of codesInSource) {
      const translated = faults[code];
      if (translated === undefined) continue;
      for (const name of placeholders(translated.message + translated.next))
        expect(placeholders(text.message + text.next), code).toContain(name);
      for (const name of placeholders(text.message))
        expect(placeholders(translated.message), code).toContain(name);
    }
  });

  it('translates nothing that no longer exists', () => {
    expect(Object.keys(faults).filter((code) => !codesInSource.has(code))).toEqual([]);
  });

  it('becomes two messages each', () => {
    expect(faultMessages({ 'a.b': { message: 'm', next: 'n' } })).toEqual({
      'fault.a.b.message': 'm',
      'fault.a.b.next': 'n',
    });
  });
});

it('says the same set of areas in both languages', () => {
  expect(Object.keys(chinese).length).toBe(Object.keys(english).length);
});
