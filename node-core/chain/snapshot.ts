// The application's side of state sync: snapshots it gives, and the one it begins from.

import { createSnapshotMaker, type SnapshotMakerOptions } from './snapshot-maker.ts';
import { createSnapshotRestorer, type SnapshotRestorerOptions } from './snapshot-restore.ts';
import type { SnapshotPort } from './types.ts';

export type { SnapshotPlan } from './snapshot-maker.ts';

export type Snapshots = {
  readonly port: SnapshotPort;
  /** To be called after each committed block. */
  advance(chainId: string, height: bigint): void;
};

export function createSnapshots(options: SnapshotMakerOptions & SnapshotRestorerOptions): Snapshots {
  const maker = createSnapshotMaker(options);
  const restorer = createSnapshotRestorer(options);
  return {
    port: { list: maker.list, chunk: maker.chunk, offer: restorer.offer, apply: restorer.apply },
    advance: maker.advance,
  };
}
