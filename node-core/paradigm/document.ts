// The form of a paradigm document: what an author writes as JSON and the chain keeps as canonical dag-cbor. This schema
// is the single source of assets/paradigms/paradigm.schema.json. Names are plain ASCII, so no two can look alike.

import { z } from 'zod';
import * as limits from './limits.ts';

export const FORMAT = 'dipnet/paradigm/v1';
export const LOCALES = ['en', 'zh-Hans'] as const;
export type Locale = (typeof LOCALES)[number];

export const Name = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9]{0,31}$/, 'a name has 1 to 32 ASCII letters or digits and begins in lower case');
export const Expression = z.string().min(1).max(limits.EXPRESSION_CHARS_MAX);

const text = (charsMax: number) =>
  z.strictObject({ en: z.string().min(1).max(charsMax), 'zh-Hans': z.string().min(1).max(charsMax) });
export const Label = text(80);
export const Explanation = text(600);
export type LocalText = z.infer<typeof Explanation>;

const AmountLimit = z.int().min(0).max(Number(limits.AMOUNT_MICRO_MAX));
const SecondsLimit = z.int().min(1).max(Number(limits.DEADLINE_S_MAX));
const WholeNumber = z.int();
const Count = z.int().min(1).max(limits.ITEMS_MAX);
const SCALARS = ['int', 'amount', 'bool', 'text', 'hash', 'address'] as const;
/** A field of another record that the chain compares the value with, by path. */
const Binds = z.string().regex(/^[a-z]+(\.[a-zA-Z0-9]+){1,4}$/);

const common = { label: Label, explain: Explanation.optional(), binds: Binds.optional() };

export const Field = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('int'),
    unit: z.enum(['none', 'copy', 'item', 'percent', 'basis-point']),
    min: WholeNumber,
    max: WholeNumber,
    default: WholeNumber.optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal('amount'),
    unit: z.literal('micro-DPN'),
    min: AmountLimit,
    max: AmountLimit,
    default: AmountLimit.optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal('duration'),
    unit: z.literal('second'),
    min: SecondsLimit,
    max: SecondsLimit,
    default: SecondsLimit.optional(),
    ...common,
  }),
  /** Unix time in seconds. */
  z.strictObject({ type: z.literal('time'), unit: z.literal('unix-second'), ...common }),
  z.strictObject({ type: z.literal('bool'), default: z.boolean().optional(), ...common }),
  z.strictObject({
    type: z.literal('text'),
    maxChars: z.int().min(1).max(limits.TEXT_CHARS_MAX),
    default: z.string().max(limits.TEXT_CHARS_MAX).optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal('choice'),
    options: z
      .array(z.strictObject({ value: Name, label: Label }))
      .min(1)
      .max(limits.OPTIONS_MAX),
    default: Name.optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal('bytes'),
    maxBytes: z.int().min(1).max(limits.VALUE_BYTES_MAX),
    ...common,
  }),
  z.strictObject({ type: z.literal('hash'), ...common }),
  z.strictObject({ type: z.literal('address'), ...common }),
  z.strictObject({ type: z.literal('list'), of: z.enum(SCALARS), maxItems: Count, ...common }),
  z.strictObject({ type: z.literal('map'), of: z.enum(SCALARS), maxItems: Count, ...common }),
]);
export type Field = z.infer<typeof Field>;

/** A value that transitions write. It starts as written here, or as the zero of its type. */
export const Variable = z.strictObject({
  type: z.enum(['int', 'amount', 'time', 'bool', 'text', 'hash', 'address']),
  initial: z.union([WholeNumber, z.boolean(), z.string().max(limits.TEXT_CHARS_MAX)]).optional(),
  label: Label,
});
export type Variable = z.infer<typeof Variable>;

export const Role = z.strictObject({
  /** A person decides, a machine reports, an account only receives. */
  kind: z.enum(['person', 'machine', 'account']),
  label: Label,
  explain: Explanation.optional(),
});
export type Role = z.infer<typeof Role>;

