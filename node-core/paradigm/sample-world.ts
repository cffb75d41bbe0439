// The world around a contract that is explored: proofs of machines that are believed, seals that can be opened, linked
// contracts in every way in which they can stand.

import { parseUtf8, utf8ToBytes } from '../base/index.ts';
import type { Paradigm } from './compile.ts';
import type { LinkView, MachineDataPort, ParadigmValue } from './types.ts';

/** Stands for a proof wherever no chain is asked: the figure itself. `readSampleProof` is the port that believes it. */
export function measuredProof(value: bigint): Uint8Array {
  return utf8ToBytes(value.toString());
}

export const readSampleProof: MachineDataPort = ({ proof }) => {
  const text = parseUtf8(proof) ?? '';
  return /^-?\d{1,18}$/.test(text) ? { value: BigInt(text), timeS: 0n } : undefined;
};

/** The salt that sampled parties use. */
export const SAMPLE_SALT = new Uint8Array(32).fill(0x5a);

/** Values that parties seal: the limits of what some step lets them open later. */
export function sealedValues(p: Paradigm): readonly bigint[] {
  const values = new Set<bigint>();
  for (const steps of p.steps.values()) {
    for (const { args } of steps.values()) {
      const fields = Object.values(args);
      if (!fields.some(({ type }) => type === 'salt')) continue;
      for (const field of fields)
        if (field.type === 'int' || field.type === 'amount')
          for (const limit of [field.max, field.min]) values.add(BigInt(limit));
    }
  }
  return [...values].filter((value) => value >= 0n).slice(0, 4);
}

const SETS_MAX = 96;

/** What linked contracts may look like: every way in which one can stand, as far as a condition asks. */
export function sampleLinks(
  p: Paradigm,
  { reads, literals }: { readonly reads: ReadonlySet<string>; readonly literals: readonly ParadigmValue[] },
  opened: ReadonlySet<string>,
): readonly Readonly<Record<string, LinkView>>[] {
  const states = literals.filter((literal) => typeof literal === 'string');
  const views = [...LINK_VIEWS, ...states.map((state) => ({ opened: true, state, outcome: '' }))];
  const choices: (readonly [string, readonly LinkView[]])[] = [];
  for (const [name, link] of Object.entries(p.document.links ?? {})) {
    const running = 'contract' in link || opened.has(name);
    if (!running) choices.push([name, [{ opened: false, state: '', outcome: '' }]]);
    else choices.push([name, reads.has(`links.${name}`) ? views : LINK_VIEWS.slice(0, 1)]);
  }
  let sets: Record<string, LinkView>[] = [{}];
  for (const [name, some] of choices)
    sets = sets.flatMap((set) => some.map((view) => ({ ...set, [name]: view })));
  return sets.slice(0, SETS_MAX);
}

const LINK_VIEWS: readonly LinkView[] = ['', 'success', 'refund', 'compromise'].map((outcome) => ({
  opened: true,
  state: outcome === '' ? 'running' : 'ended',
  outcome,
}));
