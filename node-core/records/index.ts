// The documents of trade: what parties sign, hash and refer to.

export * from './codec.ts';
export * from './machine.ts';
export * from './quote.ts';
export * from './telemetry.ts';
