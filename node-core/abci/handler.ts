// Answers each ABCI 2.0 request from the application. It is synchronous, so that the four connections of CometBFT are
// served one request at a time as the protocol wants. Whatever a stranger can cause (a transaction, a query, a proposal,
// a snapshot) gets a code; only where the application and CometBFT cannot go on together an AbciFailure is thrown,
// which ends the node before it could write anything wrong.
// Source: CometBFT v0.38.25 spec/abci/abci++_methods.md, abci++_app_requirements.md.

import type { Bytes, Fault, Log } from '../base/index.ts';
import { bytesToHex, FaultError, unreachable } from '../base/index.ts';
import type { Application, BlockOutcome, ChainEvent, Genesis, SnapshotPort } from '../chain/index.ts';
import { chainFault, DEFAULT_STAKING, refusalCode } from '../chain/index.ts';
import * as convert from './convert.ts';
import { abciFault } from './faults.ts';
import { parseAppState } from './genesis-document.ts';
import type { Request, RequestCase, RequestOf, ResponseValue } from './messages.ts';
import { prepareTxs } from './proposal.ts';

/** CometBFT and the application cannot go on: everything stops before something wrong is written. */
export class AbciFailure extends FaultError {}

/** Who asks is not the CometBFT that this application can work with: its connection ends, and nothing else. */
export class AbciStranger extends FaultError {}

export type AbciHandlerOptions = {
  readonly app: Application;
  readonly log: Log;
  /** Where absent, this node neither gives nor takes snapshots. */
  readonly snapshots?: SnapshotPort;
  /** How many blocks CometBFT keeps behind the latest, never fewer than evidence needs. Undefined: all. */
  readonly keepBlocks?: number;
};

/** How long evidence counts. CometBFT forgets what is older than both. */
export type EvidenceAge = { readonly blocks: bigint; readonly seconds: bigint };

export interface AbciHandler {
  /** @throws AbciFailure where the node must end, AbciStranger where the connection must. */
  handle(request: Pick<Request, 'value'>): ResponseValue;
}

/** Version of the application's rules, as the solo engine has it. */
export const APP_VERSION = 1n;
/** Evidence counts a day longer than stake is liable: who could still lose it can still be accused. */
export const EVIDENCE_BLOCKS = 100_000n;
export const EVIDENCE_EXTRA_S = 86_400n;
/** Evidence of one block. CometBFT wants it to be no more than a whole block. */
const EVIDENCE_SIZE_BYTES_MAX = 1_048_576n;
/** Path of a query for one key of the state, with its proof. */
export const STATE_PATH = '/state';
/** Of CometBFT v0.38 to v0.40. The withdrawn v1 has 2.1 and other messages. */
const ABCI_VERSION = /^2\.0\.\d+$/;
const FILTER_PATH = /^\/p2p\/filter\/(addr|id)\//;
const INT64_MAX = 2n ** 63n - 1n;
const PATH_SHOWN = 100;
const EMPTY = new Uint8Array(0);

const PROPOSAL = { accept: 1, reject: 2 } as const;
const OFFER = { accept: 1, abort: 2, reject: 3, 'reject-format': 4 } as const;
const APPLY = { accept: 1, abort: 2, retry: 3, 'reject-snapshot': 5 } as const;

export function createAbciHandler(options: AbciHandlerOptions): AbciHandler {
  return new Handler(options);
}

type Finalized = { readonly height: bigint; readonly outcome: BlockOutcome };

class Handler implements AbciHandler {
  readonly #options: AbciHandlerOptions;
  readonly #app: Application;
  /** Computed and not yet written. */
  #finalized: Finalized | undefined;
  /** Why this process may not change the state any more. */
  #failure: AbciFailure | undefined;

  constructor(options: AbciHandlerOptions) {
    this.#options = options;
    this.#app = options.app;
  }

