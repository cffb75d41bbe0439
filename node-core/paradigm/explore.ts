// Plays one opened contract in every way that sampled arguments, facts and moments allow, and reports each situation and
// each step to a visitor. A situation is what the future depends on: state, variables, money and time left. Time is
// sampled at the moment a state is entered and at its last second, where deadlines and `time` can differ.

import type { Fault } from '../base/index.ts';
import { bytesToHex } from '../base/index.ts';
import { type Books, booksKey, EMPTY_BOOKS, keepBooks, partyKey } from './books.ts';
import {
  applyMove,
  type BranchChild,
  type BranchMove,
  childrenAfter,
  endingsOf,
  fillsOf,
  moveAsStep,
} from './branch-moves.ts';
import { branchSteps } from './branches.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { CompiledExpression } from './expression.ts';
import { stepExpressions } from './gas.ts';
import type { ArgumentHints, Values } from './sample.ts';
import { keyOf, literalsOf, sampleArgs, sampleFacts, sampleRoles, T0_S } from './sample.ts';
import { readSampleProof, SAMPLE_SALT, sampleLinks, sealedValues } from './sample-world.ts';
import { sealValue } from './seal.ts';
import type { Instance, LinkView, StepOutcome, World } from './types.ts';
import { applyBranchStep, applyDeadline, applyEvent, openInstance } from './vm.ts';

/** Beyond this many situations of one opening the contract is not understood, and the checker says so. */
const SITUATIONS_MAX = 4000;

export type Situation = {
  readonly index: number;
  readonly instance: Instance;
  readonly timeS: bigint;
  readonly books: Books;
  /** Contracts that fill its branches. */
  readonly children: readonly BranchChild[];
  /** How often a branch was filled on the way here. */
  readonly fills: number;
  /** How it came about; `from` is undefined for the opening. */
  readonly cause: Cause;
};

export type Cause = {
  readonly from: Situation | undefined;
  readonly step: CompiledStep;
  /** Role that sent it; undefined for deadlines. */
  readonly role: string | undefined;
  readonly args: Values;
  readonly facts: Values;
  /** How linked contracts stood. */
  readonly links?: Readonly<Record<string, LinkView>>;
  readonly timeS: bigint;
};

export type Edge = Cause & {
  /** As this step left it. */
  readonly to: Situation;
  readonly outcome: StepOutcome;
};

export type Visitor = {
  /** Asked before each situation: true ends the exploration. */
  enough(): boolean;
  edge(edge: Edge): void;
  /** A step that its condition admits but the machine refuses. */
  refusal(cause: Cause & { readonly from: Situation }, fault: Fault): void;
};

export type Exploration = {
  /** Why it could not be opened. */
  readonly fault: Fault | undefined;
  readonly situations: number;
  readonly steps: number;
  readonly complete: boolean;
  readonly endless: Edge | undefined;
};

/** What exploring needs to know of a paradigm whatever it is opened with: made once, used for every opening. */
export type Groundwork = {
  readonly p: Paradigm;
  readonly hints: ReadonlyMap<CompiledStep, Omit<ArgumentHints, 'valuesMax'>>;
  readonly live: ReadonlyMap<string, ReadonlySet<string>>;
  /** What parties seal. */
  readonly sealed: readonly bigint[];
};

export function layGroundwork(p: Paradigm): Groundwork {
  const steps = [...p.steps.values()].flatMap((events) => [...events.values()]);
  const sealed = sealedValues(p);
  const hints = new Map(
    [...steps, ...p.deadlines.values()].map((step) => {
      const expressions = expressionsOf(p, step);
      const reads = new Set(expressions.flatMap((expression) => [...expression.reads]));
      const opening = reads.has('opens') ? sealed : [];
      return [step, { reads, literals: [...opening, ...literalsOf(expressions)] }] as const;
    }),
  );
  return { p, hints, live: liveVariables(p, hints), sealed };
}

/** Whether some step's condition, amount or time depends on how many are in a crowd. */
export function countsMembers({ p, hints }: Groundwork): boolean {
  const names = [...p.crowds.keys()].map((crowd) => `count.${crowd}`);
  return [...hints.values()].some(({ reads }) => names.some((name) => reads.has(name)));
}

