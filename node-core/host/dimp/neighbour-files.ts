// Blocks that a station does not have, fetched from its neighbours while somebody asks for them: a file that was put to
// another station is had through one's own. A block is named by its hash, so neighbours are believed nothing; what is
// fetched is passed on and not kept, and is asked for at one remove only, so that no request goes in circles.

import type { Bytes } from '../../base/index.ts';
import { isBlock } from '../../content/index.ts';
import { FILE_BLOCK_BYTES_MAX } from '../../dimp/files/index.ts';
import { nativeSha256 } from '../adapters/system.ts';
import type { StationAddress } from './station-address.ts';
import { askHttp } from './station-carrier.ts';

/** On a request of a station: it is not to be passed on. */
export const ERRAND_HEADER = 'dimp-errand';

/** Undefined: no neighbour has it. `away`: one that could have it did not answer. */
export type NeighbourBlock = Bytes | 'away' | undefined;
export type NeighbourFiles = (id: string, signal: AbortSignal) => Promise<NeighbourBlock>;

/** Blocks under way from neighbours at the same time; who comes then asks again later. */
const UNDER_WAY_MAX = 32;

export function createNeighbourFiles(neighbours: readonly StationAddress[]): NeighbourFiles {
  let underWay = 0;
  const hash = { sha256: nativeSha256 };
  const askOne = async ({ host, port }: StationAddress, id: string, signal: AbortSignal) => {
    const answer = await askHttp({
      host,
      port,
      tls: false,
      method: 'GET',
      path: `/files/${id}`,
      headers: { [ERRAND_HEADER]: '1' },
      bytesMax: FILE_BLOCK_BYTES_MAX,
      signal,
    });
    if (!answer.ok) return answer.fault.code === 'transfer.away' ? 'away' : undefined;
    return isBlock(id, answer.value, hash) ? answer.value : undefined;
  };
  return async (id, signal) => {
    if (underWay >= UNDER_WAY_MAX) return 'away';
    underWay += 1;
    try {
      let isAway = false;
      for (const neighbour of neighbours) {
        const block = await askOne(neighbour, id, signal);
        if (block instanceof Uint8Array) return block;
        isAway ||= block === 'away';
      }
      return isAway ? 'away' : undefined;
    } finally {
      underWay -= 1;
    }
  };
}
