// `dipnet serve`: the console for a browser on this machine, and for print farms without a screen.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError, unwrap } from '../../base/index.ts';
import { defaultDataPath } from '../adapters/data-dir.ts';
import { createFileLog } from '../adapters/system.ts';
import { createConsole } from '../core.ts';
import { CLOSE_MS_MAX, closeOnCrash } from '../crash.ts';
import { createWebHost } from '../web/index.ts';
import type { Parsed } from './arguments.ts';
import { parseWhole } from './arguments.ts';
import { runCommand } from './command.ts';
import { nameJson as nameText } from './name.ts';
import { chosenNetwork, keepNetwork } from './network-choice.ts';
import type { Terminal } from './terminal.ts';
import { toStandardError } from './terminal.ts';
import { untilStopped } from './until-stopped.ts';

export const SERVE_HELP = `dipnet serve: the console in a browser

  --data DIR      data folder (default: this user's application data)
  --demo          with a demo world: three people, a printer, a model, play money
  --network N     a network that others run, instead of a chain of its own: its network.json, or addresses of
                  two or more of its nodes, separated by commas
  --checkpoint HEIGHT:HASH
                  the block to trust to begin with, from a source you trust; default: the one in network.json
  --port N        port on 127.0.0.1 (default: any free one)
  --seed N        make the identities of a new demo world reproducible
  --keep-ended N  in a new demo world, keep ended contracts for N seconds only (60 or more); then their records are
                  removed and their deposits come back
  --help          this text

Prints the address with a one-time token. Only programs on this machine can reach it.
`;

const OPTIONS = {
  data: { type: 'string' },
  demo: { type: 'boolean' },
  port: { type: 'string' },
  seed: { type: 'string' },
  'keep-ended': { type: 'string' },
  network: { type: 'string' },
  checkpoint: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export const runServe = (args: readonly string[]) =>
  runCommand({ name: 'serve', options: OPTIONS, help: SERVE_HELP, run: serve }, args);

/** Pages lie beside the bundle: dist/host/dipnet.js and dist/renderer. */
function pagesFolder(): string {
  return join(fileURLToPath(new URL('.', import.meta.url)), '..', 'renderer');
}

async function serve({ values }: Parsed, terminal: Terminal): Promise<number> {
  const port = unwrap(
    parseWhole('serve', 'port', typeof values['port'] === 'string' ? values['port'] : '0', 0, 65_535),
  );
  const demo = values['demo'] === true;
  const dataPath =
    typeof values['data'] === 'string'
      ? values['data']
      : join(defaultDataPath(), demo ? 'demo' : typeof values['network'] === 'string' ? 'network' : 'main');
  const seed = typeof values['seed'] === 'string' ? { seed: values['seed'] } : {};
  const keep =
    typeof values['keep-ended'] === 'string'
      ? { keepEndedS: unwrap(parseWhole('serve', 'keep-ended', values['keep-ended'], 60, 90 * 86_400)) }
      : {};
  const network = await chosenNetwork(values, dataPath);
  const open = async () =>
    unwrap(
      await createConsole({
        dataPath,
        restart: () => restart(),
        ...(demo ? { demo: { ...seed, ...keep, stocked: true } } : {}),
        ...(network === undefined ? {} : { network }),
      }),
    );
  let console = await open();
  if (network !== undefined) keepNetwork(network, dataPath);
  const close = () => console.close();
  closeOnCrash(close, toStandardError, process);
  const log = createFileLog(join(dataPath, 'web.log'), 'warn', (line) => process.stderr.write(line));
  const staticDir = pagesFolder();
  if (!existsSync(join(staticDir, 'index.html')))
    terminal.line('The pages are not built; run "npm run build" first.');
  const nameJson = async (name: string) => {
    const proven = await console.services.names.proven(name);
    return proven.ok ? nameText(proven.value) : undefined;
  };
  const web = await createWebHost({ router: console.router, staticDir, port, log, nameJson });
  let reopening: Promise<void> | undefined;
  const reopen = async () => {
    web.serve(undefined);
    await close();
    console = await open();
    web.serve(console.router);
  };
  const restart = () => {
    reopening = reopen().catch((error: unknown) => {
      if (!(error instanceof FaultError)) throw error;
      terminal.fault(error.fault);
      process.exit(1);
    });
  };
  terminal.line(`console ready at ${web.url}`);
  offerNewLinks(() => web.issueUrl(), terminal);
  await untilStopped();
  terminal.line('closing');
  // A page or a machine that does not let go must not keep the process.
  setTimeout(() => process.exit(0), CLOSE_MS_MAX).unref();
  // At the same time: heaters do not wait for pages to hang up.
  await Promise.allSettled([Promise.resolve(reopening).then(close), web.close()]);
  return 0;
}

/** A token opens one browser; whoever sits at the terminal can have another by pressing Enter. */
function offerNewLinks(issue: () => string, terminal: Terminal): void {
  if (process.stdin.isTTY !== true) return;
  terminal.line('press Enter for another address, Ctrl-C to stop');
  process.stdin.on('data', () => terminal.line(`console ready at ${issue()}`));
}
