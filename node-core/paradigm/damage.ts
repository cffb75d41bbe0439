// Documents damaged at random, for tests and fuzzing: plausible damage, since what is plainly wrong is refused at once.

import type { Prng } from './prng.ts';

type Tree = { [key: string]: unknown };
type Place = { readonly parent: Tree; readonly key: string };

/** Texts for people: damage there would only be noise. */
const WORDS = new Set(['label', 'explain', 'title', 'summary', 'risks', 'otherwise', 'gain']);
const NUMBERS = [0, 1, -1, 100, 9e15, Number.MAX_SAFE_INTEGER, 0.5];

/** A copy of the document with one to three places damaged. */
export function damagedDocument(document: object, prng: Prng): object {
  const copy = structuredClone(document) as Tree;
  for (let hits = 1 + prng.below(3); hits > 0; hits--) damage(copy, prng);
  return copy;
}

function placesIn(node: unknown, places: Place[] = []): Place[] {
  if (typeof node !== 'object' || node === null) return places;
  for (const [key, child] of Object.entries(node)) {
    if (WORDS.has(key)) continue;
    places.push({ parent: node as Tree, key });
    placesIn(child, places);
  }
  return places;
}

function damage(document: Tree, prng: Prng): void {
  const places = placesIn(document);
  if (places.length === 0) return;
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
