// The application as CometBFT sees it: the same interface, but every call goes over the wire as bytes and comes back as
// bytes. The solo engine driven by it is an engine that speaks ABCI.

import type { Fault, KvStore } from '../../base/index.ts';
import { assert, ok, refuse } from '../../base/index.ts';
import type { ChainApplication, ChainEvent, TxOutcome } from '../../chain/index.ts';
import { chainFault } from '../../chain/index.ts';
import { toValidator } from '../convert.ts';
import type { AbciHandler } from '../handler.ts';
import type { ResponseOf } from '../messages.ts';
import * as requests from './requests.ts';
import type { Cut } from './wire-client.ts';
import { createWireClient } from './wire-client.ts';

type WireEvent = ResponseOf<'finalizeBlock'>['events'][number];
type WireResult = ResponseOf<'finalizeBlock'>['txResults'][number];

export type WireApplicationOptions = {
  readonly handler: AbciHandler;
  /** The application behind the handler, for what no engine asks over the wire. */
  readonly app: ChainApplication;
  /** Where the engine's own entries go: CometBFT has a store of its own, written after the application's. */
  readonly engineKv: KvStore;
  readonly cut?: Cut;
};

/** @throws ExceptionAnswer where the application ends the node. */
export function createWireApplication(options: WireApplicationOptions): ChainApplication {
  const { handler, app, engineKv, cut } = options;
  const connect = () => createWireClient(handler, cut);
  const [info, mempool, consensus] = [connect(), connect(), connect()];
  return {
    ...app,
    info() {
      const { lastBlockHeight: height, lastBlockAppHash: appHash } = info.call(requests.INFO);
      return { height, appHash };
    },
    initChain(genesis) {
      const { appHash, validators } = consensus.call(requests.initChain(genesis));
      return {
        appHash,
        validators: validators.map((update) => toValidator(update) ?? unknownKey()),
      };
    },
    checkTx(tx) {
      const { code, log, gasWanted } = mempool.call(requests.checkTx(tx));
      return code === 0 ? ok({ gasWanted }) : refuse(JSON.parse(log) as Fault);
    },
    areTxs: (txs) => consensus.call(requests.processProposal(blockOf(txs))).status === 1,
    selectTxs: (txs) => consensus.call(requests.prepareProposal(blockOf(txs), 2n ** 40n)).txs,
    finalizeBlock(block) {
      assert(consensus.call(requests.processProposal(block)).status === 1, 'the proposal is accepted');
      const answer = consensus.call(requests.finalizeBlock(block));
      return {
        outcomes: answer.txResults.map(toOutcome),
        blockEvents: answer.events.map(toEvent),
        validatorUpdates: answer.validatorUpdates.map((update) => toValidator(update) ?? unknownKey()),
        appHash: answer.appHash,
      };
    },
    commit(extra = []) {
      consensus.call(requests.COMMIT);
      engineKv.apply(extra);
    },
    query(key, height) {
      const { code, log, value, proofOps, height: at } = info.call(requests.query(key, height));
      if (code !== 0) return refuse(JSON.parse(log) as Fault);
      // ABCI cannot ask for height 0 once there are later ones.
      if (at !== height) return refuse(chainFault('chain.state.version-gone', { height: String(height) }));
      const [operation] = proofOps?.ops ?? [];
      assert(operation !== undefined, 'what was asked for with a proof has one');
      return ok({ height: at, key, value: value.length === 0 ? undefined : value, proof: operation.data });
    },
  };
}

const blockOf = (txs: readonly Uint8Array[]) => ({
  height: 1n,
  time: { seconds: 0n, nanos: 0 },
  txs,
  proposerAddress: new Uint8Array(20),
});

function toEvent({ type, attributes }: WireEvent): ChainEvent {
  return { type, attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, value])) };
}

function toOutcome({ code, data, gasWanted, gasUsed, events, log }: WireResult): TxOutcome {
  const outcome = { result: { code, data, gasWanted, gasUsed }, events: events.map(toEvent) };
  return code === 0 ? outcome : { ...outcome, fault: JSON.parse(log) as Fault };
}

function unknownKey(): never {
  throw new Error('the application gave a validator a key of an unknown type');
}
