// Reading the chain's state: values as the light node proved them at a height, and lists whose length is proven too. Typed
// over any source of proven bytes: the chain as it is now, or what is remembered of it.

import type { z } from 'zod';
import type { Bytes, Fault, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, equalBytes, ok, refuse } from '../../base/index.ts';
import type { Engine } from '../../chain/index.ts';
import {
  AccountState,
  accountKey,
  EMPTY_ACCOUNT,
  IndexEntry,
  IndexLength,
  type IndexName,
  indexEntryKey,
  indexLengthKey,
  ParamsState,
  paramsKey,
  parseState,
} from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import type { LightNode, RecalledState, VerifiedState } from '../../light/index.ts';
import { lightFault } from '../../light/index.ts';

/** What honest nodes of one network may differ by: twice the drift of clocks and the lag between nodes. */
const BEHIND_S_MAX = 30;
/** Proven values kept of the latest height: pages ask for the same ones again and again between two blocks. */
const PROVEN_KEPT_MAX = 10_000;

/** A value as the light node proved it. */
export type Proven<T> = { readonly value: T; readonly height: bigint };

const chainClientFault = defineFaults('client', {
  'client.answer.other-key': {
    message: 'The node answered a question that was not asked.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
  'client.answer.other-height': {
    message: 'The node was asked for the state of block {asked} and gave that of block {given}.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
  'client.node.behind': {
    message: 'The node is at block {height}, while block {verified} is already verified: it shows the past.',
    next: 'Wait until it caught up, or connect to another node.',
  },
  'client.list.incomplete': {
    message: 'The node left out an entry of a list whose length it proved.',
    next: 'Connect to another node; this one is faulty or dishonest.',
  },
});

/** Where proven bytes come from. */
export type StateSource<S extends RecalledState> = {
  /** The value under a key, or its absence: of one height, or the newest there is. */
  state(key: Bytes, height?: bigint): Promise<Result<S>>;
  /** Told of everything that was read, a whole list at once. */
  onRead?(states: readonly S[]): void;
};

export type ChainReader = {
  /** The raw value under a key, proven present or absent at a height, or at the newest one that can be proven. */
  readBytes(key: Bytes, height?: bigint): Promise<Result<Proven<Bytes | undefined>>>;
  read<T extends z.ZodType>(schema: T, key: Bytes): Promise<Result<Proven<z.infer<T>> | undefined>>;
  /** All ids of an index at one height; complete, since its length is proven too. */
  list(index: IndexName, scope?: Bytes): Promise<Result<Bytes[]>>;
  account(address: Address): Promise<Result<Proven<AccountState>>>;
  params(): Promise<Result<ParamsState>>;
};

export function createChainReader<S extends RecalledState>(source: StateSource<S>): ChainReader {
  const one = async (key: Bytes, height?: bigint): Promise<Result<S>> => {
    const state = await source.state(key, height);
    if (state.ok) source.onRead?.([state.value]);
    return state;
  };

  async function read<T extends z.ZodType>(
    schema: T,
    key: Bytes,
  ): Promise<Result<Proven<z.infer<T>> | undefined>> {
    const state = await one(key);
    if (!state.ok) return state;
    const { value, height } = state.value;
    if (value === undefined) return ok(undefined);
    const parsed = parseState(schema, value);
    return parsed.ok ? ok({ value: parsed.value, height }) : parsed;
  }

  async function list(index: IndexName, scope?: Bytes): Promise<Result<Bytes[]>> {
    const counted = await source.state(indexLengthKey(index, scope));
    if (!counted.ok) return counted;
    const { value, height } = counted.value;
    const length = value === undefined ? ok({ length: 0n }) : parseState(IndexLength, value);
    if (!length.ok) return length;
    const states = [counted.value];
    const ids: Bytes[] = [];
    for (let position = 0n; position < length.value.length; position++) {
      const state = await source.state(indexEntryKey(index, position, scope), height);
      if (!state.ok) return state;
      if (state.value.value === undefined) return refuse(chainClientFault('client.list.incomplete'));
      const entry = parseState(IndexEntry, state.value.value);
      if (!entry.ok) return entry;
      states.push(state.value);
      ids.push(entry.value.id);
    }
    source.onRead?.(states);
    return ok(ids);
  }

  return {
    async readBytes(key, height) {
      const state = await one(key, height);
      return state.ok ? ok({ value: state.value.value, height: state.value.height }) : state;
    },
    read,
    list,
    async account(address) {
      const state = await one(accountKey(address));
      if (!state.ok) return state;
      const { value, height } = state.value;
      if (value === undefined) return ok({ value: EMPTY_ACCOUNT, height });
      const account = parseState(AccountState, value);
      return account.ok ? ok({ value: account.value, height }) : account;
    },
    async params() {
      const found = await read(ParamsState, paramsKey());
      if (!found.ok) return found;
      return found.value === undefined
        ? refuse(chainClientFault('client.list.incomplete'))
        : ok(found.value.value);
    },
  };
}

/**
 * Asks `prove` once for each key of a height; a new height begins anew. Callers that ask at the same time share one
 * answer, and a refusal is not kept.
 */
export function createProvenCache<S>(prove: (key: Bytes, height: bigint) => Promise<Result<S>>) {
  let heightKept = -1n;
  let kept = new Map<string, Promise<Result<S>>>();
  return (key: Bytes, height: bigint): Promise<Result<S>> => {
    if (height < heightKept) return prove(key, height);
    if (height > heightKept || kept.size >= PROVEN_KEPT_MAX) kept = new Map();
    heightKept = height;
    const values = kept;
    const name = bytesToHex(key);
    const known = values.get(name);
    if (known !== undefined) return known;
    const proven = prove(key, height);
    values.set(name, proven);
    const forget = () => void values.delete(name);
    proven.then((result) => {
      if (!result.ok) forget();
    }, forget);
    return proven;
  };
}

/** The chain as it is now, as the light node proves what the engine answers. */
export function createLiveSource(
  engine: Engine,
  light: LightNode,
  onProof: () => void,
): StateSource<VerifiedState> {
  const prove = async (key: Bytes, height: bigint): Promise<Result<VerifiedState>> => {
    const answer = await engine.query(key, height);
    if (!answer.ok) return answer;
    if (!equalBytes(answer.value.key, key)) return refuse(chainClientFault('client.answer.other-key'));
    // Of an older state everything can be proved too: balances that were spent, lists that were shorter.
    if (answer.value.height !== height) {
      const data = { asked: Number(height), given: Number(answer.value.height) };
      return refuse(chainClientFault('client.answer.other-height', data));
    }
    const verified = await light.verifyState(answer.value);
    if (verified.ok) onProof();
    return verified;
  };
  const proven = createProvenCache(prove);

  /** A node that keeps the newest blocks back would show the past as the present. Our own engine has nobody to hide from. */
  const behind = (): Fault | undefined => {
    const status = engine.status();
    const latest = status.engine === 'solo' ? undefined : light.status().latest;
    const behindS = latest === undefined ? 0 : Number(latest.time.seconds - status.time.seconds);
    if (behindS <= BEHIND_S_MAX) return undefined;
    return chainClientFault('client.node.behind', {
      height: Number(status.height),
      verified: Number(latest?.height ?? 0n),
    });
  };
  return {
    async state(key, height) {
      const { engine: kind, height: head } = engine.status();
      if (kind !== 'solo' && head === 0n) return refuse(lightFault('light.provider.silent'));
      const late = height === undefined ? behind() : undefined;
      if (late !== undefined) return refuse(late);
      // The latest height that the header after it already commits to.
      return proven(key, height ?? head - 1n);
    },
    // Nobody can take the own chain away, so nothing of it is remembered besides.
    onRead: (states) => (engine.status().engine === 'solo' ? undefined : light.remember(states)),
  };
}
