// Where things stand in the provable state. Light nodes ask for these keys, so they are part of the protocol: an ASCII
// kind, a slash, and fixed-length binary parts. The tree hashes them, so lists are explicit: a length entry and entries
// numbered from 0, which together prove that nothing was left out.

import type { Bytes } from '../base/index.ts';
import { concatBytes, sha256, u64ToBytes, utf8ToBytes } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';

/** By kind, of which there are a few dozen: every access to the state begins with one. */
const prefixes = new Map<string, Bytes>();

function key(kind: string, ...parts: readonly Bytes[]): Bytes {
  let prefix = prefixes.get(kind);
  if (prefix === undefined) {
    prefix = utf8ToBytes(`${kind}/`);
    prefixes.set(kind, prefix);
  }
  return concatBytes(prefix, ...parts);
}

/** AccountState of an address: person, company, machine, contract instance or treasury. */
export const accountKey = (address: Address): Bytes => key('account', address);
/** ModelState by design hash. */
export const modelKey = (designHash: Bytes): Bytes => key('model', designHash);
/** ProductState by product id. */
export const productKey = (product: Bytes): Bytes => key('product', product);
/** MachineState by the address of the machine's own key. */
export const machineKey = (machine: Address): Bytes => key('machine', machine);
/** MachineDataState of a machine: which of its checkpoints are kept. */
export const machineDataKey = (machine: Address): Bytes => key('machine-data', machine);
/** CheckpointId of a machine's checkpoint, numbered from 0. */
export const numberedCheckpointKey = (machine: Address, number: bigint): Bytes =>
  key('machine-checkpoint', machine, u64ToBytes(number));
/** CheckpointState by id. */
export const checkpointKey = (id: Bytes): Bytes => key('checkpoint', id);
/** ParadigmState by SHA-256 of the document. */
export const paradigmKey = (paradigm: Bytes): Bytes => key('paradigm', paradigm);
/** ContractState by instance address. */
export const contractKey = (instance: Address): Bytes => key('contract', instance);
/** ContractEndState of a contract that was pruned: then, and only then, there is none under contractKey. */
export const contractEndKey = (instance: Address): Bytes => key('contract-end', instance);
/** Canonical QuoteRecord of an order, by its hash. */
export const quoteKey = (quoteHash: Bytes): Bytes => key('quote', quoteHash);
/** IndexLength: how many kept orders were opened with a quote. It goes with the last of them. */
export const quoteOrdersKey = (quoteHash: Bytes): Bytes => key('quote-orders', quoteHash);
/** LicenceState by licence address. */
export const licenceKey = (licence: Address): Bytes => key('licence', licence);
/** CopyState of one copy, numbered from 1. */
export const copyKey = (licence: Address, copy: number): Bytes =>
  key('copy', licence, u64ToBytes(BigInt(copy)));
/** RunState by its id, which licences name. */
export const runKey = (run: Bytes): Bytes => key('run', run);
/** ParamsState: one entry. */
export const paramsKey = (): Bytes => key('params');
/** PendingParamsState: absent where nothing is decided. */
export const pendingParamsKey = (): Bytes => key('pending-params');
/** MintState of a paradigm. */
export const mintKey = (paradigm: Bytes): Bytes => key('mint', paradigm);
/** SupplyState. */
export const supplyKey = (): Bytes => key('supply');
/** EpochState: the present epoch. */
export const epochKey = (): Bytes => key('epoch');

/** ValidatorState by the operator's address. */
export const validatorKey = (operator: Address): Bytes => key('validator', operator);
/** ConsensusKeyState by consensus address: the one in commits, votes and evidence. */
export const consensusKeyKey = (consensusAddress: Bytes): Bytes => key('consensus-key', consensusAddress);
/** RewardsState of a validator. */
export const rewardsKey = (operator: Address): Bytes => key('rewards', operator);
/** LivenessState of a validator. */
export const livenessKey = (operator: Address): Bytes => key('liveness', operator);
/** DelegationState of an account with a validator. */
export const delegationKey = (delegator: Address, operator: Address): Bytes =>
  key('delegation', delegator, operator);
/** UnbondingsState of an account. */
export const unbondingsKey = (delegator: Address): Bytes => key('unbondings', delegator);
/** RedelegationsState of an account. */
export const redelegationsKey = (delegator: Address): Bytes => key('redelegations', delegator);
/** SetRangeState: which validator sets are kept. */
export const setRangeKey = (): Bytes => key('sets');
/** ValidatorSetState by number. */
export const validatorSetKey = (number: bigint): Bytes => key('set', u64ToBytes(number));
/** VestingState of an account. */
export const vestingKey = (address: Address): Bytes => key('vesting', address);

/** CouncilState: one entry. */
export const councilKey = (): Bytes => key('council');
/** ReviewerState of an account. */
export const reviewerKey = (account: Address): Bytes => key('reviewer', account);
/** ReviewState by address: that of the paradigm, or that of a bug report. */
export const reviewKey = (review: Address): Bytes => key('review', review);
/** VoteState of a reviewer in one round. */
export const reviewVoteKey = (review: Address, round: number, reviewer: Address): Bytes =>
  key('review-vote', review, u64ToBytes(BigInt(round)), reviewer);
