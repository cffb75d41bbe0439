// What stands behind the keys of the state: record types, their canonical dag-cbor and strict parsers. Light nodes
// parse proven bytes with these, so a change of shape is a change of protocol.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { MICRO_PER_TOKEN, TOKENS, type Token } from '../base/index.ts';
import { parseRecord } from '../records/index.ts';
import { AddressBytes, Hash, PublicKeyBytes } from './fields.ts';
import { ModelRegister } from './messages.ts';
import { ReviewTerms } from './records-council.ts';
import { DEFAULT_MACHINE_DATA, MachineDataTerms } from './records-machine-data.ts';
import { NameTerms } from './records-names.ts';
import { ProviderTerms } from './records-providers.ts';
import { DEFAULT_STAKING, StakingParams } from './records-staking.ts';
import { DEFAULT_STORAGE, StorageDeposit, StorageTerms } from './records-storage.ts';

export * from './records-council.ts';
export * from './records-machine-data.ts';
export * from './records-names.ts';
export * from './records-providers.ts';
export * from './records-staking.ts';
export * from './records-storage.ts';

const bytes = z.custom<Bytes>((value) => value instanceof Uint8Array, 'bytes');
const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
const count = z.int().min(0);

const balances: Record<Token, typeof micro> = { DPN: micro, '3DP': micro, DIMT: micro, ITC: micro };

export const AccountState = z.strictObject({
  v: z.literal(1),
  /** `contract`: an account without a key: an instance's, which holds escrow, or one of the chain's own pools. */
  kind: z.enum(['person', 'contract']),
  /** Next sequence number that a transaction must carry. */
  seq: count,
  /** Micro-units. */
  balances: z.strictObject(balances),
  /** Of the balances, what may be staked and not spent (see VestingState). Absent where nothing is locked. */
  lockedMicro: z.strictObject(balances).optional(),
});
export type AccountState = z.infer<typeof AccountState>;

export const ParamsState = z.strictObject({
  v: z.literal(1),
  chainId: z.string(),
  council: AddressBytes,
  treasury: AddressBytes,
  /** Least fee of a transaction, in micro-DPN. */
  minimumFeeMicro: micro,
  /** Shares of production and licence that quotes must carry, in 1/10 000. */
  authorBasisPoints: z.int().min(0).max(2000),
  networkBasisPoints: z.int().min(0).max(2000),
  /** How often one copy of a licence may be begun, failures included. */
  copyAttemptsMax: z.int().min(1),
  /** Whether stake elects the validators. False: the set of genesis stays, as on a network of one. */
  elected: z.boolean(),
  staking: StakingParams,
  /** Terms of the council's reviews; DEFAULT_REVIEW where absent. */
  review: ReviewTerms.optional(),
  /** Terms of names; DEFAULT_NAMES where absent. */
  names: NameTerms.optional(),
  storage: StorageTerms,
  machineData: MachineDataTerms,
  /** Terms of service providers; DEFAULT_PROVIDERS where absent. */
  providers: ProviderTerms.optional(),
});
export type ParamsState = z.infer<typeof ParamsState>;

/** Parameters that the council decided on and that are not in force yet. */
export const PendingParamsState = z.strictObject({
  v: z.literal(1),
  /** They are in force from the beginning of this epoch. */
  epoch: z.coerce.bigint(),
  params: ParamsState,
});
export type PendingParamsState = z.infer<typeof PendingParamsState>;

export const DEFAULT_PARAMS = {
  minimumFeeMicro: 1_000n,
  authorBasisPoints: 100,
  networkBasisPoints: 100,
  copyAttemptsMax: 3,
  elected: false,
  staking: DEFAULT_STAKING,
  storage: DEFAULT_STORAGE,
  machineData: DEFAULT_MACHINE_DATA,
} as const;

const registration = { registeredS: unixS, registeredHeight: height, updatedS: unixS };

export const ModelState = z.strictObject({
  v: z.literal(1),
  ...ModelRegister.omit({ type: true }).shape,
  designer: AddressBytes,
  /** Copies that machines reported as finished. */
  copiesPrinted: count,
  ...registration,
});
export type ModelState = z.infer<typeof ModelState>;

export const ProductState = z.strictObject({
  v: z.literal(1),
  /** Canonical ProductRecord. */
  product: bytes,
  designer: AddressBytes,
  /** Levels of products within it, itself included, and printed parts of one, everything within counted. */
  depth: z.int().min(1),
  units: z.int().min(1),
  registeredS: unixS,
  registeredHeight: height,
});
export type ProductState = z.infer<typeof ProductState>;

export const MachineState = z.strictObject({
  v: z.literal(1),
  owner: AddressBytes,
  machineKey: PublicKeyBytes,
  /** Canonical RegisteredMachine record. */
  profile: bytes,
  ...registration,
});
export type MachineState = z.infer<typeof MachineState>;

export const ParadigmState = z.strictObject({
  v: z.literal(1),
  document: bytes,
  author: AddressBytes,
  publishedS: unixS,
  publishedHeight: height,
  /** No contract begins under it any more: its author withdrew it, or a bug in it was confirmed. */
  closed: z.strictObject({ reason: z.enum(['withdrawn', 'suspended']), timeS: unixS }).optional(),
});
export type ParadigmState = z.infer<typeof ParadigmState>;

