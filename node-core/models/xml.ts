// A pull reader for the XML of 3MF parts, straight from bytes: elements, attributes, namespaces. Text content is skipped.
// Bounded: depth, attributes and no document type (3MF core 1.3 section 2.3.4 forbids it), so no entity can grow.

import type { Bytes } from '../base/index.ts';
import { FaultError, parseUtf8, utf8ToBytes } from '../base/index.ts';
import { modelFault } from './faults.ts';

const DEPTH_MAX = 64;
const ATTRIBUTES_MAX = 64;
const NAMES_MAX = 4096;
const LT = 60;
const GT = 62;
const SLASH = 47;
const EQUALS = 61;
const QUOTE = 34;
const APOSTROPHE = 39;
const BANG = 33;
const QUESTION = 63;

export type XmlEvent = 'open' | 'close' | 'end';

type Scope = { readonly depth: number; readonly prefix: string; readonly uri: string };

function malformed(what: string): FaultError {
  return new FaultError(modelFault('model.3mf.malformed', { what }));
}

/** UTF-16 with a byte-order mark (which 3MF allows) as UTF-8; anything else as it is. */
function toUtf8(bytes: Bytes): Bytes {
  const label =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined;
  return label === undefined ? bytes : utf8ToBytes(new TextDecoder(label).decode(bytes));
}

export class XmlReader {
  readonly bytes: Bytes;
  at = 0;
  /** Of the element that the last event was about. */
  local = '';
  namespace = '';
  isOpening = false;
  readonly #attributeNames: string[] = [];
  readonly #attributeRanges: number[] = [];
  #attributeCount = 0;
  readonly #open: string[] = [];
  readonly #scopes: Scope[] = [];
  readonly #names = new Map<number, string>();
  #closeNext = false;
  #rootSeen = false;

