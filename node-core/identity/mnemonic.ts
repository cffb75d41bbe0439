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

/** The 2048 words of BIP-39's English list, in its order. */
export const RECOVERY_WORDS: readonly string[] = wordlist;
const KNOWN_WORDS: ReadonlySet<string> = new Set(wordlist);
/** BIP-39, "Generating the mnemonic": 128 to 256 bits in steps of 32. */
const WORD_COUNTS: ReadonlySet<number> = new Set([12, 15, 18, 21, 24]);

/**
 * The words in a text as people write and paste them: in capitals, on lines, numbered, with commas, with the full-width
 * spaces and letters of Chinese input.
 */
export function splitWords(text: string): string[] {
  const letters = text
    .normalize('NFKD')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase();
  return letters.split(/[^\p{L}\p{M}]+/u).filter((word) => word !== '');
}

/** The words in order, one space between; otherwise the first thing that is wrong. Faults never repeat a word. */
export function parseMnemonic(text: string): Result<string> {
  const words = splitWords(text);
  if (words.some((word) => !/^[\p{Script=Latin}\p{M}]+$/u.test(word)))
    return refuse(identityFault('identity.mnemonic.language'));
  if (!WORD_COUNTS.has(words.length))
    return refuse(identityFault('identity.mnemonic.count', { count: words.length }));
  const unknown = words.findIndex((word) => !KNOWN_WORDS.has(word));
  if (unknown >= 0) return refuse(identityFault('identity.mnemonic.word', { position: unknown + 1 }));
  const mnemonic = words.join(' ');
  return validateMnemonic(mnemonic, wordlist)
    ? ok(mnemonic)
    : refuse(identityFault('identity.mnemonic.invalid'));
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
