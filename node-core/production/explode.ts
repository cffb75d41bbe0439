// The total quantities of an order: every product within the product is opened up, and parts that are the same are added
// together, each still with the places that it is for.

import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, ok, refuse } from '../base/index.ts';
import { productFault } from './faults.ts';
import type { ContractTerms, ProcessNeeds, ProductPart, ProductRecord, ProductService } from './product.ts';
import { PRODUCT_DEPTH_MAX, PRODUCT_UNITS_MAX, partKey } from './product.ts';

/** One place of a part in the product, as the names of lines from the outside in. */
export type Use = { readonly path: readonly string[]; readonly quantity: number };

export type BillLine = {
  /** Same for parts that can be printed together (partKey). */
  readonly key: string;
  /** Of the first place, in which it is found again. */
  readonly name: string;
  readonly designHash: Bytes;
  readonly needs: ProcessNeeds;
  readonly contract?: ContractTerms;
  /** In all; the sum of its uses. */
  readonly quantity: number;
  readonly uses: readonly Use[];
};

export type BillService = {
  readonly path: readonly string[];
  readonly service: ProductService;
  /** How often it is done. */
  readonly count: number;
};

export type Bill = {
  readonly lines: readonly BillLine[];
  readonly services: readonly BillService[];
  readonly units: number;
};

/** Everything that `quantity` of a product takes. `productOf` gives the products within it by their id in hex. */
export function explodeProduct(
  product: ProductRecord,
  quantity: number,
  productOf: (id: string) => ProductRecord | undefined,
): Result<Bill> {
  const lines = new Map<string, BillLine>();
  const services: BillService[] = [];
  let units = 0;
  const addPart = (part: Extract<ProductPart, { kind: 'model' }>, path: readonly string[], count: number) => {
    const key = partKey(part);
    const { designHash, needs, contract } = part;
    const before = lines.get(key);
    lines.set(key, {
      key,
      name: before?.name ?? part.id,
      designHash,
      needs,
      ...(contract === undefined ? {} : { contract }),
      quantity: (before?.quantity ?? 0) + count,
      uses: [...(before?.uses ?? []), { path, quantity: count }],
    });
    units += count;
  };
  const open = (record: ProductRecord, path: readonly string[], count: number): Result<void> => {
    if (path.length >= PRODUCT_DEPTH_MAX)
      return refuse(productFault('product.deep', { depth: path.length + 1, depthMax: PRODUCT_DEPTH_MAX }));
    for (const service of record.services) services.push({ path: [...path, service.id], service, count });
    for (const part of record.parts) {
      const inner = [...path, part.id];
      if (part.kind === 'model') addPart(part, inner, part.quantity * count);
      // Counted as it grows: a bill of doubling products would otherwise be worked through before it is refused.
      if (units > PRODUCT_UNITS_MAX)
        return refuse(productFault('product.large', { units, unitsMax: PRODUCT_UNITS_MAX }));
      if (part.kind === 'model') continue;
      const found = productOf(bytesToHex(part.product));
      if (found === undefined) return refuse(productFault('product.part.unknown', { id: part.id }));
      const opened = open(found, inner, part.quantity * count);
      if (!opened.ok) return opened;
    }
    return ok(undefined);
  };
  const opened = open(product, [], quantity);
  return opened.ok ? ok({ lines: [...lines.values()], services, units }) : opened;
}
