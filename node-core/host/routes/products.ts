// Products and the orders of them.

import type { Services } from '../composition/services.ts';
import { type Base, give } from './procedures.ts';

export function productRoutes(os: Base, services: Services) {
  const { products, productQuotes, productOrders, productGraphs, partBatches, identities, tasks } = services;
  return {
    products: {
      list: os.products.list.handler(async ({ input }) =>
        give(await products.list(input.search, input.designer)),
      ),
      get: os.products.get.handler(async ({ input }) => give(await products.get(input.id))),
      register: os.products.register.handler(async ({ input }) => ({
        id: give(await products.register(input.actor, input.product)),
      })),
      servicePrice: os.products.servicePrice.handler(async ({ input }) =>
        give(await products.servicePrice(input.contract)),
      ),
      quote: os.products.quote.handler(({ input }) => {
        identities.keyPair(input.actor);
        return {
          taskId: tasks.start('quote', input.productId, (signal, report) =>
            productQuotes.request(input, signal, report),
          ),
        };
      }),
      getQuote: os.products.getQuote.handler(async ({ input }) => give(await productQuotes.get(input.id))),
      order: os.products.order.handler(async ({ input }) => ({
        orderId: give(await productOrders.place(input.actor, input.quoteId)),
      })),
      orders: os.products.orders.handler(async ({ input }) =>
        give(await productOrders.list(input.actor, input.locale)),
      ),
      graph: os.products.graph.handler(async ({ input }) =>
        give(await productGraphs.get(input.id, input.actor, input.locale)),
      ),
      batches: os.products.batches.handler(async ({ input }) => give(await partBatches.offers(input.id))),
      joinBatch: os.products.joinBatch.handler(async ({ input }) => {
        give(await partBatches.take(input.actor, input.line, input.batchId));
        return {};
      }),
    },
  };
}
