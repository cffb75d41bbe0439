// The story of a product: parts of several files are published, put together, ordered with one confirmation, and made by
// several owners on virtual printers. One of them fails in the middle of a print and gives up; the console gives what was
// his to others by itself. Told through the API, as several people would do it.

import { safe } from '@orpc/client';
import type { AccountView, JobView, OrderView, ProductGraphView, ProductQuoteView } from '../../api/index.ts';
import { CHUNK_SIZE_BYTES_MAX } from '../../api/index.ts';
import type { Bytes, Clock, Fault } from '../../base/index.ts';
import { bytesToHex, defineFaults, FaultError } from '../../base/index.ts';
import { nativeSha256 } from '../adapters/system.ts';
import type { Api, Tell } from './story.ts';
import { call } from './story.ts';

const productStoryFault = defineFaults('product-story', {
  'product-story.no-failure': {
    message: 'Nobody had a print in the middle of which to fail.',
    next: 'Order more parts, or begin with an empty folder.',
  },
});

export type PartFile = { readonly name: string; readonly bytes: Bytes; readonly quantity: number };

export type ProductStoryOptions = {
  readonly title: string;
  readonly parts: readonly PartFile[];
  readonly speed: number;
  /** Whether one producer fails. */
  readonly failure: boolean;
};

export type ProductOutcome = {
  readonly graph: ProductGraphView;
  readonly quote: ProductQuoteView;
  /** Orders of parts, those that failed included. */
  readonly orders: readonly OrderView[];
  readonly evidence: readonly {
    readonly orderId: string;
    readonly fileName: string;
    readonly bytes: Bytes;
  }[];
  readonly failedOwner: string | undefined;
  readonly money: MoneyCheck;
};

/** What left the buyer's account, against what orders, fees and deposits account for. */
export type MoneyCheck = {
  readonly buyerPaidMicro: bigint;
  readonly partsMicro: bigint;
  readonly coordinatorMicro: bigint;
  readonly feesMicro: bigint;
  readonly depositsMicro: bigint;
  readonly exact: boolean;
};

type Scene = {
  readonly api: Api;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly options: ProductStoryOptions;
  readonly buyer: AccountView;
  readonly designer: AccountView;
};

const COMMAND_LIFE_MS = 10_000;
const POLL_MS = 40;
/** What the print lasts, in real time, in the middle of which the printer fails. */
const FAILING_PRINT_S = 8;
const SETTINGS = { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false };
const MODEL_PRICE_MICRO = 500_000n;
const PRODUCT_FEE_MICRO = 2_000_000n;

/** @throws FaultError at the first refusal. */
export async function playProductStory(
  api: Api,
  clock: Clock,
  options: ProductStoryOptions,
  tell: Tell,
): Promise<ProductOutcome> {
  const accounts = await call(api.wallet.accounts());
  const person = (role: AccountView['role']): AccountView => {
    const found = accounts.find((account) => account.role === role);
    if (found === undefined) throw new Error(`the demo world has no ${role}`);
    return found;
  };
  const scene: Scene = { api, clock, tell, options, buyer: person('buyer'), designer: person('designer') };
  await prepareProducers(scene);
  const modelIds = await Promise.all(options.parts.map((part) => publishPart(scene, part)));
  const productId = await compose(scene, modelIds);
  const quote = await requestQuote(scene, productId);
  const before = await balanceOf(scene, scene.buyer.address);
  const { orderId } = await call(api.products.order({ actor: scene.buyer.address, quoteId: quote.id }));
  tell({ step: 'ordered', text: `order ${orderId}: one confirmation for everything`, done: true });
  const failedOwner = await produce(scene, orderId);
  const graph = await graphOf(scene, orderId);
  tell({
    step: 'ended',
    text: `${graph.stateLabel}: ${graph.piecesDone} of ${graph.pieces} parts`,
    done: true,
  });
  const orders = await ordersIn(scene, graph);
  const paidMicro = before - (await balanceOf(scene, scene.buyer.address));
  const money = await checkMoney(scene, orders, quote, graph, paidMicro);
  const evidence = await exportEvidence(scene, orders);
  return { graph, quote, orders, evidence, failedOwner, money };
}

/** Every owner takes what comes; the printers run in fast motion. */
async function prepareProducers({ api, tell, options, clock }: Scene): Promise<void> {
  const rule = { enabled: true, minimumMicro: 0n, quantityMax: 1000 };
  for (const machine of await call(api.machines.list())) {
    if (!machine.mine || machine.driver !== 'virtual') continue;
    if (machine.timeScale !== options.speed)
      await call(api.machines.setTimeScale({ id: machine.id, timeScale: options.speed }));
    await call(api.machines.saveRule({ id: machine.id, rule }));
    for (;;) {
      const { state } = await call(api.machines.get({ id: machine.id }));
      if (state === 'idle') break;
      if (state === 'offline') await call(api.machines.connect({ id: machine.id }));
      else await clock.sleep(POLL_MS);
    }
    tell({ step: 'producer', text: `${machine.owner.name} with "${machine.name}"`, done: true });
  }
}

