// Recovery words: BIP-39 entropy to words and to the one identity key, by the path that Ethereum wallets use, so the
// words also recover the account elsewhere.

import { HDKey } from '@scure/bip32';
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Bytes, Random, Result } from '../base/index.ts';
import { assert, ok, refuse } from '../base/index.ts';
import { identityFault } from './faults.ts';
import type { KeyPair } from './keys.ts';
import { createKeyPair } from './keys.ts';

/** BIP-44 account 0, first address, coin type 60: the Ethereum form that the identity's address has. */
const DERIVATION_PATH = "m/44'/60'/0'/0/0";
/** 128 bits: twelve words. */
const ENTROPY_BYTES = 16;

/** Twelve words from fresh entropy. */
export function createMnemonic(random: Random): string {
  return entropyToMnemonic(random.bytes(ENTROPY_BYTES), wordlist);
}

/** Normalises spacing and case; refuses words outside the list or a wrong checksum. */
export function parseMnemonic(text: string): Result<string> {
  const words = text.normalize('NFKD').trim().toLowerCase().split(/\s+/).join(' ');
  return validateMnemonic(words, wordlist) ? ok(words) : refuse(identityFault('identity.mnemonic.invalid'));
}

/** The identity key of a mnemonic that parseMnemonic accepted or createMnemonic made. */
export function mnemonicToKeyPair(mnemonic: string): KeyPair {
  const node = HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic)).derive(DERIVATION_PATH);
  assert(node.privateKey !== null, 'a private derivation has a private key');
  return createKeyPair(node.privateKey);
}

export function mnemonicEntropy(mnemonic: string): Bytes {
  return mnemonicToEntropy(mnemonic, wordlist);
}

export function entropyMnemonic(entropy: Bytes): string {
  return entropyToMnemonic(entropy, wordlist);
}
