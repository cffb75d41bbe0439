// The checker: explores a paradigm from many openings and reports every way in which it could lose, trap or misdirect
// money, with the story that leads there. What it does not find on boundary values and samples can still exist: a clean
// report is strong evidence, not a proof over all values.

import type { Bytes, Fault } from '../base/index.ts';
import { type Books, partyKey, roleOfParty } from './books.ts';
import { totalsOf } from './branch-rows.ts';
import { countsOf, gainOf, measuringRoles, partiesOf, rolesOfEffect } from './check-parties.ts';
import { findUnitClashes } from './check-units.ts';
import { formFaults, parseParadigm, readParadigm } from './codec.ts';
import type { CompiledPromise, CompiledStep, Paradigm } from './compile.ts';
import type { Cause, Edge, Exploration, Groundwork, Situation, Visitor } from './explore.ts';
import { countsMembers, explore, layGroundwork, lengthOf, roleLabel, traceOf } from './explore.ts';
import type { CompiledExpression, Scope } from './expression.ts';
import { stepExpressions } from './gas.ts';
import { createParamSampler } from './sample.ts';
import { findEarlyOpenings } from './secrecy.ts';

export const FINDINGS = [
  'document',
  'units',
  'opening',
  'conservation',
  'promise-receives',
  'promise-holds',
  'promise-when',
  'promise-licences',
  'promise-mints',
  'promise-transfers',
  'promise-funds',
  'promise-by',
  'blocked-step',
  'blocked-deadline',
  'own-gain',
  'sealed-early',
  'unreachable-state',
  'dead-step',
  'endless',
  'too-many-situations',
  'unused-argument',
  'unused-value',
  'idle-role',
] as const;
export type FindingCode = (typeof FINDINGS)[number];

export type Finding = {
  /** Only a document without defects may be published. */
  readonly severity: 'defect' | 'advice';
  readonly code: FindingCode;
  /** Place in the document. */
  readonly at: string;
  /** Where that stands in the text, where the document was given as text. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** The shortest story found that shows it; empty where none is needed. */
  readonly trace: readonly string[];
};

export type CheckReport = {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly openings: number;
  readonly situations: number;
  readonly steps: number;
  /** The most gas that any step can cost, and the most that one did. */
  readonly gasMax: bigint;
  readonly gasSeen: bigint;
};

export type CheckOptions = {
  /** Stops at the first defect that is found: for those who only want the verdict. */
  readonly firstDefectOnly?: boolean;
};

const RANDOM_OPENINGS = 12;
/** The first, most ordinary openings are explored with many values for each argument, the others with few. */
const THOROUGH_OPENINGS = 3;
const VALUES_THOROUGH = 10;
const VALUES_QUICK = 4;
/** What every member does combines with what every other does. */
const VALUES_CROWD = 3;
/** Of a third member, the fewest; and no further opening once this many situations were seen. */
const VALUES_THREE = 2;
const SITUATIONS_THREE_MAX = 500;

/** Where a step is meant in one state alone, the path of the step. */
const pathOf = (at: string): string => at.replace(/ from .*$/, '');

/** As checkParadigm, from text (YAML or JSON), a value or canonical bytes; what cannot even be read is reported the same way. */
export function checkDocument(document: string | object | Bytes, options: CheckOptions = {}): CheckReport {
  if (document instanceof Uint8Array) {
    const parsed = parseParadigm(document);
    return parsed.ok ? checkParadigm(parsed.value, options) : reportFaults([parsed.fault]);
  }
  const read = readParadigm(document);
  if (!read.ok) {
    const all = typeof document === 'string' ? formFaults(document) : [];
    return reportFaults(all.length > 0 ? all : [read.fault]);
  }
  const { paradigm, placeOf } = read.value;
  const report = checkParadigm(paradigm, options);
  if (placeOf === undefined) return report;
  return {
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, ...placeOf(pathOf(finding.at)) })),
  };
}

