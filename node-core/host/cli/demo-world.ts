// `dipnet demo-world reset`: a demo world's folder is emptied, and the next start makes a fresh world in it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { FaultError, unwrap } from '../../base/index.ts';
import { dataFault, defaultDataPath, openDataDir } from '../adapters/data-dir.ts';
import { endStartOver, finishStartOver, isDemoFolder, markStartOver } from '../adapters/demo-folder.ts';
import { startOverFault } from '../services/start-over.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseOptions } from './arguments.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal } from './terminal.ts';

export const DEMO_WORLD_HELP = `dipnet demo-world: start over with a fresh demo world

  dipnet demo-world reset [--data DIR] [--yes]

  --data DIR      data folder (default: this user's demo world)
  --yes           do not ask
  --help          this text

Everything of the old world is gone for good: its people and their keys, play money, models, orders and prints. The next
"dipnet serve --demo" makes a fresh one. Refuses a folder that is in use, or that holds anything but a demo world.
`;

const OPTIONS = { data: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;

export async function runDemoWorld(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseOptions('demo-world', args, OPTIONS);
  if (parsed.ok && parsed.value.values['help'] === true) {
    process.stdout.write(DEMO_WORLD_HELP);
    return 0;
  }
  try {
    return await reset(unwrap(parsed), terminal);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    terminal.fault(error.fault);
    return 1;
  }
}

async function reset({ values, positionals }: Parsed, terminal: Terminal): Promise<number> {
  if (positionals.length !== 1 || positionals[0] !== 'reset') {
    const problem = 'What to do with the demo world is "reset".';
    throw new FaultError(cliFault('cli.usage', { command: 'demo-world', problem }));
  }
  const folder = typeof values['data'] === 'string' ? values['data'] : join(defaultDataPath(), 'demo');
  // Looked at first: taking the lock would make the folder where there is none.
  if (!existsSync(folder)) throw new FaultError(startOverFault('world.not-demo'));
  const data = unwrap(openDataDir(folder));
  try {
    const half = finishStartOver(data) !== undefined;
    if (!half) {
      if (!isDemoFolder(folder)) throw new FaultError(startOverFault('world.not-demo'));
      if (values['yes'] !== true && !(await confirm(folder, terminal))) return 1;
      markStartOver(data, {});
      finishStartOver(data);
    }
    endStartOver(data);
    terminal.line(`The demo world in ${folder} is gone; the next start makes a fresh one.`);
    return 0;
  } catch (error) {
    if (error instanceof FaultError || !(error instanceof Error)) throw error;
    throw new FaultError(dataFault('data.unwritable', { folder }), { cause: error });
  } finally {
    data.release();
  }
}

async function confirm(folder: string, terminal: Terminal): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    terminal.line('Nothing was changed. Run it again with --yes to throw the demo world away.');
    return false;
  }
  terminal.line(`Everything of the demo world in ${folder} would be gone for good.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes)$/i.test((await lines.question('Throw it away? [y/N] ')).trim());
  } finally {
    lines.close();
  }
}
