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

/** Of whole numbers. Things are counted by copy and item; `none` is a plain number as well. */
const WholeUnit = z.enum([
  ...['none', 'copy', 'item', 'percent', 'basis-point'],
  ...['hour', 'day', 'gram', 'milligram', 'millimetre'],
] as const);

const common = { label: Label, explain: Explanation.optional(), binds: Binds.optional() };

export const Field = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('int'),
    unit: WholeUnit,
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
  /** What `opens()` compares later: SHA-256 of a value and a salt that only the sender knows. Arguments only. */
  z.strictObject({ type: z.literal('seal'), ...common }),
  /** 32 random bytes that keep a sealed value from being guessed. Arguments only. */
  z.strictObject({ type: z.literal('salt'), ...common }),
  /** A figure that a machine recorded outside the chain, with its proof against a recorded checkpoint. Arguments only. */
  z.strictObject({
    type: z.literal('measured'),
    machine: Name,
    series: Name,
    unit: WholeUnit.optional(),
    min: WholeNumber,
    max: WholeNumber,
    ...common,
  }),
  z.strictObject({ type: z.literal('list'), of: z.enum(SCALARS), maxItems: Count, ...common }),
  z.strictObject({ type: z.literal('map'), of: z.enum(SCALARS), maxItems: Count, ...common }),
]);
export type Field = z.infer<typeof Field>;

/** A value that transitions write. It starts as written here, or as the zero of its type. */
export const Variable = z.strictObject({
  type: z.enum(['int', 'amount', 'time', 'bool', 'text', 'hash', 'address', 'seal']),
  initial: z.union([WholeNumber, z.boolean(), z.string().max(limits.TEXT_CHARS_MAX)]).optional(),
  /** Whole numbers only. Where it is not given the checker takes the unit of what steps write. */
  unit: WholeUnit.optional(),
  label: Label,
});
export type Variable = z.infer<typeof Variable>;

/** What a contract keeps of each member of a crowd. It starts at the zero of its type. */
export const Column = z.strictObject({
  type: z.enum(['int', 'amount', 'time', 'bool', 'hash', 'address', 'seal']),
  unit: WholeUnit.optional(),
  label: Label,
});
export type Column = z.infer<typeof Column>;

export const Role = z.strictObject({
  /** A person decides, a machine reports, an account only receives. A crowd is whoever joins while the contract runs. */
  kind: z.enum(['person', 'machine', 'account', 'crowd']),
  label: Label,
  explain: Explanation.optional(),
  /** Crowds only: how many may join, and what is kept of each. */
  membersMax: z.int().min(1).max(limits.MEMBERS_MAX).optional(),
  columns: z.record(Name, Column).optional(),
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
  /** Pays every member of a crowd for whom `when` holds, in the order in which they joined. `held` is what it was before. */
  z.strictObject({
    do: z.literal('each'),
    of: Name,
    when: Expression.optional(),
    amount: Expression,
    set: z.record(Name, Expression).optional(),
  }),
  /** Opens the contract of a link with money of this one. Its parties are parties of this one. */
  z.strictObject({
    do: z.literal('open'),
    link: Name,
    amount: Expression,
    roles: z.record(Name, Name),
    params: z.record(Name, Expression),
  }),
  /** New reward tokens, at most as many as the document's caps still allow. Never refused for want of them. */
  z.strictObject({ do: z.literal('mint'), to: Name, amount: Expression }),
  /** Hands a registered model over. Only the owner can send such a step. */
  z.strictObject({ do: z.literal('transferModel'), from: Name, to: Name, model: Expression }),
  /** Copies that this contract licensed for one machine and that are unused become copies for another. */
  z.strictObject({ do: z.literal('moveLicence'), from: Name, to: Name, quantity: Expression }),
  z.strictObject({ do: z.literal('emit'), name: Name, data: z.record(Name, Expression) }),
]);
export type EffectSpec = z.infer<typeof EffectSpec>;

export const Guard = z.strictObject({
  when: Expression,
  /** Said to whoever is refused. */
  otherwise: Explanation,
});
export type Guard = z.infer<typeof Guard>;

