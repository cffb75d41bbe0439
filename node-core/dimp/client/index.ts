// A client of a station, pure; sockets, stores and time come in through ports.

export { backoffMs } from './backoff.ts';
export {
  Client,
  type ClientEvents,
  type ClientParts,
  type ClientState,
  type ClientWire,
  type IncomingMail,
  type Outbox,
  type OutgoingMail,
} from './client.ts';
export { clientFault } from './faults.ts';
