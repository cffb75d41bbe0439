// What computation costs. One unit is five to ten nanoseconds of one core; each step is bounded before it runs and counted
// while it runs. Sizes are charged because values are copied and stored.

import type { CompiledStep } from './compile.ts';
import type { Column, Field, ParadigmDocument, Variable } from './document.ts';
import type { CompiledExpression } from './expression.ts';
import { TEXT_CHARS_MAX, VALUE_BYTES_MAX } from './limits.ts';
import type { Branches, Crowds, Member, ParadigmValue } from './types.ts';

export const GAS_STEP = 400n;
/** Entering the evaluator, apart from what the expression itself costs. */
const GAS_EXPRESSION = 60n;
export const GAS_EFFECT = 100n;
/** Another contract is checked, opened and stored; what its own opening step costs comes on top. */
const GAS_OPEN = 5_000n;
const GAS_BYTES_PER_UNIT = 8n;
/** What each entry of a table or list counts, whatever it holds. */
const ENTRY_BYTES = 8;

export function sizeGas(sizeBytes: number): bigint {
  return BigInt(sizeBytes) / GAS_BYTES_PER_UNIT;
}

export function expressionGas(expression: CompiledExpression): bigint {
  return GAS_EXPRESSION + expression.gas;
}

/** Size that a value is charged by: bytes of text and data, 8 for a number. Names of entries are free. */
export function valueSizeBytes(value: ParadigmValue): number {
  if (typeof value === 'string') return 3 * value.length;
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'bigint' || typeof value === 'boolean') return 8;
  let sizeBytes = 0;
  for (const child of Array.isArray(value) ? value : Object.values(value))
    sizeBytes += ENTRY_BYTES + valueSizeBytes(child);
  return sizeBytes;
}

/** An account and the table of what is kept of it. */
const MEMBER_BYTES = 20 + ENTRY_BYTES;

function memberSizeBytes(member: Member): number {
  return MEMBER_BYTES + valueSizeBytes(member.row);
}

export function crowdsSizeBytes(crowds: Crowds | undefined): number {
  let sizeBytes = 0;
  for (const members of Object.values(crowds ?? {}))
    for (const member of members) sizeBytes += memberSizeBytes(member);
  return sizeBytes;
}

/** Bytes that a value of this declaration can have at most, counted as valueSizeBytes counts. */
export function fieldSizeMaxBytes(field: Field | Variable | Column): number {
  switch (field.type) {
    case 'text':
      return 3 * ('maxChars' in field ? field.maxChars : TEXT_CHARS_MAX);
    case 'choice':
      return 96;
    case 'bytes':
      return field.maxBytes;
    case 'hash':
    case 'address':
    case 'seal':
    case 'salt':
      return 32;
    case 'measured':
      return VALUE_BYTES_MAX;
    case 'list':
    case 'map':
      return field.maxItems * (ENTRY_BYTES + (field.of === 'text' ? 3 * TEXT_CHARS_MAX : 32));
    default:
      return 8;
  }
}

/** Upper bound of what one step can cost, from its declaration alone. */
export function stepGasBound(step: Omit<CompiledStep, 'gasMax'>, document: ParadigmDocument): bigint {
  const declared = [
    ...Object.values(step.args),
    ...Object.values(document.vars),
    ...(step.name === 'open' ? Object.values(document.params) : []),
  ];
  const valuesBytes = declared.reduce((sum, field) => sum + ENTRY_BYTES + fieldSizeMaxBytes(field), 0);
  let gas =
    GAS_STEP +
    sizeGas(valuesBytes + crowdsSizeMaxBytes(document)) +
    proofGas(step.args) +
    linksGas(document) +
    branchesGasMax(document);
  for (const expression of ownExpressions(step)) gas += expressionGas(expression);
  for (const effect of step.effects) gas += effectGasMax(effect);
  return gas;
}

/** Checking the proof of a machine's figure: some twenty hashes. */
const GAS_PROOF = 8_000n;

