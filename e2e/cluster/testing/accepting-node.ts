// A node whose application accepts everything and keeps nothing, behind the same socket server: what is left of a
// transfer's price without the chain's own application. For measurements alone.

import type { AbciHandler, ResponseValue } from '../../../node-core/abci/index.ts';
import type { Log } from '../../../node-core/base/index.ts';
import { unwrap } from '../../../node-core/base/index.ts';
import { serveAbci } from '../../../node-core/host/adapters/abci-socket.ts';
import { systemClock } from '../../../node-core/host/adapters/system.ts';
import { NodeSupervisor } from '../../../node-core/host/cometbft/supervisor.ts';

const quiet: Log = () => undefined;
const ACCEPT = 1;
/** Always the same; without one CometBFT cannot find the results of an empty block again. */
const APP_HASH = new Uint8Array(32);

/** Runs until it is told to end; says which process CometBFT is, as `dipnet node --json` does. */
export async function runAcceptingNode(home: string, binary: string): Promise<void> {
  const supervisor = new NodeSupervisor({
    home,
    binary,
    clock: systemClock,
    log: quiet,
    openApp: () => serveAbci({ handler: createAcceptingHandler(), log: quiet }),
    isReady: async () => true,
    onChange: ({ pid }) => process.stdout.write(`${JSON.stringify({ pid })}\n`),
  });
  process.once('SIGTERM', () => void supervisor.stop().then(() => process.exit(0)));
  unwrap(await supervisor.start());
}

function createAcceptingHandler(): AbciHandler {
  let height = 0n;
  return {
    handle({ value: request }): ResponseValue {
      switch (request.case) {
        case 'flush':
          return { case: 'flush', value: {} };
        case 'info':
          return { case: 'info', value: { lastBlockHeight: height } };
        case 'initChain':
          return { case: 'initChain', value: {} };
        case 'checkTx':
          return { case: 'checkTx', value: {} };
        case 'prepareProposal':
          return { case: 'prepareProposal', value: { txs: request.value.txs } };
        case 'processProposal':
          return { case: 'processProposal', value: { status: ACCEPT } };
        case 'finalizeBlock':
          height = request.value.height;
          return {
            case: 'finalizeBlock',
            value: { txResults: request.value.txs.map(() => ({})), appHash: APP_HASH },
          };
        case 'commit':
          return { case: 'commit', value: {} };
        default:
          throw new Error(`nobody asks this application for ${request.case}`);
      }
    },
  };
}
