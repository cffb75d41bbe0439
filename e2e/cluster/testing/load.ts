// Money sent around by many accounts while a network is in trouble, and the account of it afterwards: each transaction is
// in a block exactly once, or its sender was told that it is in none.

import type { Bytes } from '../../../node-core/base/index.ts';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../../../node-core/base/index.ts';
import { AccountState, accountKey, buildTx, parseState } from '../../../node-core/chain/index.ts';
import { nativeSha256, systemClock } from '../../../node-core/host/adapters/system.ts';
import { CometEngine } from '../../../node-core/host/cometbft/engine.ts';
import type { KeyPair } from '../../../node-core/identity/index.ts';
import { createKeyPair } from '../../../node-core/identity/index.ts';
import { CHAIN_ID } from './cluster.ts';

export const FEE_MICRO = 1000n;
const FUNDS_MICRO = 1_000_000_000n;
const EXPIRY = 1_000_000;

export function createPeople(count: number): KeyPair[] {
  return Array.from({ length: count }, (_, n) => createKeyPair(sha256(utf8ToBytes(`cluster person ${n}`))));
}

export const fundsOf = (people: readonly KeyPair[]) =>
  people.map(({ address }) => ({ address, amountMicro: FUNDS_MICRO }));

export function createEngine(rpcs: readonly string[]): CometEngine {
  return new CometEngine({ rpcs, chainId: CHAIN_ID, clock: systemClock, log: () => undefined });
}

/** The account's next number, as a provable state has it. */
export async function sequenceOf(engine: CometEngine, address: Bytes): Promise<number> {
  const proof = unwrap(await engine.query(accountKey(address)));
  return proof.value === undefined ? 0 : unwrap(parseState(AccountState, proof.value)).seq;
}

export function transfer(from: KeyPair, to: Bytes, seq: number, amountMicro: bigint): Bytes {
  return buildTx({
    chainId: CHAIN_ID,
    key: from,
    seq,
    expiry: EXPIRY,
    feeMicro: FEE_MICRO,
    message: { type: 'bank.send', to, token: 'DPN', amountMicro },
  });
}

export type Outcome =
  | { readonly kind: 'included'; readonly height: bigint }
  | { readonly kind: 'refused'; readonly code: string };

/** People who send money around, each waiting for one answer before sending the next. */
export class Load {
  /** By hash in hexadecimal: what the sender was told. */
  readonly outcomes = new Map<string, Outcome>();
  readonly #people: readonly KeyPair[];
  readonly #engines: readonly CometEngine[];
  readonly #sequences: number[];
  #sent = 0;

  constructor(people: readonly KeyPair[], engines: readonly CometEngine[]) {
    this.#people = people;
    this.#engines = engines;
    this.#sequences = people.map(() => 0);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends so many more; resolves when all are answered. */
  async send(count: number): Promise<void> {
    const until = this.#sent + count;
    await Promise.all(this.#people.map((person, index) => this.#work(person, index, until)));
  }

  async #work(person: KeyPair, index: number, until: number): Promise<void> {
    const engine = this.#engines[index % this.#engines.length] as CometEngine;
    const friend = this.#people[(index + 1) % this.#people.length] as KeyPair;
    while (this.#sent < until) {
      this.#sent++;
      const seq = this.#sequences[index] ?? 0;
      const tx = transfer(person, friend.address, seq, BigInt(this.#sent));
      const outcome = await settle(engine, tx);
      this.outcomes.set(bytesToHex(nativeSha256(tx)), outcome);
      // After a refusal the number may be used or not; the state knows.
      this.#sequences[index] =
        outcome.kind === 'included' ? seq + 1 : await sequenceOf(engine, person.address).catch(() => seq);
    }
  }
}

/** Hands in until there is an answer: what is open is no answer. */
async function settle(engine: CometEngine, tx: Bytes): Promise<Outcome> {
  for (;;) {
    const answer = await engine.submit(tx);
    if (answer.ok) return { kind: 'included', height: answer.value.height };
    const isOpen = /^cometbft\.(tx\.pending|rpc\.)|^chain\.mempool\.full$/.test(answer.fault.code);
    if (!isOpen) return { kind: 'refused', code: answer.fault.code };
  }
}

/** Everything in blocks up to the engine's height: hash → heights. */
export async function readLedger(engine: CometEngine): Promise<Map<string, bigint[]>> {
  const places = new Map<string, bigint[]>();
  const last = engine.status().height;
  for (let height = 1n; height <= last; height++) {
    for (const { tx } of unwrap(await engine.blockAt(height)).txs) {
      const name = bytesToHex(nativeSha256(tx));
      places.set(name, [...(places.get(name) ?? []), height]);
    }
  }
  return places;
}

/** What does not add up between what senders were told and what blocks hold; empty where all does. */
export function findDiscrepancies(
  outcomes: ReadonlyMap<string, Outcome>,
  ledger: ReadonlyMap<string, readonly bigint[]>,
): string[] {
  const wrong: string[] = [];
  for (const [name, outcome] of outcomes) {
    const heights = ledger.get(name) ?? [];
    if (outcome.kind === 'included' && (heights.length !== 1 || heights[0] !== outcome.height))
      wrong.push(`${name} was said to be in block ${outcome.height}, and is in [${heights.join(', ')}]`);
    if (outcome.kind === 'refused' && heights.length > 0)
      wrong.push(`${name} was refused (${outcome.code}), and is in [${heights.join(', ')}]`);
  }
  return wrong;
}
