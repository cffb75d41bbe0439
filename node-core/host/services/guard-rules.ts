// The owner's rules for the guard, kept for each machine: what is allowed, by whom, since when. A rule holds for this
// console's own machines only and is never taken from a file or from anybody else.

import type { GuardRuleView } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { assert, defineFaults, ok, refuse } from '../../base/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { AllowedRule } from '../../jobs/index.ts';
import { type GuardRules, guardRulesOf, OWNER_RULES_MAX, OwnerRule, ruleKey } from '../../models/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';

const guardRuleFault = defineFaults('guard', {
  'guard.rule.refused': {
    message: 'This cannot be allowed on any printer.',
    next: 'Slice the model again without it.',
  },
  'guard.rules.too-many': {
    message: 'This printer has {limit} rules already.',
    next: 'Take rules away that are not needed any more.',
  },
});

type KeptRule = GuardRuleView & { readonly rule: OwnerRule };

type Row = { readonly rule: string; readonly allowed_by: string; readonly allowed_ms: number };

export type GuardRuleParts = { readonly database: Sqlite; readonly clock: Clock; readonly bus: EventBus };

export class GuardRuleStore {
  readonly #parts: GuardRuleParts;

  constructor(parts: GuardRuleParts) {
    this.#parts = parts;
  }

  list(machine: string): KeptRule[] {
    const rows = this.#parts.database
      .prepare<[string], Row>(
        'SELECT rule, allowed_by, allowed_ms FROM guard_rules WHERE machine = ? ORDER BY allowed_ms, key',
      )
      .all(machine);
    return rows.flatMap(({ rule, allowed_by, allowed_ms }) => {
      // A rule that this version would not make any more allows nothing.
      const parsed = OwnerRule.safeParse(JSON.parse(rule));
      if (!parsed.success) return [];
      return [{ key: ruleKey(parsed.data), rule: parsed.data, allowedBy: allowed_by, allowedMs: allowed_ms }];
    });
  }

  /** Makes the rule, or replaces the one with the same key. `rule` may come from anywhere. */
  allow(machine: string, rule: unknown, by: string): Result<void> {
    const parsed = OwnerRule.safeParse(rule);
    if (!parsed.success) return refuse(guardRuleFault('guard.rule.refused'));
    const key = ruleKey(parsed.data);
    const known = this.list(machine);
    if (known.length >= OWNER_RULES_MAX && !known.some((other) => other.key === key))
      return refuse(guardRuleFault('guard.rules.too-many', { limit: OWNER_RULES_MAX }));
    const { database, clock, bus } = this.#parts;
    database
      .prepare(
        `INSERT INTO guard_rules (machine, key, rule, allowed_by, allowed_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (machine, key) DO UPDATE
         SET rule = excluded.rule, allowed_by = excluded.allowed_by, allowed_ms = excluded.allowed_ms`,
      )
      .run(machine, key, JSON.stringify(parsed.data), by, clock.nowMs());
    bus.changed('machines', machine);
    bus.changed('jobs');
    return ok(undefined);
  }

  remove(machine: string, key: string): void {
    const { database, bus } = this.#parts;
    database.prepare('DELETE FROM guard_rules WHERE machine = ? AND key = ?').run(machine, key);
    bus.changed('machines', machine);
    bus.changed('jobs');
  }

  /** As the guard takes them. */
  rulesOf(machine: string): GuardRules {
    return guardRulesOf(this.list(machine).map(({ rule }) => rule));
  }

  /** The rules that a file needed, as its signed record names them. */
  recordOf(machine: string, keys: readonly string[]): AllowedRule[] {
    return this.list(machine)
      .filter(({ key }) => keys.includes(key))
      .map(({ key, rule, allowedBy }) => ({
        rule: key,
        by: addressBytes(allowedBy),
        ...(rule.kind === 'limit' ? { value: rule.value } : {}),
      }));
  }
}

function addressBytes(text: string): Bytes {
  const address = parseAddress(text);
  assert(address !== undefined, 'rules are made by accounts');
  return address;
}
