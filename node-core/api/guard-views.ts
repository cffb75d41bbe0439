// What the guard of G-code finds in a file, and what an owner allows beyond the ordinary.

import { z } from 'zod';
import { AccountText, FaultView } from './base-views.ts';

/** What an owner allows beyond the ordinary; the core decides whether it can be allowed. */
export const GuardRule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), command: z.string().max(40) }),
  z.object({ kind: z.literal('finding'), finding: z.string().max(64) }),
  z.object({ kind: z.literal('limit'), limit: z.string().max(16), value: z.number() }),
]);
export type GuardRule = z.infer<typeof GuardRule>;

export const GuardRuleView = z.object({
  /** Names the rule among those of its machine. */
  key: z.string(),
  rule: GuardRule,
  allowedBy: AccountText,
  allowedMs: z.number(),
});
export type GuardRuleView = z.infer<typeof GuardRuleView>;

/** The guard's word on a job's file, under the rules in force now. */
export const GuardVerdictView = z.object({
  /** Why it is stopped; empty where it may print. `rule` would let the finding pass. */
  findings: z.array(z.object({ fault: FaultView, rule: GuardRule.optional() })),
  warnings: z.array(FaultView),
  /** Keys of the rules without which it would be stopped. */
  rulesUsed: z.array(z.string()),
  lines: z.number(),
  /** The file is not here: each part is looked at when it comes, before a line of it is sent. */
  elsewhere: z.boolean(),
});
export type GuardVerdictView = z.infer<typeof GuardVerdictView>;
