// What validators lose: stake for attacks on the chain, their place for being offline.

export { punishMisbehavior } from './evidence.ts';
export { watchLiveness } from './liveness.ts';
