// Colours of the 3D views, in both themes. Features keep their colour in legend, 3D and 2D; the set stays apart for
// the common kinds of colour blindness because neighbours differ in lightness too.

import { TOOLPATH_FEATURES, type ToolpathFeature } from '../../node-core/models/index.ts';

export type SceneTheme = 'light' | 'dark';

export type ScenePalette = {
  readonly background: string;
  readonly plate: string;
  readonly gridMinor: string;
  readonly gridMajor: string;
  readonly outline: string;
  readonly label: string;
  readonly model: string;
  readonly problem: string;
  readonly size: string;
  readonly ghost: string;
  readonly travel: string;
  readonly nozzle: string;
};

export const PALETTES: Readonly<Record<SceneTheme, ScenePalette>> = {
  light: {
    background: '#e9efee',
    plate: '#dfe7e5',
    gridMinor: '#cdd8d5',
    gridMajor: '#b3c2be',
    outline: '#7d918c',
    label: '#5a6d69',
    model: '#7fa8a3',
    problem: '#d6284b',
    size: '#2f5f73',
    ghost: '#6f8380',
    travel: '#3b6fd4',
    nozzle: '#b45309',
  },
  dark: {
    background: '#0f1516',
    plate: '#182022',
    gridMinor: '#222c2e',
    gridMajor: '#354245',
    outline: '#5b6d70',
    label: '#8fa1a3',
    model: '#79a9a3',
    problem: '#ff5c7a',
    size: '#8fc7dd',
    ghost: '#8ea3a5',
    travel: '#7ea6ff',
    nozzle: '#f5a524',
  },
};

export const FEATURE_COLOURS: Readonly<Record<ToolpathFeature, string>> = {
  travel: '#5b8def',
  other: '#9aa5a3',
  'outer-wall': '#e8743b',
  'inner-wall': '#f2b134',
  overhang: '#2f57c4',
  infill: '#a83a55',
  'solid-infill': '#8a63c9',
  top: '#e4576b',
  bridge: '#4aa3df',
  'gap-fill': '#f7e08a',
  skirt: '#1f8a6d',
  support: '#55b96a',
  'support-interface': '#2b6e46',
  ironing: '#f39ab6',
  prime: '#6d7f7c',
};

export type Rgb = readonly [red: number, green: number, blue: number];

/** `#rrggbb` to bytes; black where it is none, so that a foreign colour can do no harm. */
export function parseColour(colour: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (match === null) return [0, 0, 0];
  return [
    Number.parseInt(match[1] ?? '0', 16),
    Number.parseInt(match[2] ?? '0', 16),
    Number.parseInt(match[3] ?? '0', 16),
  ];
}

/** Even-lightness ramp from violet over teal to yellow (its stops are those of viridis, rounded). */
const RAMP: readonly Rgb[] = [
  [72, 32, 110],
  [58, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [240, 220, 50],
];

/** Colour at 0 … 1; outside is clamped, NaN is the start. */
export function rampColour(fraction: number): Rgb {
  const clamped = fraction > 0 ? Math.min(1, fraction) : 0;
  const scaled = clamped * (RAMP.length - 1);
  const low = Math.min(RAMP.length - 2, Math.floor(scaled));
  const from = RAMP[low] ?? [0, 0, 0];
  const to = RAMP[low + 1] ?? from;
  const part = scaled - low;
  const mix = (index: 0 | 1 | 2): number => Math.round(from[index] + (to[index] - from[index]) * part);
  return [mix(0), mix(1), mix(2)];
}

export function rgbText([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** By feature index. */
export const FEATURE_RGB: readonly Rgb[] = TOOLPATH_FEATURES.map((name) =>
  parseColour(FEATURE_COLOURS[name]),
);
