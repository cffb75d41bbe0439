// Bytes that arrived and are not understood yet: appended at the end, taken from the front. Each byte is copied a
// bounded number of times whatever the sizes of the pieces; an empty queue holds no memory.

import type { Bytes } from '../../base/index.ts';

const EMPTY = new Uint8Array(0);
const CAPACITY_BYTES_MIN = 1024;

export type ByteQueue = {
  readonly length: () => number;
  readonly push: (bytes: Bytes) => void;
  /** The first bytes, at most `count` of them; valid until the next push. */
  readonly peek: (count: number) => Bytes;
  /** A copy of the first `count` bytes, which leave the queue. */
  readonly take: (count: number) => Bytes;
  readonly drop: (count: number) => void;
};

export function createByteQueue(): ByteQueue {
  let buffer: Bytes = EMPTY;
  let head = 0;
  let tail = 0;

  function makeRoom(count: number): void {
    const length = tail - head;
    if (buffer.length - tail >= count) return;
    const wanted = length + count;
    const target = wanted > buffer.length / 2 ? new Uint8Array(capacityFor(wanted)) : buffer;
    target.set(buffer.subarray(head, tail), 0);
    buffer = target;
    head = 0;
    tail = length;
  }

  function drop(count: number): void {
    head = Math.min(tail, head + count);
    if (head < tail) return;
    buffer = EMPTY;
    head = 0;
    tail = 0;
  }

  return {
    length: () => tail - head,
    push(bytes) {
      makeRoom(bytes.length);
      buffer.set(bytes, tail);
      tail += bytes.length;
    },
    peek: (count) => buffer.subarray(head, Math.min(tail, head + count)),
    take(count) {
      const bytes = buffer.slice(head, Math.min(tail, head + count));
      drop(count);
      return bytes;
    },
    drop,
  };
}

function capacityFor(length: number): number {
  let capacity = CAPACITY_BYTES_MIN;
  while (capacity < length) capacity *= 2;
  return capacity;
}
