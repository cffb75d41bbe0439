// Products as people see them: what is in one, what it costs and who would make what, and how an order of one stands.

import { z } from 'zod';
import { QUOTE_LINE_CODES, SliceSettings } from '../records/index.ts';
import { AccountText, Anchor, HashText, Party } from './base-views.ts';
import { RunView } from './order-views.ts';

const amount = z.bigint();
/** Values that a designer fixes in the contract of a part or service; hashes and accounts as text. */
const Term = z.union([z.boolean(), z.int(), z.string().max(200)]);
const Terms = z.record(z.string().max(64), z.union([Term, z.array(Term).max(64)]));

/** Inspections and material begin with the order; assembly and logistics when all parts are there. */
const ServiceKind = z.enum(['inspection', 'material', 'assembly', 'logistics']);

export const ContractChoice = z.object({
  paradigmId: HashText,
  /** Accounts by role, beside the parties of the order. */
  roles: z.record(z.string().max(32), AccountText),
  terms: Terms,
});

export type ContractChoice = z.infer<typeof ContractChoice>;

/** What a designer fills in. */
export const ProductDraft = z.object({
  title: z.string().trim().min(1).max(120),
  description: z.string().max(2000),
  feeMicro: amount.min(0n).max(10n ** 15n),
  parts: z
    .array(
      z.object({
        /** A model, or another product. */
        modelId: HashText.optional(),
        productId: HashText.optional(),
        quantity: z.int().min(1).max(1000),
        /** Of a model. */
        material: z.string().max(12).optional(),
        colour: z.string().max(7).optional(),
        settings: SliceSettings.optional(),
        contract: ContractChoice.optional(),
      }),
    )
    .min(1)
    .max(48),
  services: z
    .array(
      z.object({
        name: z.string().max(32),
        kind: ServiceKind,
        contract: ContractChoice,
        priceMicro: amount.min(0n).max(10n ** 15n),
      }),
    )
    .max(8),
});
export type ProductDraft = z.infer<typeof ProductDraft>;

export const ProductCard = z.object({
  /** Hash of the product's record. */
  id: HashText,
  title: z.string(),
  description: z.string(),
  designer: Party,
  feeMicro: amount,
  /** Printed parts of one product, everything within it counted. */
  units: z.number(),
  /** Models to show it by. */
  modelIds: z.array(HashText),
  registered: Anchor,
});
export type ProductCard = z.infer<typeof ProductCard>;

/** One line of the bill of materials, equal parts added together. */
export const ProductLineView = z.object({
  name: z.string(),
  modelId: HashText,
  title: z.string(),
  quantity: z.number(),
  material: z.string(),
  colour: z.string().optional(),
  settings: SliceSettings,
  licenceMicroPerCopy: amount,
  /** Where it is used, from the outside in, and how often. */
  uses: z.array(z.object({ path: z.array(z.string()), quantity: z.number() })),
});
export type ProductLineView = z.infer<typeof ProductLineView>;

export const ProductServiceView = z.object({
  name: z.string(),
  kind: ServiceKind,
  priceMicro: amount,
  /** Who has a part in its contract. */
  providers: z.array(Party),
  paradigmId: HashText,
});

export const ProductView = ProductCard.extend({
  lines: z.array(ProductLineView),
  services: z.array(ProductServiceView),
  /** Products directly within it. */
  products: z.array(z.object({ id: HashText, title: z.string(), quantity: z.number() })),
  depth: z.number(),
});
export type ProductView = z.infer<typeof ProductView>;

/** What decides who makes what: the least price, the earliest date, or the best ratings. */
export const ProductPreference = z.enum(['price', 'date', 'rating']);
export type ProductPreference = z.infer<typeof ProductPreference>;

/** Copies of a line that one producer would make. */
export const ProductShareView = z.object({
  machineId: AccountText,
  machineName: z.string(),
  owner: Party,
  copies: z.number(),
  material: z.string(),
  colour: z.string(),
  /** When they can be made. */
  finishS: z.number(),
  amountMicro: amount,
  /** As in the quote of a single order. */
  lines: z.array(z.object({ code: z.enum(QUOTE_LINE_CODES), amountMicro: amount })),
});

