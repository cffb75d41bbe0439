// Worker-thread entry: runs one job on a model or print file, reports progress, posts the result and ends.
// Cancelling is the caller's terminate(): nothing here holds a file, a lock or a half-written state.

import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/index.ts';
import { standBack } from '../adapters/thread-priority.ts';
import type { MeshJob } from './mesh-jobs.ts';
import { runMeshJob } from './mesh-jobs.ts';

assert(parentPort !== null, 'the mesh worker runs in a worker thread');
standBack();
const port = parentPort;
const result = runMeshJob(workerData as MeshJob, (phase, fraction) =>
  port.postMessage({ type: 'progress', phase, fraction }),
);
port.postMessage({ type: 'result', result });
