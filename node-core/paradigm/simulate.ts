// Plays a paradigm many times with random parties, honest and hostile, and keeps independent books: every account's
// balance and the contract's. Reports any run in which money appeared, vanished or stayed behind. Seeded: the same seed
// plays the same runs.

import { bytesToHex } from '../base/index.ts';
import { partyKey } from './books.ts';
import { type BranchChild, childrenAfter, fillsOf } from './branch-moves.ts';
import { applyBranch, type BranchNews, fillBranch, noteBranch } from './branches.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { Field } from './document.ts';
import { crowdAccount } from './explore.ts';
import { createPrng, type Prng } from './prng.ts';
import { createParamSampler, randomValue, sampleRoles, T0_S, type Values } from './sample.ts';
import { measuredProof, readSampleProof, SAMPLE_SALT, sealedValues } from './sample-world.ts';
import { sealValue } from './seal.ts';
import type { Effect, EventInput, Instance, LinkView, ParadigmValue, StepOutcome, World } from './types.ts';
import { applyDeadline, applyEvent, openInstance } from './vm.ts';

export type SimulationOptions = {
  readonly runs?: number;
  /** Events tried in each run before only deadlines act. */
  readonly eventsMax?: number;
};

export type Violation = { readonly run: number; readonly message: string; readonly trace: readonly string[] };

export type SimulationReport = {
  readonly ok: boolean;
  readonly seed: number;
  readonly runs: number;
  readonly opened: number;
  readonly steps: number;
  /** Steps refused, most of them hostile or untimely. */
  readonly refused: number;
  /** How often each final state was reached. */
  readonly finals: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
};

const RUNS = 1000;
const EVENTS_MAX = 24;
const VIOLATIONS_MAX = 10;

export function simulateParadigm(
  p: Paradigm,
  seed: number,
  options: SimulationOptions = {},
): SimulationReport {
  const { runs = RUNS, eventsMax = EVENTS_MAX } = options;
  const prng = createPrng(seed);
  const sampler = createParamSampler(p);
  const totals = { opened: 0, steps: 0, refused: 0 };
  const finals: Record<string, number> = {};
  const violations: Violation[] = [];
  for (let run = 0; run < runs && violations.length < VIOLATIONS_MAX; run++) {
    const play = new Play(p, prng);
    if (!play.open(sampler.random(prng))) continue;
    totals.opened++;
    for (let i = 0; i < eventsMax && play.running; i++) play.act();
    play.finish();
    totals.steps += play.steps;
    totals.refused += play.refused;
    const { state } = play;
    finals[state] = (finals[state] ?? 0) + 1;
    if (play.violation !== undefined) violations.push({ run, message: play.violation, trace: play.trace });
  }
  return { ok: violations.length === 0, seed, runs, ...totals, finals, violations };
}

/** One contract from its opening to its end. */
class Play {
  steps = 0;
  refused = 0;
  violation: string | undefined;
  readonly trace: string[] = [];
  private readonly p: Paradigm;
  private readonly prng: Prng;
  private readonly roles: Readonly<Record<string, Uint8Array>>;
  /** Balance of every role, of the contract, and nothing else: their sum is always zero. */
  private readonly books = new Map<string, bigint>();
  private instance: Instance | undefined;
  /** Contracts that fill branches. */
  private children: readonly BranchChild[] = [];
  private timeS = T0_S;
  private licensed = 0n;
  private mintedMicro = 0n;
  private readonly links = new Map<string, LinkView>();
  /** What each party sealed, by account. */
  private readonly sealed = new Map<string, bigint>();

  constructor(p: Paradigm, prng: Prng) {
    this.p = p;
    this.prng = prng;
    const roles = sampleRoles(p);
    const names = Object.keys(roles);
    // Now and then one party plays two roles: self-dealing must not break the books either.
    const [twin, other] = [prng.pick(names), prng.pick(names)];
    this.roles = prng.below(5) === 0 ? { ...roles, [twin]: roles[other] ?? new Uint8Array(20) } : roles;
  }

  get running(): boolean {
    return this.violation === undefined && this.instance?.deadlineS !== undefined;
  }

  get state(): string {
    return this.instance?.state ?? '';
  }

