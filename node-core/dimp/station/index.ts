// A station: who is here, what waits for whom, what may pass. Pure; sockets, files and time come in through ports.

export { LIST_IDS_MAX } from './limits.ts';
export { createMemoryStationStore } from './memory-store.ts';
export type { FactKind, ListKind, Mail, NumberedMail, StationStore } from './store.ts';
