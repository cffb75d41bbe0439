// Temperatures for the graph: a window of time, thinned out so that peaks stay. Pure.

import type { TemperaturesView } from '../../../node-core/api/index.ts';

export type Sample = TemperaturesView & { readonly atMs: number };

/** Minutes shown; undefined is the whole print. */
export const WINDOWS_MIN = [1, 5, 15, 60, undefined] as const;
export type WindowMin = (typeof WINDOWS_MIN)[number];

const SERIES = ['nozzleC', 'nozzleTargetC', 'bedC', 'bedTargetC'] as const;
export type SeriesName = (typeof SERIES)[number];

/** Appends in place, drops what came twice or late, and keeps memory bounded by dropping every second old sample. */
export function appendSample(samples: Sample[], sample: Sample, samplesMax: number): void {
  const last = samples[samples.length - 1];
  if (last !== undefined && sample.atMs <= last.atMs) return;
  samples.push(sample);
  if (samples.length <= samplesMax) return;
  const kept = samples.filter((_, index) => index % 2 === 0 || index === samples.length - 1);
  samples.splice(0, samples.length, ...kept);
}

/** First index with `atMs` at or after the given time. */
export function indexAt(samples: readonly Sample[], atMs: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((samples[middle]?.atMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * At most about `pointsMax` samples of the window. Of each stretch the first, the coldest and the hottest (by nozzle)
 * stay, in order, so that an overshoot is never smoothed away. The last sample always stays.
 */
export function thinOut(samples: readonly Sample[], fromMs: number, pointsMax: number): Sample[] {
  const start = Math.max(0, indexAt(samples, fromMs) - 1);
  const count = samples.length - start;
  if (count <= pointsMax) return samples.slice(start);
  const stretches = Math.max(1, Math.floor(pointsMax / 3));
  const thinned: Sample[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = start + Math.floor((stretch * count) / stretches);
    const end = start + Math.floor(((stretch + 1) * count) / stretches);
    const picked = new Set([from, extreme(samples, from, end, 1), extreme(samples, from, end, -1)]);
    if (stretch === stretches - 1) picked.add(samples.length - 1);
    for (const index of [...picked].sort((a, b) => a - b)) {
      const sample = samples[index];
      if (sample !== undefined) thinned.push(sample);
    }
  }
  return thinned;
}

function extreme(samples: readonly Sample[], from: number, end: number, sign: 1 | -1): number {
  let best = from;
  for (let index = from; index < end; index++) {
    const value = samples[index]?.nozzleC ?? 0;
    if (sign * value > sign * (samples[best]?.nozzleC ?? 0)) best = index;
  }
  return best;
}

/** A target of zero is a heater that is off, not one that should be frozen. */
function isOff(name: SeriesName, value: number | null): boolean {
  return value === 0 && (name === 'nozzleTargetC' || name === 'bedTargetC');
}

/** Columns as the graph wants them: Unix seconds, then the four series. */
export function columnsOf(samples: readonly Sample[]): (number | null)[][] {
  return [
    samples.map(({ atMs }) => atMs / 1000),
    ...SERIES.map((name) => samples.map((sample) => (isOff(name, sample[name]) ? null : sample[name]))),
  ];
}
