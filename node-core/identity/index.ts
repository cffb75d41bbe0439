// Who signs, and how keys are kept: keys, mnemonics, keystores, wrapped keys.

export * from './aead.ts';
export * from './key-wrap.ts';
export * from './keys.ts';
export * from './keystore.ts';
export * from './mnemonic.ts';
