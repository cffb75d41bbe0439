// The chain's application as one node runs it: its state in the node's folder, behind the socket that CometBFT calls.

import { createAbciHandler } from '../../abci/index.ts';
import type { Log } from '../../base/index.ts';
import { createApplication } from '../../chain/index.ts';
import type { AbciSocket } from '../adapters/abci-socket.ts';
import { serveAbci } from '../adapters/abci-socket.ts';
import { createSignatureBackend, createVerifySignature } from '../adapters/signatures.ts';
import { createSqliteKv, KV_MIGRATIONS, openSqlite } from '../adapters/sqlite.ts';
import { nativeSha256 } from '../adapters/system.ts';
import { homePath } from './home.ts';

export type NodeAppOptions = {
  readonly home: string;
  readonly log: Log;
  /** How many blocks CometBFT keeps behind the latest; undefined: all. */
  readonly keepBlocks?: number;
};

/** @throws Error where the state cannot be opened. */
export async function openNodeApp({ home, log, keepBlocks }: NodeAppOptions): Promise<AbciSocket> {
  const database = openSqlite(homePath(home, 'state'), KV_MIGRATIONS);
  try {
    const app = createApplication({
      kv: createSqliteKv(database),
      hash: nativeSha256,
      verify: createVerifySignature(createSignatureBackend()),
    });
    const handler = createAbciHandler({ app, log, ...(keepBlocks === undefined ? {} : { keepBlocks }) });
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
