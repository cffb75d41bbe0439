// Seeded defects: small changes to a correct paradigm document, each of which could cost somebody money, a right or a
// way out. The checker is measured by how many of them it finds.

/** A document as plain JSON: mutants are made before anything is validated. */
type Json = Record<string, unknown>;

export type Mutant = { readonly name: string; readonly document: object };

/** Every single-place mutant of the document, in a fixed order. */
export function mutantsOf(document: object): readonly Mutant[] {
  const mutants: Mutant[] = [];
  const mutate = (name: string, change: (copy: Json) => void) => {
    const copy = structuredClone(document) as Json;
    change(copy);
    if (JSON.stringify(copy) !== JSON.stringify(document)) mutants.push({ name, document: copy });
  };
  const original = document as Json;
  for (const step of stepsOf(original)) mutateStep(original, step, mutate);
  mutateStates(original, mutate);
  mutateLimits(original, mutate);
  mutateBranches(original, mutate);
  return mutants;
}

type Mutate = (name: string, change: (copy: Json) => void) => void;
/** Where a step is, and how to find it in a copy. */
type StepPlace = {
  readonly at: string;
  readonly find: (copy: Json) => Json;
  readonly kind: 'open' | 'transition' | 'deadline';
};

function stepsOf(document: Json): readonly StepPlace[] {
  const transitions = list(document['transitions']).map((transition, index) => ({
    at: `${transition['event']}`,
    find: (copy: Json) => at(at(copy, 'transitions'), index),
    kind: 'transition' as const,
  }));
  const deadlines = entries(at(document, 'states'))
    .filter(([, state]) => state['deadline'] !== undefined)
    .map(([name]) => ({
      at: `deadline of ${name}`,
      find: (copy: Json) => at(at(at(copy, 'states'), name), 'deadline'),
      kind: 'deadline' as const,
    }));
  return [{ at: 'open', find: (copy: Json) => at(copy, 'open'), kind: 'open' }, ...transitions, ...deadlines];
}

function at(json: Json, key: string | number): Json {
  const child = json[key];
  if (typeof child !== 'object' || child === null) throw new RangeError(`no ${key}`);
  return child as Json;
}

/** The same as a list: documents are plain JSON, and the cast is where that is said. */
function items(json: Json): Json[] {
  return json as unknown as Json[];
}

function list(json: unknown): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

function entries(json: Json): readonly (readonly [string, Json])[] {
  return Object.entries(json) as [string, Json][];
}

function put(json: Json, key: string, value: unknown): void {
  json[key] = value;
}

function mutateStep(document: Json, place: StepPlace, mutate: Mutate): void {
  const step = place.find(document);
  mutateEffects(document, place, mutate);
  for (const state of [...Object.keys(at(document, 'states')), 'nowhere']) {
    mutate(`${place.at}: leads to ${state}`, (copy) => put(place.find(copy), 'to', state));
  }
  for (const name of Object.keys(step['set'] ?? {})) {
    mutate(`${place.at}: does not set ${name}`, (copy) => delete at(place.find(copy), 'set')[name]);
  }
  if (step['guard'] !== undefined) mutateGuard(place, String(at(step, 'guard')['when']), mutate);
  if (place.kind === 'transition') mutateTransition(document, place, mutate);
  if (place.kind === 'deadline') {
    for (const after of ['0', '0 - 1', '9223372036854775807']) {
      mutate(`${place.at}: after ${after}`, (copy) => put(place.find(copy), 'after', after));
    }
  }
}

