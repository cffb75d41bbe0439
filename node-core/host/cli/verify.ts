// `dipnet verify FILE`: checks an exported evidence file, or messages that somebody shows, offline, and says which link is
// broken where one is.

import { readFileSync } from 'node:fs';
import { FaultError, parseHex, parseUtf8 } from '../../base/index.ts';
import { checkDisclosure } from '../../dimp/index.ts';
import { verifyEvidence } from '../../evidence/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { saidInWords } from '../dimp/disclosed-words.ts';
import { disclosureView } from '../dimp/safety.ts';
import type { Parsed } from './arguments.ts';
import { cliFault } from './arguments.ts';
import { runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

export const VERIFY_HELP = `dipnet verify FILE: checks the evidence file of an order, or a file of disclosed messages, offline

  --trust HASH    hash of the block that the chain of proof must begin at; without it the file's own
                  beginning is used and shown, for you to compare with a source you trust
  --model FILE    also check that this model is the one the evidence is about
  --release FILE  also compare the machine's record with what it signed to the designer while it printed
                  ("Save what the machine signed" on the designer's console)
  --json          print the report as one JSON object
  --help          this text

Exit code 0: every link holds; of messages, each is genuine. 1: a link is broken, or the file is neither.
`;

const OPTIONS = {
  trust: { type: 'string' },
  model: { type: 'string' },
  release: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const runVerify = (args: readonly string[]) =>
  runCommand({ name: 'verify', options: OPTIONS, help: VERIFY_HELP, run }, args);

function run({ values, positionals }: Parsed, terminal: Terminal): number {
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw usage('Exactly one evidence file is needed.');
  return verifyFile(file, values, terminal);
}

const usage = (problem: string) => new FaultError(cliFault('cli.usage', { command: 'verify', problem }));

/** Evidence files are archives; disclosed messages are JSON. */
const OPENING_BRACE = 0x7b;

function verifyDisclosure(text: string, isJson: boolean, terminal: Terminal): number {
  const checked = checkDisclosure(text, createDimpCrypto());
  if (!checked.ok) {
    terminal.fault(checked.fault);
    return 1;
  }
  const view = disclosureView(checked.value, () => '');
  if (isJson) {
    terminal.line(JSON.stringify(view));
    return 0;
  }
  for (const [index, { from, to, said, atMs, bound }] of view.messages.entries()) {
    const doubt = bound ? '' : '  (receiver not signed)';
    terminal.line(`${index + 1}  ${new Date(atMs).toISOString()}  ${from.id} → ${to.id}${doubt}`);
    terminal.line(`   ${saidInWords(said)}`);
  }
  terminal.line(`${view.messages.length} messages, each signed by its sender.`);
  for (const { from, first, last, complete } of view.chains)
    terminal.line(
      `${from.id}: ${first} to ${last} of a chain, ${complete ? 'none missing between them' : 'SOME MISSING between them'}.`,
    );
  return 0;
}

function verifyFile(
  file: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
  terminal: Terminal,
): number {
  const evidence = read(file);
  const [model, release] = [readGiven(values['model']), readGiven(values['release'])];
  const disclosed = evidence[0] === OPENING_BRACE ? parseUtf8(evidence) : undefined;
  if (disclosed !== undefined) return verifyDisclosure(disclosed, values['json'] === true, terminal);
  const trust = typeof values['trust'] === 'string' ? parseHex(values['trust']) : undefined;
  if (values['trust'] !== undefined && trust?.length !== 32)
    throw usage('--trust takes a block hash of 64 hexadecimal digits.');
  const report = verifyEvidence(evidence, {
    ...(trust === undefined ? {} : { trustHash: trust }),
    ...(model === undefined ? {} : { model }),
    ...(release === undefined ? {} : { release }),
  });
  if (values['json'] === true) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    terminal.line(
      `order ${report.orderId} on ${report.chainId}, from block ${report.trust.height} ${report.trust.hash}`,
    );
    for (const link of report.links)
      terminal.line(`${link.ok ? '✓' : '✗'} ${link.name.padEnd(14)} ${link.detail}`);
    terminal.line(
      report.ok
        ? 'Every link holds.'
        : `The evidence is refused: the link "${report.broken ?? ''}" is broken.`,
    );
  }
  return report.ok ? 0 : 1;
}

function readGiven(file: string | boolean | undefined): Uint8Array | undefined {
  return typeof file === 'string' ? read(file) : undefined;
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch {
    throw new FaultError(cliFault('cli.file.unreadable', { file }));
  }
}
