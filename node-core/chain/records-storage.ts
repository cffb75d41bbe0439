// What it costs to keep a contract in the state, and what is left of one once it is no longer kept. A change of shape is
// a change of protocol.

import { z } from 'zod';
import { AddressBytes, Hash } from './fields.ts';

const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
const DAY_S = 86_400;

export const StorageTerms = z.strictObject({
  /** Put down for each byte that a contract can come to have. */
  microPerByte: micro.max(1_000_000n),
  /** How long an ended contract is kept, so that its end can be proven and exported. */
  keepS: z
    .int()
    .min(60)
    .max(3660 * DAY_S),
});
export type StorageTerms = z.infer<typeof StorageTerms>;

/** A hundredth of a DPN for each kilobyte, which comes back. */
export const DEFAULT_STORAGE: StorageTerms = { microPerByte: 10n, keepS: 90 * DAY_S };

/** Whose money stands for a contract's place in the state: it goes back there, whatever the terms are by then. */
export const StorageDeposit = z.strictObject({ payer: AddressBytes, amountMicro: micro });
export type StorageDeposit = z.infer<typeof StorageDeposit>;

/**
 * What stays of a contract that was pruned, for ever: that it was there, how it ended, and the hash of the record that
 * was, so that whoever kept that record can still show that it is the true one.
 */
export const ContractEndState = z.strictObject({
  v: z.literal(1),
  paradigm: Hash,
  /** The final state that it reached. */
  state: z.string().min(1).max(32),
  /** SHA-256 of the ContractState as it last was, without `below` and `due`. */
  contractHash: Hash,
  openedHeight: height,
  endedHeight: height,
  endedS: unixS,
  prunedHeight: height,
  /** As in the ContractState. */
  disputed: z.literal(true).optional(),
});
export type ContractEndState = z.infer<typeof ContractEndState>;