function reportFaults(faults: readonly Fault[]): CheckReport {
  const findings = faults.map(({ message, next, data }): Finding => {
    const { path, at, line, column } = data ?? {};
    return {
      severity: 'defect',
      code: 'document',
      at: String(path ?? at ?? 'the document'),
      message: `${message} ${next}`,
      trace: [],
      ...(typeof line === 'number' ? { line } : {}),
      ...(typeof column === 'number' ? { column } : {}),
    };
  });
  return { ok: false, findings, openings: 0, situations: 0, steps: 0, gasMax: 0n, gasSeen: 0n };
}

/** Explores the paradigm. Deterministic: the same document always gets the same report. */
export function checkParadigm(p: Paradigm, options: CheckOptions = {}): CheckReport {
  const check = new Check(p, options.firstDefectOnly === true);
  check.checkUnits();
  check.checkSecrecy();
  const ground = layGroundwork(p);
  let [openings, situations, steps] = [0, 0, 0];
  for (const params of createParamSampler(p).sets(RANDOM_OPENINGS)) {
    if (check.enough()) break;
    const ordinary = openings < THOROUGH_OPENINGS;
    const valuesMax = p.crowds.size > 0 ? VALUES_CROWD : ordinary ? VALUES_THOROUGH : VALUES_QUICK;
    const exploration = explore(ground, params, check, valuesMax);
    if (exploration.fault === undefined) openings++;
    situations += exploration.situations;
    steps += exploration.steps;
    check.afterExploration(exploration);
    // What can be explored no further will not be understood better from another opening.
    if (!exploration.complete) break;
  }
  if (!check.enough() && countsMembers(ground)) {
    const { situations: more, steps: moreSteps } = exploreThree(ground, check);
    situations += more;
    steps += moreSteps;
  }
  if (!check.enough()) check.afterAll(openings);
  const findings = check.findings();
  const ok = findings.every((finding) => finding.severity === 'advice');
  return { ok, findings, openings, situations, steps, gasMax: p.gasMax, gasSeen: check.gasSeen };
}

/** Where it matters how many they are, two do not show what more of them do. A second look, as far as its bound goes. */
function exploreThree(ground: Groundwork, check: Check): Pick<Exploration, 'situations' | 'steps'> {
  let [situations, steps] = [0, 0];
  for (const params of createParamSampler(ground.p).sets(1)) {
    const exploration = explore(ground, params, check, VALUES_THREE, 3);
    situations += exploration.situations;
    steps += exploration.steps;
    if (check.enough() || situations > SITUATIONS_THREE_MAX) break;
  }
  return { situations, steps };
}

type Total = readonly [field: string, promised: CompiledExpression | undefined, actual: bigint, what: string];

class Check implements Visitor {
  gasSeen = 0n;
  private readonly p: Paradigm;
  private readonly firstDefectOnly: boolean;
  private defects = 0;
  /** One finding for each code and place: the one with the shortest story. */
  private readonly found = new Map<string, Finding>();
  private readonly entered = new Map<string, Set<string>>();
  private readonly taken = new Set<string>();
  private openingFault: Fault | undefined;

  constructor(p: Paradigm, firstDefectOnly: boolean) {
    this.p = p;
    this.firstDefectOnly = firstDefectOnly;
  }

  enough(): boolean {
    return this.firstDefectOnly && this.defects > 0;
  }

  findings(): readonly Finding[] {
    return [...this.found.values()].sort((a, b) => FINDINGS.indexOf(a.code) - FINDINGS.indexOf(b.code));
  }

  private report(code: FindingCode, at: string, message: string, cause?: Cause): void {
    const key = `${code} ${at}`;
    const known = this.found.get(key);
    if (known !== undefined && (cause === undefined || known.trace.length <= lengthOf(cause))) return;
    const trace = cause === undefined ? [] : traceOf(this.p, cause);
    const severity = code === 'unused-value' || code === 'idle-role' ? 'advice' : 'defect';
    if (severity === 'defect') this.defects++;
    this.found.set(key, { severity, code, at, message, trace });
  }

