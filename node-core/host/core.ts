// Composition root: opens the data folder, starts the chain and the light node, and joins the services behind the API.
// Runs the same in Electron's utility process, under plain Node, and in tests.

import { existsSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { AboutView, ConsoleContract, StatusView } from '../api/index.ts';
import type { Bytes, Clock, Fault, Log, Random, Result } from '../base/index.ts';
import { bytesToHex, FaultError, hexToBytes, ok, refuse } from '../base/index.ts';
import type { ContentCrypto } from '../content/index.ts';
import type { KeyPair } from '../identity/index.ts';
import { addressToText } from '../identity/index.ts';
import type { FileBlockStore } from './adapters/block-store.ts';
import { createFileBlockStore } from './adapters/block-store.ts';
import type { DataDir } from './adapters/data-dir.ts';
import { dataFault, diskFault, openDataDir } from './adapters/data-dir.ts';
import { DEMO_KEY, endStartOver, finishStartOver } from './adapters/demo-folder.ts';
import type { MachineService } from './adapters/machine-service.ts';
import { createMachineService } from './adapters/machine-service.ts';
import type { MeshService } from './adapters/mesh-service.ts';
import { createMeshService } from './adapters/mesh-service.ts';
import type { ParadigmService } from './adapters/paradigm-service.ts';
import { createParadigmService } from './adapters/paradigm-service.ts';
import type { Slicers, SlicersOptions } from './adapters/slicer.ts';
import { createSlicers } from './adapters/slicer.ts';
import type { Sqlite } from './adapters/sqlite.ts';
import {
  createSqliteKv,
  KV_MIGRATIONS,
  NewerDatabaseError,
  OlderDatabaseError,
  openChainSqlite,
  openSqlite,
} from './adapters/sqlite.ts';
import { probeStation } from './adapters/station-probe.ts';
import {
  createFileLog,
  createSeededRandom,
  nativeAead,
  nativeSha256,
  systemClock,
  systemRandom,
} from './adapters/system.ts';
import type { Vault } from './adapters/vault.ts';
import { createVault, openFileVault, VAULT_SECRET_BYTES } from './adapters/vault.ts';
import { CHAT_MIGRATIONS } from './dimp/chat-migrations.ts';
import { Messenger, type MessengerParts } from './dimp/messenger.ts';
import { createRouter } from './router.ts';
import { createAbout } from './services/about.ts';
import { Agreements } from './services/agreements.ts';
import { type CameraParts, Cameras } from './services/cameras.ts';
import { createChainClient } from './services/chain-client.ts';
import type { ChainIndex } from './services/chain-index.ts';
import { createChainIndex } from './services/chain-index.ts';
import { createChainNames } from './services/chain-names.ts';
import { continueByItself } from './services/continuation.ts';
import { Council } from './services/council.ts';
import { createDemoCouncil } from './services/demo-council.ts';
import type { DemoOptions } from './services/demo-world.ts';
import { furnishDemoWorld } from './services/demo-world.ts';
import { Drafts } from './services/drafts.ts';
import type { EventBus } from './services/event-bus.ts';
import { createEventBus } from './services/event-bus.ts';
import { EvidenceService } from './services/evidence.ts';
import { ensureAccounts } from './services/first-accounts.ts';
import { createIdentities } from './services/identities.ts';
import { type JobFileParts, JobFiles } from './services/job-files.ts';
import { JobStore } from './services/job-store.ts';
import { JobStreams, type StreamParts } from './services/job-streams.ts';
import { JobViews } from './services/job-views.ts';
import { createKeyring } from './services/keyring.ts';
import { createStakeReader } from './services/locked-stake.ts';
import { type MachineContactParts, MachineContacts } from './services/machine-contacts.ts';
import { MachineTalk, type MachineTalkParts } from './services/machine-talk.ts';
import { Machines } from './services/machines.ts';
import { Models } from './services/models.ts';
import { Names } from './services/names.ts';
import { Network } from './services/network.ts';
import type { NetworkChoice } from './services/network-world.ts';
import { openNetworkWorld } from './services/network-world.ts';
import { PartiesOfOrders } from './services/order-parties.ts';
import { Orders } from './services/orders.ts';
import { type OwnFileParts, OwnFiles } from './services/own-files.ts';
import { OwnStation } from './services/own-station.ts';
import { Paradigms } from './services/paradigms.ts';
import { PartBatches } from './services/part-batches.ts';
import { createParties } from './services/parties.ts';
import { type Carry, PrintReporter, type ReporterParts, WATCH_SUBJECT } from './services/print-reporter.ts';
import { PrintWatcher, type WatcherParts } from './services/print-watcher.ts';
import { ProductGraphs } from './services/product-graphs.ts';
import type { ProductOrderParts } from './services/product-orders.ts';
import { ProductOrders } from './services/product-orders.ts';
import { ProductQuotes } from './services/product-quotes.ts';
import { Production, type ProductionParts } from './services/production.ts';
import { Products } from './services/products.ts';
import type { ProvidersParts, StationPlace } from './services/providers.ts';
import { Providers } from './services/providers.ts';
import { QuotesService, SLICE_TIMEOUT_MS } from './services/quotes.ts';
import { Recovery } from './services/recovery.ts';
import { RELEASE_SUBJECT, type ReleaseParts, Releases } from './services/releases.ts';
import { RemotePrints } from './services/remote-prints.ts';
import { createSealedValues } from './services/sealed-values.ts';
import { ServiceReceipts, type ServiceReceiptsParts } from './services/service-receipts.ts';
import { createSettings } from './services/settings.ts';
import { Shop, type ShopParts } from './services/shop.ts';
import { Staking } from './services/staking.ts';
import { createStartOver } from './services/start-over.ts';
import type { TaskWork } from './services/tasks.ts';
import { createTasks } from './services/tasks.ts';
import { type TimelapseParts, Timelapses } from './services/timelapses.ts';
import { createUploads } from './services/uploads.ts';
import { Wallet } from './services/wallet.ts';
import type { World, WorldRecord } from './services/world.ts';
import { createWorldRecord, openWorld } from './services/world.ts';
import { keepWorldFor, openWorldFor } from './services/world-for.ts';
import { CONSOLE_MIGRATIONS } from './store/migrations.ts';

export const VERSION = '0.1.0';
/** Long enough to gather the changes of one act, short enough not to be noticed. */
const STATUS_DELAY_MS = 100;

export type ConsoleOptions = {
  readonly dataPath: string;
  /** Builds a demo world on first start. */
  readonly demo?: DemoOptions;
  /** A network that others run; without it the console runs a chain of its own. */
  readonly network?: NetworkChoice;
  /** 32 bytes from the operating system's key store; without it a file in the data folder is used. */
  readonly vaultSecret?: Bytes;
  /** Closes this console and opens it again on the same folder, for whoever serves it. */
  readonly restart?: () => void;
  /** Which slicers to use; default: the installed one, else the embedded one. */
  readonly slicer?: Pick<SlicersOptions, 'prusaPath' | 'installed'> & {
    /** How long slicing one model may take. */
    readonly timeoutMs?: number;
  };
  /**
   * The identity of recovery words, for a folder whose vault or database is lost: where the account was used with the
   * folder before, it opens under a new vault. Ignored where the folder opens without.
   */
  readonly recoverWith?: KeyPair;
  /** Program and first arguments that start the watchdog of hot machines; default: this Node on its bundled file. */
  readonly watchdogCommand?: readonly string[];
  /** Folder of the bundled workers; default: beside this module. */
  readonly workersUrl?: URL;
  /** Entries of level warn and above, as lines. Default: dropped (the log file has them). */
  readonly echo?: (line: string) => void;
};

export type Console = {
  readonly router: ReturnType<typeof createRouter>;
  /** The API called in this process, without a wire. */
  readonly api: ContractRouterClient<ConsoleContract>;
  /** What stands behind the API, for tests that play the outer world. */
  readonly services: Services;
  /** Heaters off, everything stored, the folder let go. Called again, it is the same end. */
  close(): Promise<void>;
};

export type Services = Awaited<ReturnType<typeof createServices>>;

/** What the services stand on. */
type Foundation = {
  readonly data: DataDir;
  readonly database: Sqlite;
  readonly chatDatabase: Sqlite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly vault: Vault;
  readonly keys: AboutView['keys'];
  readonly world: World;
  readonly mesh: MeshService;
  readonly work: ParadigmService;
  readonly machineService: MachineService;
  readonly slicers: Slicers;
  readonly sliceTimeoutMs: number;
  readonly blocks: FileBlockStore;
  readonly crypto: ContentCrypto;
  readonly demo: DemoOptions | undefined;
};

/** Refused where the folder is in use, cannot be written, or does not hold what it should. */
export async function createConsole(options: ConsoleOptions): Promise<Result<Console>> {
  const data = openDataDir(options.dataPath);
  if (!data.ok) return data;
  const undo: Undo = [() => data.value.release()];
  try {
    const kept = finishStartOver(data.value);
    const foundation = await layFoundation(options, data.value, undo);
    const services = await createServices(foundation, undo, options.restart);
    if (kept !== undefined) {
      services.settings.save(kept);
      endStartOver(data.value);
    }
    await services.machines.forgetUnregistered();
    await services.drafts.markRegistered();
    if (options.demo !== undefined) await furnishDemoWorld(services, options.demo);
    else await ensureAccounts(services.identities, new Intl.DateTimeFormat().resolvedOptions().locale);
    await services.production.recover();
    await services.productOrders.reconcileAll();
    resumeDrafts(services);
    services.names.resume();
    void connectVirtualMachines(services);
    void attendReleases(services);
    void services.machines.showIncidents();
    const router = createRouter(services);
    const api = createRouterClient(router) as unknown as ContractRouterClient<ConsoleContract>;
    let closed: Promise<void> | undefined;
    const close = () => {
      closed ??= closeConsole(foundation, services, undo);
      return closed;
    };
    return ok({ router, api, services, close });
  } catch (error) {
    await undoAll(undo);
    const fault = openFault(error, data.value);
    if (fault === undefined) throw error;
    return refuse(fault);
  }
}

/** What to undo, last first, when opening fails or the console closes. */
type Undo = (() => unknown)[];

/** Each is tried, whatever the others do: a lock that stays would keep the folder from ever being opened again. */
async function undoAll(undo: Undo, log?: Log): Promise<void> {
  for (const work of undo.splice(0).reverse()) {
    try {
      await work();
    } catch (error) {
      log?.('error', 'close.failed', { error });
    }
  }
}

/** What is wrong with the folder; undefined where the failure is none of its. */
function openFault(error: unknown, data: DataDir): Fault | undefined {
  if (error instanceof FaultError) return error.fault;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return dataFault('data.damaged', { file: 'console.db, chain.db, light.db' });
  return diskFault(error, data.path);
}

function openDatabase(data: DataDir, name: string, undo: Undo, open: (path: string) => Sqlite): Sqlite {
  try {
    const database = open(data.file(name));
    undo.push(() => database.close());
    return database;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (error instanceof OlderDatabaseError)
      throw new FaultError(dataFault('data.older', { folder: data.path }));
    if (error instanceof NewerDatabaseError)
      throw new FaultError(dataFault('data.newer', { folder: data.path }));
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
      throw new FaultError(dataFault('data.damaged', { file: name }));
    throw error;
  }
}

async function layFoundation(options: ConsoleOptions, data: DataDir, undo: Undo): Promise<Foundation> {
  const random = options.demo?.seed === undefined ? systemRandom : createSeededRandom(options.demo.seed);
  const log = createFileLog(data.file('log', 'console.log'), 'warn', options.echo ?? (() => undefined));
  const database = openDatabase(data, 'console.db', undo, (path) => openSqlite(path, CONSOLE_MIGRATIONS));
  const chainDatabase = openDatabase(data, 'chain.db', undo, openChainSqlite);
  const chatDatabase = openDatabase(data, 'chat.db', undo, (path) => openSqlite(path, CHAT_MIGRATIONS));
  const lightDatabase = openDatabase(data, 'light.db', undo, (path) => openSqlite(path, KV_MIGRATIONS));
  const { vault, record } = unlock({ options, database, chainDatabase, random, data });
  const parts = { lightKv: createSqliteKv(lightDatabase), clock: systemClock, log };
  const world =
    options.network === undefined
      ? await openWorld(record, { ...parts, chainKv: createSqliteKv(chainDatabase) })
      : await openNetworkWorld(options.network, { ...parts, database, record });
  undo.push(() => world.engine.stop());
  const workers = options.workersUrl ?? new URL('.', import.meta.url);
  const mesh = createMeshService({ workerUrl: new URL('mesh-worker.js', workers) });
  const machineService = createMachineService({
    workerUrl: new URL('machine-worker.js', workers),
    watch: {
      command: options.watchdogCommand ?? [process.execPath, fileURLToPath(new URL('watchdog.js', workers))],
      folder: data.file('watch'),
    },
  });
  undo.push(() => machineService.close());
  return {
    data,
    database,
    chatDatabase,
    clock: systemClock,
    random,
    log,
    vault,
    world,
    mesh,
    work: createParadigmService({ workerUrl: new URL('paradigm-worker.js', workers) }),
    machineService,
    slicers: await createSlicers({ mesh, ...options.slicer }),
    blocks: createFileBlockStore(data.file('blocks')),
    keys: options.vaultSecret === undefined ? 'file' : 'shell',
    crypto: { ...nativeAead, sha256: nativeSha256 },
    sliceTimeoutMs: options.slicer?.timeoutMs ?? SLICE_TIMEOUT_MS,
    demo: options.demo,
  };
}

/** A vault file is made for an empty folder only: a new one could open nothing of what an old folder holds. */
function openVault({ vaultSecret }: ConsoleOptions, data: DataDir, database: Sqlite): Vault {
  if (vaultSecret !== undefined) return createVault(vaultSecret, systemRandom);
  const path = data.file('vault.key');
  const stored = statSync(path, { throwIfNoEntry: false });
  const isFirstTime = stored === undefined && sealedWorld(database) === undefined;
  if (!isFirstTime && stored?.size !== VAULT_SECRET_BYTES)
    throw new FaultError(dataFault('data.vault', { folder: data.path }));
  return openFileVault(path, systemRandom);
}

function sealedWorld(database: Sqlite): Bytes | undefined {
  const row = database.prepare("SELECT value FROM settings WHERE key = 'world'").get() as
    | { value: string }
    | undefined;
  return row === undefined ? undefined : hexToBytes(JSON.parse(row.value) as string);
}

type UnlockParts = Pick<Foundation, 'data' | 'database' | 'random'> & {
  readonly options: ConsoleOptions;
  readonly chainDatabase: Sqlite;
};
type Unlocked = { readonly vault: Vault; readonly record: WorldRecord };

/** The vault and the world's record that it seals. Where one of them is lost, an account of the folder opens it anew. */
function unlock(parts: UnlockParts): Unlocked {
  const { options, data, database } = parts;
  try {
    const vault = openVault(options, data, database);
    return { vault, record: worldRecord(parts, vault) };
  } catch (error) {
    if (options.recoverWith === undefined || !(error instanceof FaultError)) throw error;
    const record = openWorldFor(data, options.recoverWith);
    if (record === undefined) {
      const address = addressToText(options.recoverWith.address);
      throw new FaultError(dataFault('data.words', { address }), { cause: error });
    }
    const vault = replaceVault(options, data);
    storeRecord(database, vault, record);
    return { vault, record };
  }
}

/** The old vault file is kept aside: what it sealed may be wanted again, should it turn out to be the right one. */
function replaceVault({ vaultSecret }: ConsoleOptions, data: DataDir): Vault {
  if (vaultSecret !== undefined) return createVault(vaultSecret, systemRandom);
  const path = data.file('vault.key');
  if (existsSync(path)) renameSync(path, data.file(`vault.key.replaced-${Date.now()}`));
  return openFileVault(path, systemRandom);
}

function storeRecord(database: Sqlite, vault: Vault, record: WorldRecord): void {
  const sealed = vault.seal('world', new TextEncoder().encode(JSON.stringify(record)));
  const write = database.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  database.transaction(() => {
    write.run('world', JSON.stringify(bytesToHex(sealed)));
    if (record.demo === true) write.run(DEMO_KEY, 'true');
  })();
}

/** The record of the world, sealed in the database; made once. */
function worldRecord(
  { data, database, chainDatabase, random, options }: UnlockParts,
  vault: Vault,
): WorldRecord {
  const stored = sealedWorld(database);
  if (stored !== undefined) {
    const opened = vault.open('world', stored);
    if (opened === undefined) throw new FaultError(dataFault('data.vault', { folder: data.path }));
    return JSON.parse(new TextDecoder().decode(opened)) as WorldRecord;
  }
  // A chain without the record that began it: the console's own database is gone.
  if (chainDatabase.prepare('SELECT 1 FROM kv LIMIT 1').get() !== undefined)
    throw new FaultError(dataFault('data.damaged', { file: 'console.db' }));
  const record = createWorldRecord(random, systemClock.nowMs(), options.demo);
  storeRecord(database, vault, record);
  return record;
}

/** Lets other work run: between chunks of a large file, for instance. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Services that need nothing but the foundation. */
async function createBasics(foundation: Foundation) {
  const { data, database, vault, random, clock, log, world } = foundation;
  const worldFault = (error: unknown) => diskFault(error, data.path);
  const { engine, light } = world;
  const bus = createEventBus();
  const keepWorld = (key: KeyPair) => keepWorldFor(data, world.record, key);
  const identities = await createIdentities(database, vault, random, keepWorld);
  const network = new Network(engine, light, clock);
  const chainNames = createChainNames({ bus, clock, log });
  const onProof = () => network.countProof();
  const chain = createChainClient({ engine, light, database, bus, log, clock, onProof });
  return {
    log,
    worldFault,
    bus,
    identities,
    network,
    chain,
    settings: createSettings(database, bus),
    tasks: createTasks(clock, bus, log, worldFault),
    chainNames,
    parties: createParties(identities, world.knownNames, (account) => chainNames.known(account)),
    keyring: createKeyring(database, vault),
    index: createChainIndex(database, chain.anchors, bus, log),
    uploads: createUploads(clock, random),
    store: new JobStore(database, bus),
  };
}

type WatchingParts = Omit<ReporterParts, 'parties' | 'carry'> &
  Omit<WatcherParts, 'parties' | 'carry'> &
  MachineTalkParts &
  MachineContactParts & {
    readonly orders: Orders;
    readonly messenger: Messenger;
  };

/** Both sides of watching a print. Between accounts of this console nothing has to travel. */
function createWatching(parts: WatchingParts, undo: Undo) {
  const { messenger, identities, machines } = parts;
  const listen = async (actor: string, sender: string, act: string, data: Bytes): Promise<void> => {
    if (act === 'ask') await reporter.hear(actor, sender, data);
    else watcher.hear(actor, sender, act, data);
  };
  const carry: Carry = async (from, to, word) => {
    if (!identities.holds(to)) return messenger.say(from, to, word);
    await listen(to, from, word.act, word.data);
    return true;
  };
  const common = { ...parts, carry, parties: new PartiesOfOrders(parts.orders) };
  const reporter = new PrintReporter({ ...common, machines });
  const watcher = new PrintWatcher(common);
  undo.push(
    () => reporter.close(),
    () => watcher.close(),
  );
  const failed = (error: unknown) => parts.log('warn', 'watch.failed', { error });
  messenger.onWord(WATCH_SUBJECT, (...heard) => void listen(...heard).catch(failed));
  return { watcher, ...createMachineTalk(parts, undo) };
}

/** Machines as users of the messenger: those of this console, and those that its people know. */
function createMachineTalk(parts: MachineTalkParts & MachineContactParts, undo: Undo) {
  const machineTalk = new MachineTalk(parts);
  const machineContacts = new MachineContacts(parts);
  parts.messenger.admit(machineTalk, (actor, opened) => {
    if (parts.identities.holds(actor)) machineContacts.hear(actor, opened);
    else machineTalk.hear(actor, opened);
  });
  undo.push(() => machineContacts.close());
  return { machineTalk, machineContacts };
}

type PrintingParts = Omit<ProductionParts, 'streams' | 'shop' | 'cameras' | 'jobFiles'> &
  Omit<JobFileParts, 'files' | 'shop'> &
  Omit<OwnFileParts, 'shop'> &
  StreamParts &
  ShopParts &
  TimelapseParts &
  Omit<CameraParts, 'timelapses'>;

/** What prints, and what watches it. */
function createPrinting(parts: PrintingParts, undo: Undo) {
  const timelapses = new Timelapses(parts);
  const cameras = new Cameras({ ...parts, timelapses });
  undo.push(() => cameras.close());
  const shop = new Shop(parts);
  const files = new OwnFiles({ ...parts, shop });
  const jobFiles = new JobFiles({ ...parts, shop, files });
  const production = new Production({ ...parts, streams: new JobStreams(parts), shop, cameras, jobFiles });
  const jobs = new JobViews({ ...parts, shop, titleOf: (orderId) => parts.orders.titleOf(orderId) });
  return { shop, cameras, timelapses, files, jobFiles, production, jobs };
}

type MessagingParts = Foundation &
  Omit<ProvidersParts, 'probe' | 'messenger' | 'receipts' | 'ownStation'> &
  Omit<ServiceReceiptsParts, 'station' | 'tell'> &
  Omit<MessengerParts, 'stationFolder'> & { readonly index: ChainIndex; readonly names: Names };

/** The messenger, the providers, which change its station, and what stations are paid for. */
function createMessaging(parts: MessagingParts, undo: Undo) {
  const stationFolder = parts.data.file('station');
  const receipts = new ServiceReceipts({
    ...parts,
    station: () => messenger.standing(),
    tell: (actor, fields) => messenger.tellStation(actor, fields),
  });
  const ownStation: OwnStation = new OwnStation({ ...parts, station: () => messenger.station() });
  const messenger: Messenger = new Messenger({
    ...parts,
    database: parts.chatDatabase,
    stationFolder,
    receipts,
    serviceTerms: () => ownStation.serviceTerms(),
    readStake: createStakeReader(parts.chain, parts.log),
    accountOf: async (name) => {
      const found = await parts.names.resolve(name);
      return found.ok && found.value.status === 'active' ? found.value.account : undefined;
    },
  });
  undo.push(() => messenger.close());
  const seam = {
    connect: (station: StationPlace | undefined) => messenger.useStation(station),
    standing: () => messenger.standing(),
  };
  const providers = new Providers({ ...parts, probe: probeStation, messenger: seam, receipts, ownStation });
  parts.index.onEvent((event) => providers.days.onChainEvent(event));
  parts.index.onEvent((event) => ownStation.onChainEvent(event));
  undo.push(providers.follow());
  return { messenger, providers, ownStation };
}

/** Both sides of a print file that is released over the messenger. */
function createRelease(parts: ReleaseParts, undo: Undo) {
  const releases = new Releases(parts);
  const remotes = new RemotePrints(parts);
  undo.push(() => releases.close());
  parts.messenger.onWord(RELEASE_SUBJECT, (actor, sender, act, data) => {
    if (act === 'question') releases.hear(actor, sender, data);
    else remotes.hear(actor, sender, data);
  });
  return { releases, remotes };
}

async function createServices(foundation: Foundation, undo: Undo, restart?: () => void) {
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

/** Tells the pages the status again soon after a block, a job or a machine changed it; many changes make one message. */
function announceStatus(bus: EventBus, status: () => StatusView): () => void {
  let pending: NodeJS.Timeout | undefined;
  const unlisten = bus.listen((event) => {
    const concerns = event.type === 'changed' && (event.topic === 'network' || event.topic === 'jobs');
    if (!concerns || pending !== undefined) return;
    pending = setTimeout(() => {
      pending = undefined;
      bus.publish({ type: 'status', status: status() });
    }, STATUS_DELAY_MS).unref();
  });
  return () => {
    unlisten();
    clearTimeout(pending);
  };
}

/** Transactions that a crash left seen but not proved. */
async function proveUnproven(chain: ReturnType<typeof createChainClient>): Promise<void> {
  for (const txHash of chain.anchors.unverified()) await chain.proveByHash(hexToBytes(txHash));
}

function resumeDrafts({ drafts, tasks }: Services): void {
  for (const row of drafts.interrupted()) {
    const work: TaskWork = (signal, report) => drafts.analyse(row.id, signal, report);
    const taskId = tasks.start('analyse', row.file_name, work);
    drafts.whenRemoved(row.id, () => void tasks.cancel(taskId));
  }
}

/** Virtual printers have no switch to turn on; real ones wait for their owner. Never throws. */
async function connectVirtualMachines({ machines, log }: Services): Promise<void> {
  for (const { address: machine, driver } of machines.rows()) {
    if (driver !== 'virtual') continue;
    try {
      const connected = await machines.connect(machine);
      if (!connected.ok) log('warn', 'machine.connect-failed', { machine, code: connected.fault.code });
    } catch (error) {
      log('error', 'machine.connect-failed', { machine, error });
    }
  }
}

/** Whoever prints elsewhere what this console releases finds it there from its start. Never throws. */
async function attendReleases({ messenger, log }: Services): Promise<void> {
  await messenger.attend().catch((error: unknown) => log('warn', 'release.attend-failed', { error }));
}

function statusView(
  { world, slicers, clock, demo }: Foundation,
  { network, chain }: Awaited<ReturnType<typeof createBasics>>,
  machines: Machines,
): StatusView {
  const { chainId, peers, ...head } = world.engine.status();
  const verifiedHeight = network.verifiedHeight;
  // Without a node nobody tells the height; what is verified is known all the same.
  const height = Math.max(Number(head.height), verifiedHeight);
  const stale = network.stale(chain.known.recalled());
  const slicer = slicers.preferred;
  return {
    version: VERSION,
    chainId,
    height,
    verifiedHeight,
    synced: stale === null && verifiedHeight === height,
    stale,
    peers,
    activePrinters: machines.activeCount(),
    demo: demo !== undefined,
    slicer: slicer === undefined ? null : `${slicer.id} ${slicer.version}`,
    nowMs: clock.nowMs(),
  };
}

/** Machines first (heaters off), then what reports about them, then the chain, then the files. */
async function closeConsole({ log }: Foundation, services: Services, undo: Undo): Promise<void> {
  const tasks = services.tasks.close();
  undo.push(
    () => tasks,
    () => services.uploads.close(),
    () => services.production.close(),
    () => services.productOrders.close(),
    () => services.machines.close(),
  );
  await undoAll(undo, log);
}
