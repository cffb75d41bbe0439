// The main job as one person would do it through the API: upload, order, accept, print, ship, settle, verify. Every
// step first looks whether it was done before, so the story goes on where a killed process left it.

import { safe } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type {
  AccountView,
  ConsoleContract,
  JobView,
  MachineView,
  OrderView,
  QuoteView,
  TaskView,
} from '../../api/index.ts';
import { CHUNK_SIZE_BYTES_MAX } from '../../api/index.ts';
import type { Bytes, Clock, Fault } from '../../base/index.ts';
import { bytesToHex, defineFaults, FaultError } from '../../base/index.ts';
import { nativeSha256 } from '../adapters/system.ts';

export type Api = ContractRouterClient<ConsoleContract>;

const storyFault = defineFaults('story', {
  'story.no-machine': {
    message: 'There is no printer in this world.',
    next: 'Start with an empty folder, or add a printer in the console.',
  },
  'story.order-ended': {
    message: 'The order ended as "{state}" instead of being settled.',
    next: 'Look at its timeline in the console; the money went back as the contract says.',
  },
  'story.print-failed': {
    message: 'The print failed {attempts} times in a row.',
    next: "Look at the printer's page in the console for the cause.",
  },
});

export type StoryOptions = {
  readonly model: { readonly name: string; readonly bytes: Bytes };
  readonly quantity: number;
  readonly speed: number;
};

export type StoryEvent = {
  readonly step: string;
  readonly text: string;
  readonly done: boolean;
  /** 0 … 1 while a step is under way. */
  readonly progress?: number;
};

export type Tell = (event: StoryEvent) => void;

export type StoryOutcome = {
  readonly order: OrderView;
  readonly quote: QuoteView;
  readonly jobs: readonly JobView[];
  readonly evidence: { readonly fileName: string; readonly bytes: Bytes };
};

/** A cancelled, failed or disturbed print is tried again this often. */
const PRINT_ATTEMPTS_MAX = 3;
/** Commands to machines are void after this, however late they arrive. */
const COMMAND_LIFE_MS = 10_000;
const POLL_MS = 40;

type People = Readonly<Record<'designer' | 'owner' | 'buyer', AccountView>>;
type Scene = {
  readonly api: Api;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly options: StoryOptions;
  readonly people: People;
};

/** Calls the API; a refusal is thrown as FaultError so that a story stops at the first one. */
export async function call<T>(promise: Promise<T>): Promise<T> {
  const { error, data } = await safe(promise);
  if (error === null) return data as T;
  const fault = (error as { data?: Fault }).data;
  throw fault?.code === undefined ? error : new FaultError(fault);
}

/** @throws FaultError at the first refusal. */
export async function playStory(
  api: Api,
  clock: Clock,
  options: StoryOptions,
  tell: Tell,
): Promise<StoryOutcome> {
  const accounts = await call(api.wallet.accounts());
  const person = (role: keyof People): AccountView => {
    const found = accounts.find((account) => account.role === role);
    if (found === undefined) throw new Error(`the demo world has no ${role}`);
    return found;
  };
  const people = { designer: person('designer'), owner: person('owner'), buyer: person('buyer') };
  const scene: Scene = { api, clock, tell, options, people };
  for (const [role, account] of Object.entries(people)) {
    tell({ step: 'identity', text: `${account.name} is the ${role}: ${account.address}`, done: true });
  }
  const modelId = await publish(scene);
  const machine = await prepareMachine(scene);
  const { order, quote } = await orderPart(scene, modelId, machine);
  await acceptOrder(scene, order.id);
  const jobs = await printAll(scene, order.id);
  await deliver(scene, order.id);
  return { ...(await finish(scene, order.id)), quote, jobs };
}

async function waitForTask(scene: Scene, taskId: string, step: string): Promise<TaskView> {
  for (;;) {
    const task = (await call(scene.api.tasks.list())).find((candidate) => candidate.id === taskId);
    if (task === undefined) throw new Error('the task is gone');
    if (task.state === 'done') return task;
    if (task.fault !== undefined) throw new FaultError(task.fault as Fault);
    scene.tell({
      step,
      text: task.phase,
      done: false,
      ...(task.progress === null ? {} : { progress: task.progress }),
    });
    await scene.clock.sleep(POLL_MS);
  }
}

