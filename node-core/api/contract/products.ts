// Products of several parts: their bills of materials, and orders that many machines fill.

import { z } from 'zod';
import { AccountText, HashText } from '../base-views.ts';
import {
  ContractChoice,
  PartBatchView,
  ProductCard,
  ProductDraft,
  ProductGraphView,
  ProductOrderCard,
  ProductPreference,
  ProductQuoteView,
  ProductView,
} from '../product-views.ts';
import { asAccount, base, done, inLocale, taskStarted } from './parts.ts';

export const productsContract = {
  products: {
    list: base
      .input(z.object({ search: z.string().max(200).optional(), designer: AccountText.optional() }))
      .output(z.array(ProductCard)),
    get: base.input(z.object({ id: HashText })).output(ProductView),
    /** Publishes a bill of materials under its designer's name. */
    register: base.input(asAccount.extend({ product: ProductDraft })).output(z.object({ id: HashText })),
    /** What the contract of a service takes with these terms, for one product. */
    servicePrice: base
      .input(z.object({ contract: ContractChoice }))
      .output(z.object({ priceMicro: z.bigint() })),
    /** Slices every part for every printer that could make it, and plans who makes what. */
    quote: base
      .input(
        asAccount.extend({
          productId: HashText,
          quantity: z.int().min(1).max(1000),
          prefer: ProductPreference,
          /** By when everything has to be made, Unix seconds; two weeks from now where absent. */
          finishByS: z.int().min(0).optional(),
        }),
      )
      .output(taskStarted),
    getQuote: base.input(z.object({ id: HashText })).output(ProductQuoteView),
    /** Pays once; the contracts of the parts are opened by themselves. */
    order: base.input(asAccount.extend({ quoteId: HashText })).output(z.object({ orderId: AccountText })),
    orders: base.input(asAccount.extend(inLocale.shape)).output(z.array(ProductOrderCard)),
    /** The contract and everything below it, as it stands. */
    graph: base.input(asAccount.extend({ id: AccountText, ...inLocale.shape })).output(ProductGraphView),
    /** Batches of producers that would take pieces of the order which nobody makes. */
    batches: base.input(z.object({ id: AccountText })).output(z.array(PartBatchView)),
    joinBatch: base.input(asAccount.extend({ line: z.string().max(100), batchId: AccountText })).output(done),
  },
};
