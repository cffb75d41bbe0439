// What computation costs. One unit is five to ten nanoseconds of one core; each step is bounded before it runs and counted
// while it runs. Sizes are charged because values are copied and stored.

import type { CompiledStep } from './compile.ts';
import type { Field, ParadigmDocument, Variable } from './document.ts';
import type { CompiledExpression } from './expression.ts';
import { TEXT_CHARS_MAX } from './limits.ts';
import type { ParadigmValue } from './types.ts';

export const GAS_STEP = 400n;
/** Entering the evaluator, apart from what the expression itself costs. */
export const GAS_EXPRESSION = 60n;
export const GAS_EFFECT = 100n;
const GAS_BYTES_PER_UNIT = 8n;
/** What each entry of a table or list counts, whatever it holds. */
export const ENTRY_BYTES = 8;

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

/** Bytes that a value of this declaration can have at most, counted as valueSizeBytes counts. */
export function fieldSizeMaxBytes(field: Field | Variable): number {
  switch (field.type) {
    case 'text':
      return 3 * ('maxChars' in field ? field.maxChars : TEXT_CHARS_MAX);
    case 'choice':
      return 96;
    case 'bytes':
      return field.maxBytes;
    case 'hash':
    case 'address':
      return 32;
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
  let gas =
    GAS_STEP + sizeGas(declared.reduce((sum, field) => sum + ENTRY_BYTES + fieldSizeMaxBytes(field), 0));
  for (const expression of stepExpressions(step)) gas += expressionGas(expression);
  for (const effect of step.effects) gas += effectGas(effect);
  return gas;
}

export function effectGas(effect: CompiledStep['effects'][number]): bigint {
  return effect.kind === 'split' ? GAS_EFFECT * BigInt(effect.shares.length + 1) : GAS_EFFECT;
}

/** Every expression of a step, in the order in which the VM may evaluate them. */
export function stepExpressions(step: Omit<CompiledStep, 'gasMax'>): readonly CompiledExpression[] {
  const guard = step.guard === undefined ? [] : [step.guard.when];
  const after = step.nextAfter === undefined ? [] : [step.nextAfter];
  return [
    ...guard,
    ...step.set.map(([, value]) => value),
    ...step.effects.flatMap(effectExpressions),
    ...after,
  ];
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
    case 'refund':
      return [];
  }
}
