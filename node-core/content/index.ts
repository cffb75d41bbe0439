// Encrypted, content-addressed files.

export * from './content.ts';
export { streamFault } from './faults.ts';
export * from './gcode-stream.ts';
