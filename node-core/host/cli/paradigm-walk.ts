// `dipnet paradigm simulate FILE --step`: a person walks through one contract in the terminal. What happens is decided by
// the stepper of the core; this file reads lines and prints.

import { createInterface } from 'node:readline';
import type { Result } from '../../base/index.ts';
import { microToDecimal, ok } from '../../base/index.ts';
import type { Paradigm, ParadigmValue, Stepper, StepperOption } from '../../paradigm/index.ts';
import { createStepper, durationWords, numberWords, parseArgument } from '../../paradigm/index.ts';

const COMMANDS = `  NUMBER [name=value …]   take that step, with other values than the suggested ones
  s                       nobody acts: the deadline does
  w SECONDS               let time pass
  b                       take the last step back
  h                       what happened so far
  q                       leave`;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Ends with `q`, or where the input ends. */
export async function walkThrough(p: Paradigm, seed: number): Promise<Result<number>> {
  const created = createStepper(p, seed);
  if (!created.ok) return created;
  const stepper = created.value;
  print(`${p.document.title.en}. It is opened with these values:`);
  for (const [name, value] of Object.entries(stepper.params)) {
    const field = p.params[name];
    const words = field !== undefined && typeof value === 'bigint' ? numberWords(field, value, 'en') : '';
    const said = words === '' || words === String(value) ? '' : ` (${words})`;
    print(`  ${field?.label.en ?? name}: ${name} = ${shown(value)}${said}`);
  }
  print(`\n${COMMANDS}\n`);
  show(stepper);
  const lines = createInterface({ input: process.stdin, terminal: false });
  process.stdout.write('> ');
  for await (const line of lines) {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (word === 'q') break;
    if (obey(stepper, word, rest)) show(stepper);
    process.stdout.write('> ');
  }
  lines.close();
  return ok(0);
}

/** Whether something changed. */
function obey(stepper: Stepper, word: string, rest: readonly string[]): boolean {
  switch (word) {
    case '':
      return false;
    case 's':
      return told(stepper.silence());
    case 'w':
      if (!/^\d{1,12}$/.test(rest[0] ?? '')) break;
      stepper.wait(BigInt(rest[0] ?? '0'));
      return true;
    case 'b':
      if (stepper.back()) return true;
      print('Nothing is left to take back.');
      return false;
    case 'h':
      for (const [index, step] of stepper.view().history.entries()) print(`  ${index}. ${step}`);
      return false;
  }
  if (!/^\d{1,3}$/.test(word)) {
    print(`"${word.slice(0, 40)}" is none of these:\n${COMMANDS}`);
    return false;
  }
  const option = stepper.options()[Number(word) - 1];
  if (option === undefined) {
    print('There is no step of that number now.');
    return false;
  }
  const args = argumentsOf(option, rest);
  if (typeof args === 'string') {
    print(args);
    return false;
  }
  return told(stepper.take(Number(word) - 1, args));
}

function told(result: Result<void>): boolean {
  if (!result.ok) print(`Refused: ${result.fault.message}`);
  return result.ok;
}

/** `name=value` pairs as arguments, or what is wrong with them. Values may not hold spaces. */
function argumentsOf(
  option: StepperOption,
  pairs: readonly string[],
): Record<string, ParadigmValue> | string {
  const args: Record<string, ParadigmValue> = {};
  for (const pair of pairs) {
    const [name = '', ...value] = pair.split('=');
    const field = Object.hasOwn(option.args, name) ? option.args[name] : undefined;
    if (field === undefined) return `This step takes ${Object.keys(option.args).join(', ') || 'no values'}.`;
    const parsed = parseArgument(field, value.join('='));
    if (parsed === undefined) return `"${value.join('=')}" is no value of type ${field.type}.`;
    args[name] = parsed;
  }
  return args;
}

function show(stepper: Stepper): void {
  const view = stepper.view();
  print(`\n[${view.label.en}] ${view.explain.en}`);
  print(
    `  held ${microToDecimal(view.heldMicro)} DPN; ${durationWords(view.elapsedS, 'en')} since the opening`,
  );
  for (const { party, paidMicro, receivedMicro } of view.money)
    print(`  ${party}: paid ${microToDecimal(paidMicro)}, received ${microToDecimal(receivedMicro)}`);
  if (view.leftS === undefined) {
    print('  The contract has ended. b takes the last step back, q leaves.');
    return;
  }
  stepper.options().forEach((option, index) => {
    const values = Object.entries(option.suggested ?? {}).map(([name, value]) => `${name}=${shown(value)}`);
    const more = option.suggested === undefined ? ` – not now: ${option.refused}` : ` ${values.join(' ')}`;
    print(`  ${index + 1}  ${option.party}: ${option.label.en}${more.trimEnd()}`);
  });
  print(`  s  in ${durationWords(view.leftS, 'en')}, if nobody acts: ${view.silence?.en ?? ''}`);
}

function shown(value: ParadigmValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? `[${value.map(shown).join(' ')}]` : `{${Object.keys(value).join(' ')}}`;
}
