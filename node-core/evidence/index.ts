// Evidence of one order: a file that proves, and its offline verifier.

export * from './file.ts';
export { encodeReleaseFile, parseReleaseFile, type ReleaseFile } from './release.ts';
export * from './verify.ts';
