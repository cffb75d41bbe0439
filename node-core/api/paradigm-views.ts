// Paradigms as people read them before they sign: what they are for, how they run, how they can end, what each costs.

import { z } from 'zod';
import { HashText } from './base-views.ts';

const Party = z.object({ address: z.string(), name: z.string() });

export const ParadigmLocale = z.enum(['en', 'zh-Hans']);

/** How a contract ends for the parties. */
const Ending = z.enum(['success', 'refund', 'compromise']);

export const ParadigmUses = z.object({
  open: z.number(),
  ended: z.number(),
  /** Contracts that ended in each final state, by its label. */
  endings: z.array(z.object({ label: z.string(), kind: Ending, count: z.number() })),
  /** Contracts that ever came to a dispute, whatever became of it. Absent where none can: the document knows no such step. */
  disputes: z.number().optional(),
  /** False where there are more contracts than were counted: the newest ones are. */
  complete: z.boolean(),
});
export type ParadigmUses = z.infer<typeof ParadigmUses>;

export const ParadigmCard = z.object({
  id: HashText,
  name: z.string(),
  version: z.number(),
  title: z.string(),
  summary: z.string(),
  /** On this chain, proven; contracts can be opened only by published ones. */
  published: z
    .object({
      author: Party,
      timeS: z.number(),
      height: z.number(),
      /** No new contracts begin under it. */
      closed: z.enum(['withdrawn', 'suspended']).optional(),
    })
    .optional(),
  uses: ParadigmUses,
  roles: z.number(),
  endings: z.array(z.object({ label: z.string(), kind: Ending })),
  /**
   * How a contract of it begins: by hand · by the order of a model · for a part of a product · by the order of a product ·
   * only through the interface, since no form can hold its values.
   */
  begins: z.enum(['here', 'order', 'part', 'product', 'elsewhere']),
});
export type ParadigmCard = z.infer<typeof ParadigmCard>;

export const ParadigmField = z.object({
  name: z.string(),
  label: z.string(),
  explain: z.string().optional(),
  kind: z.enum([
    'amount',
    'duration',
    'number',
    'percent',
    'bool',
    'text',
    'choice',
    'hash',
    'address',
    'time',
    'list',
    'other',
  ]),
  /** Of a list: what it holds, and how much at most. */
  of: z.enum(['number', 'amount', 'text', 'hash', 'address']).optional(),
  itemsMax: z.number().optional(),
  /** Micro-DPN, seconds or pieces. */
  min: z.number().optional(),
  max: z.number().optional(),
  default: z.union([z.number(), z.boolean(), z.string()]).optional(),
  maxChars: z.number().optional(),
  options: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
  /** Comes from the quote and is compared with it by the chain. */
  fromQuote: z.boolean(),
  /** Follows from the other values. */
  fixed: z.boolean(),
});
export type ParadigmField = z.infer<typeof ParadigmField>;

export const ParadigmStateView = z.object({
  label: z.string(),
  explain: z.string(),
  /** Who can do what; `to` is undefined where the state stays. */
  options: z.array(
    z.object({
      who: z.array(z.string()),
      label: z.string(),
      explain: z.string(),
      to: z.string().optional(),
      onlyIf: z.string().optional(),
      /** A contract in which it is taken counts as disputed. */
      dispute: z.boolean(),
    }),
  ),
  /** What happens if nobody acts. */
  silence: z.object({ after: z.string(), label: z.string(), explain: z.string(), to: z.string() }).optional(),
});
export type ParadigmStateView = z.infer<typeof ParadigmStateView>;

export const ParadigmPage = ParadigmCard.extend({
  risks: z.array(z.string()),
  parties: z.array(
    z.object({
      role: z.string(),
      label: z.string(),
      explain: z.string().optional(),
      kind: z.string(),
      /** Whoever opens the contract says which account this is. */
      toName: z.boolean(),
    }),
  ),
  opening: z.object({ by: z.string(), label: z.string(), explain: z.string() }),
  fields: z.array(ParadigmField),
  course: z.array(ParadigmStateView),
  ends: z.array(
    z.object({ label: z.string(), explain: z.string(), kind: Ending, receives: z.array(z.string()) }),
  ),
  /** SVG without styles, scripts or references. */
  diagram: z.string(),
  /** The most that any single step can cost. */
  gasMax: z.bigint(),
});
export type ParadigmPage = z.infer<typeof ParadigmPage>;

const ExampleValue = z.union([z.bigint(), z.boolean(), z.string().max(10_000)]);

/** Values of a form by field name: whole numbers in base units, texts, switches, and lists of them. */
export const ExampleValues = z.record(
  z.string().max(64),
  z.union([ExampleValue, z.array(ExampleValue).max(64)]),
);
export type ExampleValues = z.infer<typeof ExampleValues>;

export const ExampleView = z.object({
  /** What was computed with: as given, by default, or fixed by the others. Only what a form can hold. */
  values: ExampleValues,
  endings: z.array(
    z.object({
      label: z.string(),
      kind: Ending,
      steps: z.array(z.object({ who: z.string().optional(), label: z.string() })),
      money: z.array(z.object({ who: z.string(), paidMicro: z.bigint(), receivedMicro: z.bigint() })),
      /** Latest end, in seconds from the opening, as far as it was played. */
      latestS: z.number(),
    }),
  ),
  silence: z.object({ label: z.string(), afterS: z.number() }),
});
export type ExampleView = z.infer<typeof ExampleView>;

export const ParadigmFinding = z.object({
  severity: z.enum(['defect', 'advice']),
  code: z.string(),
  at: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  message: z.string(),
  /** The shortest story that shows it. */
  trace: z.array(z.string()),
});

export const ParadigmCheck = z.object({
  ok: z.boolean(),
  findings: z.array(ParadigmFinding),
  openings: z.number(),
  situations: z.number(),
  steps: z.number(),
  gasMax: z.bigint(),
  gasSeen: z.bigint(),
  /** Random play of a document without defects. */
  simulation: z
    .object({
      runs: z.number(),
      steps: z.number(),
      refused: z.number(),
      endings: z.array(z.object({ label: z.string(), count: z.number() })),
      violations: z.array(z.object({ message: z.string(), trace: z.array(z.string()) })),
    })
    .optional(),
  /** As it would be shown; undefined where the document cannot be read. */
  page: ParadigmPage.optional(),
});
export type ParadigmCheck = z.infer<typeof ParadigmCheck>;
