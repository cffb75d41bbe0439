// The shelf that everything else stands on. Pure; depends on nothing above it.

export * from './amount.ts';
export * from './assert.ts';
export * from './bytes.ts';
export * from './cbor.ts';
export * from './crc32.ts';
export * from './hash.ts';
export * from './merkle.ts';
export * from './ports.ts';
export * from './result.ts';
export * from './varint.ts';
