// Documents and instances as canonical bytes, and the addresses derived from them. Strict in both directions.

import { z } from 'zod';
import type { Bytes, CborValue, Fault, Result } from '../base/index.ts';
import {
  concatBytes,
  encodeCbor,
  equalBytes,
  ok,
  parseCbor,
  refuse,
  sha256,
  taggedHash,
  u64ToBytes,
  utf8ToBytes,
} from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import type { Paradigm } from './compile.ts';
import { compileParadigm } from './compile.ts';
import { ParadigmDocument } from './document.ts';
import { paradigmFault } from './faults.ts';
import { DOCUMENT_BYTES_MAX, INT_MAX, ITEMS_MAX, MEMBERS_MAX } from './limits.ts';
import { didYouMean } from './nearest.ts';
import { readSource, type Source } from './source.ts';
import type { Crowds, Instance, ParadigmValue } from './types.ts';

/** SHA-256 of the canonical document: the paradigm's name on chain. */
export function paradigmId(document: Bytes): Bytes {
  return sha256(document);
}

/** Reads a canonical document and compiles it. Costs some milliseconds; the caller keeps the result. */
export function parseParadigm(document: Bytes): Result<Paradigm> {
  if (document.length > DOCUMENT_BYTES_MAX) return refuse(tooLarge(document.length));
  const value = parseCbor(document);
  if (value === undefined) return refuse(paradigmFault('paradigm.document.encoding'));
  const shape = checkShape(value);
  return shape.ok ? compileParadigm(paradigmId(document), shape.value) : shape;
}

/** Canonical bytes of a document given as text (YAML or JSON) or as a value. Only documents that parseParadigm accepts have any. */
export function encodeParadigm(document: string | object): Result<Bytes> {
  const read = readParadigm(document);
  return read.ok ? ok(read.value.bytes) : read;
}

export type ReadParadigm = {
  readonly bytes: Bytes;
  readonly paradigm: Paradigm;
  /** Where a place of the document stands in its text; undefined where it was not given as text. */
  readonly placeOf?: Source['placeOf'];
};

/** A document given as text (YAML or JSON) or as a value: its canonical bytes and the paradigm that they encode. */
export function readParadigm(document: string | object): Result<ReadParadigm> {
  if (typeof document !== 'string') return readValue(document);
  const source = readSource(document);
  if (!source.ok) return source;
  const { value, placeOf } = source.value;
  const read = readValue(value);
  return read.ok ? ok({ ...read.value, placeOf }) : refuse(placeFault(read.fault, placeOf));
}

function readValue(value: unknown): Result<ReadParadigm> {
  const shape = checkShape(withoutSchemaName(value));
  if (!shape.ok) return shape;
  const bytes = encodeCbor(withoutUndefined(withOrder(shape.value)) as CborValue);
  const paradigm = parseParadigm(bytes);
  return paradigm.ok ? ok({ bytes, paradigm: paradigm.value }) : paradigm;
}

/** The same refusal with the line of the text that it is about. */
function placeFault(fault: Fault, placeOf: Source['placeOf']): Fault {
  const path = fault.data?.['at'];
  if (typeof path !== 'string') return fault;
  const { line, column } = placeOf(path);
  const at = `line ${line}, column ${column} (${path})`;
  return paradigmFault(fault.code as Parameters<typeof paradigmFault>[0], {
    ...fault.data,
    at,
    path,
    line,
    column,
  });
}

function withOrder(document: ParadigmDocument): ParadigmDocument {
  const { roles, params, vars, states } = document;
  const order = {
    roles: Object.keys(roles),
    params: Object.keys(params),
    vars: Object.keys(vars),
    states: Object.keys(states),
  };
  return { ...document, order: document.order ?? order };
}

function tooLarge(sizeBytes: number) {
  return paradigmFault('paradigm.document.large', { sizeBytes, sizeBytesMax: DOCUMENT_BYTES_MAX });
}

/** Editors want `$schema` in the file; it is no part of the document. */
function withoutSchemaName(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$schema' in value)) return value;
  const { $schema: _name, ...rest } = value;
  return rest;
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutUndefined(child)]));
}

function checkShape(value: unknown): Result<ParadigmDocument> {
  const parsed = ParadigmDocument.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const [first] = shapeFaults(value, parsed.error.issues);
  return refuse(first ?? paradigmFault('paradigm.document.shape', { at: 'the top', reason: 'unknown' }));
}

/** Whoever corrects a document wants to see more than one mistake at a time, and not a wall of them. */
const SHAPE_FAULTS_MAX = 12;

