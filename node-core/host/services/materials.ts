// What a new machine offers until its owner says otherwise. Densities: filament makers' data sheets as collected in
// slicer profiles; prices: typical retail prices a kilogram, in play money.

import type { MaterialOffer } from '../../records/index.ts';

const PLA = { material: 'PLA', densityMgPerCm3: 1240, nozzleC: 205, bedC: 60, priceMicroPerGram: 25_400n };
const PETG = { material: 'PETG', densityMgPerCm3: 1270, nozzleC: 235, bedC: 80, priceMicroPerGram: 27_800n };

export const DEFAULT_MATERIALS: readonly MaterialOffer[] = [
  { ...PLA, colour: '#e8590c', colourName: 'Orange' },
  { ...PLA, colour: '#212529', colourName: 'Black' },
  { ...PLA, colour: '#f8f9fa', colourName: 'White' },
  { ...PETG, colour: '#1c7ed6', colourName: 'Blue' },
];