async function publish(scene: Scene): Promise<string> {
  const { api, tell, options, people } = scene;
  const actor = people.designer.address;
  const designHash = bytesToHex(nativeSha256(options.model.bytes));
  const published = (await call(api.models.list({ designer: actor }))).find(
    (model) => model.id === designHash,
  );
  if (published === undefined) {
    const draftId = (await findDraft(scene, actor, designHash)) ?? (await uploadModel(scene, actor));
    const draft = await call(api.drafts.get({ id: draftId }));
    if (draft.fault !== undefined) throw new FaultError(draft.fault as Fault);
    const { analysis } = draft;
    if (analysis !== undefined) {
      const size = [analysis.sizeUm.x, analysis.sizeUm.y, analysis.sizeUm.z]
        .map((um) => (um / 1000).toFixed(1))
        .join(' × ');
      const closed = analysis.watertight ? 'watertight' : 'not watertight, the slicer will repair it';
      tell({
        step: 'measured',
        text: `${size} mm, ${(analysis.volumeMm3 / 1000).toFixed(2)} cm³, ${analysis.triangles} triangles, ${closed}`,
        done: true,
      });
    }
    const title = options.model.name.replace(/\.[^.]+$/, '');
    const terms = { title, description: '', licence: 'print-per-copy', priceMicroPerCopy: 2_000_000n };
    const started = await call(api.drafts.publish({ id: draftId, actor, ...terms }));
    await waitForTask(scene, started.taskId, 'published');
  }
  const model = await call(api.models.get({ id: designHash }));
  tell({
    step: 'published',
    text: `"${model.title}" is first registered by ${model.designer.name} at height ${model.registered.height}`,
    done: true,
  });
  return designHash;
}

/** A draft of the same file from before an interruption, once its check is done. */
async function findDraft(scene: Scene, actor: string, designHash: string): Promise<string | undefined> {
  const { api, clock } = scene;
  for (;;) {
    const draft = (await call(api.drafts.list({ actor }))).find(
      (candidate) => candidate.designHash === designHash && candidate.state !== 'refused',
    );
    if (draft?.state !== 'analysing') return draft?.id;
    scene.tell({ step: 'upload', text: `${draft.fileName} is being checked again`, done: false });
    await clock.sleep(POLL_MS);
  }
}

async function uploadModel(scene: Scene, actor: string): Promise<string> {
  const { api, options, tell } = scene;
  const { name, bytes } = options.model;
  const { uploadId } = await call(api.uploads.begin({ actor, fileName: name, sizeBytes: bytes.length }));
  for (let offset = 0; offset < bytes.length; offset += CHUNK_SIZE_BYTES_MAX) {
    const data = new Blob([bytes.slice(offset, offset + CHUNK_SIZE_BYTES_MAX)]);
    await call(api.uploads.chunk({ uploadId, offset, data }));
    tell({ step: 'upload', text: name, done: false, progress: offset / bytes.length });
  }
  const { draftId, taskId } = await call(api.uploads.finish({ uploadId }));
  await waitForTask(scene, taskId, 'upload');
  tell({ step: 'upload', text: `${name}, ${bytes.length} bytes, encrypted and stored`, done: true });
  return draftId;
}

async function prepareMachine(scene: Scene): Promise<MachineView> {
  const { api, options, tell } = scene;
  const machine = (await call(api.machines.list())).find(
    (candidate) => candidate.driver === 'virtual' && candidate.mine,
  );
  if (machine === undefined) throw new FaultError(storyFault('story.no-machine'));
  if (machine.timeScale !== options.speed)
    await call(api.machines.setTimeScale({ id: machine.id, timeScale: options.speed }));
  await makeReady(scene, machine.id);
  const { x, y, z } = machine.volumeMm;
  tell({
    step: 'machine',
    text: `${machine.name}: ${x} × ${y} × ${z} mm, nozzle ${machine.nozzleUm / 1000} mm, owned by ${machine.owner.name}`,
    done: true,
  });
  return call(api.machines.get({ id: machine.id }));
}

