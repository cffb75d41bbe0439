// The virtual machine of paradigms: (paradigm, instance, input) to the next instance and its effects. Pure and
// deterministic. A step either happens whole or is refused with no effect. It can never pay more than is held, never end
// with money left, never take money from anybody but its sender, and its cost is bounded before it runs.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { assert, equalBytes, ok, refuse } from '../base/index.ts';
import { openBranches, totalsOf } from './branch-rows.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import { paradigmFault } from './faults.ts';
import {
  branchesGas,
  crowdsSizeBytes,
  GAS_STEP,
  linksGas,
  proofGas,
  sizeGas,
  valueSizeBytes,
} from './gas.ts';
import { checkFacts, checkFields, checkRoles, noFacts, type Values } from './inputs.ts';
import * as limits from './limits.ts';
import type {
  Crowds,
  EventInput,
  Instance,
  MachineDataPort,
  OpenInput,
  StepOutcome,
  World,
} from './types.ts';
import { runEffects } from './vm-effects.ts';
import {
  computeValues,
  evaluate,
  evaluateInt,
  membersOf,
  putRow,
  type Run,
  readLinks,
  type StepInput,
  scopeOf,
} from './vm-run.ts';

const NO_VALUES: Values = Object.freeze({});

/** Opens an instance: checks roles and parameters, fills defaults, runs the opening step. */
export function openInstance(p: Paradigm, input: OpenInput): Result<StepOutcome> {
  const fault = checkRoles(p, input.roles);
  if (fault !== undefined) return refuse(fault);
  const params = checkFields(p.params, input.params);
  if (!params.ok) return params;
  const branches = openBranches(p, params.value);
  if (!branches.ok) return branches;
  const instance: Instance = {
    paradigm: p.id,
    state: p.opening.to,
    roles: input.roles,
    params: params.value,
    vars: p.initialVars,
    heldMicro: 0n,
    openedS: input.timeS,
    deadlineS: undefined,
    steps: 0,
    ...(p.crowds.size === 0
      ? {}
      : { crowds: Object.fromEntries([...p.crowds.keys()].map((role) => [role, []])) }),
    ...(p.document.mint === undefined ? {} : { mintedMicro: 0n }),
    ...(branches.value === undefined ? {} : { branches: branches.value }),
  };
  if (!isSender(p.opening, instance, input.caller)) return refuse(unauthorised(p.opening));
  return runStep(p, p.opening, instance, {
    caller: input.caller,
    args: NO_VALUES,
    facts: noFacts(),
    timeS: input.timeS,
    sizeBytes: valueSizeBytes(params.value),
    readLink: input.world?.readLink,
  });
}

/**
 * Takes the step that `input.caller` asks for. `input.args.facts` is the chain's own word and must never be a user's;
 * so is what the ports of `input.world` say.
 */
export function applyEvent(p: Paradigm, instance: Instance, input: EventInput): Result<StepOutcome> {
  if (!equalBytes(instance.paradigm, p.id)) return refuse(paradigmFault('paradigm.instance.mismatch'));
  const found = findStep(p, instance, input.event, input.timeS);
  if (!found.ok) return found;
  const step = found.value;
  const sender = findSender(p, step, instance, input.caller);
  if (!sender.ok) return sender;
  const { facts, ...rest } = input.args;
  const args = checkFields(step.args, rest);
  if (!args.ok) return args;
  const measured = proveMeasured(step, instance, args.value, input.world?.machineData);
  if (!measured.ok) return measured;
  const checkedFacts = checkFacts(facts);
  if (!checkedFacts.ok) return checkedFacts;
  const stepInput: StepInput = {
    caller: input.caller,
    args: measured.value,
    facts: checkedFacts.value,
    timeS: input.timeS,
    sizeBytes: valueSizeBytes(args.value),
    readLink: input.world?.readLink,
  };
  return runStep(p, step, instance, stepInput, sender.value);
}

