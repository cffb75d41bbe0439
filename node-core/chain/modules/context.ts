// What a module gets to work with while one message runs, and what it gives back. Modules change state through the
// context alone; everything they wrote is dropped where they refuse.

import type { Bytes, Result } from '../../base/index.ts';
import type { Address, VerifySignature } from '../../identity/keys.ts';
import { addressToText } from '../../identity/keys.ts';
import type { Instance, Paradigm, StepOutcome } from '../../paradigm/index.ts';
import type { ContractState } from '../records.ts';
import type { State } from '../state.ts';
import type { ChainEvent } from '../types.ts';

/** What stays the same while a block runs. */
export type BlockContext = {
  readonly height: bigint;
  readonly timeS: bigint;
  readonly verify: VerifySignature;
  readonly paradigms: ParadigmCache;
  /** Grows with every call on one chain: the tie-breaker of deadlines. */
  readonly nextOrder: () => bigint;
};

export type StepContext = BlockContext & {
  readonly state: State;
  /** Who pays the transaction's fee, and deposits; undefined where a block acts by itself. */
  readonly payer?: Address;
  readonly emit: (type: ChainEvent['type'], attributes: ChainEvent['attributes']) => void;
};

/** What the virtual machine decided for one contract, to be carried out. */
export type Step = {
  readonly address: Address;
  readonly contract: ContractState;
  readonly before: Instance | undefined;
  readonly outcome: StepOutcome;
  /** Whoever sent the step; undefined for deadlines. Only a sender's own money can be held. */
  readonly sender: Address | undefined;
  /** The contract whose money is taken in place of the sender's: it opens this one, or this one fills its branch. */
  readonly funder?: Address;
};

/** What keeping the books needs, at genesis too. */
export type BookContext = Pick<StepContext, 'state' | 'emit' | 'height'>;

export type MessageContext = StepContext & {
  readonly signer: Address;
  readonly payer: Address;
  /** Sequence number of the transaction. */
  readonly seq: number;
};

/** `data` enters the result that the chain commits to; `gas` is what the message cost beyond its bytes. */
export type MessageOutcome = { readonly data: Bytes; readonly gas: bigint };

export type MessageResult = Result<MessageOutcome>;

/** Paradigms by id, compiled once; `load` is asked where the cache has none. */
export interface ParadigmCache {
  get(id: Bytes, load: () => Bytes | undefined): Paradigm | undefined;
}

const NO_DATA: Bytes = new Uint8Array(0);

export function done(data: Bytes = NO_DATA, gas = 0n): MessageResult {
  return { ok: true, value: { data, gas } };
}

/** EIP-55 text: the form in which people see accounts in sentences. */
export const shown = addressToText;