/** Scope of the list of those who voted in one round. */
export const roundScope = (review: Address, round: number): Bytes =>
  concatBytes(review, u64ToBytes(BigInt(round)));
/** ProviderState of an account; ChosenProviderState of a user; ServiceClaimState of a provider; ServiceDayState. */
export const providerKey = (provider: Address): Bytes => key('provider', provider);
export const chosenProviderKey = (user: Address): Bytes => key('chosen-provider', user);
export const serviceClaimKey = (provider: Address): Bytes => key('service-claim', provider);
export const serviceDayKey = (): Bytes => key('service-day');
/** NameState by nameId; NameFormState by nameFormId; NameCommitState by commitId. */
export const nameKey = (id: Address): Bytes => key('name', id);
export const nameFormKey = (id: Address): Bytes => key('name-form', id);
export const nameCommitKey = (id: Address): Bytes => key('name-commit', id);
/** PrimaryNameState of an account. */
export const primaryNameKey = (account: Address): Bytes => key('primary-name', account);
/** ParadigmNameState by SHA-256 of the name. */
export const paradigmNameKey = (name: string): Bytes => key('paradigm-name', sha256(utf8ToBytes(name)));

/** Every list that proves its completeness, and what its scope is. */
const INDEXES = {
  /** Scope: none. Entries: design hashes, machine addresses, paradigm hashes, instance addresses. */
  models: 0,
  machines: 0,
  paradigms: 0,
  contracts: 0,
  /** Scope: none. Entries: product ids. */
  products: 0,
  /** Scope: designer's or owner's address. */
  'models-of': 20,
  'products-of': 20,
  'machines-of': 20,
  /** Scope: address of any party, whatever its role. Entries: instance addresses. */
  'contracts-of': 20,
  /** The same of agreements, which are contracts without a quote: all, and by party, members of crowds included. */
  agreements: 0,
  'agreements-of': 20,
  /** Scope: address. Entries: design hashes of models handed over to it that it still has. */
  'models-acquired': 20,
  /** Scope: design hash. Entries: instance addresses. */
  'contracts-for': 32,
  /** Scope: design hash of a model, or id of a product. Entries: ids of the products that it is a part of. */
  'products-with': 32,
  /** Scope: instance address. Entries: licence addresses. */
  'licences-of': 20,
  /** Scope: instance address. Entries: contracts that fill its branches, one for each filling, in that order. */
  'branches-of': 20,
  /** Scope: machine address. Entries: licence addresses. */
  'licences-for': 20,
  /** Scope: none. Binary heap of DeadlineEntry, earliest at 0. */
  deadlines: 0,
  /** Scope: none. Binary heap as above: when accounts' unbondings and redelegations complete. */
  maturities: 0,
  /** Scope: none. Entries: operators' addresses, jailed ones included; accounts with locks. */
  validators: 0,
  vestings: 0,
  /** Scope: delegator. Entries: operators. And the other way round. */
  'delegations-of': 20,
  'delegators-of': 20,
  /** Scope: operator. Entries: accounts that are taking stake back from it, or moved some away. */
  'unbonding-from': 20,
  'redelegating-from': 20,
  /** Scope: none. Entries: accounts that review; addresses of reviews. */
  reviewers: 0,
  reviews: 0,
  /** Scope: address of a review ‖ u64 of its round. Entries: those who voted. */
  'votes-in': 28,
  /** Scope: none. Binary heap as above: ends of rounds, and when stake of reviewers is paid out. */
  council: 0,
  /** Scope: none. Binary heap as above: when commitments lapse, names settle, are handed over or end. */
  names: 0,
  /** Scope: owner. Entries: names, as UTF-8. */
  'names-of': 20,
  /** Scope: none. Entries: accounts that serve; of those, who has a claim open, and whose waits for chance. */
  providers: 0,
  'service-claims': 0,
  'service-unseeded': 0,
  /** Scope: none. Binary heap as above: when deposits of providers that left are paid out. */
  'provider-exits': 0,
  /** Scope: none. Binary heap as above: when ended contracts are pruned. */
  prunings: 0,
  /** Scope: none. Binary heap as above: when machines' checkpoints are dropped. */
  checkpoints: 0,
} as const;
export type IndexName = keyof typeof INDEXES;
/** Those that are binary heaps of DeadlineEntry: in each of them something may fall due. */
export const QUEUE_NAMES = [
  'deadlines',
  'maturities',
  'council',
  'names',
  'provider-exits',
  'prunings',
  'checkpoints',
] as const satisfies readonly IndexName[];
export type QueueName = (typeof QUEUE_NAMES)[number];

const NO_SCOPE = new Uint8Array(0);

/** Length of a list: IndexLength. Absent means empty. */
export const indexLengthKey = (index: IndexName, scope: Bytes = NO_SCOPE): Bytes =>
  key(`length/${index}`, scope);
/** Entry `position`, from 0. */
export const indexEntryKey = (index: IndexName, position: bigint, scope: Bytes = NO_SCOPE): Bytes =>
  key(`entry/${index}`, scope, u64ToBytes(position));
/** IndexPosition of an entry, in lists from which entries are removed: the last one takes the place that it leaves. */
export const indexPositionKey = (index: IndexName, id: Bytes, scope: Bytes = NO_SCOPE): Bytes =>
  key(`position/${index}`, scope, id);