/** `valuesMax` bounds the values tried for each argument, `membersMax` the members of each crowd. */
export function explore(
  ground: Groundwork,
  params: Values,
  visitor: Visitor,
  valuesMax: number,
  membersMax = MEMBERS_EXPLORED,
): Exploration {
  const { p } = ground;
  const roles = sampleRoles(p);
  const caller = roles[p.opening.by[0] ?? ''] ?? new Uint8Array(20);
  const opened = openInstance(p, { roles, params, caller, timeS: T0_S });
  if (!opened.ok) return { fault: opened.fault, situations: 0, steps: 0, complete: true, endless: undefined };
  const walk = new Walk(ground, visitor, valuesMax, membersMax);
  walk.enter(
    { from: undefined, step: p.opening, role: p.opening.by[0], args: params, facts: {}, timeS: T0_S },
    opened.value,
  );
  const complete = walk.run();
  return {
    fault: undefined,
    situations: walk.situations.length,
    steps: walk.steps,
    complete,
    endless: walk.findEndless(),
  };
}

const NOTHING: ReadonlySet<string> = new Set();

class Walk {
  readonly situations: Situation[] = [];
  steps = 0;
  private readonly p: Paradigm;
  private readonly visitor: Visitor;
  private readonly valuesMax: number;
  private readonly membersMax: number;
  private readonly byKey = new Map<string, number>();
  private readonly ground: Groundwork;
  private readonly eventEdges: Edge[] = [];

  constructor(ground: Groundwork, visitor: Visitor, valuesMax: number, membersMax: number) {
    this.ground = ground;
    this.p = ground.p;
    this.visitor = visitor;
    this.valuesMax = valuesMax;
    this.membersMax = membersMax;
  }

  run(): boolean {
    for (let index = 0; index < this.situations.length; index++) {
      if (this.situations.length > SITUATIONS_MAX) return false;
      if (this.visitor.enough()) return true;
      const situation = this.situations[index];
      if (situation !== undefined && situation.instance.deadlineS !== undefined) this.leave(situation);
    }
    return true;
  }

  private leave(situation: Situation): void {
    const { instance, timeS } = situation;
    const deadlineS = instance.deadlineS ?? timeS;
    const moments = deadlineS - 1n > timeS ? [timeS, deadlineS - 1n] : [timeS];
    for (const step of this.p.steps.get(instance.state)?.values() ?? []) {
      if (step.list !== undefined) continue;
      for (const moment of moments) this.tryEvent(situation, step, moment);
    }
    this.moveBranches(situation);
    const step = this.p.deadlines.get(instance.state);
    if (step === undefined) return;
    for (const links of sampleLinks(this.p, this.hintsOf(step), situation.books.opened)) {
      const facts = linkFacts(links);
      const cause = { from: situation, step, role: undefined, args: {}, facts, links, timeS: deadlineS };
      const result = applyDeadline(this.p, instance, deadlineS, worldOf(links));
      this.steps++;
      if (result.ok) this.enter(cause, result.value);
      else this.visitor.refusal(cause, result.fault);
    }
  }

  /** Branches are filled and end at any time; what an ending causes follows at once. */
  private moveBranches(situation: Situation): void {
    const { instance, children, fills } = situation;
    const few = this.valuesMax < VALUES_FOR_ALL_ENDINGS;
    if (fills < (few ? FILLS_FEW : FILLS_EXPLORED_MAX))
      for (const move of fillsOf(this.p, instance)) this.moveBranch(situation, move);
    for (const child of children) for (const move of endingsOf(child, few)) this.moveBranch(situation, move);
  }

  private moveBranch(situation: Situation, move: BranchMove): void {
    const { p } = this;
    const { instance, timeS } = situation;
    const step = moveAsStep(p, instance, move);
    const role = move.kind === 'fill' ? step.by[0] : undefined;
    const cause = { from: situation, step, role, args: {}, facts: {}, timeS };
    const moved = applyMove(p, instance, move, timeS);
    this.steps++;
    if (!moved.ok) {
      this.visitor.refusal(cause, moved.fault);
      return;
    }
    const children = childrenAfter(situation.children, move);
    const fills = situation.fills + (move.kind === 'fill' ? 1 : 0);
    const after = this.situationAfter(cause, moved.value, { children, fills });
    if (move.kind === 'fill' || !this.react(after, move.child.list)) this.enter(cause, moved.value, after);
    else this.visitor.edge({ ...cause, to: after, outcome: moved.value });
  }

