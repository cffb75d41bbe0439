// `dipnet name …`: whom a name stands for, as the chain proves it, and names for the accounts of a console's folder.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NameView } from '../../api/index.ts';
import { FaultError, microToDecimal, unwrap } from '../../base/index.ts';
import { defaultDataPath } from '../adapters/data-dir.ts';
import type { Console } from '../core.ts';
import { createConsole } from '../core.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseOptions, parseWhole } from './arguments.ts';
import { chosenNetwork, keepNetwork } from './network-choice.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal } from './terminal.ts';

export const NAME_HELP = `dipnet name COMMAND: names of the network

  resolve NAME          whom it stands for, or that it is nobody's; both proven by the light node
    --json              one JSON object, with the proof for others to check
  list                  the names of the account
  register NAME         commit, wait and claim it; run again after an interruption, it goes on where it was
  renew NAME            pay for it to stay whose it is
  transfer NAME TO      give it to an account or to whom another name stands for; can be taken back for a while
  keep NAME             take a transfer back
  point NAME TO         make it stand for another account, such as a machine's
  go-by NAME            the account goes by this name
  --years N             to pay for, 1 to 10 (1)
  --as ACCOUNT          an account of the folder, or its role: designer, owner or buyer (buyer)
  --data DIR            the console's folder (default: this user's application data); no console may have it open
  --network N, --checkpoint HEIGHT:HASH
                        as for "dipnet serve"
  --help                this text

A console that is running answers http://127.0.0.1:PORT/names/NAME instead, with the same JSON.
Exit code 0: done, or the name stands for somebody. 1: it does not, or the network refused. 2: the command is wrong.
`;

const OPTIONS = {
  json: { type: 'boolean' },
  years: { type: 'string' },
  as: { type: 'string' },
  data: { type: 'string' },
  network: { type: 'string' },
  checkpoint: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** How many words each command takes after itself. */
const COMMANDS: Readonly<Record<string, number>> = {
  resolve: 1,
  list: 0,
  register: 1,
  renew: 1,
  transfer: 2,
  keep: 1,
  point: 2,
  'go-by': 1,
};

export async function runName(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  try {
    const parsed = unwrap(parseOptions('name', args, OPTIONS));
    const [command = 'help', ...words] = parsed.positionals;
    if (parsed.values['help'] === true || command === 'help') {
      process.stdout.write(NAME_HELP);
      return 0;
    }
    const wanted = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (wanted === undefined) throw usage(`There is no command "name ${command.slice(0, 40)}".`);
    if (words.length !== wanted)
      throw usage(
        `"name ${command}" takes ${wanted} ${wanted === 1 ? 'word' : 'words'}, not ${words.length}.`,
      );
    return await inConsole(parsed, (console) => act(command, words, parsed, console, terminal));
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    terminal.fault(error.fault);
    return error.fault.code === 'cli.usage' ? 2 : 1;
  }
}

const usage = (problem: string) => new FaultError(cliFault('cli.usage', { command: 'name', problem }));

async function inConsole({ values }: Parsed, work: (console: Console) => Promise<number>): Promise<number> {
  const given = values['data'];
  const onNetwork = typeof values['network'] === 'string';
  const dataPath =
    typeof given === 'string' ? given : join(defaultDataPath(), onNetwork ? 'network' : 'main');
  if (!onNetwork && !existsSync(dataPath))
    throw new FaultError(cliFault('cli.file.unreadable', { file: dataPath }));
  const network = await chosenNetwork(values, dataPath);
  const console = unwrap(await createConsole({ dataPath, ...(network === undefined ? {} : { network }) }));
  try {
    if (network !== undefined) keepNetwork(network, dataPath);
    return await work(console);
  } finally {
    await console.close();
  }
}

async function act(
  command: string,
  words: readonly string[],
  parsed: Parsed,
  console: Console,
  terminal: Terminal,
): Promise<number> {
  const { names, tasks } = console.services;
  const [name = '', to = ''] = words;
  if (command === 'resolve') return resolve(name, parsed.values['json'] === true, console, terminal);
  const actor = actorOf(parsed, console);
  const yearsText = parsed.values['years'];
  const years = unwrap(parseWhole('name', 'years', typeof yearsText === 'string' ? yearsText : '1', 1, 10));
  switch (command) {
    case 'list': {
      const view = unwrap(await names.view(actor));
      for (const one of view.names) tell(one, terminal);
      if (view.names.length === 0) terminal.line('no names');
      return 0;
    }
    case 'register': {
      const began = await names.register(actor, name, years);
      // The console went on with it by itself when it was opened.
      const running = tasks
        .list()
        .find((task) => task.kind === 'name' && task.subject === name.toLowerCase());
      const taskId = running?.id ?? unwrap(began);
      terminal.line('committed; the network makes everybody wait a moment before a name can be claimed');
      const task = await tasks.finished(taskId);
      if (task?.fault !== undefined) {
        const { data, ...fault } = task.fault;
        throw new FaultError(data === undefined ? fault : { ...fault, data });
      }
      break;
    }
    case 'renew':
      unwrap(await names.renew(actor, name, years));
      break;
    case 'transfer':
      unwrap(await names.transfer(actor, name, to));
      break;
    case 'keep':
      unwrap(await names.transfer(actor, name, actor));
      break;
    case 'point':
      unwrap(await names.point(actor, name, to));
      break;
    default:
      unwrap(await names.goBy(actor, name));
  }
  tell(unwrap(await names.resolve(name)), terminal);
  return 0;
}

function actorOf({ values }: Parsed, { services }: Console): string {
  const asked = typeof values['as'] === 'string' ? values['as'] : 'buyer';
  const person = services.identities
    .people()
    .find(({ address, role }) => role === asked || address.toLowerCase() === asked.toLowerCase());
  if (person === undefined) throw usage('--as is an account of the folder, or designer, owner or buyer.');
  return person.address;
}

async function resolve(name: string, asJson: boolean, console: Console, terminal: Terminal): Promise<number> {
  const proven = unwrap(await console.services.names.proven(name));
  if (asJson) process.stdout.write(`${nameJson(proven)}\n`);
  else tell(proven.view, terminal);
  return proven.view.account === undefined ? 1 : 0;
}

/** Amounts are texts: JSON has no whole numbers of that size. */
export function nameJson(proven: object): string {
  const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
  return JSON.stringify(proven, plain, 2);
}

function tell(view: NameView, terminal: Terminal): void {
  const { name, status, account, expiresS, lookAlike, verifiedHeight } = view;
  const until =
    expiresS === undefined ? '' : `  until ${new Date(expiresS * 1000).toISOString().slice(0, 10)}`;
  terminal.line(`${name}  ${account ?? status}${until}  proven at block ${verifiedHeight}`);
  if (view.unsettledUntilS !== undefined)
    terminal.line('  not settled yet: somebody who committed earlier could still claim it for a day');
  if (view.transfer !== undefined) terminal.line(`  being transferred to ${view.transfer.to}`);
  if (lookAlike !== undefined)
    terminal.line(`  careful: it looks like ${lookAlike.name}, which is somebody's`);
  if (status === 'free')
    terminal.line(
      `  costs ${microToDecimal(view.yearlyMicro)} DIMT a year, and ${microToDecimal(view.premiumMicro)} once`,
    );
}
