// `dipnet node`: one node of a network, until somebody stops it.

import { join } from 'node:path';
import { FaultError, unwrap } from '../../base/index.ts';
import { createFileLog, systemClock } from '../adapters/system.ts';
import { COMETBFT_VERSION, findCometBft } from '../cometbft/binary.ts';
import type { ChainNode, NodeView } from '../cometbft/node.ts';
import { openNode } from '../cometbft/node.ts';
import { CLOSE_MS_MAX, closeOnCrash } from '../crash.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseWhole } from './arguments.ts';
import { runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';
import { toStandardError } from './terminal.ts';

export const NODE_HELP = `dipnet node: one node of a network: the chain's application and CometBFT together

  --home DIR        the node's folder, from "dipnet network init" or "dipnet network join"
  --keep-blocks N   blocks and states to keep for proofs and for others to catch up from, 1000 or more
                    (default: all blocks, and the states of the last day)
  --snapshots N     make a snapshot of the state for those who join, every N blocks (default 500)
  --json            one JSON object a line about the node's state, for other programs
  --verbose         CometBFT's own log on standard error too (it is always in DIR/node.log)
  --help            this text

  dipnet node --home net/node0

Runs until Ctrl-C, which stops it cleanly; a second one ends it at once. CometBFT is started again when it
fails, after a growing pause, and the console says so; what a restart cannot mend ends the command with a
sentence and status 1. Run it under the system's service manager to survive a restart of the machine.

Needs the program cometbft ${COMETBFT_VERSION}: it is taken from DIPNET_COMETBFT, the PATH, Go's folder or the cache,
or built once where Go is installed. "dipnet version" tells which one is found.
`;

const OPTIONS = {
  home: { type: 'string' },
  'keep-blocks': { type: 'string' },
  snapshots: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const STATUS_INTERVAL_MS = 1000;
/** Lines for a file or a pipe come seldom; a terminal's line is rewritten. */
const LINE_INTERVAL_MS = 60_000;
/** Peers that have a snapshot give it within seconds. */
const SNAPSHOT_HINT_MS = 30_000;
const SNAPSHOT_HINT = `No peer has given a snapshot of the state so far; this node goes on asking. A node makes one every 500 blocks
(--snapshots), so a young network has none yet. To take every block from the first one instead: stop this
node, set "enable = false" under [statesync] in its config/config.toml, and start it again.`;

export const runNode = (args: readonly string[]) =>
  runCommand({ name: 'node', options: OPTIONS, help: NODE_HELP, run }, args);

async function run({ values, positionals }: Parsed, terminal: Terminal): Promise<number> {
  const home = values['home'] ?? positionals[0];
  if (typeof home !== 'string')
    throw new FaultError(cliFault('cli.usage', { command: 'node', problem: '--home DIR is needed.' }));
  const keepBlocks = wholeOf(values, 'keep-blocks', 1000);
  const snapshotBlocks = wholeOf(values, 'snapshots', 1);
  const binary = unwrap(await findCometBft({ onBuild: (text) => terminal.line(text) }));
  const echo = values['verbose'] === true ? 'debug' : 'error';
  const log = createFileLog(join(home, 'node.log'), echo, (line) => process.stderr.write(line));
  const json = values['json'] === true;
  const node = unwrap(
    openNode({
      home,
      binary,
      clock: systemClock,
      log,
      ...(keepBlocks === undefined ? {} : { keepBlocks }),
      ...(snapshotBlocks === undefined ? {} : { snapshotBlocks }),
    }),
  );
  closeOnCrash(() => node.stop(), toStandardError, process);
  const stopping = stopOnSignal();
  const started = await Promise.race([node.start(), stopping.asked]);
  if (started !== undefined) unwrap(started);
  if (!stopping.isAsked()) {
    terminal.line(
      json ? JSON.stringify({ state: 'running', rpc: node.rpc }) : `node running, RPC at ${node.rpc}`,
    );
    await reportUntil(stopping, node, terminal, json);
  }
  terminal.line(json ? JSON.stringify({ state: 'stopping' }) : 'stopping …');
  await node.stop();
  const { fault } = node.status();
  if (!stopping.isAsked() && fault !== undefined) throw new FaultError(fault);
  return 0;
}

function wholeOf(values: Parsed['values'], name: string, min: number): number | undefined {
  const text = values[name];
  return typeof text === 'string' ? unwrap(parseWhole('node', name, text, min, 1_000_000_000)) : undefined;
}

type Stopping = ReturnType<typeof stopOnSignal>;

/** Ctrl-C stops cleanly; a second one ends at once. */
function stopOnSignal() {
  let isAsked = false;
  const asked = new Promise<undefined>((resolve) => {
    const stop = () => {
      if (isAsked) process.exit(130);
      isAsked = true;
      setTimeout(() => process.exit(130), CLOSE_MS_MAX * 3).unref();
      resolve(undefined);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  return { asked, isAsked: () => isAsked };
}

async function reportUntil(
  stopping: Stopping,
  node: ChainNode,
  terminal: Terminal,
  json: boolean,
): Promise<void> {
  let lastLineMs = Number.NEGATIVE_INFINITY;
  let last = '';
  let sinceMs: number | undefined;
  while (!stopping.isAsked() && node.status().state !== 'failed') {
    const view = await node.view();
    const nowMs = systemClock.monotonicMs();
    if (!view.waitsForSnapshot) sinceMs = undefined;
    else if (sinceMs === undefined) sinceMs = nowMs;
    else if (nowMs - sinceMs >= SNAPSHOT_HINT_MS && !json) {
      terminal.line(SNAPSHOT_HINT);
      sinceMs = Number.POSITIVE_INFINITY;
    }
    const text = json ? JSON.stringify(view) : lineOf(view);
    const kind = `${view.state} ${view.catchingUp}`;
    const isDue = kind !== last || nowMs - lastLineMs >= LINE_INTERVAL_MS;
    if (isDue) [lastLineMs, last] = [nowMs, kind];
    if (terminal.isInteractive && !json) terminal.progress(text, undefined);
    else if (isDue) terminal.line(text);
    await Promise.race([stopping.asked, systemClock.sleep(STATUS_INTERVAL_MS)]);
  }
}

function lineOf({ state, height, catchingUp, waitsForSnapshot, peers, restarts }: NodeView): string {
  const doing = waitsForSnapshot ? 'waiting for a snapshot  ' : catchingUp ? 'catching up  ' : '';
  return `${state}  block ${height}  ${doing}peers ${peers}  restarts ${restarts}`;
}