  /** Takes the first step that the ending causes; false where its conditions admit none. */
  private react(after: Situation, list: string): boolean {
    const { instance, timeS, books } = after;
    const steps = branchSteps(this.p, instance, list);
    const hints = steps.map((step) => this.hintsOf(step));
    const reads = new Set(hints.flatMap((hint) => [...hint.reads]));
    const literals = hints.flatMap((hint) => hint.literals);
    let reacted = false;
    for (const links of sampleLinks(this.p, { reads, literals }, books.opened)) {
      for (const step of steps) {
        const result = applyBranchStep(this.p, step, instance, timeS, worldOf(links));
        this.steps++;
        const facts = linkFacts(links);
        const cause = { from: after, step, role: undefined, args: {}, facts, links, timeS };
        if (result.ok) {
          this.enter(cause, result.value);
          reacted = true;
          break;
        }
        if (!isOrdinaryRefusal(result.fault)) this.visitor.refusal(cause, result.fault);
      }
    }
    return reacted;
  }

  private hintsOf(step: CompiledStep): ArgumentHints {
    return { reads: NOTHING, literals: [], ...this.ground.hints.get(step), valuesMax: this.valuesMax };
  }

  private tryEvent(situation: Situation, step: CompiledStep, timeS: bigint): void {
    const { instance, books } = situation;
    const hints = this.hintsOf(step);
    const factSets = sampleFacts(hints.reads, instance);
    const linkSets = sampleLinks(this.p, hints, books.opened);
    for (const { role, account } of this.sendersOf(step, instance, hints)) {
      const seals = this.ground.sealed.map((value) => sealValue(account, value, SAMPLE_SALT));
      for (const args of sampleArgs(step.args, { ...hints, seals }, instance, timeS)) {
        for (const known of factSets) {
          for (const links of linkSets) {
            const input = { event: step.name, caller: account, args: { ...args, facts: known }, timeS };
            const result = applyEvent(this.p, instance, { ...input, world: worldOf(links) });
            this.steps++;
            const facts = { ...known, ...linkFacts(links) };
            const cause = { from: situation, step, role, args, facts, links, timeS };
            if (result.ok) this.enter(cause, result.value);
            else if (!isOrdinaryRefusal(result.fault)) this.visitor.refusal(cause, result.fault);
          }
        }
      }
    }
  }

  /** Who sends it: one of the roles where that makes no difference; of a crowd each member, or the next to join. */
  private sendersOf(step: CompiledStep, instance: Instance, hints: ArgumentHints): readonly SampledSender[] {
    const { crowd } = step;
    if (crowd !== undefined) {
      const members = instance.crowds?.[crowd] ?? [];
      if (!step.join) return members.map(({ account }, index) => ({ role: partyKey(crowd, index), account }));
      const most = Math.min(this.p.crowds.get(crowd)?.membersMax ?? 0, this.membersMax);
      if (members.length >= most) return [];
      return [
        { role: partyKey(crowd, members.length), account: crowdAccount(this.p, crowd, members.length) },
      ];
    }
    const roles = hints.reads.has('caller') ? step.by : step.by.slice(0, 1);
    return roles.map((role) => ({ role, account: instance.roles[role] ?? new Uint8Array(20) }));
  }

  private situationAfter(
    cause: Cause,
    { instance, effects }: StepOutcome,
    branches: Pick<Situation, 'children' | 'fills'>,
  ): Situation {
    const books = keepBooks(cause.from?.books ?? EMPTY_BOOKS, effects);
    // An ending that causes a step is never stood in: the step follows in the same moment.
    const index = cause.from?.index ?? 0;
    return { index, instance, timeS: cause.timeS, books, cause, ...branches };
  }

