// Reading for people: the chain as it is now, and where nobody can be asked, or nobody may be believed any more, what was
// proven last, however old. What decides or acts (printing, paying, accepting) reads the chain itself and is refused then.

import type { Bytes, Clock, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { LightNode, RecalledState } from '../../light/index.ts';
import { lightFault } from '../../light/index.ts';
import type { ChainReader } from './chain-reader.ts';
import { createChainReader } from './chain-reader.ts';

/** Nobody answers, or nobody confirms: what is known stays good, only older. */
export const OUT_OF_REACH: ReadonlySet<string> = new Set([
  'cometbft.rpc.unreachable',
  'light.provider.silent',
  'light.providers.none',
  'light.witness.none',
]);
/** Nothing new can be believed until a person decides. What was verified before is none of it. */
export const TRUST_ENDED: ReadonlySet<string> = new Set([
  'light.trust.expired',
  'light.root.expired',
  'light.attack.detected',
  'light.halted',
]);

/** How long a page waits for a node before it shows what is remembered: a busy one takes a second or two. */
const PATIENCE_MS = 5000;
/** Who was out of reach is tried again after this, should no new block tell before. */
const RETRY_MS = 10_000;

/** The oldest of what was shown from memory since nobody answered; `isLate` where somebody may do so yet. */
export type Recalled = { readonly height: bigint; readonly timeS: number; readonly isLate: boolean };

export type RememberedReader = ChainReader & {
  /** Undefined while the chain itself is read. */
  recalled(): Recalled | undefined;
};

export type RememberedReaderParts = {
  readonly live: ChainReader;
  readonly light: LightNode;
  readonly clock: Clock;
  /** Told when memory begins to be shown, and when it is over and everything can be read anew. */
  readonly onTurn: (isAway: boolean) => void;
};

export function createRememberedReader(parts: RememberedReaderParts): RememberedReader {
  const { live, light, clock } = parts;
  const reach = createReach(parts);
  const memory = createChainReader<RecalledState>({
    async state(key: Bytes, height?: bigint) {
      const known = light.recall(key);
      const fits = known !== undefined && (height === undefined || known.height === height);
      return fits ? ok(known) : refuse(lightFault('light.provider.silent'));
    },
    onRead: (states) => reach.noteShown(states),
  });

  async function either<T>(read: (reader: ChainReader) => Promise<Result<T>>): Promise<Result<T>> {
    if (reach.isAway()) {
      const known = await read(memory);
      if (known.ok) return known;
    }
    const asked = read(live);
    const late = new AbortController();
    const patience = clock.sleep(PATIENCE_MS, late.signal).then(
      () => undefined,
      () => undefined,
    );
    const first = await Promise.race([asked, patience]).finally(() => late.abort(new Error('answered')));
    if (first?.ok === true) return first;
    if (first !== undefined && !isAwayFault(first.fault)) return first;
    if (first !== undefined) reach.leave(false);
    const known = await read(memory);
    if (!known.ok) return first ?? asked;
    if (first === undefined) {
      reach.leave(true);
      // The answer that comes after all is in the cache of proofs; how it fails interests nobody any more.
      asked.then(
        (answer) => answer.ok && reach.comeBack(),
        () => undefined,
      );
    }
    return known;
  }

  return {
    readBytes: (key, height) =>
      height === undefined ? either((reader) => reader.readBytes(key)) : live.readBytes(key, height),
    read: (schema, key) => either((reader) => reader.read(schema, key)),
    list: (index, scope) => either((reader) => reader.list(index, scope)),
    account: (address) => either((reader) => reader.account(address)),
    params: () => either((reader) => reader.params()),
    recalled: () => reach.oldest(),
  };
}

const isAwayFault = ({ code }: Fault): boolean => OUT_OF_REACH.has(code) || TRUST_ENDED.has(code);

/** Whether the chain can be reached, as far as reading it showed. */
function createReach({ light, clock, onTurn }: RememberedReaderParts) {
  let leftMs: number | undefined;
  let isLate = false;
  let oldest: Omit<Recalled, 'isLate'> | undefined;
  const comeBack = () => {
    if (leftMs === undefined) return;
    leftMs = undefined;
    oldest = undefined;
    onTurn(false);
  };
  light.onEvent((event) => {
    if (event.type === 'light.verified') comeBack();
  });
  return {
    comeBack,
    /** True for a while after an answer failed: pages ask dozens of questions, and each would wait in vain. */
    isAway: () => leftMs !== undefined && clock.monotonicMs() - leftMs < RETRY_MS,
    leave(late: boolean): void {
      const isNew = leftMs === undefined || isLate !== late;
      leftMs = clock.monotonicMs();
      isLate = late;
      if (isNew) onTurn(true);
    },
    noteShown(states: readonly RecalledState[]): void {
      for (const { height, time } of states)
        if (oldest === undefined || height < oldest.height) oldest = { height, timeS: Number(time.seconds) };
    },
    oldest: (): Recalled | undefined =>
      leftMs === undefined || oldest === undefined ? undefined : { ...oldest, isLate },
  };
}
