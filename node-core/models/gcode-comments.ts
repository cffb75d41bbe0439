// What slicers say in comments: layer marks, feature names and their own figures. PrusaSlicer and its descendants,
// Cura, Simplify3D. Unknown comments mean nothing.

import { TOOLPATH_FEATURES, type ToolpathFeature } from './toolpath.ts';

export type SlicerClaims = {
  readonly slicer?: string;
  readonly version?: string;
  readonly seconds?: number;
  readonly filamentUm?: number;
  readonly milligrams?: number;
};

export function isLayerComment(text: string): boolean {
  return /^(?:LAYER_CHANGE\s*$|LAYER:\s*-?\d+|\s?CHANGE_LAYER\s*$|\s?layer\s+\d+\s*(?:,|$))/.test(text);
}

const FEATURES: Readonly<Record<string, ToolpathFeature>> = {
  'external perimeter': 'outer-wall',
  'outer wall': 'outer-wall',
  'wall-outer': 'outer-wall',
  perimeter: 'inner-wall',
  'inner wall': 'inner-wall',
  'wall-inner': 'inner-wall',
  'overhang perimeter': 'overhang',
  'overhang wall': 'overhang',
  'internal infill': 'infill',
  'sparse infill': 'infill',
  fill: 'infill',
  'solid infill': 'solid-infill',
  'internal solid infill': 'solid-infill',
  'bottom surface': 'solid-infill',
  skin: 'top',
  'top solid infill': 'top',
  'top surface': 'top',
  'bridge infill': 'bridge',
  bridge: 'bridge',
  'internal bridge': 'bridge',
  'internal bridge infill': 'bridge',
  'gap fill': 'gap-fill',
  'gap infill': 'gap-fill',
  'thin wall': 'gap-fill',
  'skirt/brim': 'skirt',
  skirt: 'skirt',
  brim: 'skirt',
  'support material': 'support',
  support: 'support',
  'support material interface': 'support-interface',
  'support interface': 'support-interface',
  'support-interface': 'support-interface',
  ironing: 'ironing',
  'wipe tower': 'prime',
  'prime tower': 'prime',
  'prime-tower': 'prime',
  custom: 'other',
};

/** Index in TOOLPATH_FEATURES of a feature mark; undefined where the comment is none. */
export function featureOfComment(text: string): number | undefined {
  const name = /^(?:TYPE:| FEATURE: ?)(.+)$/.exec(text)?.[1]?.trim().toLowerCase();
  if (name === undefined) return undefined;
  const feature = Object.hasOwn(FEATURES, name) ? FEATURES[name] : undefined;
  return TOOLPATH_FEATURES.indexOf(feature ?? 'other');
}

/** `1d 2h 3m 4s` in seconds; undefined where it is something else. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?\s*$/.exec(text);
  if (match === null || text.trim() === '') return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** The figure that a comment states, as one field of SlicerClaims. */
export function readClaim(text: string): SlicerClaims {
  const generated = /^\s*generated (?:by|with) (\S+)[ ]+v?(\S+)/i.exec(text);
  if (generated !== null) return { slicer: generated[1] ?? '', version: generated[2] ?? '' };
  const assigned = /^\s*(.+?)\s*[=:]\s*(.+?)\s*$/.exec(text);
  const [key, value] = [assigned?.[1]?.toLowerCase(), assigned?.[2] ?? ''];
  switch (key) {
    case 'filament used [mm]':
      return finite('filamentUm', Number(value) * 1000);
    case 'filament used [g]':
      return finite('milligrams', Number(value) * 1000);
    case 'estimated printing time (normal mode)':
      return finite('seconds', parseDuration(value) ?? Number.NaN);
    default:
      return {};
  }
}

function finite(key: 'filamentUm' | 'milligrams' | 'seconds', value: number): SlicerClaims {
  return Number.isFinite(value) && value > 0 ? { [key]: value } : {};
}
