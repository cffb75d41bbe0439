// A Bambu Lab printer on this machine's network: its broker (MQTT over TLS, port 8883) and its file store (implicit FTPS,
// port 990), both under the certificate that was pinned when it was first reached. The access code is sent to no other.

import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { BambuLan, BambuLimit } from '../../devices/index.ts';
import { printhostFault } from '../../devices/index.ts';
import { deleteFile, storeFile } from './ftps.ts';
import { openMqttSession } from './mqtt-session.ts';
import { openPinned, type PinnedPeer } from './pinned-tls.ts';

const USER = 'bblp';
const BROKER_PORT = 8_883;
const FILES_PORT = 990;

export type BambuPlace = { readonly host: string; readonly brokerPort: number; readonly filesPort: number };

export type BambuLanOptions = {
  readonly place: BambuPlace;
  readonly serial: string;
  readonly accessCode: string;
  readonly pin: string | undefined;
  /** Told once, when a printer without a pin was reached. */
  readonly onPin: (pin: string) => void;
};

/** `192.168.1.50`, or `host:8883:990` where a router forwards other ports. */
export function parseBambuAddress(text: string): Result<BambuPlace> {
  const typed = text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '');
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,200})(?::(\d{1,5}))?(?::(\d{1,5}))?$/i.exec(typed);
  const [, host = '', broker, files] = match ?? [];
  const [brokerPort, filesPort] = [Number(broker ?? BROKER_PORT), Number(files ?? FILES_PORT)];
  if (host === '' || brokerPort > 65_535 || filesPort > 65_535)
    return refuse(printhostFault('printhost.address', { reason: 'it is no name and no IP address' }));
  return ok({ host: host.replace(/^\[|\]$/g, ''), brokerPort, filesPort });
}

export function createBambuLan({ place, serial, accessCode, pin, onPin }: BambuLanOptions): BambuLan {
  const { host, brokerPort, filesPort } = place;
  let known = pin;
  const peer = (port: number): PinnedPeer => ({ host, port, name: serial, pin: known });
  const login = { user: USER, password: accessCode };
  return {
    async openBus({ timeoutMs, signal }: BambuLimit) {
      const opened = await openPinned(peer(brokerPort), { timeoutMs, signal });
      if (!opened.ok) return opened;
      const session = await openMqttSession(opened.value.socket, {
        host,
        ...login,
        listenTo: `device/${serial}/report`,
        speakTo: `device/${serial}/request`,
        timeoutMs,
      });
      // A printer that knows the access code is the one that was meant.
      if (session.ok && known === undefined) {
        known = opened.value.pin;
        onPin(known);
      }
      return session;
    },
    putFile: (name, pieces, limit) => storeFile(peer(filesPort), login, name, pieces, limit),
    deleteFile: (name, limit) => deleteFile(peer(filesPort), login, name, limit),
  };
}
