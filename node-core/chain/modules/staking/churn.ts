// From the present validator set towards the one that stake asks for, no faster than light clients can follow.
//
// A light client that trusts set A accepts a block of set B in one step when members of A with more than 1/3 of A's
// power signed it. With G the power that members gained from A to B, L the power that members lost, P the power of A:
// signers of B hold more than 2/3 (P + G - L) in B, so more than 2/3 (P + G - L) - G in A, which is more than P/3
// whenever
//                                    G + 2 L <= P.
// The rule: B obeys this for every set A that was in force within the trusting time. (Replacing one validator by
// another of the same power counts as gain and loss: at most a third of the power.) What it forbids waits for a later
// epoch end. Proven offenders alone are removed whatever it says: a client then needs one more step in between.
//
// Order: offenders; then losses, those that wait longest first; then gains, most stake first. A key is replaced whole
// or not yet; other powers may move part of the way. Two sets' distance is convex in each power, so how far a power
// may move is found by halving. Somebody always stays: losses alone can take half of the power at most.

import { bytesToHex, compareBytes } from '../../../base/index.ts';
import type { ConsensusKey } from '../../../comet/index.ts';
import { consensusAddress } from '../../../comet/index.ts';
import type { Address } from '../../../identity/keys.ts';
import type { SetMember } from '../../records.ts';
import { least } from './shares.ts';

/** A validator that may be in the set, with the power of all its stake. At least 1. */
export type Candidate = {
  readonly operator: Address;
  readonly key: ConsensusKey;
  readonly power: bigint;
  readonly stakeMicro: bigint;
  /** The block that last changed the stake. */
  readonly stakedHeight: bigint;
};

export type ChurnInput = {
  readonly current: readonly SetMember[];
  /** Most stake first. Not more than `membersMax`. */
  readonly candidates: readonly Candidate[];
  readonly isOffender: (operator: Address) => boolean;
  /** The sets in force within the trusting time, the current one among them. */
  readonly window: readonly (readonly SetMember[])[];
  readonly membersMax: number;
  readonly height: bigint;
};

const keyName = (key: ConsensusKey) => bytesToHex(consensusAddress(key));

/** One set of the window with its distance to the set in the making. */
class Reference {
  readonly #powers: ReadonlyMap<string, bigint>;
  readonly #limit: bigint;
  #cost = 0n;

  constructor(members: readonly SetMember[], working: ReadonlyMap<string, bigint>) {
    this.#powers = new Map(members.map(({ key, power }) => [keyName(key), power]));
    let total = 0n;
    for (const [name, power] of this.#powers) {
      total += power;
      this.#cost += this.#costAt(name, working.get(name) ?? 0n);
    }
    for (const [name, power] of working) if (!this.#powers.has(name)) this.#cost += power;
    // Beyond the limit already, where offenders were removed: nothing more may be added to it.
    this.#limit = this.#cost > total ? this.#cost : total;
  }

  #costAt(name: string, power: bigint): bigint {
    const gain = power - (this.#powers.get(name) ?? 0n);
    return gain >= 0n ? gain : -2n * gain;
  }

  #costAfter(changes: readonly PowerChange[]): bigint {
    let cost = this.#cost;
    for (const { name, from, to } of changes) cost += this.#costAt(name, to) - this.#costAt(name, from);
    return cost;
  }

  allows(changes: readonly PowerChange[]): boolean {
    return this.#costAfter(changes) <= this.#limit;
  }

  apply(changes: readonly PowerChange[]): void {
    this.#cost = this.#costAfter(changes);
  }
}

type PowerChange = { readonly name: string; readonly from: bigint; readonly to: bigint };

/** The set in the making: it changes only as far as every set of the window allows. */
class Draft {
  /** By operator, in hexadecimal. */
  readonly members: Map<string, SetMember>;
  readonly #references: readonly Reference[];

  constructor(start: readonly SetMember[], window: ChurnInput['window']) {
    this.members = new Map(start.map((member) => [bytesToHex(member.operator), member]));
    const powers = new Map(start.map(({ key, power }) => [keyName(key), power]));
    this.#references = window.map((set) => new Reference(set, powers));
  }