/** Lets the deadline of the current state act. Refused before its time; it needs nobody's consent and no argument. */
export function applyDeadline(
  p: Paradigm,
  instance: Instance,
  timeS: bigint,
  world?: World,
): Result<StepOutcome> {
  if (!equalBytes(instance.paradigm, p.id)) return refuse(paradigmFault('paradigm.instance.mismatch'));
  const step = p.deadlines.get(instance.state);
  if (step === undefined || instance.deadlineS === undefined)
    return refuse(paradigmFault('paradigm.event.closed'));
  if (timeS < instance.deadlineS) return refuse(paradigmFault('paradigm.deadline.early'));
  return runStep(p, step, instance, {
    caller: NOBODY,
    args: NO_VALUES,
    facts: noFacts(),
    timeS,
    sizeBytes: 0,
    readLink: world?.readLink,
  });
}

/**
 * Lets a step act that branches of its list cause: `step` is one of the present state's. It needs nobody's consent and
 * no argument. Whether one ended is the caller's word.
 */
export function applyBranchStep(
  p: Paradigm,
  step: CompiledStep,
  instance: Instance,
  timeS: bigint,
  world?: World,
): Result<StepOutcome> {
  assert(step.list !== undefined && instance.deadlineS !== undefined, 'branches act on contracts that run');
  return runStep(p, step, instance, {
    caller: NOBODY,
    args: NO_VALUES,
    facts: noFacts(),
    timeS,
    sizeBytes: 0,
    readLink: world?.readLink,
  });
}

const NOBODY = new Uint8Array(20);

function findStep(p: Paradigm, instance: Instance, event: string, timeS: bigint): Result<CompiledStep> {
  const { state } = instance;
  if (instance.deadlineS === undefined) return refuse(paradigmFault('paradigm.event.closed'));
  if (timeS >= instance.deadlineS) return refuse(paradigmFault('paradigm.event.late', { event }));
  const step = p.steps.get(state)?.get(event);
  if (step === undefined) {
    const known = [...p.steps.values()].some((events) => events.has(event));
    return refuse(
      known
        ? paradigmFault('paradigm.event.untimely', { event, state })
        : paradigmFault('paradigm.event.unknown', { event: event.slice(0, 32) }),
    );
  }
  if (instance.steps >= limits.STEPS_MAX)
    return refuse(paradigmFault('paradigm.event.exhausted', { stepsMax: limits.STEPS_MAX }));
  return ok(step);
}

function unauthorised(step: CompiledStep): Fault {
  return paradigmFault('paradigm.event.unauthorised', { event: step.name, roles: step.by.join(', ') });
}

function isSender(step: CompiledStep, instance: Instance, caller: Bytes): boolean {
  for (const role of step.by) {
    const account = instance.roles[role];
    if (account !== undefined && equalBytes(account, caller)) return true;
  }
  return false;
}

type Sender = { readonly crowds: Crowds | undefined; readonly index: number };

/** Whether `caller` may send the step; of a crowd, its place there, which a joining step gives it. */
function findSender(p: Paradigm, step: CompiledStep, instance: Instance, caller: Bytes): Result<Sender> {
  const { crowds } = instance;
  const crowd = step.crowd === undefined ? undefined : p.crowds.get(step.crowd);
  if (step.crowd === undefined || crowd === undefined)
    return isSender(step, instance, caller) ? ok({ crowds, index: -1 }) : refuse(unauthorised(step));
  const role = step.crowd;
  const members = crowds?.[role] ?? [];
  const index = members.findIndex(({ account }) => equalBytes(account, caller));
  if (!step.join) return index >= 0 ? ok({ crowds, index }) : refuse(unauthorised(step));
  if (index >= 0) return refuse(paradigmFault('paradigm.crowd.joined'));
  const { membersMax, initialRow } = crowd;
  if (members.length >= membersMax) return refuse(paradigmFault('paradigm.crowd.full', { membersMax, role }));
  const joined = [...members, { account: caller, row: initialRow }];
  return ok({ crowds: { ...crowds, [role]: joined }, index: members.length });
}

/** Arguments of machines' figures: the proof that was sent becomes the figure that it proves. */
function proveMeasured(
  step: CompiledStep,
  instance: Instance,
  args: Values,
  port: MachineDataPort | undefined,
): Result<Values> {
  let proven = args;
  for (const [name, field] of Object.entries(step.args)) {
    if (field.type !== 'measured') continue;
    const [machine, proof] = [instance.roles[field.machine], args[name]];
    assert(machine !== undefined && proof instanceof Uint8Array, 'arguments and roles were checked');
    const value = port?.({ machine, series: field.series, proof })?.value;
    if (value === undefined) return refuse(paradigmFault('paradigm.measured.unproven', { name }));
    if (value < BigInt(field.min) || value > BigInt(field.max)) {
      const reason = `it is not between ${field.min} and ${field.max}`;
      return refuse(paradigmFault('paradigm.param.invalid', { name, reason }));
    }
    proven = { ...proven, [name]: value };
  }
  return ok(proven);
}

