// Quotes, orders and their evidence.

import type { Services } from '../composition/services.ts';
import { type Base, blobOf, give, toBytes } from './procedures.ts';

export function tradeRoutes(os: Base, { quotes, orders, releases, tasks, evidence, identities }: Services) {
  return {
    quotes: {
      request: os.quotes.request.handler(({ input: { actor, ...request } }) => {
        identities.keyPair(actor);
        return {
          taskId: tasks.start('quote', request.modelId, (signal, report) =>
            quotes.request(request, signal, report),
          ),
        };
      }),
      get: os.quotes.get.handler(async ({ input }) => give(await quotes.get(input.id))),
    },
    orders: {
      list: os.orders.list.handler(async ({ input }) =>
        give(await orders.list(input.actor, input.locale ?? 'en')),
      ),
      get: os.orders.get.handler(async ({ input }) =>
        give(await orders.get(input.id, input.actor, input.locale)),
      ),
      costs: os.orders.costs.handler(async ({ input }) => give(await orders.costs(input.quoteId))),
      place: os.orders.place.handler(async ({ input }) => ({
        orderId: give(await orders.place(input.actor, input.quoteId)),
      })),
      act: os.orders.act.handler(async ({ input }) => {
        give(await orders.act(input.actor, input.id, input.event, input.args));
        return {};
      }),
      release: os.orders.release.handler(async ({ input }) => give(await releases.view(input.id))),
      stopRelease: os.orders.stopRelease.handler(async ({ input }) => {
        give(await releases.setStopped(input.actor, input.id, input.stopped));
        return {};
      }),
      exportRelease: os.orders.exportRelease.handler(async ({ input }) => {
        const { fileName, bytes } = give(releases.exportFile(input.id));
        return { fileName, file: blobOf(bytes, 'application/vnd.dipnet.release') };
      }),
      exportEvidence: os.orders.exportEvidence.handler(async ({ input }) => {
        const { fileName, bytes } = give(await evidence.export(input.id));
        return { fileName, file: blobOf(bytes, 'application/vnd.dipnet.evidence') };
      }),
      verifyEvidence: os.orders.verifyEvidence.handler(async ({ input }) =>
        evidence.verify(await toBytes(input.file)),
      ),
    },
  };
}
