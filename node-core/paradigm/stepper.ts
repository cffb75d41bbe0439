// One contract to walk through: every step that anybody could take now, taken or taken back, with the books beside it.
// Time stands still unless it is moved, so the person decides what happens before a deadline.

import type { Fault, Result } from '../base/index.ts';
import { assert, ok, parseHex, refuse } from '../base/index.ts';
import { type Books, EMPTY_BOOKS, keepBooks, partyKey } from './books.ts';
import {
  applyMove,
  type BranchChild,
  type BranchMove,
  childrenAfter,
  endingsOf,
  fillsOf,
  moveAsStep,
} from './branch-moves.ts';
import { applyBranch } from './branches.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { Field, LocalText } from './document.ts';
import { crowdAccount, layGroundwork, roleLabel } from './explore.ts';
import { paradigmFault } from './faults.ts';
import { createPrng } from './prng.ts';
import {
  type ArgumentHints,
  createParamSampler,
  sampleArgs,
  sampleFacts,
  sampleRoles,
  T0_S,
  type Values,
} from './sample.ts';
import { measuredProof, readSampleProof, SAMPLE_SALT, sampleLinks, sealedValues } from './sample-world.ts';
import { sealValue } from './seal.ts';
import type { EventInput, Instance, ParadigmValue, StepOutcome, World } from './types.ts';
import { applyDeadline, applyEvent, openInstance } from './vm.ts';

export type StepperOption = {
  readonly event: string;
  /** `Buyer`, or `Bidder 2` of a crowd. */
  readonly party: string;
  readonly label: LocalText;
  readonly explain: LocalText;
  readonly args: Readonly<Record<string, Field>>;
  /** Arguments with which it is possible now; undefined where none were found. */
  readonly suggested: Values | undefined;
  /** Why it is not possible, where it is not. */
  readonly refused: string | undefined;
};

export type StepperView = {
  readonly state: string;
  readonly label: LocalText;
  readonly explain: LocalText;
  readonly ended: boolean;
  readonly heldMicro: bigint;
  /** Since the opening. */
  readonly elapsedS: bigint;
  /** Until the deadline; undefined where the contract has ended. */
  readonly leftS: bigint | undefined;
  readonly silence: LocalText | undefined;
  readonly money: readonly {
    readonly party: string;
    readonly paidMicro: bigint;
    readonly receivedMicro: bigint;
  }[];
  readonly history: readonly string[];
};

export type Stepper = {
  readonly params: Values;
  view(): StepperView;
  options(): readonly StepperOption[];
  /** Takes the option of that number, with these arguments instead of the suggested ones. */
  take(option: number, args?: Values): Result<void>;
  /** Nobody acts: the deadline does. */
  silence(): Result<void>;
  /** Lets time pass, at most to the last second before the deadline. */
  wait(seconds: bigint): void;
  /** Takes the last step back; false at the opening. */
  back(): boolean;
};

type Moment = {
  readonly instance: Instance;
  readonly books: Books;
  readonly timeS: bigint;
  readonly told: string;
  /** Contracts that fill its branches. */
  readonly children: readonly BranchChild[];
};

/** Seed 0 opens with defaults and round values, any other with random ones. */
export function createStepper(p: Paradigm, seed: number): Result<Stepper> {
  const sampler = createParamSampler(p);
  const prng = createPrng(seed);
  const candidates = [
    ...(seed === 0
      ? [sampler.example({})]
      : Array.from({ length: OPENINGS_TRIED }, () => sampler.random(prng))),
    ...sampler.sets(0),
  ];
  const roles = sampleRoles(p);
  const caller = roles[p.opening.by[0] ?? ''] ?? new Uint8Array(20);
  let fault: Fault | undefined;
  for (const params of candidates) {
    const opened = openInstance(p, { roles, params, caller, timeS: T0_S });
    if (opened.ok) return ok(new Walkthrough(p, params, opened.value));
    fault ??= opened.fault;
  }
  assert(fault !== undefined, 'at least one opening was tried');
  return refuse(fault);
}

const OPENINGS_TRIED = 50;
/** Accounts offered to join a crowd. */
const STRANGERS = 1;

type Attempt = {
  readonly option: StepperOption;
  readonly party: string;
  readonly input: EventInput | undefined;
  /** What a branch does, in place of a party. */
  readonly move?: BranchMove;
};

class Walkthrough implements Stepper {
  readonly params: Values;
  private readonly p: Paradigm;
  private readonly hints: ReadonlyMap<CompiledStep, Omit<ArgumentHints, 'valuesMax'>>;
  private readonly moments: Moment[];
  private attempts: readonly Attempt[] | undefined;

