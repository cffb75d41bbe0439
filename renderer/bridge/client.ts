// The typed client of the core, and the life of the connection behind it. Nothing else in the pages talks to the core.

import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { QueryClient } from '@tanstack/react-query';
import type { ConsoleContract, ConsoleEvent, Settings } from '../../node-core/api/index.ts';
import { isImmutable, reloadTopics } from './reload.ts';
import { notifyFault, setSettings, useConsole, withTask } from './store.ts';
import { type Connection, connectTransport, openWire } from './transport.ts';
import type { Topic } from './types.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The core says when something changed; the core is on this machine, so the browser's idea of online is moot.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 30 * 60_000,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** Wakes the reconnection at once, for instance when the window is looked at again. */
let wake: () => void = () => undefined;

const link = connectTransport({
  open: openWire,
  onState: (connection) => void onConnection(connection),
  pause: (delayMs) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }),
});

export const api: ContractRouterClient<ConsoleContract> = createORPCClient(link);

window.addEventListener('online', () => wake());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') wake();
});

/** Tries again now. */
export function reconnect(): void {
  wake();
}

async function onConnection(connection: Connection): Promise<void> {
  const lost = useConsole.getState().connection === 'lost';
  useConsole.setState({ connection });
  if (connection === 'open') {
    useConsole.setState({ signedOut: false, lastContactMs: Date.now() });
    void followEvents();
    await Promise.allSettled([loadSettings(), loadTasks()]);
    if (lost) await reloadAll();
  } else if (connection === 'lost' && window.dipnet === undefined) {
    useConsole.setState({ signedOut: await isSignedOut() });
  }
}

/** A WebSocket does not say why it was refused; an ordinary request does. */
async function isSignedOut(): Promise<boolean> {
  try {
    const response = await fetch('./session', { method: 'GET', credentials: 'same-origin' });
    return response.status === 401 || response.status === 403;
  } catch {
    return false;
  }
}

async function loadSettings(): Promise<void> {
  setSettings(await api.system.settings(), true);
}

async function loadTasks(): Promise<void> {
  const tasks = await api.tasks.list();
  useConsole.setState({ tasks: tasks.reduce(withTask, {}) });
}

/** Counts connections, so that a stream of an older one ends quietly. */
let generation = 0;
const RESUBSCRIBE_MS = 500;

async function followEvents(): Promise<void> {
  const mine = ++generation;
  while (mine === generation && useConsole.getState().connection === 'open') {
    try {
      for await (const event of await api.system.events()) {
        if (mine !== generation) return;
        take(event);
      }
    } catch {
      // The connection ended (the transport says so, and the next one starts a new stream) or the stream did alone.
    }
    await new Promise((resolve) => setTimeout(resolve, RESUBSCRIBE_MS));
    if (mine === generation) await reloadAll();
  }
}

async function reloadAll(): Promise<void> {
  await queryClient.invalidateQueries({ predicate: (query) => !isImmutable(query.meta) });
}

function take(event: ConsoleEvent): void {
  useConsole.setState({ lastContactMs: Date.now() });
  if (event.type === 'status') useConsole.setState({ status: event.status });
  else if (event.type === 'task')
    useConsole.setState(({ tasks }) => ({ tasks: withTask(tasks, event.task) }));
  else if (event.type === 'notice') notifyFault(event.level, event.fault);
  else changed(event.topic);
}

const changedTopics = new Set<Topic>();
/** News of one topic within this time is one reload. */
const COALESCE_MS = 60;

function changed(topic: Topic): void {
  if (topic === 'settings') void loadSettings().catch(() => undefined);
  if (changedTopics.size === 0) setTimeout(reloadChanged, COALESCE_MS);
  changedTopics.add(topic);
}

function reloadChanged(): void {
  const topics = new Set(changedTopics);
  changedTopics.clear();
  reloadTopics(queryClient, topics, () => {
    for (const topic of topics) changed(topic);
  });
}

/** Saves at once on this page, then in the core; the core's answer wins. */
export async function saveSettings(change: Partial<Settings>): Promise<void> {
  const before = useConsole.getState().settings;
  setSettings({ ...before, ...change }, false);
  try {
    setSettings(await api.system.saveSettings(change), true);
  } catch (error) {
    setSettings(before, false);
    throw error;
  }
}

/** Once the core was away and is back with another world: a page that remembers nothing of the old one. */
export async function beginAnew(): Promise<void> {
  const reached = (wanted: Connection) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (useConsole.getState().connection !== wanted) return;
        stop();
        resolve();
      };
      const stop = useConsole.subscribe(look);
      look();
    });
  await reached('lost');
  await reached('open');
  setSettings({ ...useConsole.getState().settings, welcomed: false }, false);
  window.location.hash = '#/';
  window.location.reload();
}
