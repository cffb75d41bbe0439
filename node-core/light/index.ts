// The light node: believes nothing that the validators of a trusted block did not sign.

export * from './attack-evidence.ts';
export * from './basic.ts';
export * from './commit.ts';
export type { Attack } from './detector.ts';
export * from './faults.ts';
export * from './ics23.ts';
export type { InnerSpec, ProofSpec } from './ics23-ops.ts';
export { IAVL_SPEC, SMT_SPEC, TENDERMINT_SPEC } from './ics23-ops.ts';
export * from './ics23-proof.ts';
export * from './inclusion.ts';
export * from './light-chain.ts';
export * from './light-node.ts';
export type { LightProvider } from './provider.ts';
export { createEngineProvider } from './provider.ts';
export type { ProviderStatus } from './provider-pool.ts';
export type { AttackSummary } from './trusted-store.ts';
export { STORED_BLOCKS_MAX } from './trusted-store.ts';
export * from './types.ts';
export * from './verify.ts';