export const ProductQuoteView = z.object({
  id: HashText,
  productId: HashText,
  title: z.string(),
  quantity: z.number(),
  prefer: ProductPreference,
  lines: z.array(
    z.object({
      name: z.string(),
      modelId: HashText,
      title: z.string(),
      quantity: z.number(),
      amountMicro: amount,
      shares: z.array(ProductShareView),
    }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      kind: ServiceKind,
      count: z.number(),
      amountMicro: amount,
    }),
  ),
  partsMicro: amount,
  servicesMicro: amount,
  /** Of the product's designer. */
  feeMicro: amount,
  /** Of the chain, for the transactions that open all contracts. */
  transactionsMicro: amount,
  /** For the places of all contracts on the chain; comes back after they have ended. */
  depositMicro: amount,
  /** Parts, services and fees: what it costs if all goes as planned. */
  totalMicro: amount,
  /** Held besides, so that whoever fails can be replaced by somebody dearer. Comes back where it is not needed. */
  reserveMicro: amount,
  producers: z.number(),
  finishS: z.number(),
  finishByS: z.number(),
  createdS: z.number(),
  validUntilS: z.number(),
});
export type ProductQuoteView = z.infer<typeof ProductQuoteView>;

export const ProductOrderCard = z.object({
  id: AccountText,
  productId: HashText.optional(),
  title: z.string(),
  state: z.string(),
  stateLabel: z.string(),
  /** How it ended; absent while it runs. */
  ended: z.enum(['success', 'refund', 'compromise']).optional(),
  piecesDone: z.number(),
  pieces: z.number(),
  heldMicro: amount,
  openedS: z.number(),
  deadlineS: z.number().optional(),
});
export type ProductOrderCard = z.infer<typeof ProductOrderCard>;

/** One place of the graph: the order itself, a line of its bill, or a contract that makes a line or a part of one. */
export const GraphNode = z.object({
  /** Contract's account, or `list/row` of a line. */
  id: z.string(),
  kind: z.enum(['product', 'line', 'order', 'agreement']),
  /** List of the line: `parts`, `services`, or as its paradigm calls it. */
  list: z.string().optional(),
  title: z.string(),
  /** Lines of services, where this console has the quote: what is done. */
  service: ServiceKind.optional(),
  modelId: HashText.optional(),
  paradigm: z.object({ id: HashText, name: z.string() }).optional(),
  producer: Party.optional(),
  machineId: AccountText.optional(),
  machineName: z.string().optional(),
  /** Pieces, and how many of them are done, are being made, and are nobody's. */
  quantity: z.number(),
  done: z.number(),
  running: z.number(),
  open: z.number(),
  state: z.string(),
  stateLabel: z.string(),
  /** waiting: nobody has taken it over · running · done · failed: it ended without what it was for. */
  phase: z.enum(['waiting', 'running', 'done', 'failed']),
  /** Whose turn it is: roles as their contract calls them, with who has them. */
  turn: z.array(z.object({ role: z.string(), party: Party })),
  yourTurn: z.boolean(),
  /** Money in it now, and money that went into it so far less what came back. */
  heldMicro: amount,
  spentMicro: amount,
  deadlineS: z.number().optional(),
  openedS: z.number().optional(),
  /** The run shared with other orders that its copies are in; the newest where there are several. */
  run: RunView.optional(),
  /** Whose page tells more. */
  link: z.enum(['order', 'agreement']).optional(),
});
export type GraphNode = z.infer<typeof GraphNode>;

/** A running batch that would take the open pieces of a line. */
export const PartBatchView = z.object({
  id: AccountText,
  /** Id of the line in the graph. */
  line: z.string(),
  producer: Party,
  pieces: z.number(),
  /** What the order pays for them. */
  amountMicro: amount,
  /** Until when it collects. */
  deadlineS: z.number(),
});
export type PartBatchView = z.infer<typeof PartBatchView>;

export const GraphEdge = z.object({
  from: z.string(),
  to: z.string(),
  quantity: z.number(),
  /** Money that went down, and that came back. */
  givenMicro: amount,
  returnedMicro: amount,
});
export type GraphEdge = z.infer<typeof GraphEdge>;

export const ProductGraphView = ProductOrderCard.extend({
  buyer: Party,
  nodes: z.array(GraphNode),
  edges: z.array(GraphEdge),
  /** What the console could not do by itself last time: why nobody makes what is open. */
  trouble: z
    .array(
      z.object({
        line: z.string(),
        title: z.string(),
        fault: z.object({ code: z.string(), message: z.string(), next: z.string() }),
      }),
    )
    .optional(),
  verifiedHeight: z.number(),
});
export type ProductGraphView = z.infer<typeof ProductGraphView>;