/** Connects the machine where it is offline or in fault, and waits for it to be idle. */
async function makeReady({ api, clock }: Scene, machineId: string): Promise<void> {
  for (;;) {
    const { state } = await call(api.machines.get({ id: machineId }));
    if (state === 'idle') return;
    if (state === 'offline' || state === 'connecting' || state === 'fault')
      await call(api.machines.connect({ id: machineId }));
    else await clock.sleep(POLL_MS);
  }
}

async function orderPart(
  scene: Scene,
  modelId: string,
  machine: MachineView,
): Promise<{ order: OrderView; quote: QuoteView }> {
  const { api, tell, options, people } = scene;
  const actor = people.buyer.address;
  const open = (await call(api.orders.list({ actor }))).find(
    (card) =>
      card.modelId === modelId &&
      card.quantity === options.quantity &&
      (!card.final || card.state === 'settled'),
  );
  let orderId = open?.id;
  if (orderId === undefined) {
    const quote = await requestQuote(scene, modelId, machine);
    const placed = await call(api.orders.place({ actor, quoteId: quote.id }));
    orderId = placed.orderId;
  }
  const order = await call(api.orders.get({ actor, id: orderId, locale: 'en' }));
  tell({
    step: 'ordered',
    text: `order ${order.id}: ${formatMicro(order.totalMicro)} DPN of ${people.buyer.name} in escrow for ${options.quantity}`,
    done: true,
  });
  return { order, quote: order.quote };
}

async function requestQuote(scene: Scene, modelId: string, machine: MachineView): Promise<QuoteView> {
  const { api, tell, options, people } = scene;
  const material = machine.materials[0];
  if (material === undefined) throw new Error('a registered machine has a material');
  const settings = { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false };
  const request = {
    actor: people.buyer.address,
    modelId,
    machineId: machine.id,
    quantity: options.quantity,
    settings,
  };
  const started = await call(
    api.quotes.request({ ...request, material: material.material, colour: material.colour }),
  );
  const task = await waitForTask(scene, started.taskId, 'quote');
  const quote = await call(api.quotes.get({ id: task.resultId ?? '' }));
  const minutes = Math.ceil(quote.secondsPerCopy / 60);
  tell({
    step: 'quote',
    text: `${quote.slicer}: ${minutes} min and ${(quote.milligramsPerCopy / 1000).toFixed(2)} g a copy`,
    done: true,
  });
  for (const line of quote.lines) {
    tell({
      step: 'quote',
      text: `  ${line.code.padEnd(12)} ${formatMicro(line.amountMicro).padStart(12)} DPN`,
      done: true,
    });
  }
  return quote;
}

async function acceptOrder(scene: Scene, orderId: string): Promise<void> {
  const { api, tell, people } = scene;
  const actor = people.owner.address;
  const order = await call(api.orders.get({ actor, id: orderId, locale: 'en' }));
  if (order.actions.some((action) => action.event === 'accept' && action.role === 'owner')) {
    await call(api.orders.act({ actor, id: orderId, event: 'accept', args: {} }));
  }
  tell({ step: 'accepted', text: `${people.owner.name} accepted the order`, done: true });
  const released = await waitForOrder(scene, orderId, (view) => view.licence?.released === true);
  tell({
    step: 'licence',
    text: `the model key is released to this machine for ${released.licence?.quantity} and no more`,
    done: true,
  });
}

async function waitForOrder(
  scene: Scene,
  orderId: string,
  wanted: (order: OrderView) => boolean,
): Promise<OrderView> {
  for (;;) {
    const order = await call(
      scene.api.orders.get({ actor: scene.people.buyer.address, id: orderId, locale: 'en' }),
    );
    if (wanted(order)) return order;
    if (order.final) throw new FaultError(storyFault('story.order-ended', { state: order.state }));
    await scene.clock.sleep(POLL_MS);
  }
}

async function printAll(scene: Scene, orderId: string): Promise<JobView[]> {
  const ofOrder = async () => (await call(scene.api.jobs.list({}))).filter((job) => job.orderId === orderId);
  let jobs = await ofOrder();
  while (jobs.length < scene.options.quantity) {
    await scene.clock.sleep(POLL_MS);
    jobs = await ofOrder();
  }
  for (const job of [...jobs].sort((a, b) => a.copy - b.copy)) await printOne(scene, job);
  return ofOrder();
}

