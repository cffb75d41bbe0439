// A client's way to its station over every kind of address: TLS where the station has it, plain where it has not, never
// back from one to the other, and WebSocket over TLS with a certificate that is checked.

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { systemClock } from '../adapters/system.ts';
import type { StationAddress } from './station-address.ts';
import { isLoopback, parseStationAddress, withOfferedTls } from './station-address.ts';
import { openStationHome } from './station-home.ts';
import { openStationServer } from './station-server.ts';
import { until } from './testing/console.ts';
import type { Person } from './testing/crowd.ts';
import { makePeople } from './testing/crowd.ts';
import { STATION_CERTIFICATE } from './testing/station-certificate.ts';

const crypto = createDimpCrypto();
const TLS_HANDSHAKE = 0x16;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openStation(hasTls: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-link-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const { account, databasePath } = unwrap(await openStationHome(folder, crypto, systemClock.nowMs() / 1000));
  const secure = hasTls ? { secureContext: createSecureContext(STATION_CERTIFICATE) } : {};
  const parts = { account, databasePath, crypto, clock: systemClock, log: () => undefined, ...secure };
  const server = unwrap(await openStationServer({ ...parts, host: '127.0.0.1', port: 0 }));
  closing.push(() => server.close());
  return server.port;
}

/** Passes on what comes and notes how each connection begins; `cuts` ends those that begin with TLS. */
async function openProxy(port: number) {
  const firsts: number[] = [];
  const sockets = new Set<Socket>();
  const state = { cuts: false };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      firsts.push(bytes[0] ?? 0);
      if (state.cuts) {
        socket.destroy();
        return;
      }
      const onward = connect({ host: '127.0.0.1', port });
      sockets.add(onward);
      onward.on('error', () => undefined);
      onward.write(bytes);
      socket.pipe(onward).pipe(socket);
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  closing.push(() => {
    endAll();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, firsts, state, endAll };
}

async function two(
  ...addresses: readonly [StationAddress, StationAddress]
): Promise<readonly [Person, Person]> {
  const [ada, bo] = await makePeople(2, crypto);
  if (ada === undefined || bo === undefined) throw new Error('two people');
  ada.connect(addresses[0], 0.01, STATION_CERTIFICATE.cert);
  bo.connect(addresses[1], 0.01, STATION_CERTIFICATE.cert);
  closing.push(() => Promise.all([ada.leave(), bo.leave()]));
  await Promise.all([ada.login(), bo.login()]);
  return [ada, bo];
}

it('reads the addresses that a chain has, and tries TLS where something leaves this computer', () => {
  expect(parseStationAddress('station.example:9394')).toEqual({ host: 'station.example', port: 9394 });
  expect(parseStationAddress('[2001:db8::1]:9394')).toEqual({ host: '2001:db8::1', port: 9394 });
  const wss = { host: 'station.example', port: 443, tls: true, path: '/dim' };
  expect(parseStationAddress('wss://station.example/dim')).toEqual(wss);
  expect(parseStationAddress('wss://[2001:db8::1]:8443')).toMatchObject({ port: 8443, path: '/' });
  for (const text of ['station.example', 'station.example:0', 'a:9394/x', 'ws://a:1', 'https://a', ''])
    expect(parseStationAddress(text)).toBeUndefined();
  expect(['localhost', '127.0.0.1', '127.8.8.8', '::1'].every(isLoopback)).toBe(true);
  expect(['192.0.2.1', '127.example', '::2'].some(isLoopback)).toBe(false);
  expect(withOfferedTls({ host: '192.0.2.1', port: 1 }).tls).toBe('offered');
  expect(withOfferedTls({ host: '127.0.0.1', port: 1 }).tls).toBeUndefined();
});

it('uses TLS where the station has it, and does not do without it again', async () => {
  const proxy = await openProxy(await openStation(true));
  const address = { host: '127.0.0.1', port: proxy.port, tls: 'offered' } as const;
  const [ada, bo] = await two(address, address);
  const signature = ada.send(bo.account.id);
  await until(() => bo.heard.includes(signature));
  expect(proxy.firsts).toEqual([TLS_HANDSHAKE, TLS_HANDSHAKE]);
  // Somebody in between who lets no TLS through is given nothing else.
  proxy.state.cuts = true;
  proxy.endAll();
  await until(() => proxy.firsts.length >= 8);
  expect(new Set(proxy.firsts)).toEqual(new Set([TLS_HANDSHAKE]));
  proxy.state.cuts = false;
  const again = bo.send(ada.account.id);
  await until(() => ada.heard.includes(again));
});

it('speaks plainly to a station that has no TLS', async () => {
  const proxy = await openProxy(await openStation(false));
  const address = { host: '127.0.0.1', port: proxy.port, tls: 'offered' } as const;
  const [ada, bo] = await two(address, address);
  const signature = ada.send(bo.account.id);
  await until(() => bo.heard.includes(signature) && ada.unconfirmed === 0);
  expect(proxy.firsts.filter((byte) => byte === TLS_HANDSHAKE)).toHaveLength(2);
});

it('reaches a WebSocket over TLS, whose station confirms what it has', async () => {
  const proxy = await openProxy(await openStation(true));
  const wss = {
    ...parseStationAddress(`wss://localhost:${proxy.port}/dim`),
    host: 'localhost',
  } as StationAddress;
  const [ada, bo] = await two(wss, { host: '127.0.0.1', port: proxy.port });
  const [there, back] = [ada.send(bo.account.id), bo.send(ada.account.id)];
  await until(() => bo.heard.includes(there) && ada.heard.includes(back));
  await until(() => ada.unconfirmed === 0 && bo.unconfirmed === 0);
  // A certificate that nobody vouches for is not accepted there.
  const [eve] = await makePeople(1, crypto);
  eve?.connect(wss, 0.01);
  closing.push(() => eve?.leave());
  const before = proxy.firsts.length;
  await until(() => proxy.firsts.length >= before + 3);
  expect(eve?.link?.state()).toBe('away');
});
