// Documents damaged at random: none crashes the reader or the checker, and none that the checker passes loses or traps
// money when played. FUZZ_DOCUMENTS and FUZZ_SEED run more, or others.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkParadigm } from './check.ts';
import { readParadigm } from './codec.ts';
import { createPrng, type Prng } from './prng.ts';
import { simulateParadigm } from './simulate.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const originals = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
  .map((name) => {
    const { $schema: _schema, ...document } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
    return document as Tree;
  });

type Tree = { [key: string]: unknown };
type Place = { readonly parent: Tree; readonly key: string };

/** Every place in the document that is not a text for people: damage there would only be noise. */
function placesIn(node: unknown, places: Place[] = []): Place[] {
  if (typeof node !== 'object' || node === null) return places;
  for (const [key, child] of Object.entries(node)) {
    if (['label', 'explain', 'title', 'summary', 'risks', 'otherwise', 'gain'].includes(key)) continue;
    places.push({ parent: node as Tree, key });
    placesIn(child, places);
  }
  return places;
}

const NUMBERS = [0, 1, -1, 100, 9e15, Number.MAX_SAFE_INTEGER, 0.5];

function damage(document: Tree, prng: Prng): void {
  const places = placesIn(document);
  const { parent, key } = prng.pick(places);
  const value = parent[key];
  switch (prng.below(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case 1:
      if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(value));
      return;
    case 2:
      parent[key] = typeof value === 'number' ? prng.pick(NUMBERS) : value;
      return;
    default: {
      // Another value of the same kind from elsewhere in the document: most likely to be plausible.
      const like = places.filter(
        (place) =>
          typeof place.parent[place.key] === typeof value && (place.key === key || prng.below(4) === 0),
      );
      if (like.length === 0) return;
      const other = prng.pick(like);
      parent[key] = structuredClone(other.parent[other.key]);
    }
  }
}

test('damaged documents are refused, found out, or safe', { timeout: 180_000 }, () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 1);
  const count = Number(process.env['FUZZ_DOCUMENTS'] ?? 300);
  const prng = createPrng(seed);
  const verdicts = { refused: 0, found: 0, passed: 0 };
  for (let i = 0; i < count; i++) {
    const document = structuredClone(prng.pick(originals));
    for (let hits = 1 + prng.below(3); hits > 0; hits--) damage(document, prng);
    const read = readParadigm(document);
    if (!read.ok) verdicts.refused++;
    else if (!checkParadigm(read.value.paradigm, { firstDefectOnly: true }).ok) verdicts.found++;
    else {
      verdicts.passed++;
      const played = simulateParadigm(read.value.paradigm, i, { runs: 100 });
      expect(played.violations, `seed ${seed}, document ${i}: ${JSON.stringify(document)}`).toEqual([]);
    }
  }
  // The damage is worth something only where all three happen.
  expect(Math.min(...Object.values(verdicts)), JSON.stringify(verdicts)).toBeGreaterThan(5);
});
