// A product: the bill of materials that its designer publishes. Its name is the hash of its canonical bytes, and parts name
// other products by theirs, so no product can contain itself: the bill has no cycles by construction.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, ok, refuse } from '../base/index.ts';
import { encodeRecord, parseRecord, recordHash, SliceSettings } from '../records/index.ts';
import { productFault } from './faults.ts';

/** Lines of one product: more is an inventory, not a thing that a person looks through before ordering. */
const PRODUCT_PARTS_MAX = 48;
const PRODUCT_SERVICES_MAX = 8;
/** Products within products. */
export const PRODUCT_DEPTH_MAX = 8;
/** Printed parts of one product, everything within it counted. */
export const PRODUCT_UNITS_MAX = 10_000;
/** Of one line, as of one quote. */
export const LINE_QUANTITY_MAX = 1_000;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const hash = bytes.refine((value) => value.length === 32, 'a SHA-256 digest has 32 bytes');
const address = bytes.refine((value) => value.length === 20, 'an account has 20 bytes');
const micro = z.coerce
  .bigint()
  .min(0n)
  .max(10n ** 15n);
/** Names lines in contracts, events and evidence. */
const lineId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);

/** Amounts in micro-units, times in seconds, hashes and accounts as bytes. */
const term = z.union([
  z.boolean(),
  z.int(),
  z.string().max(200),
  bytes.refine((value) => value.length <= 32, 'a hash or an account'),
]);
const TERM_ITEMS_MAX = 64;

/** By which kind of contract a line is ordered, and what the designer fixes of it. */
export const ContractTerms = z.strictObject({
  /** Id of the published document. */
  paradigm: hash,
  /** Who has which role beside the parties of the order: an inspector, a carrier. */
  roles: z.record(z.string().min(1).max(32), address),
  /** Values of its parameters. Others keep their defaults. */
  terms: z.record(z.string().min(1).max(64), z.union([term, z.array(term).max(TERM_ITEMS_MAX)])),
});
export type ContractTerms = z.infer<typeof ContractTerms>;

/** How a part is to be made. */
export const ProcessNeeds = z.strictObject({
  process: z.literal('fdm'),
  material: z.string().regex(/^[A-Z0-9-]{2,12}$/),
  /** `#rrggbb`; any colour where absent. */
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .optional(),
  settings: SliceSettings,
});
export type ProcessNeeds = z.infer<typeof ProcessNeeds>;

const quantity = z.int().min(1).max(LINE_QUANTITY_MAX);

export const ProductPart = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('model'),
    id: lineId,
    /** SHA-256 of the model file. */
    designHash: hash,
    /** For one product. */
    quantity,
    needs: ProcessNeeds,
    /** The network's normal order where absent. */
    contract: ContractTerms.optional(),
  }),
  z.strictObject({
    kind: z.literal('product'),
    id: lineId,
    /** Hash of the other product's record. */
    product: hash,
    quantity,
  }),
]);
export type ProductPart = z.infer<typeof ProductPart>;

export const SERVICE_KINDS = ['inspection', 'material', 'assembly', 'logistics'] as const;

export const ProductService = z.strictObject({
  id: lineId,
  kind: z.enum(SERVICE_KINDS),
  contract: ContractTerms,
  /** What its contract takes when it is opened, for one product. */
  priceMicro: micro,
  /** Names of the parts that it is for; all of them where empty. */
  covers: z.array(lineId).max(PRODUCT_PARTS_MAX),
});
export type ProductService = z.infer<typeof ProductService>;

export const ProductRecord = z.strictObject({
  v: z.literal(1),
  kind: z.literal('product'),
  designer: address,
  title: z.string().min(1).max(120),
  description: z.string().max(2000),
  /** What the designer asks for one product, beside the licences of its models. */
  feeMicro: micro,
  parts: z.array(ProductPart).min(1).max(PRODUCT_PARTS_MAX),
  services: z.array(ProductService).max(PRODUCT_SERVICES_MAX),
});
export type ProductRecord = z.infer<typeof ProductRecord>;

/** SHA-256 of the canonical bytes: the product's name everywhere. */
export const productId = (record: ProductRecord): Bytes => recordHash(record);

/** Strict: canonical bytes of a product, and nothing else. */
export function parseProduct(product: Bytes): Result<ProductRecord> {
  return parseRecord(ProductRecord, 'product', product);
}

export const encodeProduct = (record: ProductRecord): Bytes => encodeRecord(record);

/** What a product amounts to, kept beside it so that whoever contains it need not look into it again. */
export type ProductFigures = {
  /** 1 where all parts are models. */
  readonly depth: number;
  /** Printed parts of one product, everything within it counted. */
  readonly units: number;
};

/** What a product may refer to, as the network knows it. */
export type ProductWorld = {
  hasModel(designHash: Bytes): boolean;
  hasParadigm(id: Bytes): boolean;
  figuresOf(product: Bytes): ProductFigures | undefined;
};

/** Checks what a record cannot say of itself: names used once, references that exist, bounds on what is within. */
export function checkProduct(record: ProductRecord, world: ProductWorld): Result<ProductFigures> {
  const parts = new Set(record.parts.map(({ id }) => id));
  const names = new Set(parts);
  const again = record.parts.find(
    ({ id }, position) => record.parts.findIndex((p) => p.id === id) < position,
  );
  if (again !== undefined) return refuse(productFault('product.part.twice', { id: again.id }));
  for (const { id, covers, contract } of record.services) {
    if (names.has(id)) return refuse(productFault('product.part.twice', { id }));
    names.add(id);
    const stray = covers.find((part) => !parts.has(part));
    if (stray !== undefined) return refuse(productFault('product.service.covers', { id, part: stray }));
    if (!world.hasParadigm(contract.paradigm))
      return refuse(productFault('product.paradigm.unknown', { id }));
  }
  return figuresOf(record.parts, world);
}

function figuresOf(parts: readonly ProductPart[], world: ProductWorld): Result<ProductFigures> {
  let [depth, units] = [1, 0];
  for (const part of parts) {
    const { id } = part;
    if (part.kind === 'model') {
      if (!world.hasModel(part.designHash)) return refuse(productFault('product.part.unknown', { id }));
      if (part.contract !== undefined && !world.hasParadigm(part.contract.paradigm))
        return refuse(productFault('product.paradigm.unknown', { id }));
      units += part.quantity;
      continue;
    }
    const inner = world.figuresOf(part.product);
    if (inner === undefined) return refuse(productFault('product.part.unknown', { id }));
    depth = Math.max(depth, inner.depth + 1);
    units += part.quantity * inner.units;
  }
  if (depth > PRODUCT_DEPTH_MAX)
    return refuse(productFault('product.deep', { depth, depthMax: PRODUCT_DEPTH_MAX }));
  if (units > PRODUCT_UNITS_MAX)
    return refuse(productFault('product.large', { units, unitsMax: PRODUCT_UNITS_MAX }));
  return ok({ depth, units });
}

/** Same model, same needs, same kind of contract: copies of it can be printed in one job, whatever they are for. */
export function partKey(part: Extract<ProductPart, { kind: 'model' }>): string {
  const { designHash, needs, contract } = part;
  return bytesToHex(recordHash({ designHash, needs, ...(contract === undefined ? {} : { contract }) }));
}