/**
 * With this step one party contests what another did or claims. The chain notes that the contract came to a dispute, once
 * and for good; it changes nothing else. A contract of which the opening is one is itself a dispute, and so is whatever
 * opens it through a link.
 */
const Dispute = z.literal(true).optional();

const assignments = z.record(Name, Expression);
const effects = z.array(EffectSpec).max(limits.EFFECTS_MAX);
const fields = z.record(Name, Field);

export const Opening = z.strictObject({
  by: Name,
  to: Name,
  label: Label,
  explain: Explanation,
  guard: Guard.optional(),
  dispute: Dispute,
  set: assignments.optional(),
  effects,
});

export const Transition = z.strictObject({
  event: Name,
  from: z.array(Name).min(1).max(limits.STATES_MAX),
  to: Name,
  /** Roles that can send it; or one list of branches, and then nobody sends it: it happens when a branch has ended. */
  by: z.array(Name).min(1).max(limits.ROLES_MAX),
  label: Label,
  explain: Explanation,
  args: fields.optional(),
  /** The sender becomes a member of the crowd in `by` with this step. */
  join: z.literal(true).optional(),
  guard: Guard.optional(),
  dispute: Dispute,
  /** Why its sender may be paid by it more than the sender paid in; without it the checker objects. */
  gain: Explanation.optional(),
  set: assignments.optional(),
  /** What the contract keeps of the sender from now on. */
  mine: assignments.optional(),
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
  /** Final states: what each role received in all, and each member of a crowd; who is not named received nothing. */
  receives: z.record(Name, Expression).optional(),
  /** Copies licensed in all so far, or by machine those that it may print; none where it is not given. */
  licences: z.union([Expression, z.record(Name, Expression)]).optional(),
  /** Reward tokens minted, models handed over by receiver, and money put into linked contracts in all so far; none where not given. */
  mints: Expression.optional(),
  transfers: z.record(Name, Expression).optional(),
  funds: z.record(Name, Expression).optional(),
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

/** The only contracts that this one can read or open. A parameter says which, so it is fixed when this one is opened. */
export const Link = z.union([
  z.strictObject({ label: Label, explain: Explanation.optional(), contract: Name }),
  z.strictObject({ label: Label, explain: Explanation.optional(), opens: Name }),
]);
export type Link = z.infer<typeof Link>;

/**
 * A list of branches: parts of the work that other contracts do with money of this one. What the rows are is said by
 * parameters, one entry for each row, so it is fixed when the contract is opened.
 */
export const BranchList = z.strictObject({
  label: Label,
  explain: Explanation.optional(),
  /** In whose name branches are agreed. What they return after this contract has ended goes to that account. */
  for: Name,
  /** Roles that may fill a branch. */
  by: z.array(Name).min(1).max(limits.ROLES_MAX),
  /** States in which branches may be filled, and filled again after a failure. */
  while: z.array(Name).min(1).max(limits.STATES_MAX),
  /** Parameters: lists of pieces wanted, of the most that one piece may cost, and of designs where rows are about one. */
  quantities: Name,
  units: Name,
  items: Name.optional(),
  /** Parameter: the list of paradigms by which branches may be filled. */
  paradigms: Name,
});
export type BranchList = z.infer<typeof BranchList>;

const names = () => z.array(Name).max(256);

export const ParadigmDocument = z.strictObject({
  format: z.literal(FORMAT),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a name has small letters a to z, digits and single hyphens')
    .max(48),
  version: z.int().min(1).max(1_000_000),
  title: Label,
  summary: Explanation,
  /** What can go wrong, for the reader before signing. */
  risks: z.array(Explanation).max(16),
  roles: z.record(Name, Role),
  params: fields,
  vars: z.record(Name, Variable),
  links: z.record(Name, Link).optional(),
  branches: z.record(Name, BranchList).optional(),
  /** Tokens that contracts of this paradigm may mint: in each, and in all of them together. */
  mint: z
    .strictObject({
      token: z.enum(['3DP', 'DIMT', 'ITC']),
      capMicro: AmountLimit,
      contractCapMicro: AmountLimit,
    })
    .optional(),
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
