// Encrypted, content-addressed files.

export * from './content.ts';
export { streamFault } from './faults.ts';
export * from './gcode-stream.ts';
export * from './release-caller.ts';
export * from './release-desk.ts';
export * from './release-words.ts';
