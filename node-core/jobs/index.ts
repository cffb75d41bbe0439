// Production jobs: the queue as a state machine, and the signed record of each print.

export { jobFault } from './faults.ts';
export * from './queue.ts';
export * from './telemetry.ts';
