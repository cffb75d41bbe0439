// A contract played through with real numbers before anybody signs it: what opening it costs whom, every way in which it
// can end, who then has received what, and by which date it ends if nobody acts. The virtual machine itself computes it.

import type { Fault, Result } from '../base/index.ts';
import { ok, unwrap } from '../base/index.ts';
import { roleOfParty, sumOfRole } from './books.ts';
import type { Paradigm } from './compile.ts';
import type { LocalText, State } from './document.ts';
import { type Cause, explore, layGroundwork, lengthOf, type Situation } from './explore.ts';
import { createParamSampler, sampleRoles, T0_S, type Values } from './sample.ts';
import { applyDeadline, openInstance } from './vm.ts';

export type ExampleStep = {
  /** Role that acts; undefined where a deadline passes. */
  readonly role: string | undefined;
  readonly label: LocalText;
};

export type ExampleEnding = {
  readonly state: string;
  readonly kind: NonNullable<State['final']>;
  /** The shortest way there. */
  readonly steps: readonly ExampleStep[];
  /** What each role paid in and received, in micro-DPN; roles without either are left out. */
  readonly money: readonly {
    readonly role: string;
    readonly paidMicro: bigint;
    readonly receivedMicro: bigint;
  }[];
  /** Where everybody acts at the last moment on the longest way that was played, in seconds from the opening. */
  readonly latestS: bigint;
};

export type WorkedExample = {
  readonly params: Values;
  readonly endings: readonly ExampleEnding[];
  /** Where it ends, and when, if nobody ever acts. */
  readonly silence: { readonly state: string; readonly afterS: bigint };
};

/** Few values for each argument: the reader wants the endings, the checker tries the corners. */
const VALUES_FEW = 3;

/** Refused with the contract's own words where it cannot be opened with these values. */
export function workedExample(p: Paradigm, chosen: Values): Result<WorkedExample> {
  const params = createParamSampler(p).example(chosen);
  const seen = new Map<string, { first: Situation; cause: Cause; latestS: bigint }>();
  const visitor = {
    enough: () => false,
    refusal: (_cause: Cause, _fault: Fault) => undefined,
    edge: ({ to }: { readonly to: Situation }) => {
      if (p.states[to.instance.state]?.final === undefined) return;
      const afterS = latestOf(to);
      const known = seen.get(to.instance.state);
      const latestS = known === undefined || afterS > known.latestS ? afterS : known.latestS;
      const shorter = known === undefined || lengthOf(to.cause) < lengthOf(known.cause);
      seen.set(to.instance.state, {
        first: shorter ? to : known.first,
        cause: shorter ? to.cause : known.cause,
        latestS,
      });
    },
  };
  const exploration = explore(layGroundwork(p), params, visitor, VALUES_FEW);
  if (exploration.fault !== undefined) return { ok: false, fault: exploration.fault };
  const endings = Object.keys(p.states).flatMap((state): ExampleEnding[] => {
    const found = seen.get(state);
    const kind = p.states[state]?.final;
    if (found === undefined || kind === undefined) return [];
    const { first, cause, latestS } = found;
    const money = Object.keys(p.roles)
      .map((role) => ({
        role,
        paidMicro: sumOfRole(first.books.deposited, role),
        receivedMicro: sumOfRole(first.books.received, role),
      }))
      .filter(({ paidMicro, receivedMicro }) => paidMicro > 0n || receivedMicro > 0n);
    return [{ state, kind, steps: stepsTo(cause), money, latestS }];
  });
  return ok({ params, endings, silence: silenceOf(p, params) });
}

/** Every state on the way there lasts as long as its deadline lets it; the steps were played as early as possible. */
function latestOf(end: Situation): bigint {
  const stays = staysBefore(end);
  // How much later than it was played a state can be entered: this one, and the one before it.
  let [delayS, delayBeforeS] = [0n, 0n];
  let latestS = T0_S;
  for (const { entry, deadlineS } of stays) {
    delayBeforeS = delayS;
    delayS = latestS - entry.timeS;
    const { reads } = entry.cause.step.nextAfter ?? { reads: new Set<string>() };
    // A date that was set before does not wait for whoever comes late.
    const written = entry.cause.step.set.some(([name]) => reads.has(`vars.${name}`));
    const ofVars = [...reads].some((name) => name.startsWith('vars.'));
    const moves = !reads.has('time') || written ? delayS : ofVars ? delayBeforeS : 0n;
    const endS = deadlineS + moves;
    if (endS > latestS) latestS = endS;
  }
  return latestS - T0_S;
}

type Stay = { readonly entry: Situation; readonly deadlineS: bigint };

/** The states on the way to the end, in order: how each was entered, and its deadline. */
function staysBefore(end: Situation): readonly Stay[] {
  const stays: Stay[] = [];
  for (let stay = end.cause.from; stay !== undefined; ) {
    let entry: Situation = stay;
    while (entry.cause.from?.instance.state === stay.instance.state) entry = entry.cause.from;
    stays.push({ entry, deadlineS: stay.instance.deadlineS ?? stay.timeS });
    stay = entry.cause.from;
  }
  return stays.reverse();
}

function stepsTo(cause: Cause): readonly ExampleStep[] {
  const steps: ExampleStep[] = [];
  for (let at: Cause | undefined = cause; at !== undefined; at = at.from?.cause)
    steps.push({ role: at.role && roleOfParty(at.role), label: at.step.label });
  return steps.reverse();
}

/** Deadlines alone, from the opening to the end. */
function silenceOf(p: Paradigm, params: Values): WorkedExample['silence'] {
  const roles = sampleRoles(p);
  const caller = roles[p.opening.by[0] ?? ''] ?? new Uint8Array(20);
  let { instance } = unwrap(openInstance(p, { roles, params, caller, timeS: T0_S }));
  let timeS = T0_S;
  // A deadline that cannot act leaves the contract where it is: the checker reports it, the reader sees the state.
  for (let step = 0; step < Object.keys(p.states).length && instance.deadlineS !== undefined; step++) {
    const next = applyDeadline(p, instance, instance.deadlineS);
    if (!next.ok) break;
    timeS = instance.deadlineS;
    instance = next.value.instance;
  }
  return { state: instance.state, afterS: timeS - T0_S };
}
