// `dipnet recover`: an account comes back with its recovery words. They are read from standard input or typed unseen,
// never taken as an argument, which other programs of this computer could read.

import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { AccountFound, Recovered, Role } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { FaultError, microToDecimal, unwrap } from '../../base/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { createIdentity, parseMnemonic } from '../../identity/index.ts';
import { defaultDataPath } from '../adapters/data-dir.ts';
import type { Console } from '../core.ts';
import { createConsole } from '../core.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseOptions } from './arguments.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal } from './terminal.ts';

export const RECOVER_HELP = `dipnet recover: an account comes back with its recovery words

  --data DIR      data folder (default: this user's application data)
  --demo          the default data folder of the demo world
  --role ROLE     designer, owner or buyer (default: what was found for the account)
  --name NAME     what to call the account here (default: its old name, or "Recovered")
  --yes           take the account without asking
  --help          this text

Reads the words from standard input, or asks for them without showing what is typed:

  dipnet recover --data DIR < words.txt

Shows the account that the words lead to and what is recorded for it, then asks whether to take it. Where the key of the
folder itself is lost, the words of any account that was used with the folder open it again.
`;

const OPTIONS = {
  data: { type: 'string' },
  demo: { type: 'boolean' },
  role: { type: 'string' },
  name: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const ROLES: readonly Role[] = ['designer', 'owner', 'buyer'];
const NAME_LENGTH_MAX = 40;
/** More than 24 words with numbers and line ends. */
const INPUT_BYTES_MAX = 4096;

export async function runRecover(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseOptions('recover', args, OPTIONS);
  if (parsed.ok && parsed.value.values['help'] === true) {
    process.stdout.write(RECOVER_HELP);
    return 0;
  }
  try {
    return await recover(planOf(unwrap(parsed)), terminal);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    terminal.fault(error.fault);
    return 1;
  }
}

type Plan = {
  readonly folder: string;
  readonly role: Role | undefined;
  readonly name: string | undefined;
  readonly yes: boolean;
};

/** @throws FaultError cli.usage. */
function planOf({ values, positionals }: Parsed): Plan {
  const wrong = (problem: string) => new FaultError(cliFault('cli.usage', { command: 'recover', problem }));
  if (positionals.length > 0)
    throw wrong('Recovery words are never given as arguments: other programs could read them.');
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const asked = text('role');
  const role = ROLES.find((known) => known === asked);
  if (asked !== undefined && role === undefined) throw wrong('--role is designer, owner or buyer.');
  const name = text('name')?.trim();
  if (name !== undefined && (name === '' || name.length > NAME_LENGTH_MAX))
    throw wrong(`--name takes 1 to ${NAME_LENGTH_MAX} letters.`);
  const folder = text('data') ?? join(defaultDataPath(), values['demo'] === true ? 'demo' : 'main');
  return { folder, role, name, yes: values['yes'] === true };
}

async function recover(plan: Plan, terminal: Terminal): Promise<number> {
  const mnemonic = unwrap(parseMnemonic(await readWords()));
  const console = unwrap(await openConsole(plan.folder, createIdentity(mnemonic).keyPair));
  try {
    const found = unwrap(await console.services.recovery.inspect(mnemonic));
    tellFound(found, terminal);
    if (found.held !== undefined) {
      terminal.line(`\nThis folder already has this account, as "${found.held.name}". Nothing was changed.`);
      return 1;
    }
    if (!plan.yes && !(await confirm(terminal))) return 1;
    const role = plan.role ?? found.roleSuggested;
    const name = plan.name ?? found.locked?.name ?? 'Recovered';
    tellRecovered(unwrap(await console.services.recovery.recover(mnemonic, role, name)), role, terminal);
    return 0;
  } finally {
    await console.close();
  }
}

function openConsole(dataPath: string, recoverWith: KeyPair): Promise<Result<Console>> {
  return createConsole({ dataPath, recoverWith });
}

/** Typed unseen at a terminal; otherwise all of standard input. */
export async function readWords(): Promise<string> {
  if (process.stdin.isTTY === true) return askUnseen();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    chunks.push(chunk);
    if (sizeBytes > INPUT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function askUnseen(): Promise<string> {
  process.stderr.write('Recovery words, in their order; they are not shown as you type: ');
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true, historySize: 0 });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

async function confirm(terminal: Terminal): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    terminal.line('\nNothing was changed. Run it again with --yes to take this account.');
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question('\nTake this account into this folder? [y/N] ');
    return /^(y|yes)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

function tellFound(found: AccountFound, terminal: Terminal): void {
  const amounts = Object.entries(found.balances).filter(([, micro]) => micro > 0n);
  const lines: readonly (readonly [string, string])[] = [
    ['account', found.address],
    ['network', `${found.chainId}, proven at block ${found.verifiedHeight}`],
    ['balance', amounts.map(([token, micro]) => `${microToDecimal(micro)} ${token}`).join(', ') || 'none'],
    ['in escrow', `${microToDecimal(found.escrowMicro)} DPN`],
    ['orders', `${found.orders.total}, of which ${found.orders.open} open`],
    ['models', found.models.join(', ') || 'none'],
    ['printers', found.machines.join(', ') || 'none'],
  ];
  for (const [name, text] of lines) terminal.line(`${name.padEnd(10)} ${text}`);
  const nothing = amounts.length + found.orders.total + found.models.length + found.machines.length === 0;
  if (nothing && found.escrowMicro === 0n)
    terminal.line(
      '\nThese words are in order, but nothing is recorded for their account on this network. A demo world keeps its\n' +
        'network in its own data folder: to find the account again, use that folder or a copy of it.',
    );
}

function tellRecovered(recovered: Recovered, role: Role, terminal: Terminal): void {
  const { models, machines } = recovered;
  terminal.line(`\nThe account is back, as ${role === 'owner' ? 'printer owner' : role}.`);
  const count = ({ restored, missing }: Recovered['models'], one: string) => {
    if (restored > 0) terminal.line(`${restored} ${one}${restored === 1 ? '' : 's'} can be used again`);
    if (missing > 0)
      terminal.line(
        `${missing} ${one}${missing === 1 ? '' : 's'} cannot: what they need is not in this folder`,
      );
  };
  count(models, 'model');
  count(machines, 'printer');
}
