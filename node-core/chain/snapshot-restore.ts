// Takes a state from other nodes, chunk by chunk, into an empty store. Nothing is believed: each chunk is checked against
// the root that the light client verified before it is written, and the state becomes the node's own in one batch, when
// it is whole.

import type { Bytes, KvStore } from '../base/index.ts';
import { equalBytes } from '../base/index.ts';
import { paramsKey } from './keys.ts';
import { ParamsState, parseState } from './records.ts';
import {
  CHUNK_BYTES_MAX,
  parseChunk,
  parseMetadata,
  SNAPSHOT_FORMAT,
  type SnapshotMetadata,
} from './snapshot-format.ts';
import type { HashFunction } from './tree/leaf.ts';
import { createTreeRestorer, type TreeRestorer, wipeEntries } from './tree/restore.ts';
import type { KvOperation } from './tree/tree.ts';
import type { SnapshotPort } from './types.ts';

export type SnapshotRestorerOptions = {
  readonly kv: KvStore;
  readonly hash: HashFunction;
  /** Whether the store holds no state yet. */
  readonly isEmpty: () => boolean;
  /** What the application keeps beside the tree. */
  readonly metaEntry: (chainId: string, height: bigint) => KvOperation;
  /** Called when the store has become the restored state. */
  readonly restored: () => void;
};

type Restoration = {
  readonly height: bigint;
  readonly metadata: SnapshotMetadata;
  readonly tree: TreeRestorer;
  next: number;
};

export function createSnapshotRestorer(
  options: SnapshotRestorerOptions,
): Pick<SnapshotPort, 'offer' | 'apply'> {
  const { kv, hash } = options;
  let current: Restoration | undefined;
  const drop = () => {
    current = undefined;
    wipeEntries(kv);
  };
  return {
    offer(snapshot, appHash) {
      if (snapshot.format !== SNAPSHOT_FORMAT) return 'reject-format';
      const metadata = parseMetadata(snapshot);
      if (metadata === undefined || appHash.length !== 32 || !options.isEmpty()) return 'reject';
      drop();
      const { height } = snapshot;
      const tree = createTreeRestorer({ kv, hash, version: height, root: appHash.slice() });
      current = { height, metadata, tree, next: 0 };
      return 'accept';
    },
    apply(index, chunk) {
      if (current === undefined) return 'abort';
      const stated = current.metadata.chunks[index];
      if (stated === undefined || chunk.length > CHUNK_BYTES_MAX || !equalBytes(hash(chunk), stated)) {
        return 'retry';
      }
      // One that is here already, and one that came too early.
      if (index !== current.next) return index < current.next ? 'accept' : 'retry';
      const isLast = index === current.metadata.chunks.length - 1;
      if (!addChunk(current.tree, chunk) || current.tree.isWhole() !== isLast) {
        drop();
        return 'reject-snapshot';
      }
      current.next++;
      if (!isLast) return 'accept';
      if (!isOfChain(current)) {
        drop();
        return 'reject-snapshot';
      }
      const { tree, metadata, height } = current;
      kv.apply([...tree.finish(), options.metaEntry(metadata.chain, height)]);
      current = undefined;
      options.restored();
      return 'accept';
    },
  };
}

function addChunk(tree: TreeRestorer, bytes: Bytes): boolean {
  const chunk = parseChunk(bytes);
  return chunk !== undefined && tree.add(chunk.entries, chunk.path);
}

/** The state's own word on which chain it is of; the metadata's is only a stranger's. */
function isOfChain({ tree, metadata }: Restoration): boolean {
  const stored = tree.get(paramsKey());
  const params = stored === undefined ? undefined : parseState(ParamsState, stored);
  return params?.ok === true && params.value.chainId === metadata.chain;
}
