// What hosts do over a channel in several places: commands in a row, and heaters off and seen to be off.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { deviceFault } from './faults.ts';
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