async function printOne(scene: Scene, first: JobView): Promise<void> {
  const { api, tell, clock } = scene;
  let job = first;
  for (let attempt = 1; job.state !== 'finished'; attempt++) {
    if (attempt > PRINT_ATTEMPTS_MAX)
      throw new FaultError(storyFault('story.print-failed', { attempts: PRINT_ATTEMPTS_MAX }));
    if (job.state === 'failed' || job.state === 'cancelled') await call(api.jobs.retry({ id: job.id }));
    await makeReady(scene, job.machineId);
    await call(api.machines.confirmBedClear({ id: job.machineId }));
    await call(api.jobs.start({ id: job.id, expiresMs: clock.nowMs() + COMMAND_LIFE_MS }));
    tell({
      step: 'print',
      text: `copy ${job.copy} of ${job.copies} started on a bed confirmed clear`,
      done: true,
    });
    job = await followJob(scene, job.id);
    if (job.fault !== undefined)
      tell({ step: 'print', text: `${job.fault.message} (${job.fault.code})`, done: true });
  }
  const progress = job.progress;
  if (progress !== undefined) {
    const detail = `${progress.linesAcknowledged} lines acknowledged, ${progress.layersTotal} layers, ${progress.resends} resends`;
    tell({ step: 'print', text: `copy ${job.copy} of ${job.copies} finished: ${detail}`, done: true });
  }
}

async function followJob(scene: Scene, jobId: string): Promise<JobView> {
  for (;;) {
    const job = await call(scene.api.jobs.get({ id: jobId }));
    if (job.state === 'finished' || job.state === 'failed' || job.state === 'cancelled') return job;
    if (job.progress !== undefined) {
      const { linesAcknowledged, linesTotal, layer, layersTotal } = job.progress;
      scene.tell({
        step: 'print',
        text: `layer ${layer} of ${layersTotal}`,
        done: false,
        progress: linesAcknowledged / Math.max(1, linesTotal),
      });
    }
    await scene.clock.sleep(POLL_MS);
  }
}

async function deliver(scene: Scene, orderId: string): Promise<void> {
  const { api, tell, people } = scene;
  const can = async (role: 'owner' | 'buyer', event: string) => {
    const order = await call(api.orders.get({ actor: people[role].address, id: orderId, locale: 'en' }));
    return order.final || order.actions.some((action) => action.event === event && action.role === role);
  };
  // The machine's own report of the last copy opens the way to shipping.
  await waitForOrder(
    scene,
    orderId,
    (order) => order.final || order.timeline.some((step) => step.code === 'printed' && step.state === 'done'),
  );
  let order = await call(api.orders.get({ actor: people.owner.address, id: orderId, locale: 'en' }));
  if (!order.final && (await can('owner', 'ship'))) {
    await call(
      api.orders.act({
        actor: people.owner.address,
        id: orderId,
        event: 'ship',
        args: { carrier: 'Post', tracking: 'RR123456785' },
      }),
    );
  }
  tell({ step: 'shipped', text: `${people.owner.name} shipped it`, done: true });
  order = await call(api.orders.get({ actor: people.buyer.address, id: orderId, locale: 'en' }));
  if (!order.final && (await can('buyer', 'confirm'))) {
    await call(api.orders.act({ actor: people.buyer.address, id: orderId, event: 'confirm', args: {} }));
  }
  tell({ step: 'delivered', text: `${people.buyer.name} accepted the delivery`, done: true });
}

async function finish(scene: Scene, orderId: string): Promise<Pick<StoryOutcome, 'order' | 'evidence'>> {
  const { api, tell } = scene;
  const order = await waitForOrder(
    scene,
    orderId,
    (view) => view.state === 'settled' && view.truth === 'verified',
  );
  for (const payout of order.payouts) {
    tell({
      step: 'settled',
      text: `  ${payout.role.padEnd(12)} ${formatMicro(payout.amountMicro).padStart(12)} DPN to ${payout.party.name}`,
      done: true,
    });
  }
  const { fileName, file } = await call(api.orders.exportEvidence({ id: orderId }));
  return { order, evidence: { fileName, bytes: new Uint8Array(await file.arrayBuffer()) } };
}

/** Two decimals at least, all six where they matter. */
function formatMicro(amountMicro: bigint): string {
  const whole = amountMicro / 1_000_000n;
  const fraction = (amountMicro % 1_000_000n)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${whole}.${fraction}`;
}
