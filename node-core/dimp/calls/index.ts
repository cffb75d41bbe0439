// Calls between two people: what is said about them, and what follows from it.

export * from './call.ts';
export * from './contents.ts';
export * from './description.ts';
export { CANDIDATES_MAX, DESCRIPTION_CHARS_MAX, LOST_MS, RING_MS, ROUNDS_MAX } from './limits.ts';