  handle({ value: request }: Pick<Request, 'value'>): ResponseValue {
    switch (request.case) {
      case 'echo':
        return { case: 'echo', value: { message: request.value.message } };
      case 'flush':
        return { case: 'flush', value: {} };
      case 'info':
        return this.#info(request.value);
      case 'initChain':
        return this.#critical(0n, () => this.#initChain(request.value));
      case 'finalizeBlock':
        return this.#critical(request.value.height, () => this.#finalizeBlock(request.value));
      case 'commit':
        return this.#critical(this.#finalized?.height ?? 0n, () => this.#commit());
      case 'query':
        return this.#guarded(request.case, () => this.#query(request.value), failedQuery);
      case 'checkTx':
        return this.#guarded(request.case, () => this.#checkTx(request.value), failedCheck);
      case 'prepareProposal':
        return this.#guarded(
          request.case,
          () =>
            preparedProposal(
              prepareTxs(this.#app, convert.copyTxs(request.value.txs), request.value.maxTxBytes),
            ),
          () => preparedProposal([]),
        );
      case 'processProposal':
        return this.#guarded(
          request.case,
          () => processedProposal(this.#app.areTxs(convert.copyTxs(request.value.txs))),
          () => processedProposal(false),
        );
      // Votes carry no extensions on this chain: there is nothing to add, and nothing to accept but nothing.
      case 'extendVote':
        return { case: 'extendVote', value: {} };
      case 'verifyVoteExtension':
        return {
          case: 'verifyVoteExtension',
          value: { status: request.value.voteExtension.length === 0 ? PROPOSAL.accept : PROPOSAL.reject },
        };
      case 'listSnapshots':
        return this.#guarded(request.case, () => this.#listSnapshots(), noSnapshots);
      case 'offerSnapshot':
        return this.#guarded(request.case, () => this.#offerSnapshot(request.value), abortedOffer);
      case 'loadSnapshotChunk':
        return this.#guarded(request.case, () => this.#loadChunk(request.value), noChunk);
      case 'applySnapshotChunk':
        return this.#guarded(request.case, () => this.#applyChunk(request.value), abortedChunk);
      case undefined:
        throw new AbciStranger(abciFault('abci.frame.malformed', { reason: 'its kind is unknown' }));
      default:
        return unreachable(request);
    }
  }

