// Transactions as bytes: built, signed, hashed and strictly decoded. A decoded transaction is well-formed and nothing
// more: signatures, sequence and fee are the application's to check.

import type { Bytes, Result } from '../base/index.ts';
import { concatBytes, ok, refuse, sha256, utf8ToBytes } from '../base/index.ts';
import type { KeyPair } from '../identity/keys.ts';
import { signMessage } from '../identity/keys.ts';
import { encodeRecord, parseRecord } from '../records/index.ts';
import { chainFault } from './faults.ts';
import { type Message, SignedTx, TxBody } from './messages.ts';

/** A paradigm document of 64 KiB, the largest thing in a transaction, fits with room to spare. */
export const TX_SIZE_BYTES_MAX = 128 * 1024;

const DOMAIN = concatBytes(utf8ToBytes('dipnet/tx/v1'), new Uint8Array(1));

export type DecodedTx = {
  readonly hash: Bytes;
  readonly sizeBytes: number;
  readonly signed: SignedTx;
  readonly body: TxBody;
};

export type TxInput = {
  readonly chainId: string;
  /** The signer's key. */
  readonly key: KeyPair;
  readonly seq: number;
  /** Last height at which the transaction may enter a block. */
  readonly expiry: number;
  readonly feeMicro: bigint;
  readonly message: Message;
  /** Pays the fee instead of the signer. */
  readonly sponsor?: KeyPair;
};

/** The exact bytes that signer and sponsor sign. */
export function txSignBytes(body: Bytes): Bytes {
  return concatBytes(DOMAIN, body);
}

/** CometBFT's transaction hash. */
export function txHash(tx: Bytes): Bytes {
  return sha256(tx);
}

/** The body's bytes, for a sponsor elsewhere to sign. */
export function encodeTxBody(body: TxBody): Bytes {
  return encodeRecord(body);
}

export function encodeSignedTx(signed: SignedTx): Bytes {
  return encodeRecord(signed);
}

/** Builds and signs. */
export function buildTx(input: TxInput): Bytes {
  const body = encodeTxBody({
    v: 1,
    chain: input.chainId,
    from: input.key.publicKey,
    seq: input.seq,
    expiry: input.expiry,
    feeMicro: input.feeMicro,
    sponsor: input.sponsor?.publicKey ?? null,
    message: input.message,
  });
  const signBytes = txSignBytes(body);
  const sponsorSignature =
    input.sponsor === undefined ? null : signMessage(input.sponsor.secretKey, signBytes);
  return encodeSignedTx({ body, signature: signMessage(input.key.secretKey, signBytes), sponsorSignature });
}

/** Strict: one canonical encoding, known fields only, sizes bounded. `hash` is the transaction's, where it is known. */
export function decodeTx(tx: Bytes, hash?: Bytes): Result<DecodedTx> {
  if (tx.length > TX_SIZE_BYTES_MAX) {
    const data = { sizeBytes: tx.length, sizeBytesMax: TX_SIZE_BYTES_MAX };
    return refuse(chainFault('chain.tx.large', data));
  }
  const signed = parseRecord(SignedTx, 'transaction', tx);
  if (!signed.ok) return refuse(chainFault('chain.tx.malformed'));
  const body = parseRecord(TxBody, 'transaction', signed.value.body);
  if (!body.ok) return refuse(chainFault('chain.tx.malformed'));
  return ok({ hash: hash ?? txHash(tx), sizeBytes: tx.length, signed: signed.value, body: body.value });
}