  constructor(bytes: Bytes) {
    this.bytes = toUtf8(bytes);
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf) this.at = 3;
  }

  get depth(): number {
    return this.#open.length;
  }

  /** @throws FaultError where the part is not well-formed. */
  next(): XmlEvent {
    if (this.#closeNext) {
      this.#closeNext = false;
      return this.#close();
    }
    const { bytes } = this;
    for (;;) {
      while (this.at < bytes.length && bytes[this.at] !== LT) this.at++;
      if (this.at >= bytes.length) {
        if (this.#open.length > 0 || !this.#rootSeen) throw malformed('XML ends too early');
        return 'end';
      }
      const kind = bytes[this.at + 1];
      if (kind === BANG) this.#skipDeclaration();
      else if (kind === QUESTION) this.#skipPast('?>');
      else if (kind === SLASH) return this.#readClose();
      else return this.#readOpen();
    }
  }

  /** Skips everything inside the element just opened, its end included. */
  skipElement(): void {
    const depth = this.#open.length - 1;
    while (this.#open.length > depth) this.next();
  }

  #skipPast(mark: string): void {
    const { bytes } = this;
    for (let i = this.at; i + mark.length <= bytes.length; i++) {
      let same = 0;
      while (same < mark.length && bytes[i + same] === mark.charCodeAt(same)) same++;
      if (same === mark.length) {
        this.at = i + mark.length;
        return;
      }
    }
    throw malformed('XML ends too early');
  }

  #skipDeclaration(): void {
    const head = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 9));
    if (head.startsWith('<!--')) this.#skipPast('-->');
    else if (head === '<![CDATA[') this.#skipPast(']]>');
    else throw malformed('document type declaration');
  }

  #readClose(): XmlEvent {
    this.at += 2;
    const name = this.#readName();
    this.#skipSpace();
    if (this.bytes[this.at] !== GT || name !== this.#open[this.#open.length - 1]) throw malformed('XML tags');
    this.at++;
    return this.#close();
  }

  #close(): XmlEvent {
    const name = this.#open[this.#open.length - 1] ?? '';
    this.#resolve(name);
    const depth = this.#open.length;
    while (this.#scopes[this.#scopes.length - 1]?.depth === depth) this.#scopes.pop();
    this.#open.pop();
    this.#attributeCount = 0;
    this.isOpening = false;
    return 'close';
  }

  #readOpen(): XmlEvent {
    this.at++;
    const name = this.#readName();
    if (this.#open.length === 0 && this.#rootSeen) throw malformed('XML has two roots');
    if (this.#open.length >= DEPTH_MAX) throw malformed('XML is nested too deep');
    this.#rootSeen = true;
    this.#open.push(name);
    this.#attributeCount = 0;
    this.#readAttributes();
    this.#resolve(name);
    this.isOpening = true;
    return 'open';
  }

  #readAttributes(): void {
    const { bytes } = this;
    for (;;) {
      this.#skipSpace();
      const byte = bytes[this.at];
      if (byte === GT) {
        this.at++;
        return;
      }
      if (byte === SLASH) {
        if (bytes[this.at + 1] !== GT) throw malformed('XML tags');
        this.at += 2;
        this.#closeNext = true;
        return;
      }
      const name = this.#readName();
      this.#skipSpace();
      if (bytes[this.at] !== EQUALS) throw malformed('XML attributes');
      this.at++;
      this.#skipSpace();
      const quote = bytes[this.at];
      if (quote !== QUOTE && quote !== APOSTROPHE) throw malformed('XML attributes');
      const start = ++this.at;
      while (this.at < bytes.length && bytes[this.at] !== quote) this.at++;
      if (this.at >= bytes.length) throw malformed('XML ends too early');
      this.#addAttribute(name, start, this.at);
      this.at++;
    }
  }

  #addAttribute(name: string, start: number, end: number): void {
    if (this.#attributeCount >= ATTRIBUTES_MAX) throw malformed('XML has too many attributes');
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      const prefix = name === 'xmlns' ? '' : name.slice(6);
      this.#scopes.push({ depth: this.#open.length, prefix, uri: this.#decode(start, end) });
      return;
    }
    this.#attributeNames[this.#attributeCount] = name;
    this.#attributeRanges[this.#attributeCount * 2] = start;
    this.#attributeRanges[this.#attributeCount * 2 + 1] = end;
    this.#attributeCount++;
  }

  #skipSpace(): void {
    const { bytes } = this;
    while (this.at < bytes.length && (bytes[this.at] as number) <= 32) this.at++;
  }

  /** Names repeat a million times: each becomes a string once. */
  #readName(): string {
    const { bytes } = this;
    const start = this.at;
    let hash = 0;
    for (; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at] as number;
      if (byte <= 32 || byte === EQUALS || byte === GT || byte === SLASH || byte === LT) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (this.at === start) throw malformed('XML names');
    const known = this.#names.get(hash);
    if (known !== undefined && this.#isText(known, start, this.at)) return known;
    const name = parseUtf8(bytes.subarray(start, this.at));
    if (name === undefined) throw malformed('XML encoding');
    if (this.#names.size < NAMES_MAX) this.#names.set(hash, name);
    return name;
  }

  #isText(text: string, start: number, end: number): boolean {
    if (text.length !== end - start) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #resolve(name: string): void {
    const colon = name.indexOf(':');
    const prefix = colon < 0 ? '' : name.slice(0, colon);
    this.local = colon < 0 ? name : name.slice(colon + 1);
    this.namespace = this.namespaceOf(prefix) ?? '';
  }

  namespaceOf(prefix: string): string | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Scope;
      if (scope.prefix === prefix) return scope.uri;
    }
    return undefined;
  }

  /** Where the value of an unprefixed attribute begins; -1 where the element just opened has none. */
  attributeAt(name: string): number {
    for (let i = 0; i < this.#attributeCount; i++) {
      if (this.#attributeNames[i] === name) return this.#attributeRanges[i * 2] as number;
    }
    return -1;
  }

  /** Decoded value; `namespace` undefined means an unprefixed attribute. */
  attribute(local: string, namespace?: string): string | undefined {
    for (let i = 0; i < this.#attributeCount; i++) {
      const name = this.#attributeNames[i] as string;
      const colon = name.indexOf(':');
      const matches =
        namespace === undefined
          ? name === local
          : colon >= 0 &&
            name.slice(colon + 1) === local &&
            this.namespaceOf(name.slice(0, colon)) === namespace;
      if (matches)
        return this.#decode(
          this.#attributeRanges[i * 2] as number,
          this.#attributeRanges[i * 2 + 1] as number,
        );
    }
    return undefined;
  }

  #decode(start: number, end: number): string {
    const text = parseUtf8(this.bytes.subarray(start, end));
    if (text === undefined) throw malformed('XML encoding');
    return text.includes('&') ? text.replace(/&([^;]*);/g, (_, name: string) => decodeEntity(name)) : text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntity(name: string): string {
  const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  if (known !== undefined) return known;
  const match = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  const code = Number.parseInt(match?.[1] ?? match?.[2] ?? '', match?.[1] === undefined ? 10 : 16);
  if (Number.isNaN(code) || code > 0x10_ffff) throw malformed('XML entity');
  return String.fromCodePoint(code);
}