  /** For answers that change nothing: a failure of this node is its own and ends nothing. */
  #guarded(what: RequestCase, answer: () => ResponseValue, otherwise: () => ResponseValue): ResponseValue {
    try {
      return answer();
    } catch (error) {
      this.#options.log('error', 'abci.failed', { what, error });
      return otherwise();
    }
  }

  /** For steps that change the state: they succeed or the node ends. */
  #critical(height: bigint, step: () => ResponseValue): ResponseValue {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return step();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const data = { height: height.toString(), reason };
      this.#failure =
        cause instanceof AbciFailure ? cause : failure(abciFault('abci.block.failed', data), cause);
      throw this.#failure;
    }
  }

  #info({ version, abciVersion }: RequestOf<'info'>): ResponseValue {
    if (abciVersion !== '' && !ABCI_VERSION.test(abciVersion)) {
      throw new AbciStranger(abciFault('abci.version.other', { version: version || '?', abciVersion }));
    }
    const { height, appHash } = this.#app.info();
    // A state of height 0 is not told: CometBFT then begins the chain, again if need be.
    const hash = height === 0n ? EMPTY : appHash;
    const value = {
      data: 'dipnet',
      appVersion: APP_VERSION,
      lastBlockHeight: height,
      lastBlockAppHash: hash,
    };
    return { case: 'info', value };
  }

  #initChain(request: RequestOf<'initChain'>): ResponseValue {
    const { height, appHash } = this.#app.info();
    if (height > 0n) throw failure(abciFault('abci.genesis.again', { height: height.toString() }));
    if (request.initialHeight > 1n) {
      throw failure(abciFault('abci.genesis.height', { height: request.initialHeight.toString() }));
    }
    const malformed = (reason: string) => failure(abciFault('abci.genesis.malformed', { reason }));
    const blockSizeBytesMax = request.consensusParams?.block?.maxBytes ?? 0n;
    if (blockSizeBytesMax !== -1n && blockSizeBytesMax < EVIDENCE_SIZE_BYTES_MAX) {
      throw malformed(`block.max_bytes is below ${EVIDENCE_SIZE_BYTES_MAX}`);
    }
    const validators = request.validators.map((update) => {
      const validator = convert.toValidator(update);
      if (validator === undefined) throw malformed('a validator has a key that this chain does not know');
      return validator;
    });
    const start = { chainId: request.chainId, time: convert.toTime(request.time), validators };
    const genesis = parseAppState(request.appStateBytes, start);
    if (!genesis.ok) throw failure(genesis.fault);
    this.#finalized = undefined;
    try {
      const begun = this.#app.initChain(genesis.value);
      const value = {
        appHash: begun.appHash,
        validators: begun.validators.map(convert.fromValidator),
        consensusParams: consensusParamsOf(genesis.value),
      };
      return { case: 'initChain', value };
    } catch (cause) {
      if (appHash.length > 0) throw failure(abciFault('abci.genesis.other'), cause);
      throw malformed(cause instanceof Error ? cause.message : String(cause));
    }
  }

  #query(request: RequestOf<'query'>): ResponseValue {
    const { path, prove } = request;
    if (FILTER_PATH.test(path)) return { case: 'query', value: {} };
    if (path !== STATE_PATH)
      return refusedQuery(abciFault('abci.query.path', { path: path.slice(0, PATH_SHOWN) }));
    const { height: latest } = this.#app.info();
    const { height } = request;
    // Without a height: the latest, and with a proof the latest that a header already commits to.
    const at = height !== 0n ? height : prove && latest > 0n ? latest - 1n : latest;
    if (at < 0n || at > latest) {
      const data = { height: at.toString(), latest: latest.toString() };
      return refusedQuery(chainFault('chain.height.unknown', data));
    }
    const found = this.#app.query(request.data, at);
    if (!found.ok) return refusedQuery(found.fault);
    const { key, value, proof } = found.value;
    return {
      case: 'query',
      value: {
        key,
        value: value ?? EMPTY,
        height: at,
        ...(prove ? { proofOps: convert.fromProof(key, proof) } : {}),
      },
    };
  }

  /** New and again after a block (recheck) alike: each block begins a new layer on which the waiting ones are checked. */
  #checkTx({ tx }: RequestOf<'checkTx'>): ResponseValue {
    const checked = this.#app.checkTx(tx.slice());
    if (checked.ok) return { case: 'checkTx', value: { gasWanted: checked.value.gasWanted } };
    const code = refusalCode(checked.fault);
    return { case: 'checkTx', value: { code, ...convert.fromFault(checked.fault) } };
  }

  /** May come again for a height, with the same block or, after a round without decision, with another. */
  #finalizeBlock(request: RequestOf<'finalizeBlock'>): ResponseValue {
    const { height: latest } = this.#app.info();
    if (request.height !== latest + 1n) {
      const data = { height: request.height.toString(), latest: latest.toString() };
      throw failure(abciFault('abci.block.order', data));
    }
    const outcome = this.#app.finalizeBlock(convert.toBlockInput(request));
    this.#finalized = { height: request.height, outcome };
    return {
      case: 'finalizeBlock',
      value: {
        events: outcome.blockEvents.map(convert.fromEvent),
        txResults: outcome.outcomes.map(convert.fromOutcome),
        validatorUpdates: outcome.validatorUpdates.map(convert.fromValidator),
        appHash: outcome.appHash,
        ...paramUpdates(outcome.blockEvents),
      },
    };
  }

  #commit(): ResponseValue {
    if (this.#finalized === undefined) throw failure(abciFault('abci.block.uncommitted'));
    const { height, outcome } = this.#finalized;
    this.#app.commit();
    this.#finalized = undefined;
    this.#options.log('debug', 'abci.commit', { height, appHash: bytesToHex(outcome.appHash) });
    return { case: 'commit', value: { retainHeight: retainHeightOf(height, this.#options.keepBlocks) } };
  }

  #listSnapshots(): ResponseValue {
    const snapshots = this.#options.snapshots?.list() ?? [];
    return { case: 'listSnapshots', value: { snapshots: snapshots.map((snapshot) => ({ ...snapshot })) } };
  }

  #offerSnapshot({ snapshot, appHash }: RequestOf<'offerSnapshot'>): ResponseValue {
    const { snapshots } = this.#options;
    const unusable = snapshot === undefined || snapshot.height < 1n || snapshot.height > INT64_MAX;
    if (snapshots === undefined || unusable) {
      return { case: 'offerSnapshot', value: { result: OFFER.reject } };
    }
    const { height, format, chunks, hash, metadata } = snapshot;
    const info = { height, format, chunks, hash: hash.slice(), metadata: metadata.slice() };
    const result = OFFER[snapshots.offer(info, appHash.slice())];
    return { case: 'offerSnapshot', value: { result } };
  }

  #loadChunk({ height, format, chunk: index }: RequestOf<'loadSnapshotChunk'>): ResponseValue {
    const chunk = this.#options.snapshots?.chunk(height, format, index) ?? EMPTY;
    return { case: 'loadSnapshotChunk', value: { chunk } };
  }

  #applyChunk({ index, chunk, sender }: RequestOf<'applySnapshotChunk'>): ResponseValue {
    const verdict = this.#options.snapshots?.apply(index, chunk.slice(), sender) ?? 'abort';
    const result = APPLY[verdict];
    // What one peer spoilt is fetched again from another.
    const retry =
      verdict === 'retry' ? { refetchChunks: [index], rejectSenders: sender === '' ? [] : [sender] } : {};
    return { case: 'applySnapshotChunk', value: { result, ...retry } };
  }
}

