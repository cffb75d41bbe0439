// A process of its own with the chain application behind the socket, for tests across processes. Prints its address,
// and ends when its input does.

import { createAbciHandler } from '../../../abci/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import { createApplication } from '../../../chain/index.ts';
import { serveAbci } from '../abci-socket.ts';
import { nativeSha256 } from '../system.ts';

const app = createApplication({ kv: createMemoryKv(), hash: nativeSha256 });
const log = () => undefined;
const socket = await serveAbci({ handler: createAbciHandler({ app, log }), log });
process.stdout.write(`${socket.address}\n`);
process.stdin.resume();
process.stdin.on('end', () => void socket.close());
