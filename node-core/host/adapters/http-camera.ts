// One camera in the local network over HTTP: a Motion-JPEG stream or single pictures, whichever it sends. Neither the
// camera nor whoever typed its address is trusted: local addresses alone (looked at after the name was resolved, so that
// no name can change its mind), few redirects and only within the camera, limits of size, rate and time, and nothing but
// whole JPEG pictures comes out. User and password are in no fault and in no log.

import { createHash, randomBytes } from 'node:crypto';
import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Clock, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cameraFault, JpegScanner, PICTURE_BYTES_MAX, type Picture } from '../../camera/index.ts';
import { digestHeader, parseChallenge } from '../../devices/index.ts';
import { networkReason } from './print-host-network.ts';
import { readTypedAddress } from './typed-address.ts';

export type CameraSource = {
  /** As parseCameraAddress gives it. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
};

export type CameraLink = {
  readonly source: CameraSource;
  readonly clock: Clock;
  readonly onPicture: (picture: Picture) => void;
  readonly signal: AbortSignal;
  /** Between whole pictures of a stream; STALL_TIMEOUT_MS where left out. */
  readonly stallTimeoutMs?: number;
};

/** How the conversation ended: `picture` for a camera of single pictures that gave one, a fault for everything else. */
export type CameraEnd = { readonly kind: 'picture' } | { readonly kind: 'fault'; readonly fault: Fault };

/** Until the head of the answer is here. */
const ANSWER_TIMEOUT_MS = 8_000;
/** Between whole pictures of a stream. */
const STALL_TIMEOUT_MS = 10_000;
const REDIRECTS_MAX = 3;
const ADDRESS_CHARS_MAX = 500;
/** More is read later: the sender is held back meanwhile. */
const BYTES_PER_SECOND_MAX = 8 * 1024 * 1024;
const PICTURES_PER_SECOND_MAX = 15;
const MEGABYTE = 1024 * 1024;

const LOCAL = localAddresses();

/** What a person types as the address of a camera. User and password have fields of their own. */
export function parseCameraAddress(text: string): Result<string> {
  const wrong = (reason: string) => refuse(cameraFault('camera.address', { reason }));
  const read = readTypedAddress(text, ADDRESS_CHARS_MAX);
  if (read.url === undefined) return wrong(read.reason);
  const { url } = read;
  if (url.username !== '' || url.password !== '') return wrong('user and password have fields of their own');
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isLocalAddress(literal))
    return refuse(cameraFault('camera.not-local', { host: url.host }));
  url.hash = '';
  return ok(url.href);
}

/** Whether an address is of the local network or of this computer. */
export function isLocalAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const version = isIP(mapped);
  return version !== 0 && LOCAL.check(mapped, version === 6 ? 'ipv6' : 'ipv4');
}