  edge(edge: Edge): void {
    const { step, outcome, from } = edge;
    if (outcome.gas > this.gasSeen) this.gasSeen = outcome.gas;
    this.taken.add(`${from?.instance.state ?? ''} ${step.at}`);
    const moves = from?.instance.state !== step.to;
    if (moves) {
      const by = step.name === 'open' || step.name === 'deadline' ? [step.name] : step.by;
      const senders = this.entered.get(step.to) ?? new Set();
      this.entered.set(step.to, senders);
      for (const sender of by) {
        if (senders.has(sender)) continue;
        senders.add(sender);
        this.checkSender(edge, sender);
      }
    }
    this.checkMoney(edge);
    this.checkPromise(edge, moves);
    this.checkOwnGain(edge);
  }

  private checkMoney({ from, to, step, outcome }: Edge): void {
    let heldMicro = from?.instance.heldMicro ?? 0n;
    for (const effect of outcome.effects) {
      if (effect.kind === 'hold' || effect.kind === 'return') heldMicro += effect.amountMicro;
      if (effect.kind === 'pay' || effect.kind === 'open' || effect.kind === 'fund')
        heldMicro -= effect.amountMicro;
      if ('amountMicro' in effect && effect.amountMicro < 0n) heldMicro = -1n;
    }
    const final = this.p.states[step.to]?.final !== undefined;
    for (const [list, rows] of Object.entries(outcome.instance.branches ?? {}))
      for (const [row, { spentMicro }] of rows.entries())
        if (spentMicro !== (to.books.branches.get(partyKey(list, row)) ?? 0n)) heldMicro = -1n;
    if (heldMicro !== outcome.instance.heldMicro || heldMicro < 0n || (final && heldMicro !== 0n)) {
      this.report('conservation', step.at, 'Money is lost or made by this step.', to.cause);
    }
  }

  private checkPromise({ to, step, args, facts, links, role, outcome }: Edge, moves: boolean): void {
    const promise = this.p.promises.get(step.to);
    const { instance } = outcome;
    const label = this.p.states[step.to]?.label.en ?? step.to;
    const { books } = to;
    const scope: Scope = {
      params: instance.params,
      vars: instance.vars,
      args,
      facts,
      roles: instance.roles,
      caller: instance.roles[role ?? ''] ?? new Uint8Array(20),
      held: instance.heldMicro,
      time: to.timeS,
      count: countsOf(this.p, instance),
      links,
      branches: totalsOf(instance.branches),
    };
    const value = (expression: CompiledExpression, member?: Scope['member']) => {
      try {
        return expression.evaluate({ ...scope, member });
      } catch {
        return 'cannot be computed';
      }
    };
    if (promise?.when !== undefined && moves && value(promise.when) !== true) {
      this.report(
        'promise-when',
        `states.${step.to}.promise.when`,
        `"${label}" is entered although its promise "${promise.when.source}" does not hold.`,
        to.cause,
      );
    }
    if (promise?.holds !== undefined) {
      const promised = value(promise.holds);
      if (promised !== instance.heldMicro) {
        this.report(
          'promise-holds',
          `states.${step.to}.promise.holds`,
          `In "${label}" ${instance.heldMicro} micro-DPN are held, but ${promised} were promised.`,
          to.cause,
        );
      }
    }
    const totals = this.totalsOf(promise, books);
    for (const [field, expression, actual, what] of totals) {
      const promised = expression === undefined ? 0n : value(expression);
      if (promised === actual) continue;
      const code = `promise-${field.split('.')[0]}` as FindingCode;
      const at = `states.${step.to}.promise.${field}`;
      this.report(code, at, `In "${label}" ${actual} ${what}, but ${promised} were promised.`, to.cause);
    }
    if (promise?.receives === undefined) return;
    for (const { key, name, member } of partiesOf(this.p, instance)) {
      const expression = promise.receives.get(name);
      const promised = expression === undefined ? 0n : value(expression, member);
      const received = books.received.get(key) ?? 0n;
      if (promised === received) continue;
      this.report(
        'promise-receives',
        `states.${step.to}.promise.receives.${name}`,
        `At "${label}" ${roleLabel(this.p, key)} received ${received} micro-DPN in all, but ${promised} were promised.`,
        to.cause,
      );
    }
  }

