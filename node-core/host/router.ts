// The API's contract, implemented: each procedure hands over to one service. Refusals leave as the typed error FAULT;
// anything else that is thrown is a bug, logged, and leaves as an error without details.

import { implement, ORPCError } from '@orpc/server';
import { z } from 'zod';
import { contract, PICTURE_BYTES_MAX } from '../api/index.ts';
import type { Bytes, Fault, Result } from '../base/index.ts';
import { defineFaults, FaultError } from '../base/index.ts';
import { RECOVERY_WORDS } from '../identity/index.ts';
import type { Services } from './core.ts';
import { type FinishedUpload, tooLarge } from './services/uploads.ts';

const base = implement(contract);

/** The value, or the fault as the API's typed error. */
function give<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw toApiError(result.fault);
}

function toApiError(fault: Fault): ORPCError<'FAULT', Fault> {
  return new ORPCError('FAULT', { defined: true, status: 422, message: fault.message, data: fault });
}

async function toBytes(blob: Blob): Promise<Bytes> {
  return new Uint8Array(await blob.arrayBuffer());
}

const blobOf = (bytes: Bytes, type: string) => new Blob([new Uint8Array(bytes)], { type });
const MESH_TYPE = 'application/vnd.dipnet.mesh';

export type ConsoleRouter = ReturnType<typeof createRouter>;

export function createRouter(services: Services) {
  const os = withFaults(services);
  return os.router({
    ...systemRoutes(os, services),
    ...networkRoutes(os, services),
    ...modelRoutes(os, services),
    ...machineRoutes(os, services),
    ...fileRoutes(os, services),
    ...jobRoutes(os, services),
    ...cameraRoutes(os, services),
    ...tradeRoutes(os, services),
    ...productRoutes(os, services),
    ...walletRoutes(os, services),
    ...nameRoutes(os, services),
    ...providerRoutes(os, services),
    ...accountRoutes(os, services),
    ...messageRoutes(os, services),
    ...callRoutes(os, services),
    ...paradigmRoutes(os, services),
  });
}

export const apiFault = defineFaults('api', {
  'api.input': {
    message: 'The console does not accept the value of "{field}".',
    next: 'Correct it and try again.',
  },
});

/** Turns thrown faults, refused input and failures of the outer world into the typed error, and logs bugs. */
function withFaults({ log, worldFault }: Services) {
  return base.use(async ({ next, path }) => {
    try {
      return await next();
    } catch (error) {
      if (error instanceof FaultError) throw toApiError(error.fault);
      const name = path.join('.');
      if (error instanceof ORPCError) {
        const refused = error.code === 'BAD_REQUEST' ? inputFault(name, error.data) : undefined;
        throw refused === undefined ? error : toApiError(refused);
      }
      log('error', 'api.failed', { path: name, error });
      const world = worldFault(error);
      throw world === undefined ? error : toApiError(world);
    }
  });
}

const Issues = z.object({
  issues: z.array(z.object({ code: z.string().optional(), path: z.array(z.unknown()).default([]) })).min(1),
});

/** The first thing that is wrong with an input; undefined where the error is about something else. */
function inputFault(procedure: string, data: unknown): Fault | undefined {
  const parsed = Issues.safeParse(data);
  const [issue] = parsed.success ? parsed.data.issues : [];
  if (issue === undefined) return undefined;
  const field = issue.path.map(String).join('.').slice(0, 60);
  if (procedure === 'uploads.begin' && field === 'sizeBytes' && issue.code === 'too_big') return tooLarge();
  return apiFault('api.input', { field: field === '' ? procedure : field });
}

type Base = ReturnType<typeof withFaults>;

function systemRoutes(os: Base, { system, settings, about, startOver, bus, tasks }: Services) {
  return {
    system: {
      status: os.system.status.handler(() => system.status()),
      events: os.system.events.handler(async function* ({ signal }) {
        const events = bus.stream(signal);
        yield { type: 'status', status: system.status() } as const;
        yield* events;
      }),
      settings: os.system.settings.handler(() => settings.read()),
      licences: os.system.licences.handler(() => give(about.licences())),
      about: os.system.about.handler(() => about.view()),
      startOver: os.system.startOver.handler(async () => {
        give(await startOver.run());
        return {};
      }),
      saveSettings: os.system.saveSettings.handler(({ input }) => settings.save(input)),
    },
    tasks: {
      list: os.tasks.list.handler(() => tasks.list()),
      cancel: os.tasks.cancel.handler(({ input }) => {
        give(tasks.cancel(input.id));
        return {};
      }),
    },
  };
}

