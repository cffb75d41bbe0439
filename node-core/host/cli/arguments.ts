// Command lines: options are parsed strictly, and a wrong one is answered with the right one.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';

export const cliFault = defineFaults('cli', {
  'cli.usage': { message: '{problem}', next: 'Run "dipnet {command} --help" to see what it takes.' },
  'cli.file.unreadable': {
    message: 'The file {file} cannot be read.',
    next: 'Check its name and your permission to read it.',
  },
  'cli.file.unwritable': {
    message: 'The file {file} cannot be written.',
    next: 'Check the folder and your permission to write there.',
  },
  'cli.file.exists': {
    message: 'The file {file} exists already.',
    next: 'Choose another name with --out, or move the file away.',
  },
});

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Parsed = {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
};

export function parseOptions(command: string, args: readonly string[], options: Options): Result<Parsed> {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return ok({ values: parsed.values as Parsed['values'], positionals: parsed.positionals });
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return refuse(cliFault('cli.usage', { command, problem }));
  }
}

/** A whole number within limits, or a refusal that says which. */
export function parseWhole(
  command: string,
  name: string,
  text: string,
  min: number,
  max: number,
): Result<number> {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return ok(value);
  const problem = `--${name} takes a whole number from ${min} to ${max}, not "${text.slice(0, 40)}".`;
  return refuse(cliFault('cli.usage', { command, problem }));
}
