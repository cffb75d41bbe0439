// The chain's application as one node runs it: its state in the node's folder, behind the socket that CometBFT calls.

import { createAbciHandler } from '../../abci/index.ts';
import type { Log } from '../../base/index.ts';
import { createApplication } from '../../chain/index.ts';
import type { AbciSocket } from '../adapters/abci-socket.ts';
import { serveAbci } from '../adapters/abci-socket.ts';
import { createAddressOf, createSignatureBackend, createVerifySignature } from '../adapters/signatures.ts';
import { createSqliteKv, openChainSqlite } from '../adapters/sqlite.ts';
import { nativeSha256 } from '../adapters/system.ts';
import { homePath } from './home.ts';

export type NodeAppOptions = {
  readonly home: string;
  readonly log: Log;
  /** How many blocks CometBFT keeps behind the latest; undefined: all. */
  readonly keepBlocks?: number;
  /** A snapshot for those who join is made this often; undefined: SNAPSHOT_BLOCKS. */
  readonly snapshotBlocks?: number;
};

/** About every quarter of an hour with two-second blocks; a node that joins looks for one among its peers' latest. */
const SNAPSHOT_BLOCKS = 500;
/** One to give while the next is made, and one more for whoever is slow. */
const SNAPSHOTS_KEPT = 3;

/** @throws Error where the state cannot be opened. */
export async function openNodeApp(options: NodeAppOptions): Promise<AbciSocket> {
  const { home, log, keepBlocks, snapshotBlocks = SNAPSHOT_BLOCKS } = options;
  const database = openChainSqlite(homePath(home, 'state'));
  try {
    const app = createApplication({
      kv: createSqliteKv(database),
      hash: nativeSha256,
      verify: createVerifySignature(createSignatureBackend()),
      addressOf: createAddressOf(),
      snapshots: { everyBlocks: BigInt(snapshotBlocks), kept: SNAPSHOTS_KEPT },
    });
    const { snapshots } = app;
    const handler = createAbciHandler({
      app,
      snapshots,
      log,
      ...(keepBlocks === undefined ? {} : { keepBlocks }),
    });
    const socket = await serveAbci({ handler, log });
    return {
      ...socket,
      async close() {
        await socket.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