/** A branch of another contract that a contract fills, as a whole or with one member of a crowd. */
export const BranchLink = z.strictObject({
  /** Whose branch it is. */
  contract: AddressBytes,
  list: z.string(),
  row: count,
  quantity: z.int().min(1),
  /** What is paid to this role goes back to that contract; of a crowd, to the member of this position. */
  role: z.string(),
  member: count.optional(),
  /** In whose name: what comes back when that contract is no longer kept goes there. */
  principal: AddressBytes,
  givenMicro: micro,
  returnedMicro: micro,
});
export type BranchLink = z.infer<typeof BranchLink>;

export const ContractState = z.strictObject({
  v: z.literal(1),
  paradigm: Hash,
  quote: Hash,
  designHash: Hash,
  machine: AddressBytes,
  /** Canonical Instance record (paradigm/): state, roles, parameters, variables, money held, deadline. */
  instance: bytes,
  /** Absent where keeping it cost nothing. */
  deposit: StorageDeposit.optional(),
  openedHeight: height,
  updatedHeight: height,
  updatedS: unixS,
  /** Branches of other contracts that it fills, in the order in which it took them over. */
  branches: z.array(BranchLink).optional(),
  /** Contracts that fill branches of this one and are still kept: money of theirs may have to pass through it. */
  below: z.int().min(1).optional(),
  /** Its time to be pruned has come, but there are contracts below it. */
  due: z.literal(true).optional(),
  /** A party contested something in it, or it opened a contract that is a dispute. Absent where that never happened. */
  disputed: z.literal(true).optional(),
});
export type ContractState = z.infer<typeof ContractState>;

/** What a contract without a quote has in the places of the quote, the model and the machine. */
export const NO_QUOTE = {
  quote: new Uint8Array(32),
  designHash: new Uint8Array(32),
  machine: new Uint8Array(20),
} as const;

/** Reward tokens that all contracts of one paradigm have minted. */
export const MintState = z.strictObject({ v: z.literal(1), mintedMicro: micro });
export type MintState = z.infer<typeof MintState>;

export const LicenceState = z.strictObject({
  v: z.literal(1),
  contract: AddressBytes,
  licensor: AddressBytes,
  machine: AddressBytes,
  designHash: Hash,
  /** Less than at the beginning where copies were moved to another machine. */
  quantity: count,
  issuedS: unixS,
  /** The model key wrapped for the machine; null until the licensor released it. */
  wrappedKey: z.union([bytes, z.null()]),
  /** Copies begun; the next new one is used + 1. */
  used: count,
  /** Copies whose last attempt was reported, and those of them that finished. */
  reported: count,
  finished: count,
  /** RunState ids of the runs shared with other orders that copies of it belong to, oldest first. Absent where none. */
  runs: z.array(Hash).optional(),
});
export type LicenceState = z.infer<typeof LicenceState>;

export const CopyState = z.strictObject({
  v: z.literal(1),
  gcodeHash: Hash,
  begunS: unixS,
  attempts: z.int().min(1),
  report: z.union([
    z.null(),
    z.strictObject({
      telemetryHead: Hash,
      entries: z.int().min(1),
      outcome: z.enum(['finished', 'cancelled', 'failed']),
      reportedS: unixS,
    }),
  ]),
});
export type CopyState = z.infer<typeof CopyState>;

/** Copies of several orders that one machine makes one after the other, in the order of the parts. */
export const RunState = z.strictObject({
  v: z.literal(1),
  machine: AddressBytes,
  designHash: Hash,
  gcodeHash: Hash,
  recordedS: unixS,
  recordedHeight: height,
  /** Copies of each licence, 1-based and inclusive. What a later run took over before it began is not here any more. */
  parts: z.array(
    z.strictObject({
      licence: AddressBytes,
      contract: AddressBytes,
      from: z.int().min(1),
      to: z.int().min(1),
    }),
  ),
});
export type RunState = z.infer<typeof RunState>;

export const IndexLength = z.strictObject({ length: z.coerce.bigint().min(0n) });
export type IndexLength = z.infer<typeof IndexLength>;

export const IndexPosition = z.strictObject({ position: z.coerce.bigint().min(0n) });
export type IndexPosition = z.infer<typeof IndexPosition>;

/** Entry of every index but the queues. */
export const IndexEntry = z.strictObject({ id: bytes });
export type IndexEntry = z.infer<typeof IndexEntry>;

export const DeadlineEntry = z.strictObject({
  timeS: unixS,
  /** Breaks ties: counts all deadlines ever set. */
  order: z.coerce.bigint(),
  /** Whose time it is: a contract instance, in the queue of maturities an account. */
  instance: AddressBytes,
});
export type DeadlineEntry = z.infer<typeof DeadlineEntry>;

/** The most there can ever be of a token. The papers name none for ITC; it has the cap of the other service token. */
export const SUPPLY_MICRO_MAX: Readonly<Record<Token, bigint>> = {
  DPN: 100_000_000_000n * MICRO_PER_TOKEN,
  '3DP': 3_333_333_333n * MICRO_PER_TOKEN,
  DIMT: 10_000_000_000n * MICRO_PER_TOKEN,
  ITC: 10_000_000_000n * MICRO_PER_TOKEN,
};

/** An account that the state does not hold yet. */
export const EMPTY_ACCOUNT: AccountState = {
  v: 1,
  kind: 'person',
  seq: 0,
  balances: Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>,
};

/** Strictly parses a proven value: `parseState(ModelState, value)`. */
export function parseState<S extends z.ZodType>(schema: S, value: Bytes): Result<z.infer<S>> {
  return parseRecord(schema, 'state', value);
}
