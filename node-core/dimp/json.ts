// Strict JSON as it comes from strangers: bounded in size and depth, no key twice in one object, no whole number that
// would change its value, no half characters. The members of the outermost object are also kept as they were written, so
// that a relay passes on what it does not know to the last byte.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { dimpFault } from './faults.ts';
import { JSON_DEPTH_MAX, MESSAGE_CHARS_MAX } from './limits.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** An object and, by name, each member's value as it was written. */
export type ParsedObject = { readonly value: JsonObject; readonly members: ReadonlyMap<string, string> };

/** Any JSON value. Never throws. */
export function parseJson(text: string, charsMax = MESSAGE_CHARS_MAX): Result<JsonValue> {
  return parseWith(text, charsMax, new Map());
}

/** A JSON object with the exact text of its members. Never throws. */
export function parseJsonObject(text: string, charsMax = MESSAGE_CHARS_MAX): Result<ParsedObject> {
  const members = new Map<string, string>();
  const parsed = parseWith(text, charsMax, members);
  if (!parsed.ok) return parsed;
  return isJsonObject(parsed.value) ? ok({ value: parsed.value, members }) : refuse(malformed('object', 0));
}

/** Writes the members back in their order. */
export function writeJsonMembers(members: ReadonlyMap<string, string>): string {
  return `{${Array.from(members, ([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

class Refusal extends Error {
  readonly what: string;
  readonly position: number;
  constructor(what: string, position: number) {
    super(what);
    this.what = what;
    this.position = position;
  }
}

const malformed = (what: string, position: number) => dimpFault('dimp.json.malformed', { what, position });

function parseWith(text: string, charsMax: number, members: Map<string, string>): Result<JsonValue> {
  if (text.length > charsMax) return refuse(dimpFault('dimp.json.large', { charsMax }));
  const reader = new Reader(text, members);
  try {
    return ok(reader.document());
  } catch (error) {
    if (error instanceof Refusal) return refuse(malformed(error.what, error.position));
    throw error;
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** A run of characters that stand for themselves in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON forbids
const PLAIN = /[^"\\\u0000-\u001f]*/y;
/** Most strings hold none; asking for a lone one takes much longer. */
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly #text: string;
  readonly #members: Map<string, string>;
  #at = 0;

  constructor(text: string, members: Map<string, string>) {
    this.#text = text;
    this.#members = members;
  }

  document(): JsonValue {
    const value = this.#value(1);
    this.#space();
    if (this.#at !== this.#text.length) this.#fail('end');
    return value;
  }

  #fail(what: string): never {
    throw new Refusal(what, this.#at);
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #value(depth: number): JsonValue {
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('value');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) this.#fail('value');
    const value = Number(match[0]);
    const isWhole = match[1] === undefined && match[2] === undefined;
    // A whole number beyond 2^53 would silently become another; one beyond 1.8e308 would become infinite.
    if (isWhole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) this.#fail('number');
    this.#at += match[0].length;
    return value;
  }

  #string(): string {
    this.#at++;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.#at;
      value += PLAIN.exec(this.#text)?.[0] ?? '';
      this.#at = PLAIN.lastIndex;
      const next = this.#text[this.#at];
      if (next === '"') break;
      if (next !== '\\') this.#fail('string');
      value += this.#escape();
    }
    this.#at++;
    if (SURROGATE.test(value) && LONE_SURROGATE.test(value)) this.#fail('string');
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('string');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (!Object.hasOwn(ESCAPES, letter)) this.#fail('string');
    this.#at += 2;
    return ESCAPES[letter] ?? '';
  }

  #array(depth: number): readonly JsonValue[] {
    if (depth > JSON_DEPTH_MAX) this.#fail('depth');
    this.#at++;
    const values: JsonValue[] = [];
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return values;
    }
    for (;;) {
      values.push(this.#value(depth + 1));
      this.#space();
      const next = this.#text[this.#at++];
      if (next === ']') return values;
      if (next !== ',') this.#fail('array');
    }
  }

  #object(depth: number): JsonObject {
    if (depth > JSON_DEPTH_MAX) this.#fail('depth');
    this.#at++;
    const value: { [name: string]: JsonValue } = {};
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return value;
    }
    for (;;) {
      this.#member(value, depth);
      this.#space();
      const next = this.#text[this.#at++];
      if (next === '}') return value;
      if (next !== ',') this.#fail('object');
    }
  }

  #member(target: { [name: string]: JsonValue }, depth: number): void {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#fail('object');
    const name = this.#string();
    if (Object.hasOwn(target, name)) this.#fail('duplicate');
    this.#space();
    if (this.#text[this.#at++] !== ':') this.#fail('object');
    this.#space();
    const start = this.#at;
    const member = this.#value(depth + 1);
    // Not an assignment: `__proto__` is a name like any other here.
    if (name === '__proto__') {
      Object.defineProperty(target, name, {
        value: member,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else target[name] = member;
    if (depth === 1) this.#members.set(name, this.#text.slice(start, this.#at));
  }
}
