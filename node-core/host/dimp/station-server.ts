// A station on real sockets and a real file: TCP, WebSocket and, where a certificate is given, TLS on one port. What comes
// in within one turn of the event loop is stored in one transaction.

import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { SecureContext } from 'node:tls';
import { TLSSocket } from 'node:tls';
import type { Clock, Log, Random, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import { backoffMs } from '../../dimp/client/index.ts';
import type { Account, DimpCrypto, DimpId } from '../../dimp/index.ts';
import { createDirectory, parseId } from '../../dimp/index.ts';
import type { Connection, DepotLimits, Policy, ReadStake, ResolveName } from '../../dimp/station/index.ts';
import { DEFAULT_DEPOT_LIMITS, DEFAULT_POLICY, FileDepot, Station } from '../../dimp/station/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import { createSqliteKv, openSqlite } from '../adapters/sqlite.ts';
import { nativeSha256 } from '../adapters/system.ts';
import { createNeighbourFiles } from './neighbour-files.ts';
import type { ServiceTerms } from './service-counter.ts';
import { createServiceCounter } from './service-counter.ts';
import type { ServiceLedger } from './service-ledger.ts';
import { createServiceLedger } from './service-ledger.ts';
import { createStationFileStore, STATION_FILE_MIGRATIONS } from './station-file-store.ts';
import { createFileServer, type FileServer, sniffFileRequest } from './station-files.ts';
import { createSqliteStationStore, STATION_MIGRATIONS } from './station-store.ts';
import { createSocketWire } from './wire.ts';

export const DIMP_PORT = 9394;

const stationServerFault = defineFaults('stationhost', {
  'stationhost.port': {
    message: 'The station cannot listen on {host}, port {port}: {reason}.',
    next: 'Choose another port, or stop the program that uses it.',
  },
  'stationhost.file': {
    message: 'The station’s file {path} cannot be opened: {reason}.',
    next: 'Check the folder’s permissions and free space; a damaged file must be brought back from a backup.',
  },
});

export type Neighbour = { readonly id: DimpId; readonly host: string; readonly port: number };

export type StationServerOptions = {
  readonly account: Account;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly databasePath: string;
  /** Database of files beside messages; without it the station keeps none. */
  readonly filesPath?: string;
  readonly fileLimits?: Partial<DepotLimits>;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly policy?: Partial<Policy>;
  readonly names?: ReadonlyMap<string, DimpId>;
  readonly neighbours?: readonly Neighbour[];
  /** What somebody has locked on a network, as a light node proves it. */
  readonly readStake?: ReadStake;
  /** The account that a name of the network stands for, as a light node proves it. */
  readonly accountOf?: (name: string) => Promise<string | undefined>;
  /** Whom receipts of users are for; undefined while the operator is no provider. */
  readonly serviceTerms?: () => ServiceTerms | undefined;
  /** Connections in all, and of one address. */
  readonly connectionsMax?: number;
  readonly connectionsPerAddressMax?: number;
  readonly secureContext?: SecureContext;
};

export type StationServer = {
  readonly port: number;
  readonly id: DimpId;
  /** What users signed for; to be used while the station runs. */
  readonly ledger: ServiceLedger;
  counts(): ReturnType<Station['counts']>;
  /** Stores what came in and ends all connections. */
  close(): Promise<void>;
};

const TICK_MS = 1000;
/** Pages of what was just written and of who is here; the rest is read when somebody comes for it. */
const CACHE_KIB = 16 * 1024;
const CONNECTIONS_MAX = 20_000;
const CONNECTIONS_PER_ADDRESS_MAX = 256;
const FIRST_BYTE_MS = 30_000;
/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

/** Opens the file, listens and dials the neighbours. */
export async function openStationServer(options: StationServerOptions): Promise<Result<StationServer>> {
  let database: Sqlite;
  try {
    database = openSqlite(options.databasePath, STATION_MIGRATIONS, CACHE_KIB);
  } catch (error) {
    return refuse(
      stationServerFault('stationhost.file', { path: options.databasePath, reason: reasonOf(error) }),
    );
  }
  let files: StationFiles | undefined;
  try {
    files = startFiles(options, database);
  } catch (error) {
    database.close();
    const path = options.filesPath ?? '';
    return refuse(stationServerFault('stationhost.file', { path, reason: reasonOf(error) }));
  }
  const station = startStation(options, database);
  const listener = createListener(options, station, files?.server);
  const { host, port } = options;
  try {
    await listen(listener.server, host, port);
  } catch (error) {
    files?.close();
    database.close();
    return refuse(stationServerFault('stationhost.port', { host, port, reason: reasonOf(error) }));
  }
  const timer = setInterval(() => station.machine.tick(), TICK_MS);
  const dialling = new AbortController();
  for (const neighbour of options.neighbours ?? [])
    void dialForEver(neighbour, options, listener.join, station.machine, dialling.signal);
  let closed: Promise<void> | undefined;
  const close = async () => {
    clearInterval(timer);
    dialling.abort();
    listener.endAll();
    await new Promise((resolve) => listener.server.close(resolve));
    station.machine.tick(true);
    files?.close();
    database.close();
  };
  return ok({
    port: (listener.server.address() as AddressInfo).port,
    id: station.machine.id,
    ledger: station.ledger,
    counts: () => station.machine.counts(),
    close: () => {
      closed ??= close();
      return closed;
    },
  });
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type StationFiles = { readonly server: FileServer; readonly close: () => void };

function startFiles(options: StationServerOptions, database: Sqlite): StationFiles | undefined {
  const { filesPath, fileLimits, account, crypto, clock, neighbours = [] } = options;
  if (filesPath === undefined) return undefined;
  const filesDatabase = openSqlite(filesPath, STATION_FILE_MIGRATIONS);
  const users = createSqliteStationStore(database);
  const depot = new FileDepot({
    store: createStationFileStore(filesDatabase),
    clock,
    contacts: createDirectory(createSqliteKv(database), crypto),
    crypto,
    hash: { sha256: nativeSha256 },
    limits: { ...DEFAULT_DEPOT_LIMITS, ...fileLimits },
    isUser: (id) => users.mailbox(id).devices.length > 0,
  });
  const server = createFileServer(depot, account.id, createNeighbourFiles(neighbours));
  const close = () => {
    server.close();
    filesDatabase.close();
  };
  return { server, close };
}

function startStation(options: StationServerOptions, database: Sqlite) {
  const {
    account,
    crypto,
    clock,
    log,
    policy,
    names = new Map(),
    neighbours = [],
    readStake,
    accountOf,
  } = options;
  let isScheduled = false;
  const ledger = createServiceLedger(database);
  const terms = options.serviceTerms ?? (() => undefined);
  const service = createServiceCounter({
    ledger,
    terms,
    verify: crypto.verifyEcdsa,
  });
  const machine = new Station({
    account,
    crypto,
    clock,
    log,
    store: createSqliteStationStore(database),
    kv: createSqliteKv(database),
    policy: { ...DEFAULT_POLICY, ...policy },
    names,
    neighbours: neighbours.map(({ id }) => id),
    ...(readStake === undefined ? {} : { readStake }),
    service,
    sha256: nativeSha256,
    ...(accountOf === undefined ? {} : { resolveName: resolverOf(accountOf, log) }),
    onDirty: () => {
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        if (database.open) machine.flush();
      });
    },
  });
  return { machine, ledger };
}