function networkRoutes(os: Base, { network, staking, bus }: Services) {
  return {
    network: {
      view: os.network.view.handler(() => network.view((signing) => staking.overview(signing))),
      trust: os.network.trust.handler(async ({ input, signal }) => {
        give(await network.trust(BigInt(input.height), input.hash, signal));
        bus.changed('network');
        return {};
      }),
      stake: os.network.stake.handler(async ({ input }) => give(await staking.stakeOf(input.actor))),
      delegate: os.network.delegate.handler(async ({ input: { actor, operator, amountMicro } }) => ({
        txHash: give(await staking.delegate(actor, operator, amountMicro)),
      })),
      redelegate: os.network.redelegate.handler(async ({ input: { actor, operator, to, amountMicro } }) => ({
        txHash: give(await staking.redelegate(actor, operator, to, amountMicro)),
      })),
      undelegate: os.network.undelegate.handler(async ({ input: { actor, operator, amountMicro } }) => ({
        txHash: give(await staking.undelegate(actor, operator, amountMicro)),
      })),
      withdrawRewards: os.network.withdrawRewards.handler(async ({ input: { actor, operator } }) => ({
        txHash: give(await staking.withdraw(actor, operator)),
      })),
    },
  };
}

/** A file becomes a draft of its owner's, and is looked at. */
async function analyseDraft({ drafts, tasks }: Services, upload: FinishedUpload) {
  const draftId = await drafts.create(upload);
  const taskId = tasks.start('analyse', upload.fileName, (signal, report) =>
    drafts.analyse(draftId, signal, report),
  );
  drafts.whenRemoved(draftId, () => void tasks.cancel(taskId));
  return { draftId, taskId };
}

function modelRoutes(os: Base, services: Services) {
  const { uploads, models, drafts, tasks, identities } = services;
  return {
    uploads: {
      begin: os.uploads.begin.handler(({ input }) => {
        identities.keyPair(input.actor);
        return { uploadId: give(uploads.begin(input.actor, input.fileName, input.sizeBytes)) };
      }),
      chunk: os.uploads.chunk.handler(async ({ input }) => ({
        receivedBytes: give(uploads.chunk(input.uploadId, input.offset, await toBytes(input.data))),
      })),
      finish: os.uploads.finish.handler(async ({ input }) => {
        return analyseDraft(services, give(uploads.finish(input.uploadId)));
      }),
      abort: os.uploads.abort.handler(({ input }) => {
        uploads.abort(input.uploadId);
        return {};
      }),
    },
    drafts: {
      list: os.drafts.list.handler(({ input }) => drafts.list(input.actor)),
      get: os.drafts.get.handler(async ({ input }) => give(await drafts.get(input.id))),
      remove: os.drafts.remove.handler(async ({ input }) => {
        give(await drafts.remove(input.id));
        return {};
      }),
      mesh: os.drafts.mesh.handler(({ input }) => blobOf(give(drafts.mesh(input.id)), MESH_TYPE)),
      thumbnail: os.drafts.thumbnail.handler(({ input }) =>
        blobOf(give(drafts.preview(input.id)).thumbnail, 'image/png'),
      ),
      publish: os.drafts.publish.handler(({ input: { id, actor, ...terms } }) => ({
        // A registration that was sent cannot be taken back, so it cannot be cancelled.
        taskId: tasks.start(
          'publish',
          terms.title,
          (_signal, report) => models.publish(id, actor, terms, report),
          false,
        ),
      })),
    },
    models: {
      list: os.models.list.handler(async ({ input }) =>
        give(await models.list(input.search, input.designer)),
      ),
      get: os.models.get.handler(async ({ input }) => give(await models.get(input.id))),
      thumbnail: os.models.thumbnail.handler(async ({ input }) =>
        blobOf(give(await models.preview(input.id)).thumbnail, 'image/png'),
      ),
      preview: os.models.preview.handler(async ({ input }) =>
        blobOf(give(await models.preview(input.id)).mesh, MESH_TYPE),
      ),
    },
  };
}