  /** What is counted beside money: where it is promised, what was promised, what is, in words. */
  private totalsOf(promise: CompiledPromise | undefined, books: Books): readonly Total[] {
    const { roles, document } = this.p;
    const totals: Total[] = [['mints', promise?.mints, books.mintedMicro, 'micro-units are minted']];
    const { licences } = promise ?? {};
    if (licences instanceof Map) {
      for (const [role, { kind }] of Object.entries(roles)) {
        if (kind !== 'machine') continue;
        const what = `copies are licensed for ${roleLabel(this.p, role)}`;
        totals.push([`licences.${role}`, licences.get(role), books.licensed.get(role) ?? 0n, what]);
      }
    } else {
      const inAll = [...books.licensed.values()].reduce((sum, copies) => sum + copies, 0n);
      totals.push(['licences', licences as CompiledExpression | undefined, inAll, 'copies are licensed']);
    }
    for (const role of new Set([...books.transferred.keys(), ...(promise?.transfers.keys() ?? [])])) {
      const what = `models are handed over to ${roleLabel(this.p, role)}`;
      totals.push([
        `transfers.${role}`,
        promise?.transfers.get(role),
        books.transferred.get(role) ?? 0n,
        what,
      ]);
    }
    for (const link of Object.keys(document.links ?? {})) {
      const what = `micro-DPN went into "${link}"`;
      totals.push([`funds.${link}`, promise?.funds.get(link), books.funded.get(link) ?? 0n, what]);
    }
    return totals;
  }

  /** Nobody may send a step that pays them more than they themselves paid in, unless the document says why. */
  private checkOwnGain({ from, to, step, role: sender, outcome }: Edge): void {
    if (step.gain !== undefined) return;
    for (const role of step.crowd === undefined ? step.by : [sender ?? '']) {
      const paidNow = outcome.effects.some(
        (effect) => effect.kind === 'pay' && partyKey(effect.role, effect.member) === role,
      );
      const gain = gainOf(to.books, role) - this.broughtBack(to.books, role);
      const gainBefore = from === undefined ? 0n : gainOf(from.books, role);
      if (!paidNow || gain <= 0n || gain <= gainBefore) continue;
      this.report(
        'own-gain',
        step.at,
        `${roleLabel(this.p, role)} can take money of others with a step of their own, "${step.label.en}".`,
        to.cause,
      );
    }
  }

  /** What branches agreed in the name of the role brought back beyond what they were given: it is the role's, nobody else's. */
  private broughtBack(books: Books, role: string): bigint {
    let sum = 0n;
    for (const [branch, spentMicro] of books.branches)
      if (this.p.document.branches?.[roleOfParty(branch)]?.for === role && spentMicro < 0n) sum -= spentMicro;
    return sum;
  }

  refusal(cause: Cause & { readonly from: Situation }, fault: Fault): void {
    const { step } = cause;
    if (step.name === 'deadline') {
      this.report(
        'blocked-deadline',
        step.at,
        `The deadline cannot act, so the money is trapped: ${fault.message}`,
        cause,
      );
    } else {
      this.report(
        'blocked-step',
        step.at,
        `The step is offered, its condition is met, and yet it is refused: ${fault.message}`,
        cause,
      );
    }
  }

  afterExploration(exploration: Exploration): void {
    this.openingFault ??= exploration.fault;
    if (!exploration.complete) {
      this.report(
        'too-many-situations',
        'vars',
        'The contract can get into too many different situations to be checked. Bound its counters.',
      );
    }
    const { endless } = exploration;
    if (endless !== undefined) {
      this.report(
        'endless',
        endless.step.at,
        `"${endless.step.label.en}" can be repeated for ever in turn with others, and each time the deadline begins anew.`,
        endless,
      );
    }
  }

  /** Needs no exploration, as secrecy does not. */
  checkUnits(): void {
    for (const { at, message } of findUnitClashes(this.p)) this.report('units', at, message);
  }

  checkSecrecy(): void {
    for (const { at, message } of findEarlyOpenings(this.p)) this.report('sealed-early', at, message);
  }

