import { test } from 'vitest';
import { DRIVER_CASES, type PeerTraits } from '../driver-conformance.ts';
import { createHostedDriver } from '../network/index.ts';
import { HOSTED_CASES, type HostedKind } from '../testing/hosted-cases.ts';
import { hostedWorld } from '../testing/hosted-world.ts';
import { SimMoonraker, type SimMoonrakerOptions } from '../testing/sim-moonraker.ts';
import { createMoonrakerHost } from './index.ts';

/** Machine seconds a second: fewer questions for the same print. */
const PACE = { timeScale: 5 };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const PEER: PeerTraits = {
  firmware: 'Klipper',
  hosted: true,
  codes: {
    reset: ['device.halted'],
    disconnect: ['device.halted'],
    air: ['printhost.print-failed'],
  },
  stopsAtOnce: true,
  accepts: ['device.job.line-too-long', 'device.job.line-unreadable'],
  takesCommands: true,
};

function setUp(options: Partial<SimMoonrakerOptions> = {}, key = 'k3y') {
  return hostedWorld({
    peer: PEER,
    settle,
    serve: (clock) => new SimMoonraker({ clock, key: 'k3y', printer: PACE, ...options }),
    drive: ({ network, clock, random, machineTimeMs, tag }) =>
      createHostedDriver({
        host: createMoonrakerHost({ network, clock, random, address: 'simulated', key }),
        clock,
        random,
        tag,
        machineTimeMs,
      }),
  });
}

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));

const KIND: HostedKind = {
  stranger: () => setUp({}, 'wr0ng'),
  startSent: /"printer\.print\.start"/,
  stopsAtOnce: true,
};
for (const { name, run } of HOSTED_CASES) test(name, () => run(setUp(), KIND));
