// Damage that knows the structure of what it damages: bytes, trees of values (CBOR, JSON), protobuf fields and lines of
// text. Most results are nearly right, so that they get past the first check and reach the ones behind it.

import type { Bytes, CborValue } from '../../../base/index.ts';
import { concatBytes, decodeVarint, encodeVarint } from '../../../base/index.ts';
import type { FuzzRandom } from './random.ts';

const EDGE_BYTES = [0, 1, 0x0a, 0x1a, 0x20, 0x40, 0x7f, 0x80, 0x81, 0xc2, 0xf7, 0xfb, 0xff];
/** What one input may grow to. */
const SIZE_MAX = 200_000;

type ByteChange = (bytes: Bytes, random: FuzzRandom, other: Bytes) => Bytes;

const at = (bytes: Bytes, random: FuzzRandom) => random.below(bytes.length + 1);

const BYTE_CHANGES: readonly ByteChange[] = [
  (bytes, random) => {
    const copy = bytes.slice();
    const place = random.below(copy.length);
    copy[place] = (copy[place] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  (bytes, random) => {
    const copy = bytes.slice();
    copy[random.below(copy.length)] = random.pick(EDGE_BYTES);
    return copy;
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => {
    const start = at(bytes, random);
    return concatBytes(bytes.subarray(0, start), bytes.subarray(start + 1 + random.length(64)));
  },
  (bytes, random) => {
    const start = at(bytes, random);
    return concatBytes(bytes.subarray(0, start), random.bytes(random.length(64)), bytes.subarray(start));
  },
  (bytes, random) => {
    const start = at(bytes, random);
    const piece = bytes.subarray(start, start + random.length(256));
    const place = at(bytes, random);
    return concatBytes(bytes.subarray(0, place), piece, bytes.subarray(place));
  },
  (bytes, random, other) =>
    concatBytes(bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))),
  (bytes, random) => {
    // A length or number of up to ten bytes, written over what was there.
    const start = at(bytes, random);
    const value = (BigInt(random.u32()) << BigInt(random.below(33))) >> BigInt(random.below(60));
    const varint = encodeVarint(value);
    return concatBytes(bytes.subarray(0, start), varint, bytes.subarray(start + varint.length));
  },
  (bytes, random) => {
    const copy = bytes.slice();
    const start = random.below(copy.length);
    copy.fill(random.pick(EDGE_BYTES), start, start + 1 + random.length(32));
    return copy;
  },
];

/** One to four changes; `other` lends pieces. */
export function mutateBytes(bytes: Bytes, random: FuzzRandom, other: Bytes = bytes): Bytes {
  let changed = bytes;
  for (let count = 1 + random.below(4); count > 0; count--)
    changed = random.pick(BYTE_CHANGES)(changed, random, other);
  return changed.length > SIZE_MAX ? changed.subarray(0, SIZE_MAX) : changed;
}

const EDGE_NUMBERS: readonly CborValue[] = [
  0,
  1,
  -1,
  255,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
];
const EDGE_TEXTS = ['', '0', '-1', '00', '1e9', '9223372036854775808', 'é', '\u0000', '\ud800', '🖨', 'null'];

/** A value of another kind than expected, or at the edge of its kind. */
function edgeValue(random: FuzzRandom): CborValue {
  switch (random.below(7)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return random.pick(EDGE_NUMBERS);
    case 3:
      return random.oneIn(8) ? 'x'.repeat(random.length(5000)) : random.pick(EDGE_TEXTS);
    case 4:
      return random.bytes(random.pick([0, 1, 19, 20, 31, 32, 33, 63, 64, 65]));
    case 5:
      return [];
    default:
      return {};
  }
}

/** A tree like the given one with one place changed: replaced, dropped, doubled, renamed, or taken from `other`. */
export function mutateTree(value: CborValue, random: FuzzRandom, other: CborValue = value): CborValue {
  const isLeaf = typeof value !== 'object' || value === null || value instanceof Uint8Array;
  // Deep places are reached as often as shallow ones.
  if (isLeaf || random.oneIn(6)) return changeNode(value, random, other);
  if (Array.isArray(value)) {
    if (value.length === 0) return [edgeValue(random)];
    const place = random.below(value.length);
    return changeList(value, place, random, other);
  }
  return changeObject(value as Readonly<Record<string, CborValue>>, random, other);
}

function changeNode(value: CborValue, random: FuzzRandom, other: CborValue): CborValue {
  if (random.oneIn(4)) return anywhereIn(other, random);
  if (value instanceof Uint8Array && random.oneIn(2)) return mutateBytes(value, random);
  if (typeof value === 'number' && random.oneIn(2)) return value + random.below(5) - 2;
  if (typeof value === 'bigint' && random.oneIn(2)) return value + BigInt(random.below(5) - 2);
  if (typeof value === 'string' && value.length > 0 && random.oneIn(2)) {
    const place = random.below(value.length);
    return value.slice(0, place) + random.pick(EDGE_TEXTS) + value.slice(place + random.below(2));
  }
  return edgeValue(random);
}

function changeList(
  list: readonly CborValue[],
  place: number,
  random: FuzzRandom,
  other: CborValue,
): CborValue {
  switch (random.below(6)) {
    case 0:
      return list.filter((_item, index) => index !== place);
    case 1:
      return [...list, list[place] ?? null];
    case 2:
      return [...list].reverse();
    default:
      return list.map((item, index) => (index === place ? mutateTree(item, random, other) : item));
  }
}

function changeObject(
  object: Readonly<Record<string, CborValue>>,
  random: FuzzRandom,
  other: CborValue,
): CborValue {
  const names = Object.keys(object);
  if (names.length === 0) return { extra: edgeValue(random) };
  const name = random.pick(names);
  const { [name]: chosen = null, ...rest } = object;
  switch (random.below(8)) {
    case 0:
      return rest;
    case 1:
      return { ...rest, [random.pick(['__proto__x', 'constructor', 'v', `${name}2`, ''])]: chosen };
    case 2:
      return { ...object, extra: edgeValue(random) };
    default:
      return { ...object, [name]: mutateTree(chosen, random, other) };
  }
}

/** Any node of the tree. */
function anywhereIn(value: CborValue, random: FuzzRandom): CborValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const children = Array.isArray(value) ? value : Object.values(value);
  if (children.length === 0 || random.oneIn(3)) return value;
  return anywhereIn(random.pick(children), random);
}