/** Only what was said: an absent value changes nothing. */
function defined<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function shopRoutes(os: Base, { machines, machineTalk, shop, identities }: Services) {
  const owned = (id: string) => give(machines.row(id));
  return {
    shop: os.machines.shop.handler(({ input }) => shop.view(owned(input.id).address)),
    saveShop: os.machines.saveShop.handler(({ input: { id, ...change } }) => {
      shop.save(owned(id).address, defined(change));
      return {};
    }),
    talk: os.machines.talk.handler(({ input }) => give(machineTalk.view(input.id))),
    saveTalk: os.machines.saveTalk.handler(async ({ input: { id, ...change } }) => {
      give(await machineTalk.save(id, change));
      return {};
    }),
    grantRight: os.machines.grantRight.handler(({ input: { id, account, queue, print } }) => {
      identities.keyPair(account);
      shop.grant(owned(id).address, account, { queue, print });
      return {};
    }),
    loadSpool: os.machines.loadSpool.handler(({ input }) => {
      give(shop.load(input.id, owned(input.id).owner, input.spoolId));
      return {};
    }),
    wearSeenTo: os.machines.wearSeenTo.handler(({ input }) => {
      shop.wearSeenTo(owned(input.id).address);
      return {};
    }),
    upkeepDone: os.machines.upkeepDone.handler(({ input }) => {
      shop.upkeepDone(owned(input.id).address, input.task);
      return {};
    }),
  };
}

function spoolRoutes(os: Base, { shop, identities }: Services) {
  return {
    spools: {
      list: os.spools.list.handler(({ input }) => shop.spools(input.actor)),
      save: os.spools.save.handler(({ input }) => {
        identities.keyPair(input.actor);
        return { id: give(shop.saveSpool(input.actor, input.spool)) };
      }),
      remove: os.spools.remove.handler(({ input }) => {
        identities.keyPair(input.actor);
        shop.removeSpool(input.actor, input.id);
        return {};
      }),
    },
  };
}

/** How machines are reached: before they are added, when they are, and afterwards. */
function connectionRoutes(os: Base, machines: Services['machines']) {
  return {
    ports: os.machines.ports.handler(() => machines.ports()),
    probe: os.machines.probe.handler(async ({ input }) => {
      const { firmware } = give(await machines.probe(input));
      return { firmware };
    }),
    findSpeed: os.machines.findSpeed.handler(async ({ input, signal }) => {
      const { baudRate, firmware } = give(await machines.findSpeed(input.port, input.driver, signal));
      return { baudRate, firmware };
    }),
    add: os.machines.add.handler(async ({ input }) => ({ id: give(await machines.add(input)) })),
    setConnection: os.machines.setConnection.handler(async ({ input }) => {
      give(await machines.setConnection(input.id, input));
      return {};
    }),
  };
}

function machineRoutes(os: Base, services: Services) {
  const { machines, production } = services;
  return {
    ...spoolRoutes(os, services),
    machines: {
      ...shopRoutes(os, services),
      list: os.machines.list.handler(async () => give(await machines.list())),
      get: os.machines.get.handler(async ({ input }) => give(await machines.get(input.id))),
      ...connectionRoutes(os, machines),
      saveRule: os.machines.saveRule.handler(async ({ input }) => {
        give(machines.saveRule(input.id, input.rule));
        await production.reconcileAll();
        return {};
      }),
      guardRules: os.machines.guardRules.handler(({ input }) => give(machines.guardRules(input.id))),
      allow: os.machines.allow.handler(async ({ input }) => {
        give(await machines.allow(input.id, input.rule));
        return {};
      }),
      disallow: os.machines.disallow.handler(async ({ input }) => {
        give(await machines.disallow(input.id, input.key));
        return {};
      }),
      setTimeScale: os.machines.setTimeScale.handler(async ({ input }) => {
        give(await machines.setTimeScale(input.id, input.timeScale));
        return {};
      }),
      connect: os.machines.connect.handler(async ({ input }) => {
        give(await machines.connect(input.id));
        return {};
      }),
      disconnect: os.machines.disconnect.handler(async ({ input }) => {
        give(await machines.disconnect(input.id));
        return {};
      }),
      confirmBedClear: os.machines.confirmBedClear.handler(({ input }) => {
        give(production.confirmBedClear(input.id));
        return {};
      }),
      pause: os.machines.pause.handler(async ({ input }) => {
        give(await machines.command(input.id, 'pause', input.expiresMs));
        return {};
      }),
      resume: os.machines.resume.handler(async ({ input }) => {
        give(await machines.command(input.id, 'resume', input.expiresMs));
        return {};
      }),
      cancel: os.machines.cancel.handler(async ({ input }) => {
        give(await machines.command(input.id, 'cancel', input.expiresMs));
        return {};
      }),
      emergencyStop: os.machines.emergencyStop.handler(async ({ input }) => {
        give(await machines.emergencyStop(input.id));
        return {};
      }),
      send: os.machines.send.handler(async ({ input }) => ({
        replies: give(await machines.send(input.id, input.command, input.expiresMs)),
      })),
      temperatureHistory: os.machines.temperatureHistory.handler(({ input }) =>
        machines.temperatureHistory(input.id),
      ),
      watch: os.machines.watch.handler(({ input, signal }) => machines.watch(input.id, signal)),
    },
  };
}

