// Delegated stake: who may make blocks, what it earns and how it is taken back.

export { bondStake, delegate, redelegate, removeShares, undelegate, withdraw } from './delegations.ts';
export { electValidators } from './election.ts';
export { initialiseStakes } from './genesis.ts';
export { runMaturities } from './maturities.ts';
export { possessionBytes, signPossession } from './possession.ts';
export { distributeFees, owedMicro, rewardsOf } from './rewards.ts';
export { least, MICRO_PER_POWER, worthOf } from './shares.ts';
export * from './store.ts';
export { createValidator, editValidator, rotateKey, unjail } from './validators.ts';
