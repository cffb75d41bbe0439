// Who signs: keys, mnemonics, keystores, wrapped keys.

export * from './keys.ts';
