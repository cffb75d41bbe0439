// The effects of a step, one after the other. None can pay more than is held, take money from anybody but the sender,
// mint beyond the document's caps, or reach a contract outside of the designated set.

import type { Bytes, Fault } from '../base/index.ts';
import { assert, equalBytes } from '../base/index.ts';
import type { CompiledEffect } from './compile.ts';
import type { CompiledExpression, Scope } from './expression.ts';
import { paradigmFault } from './faults.ts';
import { effectGas, GAS_EFFECT } from './gas.ts';
import * as limits from './limits.ts';
import type { ParadigmValue } from './types.ts';
import {
  computeValues,
  evaluate,
  evaluateAmount,
  evaluateInt,
  linkTarget,
  membersOf,
  overflow,
  putRow,
  type Run,
  scopeOf,
} from './vm-run.ts';

/** Effects happen in order; `held` in an expression is what is left at that point. */
export function runEffects(run: Run): Fault | undefined {
  for (const effect of run.step.effects) {
    run.gas += effectGas(effect);
    const fault = runEffect(run, effect);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

type Kind<K extends CompiledEffect['kind']> = CompiledEffect & { readonly kind: K };

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
    case 'each':
      return payEach(run, scope, effect);
    case 'open':
      return openLink(run, scope, effect);
    case 'mint':
      return mint(run, scope, effect);
    case 'transferModel':
      return transferModel(run, scope, effect);
    case 'moveLicence':
      return moveLicence(run, scope, effect);
    case 'licence':
      return licence(run, scope, effect);
    case 'emit': {
      const data = evaluateAll(run, scope, effect.data);
      if ('fault' in data) return data.fault;
      run.effects.push({ kind: 'emit', name: effect.name, data: data.values });
      return undefined;
    }
  }
}

function evaluateAll(
  run: Run,
  scope: Scope,
  expressions: readonly (readonly [string, CompiledExpression])[],
): { readonly values: Record<string, ParadigmValue> } | { readonly fault: Fault } {
  const values: Record<string, ParadigmValue> = {};
  for (const [key, expression] of expressions) {
    const value = evaluate(run, scope, expression);
    if (!value.ok) return { fault: value.fault };
    values[key] = value.value as ParadigmValue;
  }
  return { values };
}

type Party = { readonly account: Bytes; readonly role: string; readonly member?: number };

/** The account of a role; of a crowd, the sender. */
function partyOf(run: Run, role: string): Party {
  if (role === run.step.crowd) return { account: run.input.caller, role, member: run.mineIndex };
  const account = run.instance.roles[role];
  assert(account !== undefined, 'every role was named when the instance was opened');
  return { account, role };
}

function accountOf(run: Run, role: string): Bytes {
  return partyOf(run, role).account;
}

function hold(run: Run, scope: Scope, effect: Kind<'hold'>): Fault | undefined {
  const amount = evaluateAmount(run, scope, effect.amount);
  if (!amount.ok) return amount.fault;
  const { account: from, ...party } = partyOf(run, effect.from);
  if (!equalBytes(from, run.input.caller)) {
    return paradigmFault('paradigm.hold.consent', { event: run.step.name, role: effect.from });
  }
  if (amount.value === 0n) return undefined;
  if (run.heldMicro + amount.value > limits.INT_MAX) return overflow(run, effect.amount);
  run.heldMicro += amount.value;
  run.effects.push({ kind: 'hold', from, ...party, amountMicro: amount.value });
  return undefined;
}

function pay(run: Run, role: string, amountMicro: bigint): Fault | undefined {
  return payParty(run, partyOf(run, role), amountMicro);
}

/** Nothing is recorded for a payment of zero, so that fees of zero leave no trace. */
function payParty(run: Run, { account: to, ...party }: Party, amountMicro: bigint): Fault | undefined {
  const fault = spend(run, amountMicro);
  if (fault === undefined && amountMicro !== 0n) run.effects.push({ kind: 'pay', to, ...party, amountMicro });
  return fault;
}

function spend(run: Run, amountMicro: bigint): Fault | undefined {
  if (amountMicro > run.heldMicro) {
    return paradigmFault('paradigm.amount.overspent', {
      event: run.step.name,
      amountMicro: amountMicro.toString(),
      heldMicro: run.heldMicro.toString(),
    });
  }
  run.heldMicro -= amountMicro;
  return undefined;
}