type Field = { readonly tag: bigint; readonly value: bigint | Bytes };

/** Fields of one protobuf message, or undefined where the bytes are none (varints and length-delimited fields only). */
function readFields(bytes: Bytes): Field[] | undefined {
  const fields: Field[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const tag = decodeVarint(bytes, offset);
    const word = tag === undefined ? undefined : decodeVarint(bytes, tag.next);
    if (tag === undefined || word === undefined) return undefined;
    const wireType = tag.value & 7n;
    if (wireType === 0n) {
      fields.push({ tag: tag.value, value: word.value });
      offset = word.next;
    } else {
      if (wireType !== 2n || word.value > BigInt(bytes.length - word.next)) return undefined;
      offset = word.next + Number(word.value);
      fields.push({ tag: tag.value, value: bytes.subarray(word.next, offset) });
    }
  }
  return fields;
}

const writeFields = (fields: readonly Field[]): Bytes =>
  concatBytes(
    ...fields.flatMap(({ tag, value }) =>
      typeof value === 'bigint'
        ? [encodeVarint(tag), encodeVarint(value)]
        : [encodeVarint(tag), encodeVarint(value.length), value],
    ),
  );

/** A message with one field changed, at any depth; its lengths fit again. */
export function mutateProtobuf(bytes: Bytes, random: FuzzRandom, other: Bytes = bytes): Bytes {
  const fields = readFields(bytes);
  if (fields === undefined || fields.length === 0 || random.oneIn(8))
    return mutateBytes(bytes, random, other);
  const place = random.below(fields.length);
  const field = fields[place] as Field;
  const replaced = (value: Field) => writeFields(fields.map((old, index) => (index === place ? value : old)));
  switch (random.below(8)) {
    case 0:
      return writeFields(fields.filter((_field, index) => index !== place));
    case 1:
      return writeFields([...fields, field]);
    case 2:
      return writeFields([...fields].reverse());
    case 3:
      return replaced({ ...field, tag: BigInt(random.below(200)) * 8n + (field.tag & 7n) });
    default: {
      if (typeof field.value !== 'bigint')
        return replaced({ ...field, value: mutateProtobuf(field.value, random, other) });
      const edges = [0n, 1n, field.value + 1n, 0xffn, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n];
      return replaced({ ...field, value: random.pick(edges) });
    }
  }
}

/** Text with lines dropped, doubled, moved, cut, or with a word of another line. */
export function mutateLines(text: string, random: FuzzRandom, words: readonly string[]): string {
  const lines = text.split('\n');
  for (let count = 1 + random.below(6); count > 0; count--) {
    const place = random.below(lines.length);
    const line = lines[place] ?? '';
    const cut = random.below(line.length + 1);
    switch (random.below(6)) {
      case 0:
        lines.splice(place, 1 + random.length(8));
        break;
      case 1:
        lines.splice(place, 0, line);
        break;
      case 2:
        lines[place] = line.slice(0, cut) + random.pick(words) + line.slice(cut);
        break;
      case 3:
        lines[place] = line.slice(0, cut);
        break;
      case 4:
        lines.splice(place, 0, `${random.pick(words)} ${random.pick(words)}`);
        break;
      default:
        lines[place] = line + String.fromCharCode(random.below(0x3000));
    }
  }
  return lines.join('\n');
}