/** Everything that is wrong with the form of a document given as text, with lines; empty where its form is right. */
export function formFaults(text: string): readonly Fault[] {
  const source = readSource(text);
  if (!source.ok) return [source.fault];
  const value = withoutSchemaName(source.value.value);
  const parsed = ParadigmDocument.safeParse(value);
  if (parsed.success) return [];
  const faults = shapeFaults(value, parsed.error.issues).slice(0, SHAPE_FAULTS_MAX);
  return faults.map((fault) => placeFault(fault, source.value.placeOf));
}

/** Slips first: a field that is misspelt is missing too, and the slip is what helps. */
function shapeFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): readonly Fault[] {
  const place = (path: readonly PropertyKey[]) => path.join('.').slice(0, 120) || 'the top';
  const fault = (at: string, reason: string) =>
    paradigmFault('paradigm.document.shape', { at, reason: reason.slice(0, 200) });
  const slips = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ parent: place(issue.path), at: place([...issue.path, key]), key }))
      : [],
  );
  const parents = new Set(slips.map(({ parent }) => parent));
  const others = issues.filter(({ code, path }) => {
    const missing = valueAt(value, path) === undefined && path.length > 0;
    return code !== 'unrecognized_keys' && !(missing && parents.has(place(path.slice(0, -1))));
  });
  return [
    ...slips.map(({ at, key }) => fault(at, unknownField(key))),
    ...others.map((issue) =>
      fault(
        place(issue.path),
        `${wordsFor(issue, valueAt(value, issue.path))}${strangeCharacter(value, issue.path)}`,
      ),
    ),
  ];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let node = value;
  for (const key of path)
    node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
  return node;
}

/** What is wrong with what was written, in words for people. */
function wordsFor(issue: z.core.$ZodIssue, written: unknown): string {
  const { code, message } = issue;
  // A name in a table: its rule is what helps.
  if (code === 'invalid_key') return issue.issues[0]?.message ?? message;
  if (issue.path.length === 0 && (written === undefined || written === null)) return 'it is empty';
  if (written === undefined) return 'this field is missing';
  const known =
    code === 'invalid_value'
      ? issue.values.map(String)
      : code === 'invalid_union'
        ? [...message.matchAll(/'(\w+)'/g)].map(([, name]) => name ?? '')
        : [];
  if (known.length > 0) {
    const shown = typeof written === 'object' ? 'what stands here' : `"${String(written).slice(0, 40)}"`;
    const hint = typeof written === 'string' ? didYouMean(written, known) : '';
    const fixed = known.length === 1 ? (FIXED_UNITS[known[0] ?? ''] ?? '') : '';
    return `${shown} is not ${known.length === 1 ? '' : 'one of '}${known.join(', ')}${hint || fixed}`;
  }
  if (code === 'invalid_type')
    return `${kindWords(written)} stands where ${expectedWords(issue.expected)} belongs${quotesHint(issue.expected, written)}`;
  if (code === 'too_small') return `this is less than ${issue.minimum}${countedWords(issue.origin)}`;
  if (code === 'too_big') return `this is more than ${issue.maximum}${countedWords(issue.origin)}`;
  return message;
}

/** Of what there are too many or too few. */
function countedWords(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
}

/** Units that a type has once and for all, and what to do with others. */
const FIXED_UNITS: Readonly<Record<string, string | undefined>> = {
  second:
    ' (durations are written in seconds: an hour has 3600, a day 86400; forms ask people in days and hours)',
  'micro-DPN': ' (amounts are written in millionths of a DPN: 1 DPN is 1000000; forms ask people in DPN)',
};

/** An expression that is only a number or true has to be a text in JSON and YAML all the same. */
function quotesHint(expected: string, written: unknown): string {
  const plain = typeof written === 'number' || typeof written === 'boolean';
  return expected === 'string' && plain ? ` (put it in quotes: "${written}")` : '';
}

function kindWords(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a table';
  return typeof value === 'number' ? 'a number' : expectedWords(typeof value);
}

function expectedWords(type: string): string {
  if (type === 'object' || type === 'record') return 'a table of fields';
  if (type === 'array') return 'a list';
  if (type === 'boolean') return 'true or false';
  return type === 'string' ? 'a text' : 'a whole number';
}

/** Names what nobody can see: a character that only looks like one of those that are meant. */
function strangeCharacter(value: unknown, path: readonly PropertyKey[]): string {
  const node = valueAt(value, path);
  const found = typeof node === 'string' ? /[^\x20-\x7e]/u.exec(node)?.[0] : undefined;
  if (found === undefined) return '';
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `; the character "${found}" (U+${code}) is another one, whatever it looks like`;
}

