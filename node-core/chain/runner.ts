// Runs transactions and blocks on overlays of the state. Holds nothing but caches of pure results, so that what it has
// seen before can never change what it does.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { assert, bytesToHex, equalBytes } from '../base/index.ts';
import type { Address, VerifySignature } from '../identity/keys.ts';
import { isPublicKey, publicKeyToAddress } from '../identity/keys.ts';
import { chainFault, refusalCode } from './faults.ts';
import type { BlockContext, BlockFacts, MessageContext, StepContext } from './modules/index.ts';
import { beginBlock, createParadigmCache, endBlock, executeMessage, payFee } from './modules/index.ts';
import { createOverlay, createState, type Overlay, type State } from './state.ts';
import type { HashFunction } from './tree/page.ts';
import { type DecodedTx, decodeTx, txSignBytes } from './tx.ts';
import type { BlockInput, BlockOutcome, ChainEvent, TxOutcome } from './types.ts';

/** Gas: every transaction, every byte of it; contract steps add what the virtual machine counted. */
const GAS_PER_TX = 1_000n;
const GAS_PER_BYTE = 10n;
/** Transactions whose signatures are known to be good, and addresses of known keys, held in memory. */
const REMEMBERED_MAX = 20_000;
/** Decoded transactions held in memory: one full block and what waits for the next. */
const DECODED_MAX = 5_000;

export interface Runner {
  /** As decodeTx; remembers what it has read. */
  decode(tx: Bytes): Result<DecodedTx>;
  /** Everything that must hold before a message runs; takes the fee and counts the transaction where it holds. */
  admit(state: State, tx: DecodedTx, height: bigint): Fault | undefined;
  /** Changes pile up in `overlay`. */
  runBlock(overlay: Overlay, block: BlockInput): Omit<BlockOutcome, 'appHash'>;
}

export type RunnerOptions = { readonly verify: VerifySignature; readonly hash: HashFunction };

export function baseGas(tx: DecodedTx): bigint {
  return GAS_PER_TX + GAS_PER_BYTE * BigInt(tx.sizeBytes);
}

export function createRunner(options: RunnerOptions): Runner {
  const paradigms = createParadigmCache();
  const envelopes = createEnvelopes(options);
  return {
    decode: (tx) => envelopes.decode(tx),
    admit: (state, tx, height) => admitTx(envelopes, state, tx, height),
    runBlock(overlay, input) {
      let orders = 0n;
      const block: BlockContext = {
        height: input.height,
        timeS: input.time.seconds,
        verify: options.verify,
        paradigms,
        nextOrder: () => (input.height << 32n) + orders++,
      };
      const facts: BlockFacts = {
        proposerAddress: input.proposerAddress,
        votes: input.lastCommitVotes ?? [],
        misbehavior: input.misbehavior ?? [],
      };
      const blockEvents: ChainEvent[] = [];
      const step: StepContext = {
        ...block,
        state: createState(overlay),
        emit: (type, attributes) => blockEvents.push({ type, attributes }),
      };
      beginBlock(step, facts, (attempt) => runAttempt(overlay, step, blockEvents, attempt));
      const outcomes = input.txs.map((tx) => runTx(envelopes, overlay, block, tx));
      const validatorUpdates = endBlock(step, facts);
      return { outcomes, blockEvents, validatorUpdates };
    },
  };
}

/** What depends on a transaction's bytes alone: the check of a transaction and its block ask for it twice. */
type Envelopes = {
  decode(tx: Bytes): Result<DecodedTx>;
  /** Undefined where the bytes are no key. */
  addressOf(publicKey: Bytes): Address | undefined;
  checkSignatures(tx: DecodedTx): Fault | undefined;
};

function createEnvelopes({ verify, hash }: RunnerOptions): Envelopes {
  const decoded = createMemory<DecodedTx>(DECODED_MAX);
  const good = createMemory<true>(REMEMBERED_MAX);
  const addresses = createMemory<Address | 'invalid'>(REMEMBERED_MAX);
  return {
    decode(tx) {
      const name = bytesToHex(hash(tx));
      const known = decoded.get(name);
      if (known !== undefined) return { ok: true, value: known };
      const fresh = decodeTx(tx);
      if (fresh.ok) decoded.set(name, fresh.value);
      return fresh;
    },
    addressOf(publicKey) {
      const name = bytesToHex(publicKey);
      const known = addresses.get(name);
      const address = known ?? (isPublicKey(publicKey) ? publicKeyToAddress(publicKey) : 'invalid');
      if (known === undefined) addresses.set(name, address);
      return address === 'invalid' ? undefined : address;
    },
    checkSignatures(tx) {
      // The hash covers body and signatures, so the verdict on it never changes.
      const name = bytesToHex(tx.hash);
      if (good.get(name) === true) return undefined;
      const fault = verifyTx(verify, tx);
      if (fault === undefined) good.set(name, true);
      return fault;
    },
  };
}

