// Where a station is: a port that speaks TCP, with TLS where it is offered, or a WebSocket over TLS.

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export type StationAddress = {
  readonly host: string;
  readonly port: number;
  /** `offered`: where the station has it, whatever certificate it shows. True: with one that is valid for the host. */
  readonly tls?: boolean | 'offered' | undefined;
  /** Of a WebSocket. */
  readonly path?: string | undefined;
};

/** `host:port`, or `wss://host[:port][/path]`, as the chain has them; undefined for other texts. */
export function parseStationAddress(text: string): StationAddress | undefined {
  const match = /^(wss:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?(\/.*)?$/.exec(text);
  const [, scheme, host = '', port = scheme === undefined ? undefined : '443', path] = match ?? [];
  const number = Number(port);
  if (match === null || !Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  if (scheme === undefined && path !== undefined) return undefined;
  const place = { host: host.replace(/^\[|\]$/g, ''), port: number };
  return scheme === undefined ? place : { ...place, tls: true, path: path ?? '/' };
}

export const sameStation = (a: StationAddress, b: StationAddress): boolean =>
  a.host === b.host && a.port === b.port && a.path === b.path;

/** Nobody but this computer sees what goes there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Where a station that listens on this computer is reached from here, and from elsewhere as far as that is known. */
export function addressesOf(
  { host, port }: StationAddress,
  said: StationAddress | undefined,
): { readonly near: StationAddress; readonly far: StationAddress } {
  const every = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host];
  if (every === undefined) return { near: { host, port }, far: said ?? { host, port } };
  const near = { host: every, port };
  const outer = Object.values(networkInterfaces())
    .flatMap((cards) => cards ?? [])
    .find(({ internal, family }) => !internal && (family === 'IPv4') === (host === '0.0.0.0'));
  return { near, far: said ?? (outer === undefined ? near : { host: outer.address, port }) };
}

/** A plain address is tried with TLS first, unless nothing leaves this computer. */
export const withOfferedTls = (address: StationAddress): StationAddress =>
  address.tls === undefined && !isLoopback(address.host) ? { ...address, tls: 'offered' } : address;
