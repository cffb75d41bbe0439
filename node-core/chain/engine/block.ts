// Blocks of the solo engine in CometBFT's own byte form (proto/tendermint/types/block.proto), so that part-set headers,
// and with them block ids, are those that CometBFT would compute.

import type { Bytes } from '../../base/index.ts';
import { concatBytes } from '../../base/index.ts';
import type { Commit, Header } from '../../comet/index.ts';
import { encodeBlockId, encodeCommitSig, encodeTime } from '../../comet/index.ts';
import { bytesField, messageField, stringField, varintField } from '../protobuf.ts';

function encodeHeader(header: Header): Bytes {
  const { version } = header;
  return concatBytes(
    messageField(1, concatBytes(varintField(1, version.block), varintField(2, version.app))),
    stringField(2, header.chainId),
    varintField(3, header.height),
    messageField(4, encodeTime(header.time)),
    messageField(5, encodeBlockId(header.lastBlockId)),
    bytesField(6, header.lastCommitHash),
    bytesField(7, header.dataHash),
    bytesField(8, header.validatorsHash),
    bytesField(9, header.nextValidatorsHash),
    bytesField(10, header.consensusHash),
    bytesField(11, header.appHash),
    bytesField(12, header.lastResultsHash),
    bytesField(13, header.evidenceHash),
    bytesField(14, header.proposerAddress),
  );
}

function encodeCommit(commit: Commit): Bytes {
  return concatBytes(
    varintField(1, commit.height),
    varintField(2, commit.round),
    messageField(3, encodeBlockId(commit.blockId)),
    ...commit.signatures.map((signature) => messageField(4, encodeCommitSig(signature))),
  );
}

/** Header, data, no evidence, last commit. */
export function encodeBlock(header: Header, txs: readonly Bytes[], lastCommit: Commit): Bytes {
  return concatBytes(
    messageField(1, encodeHeader(header)),
    messageField(2, concatBytes(...txs.map((tx) => messageField(1, tx)))),
    messageField(3, new Uint8Array(0)),
    messageField(4, encodeCommit(lastCommit)),
  );
}
