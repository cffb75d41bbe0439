// Asking and telling the core from React: queries that stay fresh by the core's own news, commands whose refusals are
// values and that cannot be sent twice by a double click.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AccountView, TaskView } from '../../node-core/api/index.ts';
import { api } from './client.ts';
import { faultOf, pageFault } from './faults.ts';
import { useConsole } from './store.ts';
import type { Fault, Topic } from './types.ts';

export type ApiQuery<T> = {
  /** Last known answer, also while a newer one is on its way. */
  readonly data: T | undefined;
  readonly fault: Fault | undefined;
  /** Nothing known yet: show a skeleton. */
  readonly isPending: boolean;
  readonly isFetching: boolean;
  /** Milliseconds since the epoch; 0 before the first answer. */
  readonly updatedMs: number;
  readonly refetch: () => void;
};

export type ApiQueryOptions = {
  readonly enabled?: boolean;
  /** The answer never changes (a mesh, a thumbnail): news of the topic does not reload it. */
  readonly immutable?: boolean;
  /** Show the previous key's answer until this key's is there (searches). */
  readonly keepPrevious?: boolean;
  readonly refetchIntervalMs?: number;
};

/** Reloads by itself whenever the core says that something of `topic` (the key's first part) changed. */
export function useApiQuery<T>(
  key: readonly [topic: Topic, ...rest: (string | number | boolean | null | undefined)[]],
  fn: (options: { signal: AbortSignal }) => Promise<T>,
  options: ApiQueryOptions = {},
): ApiQuery<T> {
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => fn({ signal }),
    enabled: options.enabled ?? true,
    meta: { immutable: options.immutable ?? false },
    ...(options.keepPrevious === true ? { placeholderData: keepPreviousData } : {}),
    ...(options.refetchIntervalMs === undefined ? {} : { refetchInterval: options.refetchIntervalMs }),
  });
  const { refetch } = query;
  return {
    data: query.data,
    fault: query.error === null ? undefined : faultOf(query.error),
    isPending: query.isPending,
    isFetching: query.isFetching,
    updatedMs: query.dataUpdatedAt,
    refetch: useCallback(() => void refetch(), [refetch]),
  };
}

export type CommandResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

export type ApiCommand<I, T> = {
  /** Sends once; while one is on its way, further calls share its result. Never throws. */
  readonly run: (input: I) => Promise<CommandResult<T>>;
  readonly busy: boolean;
  /** Of the last run; cleared when the next starts. */
  readonly fault: Fault | undefined;
  readonly reset: () => void;
};

export function useApiCommand<I = void, T = unknown>(fn: (input: I) => Promise<T>): ApiCommand<I, T> {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault | undefined>(undefined);
  const latest = useRef(fn);
  const running = useRef<Promise<CommandResult<T>> | undefined>(undefined);
  const mounted = useRef(true);
  useEffect(() => {
    latest.current = fn;
  });
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const run = useCallback((input: I): Promise<CommandResult<T>> => {
    if (running.current !== undefined) return running.current;
    setBusy(true);
    setFault(undefined);
    const started = runOnce(latest.current, input).then((result) => {
      running.current = undefined;
      if (mounted.current) {
        setBusy(false);
        if (!result.ok) setFault(result.fault);
      }
      return result;
    });
    running.current = started;
    return started;
  }, []);
  const reset = useCallback(() => setFault(undefined), []);
  return { run, busy, fault, reset };
}

async function runOnce<I, T>(fn: (input: I) => Promise<T>, input: I): Promise<CommandResult<T>> {
  // A command must not lie in wait for the connection and surprise somebody later.
  if (useConsole.getState().connection !== 'open')
    return { ok: false, fault: pageFault('console.connection.lost') };
  try {
    return { ok: true, value: await fn(input) };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

export function useAccounts(): ApiQuery<AccountView[]> {
  return useApiQuery(['accounts', 'list'], ({ signal }) => api.wallet.accounts(undefined, { signal }));
}

/** The account that acts: the one of the current role. Undefined until known. */
export function useActor(): AccountView | undefined {
  const role = useConsole((state) => state.settings.role);
  return useAccounts().data?.find((account) => account.role === role);
}

export function useTask(taskId: string | undefined): TaskView | undefined {
  return useConsole((state) => (taskId === undefined ? undefined : state.tasks[taskId]));
}

/** Milliseconds since the epoch, anew every `everyMs`: for ages and countdowns. */
export function useNowMs(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** Public thumbnail of a published model. */
export function useModelThumbnail(modelId: string | undefined): ApiQuery<Blob> {
  return useApiQuery(
    ['models', 'thumbnail', modelId],
    ({ signal }) => api.models.thumbnail({ id: modelId ?? '' }, { signal }),
    { enabled: modelId !== undefined, immutable: true },
  );
}