function split(run: Run, scope: Scope, effect: Kind<'split'>): Fault | undefined {
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

/** Everybody is paid by what was held before, whoever joined first. */
function payEach(run: Run, scope: Scope, effect: Kind<'each'>): Fault | undefined {
  const columns = run.p.crowds.get(effect.of)?.columns ?? {};
  for (const [index, { account, row }] of membersOf(run, effect.of).entries()) {
    run.gas += GAS_EFFECT;
    const own = { ...scope, member: { ...row, index: BigInt(index), account } };
    const chosen = effect.when === undefined ? undefined : evaluate(run, own, effect.when);
    if (chosen?.ok === false) return chosen.fault;
    if (chosen?.value === false) continue;
    const amount = evaluateAmount(run, own, effect.amount);
    if (!amount.ok) return amount.fault;
    const fault = payParty(run, { account, role: effect.of, member: index }, amount.value);
    if (fault !== undefined) return fault;
    if (effect.set.length === 0) continue;
    const next = computeValues(run, own, columns, effect.set, row);
    if (!next.ok) return next.fault;
    putRow(run, effect.of, index, next.value);
  }
  return undefined;
}

function openLink(run: Run, scope: Scope, effect: Kind<'open'>): Fault | undefined {
  const { link } = effect;
  const target = linkTarget(run.p, run.instance, link);
  assert('opens' in target, 'only links to contracts that do not run yet are opened');
  const twice = run.effects.some((earlier) => earlier.kind === 'open' && earlier.link === link);
  if (run.links?.[link]?.opened === true || twice) return paradigmFault('paradigm.link.opened', { link });
  const amount = evaluateAmount(run, scope, effect.amount);
  if (!amount.ok) return amount.fault;
  const params = evaluateAll(run, scope, effect.params);
  if ('fault' in params) return params.fault;
  const fault = spend(run, amount.value);
  if (fault !== undefined) return fault;
  run.effects.push({
    kind: 'open',
    link,
    paradigm: target.opens,
    roles: Object.fromEntries(effect.roles.map(([theirs, ours]) => [theirs, accountOf(run, ours)])),
    params: params.values,
    amountMicro: amount.value,
  });
  return undefined;
}

/** What the caps leave, perhaps nothing: a reward must never keep a contract from ending. */
function mint(run: Run, scope: Scope, effect: Kind<'mint'>): Fault | undefined {
  const { mint: caps } = run.p.document;
  assert(caps !== undefined, 'only documents with caps mint');
  const amount = evaluateAmount(run, scope, effect.amount);
  if (!amount.ok) return amount.fault;
  const minted = run.mintedMicro ?? 0n;
  const left = BigInt(caps.contractCapMicro) - minted;
  const amountMicro = amount.value < left ? amount.value : left;
  if (amountMicro === 0n) return undefined;
  run.mintedMicro = minted + amountMicro;
  const { account: to, role } = partyOf(run, effect.to);
  run.effects.push({ kind: 'mint', to, role, token: caps.token, amountMicro });
  return undefined;
}

function failed(run: Run, expression: CompiledExpression, reason: string): Fault {
  return paradigmFault('paradigm.expression.failed', { event: run.step.name, at: expression.at, reason });
}

function transferModel(run: Run, scope: Scope, effect: Kind<'transferModel'>): Fault | undefined {
  const model = evaluate(run, scope, effect.model);
  if (!model.ok) return model.fault;
  const bytes = model.value;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32)
    return failed(run, effect.model, 'a model is named by its hash');
  const from = accountOf(run, effect.from);
  if (!equalBytes(from, run.input.caller))
    return paradigmFault('paradigm.hold.consent', { event: run.step.name, role: effect.from });
  run.effects.push({
    kind: 'transfer-model',
    from,
    to: accountOf(run, effect.to),
    role: effect.to,
    model: bytes,
  });
  return undefined;
}

function moveLicence(run: Run, scope: Scope, effect: Kind<'moveLicence'>): Fault | undefined {
  const quantity = evaluateInt(run, scope, effect.quantity);
  if (!quantity.ok) return quantity.fault;
  if (quantity.value < 1n) return failed(run, effect.quantity, 'at least one copy must be moved');
  const [from, to] = [accountOf(run, effect.from), accountOf(run, effect.to)];
  const roles = { fromRole: effect.from, role: effect.to };
  run.effects.push({ kind: 'move-licence', from, to, ...roles, quantity: quantity.value });
  return undefined;
}

function licence(run: Run, scope: Scope, effect: Kind<'licence'>): Fault | undefined {
  const model = evaluate(run, scope, effect.model);
  if (!model.ok) return model.fault;
  const quantity = evaluateInt(run, scope, effect.quantity);
  if (!quantity.ok) return quantity.fault;
  const bytes = model.value;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32 || quantity.value < 1n)
    return failed(run, effect.model, 'a licence needs a model and at least one copy');
  run.effects.push({
    kind: 'licence',
    licensor: accountOf(run, effect.licensor),
    machine: accountOf(run, effect.machine),
    role: effect.machine,
    model: bytes,
    quantity: quantity.value,
  });
  return undefined;
}