async function finished(scene: Scene, taskId: string, step: string): Promise<string> {
  for (;;) {
    const task = (await call(scene.api.tasks.list())).find((candidate) => candidate.id === taskId);
    if (task === undefined) throw new Error('the task is gone');
    if (task.state === 'done') return task.resultId ?? '';
    if (task.fault !== undefined) throw new FaultError(task.fault as Fault);
    const progress = task.progress === null ? {} : { progress: task.progress };
    scene.tell({ step, text: task.phase, done: false, ...progress });
    await scene.clock.sleep(POLL_MS);
  }
}

async function publishPart(scene: Scene, { name, bytes }: PartFile): Promise<string> {
  const { api, tell, designer } = scene;
  const actor = designer.address;
  const modelId = bytesToHex(nativeSha256(bytes));
  if ((await call(api.models.list({ designer: actor }))).some(({ id }) => id === modelId)) return modelId;
  const { uploadId } = await call(api.uploads.begin({ actor, fileName: name, sizeBytes: bytes.length }));
  for (let offset = 0; offset < bytes.length; offset += CHUNK_SIZE_BYTES_MAX) {
    const data = new Blob([bytes.slice(offset, offset + CHUNK_SIZE_BYTES_MAX)]);
    await call(api.uploads.chunk({ uploadId, offset, data }));
  }
  const { draftId, taskId } = await call(api.uploads.finish({ uploadId }));
  await finished(scene, taskId, 'upload');
  const title = name.replace(/\.[^.]+$/, '');
  const terms = { title, description: '', licence: 'print-per-copy', priceMicroPerCopy: MODEL_PRICE_MICRO };
  const started = await call(api.drafts.publish({ id: draftId, actor, ...terms }));
  await finished(scene, started.taskId, 'published');
  tell({ step: 'published', text: `"${title}", ${bytes.length} bytes`, done: true });
  return modelId;
}

async function compose(scene: Scene, modelIds: readonly string[]): Promise<string> {
  const { api, options, designer, tell } = scene;
  const known = (await call(api.products.list({ designer: designer.address }))).find(
    ({ title }) => title === options.title,
  );
  if (known !== undefined) return known.id;
  const parts = modelIds.map((modelId, position) => ({
    modelId,
    quantity: options.parts[position]?.quantity ?? 1,
    material: 'PLA',
    settings: SETTINGS,
  }));
  const product = { title: options.title, description: '', feeMicro: PRODUCT_FEE_MICRO, parts, services: [] };
  const { id } = await call(api.products.register({ actor: designer.address, product }));
  const view = await call(api.products.get({ id }));
  tell({
    step: 'product',
    text: `"${view.title}": ${view.lines.length} different parts, ${view.units} in all, registered as ${id}`,
    done: true,
  });
  return id;
}

async function requestQuote(scene: Scene, productId: string): Promise<ProductQuoteView> {
  const { api, tell, buyer } = scene;
  const request = { actor: buyer.address, productId, quantity: 1, prefer: 'date' as const };
  const { taskId } = await call(api.products.quote(request));
  const quote = await call(api.products.getQuote({ id: await finished(scene, taskId, 'quote') }));
  for (const line of quote.lines) {
    for (const { copies, owner, amountMicro } of line.shares)
      tell({
        step: 'quote',
        text: `  ${String(copies).padStart(2)} × ${line.title.padEnd(18)} ${owner.name.padEnd(12)} ${dpn(amountMicro).padStart(12)} DPN`,
        done: true,
      });
  }
  const hours = (Math.max(0, quote.finishS - quote.createdS) / 3600).toFixed(1);
  tell({
    step: 'quote',
    text: `${dpn(quote.totalMicro)} DPN from ${quote.producers} producers within ${hours} hours; ${dpn(quote.reserveMicro)} DPN are held in reserve`,
    done: true,
  });
  return quote;
}

const graphOf = ({ api, buyer }: Scene, id: string) =>
  call(api.products.graph({ actor: buyer.address, id, locale: 'en' }));