  enter(
    cause: Cause,
    outcome: StepOutcome,
    branches: Pick<Situation, 'children' | 'fills'> = cause.from ?? NO_BRANCHES,
  ): void {
    const { children, fills } = branches;
    const after = this.situationAfter(cause, outcome, { children, fills });
    const { instance } = outcome;
    const key = situationKey(this.p, this.ground.live.get(instance.state), after);
    let index = this.byKey.get(key);
    if (index === undefined) {
      index = this.situations.length;
      this.byKey.set(key, index);
      this.situations.push({ ...after, index });
    }
    const edge = { ...cause, to: { ...after, index }, outcome };
    const isEvent = cause.role !== undefined || cause.step.list !== undefined;
    if (isEvent && cause.from !== undefined) this.eventEdges.push(edge);
    this.visitor.edge(edge);
  }

  /** A step on a cycle of events that leaves a state and can come back to it: deadlines would be renewed for ever. */
  findEndless(): Edge | undefined {
    const component = stronglyConnected(this.situations.length, this.eventEdges);
    return this.eventEdges.find(
      ({ from, to }) =>
        from !== undefined &&
        component[from.index] === component[to.index] &&
        from.instance.state !== to.instance.state,
    );
  }
}

/** Refusals that a step's own condition explains, and the bound on steps, after which the deadlines still act. */
function isOrdinaryRefusal(fault: Fault): boolean {
  return fault.code === 'paradigm.event.refused' || fault.code === 'paradigm.event.exhausted';
}

type SampledSender = { readonly role: string; readonly account: Uint8Array };

const NO_BRANCHES = { children: [], fills: 0 };
/** Two branches and a replacement, or one that is shared. */
const FILLS_EXPLORED_MAX = 3;
const FILLS_FEW = 2;
/** Openings explored with fewer values than these are explored with fewer ways for branches to end. */
const VALUES_FOR_ALL_ENDINGS = 5;

/** Two are enough to be confused with one another. */
const MEMBERS_EXPLORED = 2;

/** Accounts of crowds differ from those of all roles. */
export function crowdAccount(p: Paradigm, crowd: string, index: number): Uint8Array {
  return new Uint8Array(20).fill(255 - index - 16 * [...p.crowds.keys()].indexOf(crowd));
}

function worldOf(links: Readonly<Record<string, LinkView>>): World {
  return { readLink: ({ link }) => links[link] as LinkView, machineData: readSampleProof };
}

/** Told in a story: how linked contracts stood. */
function linkFacts(links: Readonly<Record<string, LinkView>>): Values {
  const ended = Object.entries(links).filter(([, { outcome }]) => outcome !== '');
  return Object.fromEntries(ended.map(([name, { outcome }]) => [name, outcome]));
}

