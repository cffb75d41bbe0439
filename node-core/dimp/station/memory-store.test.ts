import { describe } from 'vitest';
import { createMemoryStationStore } from './memory-store.ts';
import { stationStoreConformance } from './store-conformance.ts';
import { rememberWishes } from './wishes.ts';

describe('the store in memory', () => stationStoreConformance(createMemoryStationStore));
describe('a store that remembers answers', () =>
  stationStoreConformance(() => rememberWishes(createMemoryStationStore())));
