// What a buyer chooses, and the slicer settings it means. Pure.

import type { MachineView, ModelView, QuoteView } from '../../../node-core/api/index.ts';

export const QUALITIES = ['draft', 'standard', 'fine'] as const;
export type Quality = (typeof QUALITIES)[number];

export const STRENGTHS = ['light', 'normal', 'strong', 'solid'] as const;
export type Strength = (typeof STRENGTHS)[number];

export type SliceSettings = QuoteView['settings'];

export type Configuration = {
  readonly machineId: string;
  readonly material: string;
  readonly colour: string;
  readonly quality: Quality;
  readonly strength: Strength;
  readonly supports: boolean;
  readonly brim: boolean;
  readonly quantity: number;
};

export const QUANTITY_MAX = 1000;

/** Layer height as a share of the nozzle's width: what nozzles of any size print well. */
const LAYER_SHARE: Readonly<Record<Quality, number>> = { draft: 0.7, standard: 0.5, fine: 0.3 };
const LAYER_UM_MIN = 50;
const LAYER_UM_MAX = 600;

const STRENGTH: Readonly<Record<Strength, { infillPercent: number; perimeters: number }>> = {
  light: { infillPercent: 10, perimeters: 2 },
  normal: { infillPercent: 20, perimeters: 3 },
  strong: { infillPercent: 45, perimeters: 4 },
  solid: { infillPercent: 100, perimeters: 4 },
};

/** Layer height in micrometres, in steps of 10. */
export function layerHeightUm(quality: Quality, nozzleUm: number): number {
  const rounded = Math.round((nozzleUm * LAYER_SHARE[quality]) / 10) * 10;
  return Math.min(LAYER_UM_MAX, Math.max(LAYER_UM_MIN, rounded));
}

export function infillOf(strength: Strength): number {
  return STRENGTH[strength].infillPercent;
}

export function settingsOf(choice: Configuration, nozzleUm: number): SliceSettings {
  return {
    layerHeightUm: layerHeightUm(choice.quality, nozzleUm),
    ...STRENGTH[choice.strength],
    supports: choice.supports,
    brim: choice.brim,
  };
}

export type Fit =
  | { readonly fits: true; readonly turned: boolean }
  | { readonly fits: false; readonly reason: 'height' | 'footprint'; readonly excessMm: number };

type Size = { readonly x: number; readonly y: number; readonly z: number };

/** Whether the model stands on the machine, if need be turned by a quarter; the machine's owner is not asked for more. */
export function fitOf(sizeUm: Size, volumeMm: Size): Fit {
  const tooHighUm = sizeUm.z - volumeMm.z * 1000;
  if (tooHighUm > 0) return { fits: false, reason: 'height', excessMm: tooHighUm / 1000 };
  const excess = (x: number, y: number): number =>
    Math.max(0, x - volumeMm.x * 1000) + Math.max(0, y - volumeMm.y * 1000);
  const straight = excess(sizeUm.x, sizeUm.y);
  const turned = excess(sizeUm.y, sizeUm.x);
  if (straight === 0) return { fits: true, turned: false };
  if (turned === 0) return { fits: true, turned: true };
  return { fits: false, reason: 'footprint', excessMm: Math.min(straight, turned) / 1000 };
}

/** Machines that fit first, then those that can be reached, then the cheaper hour. */
export function rankMachines(machines: readonly MachineView[], model: ModelView): MachineView[] {
  const rank = (machine: MachineView): number =>
    (fitOf(model.sizeUm, machine.volumeMm).fits ? 0 : 2) + (isReachable(machine) ? 0 : 1);
  const printers = machines.filter(({ process }) => process === 'fdm');
  return printers.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      compareBigint(a.rateMicroPerHour, b.rateMicroPerHour) ||
      a.name.localeCompare(b.name),
  );
}

export function isReachable(machine: MachineView): boolean {
  return machine.state !== 'offline' && machine.state !== 'fault';
}

function compareBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A first choice for the machine that suits best; undefined where none fits. */
export function firstChoice(machines: readonly MachineView[], model: ModelView): Configuration | undefined {
  const machine = rankMachines(machines, model).find(
    (candidate) => fitOf(model.sizeUm, candidate.volumeMm).fits && candidate.materials.length > 0,
  );
  const material = machine?.materials[0];
  if (machine === undefined || material === undefined) return undefined;
  return {
    machineId: machine.id,
    material: material.material,
    colour: material.colour,
    quality: 'standard',
    strength: 'normal',
    supports: false,
    brim: false,
    quantity: 1,
  };
}

/** The same wishes on another machine: its own colour of the same material, else its first material. */
export function onMachine(choice: Configuration, machine: MachineView): Configuration {
  const offer =
    machine.materials.find(
      ({ material, colour }) => material === choice.material && colour === choice.colour,
    ) ??
    machine.materials.find(({ material }) => material === choice.material) ??
    machine.materials[0];
  if (offer === undefined) return { ...choice, machineId: machine.id };
  return { ...choice, machineId: machine.id, material: offer.material, colour: offer.colour };
}

/** Every choice that changes the price, as one text: the key under which a quote is kept. */
export function configurationKey(choice: Configuration): string {
  return JSON.stringify([
    choice.machineId,
    choice.material,
    choice.colour,
    choice.quality,
    choice.strength,
    choice.supports,
    choice.brim,
    choice.quantity,
  ]);
}