function verifyTx(verify: VerifySignature, tx: DecodedTx): Fault | undefined {
  const { body, signed } = tx;
  const signBytes = txSignBytes(signed.body);
  if ((body.sponsor === null) !== (signed.sponsorSignature === null)) return chainFault('chain.tx.sponsor');
  if (body.sponsor !== null && signed.sponsorSignature !== null) {
    const same = equalBytes(body.sponsor, body.from);
    if (same || !verify(body.sponsor, signBytes, signed.sponsorSignature)) {
      return chainFault('chain.tx.sponsor');
    }
  }
  return verify(body.from, signBytes, signed.signature) ? undefined : chainFault('chain.tx.signature');
}

function admitTx(envelopes: Envelopes, state: State, tx: DecodedTx, height: bigint): Fault | undefined {
  const { body } = tx;
  const params = state.params();
  if (body.chain !== params.chainId) return chainFault('chain.tx.chain', { chain: body.chain });
  if (BigInt(body.expiry) < height) return chainFault('chain.tx.expired', { expiry: body.expiry });
  if (body.feeMicro < params.minimumFeeMicro) {
    const minimumMicro = params.minimumFeeMicro.toString();
    return chainFault('chain.tx.fee-low', { feeMicro: body.feeMicro.toString(), minimumMicro });
  }
  const signer = envelopes.addressOf(body.from);
  if (signer === undefined) return chainFault('chain.tx.signature');
  const payer = body.sponsor === null ? signer : envelopes.addressOf(body.sponsor);
  if (payer === undefined) return chainFault('chain.tx.sponsor');
  const { seq } = state.account(signer);
  if (body.seq !== seq) return chainFault('chain.tx.sequence', { seq: body.seq, expected: seq });
  return envelopes.checkSignatures(tx) ?? payFee(state, signer, payer, body.feeMicro);
}

function runTx(envelopes: Envelopes, overlay: Overlay, block: BlockContext, bytes: Bytes): TxOutcome {
  const decoded = envelopes.decode(bytes);
  if (!decoded.ok) return refusedOutcome(decoded.fault, GAS_PER_TX);
  const tx = decoded.value;
  const gasWanted = baseGas(tx);
  const refused = admitTx(envelopes, createState(overlay), tx, block.height);
  if (refused !== undefined) return refusedOutcome(refused, gasWanted);
  const signer = envelopes.addressOf(tx.body.from);
  assert(signer !== undefined, 'an admitted transaction has a signer');
  const attempt = createOverlay(overlay);
  const events: ChainEvent[] = [];
  const context: MessageContext = {
    ...block,
    state: createState(attempt),
    emit: (type, attributes) => events.push({ type, attributes }),
    signer,
    seq: tx.body.seq,
  };
  const result = executeMessage(context, tx.body.message);
  if (!result.ok) return refusedOutcome(result.fault, gasWanted);
  attempt.flushTo(overlay);
  const { data, gas } = result.value;
  return { result: { code: 0, data, gasWanted, gasUsed: gasWanted + gas }, events };
}

/** Runs `attempt` on its own overlay; what it wrote and told stays only where it succeeds. */
function runAttempt(
  overlay: Overlay,
  context: StepContext,
  blockEvents: ChainEvent[],
  attempt: (context: StepContext) => Result<void>,
): Result<void> {
  const inner = createOverlay(overlay);
  const events: ChainEvent[] = [];
  const emit: StepContext['emit'] = (type, attributes) => events.push({ type, attributes });
  const result = attempt({ ...context, state: createState(inner), emit });
  if (!result.ok) return result;
  inner.flushTo(overlay);
  blockEvents.push(...events);
  return result;
}

function refusedOutcome(fault: Fault, gas: bigint): TxOutcome {
  const data = new Uint8Array(0);
  return { result: { code: refusalCode(fault), data, gasWanted: gas, gasUsed: gas }, events: [], fault };
}

/** A map that forgets everything when it is full: entries can be computed again. */
function createMemory<T>(entriesMax: number) {
  const entries = new Map<string, T>();
  return {
    get: (name: string) => entries.get(name),
    set(name: string, value: T) {
      if (entries.size >= entriesMax) entries.clear();
      entries.set(name, value);
    },
  };
}
