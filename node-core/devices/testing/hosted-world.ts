// A world for the driver cases in which a print host stands between driver and printer, all in memory and simulated time.

import type { Clock, Random } from '../../base/index.ts';
import type { DriverWorld, PeerTraits } from '../driver-conformance.ts';
import type { MachineDriver, MachineEvent } from '../types.ts';
import { createSeeded, createSimClock, type SimClock } from '../virtual/index.ts';
import { SimNetwork, type SimPrintHost } from './sim-network.ts';

export type HostedParts = {
  readonly network: SimNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly machineTimeMs: () => number;
  readonly tag: string;
};

export type HostedWorld<S extends SimPrintHost = SimPrintHost> = DriverWorld & {
  readonly clock: SimClock;
  readonly server: S;
  readonly network: SimNetwork;
  readonly parts: HostedParts;
};

export function hostedWorld<S extends SimPrintHost>(make: {
  readonly peer: PeerTraits;
  readonly settle: () => Promise<void>;
  readonly serve: (clock: Clock) => S;
  readonly drive: (parts: HostedParts) => MachineDriver;
}): HostedWorld<S> {
  const clock = createSimClock(make.settle);
  const server = make.serve(clock);
  const network = new SimNetwork(server, clock);
  const parts: HostedParts = {
    network,
    clock,
    random: seededRandom(7),
    machineTimeMs: () => server.fed.printer.timeMs,
    tag: 'abcd1234',
  };
  const driver = make.drive(parts);
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  return {
    peer: make.peer,
    driver,
    events,
    clock,
    server,
    network,
    parts,
    truth: () => server.fed.truth(),
    strike: (trouble) => server.fed.strike(trouble),
    drive: (promise) => clock.drive(promise),
    until: (condition) =>
      clock.drive(
        (async () => {
          for (let i = 0; i < 20_000 && !condition(); i++) await clock.sleep(100);
          if (!condition()) throw new Error('it never came to that');
        })(),
      ),
  };
}

/** The same bytes for the same seed. */
export function seededRandom(seed: number): Random {
  const next = createSeeded(seed);
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}
