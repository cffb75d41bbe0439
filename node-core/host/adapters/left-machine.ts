// A serial machine that a console left hot: takes its port as soon as nobody else holds it, makes it safe, and reports.
// Used by the watchdog, and by the next start where the watchdog was ended, too.

import { type Clock, type Fault, ok, type Result, refuse } from '../../base/index.ts';
import type { SerialLink } from '../../devices/index.ts';
import { makeCutterSafe, makeSafe } from '../../devices/index.ts';
import { systemClock } from './system.ts';
import type { ArmedPort, WatchFolder, WatchReport } from './watch-folder.ts';

export type LeftMachineParts = {
  readonly folder: WatchFolder;
  readonly clock: Clock;
  readonly by: WatchReport['by'];
  /** Opens the port for this process alone. */
  readonly open: (port: ArmedPort) => Promise<Result<SerialLink>>;
};

const RETRY_MS = 500;
/** A console that dies slowly still holds its port; a program that keeps it longer drives the machine itself. */
const PATIENCE_MS = 60_000;
/** A port that is not there may come back, with the cable. */
const MISSING_MS = 10_000;

/** Resolves with the report, or with undefined where somebody else saw to it meanwhile. */
export async function attendLeftMachine(
  port: ArmedPort,
  parts: LeftMachineParts,
): Promise<WatchReport | undefined> {
  const { folder, clock, by } = parts;
  const opened = await openWhenFree(port, parts);
  if (opened === undefined) return undefined;
  const report = await makeSafeAndTell(port, opened, clock, by);
  folder.report(report);
  folder.disarm(port.machineId);
  return report;
}

/** For a process that holds the port already: makes it safe, and the entry as the folder has it goes. */
export async function attendOpenMachine(
  port: ArmedPort,
  folder: WatchFolder,
  opened: Result<SerialLink>,
): Promise<WatchReport> {
  const left = folder.armed().find(({ machineId }) => machineId === port.machineId) ?? port;
  const report = await makeSafeAndTell(left, opened, systemClock, 'console');
  if (report.end !== 'unreached') folder.disarm(port.machineId);
  return report;
}

async function makeSafeAndTell(
  { machineId, path, homed, cuts }: ArmedPort,
  opened: Result<SerialLink>,
  clock: Clock,
  by: WatchReport['by'],
): Promise<WatchReport> {
  const common = { machineId, path, by };
  if (!opened.ok) {
    return { ...common, end: 'unreached', detail: opened.fault.message.slice(0, 300), atMs: clock.nowMs() };
  }
  if (cuts === true) {
    const end = await makeCutterSafe(opened.value, clock);
    await opened.value.close();
    return { ...common, end, detail: '', atMs: clock.nowMs() };
  }
  const { end, restarted, temperatures } = await makeSafe(opened.value, clock, { homed });
  await opened.value.close();
  const heat = `nozzle ${temperatures.nozzleC ?? '?'} °C, bed ${temperatures.bedC ?? '?'} °C`;
  const detail = restarted ? `it restarted when the port was opened; ${heat}` : heat;
  return { ...common, end, detail, atMs: clock.nowMs() };
}

async function openWhenFree(
  port: ArmedPort,
  { folder, clock, open }: LeftMachineParts,
): Promise<Result<SerialLink> | undefined> {
  const sinceMs = clock.monotonicMs();
  let fault: Fault | undefined;
  const patienceMs = () => (fault?.code === 'device.port.locked' ? PATIENCE_MS : MISSING_MS);
  while (fault === undefined || clock.monotonicMs() - sinceMs < patienceMs()) {
    if (!folder.isArmed(port.machineId)) return undefined;
    const opened = await open(port);
    if (opened.ok) {
      // Between the look and the lock somebody may have acted and gone.
      if (folder.isArmed(port.machineId)) return ok(opened.value);
      await opened.value.close();
      return undefined;
    }
    fault = opened.fault;
    await clock.sleep(RETRY_MS);
  }
  return refuse(fault);
}