/** Plays all owners and the buyer until the order has ended. Who fails is named. */
async function produce(scene: Scene, orderId: string): Promise<string | undefined> {
  const { options, clock, tell } = scene;
  let failing: string | undefined;
  let gaveUp = false;
  for (;;) {
    const graph = await graphOf(scene, orderId);
    if (graph.ended !== undefined) break;
    const orders = graph.nodes.filter((node) => node.kind === 'order' && node.phase !== 'done');
    const jobs = await call(scene.api.jobs.list({}));
    if (options.failure && failing === undefined) {
      failing = unlucky(graph, jobs);
      if (failing !== undefined) await slowDown(scene, failing, jobs);
    }
    if (!options.failure || failing !== undefined) await startPrints(scene, jobs);
    for (const node of orders) {
      if (node.phase === 'failed' || node.producer === undefined) continue;
      const isFailing = node.producer.address === failing && !gaveUp;
      if (isFailing) gaveUp = await failInTheMiddle(scene, node.id, jobs);
      else await deliver(scene, node.id);
    }
    if (gaveUp && failing !== undefined) await giveUp(scene, failing, graph);
    const printing = jobs.filter(({ state }) => state === 'printing').length;
    tell({
      step: 'print',
      text: `${graph.piecesDone} of ${graph.pieces} parts done, ${printing} printing`,
      done: false,
    });
    await clock.sleep(POLL_MS);
  }
  if (options.failure && !gaveUp) throw new FaultError(productStoryFault('product-story.no-failure'));
  return failing;
}