/** For each state the variables that some later step or promise can still read; the others make no difference. */
function liveVariables(p: Paradigm, hints: Groundwork['hints']): ReadonlyMap<string, ReadonlySet<string>> {
  const live = new Map(Object.keys(p.states).map((state) => [state, new Set<string>()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [state, names] of live) {
      const before = names.size;
      const deadline = p.deadlines.get(state);
      for (const step of [
        ...(p.steps.get(state)?.values() ?? []),
        ...(deadline === undefined ? [] : [deadline]),
      ]) {
        const written = new Set(step.set.map(([name]) => name));
        for (const name of hints.get(step)?.reads ?? [])
          if (name.startsWith('vars.')) names.add(name.slice(5));
        for (const name of live.get(step.to) ?? []) if (!written.has(name)) names.add(name);
      }
      changed ||= names.size !== before;
    }
  }
  return live;
}

/** Everything that a step and the promises of the state that it leads to compute. */
function expressionsOf(p: Paradigm, step: CompiledStep): readonly CompiledExpression[] {
  const promise = p.promises.get(step.to);
  const promised = [
    ...[promise?.when, promise?.holds, promise?.mints],
    ...(promise?.licences instanceof Map
      ? promise.licences.values()
      : [promise?.licences as CompiledExpression]),
    ...(promise?.transfers.values() ?? []),
    ...(promise?.receives?.values() ?? []),
    ...(promise?.funds.values() ?? []),
  ];
  return [...stepExpressions(step), ...promised.filter((expression) => expression !== undefined)];
}

/** Times are taken relative to now, so that the same situation later is the same situation. */
function situationKey(
  p: Paradigm,
  live: ReadonlySet<string> | undefined,
  { instance, timeS, books, children }: Situation,
): string {
  const left = instance.deadlineS === undefined ? '' : instance.deadlineS - timeS;
  let key = `${instance.state}|${left}|${instance.heldMicro}`;
  for (const name of live ?? []) {
    const value = instance.vars[name];
    if (value === undefined) continue;
    const isTime = p.vars[name]?.type === 'time' && typeof value === 'bigint' && value !== 0n;
    key += `|${name}=${isTime ? `t${value - timeS}` : keyOf(value)}`;
  }
  for (const [crowd, { columns }] of p.crowds) {
    for (const { row } of instance.crowds?.[crowd] ?? []) {
      key += '|';
      for (const [name, { type }] of Object.entries(columns)) {
        const value = row[name] ?? 0n;
        key +=
          type === 'time' && typeof value === 'bigint' && value !== 0n
            ? `t${value - timeS},`
            : `${keyOf(value)},`;
      }
    }
  }
  const running = children.map(
    ({ list, row, quantity, givenMicro }) => `${list}${row}:${quantity}:${givenMicro}`,
  );
  for (const rows of Object.values(instance.branches ?? {}))
    for (const { open, done } of rows) key += `|${open}.${done}`;
  return `${key}|${running.sort()}${booksKey(books)}`;
}

/** Component number of each node (Tarjan 1972, without recursion). */
function stronglyConnected(count: number, edges: readonly Edge[]): readonly number[] {
  const next: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) if (from !== undefined) next[from.index]?.push(to.index);
  const order = new Array<number>(count).fill(-1);
  const low = new Array<number>(count).fill(0);
  const component = new Array<number>(count).fill(-1);
  const stack: number[] = [];
  let visited = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    const work: { node: number; edge: number }[] = [{ node: root, edge: 0 }];
    while (work.length > 0) {
      const frame = work.at(-1) as { node: number; edge: number };
      const { node } = frame;
      if (frame.edge === 0) {
        order[node] = visited;
        low[node] = visited++;
        stack.push(node);
      }
      const child = next[node]?.[frame.edge++];
      if (child !== undefined) {
        if (order[child] === -1) work.push({ node: child, edge: 0 });
        else if (component[child] === -1) low[node] = Math.min(low[node] ?? 0, order[child] ?? 0);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low[parent.node] = Math.min(low[parent.node] ?? 0, low[node] ?? 0);
      if (low[node] !== order[node]) continue;
      for (let member = -1; member !== node; ) {
        member = stack.pop() ?? node;
        component[member] = node;
      }
    }
  }
  return component;
}

/** Number of steps that traceOf tells. */
export function lengthOf(cause: Cause): number {
  let length = 0;
  for (let at: Cause | undefined = cause; at !== undefined; at = at.from?.cause) length++;
  return length;
}

/** What happened, from the opening to this cause, in words. */
export function traceOf(p: Paradigm, cause: Cause): readonly string[] {
  const texts: string[] = [];
  for (let at: Cause | undefined = cause; at !== undefined; at = at.from?.cause) texts.push(describe(p, at));
  return texts.reverse();
}

function describe(p: Paradigm, { from, step, role, args, facts, timeS }: Cause): string {
  if (step.list !== undefined && role === undefined) return step.label.en;
  if (role === undefined) return `nobody acts before the deadline: ${step.label.en}`;
  const late = from !== undefined && timeS > from.timeS ? ' at the last moment' : '';
  const values = describeValues({ ...args, ...facts });
  return `${roleLabel(p, role)}: ${step.label.en}${late}${values === '' ? '' : ` (${values})`}`;
}

/** The label of a role; of a crowd's member, with its place there. */
export function roleLabel(p: Paradigm, party: string | undefined): string {
  const [role = '', index] = (party ?? '').split('#');
  const label = p.roles[role]?.label.en ?? p.document.branches?.[role]?.label.en ?? 'nobody';
  return index === undefined ? label : `${label} ${Number(index) + 1}`;
}

function describeValues(values: Values): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof Uint8Array) {
      if (value.length <= 20) parts.push(`${name} ${bytesToHex(value)}`);
    } else if (typeof value === 'string') parts.push(`${name} "${value.slice(0, 40)}"`);
    else if (typeof value !== 'object') parts.push(`${name} ${value}`);
  }
  return parts.join(', ');
}
