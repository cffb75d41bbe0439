// What the messages of DIMP need of this machine: its randomness, OpenSSL's RSA, the fastest check of signatures.

import type { DimpCrypto } from '../../dimp/index.ts';
import { createRsa } from './rsa.ts';
import { createSignatureBackend, createVerifySignature } from './signatures.ts';
import { systemRandom } from './system.ts';

export function createDimpCrypto(): DimpCrypto {
  return {
    random: systemRandom,
    rsa: createRsa(),
    verifyEcdsa: createVerifySignature(createSignatureBackend()),
  };
}
