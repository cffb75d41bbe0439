// `dipnet virtual-printer`: the virtual printer on a pseudo-terminal, for any print host to drive.

import { unwrap } from '../../base/index.ts';
import { runVirtualPrinter } from '../../devices/virtual/index.ts';
import { systemClock } from '../adapters/system.ts';
import { openVirtualPty } from '../adapters/virtual-pty.ts';
import type { Parsed } from './arguments.ts';
import { parseWhole } from './arguments.ts';
import { runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';
import { untilStopped } from './until-stopped.ts';

export const VIRTUAL_PRINTER_HELP = `dipnet virtual-printer: a Marlin printer in software, on a pseudo-terminal

  --path PATH     where the terminal appears (default: one that the system chooses)
  --speed N       how much faster than real time it runs, 1 to 10000 (default 1)
  --seed N        seed of its small irregularities (default 1)
  --help          this text

Prints the path to open at any speed, then runs until Ctrl-C. Needs the program "socat".
`;

const OPTIONS = {
  path: { type: 'string' },
  speed: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export const runVirtualPrinterCommand = (args: readonly string[]) =>
  runCommand({ name: 'virtual-printer', options: OPTIONS, help: VIRTUAL_PRINTER_HELP, run }, args);

async function run({ values }: Parsed, terminal: Terminal): Promise<number> {
  const text = (name: string, fallback: string) =>
    typeof values[name] === 'string' ? values[name] : fallback;
  const timeScale = unwrap(parseWhole('virtual-printer', 'speed', text('speed', '1'), 1, 10_000));
  const seed = unwrap(parseWhole('virtual-printer', 'seed', text('seed', '1'), 0, 2 ** 31 - 1));
  const { link, path } = unwrap(
    await openVirtualPty(typeof values['path'] === 'string' ? values['path'] : undefined),
  );
  const printer = runVirtualPrinter(link, { clock: systemClock, timeScale, seed, positionReports: 'real' });
  terminal.line(`virtual printer ready at ${path}`);
  await untilStopped();
  printer.stop();
  await link.close();
  return 0;
}
