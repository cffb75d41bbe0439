// The command sequences a host sends of its own: heaters off, pause and return, parking after a cancel.

import type { Bytes } from '../base/index.ts';
import { concatBytes, utf8ToBytes } from '../base/index.ts';
import { ENCODED_BYTES_MAX, encodeLine } from './line-codec.ts';
import type { MotionTracker } from './motion-tracker.ts';
import type { Temperatures } from './types.ts';

/** Straight to the port; the second one begins a fresh line in any case. */
export const EMERGENCY_STOP = utf8ToBytes('M112\n\nM112\n');
export const HEATERS_OFF = ['M104 S0', 'M140 S0', 'M107'] as const;

/** Below this the filament is not soft, and retracting grinds it. Degrees Celsius. */
const SOFT_C = 170;
const LIFT_MM = 5;
const CANCEL_LIFT_MM = 10;

export type PositionReports = { readonly on: string; readonly off: string };

/** Switches reports of the position, one a second, on and off; undefined where the machine would have to be asked. */
export function positionReports(capabilities: readonly string[]): PositionReports | undefined {
  if (capabilities.includes('AUTOREPORT_POS')) return { on: 'M154 S1', off: 'M154 S0' };
  // Prusa: bit 0 of C is the temperatures, bit 2 the positions.
  if (capabilities.includes('AUTOREPORT_POSITION')) return { on: 'M155 S1 C5', off: 'M155 S1 C1' };
  return undefined;
}

/** Moves the nozzle aside for a pause and gives the way back; nothing moves that was not homed. */
export function parkScript(
  tracker: MotionTracker,
  temperatures: Temperatures,
): { readonly away: readonly string[]; readonly back: readonly string[] } {
  if (!tracker.homed) return { away: [], back: [] };
  const soft = (temperatures.nozzleC ?? 0) >= SOFT_C;
  const away = [
    'G21',
    ...(soft ? ['M83', 'G1 E-1 F1800'] : []),
    'G91',
    `G1 Z${LIFT_MM} F600`,
    'G90',
    `G92 E${millimetres(tracker.e)}`,
  ];
  const reheat = temperatures.nozzleTargetC ?? 0;
  const back = [
    ...(reheat > 0 ? [`M109 S${reheat}`] : []),
    'G21',
    'G90',
    `G1 X${millimetres(tracker.x)} Y${millimetres(tracker.y)} F6000`,
    `G1 Z${millimetres(tracker.z)} F600`,
    ...(soft ? ['M83', 'G1 E1 F1800'] : []),
    `G92 E${millimetres(tracker.e)}`,
    ...(tracker.feedMmPerMin > 0 ? [`G1 F${millimetres(tracker.feedMmPerMin)}`] : []),
    ...(tracker.inches ? ['G20'] : []),
    tracker.relative ? 'G91' : 'G90',
    tracker.relativeE ? 'M83' : 'M82',
  ];
  return { away, back };
}

/** After the heaters are off: away from the part, motors free. Without a known position only the motors are freed. */
export function cancelScript(homed: boolean): readonly string[] {
  const park = ['G21', 'G91', `G1 Z${CANCEL_LIFT_MM} F600`, 'G90', 'G28 X Y'];
  return [...(homed ? park : []), 'M84'];
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

function millimetres(value: number): string {
  return String(Math.round(value * 100_000) / 100_000);
}
