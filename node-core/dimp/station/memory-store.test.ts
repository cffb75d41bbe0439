import { describe } from 'vitest';
import { createMemoryStationStore } from './memory-store.ts';
import { stationStoreConformance } from './store-conformance.ts';

describe('the store in memory', () => stationStoreConformance(createMemoryStationStore));
