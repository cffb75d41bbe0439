// The key files of a CometBFT node, in its own JSON forms (privval/file.go, p2p/key.go at v0.38.25). Keys are made from
// given randomness; nothing here writes a file.

import { createHash } from 'node:crypto';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { base64, bytesToHex, equalBytes, ok, refuse } from '../../base/index.ts';
import type { ConsensusKey } from '../../comet/index.ts';
import { consensusAddress, createConsensusKey } from '../../comet/index.ts';
import { cometbftFault } from './faults.ts';

export type KeyType = ConsensusKey['type'];
export type ConsensusSecret = { readonly type: KeyType; readonly secretKey: Bytes };

const TYPE_NAMES = { ed25519: 'Ed25519', secp256k1: 'Secp256k1' } as const;

export function createConsensusSecret(type: KeyType, random: Random): ConsensusSecret {
  for (;;) {
    const secretKey = random.bytes(32);
    if (isSecret(secretKey, type)) return { type, secretKey };
  }
}

/** All 32 bytes are an ed25519 secret; a few are no number of the secp256k1 group. */
function isSecret(secretKey: Bytes, type: KeyType): boolean {
  try {
    createConsensusKey(secretKey, type);
    return true;
  } catch {
    return false;
  }
}

export function publicKeyJson(key: ConsensusKey) {
  return { type: `tendermint/PubKey${TYPE_NAMES[key.type]}`, value: base64.encode(key.bytes) };
}

function secretKeyJson({ type, secretKey }: ConsensusSecret) {
  // Go's ed25519 private key is the seed with the public key behind it.
  const bytes =
    type === 'ed25519'
      ? new Uint8Array([...secretKey, ...createConsensusKey(secretKey, type).bytes])
      : secretKey;
  return { type: `tendermint/PrivKey${TYPE_NAMES[type]}`, value: base64.encode(bytes) };
}

/** priv_validator_key.json */
export function validatorKeyFile(secret: ConsensusSecret): string {
  const key = createConsensusKey(secret.secretKey, secret.type);
  const address = bytesToHex(consensusAddress(key)).toUpperCase();
  return json({ address, pub_key: publicKeyJson(key), priv_key: secretKeyJson(secret) });
}

/** priv_validator_state.json of a key that has signed nothing yet. */
export const NOTHING_SIGNED = json({ height: '0', round: 0, step: 0 });

/** node_key.json; the node's name among its peers is nodeId(secret). */
export function nodeKeyFile(secretKey: Bytes): string {
  return json({ priv_key: secretKeyJson({ type: 'ed25519', secretKey }) });
}

/** The first 20 bytes of SHA-256 of the public key, in lower-case hexadecimal. */
export function nodeId(secretKey: Bytes): string {
  const key = createConsensusKey(secretKey, 'ed25519');
  return createHash('sha256').update(key.bytes).digest('hex').slice(0, 40);
}

/** Reads priv_validator_key.json and checks that its parts belong together. */
export function parseValidatorKeyFile(text: string, file: string): Result<ConsensusSecret> {
  const damaged = (reason: string) => refuse(cometbftFault('cometbft.home.damaged', { file, reason }));
  try {
    const parsed = JSON.parse(text) as {
      priv_key?: { type?: string; value?: string };
      pub_key?: { value?: string };
    };
    const types = ['ed25519', 'secp256k1'] as const;
    const type = types.find((name) => parsed.priv_key?.type === `tendermint/PrivKey${TYPE_NAMES[name]}`);
    if (type === undefined) return damaged('the type of the key is unknown');
    const secretKey = base64.decode(parsed.priv_key?.value ?? '').slice(0, 32);
    const key = createConsensusKey(secretKey, type);
    if (!equalBytes(key.bytes, base64.decode(parsed.pub_key?.value ?? '')))
      return damaged('the public key is not that of the private key');
    return ok({ type, secretKey });
  } catch {
    return damaged('it is no key file');
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
