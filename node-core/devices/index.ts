// Machine drivers: one interface, the Marlin driver behind it, and the virtual printer (virtual/).

export { deviceFault } from './faults.ts';
export {
  checkCommand,
  DEFAULT_HEAT_LIMITS,
  type HeatLimits,
  type PreparedJob,
  prepareJob,
} from './job-lines.ts';
export { makeSafe, type SafeReport } from './make-safe.ts';
export { createMarlinDriver, type MarlinOptions } from './marlin.ts';
export { blindHeatersOff } from './marlin-scripts.ts';
export type { FirmwareReport } from './replies.ts';
export * from './types.ts';
