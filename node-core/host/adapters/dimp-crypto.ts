// What the messages of DIMP need of this machine: its randomness, OpenSSL's RSA, the fastest signatures.

import type { DimpCrypto } from '../../dimp/index.ts';
import { createRsa } from './rsa.ts';
import { createSignatureBackend, createSignMessage, createVerifySignature } from './signatures.ts';
import { systemRandom } from './system.ts';

export function createDimpCrypto(): DimpCrypto {
  const signEcdsa = createSignMessage();
  return {
    random: systemRandom,
    rsa: createRsa(),
    verifyEcdsa: createVerifySignature(createSignatureBackend()),
    ...(signEcdsa === undefined ? {} : { signEcdsa }),
  };
}
