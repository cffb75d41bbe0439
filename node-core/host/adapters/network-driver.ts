// The driver of a network printer on this machine's network: the host of its kind behind the common driver.

import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Random } from '../../base/index.ts';
import type { HeatLimits, MachineDriver, NetworkKind, PrintHost } from '../../devices/index.ts';
import {
  createHostedDriver,
  createMoonrakerHost,
  createOctoPrintHost,
  createPrusaLinkHost,
} from '../../devices/index.ts';
import { createNetworkPort } from './print-host-network.ts';

export type NetworkMachine = {
  readonly machineId: string;
  readonly driver: NetworkKind;
  /** As parsePrinterAddress gives it. */
  readonly address: string;
  /** API key, or the user's password; empty where the printer asks for none. */
  readonly key: string;
  /** PrusaLink's user; empty where the key is an API key. */
  readonly user: string;
  readonly limits?: HeatLimits;
};

const random: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

export function createNetworkDriver(machine: NetworkMachine, clock: Clock): MachineDriver {
  const { machineId, limits } = machine;
  // Enough to tell one console's machine from another's, and nothing that names its owner.
  const tag = createHash('sha256').update(`print-file/${machineId}`).digest('hex').slice(0, 8);
  const host = hostOf(machine, clock);
  return createHostedDriver({ host, clock, random, tag, ...(limits === undefined ? {} : { limits }) });
}

function hostOf({ driver, address, key, user }: NetworkMachine, clock: Clock): PrintHost {
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
