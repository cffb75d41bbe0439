// Puts the arrays of a worker's reply into shared memory, where every thread reads the same bytes: the page hands a mesh
// on to whoever draws it without copying it, and keeps it. Where the page may not share memory, replies are left as they are.

/** A copy whose typed arrays, down to the second level, are shared. Nobody writes to them from then on. */
export function shareArrays<T extends object>(reply: T): T {
  return globalThis.crossOriginIsolated === true ? (shared(reply, 2) as T) : reply;
}

function shared(value: unknown, depth: number): unknown {
  if (
    value instanceof Float32Array ||
    value instanceof Uint32Array ||
    value instanceof Uint16Array ||
    value instanceof Uint8Array
  ) {
    return sharedArray(value);
  }
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shared(field, depth - 1)]));
}

function sharedArray(array: Float32Array | Uint32Array | Uint16Array | Uint8Array): typeof array {
  const buffer = new SharedArrayBuffer(array.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  if (array instanceof Float32Array) return new Float32Array(buffer);
  if (array instanceof Uint32Array) return new Uint32Array(buffer);
  return array instanceof Uint16Array ? new Uint16Array(buffer) : new Uint8Array(buffer);
}