/** Whoever has the most to do: the failure is felt most. */
function unlucky(graph: ProductGraphView, jobs: readonly JobView[]): string | undefined {
  const planned = graph.nodes.filter(({ kind }) => kind === 'order');
  const isComplete = graph.nodes.every((node) => node.kind !== 'line' || node.open === 0);
  const isQueued = ({ id, quantity }: { readonly id: string; readonly quantity: number }) =>
    jobs.filter(({ orderId }) => orderId === id).length === quantity;
  if (!isComplete || planned.length === 0 || !planned.every(isQueued)) return undefined;
  const counts = new Map<string, number>();
  for (const { producer, quantity } of planned)
    if (producer !== undefined) counts.set(producer.address, (counts.get(producer.address) ?? 0) + quantity);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** In fast motion a print is over before anybody could break it off: this printer takes its time. */
async function slowDown({ api }: Scene, owner: string, jobs: readonly JobView[]): Promise<void> {
  for (const machine of await call(api.machines.list())) {
    const estimates = jobs
      .filter(({ machineId }) => machineId === machine.id)
      .map((job) => job.secondsEstimated);
    if (machine.owner.address !== owner || estimates.length === 0) continue;
    const timeScale = Math.max(
      1,
      Math.min(machine.timeScale, Math.floor(Math.min(...estimates) / FAILING_PRINT_S)),
    );
    await call(api.machines.setTimeScale({ id: machine.id, timeScale }));
  }
}

/** True once the print was broken off, or was over too soon: then it turns out to be spoilt. */
async function failInTheMiddle(
  { api, clock, tell }: Scene,
  orderId: string,
  jobs: readonly JobView[],
): Promise<boolean> {
  const own = jobs.filter((candidate) => candidate.orderId === orderId);
  for (const { state, progress, machineId, machineName } of own) {
    if (state !== 'printing' || progress === undefined) continue;
    if (progress.linesAcknowledged * 10 < progress.linesTotal) continue;
    const { error } = await safe(
      api.machines.cancel({ id: machineId, expiresMs: clock.nowMs() + COMMAND_LIFE_MS }),
    );
    if (error !== null) continue;
    const text = `"${machineName}" fails at layer ${progress.layer} of ${progress.layersTotal}`;
    tell({ step: 'failure', text, done: true });
    return true;
  }
  return own.length > 0 && own.every(({ state }) => state === 'finished');
}

/** The owner reports the failure of everything that he has, and declines what he has not begun. */
async function giveUp(scene: Scene, owner: string, graph: ProductGraphView): Promise<void> {
  const { api, tell } = scene;
  for (const node of graph.nodes) {
    if (node.kind !== 'order' || node.producer?.address !== owner) continue;
    if (node.phase === 'failed' || node.phase === 'done') continue;
    const order = await call(api.orders.get({ actor: owner, id: node.id, locale: 'en' }));
    const event = ['fail', 'decline'].find((name) => order.actions.some((action) => action.event === name));
    if (event === undefined) continue;
    await call(api.orders.act({ actor: owner, id: node.id, event, args: { reason: 'The printer broke.' } }));
    tell({
      step: 'failure',
      text: `${order.owner.name} gives up ${order.quantity} × ${order.title}`,
      done: true,
    });
  }
}

/** Each printer that stands idle gets its bed cleared and the next copy of its queue. */
async function startPrints({ api, clock }: Scene, jobs: readonly JobView[]): Promise<void> {
  const isWaiting = ({ state }: JobView) =>
    state === 'queued' || state === 'needs-bed-clear' || state === 'ready';
  const isOn = ({ state }: JobView) => state === 'starting' || state === 'printing' || state === 'paused';
  for (const machineId of new Set(jobs.map((job) => job.machineId))) {
    const own = jobs.filter((job) => job.machineId === machineId);
    if (own.some(isOn) || !own.some(isWaiting)) continue;
    if ((await call(api.machines.get({ id: machineId }))).state !== 'idle') continue;
    await call(api.machines.confirmBedClear({ id: machineId }));
    const next = (await call(api.jobs.list({ machineId }))).find(({ state }) => state === 'ready');
    if (next !== undefined)
      await call(api.jobs.start({ id: next.id, expiresMs: clock.nowMs() + COMMAND_LIFE_MS }));
  }
}

/** What was printed is sent, and what arrived is accepted. */
async function deliver({ api, buyer, tell }: Scene, orderId: string): Promise<void> {
  const view = await call(api.orders.get({ actor: buyer.address, id: orderId, locale: 'en' }));
  if (view.state === 'printed') {
    const args = { carrier: 'Post', tracking: `RR${orderId.slice(2, 11)}` };
    await call(api.orders.act({ actor: view.owner.address, id: orderId, event: 'ship', args }));
  } else if (view.state === 'shipped') {
    await call(api.orders.act({ actor: buyer.address, id: orderId, event: 'confirm', args: {} }));
    tell({ step: 'delivered', text: `${view.quantity} × ${view.title} of ${view.owner.name}`, done: true });
  }
}

async function ordersIn({ api, buyer }: Scene, graph: ProductGraphView): Promise<OrderView[]> {
  const orders: OrderView[] = [];
  for (const node of graph.nodes)
    if (node.kind === 'order')
      orders.push(await call(api.orders.get({ actor: buyer.address, id: node.id, locale: 'en' })));
  return orders;
}

async function balanceOf({ api }: Scene, address: string): Promise<bigint> {
  const accounts = await call(api.wallet.accounts());
  return accounts.find((account) => account.address === address)?.balances.DPN ?? 0n;
}

/** To the micro-unit: what the buyer is poorer by went to settled parts, the coordinator, fees and deposits. */
async function checkMoney(
  { api, buyer }: Scene,
  orders: readonly OrderView[],
  quote: ProductQuoteView,
  graph: ProductGraphView,
  buyerPaidMicro: bigint,
): Promise<MoneyCheck> {
  const settled = orders.filter(({ state }) => state === 'settled');
  const partsMicro = settled.reduce((sum, { totalMicro }) => sum + totalMicro, 0n);
  const since = graph.openedS;
  const entries = (await call(api.wallet.history({ address: buyer.address }))).filter(
    ({ anchor }) => (anchor.timeS ?? 0) >= since,
  );
  const sumOf = (kind: string) =>
    entries.reduce((sum, entry) => (entry.kind === kind ? sum - entry.amountMicro : sum), 0n);
  const [feesMicro, depositsMicro] = [sumOf('fee'), sumOf('deposit')];
  const coordinatorMicro = graph.ended === 'success' ? quote.feeMicro : 0n;
  const paidOut = settled.every(
    ({ quote: { payouts }, payouts: paid }) =>
      paid.reduce((sum, { amountMicro }) => sum + amountMicro, 0n) ===
      Object.values(payouts).reduce((sum, amountMicro) => sum + amountMicro, 0n),
  );
  // The history in the wallet tells the same as the balances.
  const toldMicro = entries.reduce((sum, entry) => sum - entry.amountMicro, 0n);
  const exact =
    paidOut &&
    toldMicro === buyerPaidMicro &&
    graph.heldMicro === 0n &&
    buyerPaidMicro === partsMicro + coordinatorMicro + feesMicro + depositsMicro;
  return { buyerPaidMicro, partsMicro, coordinatorMicro, feesMicro, depositsMicro, exact };
}

async function exportEvidence(
  { api }: Scene,
  orders: readonly OrderView[],
): Promise<ProductOutcome['evidence']> {
  const files: { orderId: string; fileName: string; bytes: Bytes }[] = [];
  for (const { id, state } of orders) {
    if (state !== 'settled') continue;
    const { fileName, file } = await call(api.orders.exportEvidence({ id }));
    files.push({ orderId: id, fileName, bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  return files;
}

function dpn(amountMicro: bigint): string {
  const fraction = (amountMicro % 1_000_000n)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${amountMicro / 1_000_000n}.${fraction}`;
}
