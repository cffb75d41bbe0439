// What hosts do over a channel in several places: commands in a row, heaters off and seen to be off, and coming to rest.

import type { Clock, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import { DRAIN_TIMEOUT_MS } from './limits.ts';
import type { MarlinChannel } from './marlin-channel.ts';
import { HEATERS_OFF } from './marlin-scripts.ts';
import type { Temperatures } from './types.ts';

/** A garbled report or two must not make a cold machine look hot. */
const ROUNDS_MAX = 5;

/** One after the other, to the first that is refused; the answers to the last one. */
export async function sendAll(
  channel: MarlinChannel,
  commands: readonly string[],
): Promise<Result<readonly string[]>> {
  let last: Result<readonly string[]> = ok([]);
  for (const command of commands) {
    last = await channel.command(command);
    if (!last.ok) return last;
  }
  return last;
}

/** Refused where the machine is not heard any more, or says again and again that it goes on heating. */
export async function switchHeatersOff(
  channel: MarlinChannel,
  temperatures: () => Temperatures,
): Promise<Result<void>> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const sent = await sendAll(channel, [...HEATERS_OFF, 'M105']);
    if (!sent.ok) return sent;
    const { nozzleTargetC, bedTargetC } = temperatures();
    // A machine that reports no targets is believed.
    if ((nozzleTargetC ?? 0) === 0 && (bedTargetC ?? 0) === 0) return ok(undefined);
  }
  return refuse(deviceFault('device.still-hot'));
}

/**
 * Heaters off, then, where a print ends with it, reports off, the motion over and the `park` commands. A machine that does
 * not get there in time is a fault: the channel fails with it.
 */
export async function comeToRest(
  channel: MarlinChannel,
  clock: Clock,
  temperatures: () => Temperatures,
  park: (() => readonly string[]) | undefined,
  reportsOff: string | undefined,
): Promise<Result<void>> {
  const work = async (): Promise<Result<void>> => {
    const off = await switchHeatersOff(channel, temperatures);
    if (!off.ok || park === undefined) return off;
    const quiet = reportsOff === undefined ? [] : [reportsOff];
    const still = await sendAll(channel, [...quiet, 'M400']);
    // Only now is everything that was under way known.
    const parked = still.ok ? await sendAll(channel, park()) : still;
    return parked.ok ? ok(undefined) : parked;
  };
  const over = new AbortController();
  const fault = deviceFault('device.drain-timeout');
  const late = clock.sleep(DRAIN_TIMEOUT_MS, over.signal).then(
    () => {
      channel.fail(fault);
      return refuse(fault);
    },
    () => refuse(fault),
  );
  const result = await Promise.race([work(), late]);
  over.abort();
  return result;
}
