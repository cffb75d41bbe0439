// A client's way to its station: connects, logs in, connects again when that is lost, for as long as it is wanted. What
// is under way survives in the outbox and the inbox of its owner.

import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock, Fault } from '../../base/index.ts';
import type { ClientEvents, ClientParts, ClientState } from '../../dimp/client/index.ts';
import { backoffMs, Client } from '../../dimp/client/index.ts';
import type { Wire } from '../../dimp/station/index.ts';
import type { Framing } from '../../dimp/transport/index.ts';
import { createMtpFraming, createWebSocketFraming, requestUpgrade } from '../../dimp/transport/index.ts';
import type { StationAddress } from './station-address.ts';
import { createSocketWire } from './wire.ts';

export type StationLinkOptions = Omit<ClientParts, 'clock' | 'events'> & {
  readonly clock: Clock;
  readonly events: ClientEvents;
  /** Asked before each attempt: the address may change. */
  readonly address: () => StationAddress;
  /** Multiplies the pauses between attempts; tests that kill stations wait less. */
  readonly patience?: number;
  /** Certificates to trust instead of the system's. */
  readonly trusted?: string;
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
  const seen = createTlsMemory();

  async function run(): Promise<void> {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const outcome = await attemptOnce();
      if (outcome === 'running') attempt = 1;
      if (stopping.signal.aborted) return;
      // Not a failure of the station: it speaks another language, and is asked in that at once.
      if (outcome === 'plain') continue;
      const pauseMs = backoffMs(attempt, crypto.random) * patience;
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined);
    }
  }

  /** One connection from its beginning to its end: whether it came to a login, or to the finding that there is no TLS. */
  async function attemptOnce(): Promise<'running' | 'failed' | 'plain'> {
    const address = options.address();
    const { host, port } = address;
    const tls = seen.speaksTls(address);
    const current = tls ? connectTls(tlsOptions(address, options.trusted)) : connect({ host, port });
    socket = current;
    const closed = new Promise<void>((resolve) => current.once('close', () => resolve()));
    const timeout = setTimeout(() => current.destroy(), CONNECT_TIMEOUT_MS);
    let wasRunning = false;
    let wasReached = false;
    current.once('connect', () => {
      wasReached = true;
    });
    let ticking: NodeJS.Timeout | undefined;
    current.on('error', () => undefined);
    current.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timeout);
      if (tls) seen.secured(address);
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
      const own = new Client({ ...options, events }, wire, framingFor(address, wire));
      client = own;
      current.on('data', (bytes) => own.receive(bytes));
      ticking = setInterval(() => own.tick(), TICK_MS);
    });
    await closed;
    clearTimeout(timeout);
    clearInterval(ticking);
    client?.close();
    client = undefined;
    if (wasRunning) return 'running';
    return tls && wasReached && seen.isPlain(address) ? 'plain' : 'failed';
  }

  function framingFor({ host, path }: StationAddress, { write }: Pick<Wire, 'write'>): Framing {
    if (path === undefined) return createMtpFraming(crypto.random, clock.nowMs());
    const nonce = crypto.random.bytes(16);
    write(requestUpgrade(host, path, nonce, true));
    return createWebSocketFraming(crypto.random, clock.nowMs(), { side: 'client', nonce });
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

function tlsOptions({ host, port, tls }: StationAddress, trusted: string | undefined) {
  return {
    host,
    port,
    // The messenger proves the station by its own key; without a valid certificate TLS still hides who writes to whom from
    // all who only listen.
    rejectUnauthorized: tls === true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trusted === undefined ? {} : { ca: trusted }),
  };
}

/** Which stations offer TLS. One that did is not believed when it seems not to: somebody may be in between. */
function createTlsMemory() {
  const secured = new Set<string>();
  const plain = new Set<string>();
  const nameOf = ({ host, port }: StationAddress) => `${host} ${port}`;
  return {
    speaksTls: (address: StationAddress): boolean =>
      address.tls === true || (address.tls === 'offered' && !plain.has(nameOf(address))),
    secured: (address: StationAddress): void => void secured.add(nameOf(address)),
    /** After a connection that was reached and did not come to TLS: whether it is to be tried without. */
    isPlain(address: StationAddress): boolean {
      const name = nameOf(address);
      if (address.tls !== 'offered' || secured.has(name)) return false;
      plain.add(name);
      return true;
    },
  };
}
