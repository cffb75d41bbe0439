// Where the nozzle goes while a print is held, and how it comes back: up above everything that this print has made, then
// into a corner beside it. It goes no way that is not known to be free: without the machine's size, after a probing that
// moved the nozzle, or where the zero point was moved, it is lifted and no more.

import type { MotionTracker, PrintedBox } from './motion-tracker.ts';
import type { Temperatures } from './types.ts';

export type VolumeMm = { readonly x: number; readonly y: number; readonly z: number };

/** Below this the filament is not soft, and retracting grinds it. Degrees Celsius. */
const SOFT_C = 170;
const LIFT_MM = 5;
/** Less room than this over the highest place of the print is none: a warped edge stands as high. */
const CLEAR_MM_MIN = 1;
/** Off the ends of the axes, where soft end stops and nozzle offsets differ from machine to machine. */
const CORNER_MM = 10;
const CANCEL_LIFT_MM = 10;
const LIFT_F = 600;
const TRAVEL_F = 6000;
const RETRACT_F = 1800;

export type ParkScript = { readonly away: readonly string[]; readonly back: readonly string[] };

/** Moves the nozzle aside for a pause and gives the way back; nothing moves that was not homed. */
export function parkScript(
  tracker: MotionTracker,
  temperatures: Temperatures,
  volume: VolumeMm | undefined,
): ParkScript {
  if (!tracker.homed) return { away: [], back: [] };
  const { nozzleC = 0, nozzleTargetC = 0 } = temperatures;
  const soft = nozzleC >= SOFT_C && nozzleTargetC >= SOFT_C;
  const way = tracker.placed ? wayAside(tracker, volume) : BLIND;
  const away = [
    'G21',
    ...(soft ? ['M83', `G1 E-1 F${RETRACT_F}`] : []),
    ...way.away,
    `G92 E${millimetres(tracker.e)}`,
  ];
  const back = [
    ...(nozzleTargetC > 0 ? [`M109 S${nozzleTargetC}`] : []),
    'G21',
    ...way.back,
    ...(soft ? ['M83', `G1 E1 F${RETRACT_F}`] : []),
    `G92 E${millimetres(tracker.e)}`,
    ...(tracker.feedMmPerMin > 0 ? [`G1 F${millimetres(tracker.feedMmPerMin)}`] : []),
    ...(tracker.inches ? ['G20'] : []),
    tracker.relative ? 'G91' : 'G90',
    tracker.relativeE ? 'M83' : 'M82',
  ];
  return { away, back };
}

/**
 * After the heaters are off: above everything that was printed and away from it, motors free. Without a known position
 * only the motors are freed. `tracker`: of the print that ends, where there is one.
 */
export function cancelScript(homed: boolean, tracker?: MotionTracker, volume?: VolumeMm): readonly string[] {
  if (!homed) return ['M84'];
  const known = tracker?.placed === true && !tracker.originMoved;
  const z = known ? tracker.z : 0;
  const overMm = known ? (tracker.printed?.topMm ?? 0) - z : 0;
  const roomMm = known && volume !== undefined ? Math.max(0, volume.z - z) : Number.POSITIVE_INFINITY;
  const liftMm = Math.min(Math.max(CANCEL_LIFT_MM, overMm + LIFT_MM), roomMm);
  const up = ['G21', 'G91', `G1 Z${millimetres(liftMm)} F${LIFT_F}`, 'G90'];
  return [...up, ...(liftMm >= overMm ? ['G28 X Y'] : []), 'M84'];
}

/** How high the nozzle goes so that it can go anywhere; undefined where there is no such height. Millimetres. */
export function heightOverPrint(zMm: number, topMm: number, heightMmMax: number): number | undefined {
  const wantedMm = Math.max(zMm, topMm) + LIFT_MM;
  const reachedMm = Math.min(wantedMm, heightMmMax);
  return reachedMm >= Math.max(zMm, topMm + CLEAR_MM_MIN) ? reachedMm : undefined;
}

/** Up and down again by as much, wherever that is. */
const BLIND: ParkScript = {
  away: ['G91', `G1 Z${LIFT_MM} F${LIFT_F}`, 'G90'],
  back: ['G91', `G1 Z-${LIFT_MM} F${LIFT_F}`, 'G90'],
};

function wayAside(tracker: MotionTracker, volume: VolumeMm | undefined): ParkScript {
  const { x, y, z, printed } = tracker;
  const down = [`G1 X${millimetres(x)} Y${millimetres(y)} F${TRAVEL_F}`, `G1 Z${millimetres(z)} F${LIFT_F}`];
  const fits = volume !== undefined && liesWithin(tracker, volume);
  const overMm = fits ? heightOverPrint(z, printed?.topMm ?? 0, volume.z) : undefined;
  if (!fits || overMm === undefined) {
    const liftMm = Math.max(0, fits ? Math.min(LIFT_MM, volume.z - z) : LIFT_MM);
    const up = `G1 Z${millimetres(z + liftMm)} F${LIFT_F}`;
    return { away: ['G90', up], back: ['G90', up, ...down] };
  }
  const up = `G1 Z${millimetres(overMm)} F${LIFT_F}`;
  const corner = cornerBeside(printed, volume);
  // Whatever was done with the machine meanwhile: up first.
  return {
    away: ['G90', up, `G1 X${corner.x} Y${corner.y} F${TRAVEL_F}`],
    back: ['G90', up, ...down],
  };
}

/** The machine's size begins at its zero point: where a file goes below it, as on a round bed, it says nothing. */
function liesWithin({ x, y, z, printed, originMoved }: MotionTracker, volume: VolumeMm): boolean {
  if (originMoved) return false;
  const box = printed ?? { minX: x, maxX: x, minY: y, maxY: y, topMm: z };
  const low = Math.min(x, y, z, box.minX, box.minY);
  return (
    low >= 0 &&
    Math.max(x, box.maxX) <= volume.x &&
    Math.max(y, box.maxY) <= volume.y &&
    Math.max(z, box.topMm) <= volume.z
  );
}

/** Behind first, so that a moving bed comes forward; the first that is not over the print, where there is one. */
function cornerBeside(printed: PrintedBox | undefined, volume: VolumeMm): { x: number; y: number } {
  const near = (lengthMm: number) => millimetres(Math.min(CORNER_MM, lengthMm / 2));
  const far = (lengthMm: number) => millimetres(Math.max(lengthMm - CORNER_MM, lengthMm / 2));
  const corners = [
    { x: near(volume.x), y: far(volume.y) },
    { x: far(volume.x), y: far(volume.y) },
    { x: near(volume.x), y: near(volume.y) },
    { x: far(volume.x), y: near(volume.y) },
  ] as const;
  const isFree = ({ x, y }: { x: number; y: number }) =>
    printed === undefined || x < printed.minX || x > printed.maxX || y < printed.minY || y > printed.maxY;
  return corners.find(isFree) ?? corners[0];
}

function millimetres(value: number): number {
  return Math.round(value * 100_000) / 100_000;
}
