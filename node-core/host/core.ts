// Composition root: opens the data folder, starts the chain and the light node, and joins the services behind the API.
// Runs the same in Electron's utility process, under plain Node, and in tests.

import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { ConsoleContract } from '../api/index.ts';
import { type Bytes, type Fault, FaultError, ok, type Result, refuse } from '../base/index.ts';
import type { KeyPair } from '../identity/index.ts';
import { type DataDir, dataFault, diskFault, openDataDir } from './adapters/data-dir.ts';
import { endStartOver, finishStartOver } from './adapters/demo-folder.ts';
import type { SlicersOptions } from './adapters/slicer.ts';
import { type Foundation, layFoundation } from './composition/foundation.ts';
import { createServices, type Services } from './composition/services.ts';
import { type Undo, undoAll } from './composition/undo.ts';
import { createRouter } from './router.ts';
import { type DemoOptions, furnishDemoWorld } from './services/demo-world.ts';
import { ensureAccounts } from './services/first-accounts.ts';
import type { NetworkChoice } from './services/network-world.ts';
import type { TaskWork } from './services/tasks.ts';

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
  /** Folder of the bundled workers; default: beside the bundle that this runs in. */
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
    await services.machines.registration.forgetUnregistered();
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

/** What is wrong with the folder; undefined where the failure is none of its. */
function openFault(error: unknown, data: DataDir): Fault | undefined {
  if (error instanceof FaultError) return error.fault;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return dataFault('data.damaged', { file: 'console.db, chain.db, light.db' });
  return diskFault(error, data.path);
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
