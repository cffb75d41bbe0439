// `dipnet virtual-printer`: the virtual printer on a pseudo-terminal, for any print host to drive.

import { runVirtualPrinter } from '../../devices/virtual/index.ts';
import { systemClock } from '../adapters/system.ts';
import { openVirtualPty } from '../adapters/virtual-pty.ts';
import { parseOptions, parseWhole } from './arguments.ts';
import { createTerminal } from './terminal.ts';
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

export async function runVirtualPrinterCommand(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseOptions('virtual-printer', args, OPTIONS);
  if (!parsed.ok) {
    terminal.fault(parsed.fault);
    return 1;
  }
  const { values } = parsed.value;
  if (values['help'] === true) {
    process.stdout.write(VIRTUAL_PRINTER_HELP);
    return 0;
  }
  const text = (name: string, fallback: string) =>
    typeof values[name] === 'string' ? values[name] : fallback;
  const speed = parseWhole('virtual-printer', 'speed', text('speed', '1'), 1, 10_000);
  const seed = parseWhole('virtual-printer', 'seed', text('seed', '1'), 0, 2 ** 31 - 1);
  const refused = speed.ok ? (seed.ok ? undefined : seed.fault) : speed.fault;
  if (!speed.ok || !seed.ok || refused !== undefined) {
    if (refused !== undefined) terminal.fault(refused);
    return 1;
  }
  const pty = await openVirtualPty(typeof values['path'] === 'string' ? values['path'] : undefined);
  if (!pty.ok) {
    terminal.fault(pty.fault);
    return 1;
  }
  const printer = runVirtualPrinter(pty.value.link, {
    clock: systemClock,
    timeScale: speed.value,
    seed: seed.value,
  });
  terminal.line(`virtual printer ready at ${pty.value.path}`);
  await untilStopped();
  printer.stop();
  await pty.value.link.close();
  return 0;
}
