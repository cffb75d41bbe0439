// Composition root: opens the data folder, starts the chain and the light node, and joins the services behind the API.
// Runs the same in Electron's utility process, under plain Node, and in tests.

import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { ConsoleContract, StatusView } from '../api/index.ts';
import type { Bytes, Clock, Log, Random, Result } from '../base/index.ts';
import { bytesToHex, hexToBytes, ok } from '../base/index.ts';
import type { BlockStore, ContentCrypto } from '../content/index.ts';
import { createFileBlockStore } from './adapters/block-store.ts';
import type { DataDir } from './adapters/data-dir.ts';
import { openDataDir } from './adapters/data-dir.ts';
import type { MachineService } from './adapters/machine-service.ts';
import { createMachineService } from './adapters/machine-service.ts';
import type { MeshService } from './adapters/mesh-service.ts';
import { createMeshService } from './adapters/mesh-service.ts';
import type { Slicers } from './adapters/slicer.ts';
import { createSlicers } from './adapters/slicer.ts';
import type { Sqlite } from './adapters/sqlite.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from './adapters/sqlite.ts';
import {
  createFileLog,
  createSeededRandom,
  nativeAead,
  nativeSha256,
  systemClock,
  systemRandom,
} from './adapters/system.ts';
import type { Vault } from './adapters/vault.ts';
import { createVault, openFileVault } from './adapters/vault.ts';
import { createRouter } from './router.ts';
import { createChainClient } from './services/chain-client.ts';
import { createChainIndex } from './services/chain-index.ts';
import type { DemoOptions } from './services/demo-world.ts';
import { furnishDemoWorld } from './services/demo-world.ts';
import { Drafts } from './services/drafts.ts';
import type { EventBus } from './services/event-bus.ts';
import { createEventBus } from './services/event-bus.ts';
import { EvidenceService } from './services/evidence.ts';
import { createIdentities } from './services/identities.ts';
import { JobStore } from './services/job-store.ts';
import { JobViews } from './services/job-views.ts';
import { createKeyring } from './services/keyring.ts';
import { Machines } from './services/machines.ts';
import { Models } from './services/models.ts';
import { Network } from './services/network.ts';
import { Orders } from './services/orders.ts';
import { createParties } from './services/parties.ts';
import { Production } from './services/production.ts';
import { QuotesService } from './services/quotes.ts';
import { createSettings } from './services/settings.ts';
import { createTasks } from './services/tasks.ts';
import { createUploads } from './services/uploads.ts';
import { Wallet } from './services/wallet.ts';
import type { World } from './services/world.ts';
import { createWorldRecord, openWorld } from './services/world.ts';
import { CONSOLE_MIGRATIONS } from './store/migrations.ts';

export const VERSION = '0.1.0';

export type ConsoleOptions = {
  readonly dataPath: string;
  /** Builds a demo world on first start. */
  readonly demo?: DemoOptions;
  /** 32 bytes from the operating system's key store; without it a file in the data folder is used. */
  readonly vaultSecret?: Bytes;
  /** Folder of the bundled workers; default: beside this module. */
  readonly workersUrl?: URL;
  /** Entries of level warn and above, as lines. Default: dropped (the log file has them). */
  readonly echo?: (line: string) => void;
};

export type Console = {
  readonly router: ReturnType<typeof createRouter>;
  /** The API called in this process, without a wire. */
  readonly api: ContractRouterClient<ConsoleContract>;
  close(): Promise<void>;
};

export type Services = Awaited<ReturnType<typeof createServices>>;

/** What the services stand on. */
type Foundation = {
  readonly data: DataDir;
  readonly database: Sqlite;
  readonly chainDatabase: Sqlite;
  readonly lightDatabase: Sqlite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly vault: Vault;
  readonly world: World;
  readonly mesh: MeshService;
  readonly machineService: MachineService;
  readonly slicers: Slicers;
  readonly blocks: BlockStore;
  readonly crypto: ContentCrypto;
  readonly demo: DemoOptions | undefined;
};

