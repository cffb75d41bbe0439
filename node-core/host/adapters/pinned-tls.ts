// TLS to a device that signs its own certificate: whom it names and its fingerprint are looked at before a secret is sent.
// The first fingerprint seen is kept by whoever calls; another one later is a stranger.

import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { deviceFault, printhostFault } from '../../devices/index.ts';
import { networkReason } from './print-host-network.ts';

export type PinnedPeer = {
  readonly host: string;
  readonly port: number;
  /** What its certificate must be made out for; asked for by name in the handshake, too. */
  readonly name: string;
  /** SHA-256 of its certificate as first seen, in hex; undefined takes whichever comes. */
  readonly pin: string | undefined;
};
export type PinnedLimit = { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };
export type PinnedSocket = { readonly socket: TLSSocket; readonly pin: string };

export function openPinned(
  { host, port, name, pin }: PinnedPeer,
  { timeoutMs, signal }: PinnedLimit,
  more: ConnectionOptions = {},
): Promise<Result<PinnedSocket>> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(refuse(deviceFault('device.aborted')));
      return;
    }
    // Checked below: nobody else vouches for such a certificate.
    const socket = connect({ host, port, servername: name, rejectUnauthorized: false, ...more });
    const settle = (result: Result<PinnedSocket>) => {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
      socket.removeListener('error', failed);
      if (!result.ok) {
        socket.on('error', () => undefined);
        socket.destroy();
      }
      resolve(result);
    };
    const late = setTimeout(() => settle(refuse(printhostFault('printhost.timeout', { host }))), timeoutMs);
    const abort = () => settle(refuse(deviceFault('device.aborted')));
    signal?.addEventListener('abort', abort, { once: true });
    const failed = (error: Error) =>
      settle(refuse(printhostFault('printhost.unreachable', { host, reason: networkReason(error) })));
    socket.once('error', failed);
    socket.once('secureConnect', () => settle(judge(socket, { name, pin, host })));
  });
}

function judge(
  socket: TLSSocket,
  { name, pin, host }: Pick<PinnedPeer, 'name' | 'pin' | 'host'>,
): Result<PinnedSocket> {
  // A resumed session belongs to the peer that was looked at before.
  if (socket.isSessionReused() && pin !== undefined) return ok({ socket, pin });
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  const seen = (fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
  const named = String(subject?.CN ?? '');
  if (seen === '' || named.toLowerCase() !== name.toLowerCase())
    return refuse(printhostFault('printhost.serial-wrong', { host, serial: named.slice(0, 40) || '?' }));
  if (pin !== undefined && pin !== seen)
    return refuse(printhostFault('printhost.certificate-changed', { host }));
  return ok({ socket, pin: seen });
}
