// What the services stand on: databases, vault, the world with its chain and light node, workers, slicers, blocks.

import { fileURLToPath } from 'node:url';
import type { AboutView } from '../../api/index.ts';
import { type Clock, FaultError, type Log, type Random } from '../../base/index.ts';
import type { ContentCrypto } from '../../content/index.ts';
import { createFileBlockStore, type FileBlockStore } from '../adapters/block-store.ts';
import { type DataDir, dataFault } from '../adapters/data-dir.ts';
import { createMachineService, type MachineService } from '../adapters/machine-service.ts';
import { createMeshService, type MeshService } from '../adapters/mesh-service.ts';
import { createParadigmService, type ParadigmService } from '../adapters/paradigm-service.ts';
import { createSlicers, type Slicers } from '../adapters/slicer.ts';
import {
  createSqliteKv,
  KV_MIGRATIONS,
  NewerDatabaseError,
  OlderDatabaseError,
  openChainSqlite,
  openSqlite,
  type Sqlite,
} from '../adapters/sqlite.ts';
import {
  createFileLog,
  createSeededRandom,
  nativeAead,
  nativeSha256,
  systemClock,
  systemRandom,
} from '../adapters/system.ts';
import type { Vault } from '../adapters/vault.ts';
import type { ConsoleOptions } from '../core.ts';
import { CHAT_MIGRATIONS } from '../dimp/chat-migrations.ts';
import type { DemoOptions } from '../services/demo-world.ts';
import { openNetworkWorld } from '../services/network-world.ts';
import { SLICE_TIMEOUT_MS } from '../services/quotes.ts';
import { openWorld, type World } from '../services/world.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import type { Undo } from './undo.ts';
import { unlock } from './unlock.ts';

export type Foundation = {
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

export async function layFoundation(options: ConsoleOptions, data: DataDir, undo: Undo): Promise<Foundation> {
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
