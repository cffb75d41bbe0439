// The main chain: its application, its provable state, its transactions, and the embedded engine.

export { type Holders, publishedAccounts, TEAM_LOCK_S } from './allocation.ts';
export { type ApplicationOptions, type ChainApplication, createApplication } from './app.ts';
export { inclusionsOf } from './engine/proofs.ts';
export { SoloEngine, type SoloOptions } from './engine/solo.ts';
export { type ChainFaultCode, chainFault, REFUSAL_CODES, refusalCode } from './faults.ts';
export * from './keys.ts';
export * from './messages.ts';
export {
  buildServiceTree,
  checkpointId,
  DELEGATIONS_COUNTED_MAX,
  dayOf,
  type Holdings,
  homeOn,
  isStationAddress,
  leafContent,
  licenceAddress,
  linkedAddress,
  MICRO_PER_POWER,
  machineProofBytes,
  NAME_CHARS_MAX,
  NAME_CHARS_MIN,
  nameCommitId,
  nameCommitment,
  nameFlaw,
  nameForm,
  nameFormId,
  nameId,
  normaliseName,
  owedMicro,
  POOLS,
  possessionBytes,
  premiumMicro,
  RECEIPTS_MAX,
  receiptBytes,
  type ServiceLeaf,
  type ServiceTree,
  samplePoints,
  signCheckpoint,
  signMachineProof,
  signPossession,
  signReceipt,
  standingOf,
  storageDepositMicro,
  weightOfHoldings,
  worthOf,
  yearlyMicro,
} from './modules/index.ts';
export { checkParams, toParadigmValue } from './modules/order-check.ts';
export * from './records.ts';
export type { SnapshotPlan } from './snapshot.ts';
export { createStateTree, type StateTree, type TreeOptions } from './tree/tree.ts';
export * from './tx.ts';
export * from './types.ts';
