// One command of the program: its options parsed strictly, its help, and a refusal on the terminal with status 1. What is
// not a refusal is a bug and goes on to whoever reports those.

import { FaultError } from '../../base/index.ts';
import type { Options, Parsed } from './arguments.ts';
import { parseOptions } from './arguments.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal } from './terminal.ts';

export type Command = {
  readonly name: string;
  readonly options: Options;
  readonly help: string;
  /** Resolves with the status that the program ends with; may throw a FaultError. */
  readonly run: (parsed: Parsed, terminal: Terminal) => Promise<number> | number;
};

export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseOptions(command.name, args, command.options);
  if (!parsed.ok) {
    terminal.fault(parsed.fault);
    return 1;
  }
  if (parsed.value.values['help'] === true) {
    process.stdout.write(command.help);
    return 0;
  }
  try {
    return await command.run(parsed.value, terminal);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    terminal.fault(error.fault);
    return 1;
  }
}
