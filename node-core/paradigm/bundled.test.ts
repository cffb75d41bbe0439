// What must hold for every document that ships with the console: it has no defect, defects seeded into it are found,
// damage is refused, found or harmless, and people can read it in both languages.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { checkDocument, checkParadigm } from './check.ts';
import { encodeParadigm, readParadigm } from './codec.ts';
import { damagedDocument } from './damage.ts';
import { paradigmDiagram } from './diagram.ts';
import { explainParadigm } from './explain.ts';
import { mutantsOf } from './mutants.ts';
import { createPrng } from './prng.ts';
import { simulateParadigm } from './simulate.ts';
import { readSource, writeSource } from './source.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const bundled = readdirSync(FOLDER)
  .filter((file) => /\.(json|yaml)$/.test(file) && !file.includes('schema'))
  .map((file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const { $schema: _schema, ...document } = unwrap(readSource(text)).value as Record<string, unknown>;
    return { file, text, document };
  });

describe.each(bundled)('$file', ({ file, text, document }) => {
  const { paradigm } = unwrap(readParadigm(text));

  test('is called like its file, and is the same in YAML and JSON', () => {
    expect(file.replace(/\.\w+$/, '')).toBe(paradigm.name);
    expect(unwrap(encodeParadigm(writeSource(document)))).toEqual(
      unwrap(encodeParadigm(JSON.stringify(document))),
    );
  });

  test('has no defect, and nothing that serves no purpose', () => {
    expect(checkParadigm(paradigm).findings).toEqual([]);
  });

  test('keeps every coin when it is played by honest, hostile and silent parties', () => {
    const report = simulateParadigm(paradigm, 7, { runs: 60 });
    expect(report.violations).toEqual([]);
    expect(report.opened).toBeGreaterThan(20);
  });

  test('is drawn and explained in both languages', () => {
    for (const locale of ['en', 'zh-Hans'] as const) {
      expect(paradigmDiagram(paradigm, locale)).toContain(paradigm.document.title[locale]);
      const words = explainParadigm(paradigm, locale);
      for (const { label } of Object.values(paradigm.states)) expect(words).toContain(label[locale]);
    }
  });
});

/** Every few of them, always the same ones; the bench tries all. Those of the normal order are all tried in check.test.ts. */
const MUTANTS_TRIED = 14;

test('at least 95 % of the defects seeded into the others are found', { timeout: 120_000 }, () => {
  const others = bundled.filter(({ file }) => file !== 'normal.json');
  const tried = others.flatMap(({ file, document }) => {
    const mutants = mutantsOf(document);
    const every = Math.max(1, Math.floor(mutants.length / MUTANTS_TRIED));
    return mutants.filter((_mutant, index) => index % every === 0).map((mutant) => ({ file, ...mutant }));
  });
  const missed = tried.filter(({ document }) => checkDocument(document, { firstDefectOnly: true }).ok);
  const told = missed.map(({ file, name }) => `${file}: ${name}`).join('\n');
  expect(tried.length).toBeGreaterThan(7 * MUTANTS_TRIED);
  expect(1 - missed.length / tried.length, told).toBeGreaterThanOrEqual(0.95);
});

/** `npm run fuzz -- --target "damaged paradigms" --inputs 10000` tries more of them, and plays each a thousand times. */
test('damaged documents are refused, found out, or safe', { timeout: 120_000 }, () => {
  const prng = createPrng(1);
  const verdicts = { refused: 0, found: 0, passed: 0 };
  for (let i = 0; i < 120; i++) {
    const damaged = damagedDocument(prng.pick(bundled).document, prng);
    const read = readParadigm(damaged);
    if (!read.ok) verdicts.refused++;
    else if (!checkParadigm(read.value.paradigm, { firstDefectOnly: true }).ok) verdicts.found++;
    else {
      verdicts.passed++;
      const played = simulateParadigm(read.value.paradigm, i, { runs: 50 });
      expect(played.violations, `document ${i}: ${JSON.stringify(damaged)}`).toEqual([]);
    }
  }
  // The damage is worth something only where all three happen.
  expect(Math.min(...Object.values(verdicts)), JSON.stringify(verdicts)).toBeGreaterThan(3);
});
