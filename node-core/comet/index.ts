// CometBFT v0.38 formats: types, hashes, sign bytes, signatures and codecs. Knows nothing of trust (that is light/).

export * from './encode.ts';
export * from './faults.ts';
export * from './light-block-codec.ts';
export * from './rpc-json.ts';
export * from './signatures.ts';
export * from './time.ts';
export * from './types.ts';
export * from './validators.ts';
