// Files beside messages: sealed into blocks that name themselves, moved through a station, described in contents that
// every generation of the protocol reads. Pure; the line, the disk and the clock come in through ports.

export { fileFault } from './faults.ts';
export * from './file-content.ts';
export * from './file-names.ts';
export * from './limits.ts';
export * from './manifest.ts';
export * from './put-request.ts';
export * from './sealed-file.ts';
export * from './transfer.ts';
