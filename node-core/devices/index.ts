// Machine drivers: one interface, the Marlin driver behind it, and the virtual printer (virtual/).

export {
  type BambuBus,
  type BambuLan,
  type BambuLimit,
  type BambuOptions,
  createBambuHost,
} from './bambu/index.ts';
export {
  type CableKind,
  CONNECTION_KINDS,
  type ConnectionKind,
  type ConnectionTraits,
  connectionTraits,
  dialectOf,
  isCableKind,
  isNetworkKind,
  type NetworkKind,
} from './connections.ts';
export { deviceFault } from './faults.ts';
export {
  blindToolOff,
  createGrblDriver,
  type GrblOptions,
  makeCutterSafe,
  prepareCutJob,
} from './grbl/index.ts';
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
export { createMoonrakerHost, type MoonrakerOptions } from './moonraker/index.ts';
export {
  ANSWER_BYTES_MAX,
  createHostedDriver,
  type HostedDriverOptions,
  type HttpRequest,
  type HttpResponse,
  lineRules,
  type NetworkPort,
  type PrintHost,
  printhostFault,
  type SocketRequest,
  type TextSocket,
} from './network/index.ts';
export { createOctoPrintHost, type OctoPrintOptions } from './octoprint/index.ts';
export { digestHeader, parseChallenge } from './prusalink/digest.ts';
export { createPrusaLinkHost, type PrusaLinkOptions } from './prusalink/index.ts';
export type { FirmwareReport } from './replies.ts';
export { planResume, type ResumePlan, type ResumeWish, releaseC, resumeProgram } from './resume.ts';
export * from './types.ts';