  open(params: Values): boolean {
    const caller = this.roles[this.p.opening.by[0] ?? ''] ?? new Uint8Array(20);
    const opened = openInstance(this.p, {
      roles: this.roles,
      params,
      caller,
      timeS: this.timeS,
      world: this.world,
    });
    if (opened.ok) this.take(opened.value, 'open');
    return opened.ok;
  }

  /** Something happens: mostly a step that somebody may take, sometimes one that nobody should. */
  act(): void {
    const instance = this.instance;
    if (instance?.deadlineS === undefined) return;
    const kind = this.prng.below(20);
    if (kind === 0) this.timeS = instance.deadlineS;
    else this.timeS += this.prng.between(0n, (instance.deadlineS - this.timeS) / 3n);
    if (this.timeS >= instance.deadlineS) {
      this.deadline(instance);
      return;
    }
    if (this.p.document.branches !== undefined && this.prng.below(2) === 0) {
      this.moveBranch(instance, kind >= 15);
      return;
    }
    const input = this.chooseEvent(instance, kind >= 15);
    const before = JSON.stringify(instance, printable);
    const result = applyEvent(this.p, instance, input);
    if (JSON.stringify(instance, printable) !== before)
      this.violation = 'a step changed the contract that it was given';
    if (!result.ok) this.refused++;
    else if (this.p.steps.get(instance.state)?.get(input.event)?.list !== undefined)
      this.violation = 'somebody sent a step that only branches cause';
    else this.take(result.value, input.event);
  }

  /** A branch is filled, by the rules or against them, or a contract that fills one is heard of. */
  private moveBranch(instance: Instance, hostile: boolean): void {
    if (this.children.length > 0 && this.prng.below(2) === 0) this.hearOfBranch(instance);
    else this.fillBranch(instance, hostile);
  }

  private fillBranch(instance: Instance, hostile: boolean): void {
    const honest = fillsOf(this.p, instance).flatMap((move) => (move.kind === 'fill' ? [move.child] : []));
    const lists = Object.keys(this.p.document.branches ?? {});
    const wild = (): BranchChild => ({
      list: this.prng.pick([...lists, 'constructor']),
      row: this.prng.below(4) - 1,
      quantity: this.prng.pick([-1n, 0n, 1n, 2n, 3n, 2n ** 63n]),
      givenMicro: this.prng.pick([-1n, 0n, 1n, instance.heldMicro, instance.heldMicro + 1n, 2n ** 63n]),
    });
    const child = hostile || honest.length === 0 ? wild() : this.prng.pick(honest);
    const declared = this.p.document.branches?.[child.list];
    const paradigms = instance.params[declared?.paradigms ?? ''];
    const named = Array.isArray(paradigms) ? paradigms.filter((id) => id instanceof Uint8Array) : [];
    const strange = hostile && this.prng.below(3) === 0;
    const paradigm = named.length === 0 || strange ? new Uint8Array(32) : this.prng.pick(named);
    const senders = hostile ? Object.keys(this.roles) : (declared?.by ?? []);
    const caller = this.roles[senders.length === 0 ? '' : this.prng.pick(senders)] ?? new Uint8Array(20);
    const before = instance.branches?.[child.list]?.[child.row];
    const { givenMicro: amountMicro, ...rest } = child;
    const filled = fillBranch(this.p, instance, {
      ...rest,
      amountMicro,
      paradigm,
      caller,
      timeS: this.timeS,
    });
    if (!filled.ok) {
      this.refused++;
      return;
    }
    const within =
      before !== undefined &&
      child.quantity >= 1n &&
      child.quantity <= before.open &&
      amountMicro >= 0n &&
      amountMicro <= before.unitMicro * child.quantity &&
      declared?.while.includes(instance.state) === true &&
      named.includes(paradigm);
    if (!within) this.violation = 'a branch was filled beyond its limits';
    this.children = [...this.children, child];
    this.take(filled.value, `fill ${child.list}`);
  }

  /** It gives something back, perhaps more than it had, or ends somehow; or it goes on in silence. */
  private hearOfBranch(instance: Instance): void {
    const child = this.prng.pick(this.children);
    const { list, row, quantity, givenMicro } = child;
    const returnedMicro = this.prng.pick([0n, 0n, 1n, givenMicro, givenMicro, givenMicro + 7n]);
    const ended = this.prng.below(4) !== 0;
    const done = this.prng.below(2) === 0;
    const news: BranchNews = { list, row, returnedMicro, ...(ended ? { ended: { quantity, done } } : {}) };
    this.children = childrenAfter(this.children, { kind: 'news', child, news });
    this.take(noteBranch(instance, news), `${list} ${ended ? (done ? 'done' : 'failed') : 'gives back'}`);
    if (!ended || this.instance === undefined) return;
    const caused = applyBranch(this.p, this.instance, list, this.timeS, this.world);
    if (caused !== undefined) this.take(caused.outcome, caused.event);
  }