function mutateEffects(document: Json, place: StepPlace, mutate: Mutate): void {
  const effects = list(place.find(document)['effects']);
  const effectsIn = (copy: Json) => at(place.find(copy), 'effects');
  effects.forEach((effect, index) => {
    const name = `${place.at}: effect ${index} (${effect['do']})`;
    const change = (what: string, key: string, value: unknown) =>
      mutate(`${name} ${what}`, (copy) => put(at(effectsIn(copy), index), key, value));
    mutate(`${name} dropped`, (copy) => items(effectsIn(copy)).splice(index, 1));
    // Where all that is left is paid, doing so twice pays nothing more, so it is no defect.
    const paysRest = effect['do'] === 'refund' || /\bheld\b/.test(String(effect['amount'] ?? ''));
    if (!paysRest)
      mutate(`${name} twice`, (copy) => items(effectsIn(copy)).splice(index, 0, structuredClone(effect)));
    for (const key of effect['do'] === 'each' ? ['amount'] : ['amount', 'of', 'quantity']) {
      if (typeof effect[key] !== 'string') continue;
      const source = `${effect[key]}`;
      for (const other of [
        `${source} + 1`,
        `${source} - 1`,
        `(${source}) * 2`,
        '0',
        ...otherNames(document, source),
      ]) {
        change(`${key} is ${other}`, key, other);
      }
    }
    for (const key of ['to', 'from', 'remainder', 'licensor', 'machine']) {
      if (typeof effect[key] !== 'string') continue;
      for (const role of Object.keys(at(document, 'roles'))) {
        // Who licenses is not money, and any machine of the order is its machine.
        if (key !== 'licensor') change(`${key} ${role}`, key, role);
      }
    }
    list(effect['shares']).forEach((share, shareIndex) => {
      const shareIn = (copy: Json) => at(at(at(effectsIn(copy), index), 'shares'), shareIndex);
      mutate(`${name} share ${shareIndex} dropped`, (copy) =>
        items(at(at(effectsIn(copy), index), 'shares')).splice(shareIndex, 1),
      );
      mutate(`${name} share ${shareIndex} + 1`, (copy) =>
        put(shareIn(copy), 'parts', `${share['parts']} + 1`),
      );
      mutate(`${name} share ${shareIndex} negative`, (copy) =>
        put(shareIn(copy), 'parts', `0 - (${share['parts']})`),
      );
    });
  });
}

/** The other amounts that the document declares. */
function otherNames(document: Json, source: string): readonly string[] {
  const params = entries(at(document, 'params')).filter(([, field]) => field['type'] === 'amount');
  return params.map(([name]) => `params.${name}`).filter((name) => name !== source);
}

function mutateGuard(place: StepPlace, when: string, mutate: Mutate): void {
  const guardIn = (copy: Json) => at(place.find(copy), 'guard');
  mutate(`${place.at}: no guard`, (copy) => delete place.find(copy)['guard']);
  const change = (to: string) => mutate(`${place.at}: guard ${to}`, (copy) => put(guardIn(copy), 'when', to));
  change(`!(${when})`);
  change('false');
  for (const [from, to] of [
    ['&&', '||'],
    ['==', '!='],
    ['==', '>='],
    ['==', '<='],
    ['<=', '<'],
    ['<=', '>='],
  ] as const) {
    change(when.replace(from, to));
  }
}

function mutateTransition(document: Json, place: StepPlace, mutate: Mutate): void {
  const transition = place.find(document);
  const by = list(transition['by']).map(String);
  const from = list(transition['from']).map(String);
  for (const role of [...Object.keys(at(document, 'roles')), 'stranger']) {
    if (by.includes(role) || couldAnyway(document, transition, role)) continue;
    mutate(`${place.at}: by ${role}`, (copy) => put(place.find(copy), 'by', [role]));
    mutate(`${place.at}: also by ${role}`, (copy) => put(place.find(copy), 'by', [...by, role]));
  }
  for (const state of from) {
    mutate(`${place.at}: from nowhere instead of ${state}`, (copy) =>
      put(place.find(copy), 'from', ['nowhere']),
    );
  }
  // Several may have the same event, from different states.
  mutate(`${place.at}: removed`, (copy) => {
    items(at(copy, 'transitions')).splice(list(copy['transitions']).indexOf(place.find(copy)), 1);
  });
}

/** Whether the role has a step of its own that does the same: sending this one as well gives it nothing new. */
function couldAnyway(document: Json, transition: Json, role: string): boolean {
  return list(document['transitions']).some(
    (other) =>
      other !== transition &&
      list(other['by']).map(String).includes(role) &&
      ['from', 'to', 'guard', 'set', 'effects'].every(
        (key) => JSON.stringify(other[key]) === JSON.stringify(transition[key]),
      ),
  );
}

