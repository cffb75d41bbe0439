// Printers behind a print host in the network: the driver's common part, and the ports it stands on.

export {
  accepted,
  formBody,
  jsonBody,
  looseNumber,
  looseText,
  parseAnswer,
  plainWords,
} from './answers.ts';
export { printhostFault } from './faults.ts';
export { lineRules } from './file-rules.ts';
export { createHostedDriver, type HostedDriverOptions } from './hosted-driver.ts';
export * from './limits.ts';
export type {
  HttpRequest,
  HttpResponse,
  NetworkPort,
  SocketRequest,
  TextSocket,
} from './ports.ts';
export type { HostJob, HostListener, HostPhase, HostStatus, PrintHost } from './types.ts';