function wishOf({ from, nozzleHeightMm }: { from: 'line' | 'layer'; nozzleHeightMm?: number | undefined }) {
  return { from, nozzleHeightMm };
}

/** The acting account, once it is one of this console's. */
function held(identities: Services['identities'], actor: string): string {
  identities.keyPair(actor);
  return actor;
}

function fileRoutes(os: Base, { files, uploads, tasks, identities }: Services) {
  return {
    files: {
      list: os.files.list.handler(({ input }) => files.list(held(identities, input.actor))),
      add: os.files.add.handler(({ input }) => {
        const { actor, fileName, bytes } = give(uploads.finish(input.uploadId));
        const taskId = tasks.start('analyse', fileName, (signal, report) =>
          files.add(actor, fileName, bytes, signal, report),
        );
        return { taskId };
      }),
      remove: os.files.remove.handler(({ input }) => {
        give(files.remove(held(identities, input.actor), input.id));
        return {};
      }),
      plan: os.files.plan.handler(async ({ input }) => {
        held(identities, input.actor);
        return give(await files.plan(input));
      }),
      queue: os.files.queue.handler(async ({ input }) => {
        held(identities, input.actor);
        return { batch: give(await files.queue(input)) };
      }),
      rearrange: os.files.rearrange.handler(async ({ input: { actor, batch, onto } }) => {
        give(await files.rearrange(held(identities, actor), batch, onto));
        return {};
      }),
    },
  };
}

function jobRoutes(os: Base, { production, jobFiles, jobs, files }: Services) {
  return {
    jobs: {
      cancel: os.jobs.cancel.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(files.cancel(input.id));
        return {};
      }),
      list: os.jobs.list.handler(({ input }) => jobs.list(input.machineId)),
      get: os.jobs.get.handler(({ input }) => jobs.get(input.id)),
      start: os.jobs.start.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'print'));
        give(production.start(input.id, input.expiresMs));
        return {};
      }),
      retry: os.jobs.retry.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.retry(input.id));
        return {};
      }),
      prefer: os.jobs.prefer.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.prefer(input.id, input.priority));
        return {};
      }),
      resumePlan: os.jobs.resumePlan.handler(async ({ input }) =>
        give(await jobFiles.resumePlan(input.id, wishOf(input))),
      ),
      resumePrint: os.jobs.resumePrint.handler(async ({ input }) => {
        give(production.allowed(input.id, input.actor, 'print'));
        give(await production.resumePrint(input.id, wishOf(input), input.expiresMs));
        return {};
      }),
      gather: os.jobs.gather.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.gather(input.id, input.orderIds));
        return {};
      }),
      moveToFront: os.jobs.moveToFront.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.moveToFront(input.id));
        return {};
      }),
      verdict: os.jobs.verdict.handler(async ({ input }) => give(await jobFiles.verdict(input.id))),
      toolpath: os.jobs.toolpath.handler(async ({ input }) =>
        blobOf(give(await jobFiles.toolpath(input.id)), 'application/vnd.dipnet.toolpath'),
      ),
    },
  };
}