  afterAll(openings: number): void {
    if (openings === 0) {
      this.report(
        'opening',
        'open',
        `With none of the values tried could the contract be opened. ${this.openingFault?.message ?? ''}`,
      );
      return;
    }
    this.checkReached();
    this.checkSenders();
    this.checkUse();
  }

  private checkReached(): void {
    for (const [state, { label }] of Object.entries(this.p.states)) {
      if (!this.entered.has(state))
        this.report('unreachable-state', `states.${state}`, `Nothing leads to the state "${label.en}".`);
      const steps = [...(this.p.steps.get(state)?.values() ?? [])];
      for (const step of this.entered.has(state) ? steps : []) {
        if (this.taken.has(`${state} ${step.at}`)) continue;
        this.report(
          'dead-step',
          `${step.at} from ${state}`,
          `"${step.label.en}" is never possible in "${label.en}": no values were found that meet its condition.`,
        );
      }
    }
  }

  private checkSender(edge: Edge, sender: string): void {
    const state = edge.step.to;
    if (this.p.promises.get(state)?.by.includes(sender) === true) return;
    this.report(
      'promise-by',
      `states.${state}.promise.by.${sender}`,
      `${this.senderLabel(sender)} can bring about "${this.p.states[state]?.label.en}", which the document does not promise.`,
      edge.to.cause,
    );
  }

  private checkSenders(): void {
    for (const [state, promise] of this.p.promises) {
      const actual = this.entered.get(state);
      if (actual === undefined) continue;
      for (const sender of promise.by) {
        if (actual.has(sender)) continue;
        this.report(
          'promise-by',
          `states.${state}.promise.by.${sender}`,
          `${this.senderLabel(sender)} was promised to be able to bring about "${this.p.states[state]?.label.en}" and cannot.`,
        );
      }
    }
  }

  private senderLabel(sender: string): string {
    if (sender === 'deadline') return 'A deadline';
    return sender === 'open' ? 'The opening' : roleLabel(this.p, sender);
  }

  /** Whoever fills it in believes to have agreed on something. */
  private checkArguments(step: CompiledStep): void {
    const reads = new Set(stepExpressions(step).flatMap((expression) => [...expression.reads]));
    for (const [name, { label, binds }] of Object.entries(step.args)) {
      if (reads.has(`args.${name}`) || binds !== undefined) continue;
      this.report(
        'unused-argument',
        `${step.at}.args.${name}`,
        `"${step.label.en}" asks for "${label.en}" and does nothing with it.`,
      );
    }
  }

  private checkUse(): void {
    const steps = [
      this.p.opening,
      ...[...this.p.steps.values()].flatMap((events) => [...events.values()]),
      ...this.p.deadlines.values(),
    ];
    for (const step of steps) this.checkArguments(step);
    const reads = new Set(
      steps.flatMap((step) => stepExpressions(step).flatMap((expression) => [...expression.reads])),
    );
    const links = Object.values(this.p.document.links ?? {});
    const lists = Object.values(this.p.document.branches ?? {});
    const linked = new Set([
      ...links.map((link) => ('contract' in link ? link.contract : link.opens)),
      ...lists.flatMap(({ quantities, units, items, paradigms }) => [
        ...[quantities, units, paradigms],
        ...(items === undefined ? [] : [items]),
      ]),
    ]);
    for (const [name, field] of Object.entries(this.p.params)) {
      // A text describes what the money is for; the contract cannot read it.
      const used =
        reads.has(`params.${name}`) || field.binds !== undefined || field.type === 'text' || linked.has(name);
      if (!used)
        this.report('unused-value', `params.${name}`, `The value "${field.label.en}" changes nothing.`);
    }
    const acting = new Set([
      ...this.p.opening.by,
      ...lists.flatMap((list) => [list.for, ...list.by]),
      ...steps.flatMap((step) => [
        ...step.by,
        ...measuringRoles(step),
        ...step.effects.flatMap(rolesOfEffect),
      ]),
    ]);
    for (const role of Object.keys(this.p.roles)) {
      if (!acting.has(role))
        this.report(
          'idle-role',
          `roles.${role}`,
          `${roleLabel(this.p, role)} neither acts nor receives anything.`,
        );
    }
  }
}
