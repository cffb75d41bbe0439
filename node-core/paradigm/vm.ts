// The virtual machine of paradigms: (paradigm, instance, input) to the next instance and its effects. Pure and
// deterministic. A step either happens whole or is refused with no effect. It can never pay more than is held, never end
// with money left, never take money from anybody but its sender, and its cost is bounded before it runs.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { assert, equalBytes, ok, refuse } from '../base/index.ts';
import type { CompiledEffect, CompiledStep, Paradigm } from './compile.ts';
import type { CompiledExpression, Scope } from './expression.ts';
import { paradigmFault } from './faults.ts';
import { effectGas, expressionGas, GAS_STEP, sizeGas, valueSizeBytes } from './gas.ts';
import { checkFacts, checkFields, checkRoles, noFacts, type Values } from './inputs.ts';
import * as limits from './limits.ts';
import type { Effect, EventInput, Instance, OpenInput, ParadigmValue, StepOutcome } from './types.ts';
import { checkValue } from './values.ts';

const NO_VALUES: Values = Object.freeze({});

/** Opens an instance: checks roles and parameters, fills defaults, runs the opening step. */
export function openInstance(p: Paradigm, input: OpenInput): Result<StepOutcome> {
  const fault = checkRoles(p, input.roles);
  if (fault !== undefined) return refuse(fault);
  const params = checkFields(p.params, input.params);
  if (!params.ok) return params;
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
  };
  if (!isSender(p.opening, instance, input.caller)) return refuse(unauthorised(p.opening));
  return runStep(p, p.opening, instance, {
    caller: input.caller,
    args: NO_VALUES,
    facts: noFacts(),
    timeS: input.timeS,
    sizeBytes: valueSizeBytes(params.value),
  });
}

/** Takes the step that `input.caller` asks for. `input.args.facts` is the chain's own word and must never be a user's. */
export function applyEvent(p: Paradigm, instance: Instance, input: EventInput): Result<StepOutcome> {
  if (!equalBytes(instance.paradigm, p.id)) return refuse(paradigmFault('paradigm.instance.mismatch'));
  const found = findStep(p, instance, input.event, input.timeS);
  if (!found.ok) return found;
  const step = found.value;
  if (!isSender(step, instance, input.caller)) return refuse(unauthorised(step));
  const { facts, ...rest } = input.args;
  const args = checkFields(step.args, rest);
  if (!args.ok) return args;
  const checkedFacts = checkFacts(facts);
  if (!checkedFacts.ok) return checkedFacts;
  const sizeBytes = valueSizeBytes(args.value);
  return runStep(p, step, instance, {
    caller: input.caller,
    args: args.value,
    facts: checkedFacts.value,
    timeS: input.timeS,
    sizeBytes,
  });
}

/** Lets the deadline of the current state act. Refused before its time; it needs nobody's consent and no argument. */
export function applyDeadline(p: Paradigm, instance: Instance, timeS: bigint): Result<StepOutcome> {
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

type StepInput = {
  readonly caller: Bytes;
  readonly args: Values;
  readonly facts: Values;
  readonly timeS: bigint;
  /** Size of the values that came with the step, which are charged. */
  readonly sizeBytes: number;
};

/** A step while it runs. Private to one call; thrown away when the step is refused. */
type Run = {
  readonly step: CompiledStep;
  readonly instance: Instance;
  readonly input: StepInput;
  vars: Values;
  heldMicro: bigint;
  gas: bigint;
  readonly effects: Effect[];
};

function runStep(p: Paradigm, step: CompiledStep, instance: Instance, input: StepInput): Result<StepOutcome> {
  const run: Run = {
    step,
    instance,
    input,
    vars: instance.vars,
    heldMicro: instance.heldMicro,
    gas: GAS_STEP + sizeGas(input.sizeBytes + valueSizeBytes(instance.vars)),
    effects: [],
  };
  const fault = checkGuard(run) ?? assign(p, run) ?? runEffects(run);
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
  };
  return ok({ instance: next, effects: run.effects, gas: run.gas });
}

function scopeOf(run: Run): Scope {
  const { instance, input } = run;
  return {
    params: instance.params,
    vars: run.vars,
    args: input.args,
    facts: input.facts,
    roles: instance.roles,
    caller: input.caller,
    held: run.heldMicro,
    time: input.timeS,
  };
}

/** The value, or undefined where it cannot be computed; counts its gas either way. */
function evaluate(run: Run, scope: Scope, expression: CompiledExpression): Result<unknown> {
  run.gas += expressionGas(expression);
  if (run.gas > run.step.gasMax)
    return refuse(paradigmFault('paradigm.gas.exceeded', { event: run.step.name }));
  try {
    return ok(expression.evaluate(scope));
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code).replaceAll('_', ' ') : 'it failed';
    return refuse(
      paradigmFault('paradigm.expression.failed', { event: run.step.name, at: expression.at, reason }),
    );
  }
}

/** An integer expression; its compiled type guarantees bigint, its range is checked here. */
function evaluateInt(run: Run, scope: Scope, expression: CompiledExpression): Result<bigint> {
  const result = evaluate(run, scope, expression);
  if (!result.ok) return result;
  const value = result.value;
  if (typeof value === 'bigint' && value >= limits.INT_MIN && value <= limits.INT_MAX) return ok(value);
  return refuse(
    paradigmFault('paradigm.expression.failed', {
      event: run.step.name,
      at: expression.at,
      reason: 'numeric overflow',
    }),
  );
}

function evaluateAmount(run: Run, scope: Scope, expression: CompiledExpression): Result<bigint> {
  const result = evaluateInt(run, scope, expression);
  if (!result.ok || result.value >= 0n) return result;
  return refuse(
    paradigmFault('paradigm.amount.negative', { event: run.step.name, amountMicro: result.value.toString() }),
  );
}

