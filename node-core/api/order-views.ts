// Orders: their timeline, who may do what, the runs they were printed in, what was released of the print file, and the
// verdict on their evidence.

import { z } from 'zod';
import { AccountText, Anchor, HashText, Party, Role, Truth } from './base-views.ts';
import { QuoteView } from './quote-views.ts';

export const TIMELINE_CODES = [
  'quoted',
  'funded',
  'accepted',
  'released',
  'gathered',
  'printing',
  'printed',
  'shipped',
  'delivered',
  'settled',
  'refunded',
  'problem',
] as const;

export const TimelineStep = z.object({
  code: z.enum(TIMELINE_CODES),
  /** done · now (somebody's turn) · next. */
  state: z.enum(['done', 'now', 'next']),
  timeS: z.number().optional(),
  signer: Party.optional(),
  anchor: Anchor,
  /** Short plain text: a tracking number, copies printed. Never rich text. */
  detail: z.string().optional(),
});
export type TimelineStep = z.infer<typeof TimelineStep>;

export const OrderAction = z.object({
  event: z.string(),
  role: Role,
  label: z.string(),
  explanation: z.string(),
  /** Money that moves, for the confirmation. */
  amountMicro: z.bigint().optional(),
  /** Text arguments to ask for. */
  args: z.array(z.object({ name: z.string(), label: z.string(), required: z.boolean() })),
  danger: z.boolean(),
});

export const Payout = z.object({ role: z.string(), party: Party, amountMicro: z.bigint() });

export const OrderCard = z.object({
  id: AccountText,
  modelId: HashText,
  title: z.string(),
  quantity: z.number(),
  state: z.string(),
  stateLabel: z.string(),
  final: z.boolean(),
  totalMicro: z.bigint(),
  buyer: Party,
  owner: Party,
  designer: Party,
  machineId: AccountText,
  machineName: z.string(),
  openedS: z.number(),
  /** When the current state ends by itself. */
  deadlineS: z.number().optional(),
  /** The acting account is expected to do something. */
  yourTurn: z.boolean(),
  truth: Truth,
});
export type OrderCard = z.infer<typeof OrderCard>;

/** Copies of an order that are made in one run with those of others, as the machine recorded it before it began. */
export const RunView = z.object({
  id: HashText,
  recordedS: z.number(),
  orders: z.number(),
  copies: z.number(),
  /** Which of them are this order's, counted from 1. */
  from: z.number(),
  to: z.number(),
  /** The same by the order's own count. */
  copyFrom: z.number(),
  copyTo: z.number(),
  /** All orders in it, in the order in which they are made. */
  parts: z.array(z.object({ orderId: AccountText, from: z.number(), to: z.number(), own: z.boolean() })),
});
export type RunView = z.infer<typeof RunView>;

export const OrderView = OrderCard.extend({
  paradigm: z.object({ id: HashText, name: z.string() }),
  quote: QuoteView,
  heldMicro: z.bigint(),
  /** What happens at the deadline if nobody acts, in words. */
  ifNobodyActs: z.string().optional(),
  timeline: z.array(TimelineStep),
  actions: z.array(OrderAction),
  /** What was said when something went wrong: a complaint, why it was declined or given up. Plain text of a stranger. */
  statement: z.string().optional(),
  /** The refund that the owner offers now. */
  refundOfferedMicro: z.bigint().optional(),
  payouts: z.array(Payout),
  licence: z
    .object({
      id: AccountText,
      quantity: z.number(),
      used: z.number(),
      released: z.boolean(),
      /** The designer's console keeps the print file and releases it while it prints. */
      inParts: z.boolean(),
    })
    .optional(),
  /** Oldest first. */
  runs: z.array(RunView),
  jobs: z.array(z.string()),
});
export type OrderView = z.infer<typeof OrderView>;

export const EvidenceLink = z.object({
  /** design, registration, licence, quote, gcode, telemetry, payment, headers, seal, … */
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
});

export const EvidenceReport = z.object({
  ok: z.boolean(),
  orderId: z.string(),
  chainId: z.string(),
  trust: z.object({ height: z.number(), hash: z.string() }),
  links: z.array(EvidenceLink),
  /** First broken link where not ok. */
  broken: z.string().optional(),
});
export type EvidenceReport = z.infer<typeof EvidenceReport>;

/** What the designer's console released of an order's print file, part by part, to the machine of the order. */
export const ReleaseView = z.object({
  machineName: z.string(),
  /** Nothing more is given until the designer allows it again. */
  stopped: z.boolean(),
  copies: z.array(
    z.object({
      copy: z.number(),
      attempt: z.number(),
      parts: z.number(),
      released: z.number(),
      /** Of those, what the machine signed to have printed. */
      printed: z.number(),
      openedMs: z.number(),
      lastMs: z.number(),
    }),
  ),
});
export type ReleaseView = z.infer<typeof ReleaseView>;
