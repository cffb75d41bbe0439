// A station: who is here, what waits for whom, what may pass. Pure; sockets, files and time come in through ports.

export type { Connection, Wire } from './connection.ts';
export type { ResolveName, ServiceCounter } from './desk.ts';
export { PriceAnswer } from './desk.ts';
export { DEFAULT_DEPOT_LIMITS, type DepotLimits, FileDepot, type FileStore } from './file-depot.ts';
export { DEVICES_MAX, LIST_IDS_MAX } from './limits.ts';
export { createMemoryStationStore } from './memory-store.ts';
export {
  DEFAULT_POLICY,
  findWork,
  messageHash,
  messageKey,
  type Policy,
  Price,
  shownWork,
  signatureText,
  WORK_BITS_MAX,
  WORK_FIELD,
} from './policy.ts';
export { type ReadStake, StakeBook } from './stakes.ts';
export { Station, type StationParts } from './station.ts';
export type {
  FactKind,
  ListKind,
  Mail,
  NumberedMail,
  StationStore,
  StoredEntry,
  StoredPackage,
} from './store.ts';
