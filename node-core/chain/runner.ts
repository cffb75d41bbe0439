// Runs transactions and blocks on overlays of the state. Holds nothing but caches of pure results, so that what it has
// seen before can never change what it does.

import type { Bytes, Fault, Result } from '../base/index.ts';
import { assert, equalBytes, ok } from '../base/index.ts';
import type { Address, AddressOf, VerifySignature } from '../identity/keys.ts';
import { chainFault, refusalCode } from './faults.ts';
import { createMemory, nameOf } from './memory.ts';
import type { BlockContext, BlockFacts, MessageContext, StepContext } from './modules/index.ts';
import { beginBlock, createParadigmCache, endBlock, executeMessage, payFee } from './modules/index.ts';
import { createOverlay, createState, type Overlay, type State } from './state.ts';
import type { HashFunction } from './tree/leaf.ts';
import { type DecodedTx, decodeTx, txSignBytes } from './tx.ts';
import type { BlockInput, BlockOutcome, ChainEvent, TxOutcome } from './types.ts';

/** Gas: every transaction, every byte of it; contract steps add what the virtual machine counted. */
const GAS_PER_TX = 1_000n;
const GAS_PER_BYTE = 10n;
/** About 64 MB in each of the memory's two generations: every transfer of a full mempool (20 000). */
const ENVELOPES_WEIGHT_MAX = 64 * 1024 * 1024;
/** A decoded transaction takes several times its bytes. */
const weighEnvelope = ({ tx }: Envelope) => 1024 + 6 * tx.sizeBytes;
/** Addresses of known keys. */
const ADDRESSES_MAX = 20_000;

export interface Runner {
  /** As decodeTx. */
  open(tx: Bytes): Result<Envelope>;
  /** As Application has it. */
  areTxs(txs: readonly Bytes[]): boolean;
  /** Everything that must hold before a message runs; takes the fee and counts the transaction where it holds. */
  admit(state: State, envelope: Envelope, height: bigint): Fault | undefined;
  /** Changes pile up in `overlay`. */
  runBlock(overlay: Overlay, block: BlockInput): Omit<BlockOutcome, 'appHash'>;
}

/**
 * A transaction, and what is known of it that depends on its bytes alone: a new one, its check, a proposal and its block
 * ask for the same.
 */
export type Envelope = {
  readonly tx: DecodedTx;
  /** Its hash, which covers body and signatures, as a map has it. */
  readonly name: string;
  /** Once its signatures were found right: whose keys these are. */
  admitted?: Parties;
};

type Parties = { readonly signer: Address; readonly payer: Address };

export type RunnerOptions = {
  readonly verify: VerifySignature;
  readonly hash: HashFunction;
  readonly addressOf: AddressOf;
};

export function baseGas(tx: DecodedTx): bigint {
  return GAS_PER_TX + GAS_PER_BYTE * BigInt(tx.sizeBytes);
}

export function createRunner(options: RunnerOptions): Runner {
  const paradigms = createParadigmCache();
  const envelopes = createEnvelopes(options);
  return {
    open: (tx) => envelopes.open(tx),
    areTxs(txs) {
      const opened = txs.map((tx) => envelopes.open(tx));
      const names = new Set(opened.map((result) => (result.ok ? result.value.name : '')));
      return names.size === txs.length && !names.has('');
    },
    admit: (state, envelope, height) => admitTx(envelopes, state, envelope, height),
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
        hash: input.hash,
      };
      const blockEvents: ChainEvent[] = [];
      const step: StepContext = {
        ...block,
        state: createState(overlay),
        emit: (type, attributes) => blockEvents.push({ type, attributes }),
      };
      beginBlock(step, facts, (attempt) => runAttempt(overlay, step, blockEvents, attempt));
      const outcomes = input.txs.map((tx) => runTx(envelopes, overlay, step, block, tx));
      const validatorUpdates = endBlock(step, facts);
      return { outcomes, blockEvents, validatorUpdates };
    },
  };
}

/** What is known of transactions and keys, which no block changes. */
type Envelopes = {
  open(tx: Bytes): Result<Envelope>;
  /** Undefined where the bytes are no key. */
  addressOf(publicKey: Bytes): Address | undefined;
  /** The fault where a signature is wrong. What was right stays known. */
  seal(envelope: Envelope, parties: Parties): Fault | undefined;
};

function createEnvelopes({ verify, hash, addressOf }: RunnerOptions): Envelopes {
  // Only what was signed by whoever it names gets a place, so that invented transactions push nothing out.
  const known = createMemory<Envelope>(ENVELOPES_WEIGHT_MAX, weighEnvelope);
  const addresses = createMemory<Address>(ADDRESSES_MAX, () => 1);
  return {
    open(bytes) {
      const digest = hash(bytes);
      const name = nameOf(digest);
      const envelope = known.get(name);
      if (envelope !== undefined) return ok(envelope);
      const tx = decodeTx(bytes, digest);
      return tx.ok ? ok({ tx: tx.value, name }) : tx;
    },
    addressOf(publicKey) {
      const name = nameOf(publicKey);
      const seen = addresses.get(name);
      if (seen !== undefined) return seen;
      const address = addressOf(publicKey);
      if (address !== undefined) addresses.set(name, address);
      return address;
    },
    seal(envelope, parties) {
      const fault = verifyTx(verify, envelope.tx);
      if (fault !== undefined) return fault;
      envelope.admitted = parties;
      known.set(envelope.name, envelope);
      return undefined;
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

function admitTx(envelopes: Envelopes, state: State, envelope: Envelope, height: bigint): Fault | undefined {
  const { body } = envelope.tx;
  const params = state.params();
  if (body.chain !== params.chainId) return chainFault('chain.tx.chain', { chain: body.chain });
  if (BigInt(body.expiry) < height) return chainFault('chain.tx.expired', { expiry: body.expiry });
  if (body.feeMicro < params.minimumFeeMicro) {
    const minimumMicro = params.minimumFeeMicro.toString();
    return chainFault('chain.tx.fee-low', { feeMicro: body.feeMicro.toString(), minimumMicro });
  }
  const signer = envelope.admitted?.signer ?? envelopes.addressOf(body.from);
  if (signer === undefined) return chainFault('chain.tx.signature');
  const payer =
    envelope.admitted?.payer ?? (body.sponsor === null ? signer : envelopes.addressOf(body.sponsor));
  if (payer === undefined) return chainFault('chain.tx.sponsor');
  const { seq } = state.account(signer);
  if (body.seq !== seq) return chainFault('chain.tx.sequence', { seq: body.seq, expected: seq });
  const unsigned = envelope.admitted === undefined ? envelopes.seal(envelope, { signer, payer }) : undefined;
  return unsigned ?? payFee(state, signer, payer, body.feeMicro);
}

function runTx(
  envelopes: Envelopes,
  overlay: Overlay,
  step: StepContext,
  block: BlockContext,
  bytes: Bytes,
): TxOutcome {
  const opened = envelopes.open(bytes);
  if (!opened.ok) return refusedOutcome(opened.fault, GAS_PER_TX);
  const { tx } = opened.value;
  const gasWanted = baseGas(tx);
  const refused = admitTx(envelopes, step.state, opened.value, block.height);
  if (refused !== undefined) return refusedOutcome(refused, gasWanted);
  const parties = opened.value.admitted;
  assert(parties !== undefined, 'an admitted transaction has a signer');
  const attempt = createOverlay(overlay);
  const events: ChainEvent[] = [];
  const context: MessageContext = {
    ...block,
    state: createState(attempt),
    emit: (type, attributes) => events.push({ type, attributes }),
    ...parties,
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
