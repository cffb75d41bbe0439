// Service providers of the messenger: deposits, stations, and rewards for service that users signed for.

export { claimService, proveService, seedClaims, settleDay } from './claims.ts';
export { chooseProvider, isStationAddress, leaveProviders, registerProvider, runExits } from './register.ts';
export {
  DELEGATIONS_COUNTED_MAX,
  dayOf,
  type Holdings,
  homeOn,
  RECEIPTS_MAX,
  receiptBytes,
  samplePoints,
  signReceipt,
  type WeightTerms,
  weightOf,
  weightOfHoldings,
} from './service.ts';
export { buildServiceTree, type Leaf, leafContent, type ServiceTree } from './tree.ts';