function localAddresses(): BlockList {
  const list = new BlockList();
  // RFC 1918, loopback, RFC 6598 (private tunnels), RFC 4193, link-local of IPv6. Not 169.254/16: what answers there on
  // rented computers is no camera.
  list.addSubnet('10.0.0.0', 8, 'ipv4');
  list.addSubnet('172.16.0.0', 12, 'ipv4');
  list.addSubnet('192.168.0.0', 16, 'ipv4');
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addSubnet('100.64.0.0', 10, 'ipv4');
  list.addAddress('::1', 'ipv6');
  list.addSubnet('fc00::', 7, 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  return list;
}

/** Speaks with the camera once, to the end of its stream or to its one picture. Never rejects. */
export async function followCamera(link: CameraLink): Promise<CameraEnd> {
  const { source, signal } = link;
  const first = new URL(source.url);
  let url = first;
  let authorization: string | undefined;
  for (let turn = 0; turn <= REDIRECTS_MAX + 1; turn++) {
    const answer = await ask(url, authorization, signal);
    if (!answer.ok) return { kind: 'fault', fault: answer.fault };
    const { incoming } = answer.value;
    const status = incoming.statusCode ?? 0;
    if (status === 200) return await readPictures(answer.value, link);
    incoming.destroy();
    const host = url.host;
    if (status === 401 && authorization === undefined && source.user !== '') {
      authorization = credentials(incoming.headers['www-authenticate'], source, url);
      if (authorization !== undefined) continue;
    }
    if (status < 300 || status >= 400)
      return { kind: 'fault', fault: cameraFault('camera.refused', { host, status }) };
    const next = redirected(url, incoming.headers.location, first);
    if (next === undefined) return { kind: 'fault', fault: cameraFault('camera.redirect', { host }) };
    url = next;
    authorization = undefined;
  }
  return { kind: 'fault', fault: cameraFault('camera.redirect', { host: url.host }) };
}

/** Within the camera only, and never from an encrypted place to a plain one. */
function redirected(from: URL, location: string | undefined, first: URL): URL | undefined {
  if (location === undefined || !URL.canParse(location, from.href)) return undefined;
  const next = new URL(location, from);
  if (next.protocol !== 'http:' && next.protocol !== 'https:') return undefined;
  if (next.hostname !== first.hostname || next.username !== '' || next.password !== '') return undefined;
  return from.protocol === 'https:' && next.protocol === 'http:' ? undefined : next;
}

/** What the challenge asks for; undefined where it is of another kind. */
function credentials(challenge: string | undefined, source: CameraSource, url: URL): string | undefined {
  const { user, password } = source;
  const digest = parseChallenge(challenge);
  if (digest !== undefined)
    return digestHeader({
      challenge: digest,
      user,
      password,
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      count: 1,
      clientNonce: randomBytes(8).toString('hex'),
      md5: (bytes) => new Uint8Array(createHash('md5').update(bytes).digest()),
    });
  if (!/^\s*basic\b/i.test(challenge ?? '')) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

type Answer = { readonly incoming: IncomingMessage; readonly host: string };

class NotLocalError extends Error {}

/** Resolves a name for the connection itself; an address that is not local ends it. */
const lookupLocal: LookupFunction = (name, options, callback) => {
  dnsLookup(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const [found] = addresses.filter(({ address }) => isLocalAddress(address));
    if (found === undefined) return callback(new NotLocalError(), '', 0);
    return options.all === true ? callback(null, [found]) : callback(null, found.address, found.family);
  });
};

function ask(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<Result<Answer>> {
  const { host } = url;
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      agent: false,
      lookup: lookupLocal,
      headers: {
        accept: 'multipart/x-mixed-replace, image/jpeg',
        ...(authorization === undefined ? {} : { authorization }),
      },
      signal,
    });
    const late = setTimeout(() => {
      resolve(refuse(cameraFault('camera.timeout', { host })));
      outgoing.destroy();
    }, ANSWER_TIMEOUT_MS);
    outgoing.on('error', (error) => {
      clearTimeout(late);
      const fault =
        error instanceof NotLocalError
          ? cameraFault('camera.not-local', { host })
          : cameraFault('camera.unreachable', { host, reason: networkReason(error) });
      resolve(refuse(fault));
    });
    outgoing.on('response', (incoming) => {
      clearTimeout(late);
      // Errors of the body are told by readPictures; before it listens nothing may be thrown.
      incoming.on('error', () => undefined);
      resolve(ok({ incoming, host }));
    });
    outgoing.end();
  });
}

/** Reads until the stream ends, stalls or is given up; a single picture ends it at once. */
function readPictures({ incoming, host }: Answer, link: CameraLink): Promise<CameraEnd> {
  const { clock, onPicture, stallTimeoutMs = STALL_TIMEOUT_MS } = link;
  const type = (incoming.headers['content-type'] ?? '').toLowerCase();
  const single = type.startsWith('image/');
  const scanner = new JpegScanner();
  return new Promise((resolve) => {
    let [seen, passedMs] = [0, Number.NEGATIVE_INFINITY];
    let [windowMs, windowBytes] = [clock.monotonicMs(), 0];
    let timer: NodeJS.Timeout | undefined;
    const end = (result: CameraEnd) => {
      clearTimeout(timer);
      resolve(result);
      incoming.destroy();
    };
    const fail = (fault: Fault) => end({ kind: 'fault', fault });
    const expectMore = () => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(cameraFault('camera.stalled', { host })), stallTimeoutMs);
    };
    const found = (picture: Picture) => {
      seen++;
      expectMore();
      const nowMs = clock.monotonicMs();
      if (nowMs - passedMs < 1000 / PICTURES_PER_SECOND_MAX) return;
      passedMs = nowMs;
      onPicture(picture);
    };
    // Pages and documents are no pictures, whatever may be found in them.
    if (/^(text\/|application\/(json|xml|xhtml|pdf))/.test(type)) {
      fail(cameraFault('camera.no-pictures', { host }));
      return;
    }
    expectMore();
    incoming.on('data', (bytes: Buffer) => {
      const problem = scanner.feed(bytes, found);
      if (problem === 'too-large')
        fail(cameraFault('camera.picture.too-large', { host, limit: PICTURE_BYTES_MAX / MEGABYTE }));
      else if (problem === 'no-pictures') fail(cameraFault('camera.no-pictures', { host }));
      else if (single && seen > 0) end({ kind: 'picture' });
      const nowMs = clock.monotonicMs();
      if (nowMs - windowMs >= 1000) [windowMs, windowBytes] = [nowMs, 0];
      windowBytes += bytes.length;
      if (windowBytes <= BYTES_PER_SECOND_MAX) return;
      incoming.pause();
      setTimeout(() => incoming.resume(), Math.max(1, windowMs + 1000 - nowMs)).unref();
    });
    incoming.on('end', () =>
      seen === 0
        ? fail(cameraFault('camera.no-pictures', { host }))
        : fail(cameraFault('camera.ended', { host })),
    );
    incoming.on('error', (error) =>
      fail(cameraFault('camera.unreachable', { host, reason: networkReason(error) })),
    );
    incoming.on('close', () => fail(cameraFault('camera.ended', { host })));
  });
}