  private deadline(instance: Instance): void {
    const result = applyDeadline(this.p, instance, this.timeS, this.world);
    if (result.ok) this.take(result.value, 'deadline');
    else this.violation = `the deadline of ${instance.state} was refused: ${result.fault.message}`;
  }

  private chooseEvent(instance: Instance, hostile: boolean): EventInput {
    const here = [...(this.p.steps.get(instance.state)?.values() ?? [])];
    const anywhere = [...this.p.steps.values()].flatMap((steps) => [...steps.values()]);
    const choices = hostile || here.length === 0 ? anywhere : here;
    const step = choices.length === 0 ? undefined : this.prng.pick(choices);
    const caller = this.chooseSender(instance, step, hostile);
    const args: Record<string, ParadigmValue> = {};
    const opening = Object.values(step?.args ?? {}).some(({ type }) => type === 'salt');
    for (const [name, field] of Object.entries(step?.args ?? {}))
      args[name] = this.chooseArgument(instance, caller, name, field, opening);
    if (hostile && this.prng.below(2) === 0)
      args[this.prng.pick(['surprise', ...Object.keys(args)])] = this.prng.pick(NASTY);
    const event = step === undefined || (hostile && this.prng.below(8) === 0) ? 'constructor' : step.name;
    const world = this.world;
    return { event, caller, args: { ...args, facts: this.facts() }, timeS: this.timeS, world };
  }

  /** Of a crowd some member, or somebody who is none yet; a hostile sender is anybody. */
  private chooseSender(instance: Instance, step: CompiledStep | undefined, hostile: boolean): Uint8Array {
    const strangers = [...this.p.crowds.keys()].flatMap((crowd) =>
      Array.from({ length: CROWD_MAX }, (_, index) => crowdAccount(this.p, crowd, index)),
    );
    if (hostile || step === undefined) return this.prng.pick([...Object.values(this.roles), ...strangers]);
    if (step.crowd === undefined) return this.roles[this.prng.pick(step.by)] ?? new Uint8Array(20);
    const members = (instance.crowds?.[step.crowd] ?? []).map(({ account }) => account);
    if (!step.join && members.length > 0) return this.prng.pick(members);
    return crowdAccount(this.p, step.crowd, this.prng.below(CROWD_MAX));
  }

  private chooseArgument(
    instance: Instance,
    caller: Uint8Array,
    name: string,
    field: Field,
    opening: boolean,
  ): ParadigmValue {
    const account = bytesToHex(caller);
    if (field.type === 'seal') {
      const value = this.prng.pick(sealedValues(this.p));
      this.sealed.set(account, value);
      return sealValue(caller, value, SAMPLE_SALT);
    }
    if (field.type === 'salt') return this.prng.below(8) === 0 ? new Uint8Array(32) : SAMPLE_SALT;
    const sealed = this.sealed.get(account);
    if (opening && sealed !== undefined && this.prng.below(6) !== 0) return sealed;
    if (field.type === 'measured')
      return measuredProof(this.prng.between(BigInt(field.min), BigInt(field.max)));
    return this.prng.below(3) !== 0 ? this.echo(instance, name) : randomValue(field, this.prng);
  }

  /** Linked contracts that run come to some end or other. */
  private readonly world: World = {
    machineData: readSampleProof,
    readLink: (target) => {
      const known = this.links.get(target.link);
      if (known === undefined && 'opens' in target) return { opened: false, state: '', outcome: '' };
      const outcome = known?.outcome || this.prng.pick(['', '', 'success', 'refund', 'compromise']);
      const view = { opened: true, state: outcome === '' ? 'running' : 'ended', outcome };
      this.links.set(target.link, view);
      return view;
    },
  };

  /** What the contract already says under this name, or anything that it says: an honest answer to a proposal. */
  private echo(instance: Instance, name: string): ParadigmValue {
    const same = instance.vars[name] ?? instance.params[name];
    if (same !== undefined && this.prng.below(2) === 0) return same;
    return this.prng.pick([
      ...Object.values(instance.vars),
      ...Object.values(instance.params),
      instance.heldMicro,
    ]);
  }