function unknownField(name: string): string {
  const shown = `"${name.slice(0, 64)}"`;
  const known = fieldNames();
  if (known.includes(name)) return `the field ${shown} does not belong here`;
  return `there is no field ${shown} here${didYouMean(name, known)}`;
}

/** Every field name of the language. */
function fieldNames(): readonly string[] {
  const names = new Set<string>();
  const pending: unknown[] = [z.toJSONSchema(ParadigmDocument)];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('properties' in node) for (const name of Object.keys(node.properties as object)) names.add(name);
    pending.push(...Object.values(node));
  }
  return [...names];
}

/** Account of a paradigm: the last 20 bytes of taggedHash('dipnet/paradigm/v1', id). It has no key. */
export function paradigmAddress(id: Bytes): Address {
  return taggedHash('dipnet/paradigm/v1', id).slice(12);
}

export type InstanceOrigin = {
  readonly chainId: string;
  readonly paradigm: Bytes;
  /** Account that opened the instance. */
  readonly opener: Address;
  /** Sequence number of the opening transaction: no two of one account are equal. */
  readonly seq: number | bigint;
};

/**
 * Account of an instance: the last 20 bytes of taggedHash('dipnet/instance/v1', paradigm id (32) ‖ opener (20) ‖
 * sequence (8, big-endian) ‖ chain id (UTF-8)). It has no key. All parts but the last have a fixed length, so no two
 * origins share an input.
 * @throws RangeError where the paradigm id, the opener or the sequence has the wrong size.
 */
export function instanceAddress(origin: InstanceOrigin): Address {
  if (origin.paradigm.length !== 32 || origin.opener.length !== 20)
    throw new RangeError('wrong length of an origin');
  const input = concatBytes(
    origin.paradigm,
    origin.opener,
    u64ToBytes(BigInt(origin.seq)),
    utf8ToBytes(origin.chainId),
  );
  return taggedHash('dipnet/instance/v1', input).slice(12);
}

const integer = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));
const sized = (length: number) => z.instanceof(Uint8Array).refine((bytes) => bytes.length === length);
const nonNegative = integer.refine((value) => value >= 0n && value <= INT_MAX);
const values = z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null);

const BranchRowRecord = z.strictObject({
  item: z.instanceof(Uint8Array).refine((bytes) => bytes.length === 0 || bytes.length === 32),
  quantity: nonNegative,
  open: nonNegative,
  done: nonNegative,
  unitMicro: nonNegative,
  spentMicro: integer,
});

const InstanceRecord = z.strictObject({
  v: z.literal(1),
  paradigm: sized(32),
  state: z.string().min(1).max(32),
  roles: z.record(z.string().max(32), sized(20)),
  params: values,
  vars: values,
  heldMicro: nonNegative,
  openedS: nonNegative,
  deadlineS: z.union([nonNegative, z.null()]),
  steps: z.int().min(0),
  crowds: z
    .record(z.string().max(32), z.array(z.strictObject({ account: sized(20), row: values })).max(MEMBERS_MAX))
    .optional(),
  mintedMicro: nonNegative.optional(),
  branches: z.record(z.string().max(32), z.array(BranchRowRecord).max(ITEMS_MAX)).optional(),
});

/** Canonical bytes of an instance. */
export function encodeInstance(instance: Instance): Bytes {
  const { deadlineS, ...rest } = instance;
  return encodeCbor({ v: 1, ...rest, deadlineS: deadlineS ?? null } as CborValue);
}

/** Strict inverse of encodeInstance. Values are not checked against a paradigm; the bytes come from proven state. */
export function parseInstance(bytes: Bytes): Result<Instance> {
  const parsed = InstanceRecord.safeParse(parseCbor(bytes));
  if (!parsed.success) return refuse(paradigmFault('paradigm.instance.malformed'));
  const { v: _version, params, vars, deadlineS, crowds, mintedMicro, branches, ...rest } = parsed.data;
  const instance: Instance = {
    ...rest,
    params: integersToBigint(params) as Instance['params'],
    vars: integersToBigint(vars) as Instance['vars'],
    deadlineS: deadlineS ?? undefined,
    ...(crowds === undefined ? {} : { crowds: integersToBigint(crowds) as unknown as Crowds }),
    ...(mintedMicro === undefined ? {} : { mintedMicro }),
    ...(branches === undefined ? {} : { branches }),
  };
  if (!equalBytes(encodeInstance(instance), bytes))
    return refuse(paradigmFault('paradigm.instance.malformed'));
  return ok(instance);
}

function integersToBigint(value: unknown): ParadigmValue {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(integersToBigint);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
    return value as ParadigmValue;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, integersToBigint(child)]));
}
