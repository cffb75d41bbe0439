// Which transactions a proposal may hold. What prepareTxs gives, every node accepts: none refuses more than what no
// honest proposer makes (bytes that are no transaction, or one twice), since refusing costs the network a round.

import type { Bytes } from '../base/index.ts';
import type { Application } from '../chain/index.ts';

/** Bytes of one transaction in a block's data: field tag, length and content. CometBFT counts all three. */
export function blockSizeBytes(tx: Bytes): number {
  let lengthBytes = 1;
  for (let rest = tx.length; rest >= 0x80; rest = Math.floor(rest / 0x80)) lengthBytes++;
  return 1 + lengthBytes + tx.length;
}

/** In their order: what fits into the block and will be admitted by it. */
export function prepareTxs(app: Application, txs: readonly Bytes[], sizeBytesMax: bigint): readonly Bytes[] {
  let left = sizeBytesMax;
  const fitting = txs.filter((tx) => {
    const sizeBytes = BigInt(blockSizeBytes(tx));
    if (sizeBytes > left) return false;
    left -= sizeBytes;
    return true;
  });
  // After the size, since what a transaction that did not fit would have changed is missing for those behind it.
  return app.selectTxs(fitting);
}