  /** What the chain would say of the licences: mostly all copies done, sometimes some, sometimes not released. */
  private facts(): Values {
    const finished = this.prng.below(4) === 0 ? this.prng.between(0n, this.licensed) : this.licensed;
    const licenceReleased = this.prng.below(8) !== 0;
    return { quantity: this.licensed, copiesReported: finished, copiesFinished: finished, licenceReleased };
  }

  /** Everybody falls silent: deadlines alone must bring the contract to its end. */
  finish(): void {
    for (let i = 0; this.running; i++) {
      const instance = this.instance as Instance;
      if (i > Object.keys(this.p.states).length) this.violation = 'deadlines alone do not lead to an end';
      this.timeS = instance.deadlineS ?? this.timeS;
      this.deadline(instance);
    }
    if (this.violation === undefined && (this.books.get(CONTRACT) ?? 0n) !== 0n)
      this.violation = 'money stayed in the contract';
  }

  private take(outcome: StepOutcome, text: string): void {
    this.steps++;
    this.trace.push(`${text} → ${outcome.instance.state}`);
    for (const effect of outcome.effects) this.book(effect);
    this.instance = outcome.instance;
    if (outcome.instance.deadlineS !== undefined) this.checkRows(outcome.instance);
    const held = this.books.get(CONTRACT) ?? 0n;
    const sum = [...this.books.values()].reduce((total, balance) => total + balance, 0n);
    if (sum !== 0n) this.violation = 'money was made or lost';
    const cap = BigInt(this.p.document.mint?.contractCapMicro ?? 0);
    if (this.mintedMicro > cap) this.violation = 'more reward was minted than the cap allows';
    if (held < 0n) this.violation = 'the contract paid more than it held';
    if (held !== outcome.instance.heldMicro) this.violation = 'the contract does not know what it holds';
    if (outcome.gas > this.p.gasMax) this.violation = 'a step cost more than its bound';
  }

  /** Pieces are open, with a contract that runs, or done; none is lost. */
  private checkRows(instance: Instance): void {
    for (const [list, rows] of Object.entries(instance.branches ?? {})) {
      for (const [row, { quantity, open, done }] of rows.entries()) {
        const running = this.children
          .filter((child) => child.list === list && child.row === row)
          .reduce((sum, child) => sum + child.quantity, 0n);
        if (open + done + running !== quantity) this.violation = 'a branch lost or found pieces';
      }
    }
  }

  private book(effect: Effect): void {
    if (effect.kind === 'licence') this.licensed += effect.quantity;
    if (effect.kind === 'mint') this.mintedMicro += effect.amountMicro;
    if (effect.kind === 'open') {
      if (this.links.get(effect.link)?.opened === true) this.violation = 'a linked contract was opened twice';
      this.links.set(effect.link, { opened: true, state: 'running', outcome: '' });
      this.move(CONTRACT, `the linked contract ${effect.link}`, effect.amountMicro);
    }
    if (effect.kind === 'fund') this.move(CONTRACT, BRANCHES, effect.amountMicro);
    if (effect.kind === 'return') this.move(BRANCHES, CONTRACT, effect.amountMicro);
    if (effect.kind !== 'hold' && effect.kind !== 'pay') return;
    if (effect.amountMicro <= 0n) this.violation = 'an amount was not above zero';
    const party = partyKey(effect.role, effect.member);
    if (effect.kind === 'hold') this.move(party, CONTRACT, effect.amountMicro);
    else this.move(CONTRACT, party, effect.amountMicro);
  }

  private move(from: string, to: string, amountMicro: bigint): void {
    this.books.set(from, (this.books.get(from) ?? 0n) - amountMicro);
    this.books.set(to, (this.books.get(to) ?? 0n) + amountMicro);
  }
}

const CONTRACT = 'the contract';
const BRANCHES = 'the branches';
/** Accounts that may join a crowd. */
const CROWD_MAX = 5;

const NASTY: readonly ParadigmValue[] = [
  -1n,
  2n ** 63n,
  -(2n ** 63n),
  2n ** 200n,
  '',
  '\u202e',
  'x'.repeat(5000),
  new Uint8Array(5000),
  true,
  [[[]]],
  { constructor: 1n },
];

function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
