// The driver of a network printer on this machine's network: the host of its kind behind the common driver.

import { createHash, randomBytes } from 'node:crypto';
import { type Clock, FaultError, type Random } from '../../base/index.ts';
import type { HeatLimits, MachineDriver, NetworkKind, PrintHost } from '../../devices/index.ts';
import {
  createBambuHost,
  createHostedDriver,
  createMoonrakerHost,
  createOctoPrintHost,
  createPrusaLinkHost,
} from '../../devices/index.ts';
import { createBambuLan, parseBambuAddress } from './bambu-lan.ts';
import { createNetworkPort } from './print-host-network.ts';

export type NetworkMachine = {
  readonly machineId: string;
  readonly driver: NetworkKind;
  /** As parsePrinterAddress gives it. */
  readonly address: string;
  /** API key, or the user's password; empty where the printer asks for none. */
  readonly key: string;
  /** PrusaLink's user, empty where the key is an API key; a Bambu printer's serial number. */
  readonly user: string;
  /** Of a Bambu printer: the certificate that it showed first. */
  readonly pin?: string | undefined;
  readonly limits?: HeatLimits;
};

const random: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

/** `onPin` is told the certificate of a printer that had none pinned yet. */
export function createNetworkDriver(
  machine: NetworkMachine,
  clock: Clock,
  onPin: (pin: string) => void = () => undefined,
): MachineDriver {
  const { machineId, limits } = machine;
  // Enough to tell one console's machine from another's, and nothing that names its owner.
  const tag = createHash('sha256').update(`print-file/${machineId}`).digest('hex').slice(0, 8);
  const host = hostOf(machine, clock, onPin);
  return createHostedDriver({ host, clock, random, tag, ...(limits === undefined ? {} : { limits }) });
}

function hostOf(machine: NetworkMachine, clock: Clock, onPin: (pin: string) => void): PrintHost {
  const { driver, address, key, user, pin } = machine;
  if (driver === 'bambu') {
    const place = parseBambuAddress(address);
    if (!place.ok) throw new FaultError(place.fault);
    const lan = createBambuLan({ place: place.value, serial: user, accessCode: key, pin, onPin });
    return createBambuHost({ lan, clock, md5 });
  }
  const network = createNetworkPort(address);
  switch (driver) {
    case 'moonraker':
      return createMoonrakerHost({ network, clock, random, address, key });
    case 'octoprint':
      return createOctoPrintHost({ network, clock, random, key });
    case 'prusalink':
      return createPrusaLinkHost({ network, random, user, key, md5 });
  }
}

/** What the Digest scheme of printers asks for; it protects nothing else. */
function md5(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('md5').update(bytes).digest());
}
