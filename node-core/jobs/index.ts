// Production jobs: the queue as a state machine, its planning, and the signed record of each print.

export { jobFault } from './faults.ts';
export * from './filament.ts';
export * from './machine-orders.ts';
export * from './planner.ts';
export * from './print-report.ts';
export * from './queue.ts';
export * from './spread.ts';
export * from './telemetry.ts';
export * from './upkeep.ts';
export * from './watch-desk.ts';
export * from './watch-seat.ts';
export * from './wear.ts';
export * from './working-hours.ts';