  #allows(changes: readonly PowerChange[]): boolean {
    return this.#references.every((reference) => reference.allows(changes));
  }

  /** All of the changes or none. */
  change(...changes: readonly PowerChange[]): boolean {
    const allowed = this.#allows(changes);
    if (allowed) for (const reference of this.#references) reference.apply(changes);
    return allowed;
  }

  /** Moves one power as far towards `to` as it may; gives where it ended. */
  move(key: ConsensusKey, from: bigint, to: bigint): bigint {
    const name = keyName(key);
    if (this.change({ name, from, to })) return to;
    const sign = to > from ? 1n : -1n;
    let [low, high] = [0n, sign * (to - from)];
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (this.#allows([{ name, from, to: from + sign * middle }])) low = middle;
      else high = middle;
    }
    const reached = from + sign * low;
    this.change({ name, from, to: reached });
    return reached;
  }
}

/** The next set, in the order of addresses. Equal to the current one where nothing may or need change. */
export function nextMembers(input: ChurnInput): readonly SetMember[] {
  const kept = input.current.filter((member) => !input.isOffender(member.operator));
  const start = kept.length > 0 ? kept : rescue(input);
  const draft = new Draft(start, input.window);
  const wanted = new Map(input.candidates.map((candidate) => [bytesToHex(candidate.operator), candidate]));
  for (const member of waitingLongest(start)) {
    const target = wanted.get(bytesToHex(member.operator));
    if (target === undefined || !replaceKey(draft, member, target)) lower(draft, member, target?.power ?? 0n);
  }
  for (const candidate of input.candidates) raise(draft, candidate, input);
  return [...draft.members.values()]
    .map((member) => refreshed(member, wanted.get(bytesToHex(member.operator)), input.height))
    .sort((a, b) => compareBytes(a.operator, b.operator));
}

/** Gives a member's power, or as much of it as is still wanted, to its new key. False where it waits or has none. */
function replaceKey(draft: Draft, member: SetMember, target: Candidate): boolean {
  const [before, after] = [keyName(member.key), keyName(target.key)];
  if (before === after) return false;
  const power = least(target.power, member.power);
  const replaced = draft.change(
    { name: before, from: member.power, to: 0n },
    { name: after, from: 0n, to: power },
  );
  if (replaced) draft.members.set(bytesToHex(member.operator), { ...member, key: target.key, power });
  return replaced;
}

function lower(draft: Draft, member: SetMember, wantedPower: bigint): void {
  if (wantedPower >= member.power) return;
  const operator = bytesToHex(member.operator);
  const power = draft.move(member.key, member.power, wantedPower);
  if (power === 0n) draft.members.delete(operator);
  else draft.members.set(operator, { ...member, power });
}

function raise(draft: Draft, candidate: Candidate, { membersMax, height }: ChurnInput): void {
  const operator = bytesToHex(candidate.operator);
  const member = draft.members.get(operator);
  if (member === undefined && draft.members.size >= membersMax) return;
  if (member !== undefined && keyName(member.key) !== keyName(candidate.key)) return;
  const from = member?.power ?? 0n;
  if (from >= candidate.power) return;
  const power = draft.move(candidate.key, from, candidate.power);
  if (power > 0n) draft.members.set(operator, { ...backing(candidate, height), power });
}

/** All members are offenders: the candidates take over, or, where there are none, the set stays as it is. */
function rescue(input: ChurnInput): readonly SetMember[] {
  if (input.candidates.length === 0) return input.current;
  return input.candidates.map((candidate) => ({
    ...backing(candidate, input.height),
    power: candidate.power,
  }));
}

const backing = ({ operator, key, stakeMicro }: Candidate, stakeHeight: bigint) => ({
  operator,
  key,
  stakeMicro,
  stakeHeight,
});

/** Power that still waits to be lowered stays backed by the stake that it was given for. */
function refreshed(member: SetMember, wanted: Candidate | undefined, height: bigint): SetMember {
  if (wanted === undefined || member.power > wanted.power) return member;
  if (wanted.stakedHeight <= member.stakeHeight) return member;
  return { ...member, stakeMicro: wanted.stakeMicro, stakeHeight: height };
}

function waitingLongest(members: readonly SetMember[]): readonly SetMember[] {
  return members.toSorted((a, b) => {
    if (a.stakeHeight !== b.stakeHeight) return a.stakeHeight < b.stakeHeight ? -1 : 1;
    return compareBytes(a.operator, b.operator);
  });
}