export const EffectSpec = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('hold'), from: Name, amount: Expression }),
  z.strictObject({ do: z.literal('pay'), to: Name, amount: Expression }),
  /** Divides `of` in proportion to the parts, rounding down; what rounding leaves goes to `remainder`. */
  z.strictObject({
    do: z.literal('split'),
    of: Expression,
    shares: z
      .array(z.strictObject({ to: Name, parts: Expression }))
      .min(1)
      .max(limits.SHARES_MAX),
    remainder: Name,
  }),
  /** Everything that is still held. */
  z.strictObject({ do: z.literal('refund'), to: Name }),
  z.strictObject({
    do: z.literal('licence'),
    licensor: Name,
    machine: Name,
    model: Expression,
    quantity: Expression,
  }),
  z.strictObject({ do: z.literal('emit'), name: Name, data: z.record(Name, Expression) }),
]);
export type EffectSpec = z.infer<typeof EffectSpec>;

export const Guard = z.strictObject({
  when: Expression,
  /** Said to whoever is refused. */
  otherwise: Explanation,
});
export type Guard = z.infer<typeof Guard>;

const assignments = z.record(Name, Expression);
const effects = z.array(EffectSpec).max(limits.EFFECTS_MAX);
const fields = z.record(Name, Field);

export const Opening = z.strictObject({
  by: Name,
  to: Name,
  label: Label,
  explain: Explanation,
  guard: Guard.optional(),
  set: assignments.optional(),
  effects,
});

export const Transition = z.strictObject({
  event: Name,
  from: z.array(Name).min(1).max(limits.STATES_MAX),
  to: Name,
  by: z.array(Name).min(1).max(limits.ROLES_MAX),
  label: Label,
  explain: Explanation,
  args: fields.optional(),
  guard: Guard.optional(),
  /** Why its sender may be paid by it more than the sender paid in; without it the checker objects. */
  gain: Explanation.optional(),
  set: assignments.optional(),
  effects,
});
export type Transition = z.infer<typeof Transition>;

export const Deadline = z.strictObject({
  /** Seconds from entering the state. Staying in the state does not move it. */
  after: Expression,
  to: Name,
  label: Label,
  explain: Explanation,
  set: assignments.optional(),
  effects,
});
export type Deadline = z.infer<typeof Deadline>;

/**
 * What the author promises of a state, said a second time and independently of the transitions. The checker proves or
 * refutes it; the console shows it to people before they sign.
 */
export const StatePromise = z.strictObject({
  /** Exactly these roles, or `deadline`, can bring the contract into the state. */
  by: z.array(Name).min(1).max(limits.ROLES_MAX),
  /** Holds whenever the state is entered. */
  when: Expression.optional(),
  /** Money held while the state lasts. */
  holds: Expression.optional(),
  /** Final states: what each role received in all; a role that is not named received nothing. */
  receives: z.record(Name, Expression).optional(),
  /** Copies licensed in all so far; none where it is not given. */
  licences: Expression.optional(),
});

export const State = z.strictObject({
  label: Label,
  explain: Explanation,
  /** How a final state ends for the parties. Only final states have it. */
  final: z.enum(['success', 'refund', 'compromise']).optional(),
  deadline: Deadline.optional(),
  promise: StatePromise,
});
export type State = z.infer<typeof State>;

const names = () => z.array(Name).max(256);

export const ParadigmDocument = z.strictObject({
  format: z.literal(FORMAT),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    .max(48),
  version: z.int().min(1).max(1_000_000),
  title: Label,
  summary: Explanation,
  /** What can go wrong, for the reader before signing. */
  risks: z.array(Explanation).max(16),
  roles: z.record(Name, Role),
  params: fields,
  vars: z.record(Name, Variable),
  open: Opening,
  states: z.record(Name, State),
  /**
   * The order in which people see them. Canonical bytes sort names, so encoding writes down the order of the JSON text
   * where the author did not.
   */
  order: z.strictObject({ roles: names(), params: names(), vars: names(), states: names() }).optional(),
  transitions: z.array(Transition).min(1).max(limits.TRANSITIONS_MAX),
});
export type ParadigmDocument = z.infer<typeof ParadigmDocument>;
