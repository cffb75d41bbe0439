// What the owner of a machine allows beyond the ordinary, one rule at a time: who allowed it, and when. A rule is named
// by its key; which rule would let a finding pass, if any may, is told here, so that a page can offer exactly that one.

import { z } from 'zod';
import type { Fault } from '../base/index.ts';
import {
  type GuardRules,
  isAllowable,
  RULE_LIMITS_MAX,
  type RuleLimit,
  STRICT_RULES,
  WAIVABLE,
} from './gcode-rules.ts';

/** Rules of one machine; more is not care any more. */
export const OWNER_RULES_MAX = 50;

const LIMITS = ['overtravelMm', 'nozzleCMax', 'bedCMax'] as const satisfies readonly RuleLimit[];

export const OwnerRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: z.string().refine(isAllowable) }),
  z.strictObject({ kind: z.literal('finding'), finding: z.enum(WAIVABLE) }),
  z
    .strictObject({ kind: z.literal('limit'), limit: z.enum(LIMITS), value: z.number().positive() })
    .refine(({ limit, value }) => value <= RULE_LIMITS_MAX[limit]),
]);
export type OwnerRule = z.infer<typeof OwnerRule>;

/** Names the rule among those of a machine: a second rule with the same key replaces the first. */
export function ruleKey(rule: OwnerRule): string {
  switch (rule.kind) {
    case 'command':
      return `command ${rule.command}`;
    case 'finding':
      return `finding ${rule.finding}`;
    case 'limit':
      return `limit ${rule.limit}`;
  }
}

/** The rules together, as the guard takes them. */
export function guardRulesOf(rules: readonly OwnerRule[]): GuardRules {
  const limits = { overtravelMm: 0, nozzleCMax: 0, bedCMax: 0 };
  for (const rule of rules) if (rule.kind === 'limit') limits[rule.limit] = rule.value;
  return {
    ...STRICT_RULES,
    ...limits,
    commands: rules.flatMap((rule) => (rule.kind === 'command' ? [rule.command] : [])),
    findings: rules.flatMap((rule) => (rule.kind === 'finding' ? [rule.finding] : [])),
  };
}

/** The narrowest rule that would let the finding pass; undefined where an owner cannot allow it. */
export function ruleFor({ code, data = {} }: Fault): OwnerRule | undefined {
  const waivable = WAIVABLE.find((finding) => finding === code);
  if (waivable !== undefined) return { kind: 'finding', finding: waivable };
  const parsed = OwnerRule.safeParse(candidateFor(code, data));
  return parsed.success ? parsed.data : undefined;
}

function candidateFor(code: string, data: NonNullable<Fault['data']>): unknown {
  switch (code) {
    case 'gcode.guard.forbidden':
    case 'gcode.guard.unknown': {
      const command = /^\s*([GM])\s*0*(\d+)(?![\d.])/i.exec(String(data['command'] ?? ''));
      return { kind: 'command', command: `${command?.[1]?.toUpperCase()}${command?.[2]}` };
    }
    case 'gcode.guard.unknown-macro':
      return { kind: 'command', command: String(data['command'] ?? '') };
    case 'gcode.guard.too-hot':
      return { kind: 'limit', limit: `${data['heater']}CMax`, value: Math.ceil(Number(data['targetC'])) };
    case 'gcode.guard.outside': {
      if (data['axis'] === 'Z') return undefined;
      const [at, sizeMm] = [Number(data['positionMm']), Number(data['limitMm'])];
      return { kind: 'limit', limit: 'overtravelMm', value: Math.ceil(at < 0 ? -at : at - sizeMm) };
    }
    default:
      return undefined;
  }
}
