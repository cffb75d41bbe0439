// Worker-thread entry: runs one job on a paradigm document, posts the result and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/index.ts';
import { standBack } from '../adapters/thread-priority.ts';
import type { ParadigmJob } from './paradigm-jobs.ts';
import { runParadigmJob } from './paradigm-jobs.ts';

assert(parentPort !== null, 'the paradigm worker runs in a worker thread');
standBack();
parentPort.postMessage(runParadigmJob(workerData as ParadigmJob));
