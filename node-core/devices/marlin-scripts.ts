// What a host sends of its own whatever is printed: the emergency stop, heaters off, reports of the position.

import type { Bytes } from '../base/index.ts';
import { concatBytes, utf8ToBytes } from '../base/index.ts';
import { ENCODED_BYTES_MAX, encodeLine } from './line-codec.ts';

/** Straight to the port; the second one begins a fresh line in any case. */
export const EMERGENCY_STOP = utf8ToBytes('M112\n\nM112\n');
export const HEATERS_OFF = ['M104 S0', 'M140 S0', 'M107'] as const;

export type PositionReports = { readonly on: string; readonly off: string };

/** Switches reports of the position, one a second, on and off; undefined where the machine would have to be asked. */
export function positionReports(capabilities: readonly string[]): PositionReports | undefined {
  if (capabilities.includes('AUTOREPORT_POS')) return { on: 'M154 S1', off: 'M154 S0' };
  // Prusa: bit 0 of C is the temperatures, bit 2 the positions.
  if (capabilities.includes('AUTOREPORT_POSITION')) return { on: 'M155 S1 C5', off: 'M155 S1 C1' };
  return undefined;
}

/**
 * Heaters and fan off without listening, for a link whose answers cannot be trusted any more: numbered and
 * checksummed, so that noise cannot turn them into something else, and three times over.
 */
export function blindHeatersOff(): Bytes {
  // M108 first: what follows would otherwise wait behind a heat-up.
  const parts: Bytes[] = [utf8ToBytes('\nM108\n')];
  const line = new Uint8Array(ENCODED_BYTES_MAX);
  for (let round = 0; round < 3; round++) {
    let number = 0;
    for (const command of ['M110 N0', ...HEATERS_OFF]) {
      const bytes = utf8ToBytes(command);
      parts.push(line.slice(0, encodeLine(line, number++, bytes, 0, bytes.length)));
    }
  }
  return concatBytes(...parts);
}
