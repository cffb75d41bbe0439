// Keys in the JSON forms of the protocol: symmetric ones, RSA and secp256k1.

export * from './asymmetric.ts';
export {
  createEccKey,
  type EccPrivateKey,
  type EccPublicKey,
  eccPrivateToHex,
  normaliseSignature,
} from './ecc.ts';
export { createRsaKey, type RsaPrivateKey, type RsaPublicKey } from './rsa.ts';
export * from './symmetric.ts';
