// `dipnet paradigm …`: writes, checks, plays and draws contract documents. Nothing here needs a network or a wallet.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { addressToText } from '../../identity/keys.ts';
import type { CheckReport, Finding, Locale, Paradigm } from '../../paradigm/index.ts';
import {
  checkDocument,
  explainParadigm,
  paradigmAddress,
  paradigmDiagram,
  paradigmJsonSchema,
  readParadigm,
  readSource,
  simulateParadigm,
  writeSource,
} from '../../paradigm/index.ts';
import { assetNames, readAsset } from '../adapters/assets.ts';
import { cliFault, type Options, type Parsed, parseOptions, parseWhole } from './arguments.ts';
import { walkThrough } from './paradigm-walk.ts';
import { createTerminal, type Terminal } from './terminal.ts';

export const PARADIGM_HELP = `dipnet paradigm COMMAND: writes, checks, plays and draws contract documents (YAML or JSON)

  new NAME            begin a document NAME.yaml in this folder
    --template NAME   what it begins as: any document that ships with the console, such as normal,
                      inspection, group-purchase or sealed-bidding (normal)
    --out FILE        write it there instead
  check FILE          look for every way in which it could lose, trap or misdirect money
    --json            the report as one JSON object
  simulate FILE       play it with random parties, honest and hostile, and keep independent books
    --seed N          the same number plays the same games (1)
    --runs N          how many (1000)
    --step            walk through one contract yourself: take steps, take them back
    --json            the report as one JSON object
  diagram FILE        its states as a drawing (SVG) and in words
    --out FILE        write the drawing there and say the words here
    --locale LOCALE   en or zh-Hans (en)
  schema              the JSON Schema of documents, for editors
  --help              this text

Exit code 0: nothing is wrong. 1: the document has a defect or lost money when played. 2: the command itself is wrong.
`;

const DEFECT = 1;
const WRONG_USE = 2;

const OPTIONS = {
  template: { type: 'string' },
  out: { type: 'string' },
  seed: { type: 'string' },
  runs: { type: 'string' },
  step: { type: 'boolean' },
  json: { type: 'boolean' },
  locale: { type: 'string' },
  help: { type: 'boolean' },
} as const satisfies Options;

/** Which options each command takes, and whether it is about a file or a name. */
const COMMANDS: Readonly<
  Record<string, { readonly options: readonly string[]; readonly about: string | undefined }>
> = {
  new: { options: ['template', 'out'], about: 'a name' },
  check: { options: ['json'], about: 'a file' },
  simulate: { options: ['seed', 'runs', 'step', 'json'], about: 'a file' },
  diagram: { options: ['out', 'locale'], about: 'a file' },
  schema: { options: [], about: undefined },
};

export async function runParadigm(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(false);
  const parsed = parseCommand(args);
  if (!parsed.ok) {
    terminal.fault(parsed.fault);
    return WRONG_USE;
  }
  const { command, about, values } = parsed.value;
  if (command === 'help') {
    process.stdout.write(PARADIGM_HELP);
    return 0;
  }
  const done = await runCommand(command, about, values, terminal);
  if (done.ok) return done.value;
  terminal.fault(done.fault);
  return WRONG_USE;
}

type Command = { readonly command: string; readonly about: string; readonly values: Parsed['values'] };

const usage = (problem: string) => refuse(cliFault('cli.usage', { command: 'paradigm', problem }));

function parseCommand(args: readonly string[]): Result<Command> {
  const parsed = parseOptions('paradigm', args, OPTIONS);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [command, about = '', ...more] = positionals;
  if (values['help'] === true || command === undefined || command === 'help')
    return ok({ command: 'help', about: '', values });
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (known === undefined) return usage(`There is no command "paradigm ${command.slice(0, 40)}".`);
  const strange = Object.keys(values).find((name) => !known.options.includes(name));
  if (strange !== undefined) return usage(`"paradigm ${command}" has no option --${strange}.`);
  const wanted = known.about === undefined ? 0 : 1;
  const given = (about === '' ? 0 : 1) + more.length;
  if (given !== wanted) return usage(`"paradigm ${command}" needs exactly ${known.about ?? 'no file'}.`);
  return ok({ command, about, values });
}

