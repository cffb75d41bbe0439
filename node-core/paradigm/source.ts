// Reads the text of a paradigm document. One reader for YAML 1.2 and for JSON, which is a part of it. Promises plain
// data (tables, lists, text, whole numbers, yes/no) and the line of every place in it; what YAML can do beyond that
// (anchors, aliases, merge keys, tags, several documents, keys that are no text) is refused.

import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  stringify,
} from 'yaml';
import type { Fault, Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { paradigmFault } from './faults.ts';
import * as limits from './limits.ts';

/** Both count from 1. */
export type Place = { readonly line: number; readonly column: number };

export type Source = {
  readonly value: unknown;
  /** Of the value at a path such as `transitions[2].guard`, or of the nearest thing around it that exists. */
  placeOf(path: string): Place;
};

/** Text is longer than the canonical bytes: indentation, comments, line ends. */
const TEXT_CHARS_MAX = 4 * limits.DOCUMENT_BYTES_MAX;
/** No place of a document lies deeper than half of it. */
const DEPTH_MAX = 32;

class Unreadable extends Error {
  readonly offset: number;
  readonly suggestion: string;
  constructor(offset: number, reason: string, suggestion: string) {
    super(reason);
    this.offset = offset;
    this.suggestion = suggestion;
  }
}

export function readSource(text: string): Result<Source> {
  if (text.length > TEXT_CHARS_MAX) {
    const data = { sizeBytes: text.length, sizeBytesMax: limits.DOCUMENT_BYTES_MAX };
    return refuse(paradigmFault('paradigm.document.large', data));
  }
  const lines = new LineCounter();
  const places = new Map<string, number>();
  try {
    checkDepth(text, lines);
    const value = plain(compose(text), '', 0, places);
    return ok({ value, placeOf: (path) => placeAt(lines, nearest(places, path)) });
  } catch (error) {
    if (error instanceof Unreadable) return refuse(unreadable(error, placeAt(lines, error.offset)));
    throw error;
  }
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function unreadable({ message, suggestion }: Unreadable, { line, column }: Place): Fault {
  return paradigmFault('paradigm.document.syntax', { line, column, reason: message, suggestion });
}

/** Before anything recursive sees the text. Brackets inside of texts count too: no honest text nests 32 of them. */
function checkDepth(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  let [depth, markers] = [0, 0];
  let atStart = true;
  for (let offset = 0; offset < text.length; offset++) {
    const char = text[offset];
    if (char === '\n') {
      lines.addNewLine(offset + 1);
      [markers, atStart] = [0, true];
    } else if (char === '[' || char === '{') depth++;
    else if ((char === ']' || char === '}') && depth > 0) depth--;
    else if (atStart && (char === '-' || char === '?' || char === ':')) markers++;
    else if (char !== ' ') atStart = false;
    if (depth > DEPTH_MAX || markers > DEPTH_MAX)
      throw new Unreadable(offset, 'it is nested too deeply', 'Close what was opened before.');
  }
}

function compose(text: string): ParsedNode | null {
  const composer = new Composer({
    schema: 'core',
    merge: false,
    strict: true,
    uniqueKeys: true,
    resolveKnownTags: false,
  });
  const [document, second] = [...composer.compose(new Parser().parse(text), true, text.length)];
  const [error] = document?.errors ?? [];
  if (error !== undefined) throw new Unreadable(error.pos[0], reasonOf(error.message), adviceOf(error.code));
  const [warning] = document?.warnings ?? [];
  if (warning?.code === 'TAG_RESOLVE_FAILED') throw new Unreadable(warning.pos[0], ...TAGGED);
  const directive = text.search(/^%/m);
  if (directive >= 0)
    throw new Unreadable(
      directive,
      'a line begins with a YAML directive',
      'Remove the line that begins with %.',
    );
  if (second !== undefined)
    throw new Unreadable(
      second.range[0],
      'it holds more than one document',
      'Keep one document in one file.',
    );
  return document?.contents ?? null;
}

const TAGGED = ['it has a tag (!…)', 'Remove the tag: the schema says what each value is.'] as const;

function reasonOf(message: string): string {
  const sentence = message.split('\n')[0] ?? message;
  return (sentence.charAt(0).toLowerCase() + sentence.slice(1)).slice(0, 200);
}

function adviceOf(code: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'Remove one of the two entries of this name.';
    case 'MISSING_CHAR':
      return 'Close the quotation mark or bracket that was opened.';
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.';
    default:
      return 'Correct the text at that place.';
  }
}

/** The node as plain data; notes where each value begins. */
function plain(node: ParsedNode | null, path: string, depth: number, places: Map<string, number>): unknown {
  if (node === null) return null;
  const offset = node.range[0];
  if (!places.has(path)) places.set(path, offset);
  if (depth > DEPTH_MAX) throw new Unreadable(offset, 'it is nested too deeply', 'Write it flatter.');
  if (isAlias(node) || node.anchor !== undefined)
    throw new Unreadable(
      offset,
      'it has an anchor or alias (& or *)',
      'Write the value out where it is used.',
    );
  if (node.tag !== undefined) throw new Unreadable(offset, ...TAGGED);
  if (isScalar(node)) return scalar(node.value, offset);
  if (isSeq(node))
    return node.items.map((item, index) => plain(item as ParsedNode, `${path}[${index}]`, depth + 1, places));
  if (!isMap(node)) return null;
  const entries: [string, unknown][] = [];
  for (const { key, value } of node.items) {
    const name = keyOf(key as ParsedNode | null, offset);
    const at = path === '' ? name : `${path}.${name}`;
    places.set(at, (key as ParsedNode).range[0]);
    entries.push([name, plain(value as ParsedNode | null, at, depth + 1, places)]);
  }
  return Object.fromEntries(entries);
}

function keyOf(key: ParsedNode | null, mapOffset: number): string {
  const offset = key?.range[0] ?? mapOffset;
  if (key === null || !isScalar(key) || key.anchor !== undefined || typeof key.value !== 'string')
    throw new Unreadable(offset, 'the name of an entry is not text', 'Write a plain name before the colon.');
  if (key.tag !== undefined) throw new Unreadable(offset, ...TAGGED);
  if (key.value === '<<')
    throw new Unreadable(
      offset,
      'it merges another table (<<)',
      'Write the entries out where they are used.',
    );
  if (key.value === '__proto__')
    throw new Unreadable(offset, 'the name __proto__ is reserved', 'Choose another name.');
  return key.value;
}

function scalar(value: unknown, offset: number): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    const reason = 'the number is not a whole number within ±9 007 199 254 740 991';
    throw new Unreadable(offset, reason, 'Use whole numbers; amounts are in millionths (micro-DPN).');
  }
  return value;
}

/** `transitions.0.to` and `transitions[0].to` are the same place. */
function nearest(places: ReadonlyMap<string, number>, path: string): number {
  let at = path.replace(/\.(\d+)(?=[.[]|$)/g, '[$1]');
  for (;;) {
    const offset = places.get(at);
    if (offset !== undefined) return offset;
    const shorter = at.replace(/(\.[^.[\]]*|\[\d+\])$/, '');
    if (shorter === at) return places.get('') ?? 0;
    at = shorter;
  }
}

/** A document as YAML, for people to change. */
export function writeSource(value: object): string {
  return stringify(value, { lineWidth: 110, aliasDuplicateObjects: false });
}
