// How the tree is stored: pages of four binary levels each, and buckets, which hold a whole small subtree, so that a
// block reads and writes few entries. Neither shows in any hash: roots and proofs are those of the binary tree, in which
// a lone leaf stands at its shortest unique prefix. In memory a page is one run of bytes with its inner hashes; stored are
// only its slots.

import type { Bytes } from '../../base/index.ts';
import { assert, equalBytes } from '../../base/index.ts';
import {
  type Child,
  EMPTY_CHILD,
  HASH_SIZE_BYTES,
  type HashFunction,
  hashInner,
  LEAF_HASH_OFFSET,
  LEAF_SIZE_BYTES,
  type LeafRecord,
  leafChild,
  NOTHING,
} from './leaf.ts';
import { PLACE_SIZE_BYTES } from './store-keys.ts';

export const SLOTS = 16;

/**
 * `bytes` are the kinds of the slots (0: empty, else 1 + index in KINDS), the states of the nodes, their hashes, and the
 * slots. The binary tree is a heap: 1 is the top, 2i and 2i+1 are the children of i, 16 … 31 the slots.
 */
export type Page = { readonly bytes: Bytes; readonly hash: Bytes };

const KINDS = ['leaf', 'page', 'bucket'] as const;
const EMPTY = 0;
/** A kind, and a state: exactly one leaf, which stands as high as it is alone. */
const LEAF = 1;
const INNER = 2;

const STATES_AT = SLOTS;
const HASHES_AT = STATES_AT + SLOTS;
const SLOTS_AT = HASHES_AT + SLOTS * HASH_SIZE_BYTES;
const PAGE_SIZE_BYTES = SLOTS_AT + SLOTS * LEAF_SIZE_BYTES;
const REFERENCE_SIZE_BYTES = HASH_SIZE_BYTES + PLACE_SIZE_BYTES;
const ALL_SLOTS = 0xffff;

const slotOffset = (slot: number) => SLOTS_AT + slot * LEAF_SIZE_BYTES;
const contentSize = (kind: number) => (kind === LEAF ? LEAF_SIZE_BYTES : REFERENCE_SIZE_BYTES);

function stateOf(bytes: Bytes, node: number): number {
  if (node < SLOTS) return bytes[STATES_AT + node] ?? EMPTY;
  return Math.min(bytes[node - SLOTS] ?? EMPTY, INNER);
}

/** Where a node's hash lies. */
function hashOffset(bytes: Bytes, node: number): number {
  if (node < SLOTS) return HASHES_AT + node * HASH_SIZE_BYTES;
  const offset = slotOffset(node - SLOTS);
  return bytes[node - SLOTS] === LEAF ? offset + LEAF_HASH_OFFSET : offset;
}

function settleNode(hash: HashFunction, bytes: Bytes, node: number): void {
  const [left, right] = [2 * node, 2 * node + 1];
  const [leftState, rightState] = [stateOf(bytes, left), stateOf(bytes, right)];
  const isLone =
    (leftState === EMPTY && rightState !== INNER) || (rightState === EMPTY && leftState === LEAF);
  const at = HASHES_AT + node * HASH_SIZE_BYTES;
  if (isLone) {
    const [only, state] = leftState === EMPTY ? [right, rightState] : [left, leftState];
    bytes[STATES_AT + node] = state;
    const from = hashOffset(bytes, only);
    if (state === LEAF) bytes.copyWithin(at, from, from + HASH_SIZE_BYTES);
    return;
  }
  bytes[STATES_AT + node] = INNER;
  const offsets = [
    leftState === EMPTY ? NOTHING : hashOffset(bytes, left),
    rightState === EMPTY ? NOTHING : hashOffset(bytes, right),
  ] as const;
  bytes.set(hashInner(hash, bytes, ...offsets), at);
}

/** Hashes again the ways from the slots whose bits are set in `touched` to the top. Two leaves at least. */
function settle(hash: HashFunction, bytes: Bytes, touched: number): Page {
  let nodes = touched;
  for (let level = SLOTS / 2; level >= 1; level /= 2) {
    let above = 0;
    for (let index = 0; index < level; index++) {
      if (((nodes >> (2 * index)) & 3) === 0) continue;
      settleNode(hash, bytes, level + index);
      above |= 1 << index;
    }
    nodes = above;
  }
  assert(stateOf(bytes, 1) === INNER, 'a page holds two leaves at least');
  const top = HASHES_AT + HASH_SIZE_BYTES;
  return { bytes, hash: bytes.subarray(top, top + HASH_SIZE_BYTES) };
}

function writeSlot(bytes: Bytes, slot: number, child: Child | undefined): void {
  bytes[slot] = child === undefined ? EMPTY : 1 + KINDS.indexOf(child.kind);
  if (child !== undefined) writeContent(bytes, slotOffset(slot), child);
}

/** The leaf, or hash and place. */
function writeContent(into: Bytes, offset: number, child: Child): void {
  if (child.kind === 'leaf') {
    into.set(child.leaf, offset);
  } else {
    into.set(child.hash, offset);
    into.set(child.place, offset + HASH_SIZE_BYTES);
  }
}

function readContent(kind: number, content: Bytes): Child {
  const name = KINDS[kind - 1];
  assert(name !== undefined, 'a stored tree entry is well formed');
  if (name === 'leaf') return leafChild(content);
  return { kind: name, hash: content.subarray(0, HASH_SIZE_BYTES), place: content.subarray(HASH_SIZE_BYTES) };
}