function checkGuard(run: Run): Fault | undefined {
  const { guard } = run.step;
  if (guard === undefined) return undefined;
  const result = evaluate(run, scopeOf(run), guard.when);
  if (!result.ok) return result.fault;
  if (result.value === true) return undefined;
  return paradigmFault('paradigm.event.refused', { event: run.step.name, reason: guard.otherwise.en });
}

/** All assignments read the variables as they were before the step. */
function assign(p: Paradigm, run: Run): Fault | undefined {
  if (run.step.set.length === 0) return undefined;
  const scope = scopeOf(run);
  const vars: Record<string, ParadigmValue> = { ...run.vars };
  for (const [name, expression] of run.step.set) {
    const result = evaluate(run, scope, expression);
    if (!result.ok) return result.fault;
    const variable = p.vars[name];
    assert(variable !== undefined, 'assignments name declared variables');
    const checked = checkValue(variable, result.value);
    if ('reason' in checked) return paradigmFault('paradigm.param.invalid', { name, reason: checked.reason });
    vars[name] = checked.value;
  }
  run.vars = vars;
  return undefined;
}

/** Effects happen in order; `held` in an expression is what is left at that point. */
function runEffects(run: Run): Fault | undefined {
  for (const effect of run.step.effects) {
    run.gas += effectGas(effect);
    const fault = runEffect(run, effect);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function runEffect(run: Run, effect: CompiledEffect): Fault | undefined {
  const scope = scopeOf(run);
  switch (effect.kind) {
    case 'hold':
      return hold(run, scope, effect);
    case 'pay': {
      const amount = evaluateAmount(run, scope, effect.amount);
      return amount.ok ? pay(run, effect.to, amount.value) : amount.fault;
    }
    case 'refund':
      return pay(run, effect.to, run.heldMicro);
    case 'split':
      return split(run, scope, effect);
    case 'licence':
      return licence(run, scope, effect);
    case 'emit': {
      const data: Record<string, ParadigmValue> = {};
      for (const [key, expression] of effect.data) {
        const value = evaluate(run, scope, expression);
        if (!value.ok) return value.fault;
        data[key] = value.value as ParadigmValue;
      }
      run.effects.push({ kind: 'emit', name: effect.name, data });
      return undefined;
    }
  }
}

function accountOf(run: Run, role: string): Bytes {
  const account = run.instance.roles[role];
  assert(account !== undefined, 'every role was named when the instance was opened');
  return account;
}

function hold(run: Run, scope: Scope, effect: CompiledEffect & { kind: 'hold' }): Fault | undefined {
  const amount = evaluateAmount(run, scope, effect.amount);
  if (!amount.ok) return amount.fault;
  const from = accountOf(run, effect.from);
  if (!equalBytes(from, run.input.caller)) {
    return paradigmFault('paradigm.hold.consent', { event: run.step.name, role: effect.from });
  }
  if (amount.value === 0n) return undefined;
  if (run.heldMicro + amount.value > limits.INT_MAX) {
    return paradigmFault('paradigm.expression.failed', {
      event: run.step.name,
      at: effect.amount.at,
      reason: 'numeric overflow',
    });
  }
  run.heldMicro += amount.value;
  run.effects.push({ kind: 'hold', from, role: effect.from, amountMicro: amount.value });
  return undefined;
}

/** Nothing is recorded for a payment of zero, so that fees of zero leave no trace. */
function pay(run: Run, role: string, amountMicro: bigint): Fault | undefined {
  if (amountMicro > run.heldMicro) {
    return paradigmFault('paradigm.amount.overspent', {
      event: run.step.name,
      amountMicro: amountMicro.toString(),
      heldMicro: run.heldMicro.toString(),
    });
  }
  if (amountMicro === 0n) return undefined;
  run.heldMicro -= amountMicro;
  run.effects.push({ kind: 'pay', to: accountOf(run, role), role, amountMicro });
  return undefined;
}

function split(run: Run, scope: Scope, effect: CompiledEffect & { kind: 'split' }): Fault | undefined {
  const total = evaluateAmount(run, scope, effect.of);
  if (!total.ok) return total.fault;
  const parts: bigint[] = [];
  for (const share of effect.shares) {
    const part = evaluateAmount(run, scope, share.parts);
    if (!part.ok) return part.fault;
    parts.push(part.value);
  }
  const whole = parts.reduce((sum, part) => sum + part, 0n);
  let left = total.value;
  for (const [index, share] of effect.shares.entries()) {
    const amount = whole === 0n ? 0n : (total.value * (parts[index] ?? 0n)) / whole;
    left -= amount;
    const fault = pay(run, share.to, amount);
    if (fault !== undefined) return fault;
  }
  return pay(run, effect.remainder, left);
}

function licence(run: Run, scope: Scope, effect: CompiledEffect & { kind: 'licence' }): Fault | undefined {
  const model = evaluate(run, scope, effect.model);
  if (!model.ok) return model.fault;
  const quantity = evaluateInt(run, scope, effect.quantity);
  if (!quantity.ok) return quantity.fault;
  const bytes = model.value;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32 || quantity.value < 1n) {
    return paradigmFault('paradigm.expression.failed', {
      event: run.step.name,
      at: effect.model.at,
      reason: 'a licence needs a model and at least one copy',
    });
  }
  run.effects.push({
    kind: 'licence',
    licensor: accountOf(run, effect.licensor),
    machine: accountOf(run, effect.machine),
    model: bytes,
    quantity: quantity.value,
  });
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