/** Refused where the folder is in use or cannot be written. */
export async function createConsole(options: ConsoleOptions): Promise<Result<Console>> {
  const data = openDataDir(options.dataPath);
  if (!data.ok) return data;
  try {
    const foundation = await layFoundation(options, data.value);
    const services = await createServices(foundation);
    if (options.demo !== undefined) await furnishDemoWorld(services, options.demo);
    await services.production.recover();
    await resumeDrafts(services);
    void connectVirtualMachines(services);
    const router = createRouter(services);
    const api = createRouterClient(router) as unknown as ContractRouterClient<ConsoleContract>;
    return ok({ router, api, close: () => closeConsole(foundation, services) });
  } catch (error) {
    data.value.release();
    throw error;
  }
}

async function layFoundation(options: ConsoleOptions, data: DataDir): Promise<Foundation> {
  const random = options.demo?.seed === undefined ? systemRandom : createSeededRandom(options.demo.seed);
  const log = createFileLog(data.file('log', 'console.log'), 'warn', options.echo ?? (() => undefined));
  const database = openSqlite(data.file('console.db'), CONSOLE_MIGRATIONS);
  const chainDatabase = openSqlite(data.file('chain.db'), KV_MIGRATIONS);
  const lightDatabase = openSqlite(data.file('light.db'), KV_MIGRATIONS);
  const vault =
    options.vaultSecret === undefined
      ? openFileVault(data.file('vault.key'), systemRandom)
      : createVault(options.vaultSecret, systemRandom);
  const world = await openWorld(worldRecord(database, vault, random), {
    chainKv: createSqliteKv(chainDatabase),
    lightKv: createSqliteKv(lightDatabase),
    clock: systemClock,
    log,
  });
  const workers = options.workersUrl ?? new URL('.', import.meta.url);
  const mesh = createMeshService({ workerUrl: new URL('mesh-worker.js', workers) });
  return {
    data,
    database,
    chainDatabase,
    lightDatabase,
    clock: systemClock,
    random,
    log,
    vault,
    world,
    mesh,
    machineService: createMachineService({ workerUrl: new URL('machine-worker.js', workers) }),
    slicers: await createSlicers({ mesh }),
    blocks: createFileBlockStore(data.file('blocks')),
    crypto: { ...nativeAead, sha256: nativeSha256 },
    demo: options.demo,
  };
}

/** The record of the world, sealed in the database; made once. */
function worldRecord(database: Sqlite, vault: Vault, random: Random) {
  const row = database.prepare("SELECT value FROM settings WHERE key = 'world'").get() as
    | { value: string }
    | undefined;
  if (row !== undefined) {
    const opened = vault.open('world', hexToBytes(JSON.parse(row.value) as string));
    if (opened === undefined) throw new Error('the world of this folder was sealed by another vault');
    return JSON.parse(new TextDecoder().decode(opened)) as ReturnType<typeof createWorldRecord>;
  }
  const record = createWorldRecord(random, systemClock.nowMs());
  const sealed = vault.seal('world', new TextEncoder().encode(JSON.stringify(record)));
  database
    .prepare("INSERT INTO settings (key, value) VALUES ('world', ?)")
    .run(JSON.stringify(bytesToHex(sealed)));
  return record;
}

const STATUS_DELAY_MS = 100;

/** Lets other work run: between chunks of a large file, for instance. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Services that need nothing but the foundation. */
async function createBasics(foundation: Foundation) {
  const { database, vault, random, clock, log, world } = foundation;
  const { engine, light } = world;
  const bus = createEventBus();
  const identities = await createIdentities(database, vault, random);
  const network = new Network(engine, light, clock);
  const onProof = () => network.countProof();
  const chain = createChainClient({ engine, light, database, bus, log, nowMs: clock.nowMs, onProof });
  return {
    log,
    bus,
    identities,
    network,
    chain,
    settings: createSettings(database, bus),
    tasks: createTasks(clock, bus, log),
    parties: createParties(identities, world.knownNames),
    keyring: createKeyring(database, vault),
    index: createChainIndex(database, chain.anchors, bus, log),
    uploads: createUploads(clock, random),
    store: new JobStore(database, bus),
  };
}