  constructor(p: Paradigm, params: Values, opened: StepOutcome) {
    this.p = p;
    this.params = params;
    this.hints = layGroundwork(p).hints;
    const told = `${roleLabel(p, p.opening.by[0])}: ${p.opening.label.en}`;
    this.moments = [
      {
        instance: opened.instance,
        books: keepBooks(EMPTY_BOOKS, opened.effects),
        timeS: T0_S,
        told,
        children: [],
      },
    ];
  }

  private get now(): Moment {
    const moment = this.moments.at(-1);
    assert(moment !== undefined, 'the opening is never taken back');
    return moment;
  }

  view(): StepperView {
    const { instance, books, timeS } = this.now;
    const state = this.p.states[instance.state];
    assert(state !== undefined, 'a contract is in a declared state');
    const parties = new Set([...books.deposited.keys(), ...books.received.keys()]);
    return {
      state: instance.state,
      label: state.label,
      explain: state.explain,
      ended: instance.deadlineS === undefined,
      heldMicro: instance.heldMicro,
      elapsedS: timeS - T0_S,
      leftS: instance.deadlineS === undefined ? undefined : instance.deadlineS - timeS,
      silence: this.p.deadlines.get(instance.state)?.label,
      money: [...parties].map((party) => ({
        party: roleLabel(this.p, party),
        paidMicro: books.deposited.get(party) ?? 0n,
        receivedMicro: books.received.get(party) ?? 0n,
      })),
      history: this.moments.map(({ told }) => told),
    };
  }

  options(): readonly StepperOption[] {
    const steps = [...(this.p.steps.get(this.now.instance.state)?.values() ?? [])];
    this.attempts ??= [
      ...steps
        .filter(({ list }) => list === undefined)
        .flatMap((step) => this.sendersOf(step).map((sender) => this.attempt(step, sender))),
      ...this.moves(),
    ];
    return this.attempts.map(({ option }) => option);
  }

  private sendersOf(step: CompiledStep): readonly { readonly party: string; readonly account: Uint8Array }[] {
    const { instance } = this.now;
    const { crowd } = step;
    if (crowd === undefined)
      return step.by.map((party) => ({ party, account: instance.roles[party] ?? new Uint8Array(20) }));
    const members = (instance.crowds?.[crowd] ?? []).map(({ account }, index) => ({
      party: partyKey(crowd, index),
      account,
    }));
    if (!step.join) return members;
    return Array.from({ length: STRANGERS }, (_, index) => ({
      party: partyKey(crowd, members.length + index),
      account: crowdAccount(this.p, crowd, members.length + index),
    }));
  }

  private moves(): readonly Attempt[] {
    const { instance, children, timeS } = this.now;
    const moves = instance.deadlineS === undefined ? [] : fillsOf(this.p, instance);
    const endings = children.flatMap((child) => endingsOf(child, false));
    return [...moves, ...(instance.deadlineS === undefined ? [] : endings)].map((move) => {
      const { name: event, label, explain, by } = moveAsStep(this.p, instance, move);
      const party = roleLabel(this.p, by[0]);
      const tried = applyMove(this.p, instance, move, timeS);
      const refused = tried.ok ? undefined : tried.fault.message;
      const option = {
        event,
        party,
        label,
        explain,
        args: {},
        suggested: tried.ok ? {} : undefined,
        refused,
      };
      return { option, party, input: undefined, move };
    });
  }

  /** Looks for arguments, and for facts of the world, with which the step is possible. */
  private attempt(step: CompiledStep, { party, account }: { party: string; account: Uint8Array }): Attempt {
    const { instance, timeS, books } = this.now;
    const hints = { reads: NOTHING, literals: [], ...this.hints.get(step), valuesMax: VALUES_TRIED };
    const seals = sealedValues(this.p).map((value) => sealValue(account, value, SAMPLE_SALT));
    const { name: event, label, explain, args } = step;
    const about = { event, party: roleLabel(this.p, party), label, explain, args };
    let refused: string | undefined;
    for (const suggested of sampleArgs(args, { ...hints, seals }, instance, timeS)) {
      for (const facts of sampleFacts(hints.reads, instance)) {
        for (const links of sampleLinks(this.p, hints, books.opened)) {
          const world: World = {
            machineData: readSampleProof,
            readLink: ({ link }) => links[link] ?? UNOPENED,
          };
          const input = { event, caller: account, args: { ...suggested, facts }, timeS, world };
          const tried = applyEvent(this.p, instance, input);
          if (tried.ok) return { option: { ...about, suggested, refused: undefined }, party, input };
          refused ??= tried.fault.message;
        }
      }
    }
    return {
      option: { ...about, suggested: undefined, refused: refused ?? 'no values were found' },
      party,
      input: undefined,
    };
  }

