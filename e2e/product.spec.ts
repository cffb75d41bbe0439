// A product of three parts from three owners: one fails in the middle of a print and is replaced by itself, a restart
// between the order and its parts loses nothing, and what everybody declines goes back to the buyer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProductGraphView } from '../node-core/api/index.ts';
import { unwrap } from '../node-core/base/index.ts';
import { verifyEvidence } from '../node-core/evidence/index.ts';
import { systemClock } from '../node-core/host/adapters/system.ts';
import { playProductStory } from '../node-core/host/cli/product-story.ts';
import type { Console } from '../node-core/host/core.ts';
import { createConsole } from '../node-core/host/core.ts';
import { createPrism } from '../node-core/models/index.ts';
import { addressOf, codeOf, ended, until } from './acts.ts';
import { WORKERS_URL } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'dipnet-product-'));
const open = async () =>
  unwrap(await createConsole({ dataPath: folder, demo: { producers: 3 }, workersUrl: WORKERS_URL }));
let console: Console;

beforeAll(async () => {
  console = await open();
});
afterAll(async () => {
  await console.close();
  rmSync(folder, { recursive: true, force: true });
});

const PARTS = [
  { name: 'foot.stl', bytes: createPrism(6, 6, 1), quantity: 2 },
  { name: 'post.stl', bytes: createPrism(8, 4, 3), quantity: 1 },
  { name: 'cap.stl', bytes: createPrism(12, 5, 2), quantity: 2 },
];
const title = 'Little stand';

async function quoteAgain(): Promise<string> {
  const { api } = console;
  const actor = await addressOf(api, 'buyer');
  const [product] = await api.products.list({ search: title });
  const request = { actor, productId: product?.id ?? '', quantity: 1, prefer: 'price' as const };
  const task = await ended(api, (await api.products.quote(request)).taskId);
  expect(task.fault).toBeUndefined();
  return task.resultId ?? '';
}

const graphOf = async (id: string): Promise<ProductGraphView> =>
  console.api.products.graph({ actor: await addressOf(console.api, 'buyer'), id, locale: 'en' });

const openCopies = ({ nodes }: ProductGraphView) =>
  nodes.reduce((sum, node) => (node.kind === 'line' ? sum + node.open : sum), 0);

test('one producer fails, others take over, and the product is delivered to the last micro-unit', async () => {
  const options = { title, parts: PARTS, speed: 3000, failure: true };
  const { graph, orders, evidence, failedOwner, money } = await playProductStory(
    console.api,
    systemClock,
    options,
    () => undefined,
  );
  expect([graph.ended, graph.piecesDone, graph.pieces, graph.heldMicro]).toEqual(['success', 5, 5, 0n]);
  expect(money).toMatchObject({ exact: true, coordinatorMicro: 2_000_000n });
  const failed = orders.filter(({ state }) => state !== 'settled');
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.every(({ owner }) => owner.address === failedOwner)).toBe(true);
  const settled = orders.filter(({ state }) => state === 'settled');
  expect(settled.every(({ owner }) => owner.address !== failedOwner)).toBe(true);
  expect(settled.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(5);
  expect(evidence.map(({ bytes }) => verifyEvidence(bytes).ok)).toEqual(settled.map(() => true));
  // Every edge adds up: what a line spent is what went into its contracts less what came back.
  for (const line of graph.nodes.filter(({ kind }) => kind === 'line')) {
    const below = graph.edges.filter(({ from }) => from === line.id);
    const spent = below.reduce((sum, edge) => sum + edge.givenMicro - edge.returnedMicro, 0n);
    expect([line.done, spent]).toEqual([line.quantity, line.spentMicro]);
  }
});