const maxOf = (a: bigint, b: bigint) => (a > b ? a : b);

/** The lowest height that CometBFT keeps; 0 keeps all. */
export function retainHeightOf(height: bigint, keepBlocks: number | undefined): bigint {
  if (keepBlocks === undefined) return 0n;
  return maxOf(0n, height - maxOf(BigInt(keepBlocks), EVIDENCE_BLOCKS));
}

/** For the genesis document, so that its age and the application's are the same. */
export function evidenceAgeOf(genesis: Pick<Genesis, 'params'>): EvidenceAge {
  const unbondingS = genesis.params?.staking?.unbondingS ?? DEFAULT_STAKING.unbondingS;
  return { blocks: EVIDENCE_BLOCKS, seconds: BigInt(unbondingS) + EVIDENCE_EXTRA_S };
}

/** What the rules of this chain demand, whatever the document says. The same on every node, as the document is. */
function consensusParamsOf(genesis: Genesis) {
  return {
    evidence: evidenceParams(evidenceAgeOf(genesis)),
    validator: { pubKeyTypes: ['ed25519', 'secp256k1'] },
    version: { app: APP_VERSION },
  };
}

/** When the unbonding time changes, evidence counts as much longer or shorter. */
function paramUpdates(events: readonly ChainEvent[]) {
  const updated = events.findLast(({ type }) => type === 'params.updated')?.attributes['unbondingS'];
  if (updated === undefined) return {};
  const age = { blocks: EVIDENCE_BLOCKS, seconds: BigInt(updated) + EVIDENCE_EXTRA_S };
  return { consensusParamUpdates: { evidence: evidenceParams(age) } };
}

const evidenceParams = ({ blocks, seconds }: EvidenceAge) => ({
  maxAgeNumBlocks: blocks,
  maxAgeDuration: { seconds },
  maxBytes: EVIDENCE_SIZE_BYTES_MAX,
});

function failure(fault: Fault, cause?: unknown): AbciFailure {
  return new AbciFailure(fault, cause === undefined ? {} : { cause });
}

function refusedQuery(fault: Fault): ResponseValue {
  return { case: 'query', value: { code: refusalCode(fault), ...convert.fromFault(fault) } };
}

const failedQuery = () => refusedQuery(abciFault('abci.failed'));

function failedCheck(): ResponseValue {
  const fault = abciFault('abci.failed');
  return { case: 'checkTx', value: { code: refusalCode(fault), ...convert.fromFault(fault) } };
}

const preparedProposal = (txs: readonly Bytes[]): ResponseValue => ({
  case: 'prepareProposal',
  value: { txs: [...txs] },
});

const processedProposal = (isAccepted: boolean): ResponseValue => ({
  case: 'processProposal',
  value: { status: isAccepted ? PROPOSAL.accept : PROPOSAL.reject },
});

const noSnapshots = (): ResponseValue => ({ case: 'listSnapshots', value: {} });
const abortedOffer = (): ResponseValue => ({ case: 'offerSnapshot', value: { result: OFFER.abort } });
const noChunk = (): ResponseValue => ({ case: 'loadSnapshotChunk', value: {} });
const abortedChunk = (): ResponseValue => ({ case: 'applySnapshotChunk', value: { result: APPLY.abort } });