function mutateStates(document: Json, mutate: Mutate): void {
  for (const [name, state] of entries(at(document, 'states'))) {
    const stateIn = (copy: Json) => at(at(copy, 'states'), name);
    mutate(`state ${name}: removed`, (copy) => delete at(copy, 'states')[name]);
    if (state['deadline'] !== undefined) {
      mutate(`state ${name}: no deadline`, (copy) => delete stateIn(copy)['deadline']);
      mutate(`state ${name}: final`, (copy) => {
        delete stateIn(copy)['deadline'];
        stateIn(copy)['final'] = 'success';
      });
    } else {
      mutate(`state ${name}: not final`, (copy) => delete stateIn(copy)['final']);
    }
  }
}

/** Sums over branches that are taken for one another, and lists that are. */
const TOTALS_MISTAKEN = [
  ['spent', 'budget'],
  ['budget', 'spent'],
  ['done', 'open'],
  ['done', 'running'],
  ['quantity', 'open'],
] as const;

function mutateBranches(document: Json, mutate: Mutate): void {
  const lists = Object.keys(document['branches'] ?? {});
  for (const name of lists) {
    const listIn = (copy: Json) => at(at(copy, 'branches'), name);
    const list = listIn(document);
    for (const key of ['quantities', 'units', 'items', 'paradigms'])
      for (const [param, field] of entries(at(document, 'params')))
        if (field['type'] === 'list' && typeof list[key] === 'string' && param !== list[key])
          mutate(`${name}: ${key} ${param}`, (copy) => put(listIn(copy), key, param));
    for (const role of Object.keys(at(document, 'roles')))
      mutate(`${name}: for ${role}`, (copy) => put(listIn(copy), 'for', role));
    mutate(`${name}: removed`, (copy) => delete at(copy, 'branches')[name]);
  }
  if (lists.length === 0) return;
  for (const { at: step, find, kind } of stepsOf(document)) {
    list(find(document)['effects']).forEach((effect, index) => {
      for (const changed of mistakenSums(String(effect['amount'] ?? ''), lists))
        mutate(`${step}: effect ${index} ${changed}`, (copy) =>
          put(at(at(find(copy), 'effects'), index), 'amount', changed),
        );
    });
    const guard = find(document)['guard'] as Json | undefined;
    for (const changed of mistakenSums(String(guard?.['when'] ?? ''), lists))
      mutate(`${step}: guard ${changed}`, (copy) => put(at(find(copy), 'guard'), 'when', changed));
    const [by] = kind === 'transition' ? list(find(document)['by']).map(String) : [];
    for (const other of lists)
      if (by !== undefined && lists.includes(by) && by !== other)
        mutate(`${step}: by ${other}`, (copy) => put(find(copy), 'by', [other]));
  }
}

function mistakenSums(source: string, lists: readonly string[]): readonly string[] {
  const changed = TOTALS_MISTAKEN.map(([from, to]) => source.replace(`.${from}`, `.${to}`));
  const [first = '', second = ''] = lists;
  changed.push(source.replace(`branches.${first}.`, `branches.${second}.`));
  return changed.filter((other) => other !== source && !other.includes('branches..'));
}

/** Limits that a guard or an effect relies on. */
function mutateLimits(document: Json, mutate: Mutate): void {
  for (const [name, field] of entries(at(document, 'params'))) {
    const fieldIn = (copy: Json) => at(at(copy, 'params'), name);
    if (field['unit'] === 'percent') {
      mutate(`${name}: above 100 %`, (copy) => put(fieldIn(copy), 'max', 101));
      mutate(`${name}: below 0 %`, (copy) => put(fieldIn(copy), 'min', -1));
    }
    if (field['unit'] === 'copy') mutate(`${name}: zero copies`, (copy) => put(fieldIn(copy), 'min', 0));
    if (field['type'] === 'duration') {
      mutate(`${name}: no time at all`, (copy) => put(fieldIn(copy), 'min', 0));
      mutate(`${name}: for ever`, (copy) => put(fieldIn(copy), 'max', Number.MAX_SAFE_INTEGER));
    }
  }
}
