// Which transactions a proposal may hold. What prepareTxs gives, acceptsTxs accepts on every node; acceptsTxs refuses no
// more than what no honest proposer makes, since refusing costs the network a round.

import type { Bytes } from '../base/index.ts';
import { bytesToHex } from '../base/index.ts';
import { decodeTx, txHash } from '../chain/index.ts';

/** Bytes of one transaction in a block's data: field tag, length and content. CometBFT counts all three. */
export function blockSizeBytes(tx: Bytes): number {
  let lengthBytes = 1;
  for (let rest = tx.length; rest >= 0x80; rest = Math.floor(rest / 0x80)) lengthBytes++;
  return 1 + lengthBytes + tx.length;
}

/** Those that fit, in their order; what is too large for the rest of the room is left for a later block. */
export function fittingTxs(txs: readonly Bytes[], sizeBytesMax: bigint): readonly Bytes[] {
  let left = sizeBytesMax;
  return txs.filter((tx) => {
    const sizeBytes = BigInt(blockSizeBytes(tx));
    if (sizeBytes > left) return false;
    left -= sizeBytes;
    return true;
  });
}

/** A pure function of the bytes: every transaction is well formed, and none comes twice. */
export function acceptsTxs(txs: readonly Bytes[]): boolean {
  const names = new Set(txs.map((tx) => bytesToHex(txHash(tx))));
  return names.size === txs.length && txs.every((tx) => decodeTx(tx).ok);
}

export function prepareTxs(txs: readonly Bytes[], sizeBytesMax: bigint): readonly Bytes[] {
  const seen = new Set<string>();
  const sound = txs.filter((tx) => {
    const name = bytesToHex(txHash(tx));
    if (seen.has(name) || !decodeTx(tx).ok) return false;
    seen.add(name);
    return true;
  });
  return fittingTxs(sound, sizeBytesMax);
}