  take(option: number, args?: Values): Result<void> {
    this.options();
    const attempt = this.attempts?.[option];
    if (attempt === undefined)
      return refuse(paradigmFault('paradigm.event.unknown', { event: String(option) }));
    const { timeS, instance } = this.now;
    if (attempt.move !== undefined) return this.takeMove(attempt.move, attempt.option);
    const base = attempt.input ?? {
      event: attempt.option.event,
      caller: new Uint8Array(20),
      args: {},
      timeS,
    };
    const input = args === undefined ? base : { ...base, args: { ...base.args, ...args } };
    const taken = applyEvent(this.p, instance, input);
    if (!taken.ok) return taken;
    this.enter(taken.value, timeS, `${attempt.option.party}: ${attempt.option.label.en}`);
    return ok(undefined);
  }

  /** What an ending causes happens with it. */
  private takeMove(move: BranchMove, option: StepperOption): Result<void> {
    const { timeS, instance, children, books } = this.now;
    const moved = applyMove(this.p, instance, move, timeS);
    if (!moved.ok) return moved;
    this.enter(moved.value, timeS, `${option.party}: ${option.label.en}`, childrenAfter(children, move));
    if (move.kind === 'fill') return ok(undefined);
    const [links = {}] = sampleLinks(this.p, { reads: NOTHING, literals: [] }, books.opened);
    const world: World = { readLink: ({ link }) => links[link] ?? UNOPENED };
    const caused = applyBranch(this.p, moved.value.instance, move.child.list, timeS, world);
    if (caused === undefined) return ok(undefined);
    const label = this.p.steps.get(instance.state)?.get(caused.event)?.label.en ?? caused.event;
    // One step back takes back the ending too.
    this.moments.pop();
    this.enter(
      { ...caused.outcome, effects: [...moved.value.effects, ...caused.outcome.effects] },
      timeS,
      `${option.party}: ${option.label.en}; ${label}`,
      childrenAfter(children, move),
    );
    return ok(undefined);
  }

  silence(): Result<void> {
    const { instance, books } = this.now;
    const step = this.p.deadlines.get(instance.state);
    const { deadlineS } = instance;
    if (step === undefined || deadlineS === undefined) return refuse(paradigmFault('paradigm.event.closed'));
    const [links = {}] = sampleLinks(this.p, { reads: NOTHING, literals: [] }, books.opened);
    const done = applyDeadline(this.p, instance, deadlineS, {
      readLink: ({ link }) => links[link] ?? UNOPENED,
    });
    if (!done.ok) return done;
    this.enter(done.value, deadlineS, `nobody acts: ${step.label.en}`);
    return ok(undefined);
  }

  wait(seconds: bigint): void {
    const { instance, timeS } = this.now;
    const { deadlineS } = instance;
    if (deadlineS === undefined || seconds <= 0n) return;
    const later = timeS + seconds < deadlineS ? timeS + seconds : deadlineS - 1n;
    this.moments.push({ ...this.now, timeS: later, told: 'time passes' });
    this.attempts = undefined;
  }

  back(): boolean {
    if (this.moments.length === 1) return false;
    this.moments.pop();
    this.attempts = undefined;
    return true;
  }

  private enter(outcome: StepOutcome, timeS: bigint, told: string, children = this.now.children): void {
    const books = keepBooks(this.now.books, outcome.effects);
    this.moments.push({ instance: outcome.instance, books, timeS, told, children });
    this.attempts = undefined;
  }
}

const VALUES_TRIED = 6;
const NOTHING: ReadonlySet<string> = new Set();
const UNOPENED = { opened: false, state: '', outcome: '' };

/** A value that a person typed, for an argument of this type; undefined where it is none. */
export function parseArgument(field: Field, text: string): ParadigmValue | undefined {
  switch (field.type) {
    case 'int':
    case 'amount':
    case 'duration':
    case 'time':
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    case 'measured':
      return /^-?\d{1,18}$/.test(text) ? measuredProof(BigInt(text)) : undefined;
    case 'bool':
      return text === 'yes' || text === 'true' ? true : text === 'no' || text === 'false' ? false : undefined;
    case 'text':
    case 'choice':
      return text;
    case 'list':
    case 'map':
      return undefined;
    default:
      return parseHex(text);
  }
}