/** Finding a linked contract and reading how it stands. */
const GAS_LINK = 2_000n;

/** Adding up a list of branches, and each of its rows. */
const GAS_LIST = 300n;
const GAS_ROW = 40n;
/** Filling a branch; what other contracts cost comes on top. */
export const GAS_BRANCH = 400n;
/** Noting what a branch gave back. */
export const GAS_BRANCH_NOTE = 100n;

export function branchesGas(branches: Branches | undefined): bigint {
  let gas = 0n;
  for (const rows of Object.values(branches ?? {})) gas += GAS_LIST + GAS_ROW * BigInt(rows.length);
  return gas;
}

function branchesGasMax({ branches = {}, params }: ParadigmDocument): bigint {
  let gas = 0n;
  for (const { quantities } of Object.values(branches)) {
    const field = params[quantities];
    gas += GAS_LIST + GAS_ROW * BigInt(field?.type === 'list' ? field.maxItems : 0);
  }
  return gas;
}

export function linksGas({ links = {} }: ParadigmDocument): bigint {
  return GAS_LINK * BigInt(Object.keys(links).length);
}

export function proofGas(args: Readonly<Record<string, Field>>): bigint {
  return GAS_PROOF * BigInt(Object.values(args).filter(({ type }) => type === 'measured').length);
}

function crowdsSizeMaxBytes(document: ParadigmDocument): number {
  let sizeBytes = 0;
  for (const { membersMax = 0, columns = {} } of Object.values(document.roles)) {
    const row = Object.values(columns).reduce(
      (sum, field) => sum + ENTRY_BYTES + fieldSizeMaxBytes(field),
      0,
    );
    sizeBytes += membersMax * (MEMBER_BYTES + row);
  }
  return sizeBytes;
}

/** Without its expressions, and for an effect on each, without its members. */
export function effectGas(effect: CompiledStep['effects'][number]): bigint {
  switch (effect.kind) {
    case 'split':
      return GAS_EFFECT * BigInt(effect.shares.length + 1);
    case 'open':
      return GAS_OPEN;
    default:
      return GAS_EFFECT;
  }
}

/** The most that an effect can cost, with its expressions. */
function effectGasMax(effect: CompiledStep['effects'][number]): bigint {
  const expressions = effectExpressions(effect).reduce(
    (sum, expression) => sum + expressionGas(expression),
    0n,
  );
  const once = effectGas(effect);
  return effect.kind === 'each'
    ? once + BigInt(effect.membersMax) * (GAS_EFFECT + expressions)
    : once + expressions;
}

/** Every expression of a step. */
export function stepExpressions(step: Omit<CompiledStep, 'gasMax'>): readonly CompiledExpression[] {
  return [...ownExpressions(step), ...step.effects.flatMap(effectExpressions)];
}

function ownExpressions(step: Omit<CompiledStep, 'gasMax'>): readonly CompiledExpression[] {
  const guard = step.guard === undefined ? [] : [step.guard.when];
  const after = step.nextAfter === undefined ? [] : [step.nextAfter];
  return [...guard, ...step.set.map(([, value]) => value), ...step.mine.map(([, value]) => value), ...after];
}

function effectExpressions(effect: CompiledStep['effects'][number]): readonly CompiledExpression[] {
  switch (effect.kind) {
    case 'hold':
    case 'pay':
      return [effect.amount];
    case 'split':
      return [effect.of, ...effect.shares.map((share) => share.parts)];
    case 'licence':
      return [effect.model, effect.quantity];
    case 'emit':
      return effect.data.map(([, value]) => value);
    case 'each':
      return [
        ...(effect.when === undefined ? [] : [effect.when]),
        effect.amount,
        ...effect.set.map(([, value]) => value),
      ];
    case 'open':
      return [effect.amount, ...effect.params.map(([, value]) => value)];
    case 'mint':
      return [effect.amount];
    case 'transferModel':
      return [effect.model];
    case 'moveLicence':
      return [effect.quantity];
    case 'refund':
      return [];
  }
}
