// All services, joined: who is told of what, and in which order they begin.

import { FaultError, hexToBytes } from '../../base/index.ts';
import { dataFault } from '../adapters/data-dir.ts';
import { createAbout } from '../services/about.ts';
import { Agreements } from '../services/agreements.ts';
import type { createChainClient } from '../services/chain-client.ts';
import { continueByItself } from '../services/continuation.ts';
import { Council } from '../services/council.ts';
import { createDemoCouncil } from '../services/demo-council.ts';
import { Drafts } from '../services/drafts.ts';
import { EvidenceService } from '../services/evidence.ts';
import { Machines } from '../services/machines.ts';
import { Models } from '../services/models.ts';
import { Names } from '../services/names.ts';
import { Orders } from '../services/orders.ts';
import { Paradigms } from '../services/paradigms.ts';
import { PartBatches } from '../services/part-batches.ts';
import { ProductGraphs } from '../services/product-graphs.ts';
import { type ProductOrderParts, ProductOrders } from '../services/product-orders.ts';
import { ProductQuotes } from '../services/product-quotes.ts';
import { Products } from '../services/products.ts';
import { QuotesService } from '../services/quotes.ts';
import { Recovery } from '../services/recovery.ts';
import { createSealedValues } from '../services/sealed-values.ts';
import { Staking } from '../services/staking.ts';
import { createStartOver } from '../services/start-over.ts';
import { Wallet } from '../services/wallet.ts';
import { createBasics } from './basics.ts';
import type { Foundation } from './foundation.ts';
import { createMessaging, createRelease, createWatching } from './messaging.ts';
import { createPrinting } from './printing.ts';
import { announceStatus, statusView } from './status.ts';
import type { Undo } from './undo.ts';

export type Services = Awaited<ReturnType<typeof createServices>>;

/** Lets other work run: between chunks of a large file, for instance. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function createServices(foundation: Foundation, undo: Undo, restart?: () => void) {
  const basics = await createBasics(foundation);
  const { chain, index, bus, store } = basics;
  const { world, machineService: service, demo } = foundation;
  const parts = { ...foundation, ...basics, service, pause, paradigmId: world.paradigmId };
  const drafts = new Drafts(parts);
  const models = new Models(parts, drafts);
  const machines = new Machines(parts);
  const quotes = new QuotesService({
    ...parts,
    models,
    machineState: (id) => machines.state(id),
    guardRules: (id) => machines.guard.rulesOf(id),
  });
  const jobIdsOf = (orderId: string) => store.ofOrder(orderId).map((job) => job.id);
  const orders = new Orders({ ...parts, models, quotes, jobIdsOf });
  const { engine, light } = world;
  const names = new Names({ ...parts, engine, light });
  basics.chainNames.begin((address) => names.nameOf(address));
  index.onEvent((event) => basics.chainNames.onChainEvent(event));
  const messaging = createMessaging({ ...parts, orders, names }, undo);
  const release = createRelease({ ...parts, ...messaging, machines, models, orders, quotes }, undo);
  const printing = createPrinting({ ...parts, machines, models, orders, quotes, ...release }, undo);
  const { shop, production } = printing;
  const watching = createWatching({ ...parts, ...messaging, ...printing, machines, orders }, undo);
  const faucet = demo === undefined ? undefined : world.keys?.faucet;
  const productTrade = createProductTrade({ ...parts, quotes });
  const wallet = new Wallet({ ...parts, faucet, titleOf: (id) => orders.titleOf(id) });
  const evidence = new EvidenceService({ ...parts, engine, light, orders, ...release });
  const recovery = new Recovery({ ...parts, wallet, models, drafts, machines, orders, production });
  index.onEvent((event) => production.onChainEvent(event));
  index.onEvent((event) => productTrade.productOrders.onChainEvent(event));
  if (world.keys !== undefined && demo !== undefined)
    index.onEvent(createDemoCouncil(parts, world.keys.reviewers).onChainEvent);
  // A chain of our own that is shorter than what was indexed of it is not the one that this folder had.
  const status = world.engine.status();
  if (status.engine === 'solo' && index.height() > Number(status.height))
    throw new FaultError(dataFault('data.damaged', { file: 'chain.db' }));
  undo.push(await index.follow(world.engine));
  const failed = (error: unknown) => foundation.log('error', 'light.failed', { error });
  undo.push(basics.network.follow(() => bus.changed('network'), failed));
  await proveUnproven(chain);
  undo.push(() => world.light.flush());
  const system = { status: () => statusView(foundation, basics, machines) };
  undo.push(announceStatus(bus, system.status));
  undo.push(continueByItself({ ...parts, machines, shop, production }));
  undo.push(messaging.ownStation.follow());
  const startOver = createStartOver({ ...parts, machines, restart });
  const about = createAbout(foundation.data, foundation.keys, startOver.isDemo);
  const trade = {
    drafts,
    models,
    machines,
    quotes,
    orders,
    ...printing,
    ...productTrade,
    wallet,
    staking: new Staking(parts),
    names,
    paradigms: new Paradigms(parts),
    council: new Council(parts),
    agreements: new Agreements({
      ...parts,
      sealed: createSealedValues(foundation.database, foundation.vault),
    }),
    evidence,
    recovery,
    ...messaging,
    ...watching,
    releases: release.releases,
    startOver,
    about,
  };
  return { ...basics, ...trade, system, world };
}

function createProductTrade(parts: Omit<ProductOrderParts, 'products' | 'productQuotes'>) {
  const products = new Products(parts);
  const productQuotes = new ProductQuotes({ ...parts, products });
  const productOrders = new ProductOrders({ ...parts, products, productQuotes });
  return {
    products,
    productQuotes,
    productOrders,
    productGraphs: new ProductGraphs({ ...parts, productOrders }),
    partBatches: new PartBatches(parts),
  };
}

/** Transactions that a crash left seen but not proved. */
async function proveUnproven(chain: ReturnType<typeof createChainClient>): Promise<void> {
  for (const txHash of chain.anchors.unverified()) await chain.proveByHash(hexToBytes(txHash));
}
