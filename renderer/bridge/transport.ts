// The wire to the core: a MessagePort handed over by the desktop shell, a WebSocket to the page's own origin in a
// browser. Reconnects by itself with growing pauses; calls made meanwhile wait a little, then fail as "connection
// lost". It never repeats a call: whether a command arrived is for the core to say, not to guess.

import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { ConnectionLostError } from './faults.ts';
import { signIn } from './session.ts';
import type { ShellBridge } from './shell.ts';

export type Connection = 'connecting' | 'open' | 'lost';

/** One live connection; `closed` settles when it is gone. */
export type Wire = { readonly link: ClientLink<ClientContext>; readonly closed: Promise<void> };
export type OpenWire = () => Promise<Wire>;

export type TransportOptions = {
  readonly open: OpenWire;
  readonly onState: (state: Connection) => void;
  /** Resolves after the pause, or sooner when `wake` is called. */
  readonly pause: (delayMs: number) => Promise<void>;
};

/** How long a call waits for the connection before it fails. */
const CALL_WAIT_MS = 8_000;
const OPEN_WAIT_MS = 5_000;
const PAUSE_MS_FIRST = 200;
const PAUSE_MS_MAX = 5_000;

/** Pause before the next attempt: doubles up to five seconds, less up to a fifth so that pages do not knock at once. */
export function pauseBefore(attempt: number, random: number): number {
  const fullMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** Math.min(attempt, 10));
  return Math.round(fullMs * (1 - random / 5));
}

/** Starts connecting, and returns the link that always uses the current connection. */
export function connectTransport(options: TransportOptions): ClientLink<ClientContext> {
  let waiting = deferred<Wire>();

  const keepConnected = async (): Promise<never> => {
    for (let attempt = 0; ; attempt++) {
      const wire = await options.open().catch(() => undefined);
      if (wire !== undefined) {
        attempt = 0;
        waiting.resolve(wire);
        options.onState('open');
        await wire.closed;
        waiting = deferred<Wire>();
      }
      options.onState('lost');
      await options.pause(pauseBefore(attempt, Math.random()));
    }
  };

  options.onState('connecting');
  void keepConnected();
  return {
    async call(path, input, callOptions) {
      const wire = await within(waiting.promise, CALL_WAIT_MS, callOptions.signal);
      return Promise.race([
        wire.link.call(path, input, callOptions),
        wire.closed.then((): never => {
          throw new ConnectionLostError();
        }),
      ]);
    },
  };
}

/** The wire for where this page runs. */
export const openWire: OpenWire = () =>
  window.dipnet === undefined ? openSocket() : openPort(window.dipnet);

async function openSocket(): Promise<Wire> {
  await signIn();
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  const websocket = new WebSocket(`${scheme}://${window.location.host}/api`);
  const closed = new Promise<void>((resolve) => {
    websocket.addEventListener('close', () => resolve(), { once: true });
  });
  const opened = new Promise<Wire>((resolve, reject) => {
    websocket.addEventListener('open', () => resolve({ link: new SocketLink({ websocket }), closed }));
    websocket.addEventListener('close', () => reject(new ConnectionLostError()));
  });
  return within(opened, OPEN_WAIT_MS, undefined, () => websocket.close());
}

async function openPort(shell: ShellBridge): Promise<Wire> {
  const opened = new Promise<Wire>((resolve) => {
    const receive = (event: MessageEvent): void => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== 'dipnet:port' || port === undefined) return;
      window.removeEventListener('message', receive);
      const closed = new Promise<void>((resolveClosed) => {
        port.addEventListener('close', () => resolveClosed());
      });
      port.start();
      resolve({ link: new PortLink({ port }), closed });
    };
    window.addEventListener('message', receive);
  });
  await shell.connect();
  return within(opened, OPEN_WAIT_MS, undefined);
}

function within<T>(
  promise: Promise<T>,
  waitMs: number,
  signal: AbortSignal | undefined,
  onTimeout: () => void = () => undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      onTimeout();
      reject(new ConnectionLostError());
    }, waitMs);
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
