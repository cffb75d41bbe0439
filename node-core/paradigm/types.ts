// What the rest of the core knows of paradigms: parties, instances, steps and their effects. The chain executes the
// effects; the VM only computes them.

import type { Bytes, Token } from '../base/index.ts';
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
  /** Whoever joined, in that order, by crowd. Only where the paradigm has crowds. */
  readonly crowds?: Crowds;
  /** Reward tokens minted so far. Only where the paradigm mints. */
  readonly mintedMicro?: bigint;
  /** Rows of each list of branches. Only where the paradigm has such lists. */
  readonly branches?: Branches;
};

/** One row of a list of branches. Pieces that are neither open nor done are with contracts that run. */
export type BranchRow = {
  /** The design that it is about; empty where the list names none. */
  readonly item: Bytes;
  readonly quantity: bigint;
  /** Pieces that nobody makes yet, or any more. */
  readonly open: bigint;
  readonly done: bigint;
  /** The most that one piece may cost. */
  readonly unitMicro: bigint;
  /** Put into contracts so far, less what came back; below zero where more came back. */
  readonly spentMicro: bigint;
};
export type Branches = Readonly<Record<string, readonly BranchRow[]>>;

export type Member = {
  readonly account: Address;
  readonly row: Readonly<Record<string, ParadigmValue>>;
};
export type Crowds = Readonly<Record<string, readonly Member[]>>;

/** A contract of the designated set, for the chain to find: a running one, or one that this contract opens. */
export type LinkTarget =
  | { readonly link: string; readonly contract: Address }
  | { readonly link: string; readonly opens: Bytes };

/** What a contract may know of another. */
export type LinkView = {
  readonly opened: boolean;
  /** Empty while it is not opened. */
  readonly state: string;
  /** `success`, `refund` or `compromise` once it has ended; empty before. */
  readonly outcome: string;
};
/** Asked by the virtual machine for declared links only. */
export type ReadLink = (target: LinkTarget) => LinkView;

export type Effect =
  | {
      readonly kind: 'hold';
      readonly from: Address;
      readonly role: string;
      /** Position in the crowd, where the role is one. */
      readonly member?: number;
      readonly amountMicro: bigint;
    }
  | {
      readonly kind: 'pay';
      readonly to: Address;
      readonly role: string;
      readonly member?: number;
      readonly amountMicro: bigint;
    }
  /** The machine may print the model this many times; `licensor` must still release the key. */
  | {
      readonly kind: 'licence';
      readonly licensor: Address;
      readonly machine: Address;
      /** Of the machine. */
      readonly role?: string;
      readonly model: Bytes;
      readonly quantity: bigint;
    }
  /** Opens the contract of a link; the amount moves from this contract's account into that one's. */
  | {
      readonly kind: 'open';
      readonly link: string;
      readonly paradigm: Bytes;
      readonly roles: Readonly<Record<string, Address>>;
      readonly params: Readonly<Record<string, ParadigmValue>>;
      readonly amountMicro: bigint;
    }
  | {
      readonly kind: 'mint';
      readonly to: Address;
      readonly role: string;
      readonly token: Token;
      readonly amountMicro: bigint;
    }
  | {
      readonly kind: 'transfer-model';
      readonly from: Address;
      readonly to: Address;
      readonly role?: string;
      readonly model: Bytes;
    }
  | {
      readonly kind: 'move-licence';
      readonly from: Address;
      readonly to: Address;
      readonly fromRole?: string;
      readonly role?: string;
      readonly quantity: bigint;
    }
  /** Money for a contract that fills a branch, and money that one gave back. */
  | {
      readonly kind: 'fund';
      readonly list: string;
      readonly row: number;
      readonly quantity: bigint;
      readonly amountMicro: bigint;
    }
  | { readonly kind: 'return'; readonly list: string; readonly row: number; readonly amountMicro: bigint }
  | { readonly kind: 'emit'; readonly name: string; readonly data: Readonly<Record<string, ParadigmValue>> };

export type StepOutcome = {
  readonly instance: Instance;
  readonly effects: readonly Effect[];
  readonly gas: bigint;
  /** The step contests something (`dispute` in the document). */
  readonly disputed: boolean;
};

export type OpenInput = {
  readonly roles: Readonly<Record<string, Address>>;
  readonly params: Readonly<Record<string, ParadigmValue>>;
  readonly caller: Address;
  readonly timeS: bigint;
  readonly world?: World;
};

/** What steps may learn of the world outside of the contract. Where a port is absent, nothing is known. */
export type World = {
  readonly readLink?: ReadLink;
  readonly machineData?: MachineDataPort;
};

/** Proves a figure that a machine recorded outside of the chain; undefined where the proof does not hold. */
export type MachineDataPort = (claim: {
  readonly machine: Address;
  readonly series: string;
  readonly proof: Bytes;
}) => { readonly value: bigint; readonly timeS: bigint } | undefined;

export type EventInput = {
  readonly event: string;
  readonly caller: Address;
  readonly args: Readonly<Record<string, ParadigmValue>>;
  readonly timeS: bigint;
  readonly world?: World;
};
