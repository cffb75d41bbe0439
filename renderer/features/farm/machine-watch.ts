// One machine's event stream, past React: the nozzle goes straight to the picture, temperatures to the graph; text and
// numbers reach React a few times a second.

import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { MachineEventView, ProgressView, TemperaturesView } from '../../../node-core/api/index.ts';
import { api, queryClient, useConsole } from '../../bridge/index.ts';
import { createNozzleFeed, type NozzleFeed } from '../../scene/index.ts';
import { appendSample, type Sample } from './temperature-series.ts';

export type TerminalLine = Extract<MachineEventView, { type: 'lines' }>['lines'][number] & {
  readonly key: number;
};

export type WatchSnapshot = {
  readonly progress: ProgressView | undefined;
  readonly temperatures: TemperaturesView | undefined;
  readonly lines: readonly TerminalLine[];
};

export type MachineWatch = {
  readonly feed: NozzleFeed;
  /** Appended in place; read it when told. */
  readonly samples: Sample[];
  readonly snapshot: () => WatchSnapshot;
  readonly subscribe: (listener: () => void) => () => void;
  /** Takes one event of the stream. */
  readonly take: (event: MachineEventView) => void;
  /** Puts what was before the page was opened in front. */
  readonly seed: (samples: readonly Sample[]) => void;
};

const FLUSH_MS = 250;
const LINES_MAX = 600;
const SAMPLES_MAX = 8_000;
const RETRY_MS = 500;

export function createMachineWatch(
  onMachine: (event: Extract<MachineEventView, { type: 'machine' }>) => void,
): MachineWatch {
  const feed = createNozzleFeed();
  const samples: Sample[] = [];
  const listeners = new Set<() => void>();
  let snapshot: WatchSnapshot = { progress: undefined, temperatures: undefined, lines: [] };
  let pending = snapshot;
  let lineCount = 0;
  let waiting = false;
  const flush = (): void => {
    waiting = false;
    snapshot = pending;
    for (const listener of listeners) listener();
  };
  const change = (next: Partial<WatchSnapshot>): void => {
    pending = { ...pending, ...next };
    if (waiting) return;
    waiting = true;
    setTimeout(flush, FLUSH_MS);
  };
  return {
    feed,
    samples,
    snapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    seed(earlier) {
      const live = samples.splice(0, samples.length);
      for (const sample of [...earlier, ...live]) appendSample(samples, sample, SAMPLES_MAX);
      change({});
    },
    take(event) {
      switch (event.type) {
        case 'machine':
          onMachine(event);
          break;
        case 'temperatures':
          appendSample(samples, { ...event.temperatures, atMs: event.atMs }, SAMPLES_MAX);
          change({ temperatures: event.temperatures });
          break;
        case 'progress':
          feed.push({ moves: event.progress.moveIndex, atMs: performance.now() });
          change({ progress: event.progress });
          break;
        case 'lines': {
          const added = event.lines.map((line) => ({ ...line, key: ++lineCount }));
          change({ lines: [...pending.lines, ...added].slice(-LINES_MAX) });
          break;
        }
      }
    },
  };
}

/** Watches for as long as the component is shown; picks up again after a lost connection. */
export function useMachineWatch(id: string, enabled: boolean): MachineWatch {
  const watch = useMemo(
    () => createMachineWatch(({ machine }) => queryClient.setQueryData(['machines', 'get', id], machine)),
    [id],
  );
  const open = useConsole((state) => state.connection === 'open');
  useEffect(() => {
    if (!open || !enabled) return undefined;
    const stop = new AbortController();
    void follow(id, watch, stop.signal);
    return () => stop.abort();
  }, [id, watch, open, enabled]);
  return watch;
}

async function follow(id: string, watch: MachineWatch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      watch.seed(await api.machines.temperatureHistory({ id }, { signal }));
      for await (const event of await api.machines.watch({ id }, { signal })) {
        if (signal.aborted) return;
        watch.take(event);
      }
    } catch {
      // The machine's page says what is wrong; here it only matters to try again.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

export function useWatchSnapshot(watch: MachineWatch): WatchSnapshot {
  return useSyncExternalStore(watch.subscribe, watch.snapshot);
}
