// What this console knows of the print of an order on one of its own machines, and what their owner shows of it.

import type { Job, PrintFacts, PrintLook, Sight } from '../../jobs/index.ts';
import { jobHash } from '../../jobs/index.ts';
import type { Cameras } from './cameras.ts';
import type { JobStore } from './job-store.ts';
import type { JobViews } from './job-views.ts';
import type { Machines } from './machines.ts';
import type { Shop } from './shop.ts';

export type PrintLookParts = {
  readonly store: JobStore;
  readonly machines: Machines;
  readonly shop: Shop;
  readonly cameras: Cameras;
  readonly jobs: Pick<JobViews, 'progress'>;
};

/** Undefined where nothing of the order is in this console's queue. */
export function lookAtPrint(
  parts: PrintLookParts,
  orderId: string,
): (PrintLook & { machineId: string }) | undefined {
  const jobs = parts.store.ofOrder(orderId).filter(({ machineId }) => parts.machines.row(machineId).ok);
  const job = mostTelling(jobs);
  if (job === undefined) return undefined;
  const { machineId } = job;
  return { machineId, sight: sightOf(parts, machineId), facts: factsOf(parts, job) };
}

function sightOf({ shop, cameras }: Pick<PrintLookParts, 'shop' | 'cameras'>, machineId: string): Sight {
  return { ...shop.sight(machineId), pictures: cameras.showsBuyers(machineId) };
}

/** The copy that prints; else the next one; else the one that ended last. */
function mostTelling(jobs: readonly Job[]): Job | undefined {
  const running = jobs.find(
    ({ phase }) => phase === 'starting' || phase === 'printing' || phase === 'paused',
  );
  const waiting = jobs.find(({ phase }) => phase === 'waiting');
  const ended = [...jobs].sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0));
  return running ?? waiting ?? ended[0];
}

function factsOf({ machines, jobs }: PrintLookParts, job: Job): PrintFacts {
  const progress = jobs.progress(job);
  const { temperatures } = machines.live(job.machineId).view(undefined);
  const lines = progress?.linesTotal ?? 0;
  const share = lines === 0 ? 0 : Math.min(1, (progress?.linesAcknowledged ?? 0) / lines);
  const layers = progress?.layersTotal ?? 0;
  const leftMs = job.phase === 'waiting' ? job.secondsEstimated * 1000 : (progress?.leftMs ?? null);
  return {
    job: jobHash(job.id),
    copy: job.copy,
    attempt: job.attempt,
    state: stateOf(job, progress?.layer ?? 0),
    layer: progress?.layer ?? 0,
    layers,
    permille: job.phase === 'finished' ? 1000 : Math.floor(share * 1000),
    leftS: leftMs === null ? null : Math.max(0, Math.round(leftMs / 1000)),
    heat: {
      nozzle: deci(temperatures.nozzleC),
      nozzleTarget: deci(temperatures.nozzleTargetC),
      bed: deci(temperatures.bedC),
      bedTarget: deci(temperatures.bedTargetC),
    },
  };
}

function stateOf({ phase }: Job, layer: number): PrintFacts['state'] {
  if (phase === 'starting') return 'heating';
  return phase === 'printing' && layer === 0 ? 'heating' : phase;
}

/** A sensor that reads nonsense shows none. */
function deci(celsius: number | null): number | null {
  const value = celsius === null ? Number.NaN : Math.round(celsius * 10);
  return Number.isFinite(value) && value >= -1000 && value <= 20_000 ? value : null;
}
