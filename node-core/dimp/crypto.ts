// What the protocol needs of its host: randomness, RSA, and a fast check of ECDSA. Everything else is computed here.

import type { Bytes, Random } from '../base/index.ts';
import type { VerifySignature } from '../identity/index.ts';

/**
 * RSA as the protocol uses it. Keys are DER of PKCS#1 (RFC 8017 appendix A.1), checked for their size before they get
 * here. Nothing throws: what a key cannot do is undefined or false.
 */
export interface Rsa {
  /** RSASSA-PKCS1-v1_5 over SHA-256. False for everything but a right signature. */
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean;
  sign(privateKey: Bytes, message: Bytes): Bytes | undefined;
  /** RSAES-PKCS1-v1_5. Undefined where the message is too long for the key. */
  encrypt(publicKey: Bytes, message: Bytes): Bytes | undefined;
  /**
   * The bare operation, without any padding taken off: as long as the modulus. The core takes off the padding itself,
   * so that wrong padding cannot be told from a wrong key by what happens or by how long it takes.
   */
  decryptRaw(privateKey: Bytes, ciphertext: Bytes): Bytes | undefined;
  /** A fresh private key in PKCS#1. */
  generate(bits: number): Promise<Bytes>;
}

export interface DimpCrypto {
  readonly random: Random;
  readonly rsa: Rsa;
  readonly verifyEcdsa: VerifySignature;
  /** As signMessage of identity: 64 bytes R‖S, low S, deterministic. Absent where there is none faster than that. */
  readonly signEcdsa?: (secretKey: Bytes, message: Bytes) => Bytes;
}