function cameraRoutes(os: Base, { cameras, watcher, timelapses, jobs, machines }: Services) {
  const ownJob = (id: string) => {
    const job = jobs.job(id);
    give(machines.row(job.machineId));
    return job;
  };
  return {
    cameras: {
      get: os.cameras.get.handler(({ input }) => give(cameras.view(input.id))),
      save: os.cameras.save.handler(({ input: { id, ...settings } }) => {
        give(cameras.save(id, settings));
        return {};
      }),
      test: os.cameras.test.handler(async ({ input: { id, ...settings } }) => {
        const { jpeg, width, height } = give(await cameras.test(id, settings));
        return { width, height, picture: blobOf(jpeg, 'image/jpeg') };
      }),
      frame: os.cameras.frame.handler(async ({ input, signal }) =>
        give(await cameras.frame(input.id, input.after, signal)),
      ),
      orderPicture: os.cameras.orderPicture.handler(async ({ input }) =>
        give(await watcher.picture(input.actor, input.orderId)),
      ),
      watchOrder: os.cameras.watchOrder.handler(async ({ input }) =>
        give(await watcher.view(input.actor, input.orderId)),
      ),
      timelapse: os.cameras.timelapse.handler(({ input }) => {
        const job = ownJob(input.jobId);
        return { ...cameras.turning(job.machineId), frames: timelapses.frames(job) };
      }),
      timelapsePicture: os.cameras.timelapsePicture.handler(({ input }) =>
        blobOf(give(timelapses.picture(ownJob(input.jobId), input.index)), 'image/jpeg'),
      ),
    },
  };
}