async function runCommand(
  command: string,
  about: string,
  values: Parsed['values'],
  terminal: Terminal,
): Promise<Result<number>> {
  switch (command) {
    case 'new':
      return begin(about, values, terminal);
    case 'schema':
      process.stdout.write(`${JSON.stringify(paradigmJsonSchema(), null, 2)}\n`);
      return ok(0);
    case 'check': {
      const text = readText(about);
      return text.ok ? ok(check(about, text.value, values['json'] === true, terminal)) : text;
    }
    case 'simulate':
      return simulate(about, values, terminal);
    default:
      return draw(about, values, terminal);
  }
}

function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch {
    return refuse(cliFault('cli.file.unreadable', { file }));
  }
}

/** Bigint as text: amounts and gas can exceed what JSON numbers hold. */
function toJson(report: object): string {
  return `${JSON.stringify(report, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}

function check(file: string, text: string, json: boolean, terminal: Terminal): number {
  const report = checkDocument(text);
  if (json) process.stdout.write(toJson(report));
  else tellReport(file, text, report, terminal);
  return report.ok ? 0 : DEFECT;
}

function tellReport(file: string, text: string, report: CheckReport, terminal: Terminal): void {
  for (const finding of report.findings) tellFinding(file, finding, terminal);
  const tried = `${report.openings} openings, ${report.situations} situations and ${report.steps} steps were tried`;
  const read = readParadigm(text);
  if (!report.ok || !read.ok) {
    const defects = report.findings.filter(({ severity }) => severity === 'defect').length;
    terminal.line(`✗ ${defects === 1 ? 'One defect' : `${defects} defects`}; ${tried}.`);
    return;
  }
  const { paradigm } = read.value;
  terminal.line(
    `✓ ${paradigm.name} ${paradigm.version}: no defect; ${tried}, none dearer than ${report.gasMax} gas.`,
  );
  terminal.line(`  identity ${bytesToHex(paradigm.id)}`);
  terminal.line(`  account  ${addressToText(paradigmAddress(paradigm.id))}`);
}

function tellFinding(file: string, finding: Finding, terminal: Terminal): void {
  const { line, column, severity, code, at, message, trace } = finding;
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  terminal.line(`${place}: ${severity} (${code}) at ${at}`);
  terminal.line(`  ${message}`);
  for (const [index, step] of trace.entries()) terminal.line(`    ${index + 1}. ${step}`);
}

function loadParadigm(file: string): Result<Paradigm> {
  const text = readText(file);
  if (!text.ok) return text;
  const read = readParadigm(text.value);
  return read.ok ? ok(read.value.paradigm) : read;
}

async function simulate(file: string, values: Parsed['values'], terminal: Terminal): Promise<Result<number>> {
  const number = (name: 'seed' | 'runs', standard: string, min: number, max: number) =>
    parseWhole('paradigm', name, String(values[name] ?? standard), min, max);
  const seed = number('seed', values['step'] === true ? '0' : '1', 0, 2 ** 32 - 1);
  if (!seed.ok) return seed;
  const runs = number('runs', '1000', 1, 1_000_000);
  if (!runs.ok) return runs;
  const paradigm = loadParadigm(file);
  if (!paradigm.ok) return paradigm;
  if (values['step'] === true) return walkThrough(paradigm.value, seed.value);
  const report = simulateParadigm(paradigm.value, seed.value, { runs: runs.value });
  if (values['json'] === true) process.stdout.write(toJson(report));
  else {
    terminal.line(
      `${report.opened} of ${report.runs} contracts were opened; ${report.steps} steps, ${report.refused} refused.`,
    );
    for (const [state, count] of Object.entries(report.finals))
      terminal.line(
        `  ${String(count).padStart(7)} ended as "${paradigm.value.states[state]?.label.en ?? state}"`,
      );
    for (const { run, message, trace } of report.violations) {
      terminal.line(`✗ run ${run}: ${message}`);
      for (const step of trace) terminal.line(`    ${step}`);
    }
    if (report.ok) terminal.line(`✓ No money appeared, vanished or stayed behind (seed ${report.seed}).`);
  }
  return ok(report.ok ? 0 : DEFECT);
}

function draw(file: string, values: Parsed['values'], terminal: Terminal): Result<number> {
  const locale = values['locale'] ?? 'en';
  if (locale !== 'en' && locale !== 'zh-Hans') return usage('--locale takes en or zh-Hans.');
  const paradigm = loadParadigm(file);
  if (!paradigm.ok) return paradigm;
  const svg = `${paradigmDiagram(paradigm.value, locale satisfies Locale)}\n`;
  const words = explainParadigm(paradigm.value, locale);
  const out = values['out'];
  if (typeof out !== 'string') {
    process.stdout.write(svg);
    process.stderr.write(words);
    return ok(0);
  }
  const written = write(out, svg);
  if (!written.ok) return written;
  process.stdout.write(words);
  terminal.line(`The drawing is in ${out}.`);
  return ok(0);
}

function write(file: string, text: string): Result<void> {
  try {
    writeFileSync(file, text);
    return ok(undefined);
  } catch {
    return refuse(cliFault('cli.file.unwritable', { file }));
  }
}

function templateFiles(): readonly string[] {
  return assetNames('paradigms').filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'));
}

function templateNames(): readonly string[] {
  return templateFiles().map((name) => name.replace(/\.\w+$/, ''));
}

function begin(name: string, values: Parsed['values'], terminal: Terminal): Result<number> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 48)
    return usage(`"${name.slice(0, 60)}" is no name: use lower-case letters, digits and single hyphens.`);
  const template = String(values['template'] ?? 'normal');
  const asset = templateFiles().find((file) => file.replace(/\.\w+$/, '') === template);
  if (asset === undefined)
    return usage(`There is no template "${template.slice(0, 40)}"; there are ${templateNames().join(', ')}.`);
  const file = String(values['out'] ?? `${name}.yaml`);
  if (existsSync(file)) return refuse(cliFault('cli.file.exists', { file }));
  const written = write(file, renamed(new TextDecoder().decode(readAsset('paradigms', asset)), name));
  if (!written.ok) return written;
  // npm sets it where the command was typed with npx, without which it is not found.
  const dipnet = process.env['npm_command'] === 'exec' ? 'npx dipnet' : 'dipnet';
  terminal.line(
    `${file} begins as "${template}". Change it, above all its title, summary and risks; then run:`,
  );
  terminal.line(`  ${dipnet} paradigm check ${file}`);
  return ok(0);
}

/** The template under its new name and title, as YAML; a template in YAML keeps its comments. */
function renamed(text: string, name: string): string {
  const words = name.replaceAll('-', ' ');
  const said = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  // Two documents of one title could not be told apart in the gallery. JSON is YAML: the quotes keep "No" a text.
  const title = { en: said, 'zh-Hans': said };
  if (!text.trimStart().startsWith('{')) {
    const quoted = JSON.stringify(said);
    return text
      .replace(/^name: .*$/m, `name: ${name}`)
      .replace(/^title: .*$/m, `title: { en: ${quoted}, zh-Hans: ${quoted} }`);
  }
  const source = readSource(text);
  if (!source.ok || typeof source.value.value !== 'object' || source.value.value === null) return text;
  const { $schema: _schema, ...document } = source.value.value as Record<string, unknown>;
  return writeSource({ ...document, name, title });
}
