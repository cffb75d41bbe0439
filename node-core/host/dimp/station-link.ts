// A client's way to its station: connects, logs in, connects again when that is lost, for as long as it is wanted. What
// is under way survives in the outbox and the inbox of its owner.

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock, Fault } from '../../base/index.ts';
import type { ClientEvents, ClientParts, ClientState } from '../../dimp/client/index.ts';
import { backoffMs, Client } from '../../dimp/client/index.ts';
import { createMtpFraming } from '../../dimp/transport/index.ts';
import { createSocketWire } from './wire.ts';

export type StationAddress = { readonly host: string; readonly port: number; readonly tls?: boolean };

export type StationLinkOptions = Omit<ClientParts, 'clock' | 'events'> & {
  readonly clock: Clock;
  readonly events: ClientEvents;
  /** Asked before each attempt: the address may change. */
  readonly address: () => StationAddress;
  /** Multiplies the pauses between attempts; tests that kill stations wait less. */
  readonly patience?: number;
};

export type StationLink = {
  readonly state: () => ClientState | 'away';
  /** The client, while it is logged in. */
  readonly client: () => Client | undefined;
  /** There is something new in the outbox. */
  readonly pump: () => void;
  /** Breaks the connection; another is made. */
  readonly reconnect: () => void;
  readonly close: () => Promise<void>;
};

const TICK_MS = 1000;
const CONNECT_TIMEOUT_MS = 30_000;

export function openStationLink(options: StationLinkOptions): StationLink {
  const stopping = new AbortController();
  let socket: Socket | undefined;
  let client: Client | undefined;
  const { clock, crypto, patience = 1 } = options;

  async function run(): Promise<void> {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const wasRunning = await attemptOnce();
      if (wasRunning) attempt = 1;
      if (stopping.signal.aborted) return;
      const pauseMs = backoffMs(attempt, crypto.random) * patience;
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined);
    }
  }

  /** One connection from its beginning to its end; true where it came to a login. */
  async function attemptOnce(): Promise<boolean> {
    const { host, port, tls = false } = options.address();
    const current = tls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    socket = current;
    const closed = new Promise<void>((resolve) => current.once('close', () => resolve()));
    const timeout = setTimeout(() => current.destroy(), CONNECT_TIMEOUT_MS);
    let wasRunning = false;
    let ticking: NodeJS.Timeout | undefined;
    current.on('error', () => undefined);
    current.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timeout);
      const events: ClientEvents = {
        take: (mails) => options.events.take(mails),
        fromStation: (content) => options.events.fromStation(content),
        learned: (id) => options.events.learned(id),
        failed: (fault: Fault) => options.events.failed(fault),
        state(state) {
          if (state === 'running') wasRunning = true;
          options.events.state(state);
        },
      };
      const wire = createSocketWire(current);
      const own = new Client({ ...options, events }, wire, createMtpFraming(crypto.random, clock.nowMs()));
      client = own;
      current.on('data', (bytes) => own.receive(bytes));
      ticking = setInterval(() => own.tick(), TICK_MS);
    });
    await closed;
    clearTimeout(timeout);
    clearInterval(ticking);
    client?.close();
    client = undefined;
    return wasRunning;
  }

  const done = run();
  return {
    state: () => client?.state ?? 'away',
    client: () => (client?.state === 'running' ? client : undefined),
    pump: () => client?.pump(),
    reconnect: () => socket?.destroy(),
    async close() {
      stopping.abort();
      socket?.destroy();
      await done;
    },
  };
}