function runStep(
  p: Paradigm,
  step: CompiledStep,
  instance: Instance,
  input: StepInput,
  sender: Sender = { crowds: instance.crowds, index: -1 },
): Result<StepOutcome> {
  const run: Run = {
    p,
    step,
    instance,
    input,
    vars: instance.vars,
    crowds: sender.crowds,
    mineIndex: sender.index,
    heldMicro: instance.heldMicro,
    mintedMicro: instance.mintedMicro,
    gas:
      GAS_STEP +
      proofGas(step.args) +
      linksGas(p.document) +
      branchesGas(instance.branches) +
      sizeGas(input.sizeBytes + valueSizeBytes(instance.vars) + crowdsSizeBytes(sender.crowds)),
    links: readLinks(p, instance, input.readLink),
    branches: totalsOf(instance.branches),
    effects: [],
  };
  const fault = checkGuard(run) ?? assign(run) ?? runEffects(run);
  if (fault !== undefined) return refuse(fault);
  const deadline = nextDeadline(run);
  if (!deadline.ok) return deadline;
  if (deadline.value === undefined && run.heldMicro !== 0n) {
    return refuse(
      paradigmFault('paradigm.amount.trapped', { event: step.name, heldMicro: run.heldMicro.toString() }),
    );
  }
  assert(run.gas <= step.gasMax, 'a step stays within its gas bound');
  const next: Instance = {
    ...instance,
    state: step.to,
    vars: run.vars,
    heldMicro: run.heldMicro,
    deadlineS: deadline.value,
    steps: instance.steps + 1,
    ...(run.crowds === undefined ? {} : { crowds: run.crowds }),
    ...(run.mintedMicro === undefined ? {} : { mintedMicro: run.mintedMicro }),
  };
  return ok({ instance: next, effects: run.effects, gas: run.gas, disputed: step.dispute });
}

function checkGuard(run: Run): Fault | undefined {
  const { guard } = run.step;
  if (guard === undefined) return undefined;
  const result = evaluate(run, scopeOf(run), guard.when);
  if (!result.ok) return result.fault;
  if (result.value === true) return undefined;
  return paradigmFault('paradigm.event.refused', { event: run.step.name, reason: guard.otherwise.en });
}

/** All assignments read the variables, and the sender's row, as they were before the step. */
function assign(run: Run): Fault | undefined {
  const { step, p } = run;
  if (step.set.length === 0 && step.mine.length === 0) return undefined;
  const scope = scopeOf(run);
  const vars = computeValues(run, scope, p.vars, step.set, run.vars);
  if (!vars.ok) return vars.fault;
  if (step.crowd !== undefined && step.mine.length > 0) {
    const columns = p.crowds.get(step.crowd)?.columns ?? {};
    const before = membersOf(run, step.crowd)[run.mineIndex]?.row ?? {};
    const row = computeValues(run, scope, columns, step.mine, before);
    if (!row.ok) return row.fault;
    putRow(run, step.crowd, run.mineIndex, row.value);
  }
  run.vars = vars.value;
  return undefined;
}

/** When the next state's deadline fires; a step that stays in its state does not move it. */
function nextDeadline(run: Run): Result<bigint | undefined> {
  const { step, instance, input } = run;
  if (step.nextAfter === undefined) return ok(undefined);
  const stays = instance.deadlineS !== undefined && step.to === instance.state;
  if (stays) return ok(instance.deadlineS);
  const after = evaluateInt(run, scopeOf(run), step.nextAfter);
  if (!after.ok) return after;
  if (after.value >= 1n && after.value <= limits.DEADLINE_S_MAX) return ok(input.timeS + after.value);
  return refuse(paradigmFault('paradigm.deadline.invalid', { seconds: after.value.toString() }));
}
