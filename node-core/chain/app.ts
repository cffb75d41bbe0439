// The chain application: one deterministic state machine behind whichever engine. It knows no time but the block's, no
// randomness, no order but the block's; two runs over the same blocks end with the same root at every height.

import type { Bytes, KvStore } from '../base/index.ts';
import { assert, encodeCbor, equalBytes, ok, parseCbor, refuse, sha256 } from '../base/index.ts';
import { sortValidators } from '../comet/index.ts';
import type { AddressOf, VerifySignature } from '../identity/keys.ts';
import { addressOfKey, verifySignature } from '../identity/keys.ts';
import { peekDeadline } from './deadlines.ts';
import { chainFault } from './faults.ts';
import { initialiseState } from './genesis.ts';
import { QUEUE_NAMES } from './keys.ts';
import { baseGas, createRunner } from './runner.ts';
import { createSnapshots, type SnapshotPlan } from './snapshot.ts';
import { createBase, createOverlay, createState, type Overlay, type State } from './state.ts';
import type { HashFunction } from './tree/leaf.ts';
import { wipeEntries } from './tree/restore.ts';
import { createStateTree, type KvOperation, type PreparedVersion } from './tree/tree.ts';
import type { Application, Genesis, SnapshotPort } from './types.ts';

export type ApplicationOptions = {
  readonly kv: KvStore;
  /** Blocks whose state stays provable. Default: a day of two-second blocks. */
  readonly versionsKept?: number;
  readonly verify?: VerifySignature;
  readonly addressOf?: AddressOf;
  readonly hash?: HashFunction;
  /** Where absent, this node makes no snapshots; it can begin from one all the same. */
  readonly snapshots?: SnapshotPlan;
};

export interface ChainApplication extends Application {
  /** The next time in Unix seconds when the state changes by itself; undefined where nothing waits. */
  nextDeadlineS(): bigint | undefined;
  /** Reads committed state without a proof, for the node's own use. */
  read(): State;
  /** State sync: the snapshots of this node, and the one it begins from. */
  readonly snapshots: SnapshotPort;
}

const VERSIONS_KEPT = 43_200;
const META_KEY = Uint8Array.of(0x61, 0x6d);

type Meta = { readonly chainId: string; readonly height: bigint };
type Pending = {
  readonly height: bigint;
  readonly prepared: PreparedVersion;
  /** What the block changed. */
  readonly overlay: Overlay;
};

export function createApplication(options: ApplicationOptions): ChainApplication {
  const { kv, hash = sha256 } = options;
  const tree = createStateTree({ kv, versionsKept: options.versionsKept ?? VERSIONS_KEPT, hash });
  const { verify = verifySignature, addressOf = addressOfKey } = options;
  const runner = createRunner({ verify, hash, addressOf });
  const openBase = () => createBase((key) => tree.get(key));
  let base = openBase();
  const committed = () => createState(createOverlay(base));
  let meta = readMeta(kv);
  let pending: Pending | undefined;
  let checking = committed();
  /** Where the state did not come by a block. */
  const begin = () => {
    base = openBase();
    meta = readMeta(kv);
    checking = committed();
  };
  const snapshots = createSnapshots({
    kv,
    tree,
    hash,
    ...(options.snapshots === undefined ? {} : { plan: options.snapshots }),
    isEmpty: () => meta === undefined,
    metaEntry: (chainId, height) => [META_KEY, encodeMeta({ chainId, height })],
    restored: begin,
  });
  return {
    snapshots: snapshots.port,
    info: () => ({ height: meta?.height ?? 0n, appHash: tree.latest()?.root ?? new Uint8Array(0) }),
    initChain(genesis) {
      assert(meta === undefined || meta.height === 0n, 'a running chain is not initialised again');
      const root = initialise(tree, kv, meta, genesis);
      begin();
      return { appHash: root, validators: sortValidators(genesis.validators) };
    },
    checkTx(tx) {
      if (meta === undefined) return refuse(chainFault('chain.engine.stopped'));
      const opened = runner.open(tx);
      if (!opened.ok) return opened;
      const fault = runner.admit(checking, opened.value, meta.height + 1n);
      return fault === undefined ? ok({ gasWanted: baseGas(opened.value.tx) }) : refuse(fault);
    },
    areTxs: (txs) => runner.areTxs(txs),
    selectTxs(txs) {
      if (meta === undefined) return [];
      const state = committed();
      const height = meta.height + 1n;
      return txs.filter((tx) => {
        const opened = runner.open(tx);
        return opened.ok && runner.admit(state, opened.value, height) === undefined;
      });
    },
    finalizeBlock(block) {
      assert(meta !== undefined && block.height === meta.height + 1n, 'blocks follow each other');
      const overlay = createOverlay(base);
      const outcome = runner.runBlock(overlay, block);
      const prepared = tree.prepare(block.height, overlay.changes());
      pending = { height: block.height, prepared, overlay };
      return { ...outcome, appHash: prepared.root };
    },
    commit(extra = []) {
      assert(pending !== undefined && meta !== undefined, 'only a finalised block is committed');
      const next: Meta = { ...meta, height: pending.height };
      kv.apply([...pending.prepared.operations, [META_KEY, encodeMeta(next)], ...extra]);
      meta = next;
      pending.overlay.flushTo(base);
      pending = undefined;
      checking = committed();
      snapshots.advance(meta.chainId, meta.height);
    },
    query(key, height) {
      if (key.length === 0) return refuse(chainFault('chain.state.key'));
      const proven = tree.prove(key, height);
      if (!proven.ok) return proven;
      return ok({ height, key, value: proven.value.value, proof: proven.value.proof });
    },
    nextDeadlineS: () => nextDeadlineOf(committed()),
    // With a base of its own: what others do with its records does not reach the blocks.
    read: () => createState(createOverlay(openBase())),
  };
}

function nextDeadlineOf(state: State): bigint | undefined {
  const dueS = QUEUE_NAMES.flatMap((queue) => peekDeadline(state, queue)?.timeS ?? []);
  return dueS.sort((a, b) => Number(a - b))[0];
}

function initialise(
  tree: ReturnType<typeof createStateTree>,
  kv: KvStore,
  meta: Meta | undefined,
  genesis: Genesis,
): Bytes {
  const overlay = createOverlay(EMPTY_STATE);
  initialiseState(createState(overlay), genesis);
  const known = tree.latest();
  if (known !== undefined) {
    // Asked again after a crash before the first block: the same genesis must lead to the same state.
    const again = createStateTree({ kv: NO_STORE, versionsKept: 1 }).prepare(0n, overlay.changes());
    assert(meta?.chainId === genesis.chainId && equalBytes(again.root, known.root), 'genesis is the same');
    return known.root;
  }
  wipeEntries(kv);
  const prepared = tree.prepare(0n, overlay.changes());
  kv.apply([
    ...prepared.operations,
    [META_KEY, encodeMeta({ chainId: genesis.chainId, height: 0n })] satisfies KvOperation,
  ]);
  return prepared.root;
}

const EMPTY_STATE = { get: () => undefined };
const NO_STORE: KvStore = {
  get: () => undefined,
  list: () => [],
  apply() {},
};

function encodeMeta(meta: Meta): Bytes {
  return encodeCbor(meta);
}

function readMeta(kv: KvStore): Meta | undefined {
  const stored = kv.get(META_KEY);
  if (stored === undefined) return undefined;
  const value = parseCbor(stored) as { chainId: string; height: number | bigint };
  return { chainId: value.chainId, height: BigInt(value.height) };
}