function tradeRoutes(os: Base, { quotes, orders, releases, tasks, evidence, identities }: Services) {
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

function accountRoutes(os: Base, { identities, recovery, messenger, bus }: Services) {
  return {
    accounts: {
      wordList: os.accounts.wordList.handler(() => [...RECOVERY_WORDS]),
      locked: os.accounts.locked.handler(() => identities.locked()),
      inspect: os.accounts.inspect.handler(async ({ input }) => give(await recovery.inspect(input.words))),
      recover: os.accounts.recover.handler(async ({ input: { words, role, name } }) =>
        give(await recovery.recover(words, role, name)),
      ),
      exportFile: os.accounts.exportFile.handler(async ({ input: { actor, protection } }) => {
        const passphrase = protection.kind === 'passphrase' ? protection.passphrase : undefined;
        const bytes = give(await messenger.transfer.give(actor, passphrase));
        const fileName = `${actor}.${passphrase === undefined ? 'open.' : ''}dimp-account.json`;
        return { fileName, file: blobOf(bytes, 'application/json') };
      }),
      inspectFile: os.accounts.inspectFile.handler(async ({ input }) =>
        give(messenger.transfer.inspect(await toBytes(input.file))),
      ),
      importFile: os.accounts.importFile.handler(async ({ input: { file, passphrase, role, name } }) => {
        const taken = give(await messenger.transfer.take(await toBytes(file), passphrase, role, name));
        if (taken.added) give(await recovery.restore(taken.address));
        return taken;
      }),
      use: os.accounts.use.handler(({ input }) => {
        identities.use(input.actor);
        bus.changed('accounts');
        return {};
      }),
    },
  };
}

function messageRoutes(os: Base, services: Services) {
  const { names, providers, messenger, machineContacts } = services;
  const addContact = async (actor: string, text: string, called: string) => {
    const { id, name } = give(await names.contactOf(text));
    return messenger.addContact(actor, id, called === '' ? name : called);
  };
  return {
    messages: {
      view: os.messages.view.handler(({ input }) => messenger.view(input.actor)),
      chats: os.messages.chats.handler(({ input }) => messenger.chats(input.actor)),
      get: os.messages.get.handler(async ({ input }) =>
        give(await messenger.chat(input.actor, input.chat, input)),
      ),
      send: os.messages.send.handler(async ({ input }) => ({
        id: give(await messenger.send(input.actor, input.chat, input.text, input.replyTo)),
      })),
      ...fileMessageRoutes(os, services),
      markRead: os.messages.markRead.handler(async ({ input }) => {
        await messenger.markRead(input.actor, input.chat, input.through);
        return {};
      }),
      saveDraft: os.messages.saveDraft.handler(({ input }) => {
        messenger.saveDraft(input.actor, input.chat, input.text);
        return {};
      }),
      search: os.messages.search.handler(({ input }) => messenger.search(input.actor, input.query)),
      addContact: os.messages.addContact.handler(async ({ input }) => ({
        chat: give(await addContact(input.actor, input.id, input.name)),
      })),
      machine: os.messages.machine.handler(async ({ input }) =>
        give(await machineContacts.view(input.actor, input.chat)),
      ),
      askMachine: os.messages.askMachine.handler(async ({ input }) =>
        give(await machineContacts.act(input.actor, input.chat, input.act)),
      ),
      block: os.messages.block.handler(async ({ input }) => {
        give(await messenger.block(input.actor, input.chat, input.blocked));
        return {};
      }),
      mute: os.messages.mute.handler(async ({ input }) => {
        give(await messenger.mute(input.actor, input.chat, input.muted));
        return {};
      }),
      foundGroup: os.messages.foundGroup.handler(async ({ input }) => ({
        chat: give(await messenger.foundGroup(input.actor, input.name, input.members)),
      })),
      changeGroup: os.messages.changeGroup.handler(async ({ input }) => {
        give(await messenger.changeGroup(input.actor, input.chat, input));
        return {};
      }),
      ...amendingRoutes(os, messenger.amending),
      ...boardRoutes(os, messenger.boards),
      callMediator: os.messages.callMediator.handler(async ({ input }) => {
        give(await messenger.callMediator(input.actor, input.chat, input.id));
        return {};
      }),
      ...safetyRoutes(os, messenger.safety),
      price: os.messages.price.handler(({ input }) => messenger.price(input.actor)),
      askedPrice: os.messages.askedPrice.handler(({ input }) =>
        messenger.askedPrice(input.actor, input.chat),
      ),
      setPrice: os.messages.setPrice.handler(async ({ input }) => {
        await messenger.setPrice(input.actor, input.price);
        return {};
      }),
      chooseStation: os.messages.chooseStation.handler(async ({ input }) => {
        providers.forget();
        await messenger.useStation(input.station ?? undefined);
        return {};
      }),
    },
  };
}

function amendingRoutes({ messages }: Base, amending: Services['messenger']['amending']) {
  return {
    react: messages.react.handler(async ({ input: { actor, chat, id, sign } }) => {
      give(await amending.react(actor, chat, id, sign));
      return {};
    }),
    edit: messages.edit.handler(async ({ input: { actor, chat, id, text } }) => {
      give(await amending.edit(actor, chat, id, text));
      return {};
    }),
    remove: messages.remove.handler(async ({ input: { actor, chat, id } }) => {
      give(await amending.remove(actor, chat, id));
      return {};
    }),
    earlier: messages.earlier.handler(({ input: { actor, chat, id } }) =>
      give(amending.earlier(actor, chat, id)),
    ),
  };
}

function callRoutes(os: Base, { messenger: { calls } }: Services) {
  return {
    calls: {
      view: os.calls.view.handler(() => calls.view()),
      start: os.calls.start.handler(({ input: { actor, chat, video, seat } }) =>
        give(calls.start(actor, chat, video, seat)),
      ),
      accept: os.calls.accept.handler(({ input: { actor, call, seat } }) => {
        give(calls.accept(actor, call, seat));
        return {};
      }),
      end: os.calls.end.handler(({ input: { actor, call } }) => {
        calls.end(actor, call);
        return {};
      }),
      report: os.calls.report.handler(({ input: { actor, call, seat, report } }) => {
        give(calls.report(actor, call, seat, report));
        return {};
      }),
      seat: os.calls.seat.handler(({ input, signal }) => calls.seat(input.seat, signal)),
      settings: os.calls.settings.handler(() => calls.settings()),
      saveSettings: os.calls.saveSettings.handler(({ input }) => {
        calls.saveSettings(input);
        return {};
      }),
    },
  };
}

function fileMessageRoutes({ messages }: Base, services: Services) {
  const { messenger, uploads } = services;
  return {
    sendFile: messages.sendFile.handler(async ({ input: { actor, chat, uploadId, picture, durationS } }) => {
      if ((picture?.size ?? 0) > PICTURE_BYTES_MAX) throw new ORPCError('PAYLOAD_TOO_LARGE');
      const { fileName: name, bytes } = give(uploads.finish(uploadId));
      const small = picture === undefined ? undefined : await toBytes(picture);
      return { id: give(await messenger.sendFile(actor, chat, { name, bytes, picture: small, durationS })) };
    }),
    startFile: messages.startFile.handler(async ({ input }) => {
      await messenger.view(input.actor);
      give(messenger.files.start(input.actor, input.id, input.foreign));
      return {};
    }),
    pauseFile: messages.pauseFile.handler(async ({ input }) => {
      give(await messenger.files.pause(input.actor, input.id));
      return {};
    }),
    cancelFile: messages.cancelFile.handler(async ({ input }) => {
      give(await messenger.files.cancel(input.actor, input.id));
      return {};
    }),
    file: messages.file.handler(async ({ input }) =>
      blobOf(give(await messenger.files.open(input.actor, input.id)).bytes, 'application/octet-stream'),
    ),
    filePicture: messages.filePicture.handler(({ input }) =>
      blobOf(give(messenger.files.picture(input.actor, input.id)), 'application/octet-stream'),
    ),
    fileToStudio: messages.fileToStudio.handler(async ({ input }) => {
      const { name, bytes } = give(await messenger.files.open(input.actor, input.id));
      return analyseDraft(services, { actor: input.designer, fileName: name, bytes });
    }),
  };
}

function boardRoutes({ messages }: Base, boards: Services['messenger']['boards']) {
  return {
    boards: messages.boards.handler(({ input }) => boards.list(input.actor)),
    board: messages.board.handler(async ({ input }) => give(await boards.view(input.actor, input.id))),
    foundBoard: messages.foundBoard.handler(async ({ input: { actor, ...draft } }) => ({
      id: give(await boards.found(actor, draft)),
    })),
    post: messages.post.handler(async ({ input }) => {
      give(await boards.post(input.actor, input.id, input.text));
      return {};
    }),
    changeBoard: messages.changeBoard.handler(async ({ input }) => {
      give(await boards.change(input.actor, input.id, input.change));
      return {};
    }),
  };
}

function safetyRoutes({ messages }: Base, safety: Services['messenger']['safety']) {
  return {
    safety: messages.safety.handler(async ({ input }) => give(await safety.view(input.actor, input.chat))),
    verify: messages.verify.handler(async ({ input }) => {
      give(await safety.verify(input.actor, input.chat, input.verified));
      return {};
    }),
    allowStatic: messages.allowStatic.handler(async ({ input }) => {
      give(await safety.allowStatic(input.actor, input.chat));
      return {};
    }),
    setTimer: messages.setTimer.handler(async ({ input }) => {
      give(await safety.setTimer(input.actor, input.chat, input.seconds));
      return {};
    }),
    devices: messages.devices.handler(({ input }) => safety.devices(input.actor)),
    removeDevice: messages.removeDevice.handler(async ({ input }) => {
      give(await safety.removeDevice(input.actor, input.terminal));
      return {};
    }),
    disclose: messages.disclose.handler(async ({ input }) =>
      give(await safety.disclose(input.actor, input.chat, input.from, input.to)),
    ),
    checkDisclosure: messages.checkDisclosure.handler(async ({ input }) =>
      give(await safety.check(input.actor, input.text)),
    ),
  };
}

function walletRoutes(os: Base, { wallet, identities, bus }: Services) {
  return {
    wallet: {
      accounts: os.wallet.accounts.handler(async () => give(await wallet.accounts())),
      history: os.wallet.history.handler(({ input }) => wallet.history(input.address)),
      send: os.wallet.send.handler(async ({ input }) => ({
        txHash: give(await wallet.send(input.actor, input.to, input.token, input.amountMicro)),
      })),
      faucet: os.wallet.faucet.handler(async ({ input }) => ({
        txHash: give(await wallet.faucet(input.actor)),
      })),
      revealWords: os.wallet.revealWords.handler(async ({ input }) => ({
        words: await identities.words(input.actor),
      })),
      confirmBackup: os.wallet.confirmBackup.handler(async ({ input }) => {
        const confirmed = await wallet.confirmBackup(input.actor, input.answers);
        if (confirmed) bus.changed('accounts');
        return { confirmed };
      }),
    },
  };
}

function providerRoutes(os: Base, { providers }: Services) {
  const sent = (result: Result<string>) => ({ txHash: give(result) });
  return {
    providers: {
      view: os.providers.view.handler(async ({ input }) => give(await providers.view(input.actor))),
      register: os.providers.register.handler(async ({ input: { actor, name, stations } }) =>
        sent(await providers.register(actor, name, stations)),
      ),
      leave: os.providers.leave.handler(async ({ input }) => sent(await providers.leave(input.actor))),
      use: os.providers.use.handler(async ({ input }) => {
        give(await providers.use(input.actor, input.provider));
        return {};
      }),
    },
  };
}

function nameRoutes(os: Base, { names }: Services) {
  const sent = (result: Result<string>) => ({ txHash: give(result) });
  return {
    names: {
      resolve: os.names.resolve.handler(async ({ input }) => give(await names.resolve(input.name))),
      view: os.names.view.handler(async ({ input }) => give(await names.view(input.actor))),
      register: os.names.register.handler(async ({ input: { actor, name, years } }) => ({
        taskId: give(await names.register(actor, name, years)),
      })),
      renew: os.names.renew.handler(async ({ input: { actor, name, years } }) =>
        sent(await names.renew(actor, name, years)),
      ),
      goBy: os.names.goBy.handler(async ({ input }) => sent(await names.goBy(input.actor, input.name))),
      transfer: os.names.transfer.handler(async ({ input: { actor, name, to } }) =>
        sent(await names.transfer(actor, name, to)),
      ),
      point: os.names.point.handler(async ({ input: { actor, name, to } }) =>
        sent(await names.point(actor, name, to)),
      ),
    },
  };
}

function productRoutes(os: Base, services: Services) {
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

function paradigmRoutes(os: Base, { paradigms, council, agreements }: Services) {
  const sent = (result: Result<string>) => ({ txHash: give(result) });
  return {
    council: {
      view: os.council.view.handler(async ({ input }) => give(await council.view(input.actor, input.locale))),
      join: os.council.join.handler(async ({ input }) =>
        sent(await council.join(input.actor, input.amountMicro)),
      ),
      leave: os.council.leave.handler(async ({ input }) => sent(await council.leave(input.actor))),
      vote: os.council.vote.handler(async ({ input: { actor, id, approve, reason } }) =>
        sent(await council.vote(actor, id, approve, reason)),
      ),
      appeal: os.council.appeal.handler(async ({ input }) =>
        sent(await council.appeal(input.actor, input.id)),
      ),
      document: os.council.document.handler(async ({ input }) =>
        give(paradigms.pageOf(give(await council.documentOf(input.id)), input.locale)),
      ),
    },
    agreements: {
      list: os.agreements.list.handler(async ({ input }) =>
        give(await agreements.list(input.actor, input.locale)),
      ),
      get: os.agreements.get.handler(async ({ input }) =>
        give(await agreements.get(input.actor, input.id, input.locale)),
      ),
      begin: os.agreements.begin.handler(async ({ input: { actor, paradigmId, roles, values, locale } }) => ({
        id: give(await agreements.begin(actor, paradigmId, roles, values, locale)),
      })),
      act: os.agreements.act.handler(async ({ input: { actor, id, event, args, locale } }) => {
        give(await agreements.act(actor, id, event, args, locale));
        return {};
      }),
      foresee: os.agreements.foresee.handler(async ({ input: { actor, id, event, args, locale } }) =>
        give(await agreements.foresee(actor, id, event, args, locale)),
      ),
    },
    paradigms: {
      submit: os.paradigms.submit.handler(async ({ input }) =>
        sent(await council.submit(input.actor, input.text)),
      ),
      withdraw: os.paradigms.withdraw.handler(async ({ input }) =>
        sent(await council.withdraw(input.actor, input.id)),
      ),
      report: os.paradigms.report.handler(async ({ input }) =>
        sent(await council.report(input.actor, input.id, input.text)),
      ),
      list: os.paradigms.list.handler(async ({ input }) => give(await paradigms.list(input.locale))),
      get: os.paradigms.get.handler(async ({ input }) => give(await paradigms.get(input.id, input.locale))),
      example: os.paradigms.example.handler(async ({ input, signal }) =>
        give(await paradigms.example(input.id, input.values, input.locale, signal)),
      ),
      costs: os.paradigms.costs.handler(async ({ input }) => give(await paradigms.costs(input.id))),
      check: os.paradigms.check.handler(async ({ input, signal }) =>
        give(await paradigms.check(input.text, input.locale, signal)),
      ),
    },
  };
}
