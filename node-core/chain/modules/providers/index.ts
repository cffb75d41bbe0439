// Service providers of the messenger: deposits, stations, and rewards for service that users signed for.

export { claimService, proveService, seedClaims, settleDay } from './claims.ts';
export { chooseProvider, isStationAddress, leaveProviders, registerProvider, runExits } from './register.ts';
export { dayOf, RECEIPTS_MAX, receiptBytes, samplePoints, signReceipt, weightOf } from './service.ts';
export { buildServiceTree, type Leaf, leafContent, type ServiceTree } from './tree.ts';