export type Slots = readonly (Child | undefined)[];

/** The page of these slots, two leaves at least. */
export function createPage(hash: HashFunction, slots: Slots): Page {
  const bytes = new Uint8Array(PAGE_SIZE_BYTES);
  for (let slot = 0; slot < SLOTS; slot++) writeSlot(bytes, slot, slots[slot]);
  return settle(hash, bytes, ALL_SLOTS);
}

/** Puts other subtrees into some slots: only what is above them is hashed again. `before` may not be used any more. */
export function replaceSlots(
  hash: HashFunction,
  before: Page,
  replacements: readonly (readonly [number, Child | undefined])[],
): Page {
  const { bytes } = before;
  let touched = 0;
  for (const [slot, child] of replacements) {
    writeSlot(bytes, slot, child);
    touched |= 1 << slot;
  }
  return settle(hash, bytes, touched);
}

/** Its parts are views of the page. */
export function childAt({ bytes }: Page, slot: number): Child | undefined {
  const kind = bytes[slot] ?? EMPTY;
  if (kind === EMPTY) return undefined;
  const offset = slotOffset(slot);
  return readContent(kind, bytes.subarray(offset, offset + contentSize(kind)));
}

/** Siblings from a slot to the page's top; a leaf alone in its subtree stands higher, without steps below. */
export function stepsInPage(
  { bytes }: Page,
  slot: number,
): { readonly side: 'left' | 'right'; readonly hash: Bytes }[] {
  const steps: { readonly side: 'left' | 'right'; readonly hash: Bytes }[] = [];
  for (let node = SLOTS + slot; node > 1; node >>= 1) {
    const sibling = node ^ 1;
    const isEmpty = stateOf(bytes, sibling) === EMPTY;
    if (isEmpty && stateOf(bytes, node) === LEAF) continue;
    const at = hashOffset(bytes, sibling);
    const hash = isEmpty ? EMPTY_CHILD : bytes.subarray(at, at + HASH_SIZE_BYTES);
    steps.push({ side: node % 2 === 0 ? 'right' : 'left', hash });
  }
  return steps;
}

/** The leaves of a page that has nothing else, once some slots are replaced: such a page must not exist. */
export function leavesOnly(
  page: Page,
  replacements: readonly (readonly [number, Child | undefined])[],
): LeafRecord[] | undefined {
  const replaced = new Map(replacements);
  const leaves: LeafRecord[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const isKept = !replaced.has(slot);
    if (isKept && (page.bytes[slot] ?? EMPTY) > LEAF) return undefined;
    const child = isKept ? childAt(page, slot) : replaced.get(slot);
    if (child === undefined) continue;
    if (child.kind !== 'leaf') return undefined;
    leaves.push(child.leaf);
  }
  return leaves;
}

/** Kind, then the leaf, or hash and place. */
export function encodeChild(child: Child): Bytes {
  const kind = KINDS.indexOf(child.kind);
  const bytes = new Uint8Array(1 + contentSize(1 + kind));
  bytes[0] = kind;
  writeContent(bytes, 1, child);
  return bytes;
}

/** Reads one child; its parts are views of `bytes`. @throws Error where the stored bytes are damaged: that is a bug. */
export function decodeChild(bytes: Bytes): Child {
  const kind = 1 + (bytes[0] ?? KINDS.length);
  const end = 1 + contentSize(kind);
  assert(end <= bytes.length, 'a stored tree entry is complete');
  return readContent(kind, bytes.subarray(1, end));
}

/** Which slots there are, as bits; then each as encodeChild has it. */
export function encodePage({ bytes }: Page, take: (sizeBytes: number) => Bytes): Bytes {
  let [mask, sizeBytes] = [0, 2];
  for (let slot = 0; slot < SLOTS; slot++) {
    const kind = bytes[slot] ?? EMPTY;
    if (kind === EMPTY) continue;
    mask |= 1 << slot;
    sizeBytes += 1 + contentSize(kind);
  }
  const stored = take(sizeBytes);
  stored[0] = mask & 255;
  stored[1] = mask >> 8;
  let offset = 2;
  for (let slot = 0; slot < SLOTS; slot++) {
    const kind = bytes[slot] ?? EMPTY;
    if (kind === EMPTY) continue;
    const from = slotOffset(slot);
    stored[offset] = kind - 1;
    stored.set(bytes.subarray(from, from + contentSize(kind)), offset + 1);
    offset += 1 + contentSize(kind);
  }
  return stored;
}

/** @throws Error where the stored bytes are damaged. */
export function decodePage(hash: HashFunction, stored: Bytes, expected: Bytes): Page {
  const mask = (stored[0] ?? 0) | ((stored[1] ?? 0) << 8);
  const bytes = new Uint8Array(PAGE_SIZE_BYTES);
  let offset = 2;
  for (let slot = 0; slot < SLOTS; slot++) {
    if ((mask & (1 << slot)) === 0) continue;
    const kind = 1 + (stored[offset] ?? KINDS.length);
    const end = offset + 1 + contentSize(kind);
    assert(kind <= KINDS.length && end <= stored.length, 'a stored page is complete');
    bytes[slot] = kind;
    bytes.set(stored.subarray(offset + 1, end), slotOffset(slot));
    offset = end;
  }
  const page = settle(hash, bytes, ALL_SLOTS);
  const whole = offset === stored.length && equalBytes(page.hash, expected);
  assert(whole, 'a stored page hashes to what its parent says');
  return page;
}
