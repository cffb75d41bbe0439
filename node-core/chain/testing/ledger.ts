// Runs transactions straight on the application, one block each, for tests of what messages do. No engine, no clock.

import type { Bytes, KvStore } from '../../base/index.ts';
import { sha256, TOKENS, type Token, u64ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { verifySignature } from '../../identity/keys.ts';
import { type ChainApplication, createApplication } from '../app.ts';
import type { Message } from '../messages.ts';
import type { BlockOutcome, Genesis, TxOutcome } from '../types.ts';
import * as world from './world.ts';

export type Ledger = {
  readonly app: ChainApplication;
  /** One block with these transactions, `afterS` seconds after the one before. */
  block(txs: readonly Bytes[], afterS?: bigint): BlockOutcome;
  /** Signs with the account's own sequence number, in a block of its own. The machine is sponsored by its owner. */
  run(from: world.Name, message: Message): TxOutcome;
  nowS(): bigint;
};

const remembered = new Map<string, boolean>();

/** The real verifier; each signature is checked once in a test run, since many histories repeat the same ones. */
function verifyOnce(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const name = [publicKey, message, signature].map((part) => part.join(',')).join(';');
  const known = remembered.get(name) ?? verifySignature(publicKey, message, signature);
  remembered.set(name, known);
  return known;
}

export function createLedger(options: { kv?: KvStore; genesis?: Genesis } = {}): Ledger {
  const app = createApplication({ kv: options.kv ?? createMemoryKv(), verify: verifyOnce });
  app.initChain(options.genesis ?? world.createGenesis());
  const { sign } = world.createSigner();
  let timeS = world.GENESIS_S;
  const block: Ledger['block'] = (txs, afterS = 1n) => {
    timeS += afterS;
    const height = app.info().height + 1n;
    const time = { seconds: timeS, nanos: 0 };
    const hash = sha256(u64ToBytes(height));
    const outcome = app.finalizeBlock({ height, time, txs, proposerAddress: new Uint8Array(20), hash });
    app.commit();
    return outcome;
  };
  return {
    app,
    block,
    nowS: () => timeS,
    run(from, message) {
      const { seq } = app.read().account(world.addressOf(from));
      const tx = sign(from, message, from === 'machine' ? { seq, sponsor: 'owner' } : { seq });
      const [outcome] = block([tx]).outcomes;
      if (outcome === undefined) throw new Error('no outcome');
      return outcome;
    },
  };
}

/** How a transaction ended, in one word. */
export const codeOf = (outcome: TxOutcome) => outcome.fault?.code ?? 'done';

/** Sum over the accounts that exist, by token. */
export function sumOf(app: ChainApplication, accounts: readonly Bytes[]): Record<Token, bigint> {
  const sums = Object.fromEntries(TOKENS.map((token) => [token, 0n])) as Record<Token, bigint>;
  const seen = new Set<string>();
  for (const address of accounts) {
    const name = address.join(',');
    if (seen.has(name)) continue;
    seen.add(name);
    const { balances } = app.read().account(address);
    for (const token of TOKENS) sums[token] += balances[token];
  }
  return sums;
}
