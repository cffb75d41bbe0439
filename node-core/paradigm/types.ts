// What the rest of the core knows of paradigms: parties, instances, steps and their effects. The chain executes the
// effects; the VM only computes them.

import type { Bytes } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';

/** Values that parameters and event arguments hold. Integers are bigint inside the VM. */
export type ParadigmValue =
  | bigint
  | boolean
  | string
  | Bytes
  | readonly ParadigmValue[]
  | { readonly [key: string]: ParadigmValue };

/** One running contract. Serialisable as dag-cbor; its hash-relevant bytes are the chain's business. */
export type Instance = {
  /** SHA-256 of the canonical paradigm document. */
  readonly paradigm: Bytes;
  readonly state: string;
  /** Role name to account. Fixed when opened. */
  readonly roles: Readonly<Record<string, Address>>;
  /** Fixed when opened. */
  readonly params: Readonly<Record<string, ParadigmValue>>;
  /** Written by transitions. */
  readonly vars: Readonly<Record<string, ParadigmValue>>;
  /** Escrow held by the instance's account, in micro-DPN. */
  readonly heldMicro: bigint;
  readonly openedS: bigint;
  /** Block time in seconds when the current state's deadline fires; undefined in final states. */
  readonly deadlineS: bigint | undefined;
  /** Number of steps taken so far. */
  readonly steps: number;
};

export type Effect =
  | { readonly kind: 'hold'; readonly from: Address; readonly role: string; readonly amountMicro: bigint }
  | { readonly kind: 'pay'; readonly to: Address; readonly role: string; readonly amountMicro: bigint }
  /** The machine may print the model this many times; `licensor` must still release the key. */
  | {
      readonly kind: 'licence';
      readonly licensor: Address;
      readonly machine: Address;
      readonly model: Bytes;
      readonly quantity: bigint;
    }
  | { readonly kind: 'emit'; readonly name: string; readonly data: Readonly<Record<string, ParadigmValue>> };

export type StepOutcome = {
  readonly instance: Instance;
  readonly effects: readonly Effect[];
  readonly gas: bigint;
};

export type OpenInput = {
  readonly roles: Readonly<Record<string, Address>>;
  readonly params: Readonly<Record<string, ParadigmValue>>;
  readonly caller: Address;
  readonly timeS: bigint;
};

export type EventInput = {
  readonly event: string;
  readonly caller: Address;
  readonly args: Readonly<Record<string, ParadigmValue>>;
  readonly timeS: bigint;
};