async function createServices(foundation: Foundation) {
  const basics = await createBasics(foundation);
  const { chain, index, bus, identities, store } = basics;
  const { world, machineService: service, demo } = foundation;
  const parts = { ...foundation, ...basics, service, pause, paradigmId: world.paradigmId };
  const drafts = new Drafts(parts);
  const models = new Models(parts, drafts);
  const machines = new Machines(parts);
  const quotes = new QuotesService({ ...parts, models, machineState: (id) => machines.state(id) });
  const jobIdsOf = (orderId: string) => store.ofOrder(orderId).map((job) => job.id);
  const orders = new Orders({ ...parts, models, quotes, jobIdsOf });
  const production = new Production({ ...parts, machines, models, orders, quotes });
  const jobs = new JobViews(store, machines, (orderId) => orders.titleOf(orderId));
  const faucet = demo === undefined ? undefined : world.keys.faucet;
  const wallet = new Wallet({ ...parts, faucet });
  const evidence = new EvidenceService({ ...parts, engine: world.engine, light: world.light, orders });
  index.onEvent((event) => production.onChainEvent(event));
  const unfollow = [await index.follow(world.engine), basics.network.follow(() => bus.changed('network'))];
  await proveUnproven(chain);
  const system = { status: () => statusView(foundation, basics.network, machines) };
  announceStatus(bus, system.status);
  const trade = { drafts, models, machines, quotes, orders, production, jobs, wallet, evidence };
  return { ...basics, ...trade, identities, system, unfollow };
}

/** Tells the pages the status again soon after a block, a job or a machine changed it; many changes make one message. */
function announceStatus(bus: EventBus, status: () => StatusView): void {
  let pending = false;
  bus.listen((event) => {
    const concerns = event.type === 'changed' && (event.topic === 'network' || event.topic === 'jobs');
    if (!concerns || pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      bus.publish({ type: 'status', status: status() });
    }, STATUS_DELAY_MS).unref();
  });
}

/** Transactions that a crash left seen but not proved. */
async function proveUnproven(chain: ReturnType<typeof createChainClient>): Promise<void> {
  for (const txHash of chain.anchors.unverified()) await chain.proveByHash(hexToBytes(txHash));
}

async function resumeDrafts({ drafts, tasks }: Services): Promise<void> {
  for (const row of drafts.interrupted()) {
    tasks.start('analyse', row.file_name, (signal, report) => drafts.analyse(row.id, signal, report));
  }
}

/** Virtual printers have no switch to turn on; real ones wait for their owner. */
async function connectVirtualMachines({ machines, log }: Services): Promise<void> {
  for (const row of machines.rows()) {
    if (row.driver !== 'virtual') continue;
    const connected = await machines.connect(row.address);
    if (!connected.ok)
      log('warn', 'machine.connect-failed', { machine: row.address, code: connected.fault.code });
  }
}

function statusView(
  { world, slicers, clock, demo }: Foundation,
  network: Network,
  machines: Machines,
): StatusView {
  const { chainId, height, peers } = world.engine.status();
  const verifiedHeight = network.verifiedHeight;
  const slicer = slicers.preferred;
  return {
    version: VERSION,
    chainId,
    height: Number(height),
    verifiedHeight,
    synced: verifiedHeight === Number(height),
    peers,
    activePrinters: machines.activeCount(),
    demo: demo !== undefined,
    slicer: slicer === undefined ? null : `${slicer.id} ${slicer.version}`,
    nowMs: clock.nowMs(),
  };
}

/** Machines first (heaters off), then what reports about them, then the chain, then the files. */
async function closeConsole(foundation: Foundation, services: Services): Promise<void> {
  await services.tasks.close();
  await services.machines.close();
  await services.production.close();
  await foundation.machineService.close();
  for (const unfollow of services.unfollow) unfollow();
  await foundation.world.engine.stop();
  foundation.database.close();
  foundation.chainDatabase.close();
  foundation.lightDatabase.close();
  foundation.data.release();
}
