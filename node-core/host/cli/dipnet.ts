// The `dipnet` command: one program with sub-commands, each with its own --help.

import { DEMO_HELP, runDemo } from './demo.ts';
import { DEMO_WORLD_HELP, runDemoWorld } from './demo-world.ts';
import { NAME_HELP, runName } from './name.ts';
import { NETWORK_HELP, runNetwork } from './network.ts';
import { NODE_HELP, runNode } from './node.ts';
import { PARADIGM_HELP, runParadigm } from './paradigm.ts';
import { RECOVER_HELP, runRecover } from './recover.ts';
import { runServe, SERVE_HELP } from './serve.ts';
import { runStation, STATION_HELP } from './station.ts';
import { runValidator, VALIDATOR_HELP } from './validator.ts';
import { runVerify, VERIFY_HELP } from './verify.ts';
import { runVersion, VERSION_HELP } from './version.ts';
import { runVirtualPrinterCommand, VIRTUAL_PRINTER_HELP } from './virtual-printer.ts';

const COMMANDS: Readonly<
  Record<string, { readonly help: string; run(args: readonly string[]): Promise<number> | number }>
> = {
  serve: { help: SERVE_HELP, run: runServe },
  demo: { help: DEMO_HELP, run: runDemo },
  'demo-world': { help: DEMO_WORLD_HELP, run: runDemoWorld },
  paradigm: { help: PARADIGM_HELP, run: runParadigm },
  recover: { help: RECOVER_HELP, run: runRecover },
  name: { help: NAME_HELP, run: runName },
  network: { help: NETWORK_HELP, run: runNetwork },
  node: { help: NODE_HELP, run: runNode },
  station: { help: STATION_HELP, run: runStation },
  validator: { help: VALIDATOR_HELP, run: runValidator },
  verify: { help: VERIFY_HELP, run: runVerify },
  'virtual-printer': { help: VIRTUAL_PRINTER_HELP, run: runVirtualPrinterCommand },
  version: { help: VERSION_HELP, run: runVersion },
};

const HELP = `dipnet: the DIPNET Console on the command line

${Object.values(COMMANDS)
  .map(({ help }) => `  ${(help.split('\n')[0] ?? '').replace(/^dipnet /, '')}`)
  .join('\n')}

Run "dipnet COMMAND --help" for the options of one.
`;

/** As every program is asked. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['--version', 'version'],
  ['-h', '--help'],
  ['help', '--help'],
]);

const [given = '--help', ...rest] = process.argv.slice(2);
const name = ALIASES.get(given) ?? given;
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  const asked = name === '--help';
  (asked ? process.stdout : process.stderr).write(
    asked ? HELP : `There is no command "${name.slice(0, 40)}".\n\n${HELP}`,
  );
  process.exitCode = asked ? 0 : 1;
} else {
  process.exitCode = await command.run(rest);
  // Workers and sockets are closed by now; an addon's idle handle must not keep the command from ending.
  process.exit();
}