/** People's IDs are their accounts. */
const resolverOf =
  (accountOf: (name: string) => Promise<string | undefined>, log: Log): ResolveName =>
  async (name) => {
    try {
      const account = await accountOf(name);
      const id = account === undefined ? undefined : parseId(account);
      return id?.ok ? id.value : undefined;
    } catch (error) {
      log('warn', 'station.names', { error });
      return undefined;
    }
  };

type Join = (socket: Socket, connection: Connection) => void;

function createListener(
  options: StationServerOptions,
  { machine }: { readonly machine: Station },
  files: FileServer | undefined,
) {
  const { connectionsMax = CONNECTIONS_MAX, connectionsPerAddressMax = CONNECTIONS_PER_ADDRESS_MAX } =
    options;
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();

  const join: Join = (socket, connection) => {
    sockets.add(socket);
    socket.on('data', (bytes) => machine.receive(connection, bytes));
    socket.on('drain', () => machine.drained(connection));
    // What went wrong with a socket is followed by its end, and that is all there is to know.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      machine.closed(connection);
    });
  };

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = (perAddress.get(address) ?? 0) + 1;
    if (sockets.size >= connectionsMax || count > connectionsPerAddressMax) {
      socket.destroy();
      return;
    }
    perAddress.set(address, count);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
    if (options.secureContext === undefined) open(socket);
    else detectTls(socket, options.secureContext, open);
  }

  /** Messages, or a request for files, whichever it begins with. */
  function open(socket: Socket): void {
    const joinMessages = () => join(socket, machine.open(createSocketWire(socket)));
    if (files === undefined) joinMessages();
    else detectFiles(socket, files, joinMessages);
  }

  const server = createServer(accept);
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { server, join, endAll };
}

/** TLS begins with a byte that no framing begins with. */
function detectTls(socket: Socket, secureContext: SecureContext, take: (socket: Socket) => void): void {
  socket.on('error', () => undefined);
  // Nobody keeps a place by saying nothing.
  socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
  socket.once('data', (first) => {
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(first);
    if (first[0] === TLS_HANDSHAKE) take(new TLSSocket(socket, { isServer: true, secureContext }));
    else {
      take(socket);
      socket.resume();
    }
  });
}

function detectFiles(socket: Socket, files: FileServer, joinMessages: () => void): void {
  const heard: Buffer[] = [];
  const ignore = () => undefined;
  socket.on('error', ignore);
  socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
  const listen = (bytes: Buffer): void => {
    heard.push(bytes);
    const first = Buffer.concat(heard);
    const kind = sniffFileRequest(first);
    if (kind === 'more') return;
    socket.off('data', listen);
    socket.off('error', ignore);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(first);
    if (kind === 'files') {
      files.take(socket);
      return;
    }
    joinMessages();
    socket.resume();
  };
  socket.on('data', listen);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Keeps a connection to a neighbour, with growing pauses while it cannot be reached. */
async function dialForEver(
  { id, host, port }: Neighbour,
  {
    clock,
    crypto,
    log,
  }: { readonly clock: Clock; readonly crypto: { readonly random: Random }; readonly log: Log },
  join: Join,
  machine: Station,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const socket = connect({ host, port });
    const openedMs = clock.monotonicMs();
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isOpen) {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      join(socket, machine.dial(createSocketWire(socket), id));
      await closed;
    }
    if (clock.monotonicMs() - openedMs > 60_000) attempt = 1;
    log('info', 'station.neighbour.away', { id: id.bare, attempt });
    await clock.sleep(backoffMs(attempt, crypto.random), signal).catch(() => undefined);
  }
}
