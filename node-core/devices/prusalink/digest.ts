// HTTP Digest authentication (RFC 7616, and RFC 2069 without qop, which printers' firmware uses), MD5 alone.
// It keeps a password off the wire; it does not hide what is sent.

import type { Bytes } from '../../base/index.ts';
import { bytesToHex, utf8ToBytes } from '../../base/index.ts';

export type DigestChallenge = {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** True where the peer wants a count and a nonce of ours in the digest. */
  readonly qop: boolean;
};

/** The challenge in a WWW-Authenticate header; undefined where it asks for something else. */
export function parseChallenge(header: string | undefined): DigestChallenge | undefined {
  const rest = /^\s*digest\s+(.*)$/is.exec(header ?? '')?.[1];
  if (rest === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name = '', quoted, plain] of rest.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  ))
    values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  const [realm, nonce] = [values.get('realm'), values.get('nonce')];
  const algorithm = (values.get('algorithm') ?? 'MD5').toUpperCase();
  if (realm === undefined || nonce === undefined || algorithm !== 'MD5') return undefined;
  const qops = values.get('qop')?.split(/\s*,\s*/);
  if (qops !== undefined && !qops.includes('auth')) return undefined;
  return { realm, nonce, opaque: values.get('opaque'), qop: qops !== undefined };
}

export type DigestInput = {
  readonly challenge: DigestChallenge;
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly path: string;
  /** How often this nonce was used, from 1. */
  readonly count: number;
  readonly clientNonce: string;
  readonly md5: (bytes: Bytes) => Bytes;
};

/** The Authorization header that answers a challenge for one request. */
export function digestHeader(input: DigestInput): string {
  const { challenge, user, password, method, path, clientNonce, md5 } = input;
  const hash = (text: string) => bytesToHex(md5(utf8ToBytes(text)));
  const count = input.count.toString(16).padStart(8, '0');
  const ha1 = hash(`${user}:${challenge.realm}:${password}`);
  const ha2 = hash(`${method}:${path}`);
  const middle = challenge.qop ? `${challenge.nonce}:${count}:${clientNonce}:auth` : challenge.nonce;
  const parts = [
    `username="${quote(user)}"`,
    `realm="${quote(challenge.realm)}"`,
    `nonce="${quote(challenge.nonce)}"`,
    `uri="${path}"`,
    `response="${hash(`${ha1}:${middle}:${ha2}`)}"`,
    ...(challenge.opaque === undefined ? [] : [`opaque="${quote(challenge.opaque)}"`]),
    ...(challenge.qop ? ['qop=auth', `nc=${count}`, `cnonce="${clientNonce}"`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

function quote(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
