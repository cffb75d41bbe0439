// `dipnet version`: what runs here and what it works with, for reports and for whoever wonders why something is slow.

import { createSignatureBackend } from '../adapters/signatures.ts';
import { COMETBFT_VERSION, findCometBft } from '../cometbft/binary.ts';
import { VERSION } from '../version.ts';
import type { Parsed } from './arguments.ts';
import { runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

export const VERSION_HELP = `dipnet version: what runs here, and what it works with

  --help   this text

Prints the version of the console and of Node, which code checks signatures (libsecp256k1 is the fastest;
the console finds the best that works by itself), and where the program cometbft is, which only nodes of
a network need.
`;

export const runVersion = (args: readonly string[]) =>
  runCommand({ name: 'version', options: { help: { type: 'boolean' } }, help: VERSION_HELP, run }, args);

async function run(_: Parsed, terminal: Terminal): Promise<number> {
  const comet = await findCometBft({ build: false });
  terminal.line(`dipnet      ${VERSION}`);
  terminal.line(`node        ${process.version} ${process.platform} ${process.arch}`);
  terminal.line(`signatures  ${createSignatureBackend().name}`);
  terminal.line(`cometbft    ${comet.ok ? `${COMETBFT_VERSION} ${comet.value}` : comet.fault.message}`);
  return 0;
}