test('a console that is closed right after the order opens the parts when it comes back', async () => {
  const quoteId = await quoteAgain();
  const actor = await addressOf(console.api, 'buyer');
  const { orderId } = await console.api.products.order({ actor, quoteId });
  await console.close();
  console = await open();
  const graph = await until(async () => {
    const found = await graphOf(orderId);
    return openCopies(found) === 0 ? found : undefined;
  });
  // Once, and not once more for each look.
  const orders = graph.nodes.filter(({ kind }) => kind === 'order');
  expect(orders.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(5);
  expect(await codeOf(console.api.products.order({ actor, quoteId }))).toBe('product-orders.used');
});

test('what every producer declines stays open, is told, and can be called off for all of the money', async () => {
  const { api } = console;
  for (const { id, rule } of await api.machines.list())
    await api.machines.saveRule({ id, rule: { ...rule, enabled: false } });
  const quoteId = await quoteAgain();
  const actor = await addressOf(api, 'buyer');
  const { orderId } = await api.products.order({ actor, quoteId });
  const told = await until(async () => {
    const graph = await graphOf(orderId);
    for (const node of graph.nodes)
      if (node.kind === 'order' && node.phase === 'waiting')
        await api.orders.act({
          actor: node.producer?.address ?? '',
          id: node.id,
          event: 'decline',
          args: { reason: 'No time.' },
        });
    return openCopies(graph) === 5 && graph.trouble !== undefined ? graph : undefined;
  });
  expect(new Set(told.trouble?.map(({ line }) => line))).toEqual(new Set(['foot', 'post', 'cap']));
  // A producer who makes one design for several orders takes the pieces, and gives them back with the money.
  const [line, other] = told.nodes.filter(({ kind }) => kind === 'line');
  const owner = await addressOf(api, 'owner');
  const batchKind = (await api.paradigms.list({ locale: 'en' })).find(({ name }) => name === 'part-batch');
  const offered = (unitMicro: bigint) =>
    api.agreements.begin({
      ...{ actor: owner, paradigmId: batchKind?.id ?? '', roles: {}, locale: 'en' },
      values: { design: line?.modelId ?? '', unitMicro, minimum: 1n, most: 100n },
    });
  await offered(900_000_000n);
  const { id: batchId } = await offered(1_000n);
  const pieces = line?.open ?? 0;
  expect(await api.products.batches({ id: orderId })).toMatchObject([
    { id: batchId, line: line?.id, pieces, amountMicro: BigInt(pieces) * 1_000n },
  ]);
  expect(await codeOf(api.products.joinBatch({ actor, line: other?.id ?? '', batchId }))).toBe(
    'part-batches.gone',
  );
  await api.products.joinBatch({ actor, line: line?.id ?? '', batchId });
  const joined = await graphOf(orderId);
  expect(joined.nodes.find(({ id }) => id === batchId)).toMatchObject({
    quantity: pieces,
    spentMicro: BigInt(pieces) * 1_000n,
  });
  expect([openCopies(joined), await api.products.batches({ id: orderId })]).toEqual([5 - pieces, []]);
  await api.agreements.act({ actor: owner, id: batchId, event: 'cancel', args: {}, locale: 'en' });
  await until(async () => (openCopies(await graphOf(orderId)) === 5 ? true : undefined));
  await api.agreements.act({ actor, id: orderId, event: 'cancel', args: {}, locale: 'en' });
  const over = await graphOf(orderId);
  expect([over.ended, over.heldMicro]).toEqual(['refund', 0n]);
  const quote = await api.products.getQuote({ id: quoteId });
  const heldMicro = quote.totalMicro - quote.transactionsMicro + quote.reserveMicro;
  const entries = (await api.wallet.history({ address: actor })).filter((entry) => entry.orderId === orderId);
  const sumOf = (kind: string) =>
    entries.reduce((sum, entry) => (entry.kind === kind ? sum + entry.amountMicro : sum), 0n);
  expect(sumOf('escrow')).toBe(-heldMicro);
  expect(sumOf('refund')).toBe(heldMicro);
});

test('a service of a product has its contract opened by itself, with whoever its designer named', async () => {
  const { api } = console;
  const [actor, designer, carrier] = [
    await addressOf(api, 'buyer'),
    await addressOf(api, 'designer'),
    await addressOf(api, 'owner'),
  ];
  const logistics = (await api.paradigms.list({ locale: 'en' })).find(({ name }) => name === 'logistics');
  const [model] = await api.models.list({ designer });
  const settings = { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false };
  const contract = {
    paradigmId: logistics?.id ?? '',
    roles: { carrier },
    terms: { parcel: 'The stand, ready made.', freightMicro: 3_500_000 },
  };
  const product = {
    title: 'Carried stand',
    description: '',
    feeMicro: 0n,
    parts: [{ modelId: model?.id ?? '', quantity: 1, material: 'PLA', settings }],
    // As an inspection it does not wait for the parts.
    services: [{ name: 'carriage', kind: 'inspection' as const, contract, priceMicro: 3_500_000n }],
  };
  // What a service costs is what its contract takes; what could never be opened is not registered.
  expect(await api.products.servicePrice({ contract })).toEqual({ priceMicro: 3_500_000n });
  const [service] = product.services;
  const registered = (changes: object) =>
    codeOf(
      api.products.register({
        actor: designer,
        product: { ...product, services: [{ ...service, ...changes }] } as typeof product,
      }),
    );
  expect(await registered({ priceMicro: 3_500_001n })).toBe('products.service.price');
  expect(await registered({ contract: { ...contract, terms: {} } })).toBe('paradigm.param.missing');
  expect(await registered({ contract: { ...contract, roles: { shipper: carrier } } })).toBe(
    'service-price.opener',
  );
  // Accounts and hashes in its terms, in a list too, are those that the chain is given.
  const inquiry = (await api.paradigms.list({ locale: 'en' })).find(({ name }) => name === 'inquiry');
  const asking = (asked: unknown) => ({
    paradigmId: inquiry?.id ?? '',
    roles: {},
    terms: { conditions: 'Two kilograms of PLA', budgetMicro: 4_000_000, asked: asked as string[] },
  });
  expect(await codeOf(api.products.servicePrice({ contract: asking([carrier, '0x12']) }))).toBe(
    'paradigm-value.wrong',
  );
  expect(await codeOf(api.products.servicePrice({ contract: asking(carrier) }))).toBe('paradigm-value.wrong');
  const normal = (await api.paradigms.list({ locale: 'en' })).find(({ name }) => name === 'normal');
  expect(await registered({ contract: { ...contract, paradigmId: normal?.id } })).toBe('service-price.bound');
  const material = { kind: 'material' as const, contract: asking([carrier]), priceMicro: 4_000_000n };
  const services = [...product.services, { name: 'filament', ...material }];
  const { id: productId } = await api.products.register({
    actor: designer,
    product: { ...product, services },
  });
  const task = await ended(
    api,
    (await api.products.quote({ actor, productId, quantity: 2, prefer: 'rating' })).taskId,
  );
  const quote = await api.products.getQuote({ id: task.resultId ?? '' });
  expect(quote.services.map(({ count, amountMicro }) => [count, amountMicro])).toEqual([
    [2, 7_000_000n],
    [2, 8_000_000n],
  ]);
  const { orderId } = await api.products.order({ actor, quoteId: quote.id });
  const graph = await until(async () => {
    const found = await graphOf(orderId);
    return openCopies(found) === 0 ? found : undefined;
  });
  const agreements = graph.nodes.filter(({ kind }) => kind === 'agreement');
  const carried = agreements.filter(({ paradigm }) => paradigm?.id === logistics?.id);
  expect(
    carried.map(({ producer, heldMicro, spentMicro }) => [producer?.address, heldMicro, spentMicro]),
  ).toEqual([
    [carrier, 3_500_000n, 3_500_000n],
    [carrier, 3_500_000n, 3_500_000n],
  ]);
  const [asked] = agreements.filter(({ paradigm }) => paradigm?.id === inquiry?.id);
  const view = await api.agreements.get({ id: asked?.id ?? '', actor: carrier, locale: 'en' });
  const named = view.values.find(({ label }) => label.startsWith('Suppliers that are asked'));
  expect(named?.text).toBe('Otto Berg');
});
