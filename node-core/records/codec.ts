// Records to canonical bytes and back. Bytes that are not canonical, or not of the record's shape, are refused.

import type { z } from 'zod';
import type { Bytes, CborValue, Result } from '../base/index.ts';
import { defineFaults, encodeCbor, equalBytes, ok, parseCbor, refuse, sha256 } from '../base/index.ts';

const recordFault = defineFaults('record', {
  'record.malformed': {
    message: 'This {kind} record is not in the one form that its hash is defined for.',
    next: 'Get the record again from whoever sent it.',
  },
});

/** Canonical dag-cbor of a record. The caller's type guarantees the shape. */
export function encodeRecord(record: object): Bytes {
  return encodeCbor(record as CborValue);
}

/** SHA-256 of the canonical bytes: the record's name everywhere. */
export function recordHash(record: object): Bytes {
  return sha256(encodeRecord(record));
}

/** Strict: canonical dag-cbor of exactly the schema's fields. */
export function parseRecord<S extends z.ZodType>(schema: S, kind: string, bytes: Bytes): Result<z.infer<S>> {
  const value = parseCbor(bytes);
  if (value === undefined) return refuse(recordFault('record.malformed', { kind }));
  const parsed = schema.safeParse(value);
  // Schemas coerce integers to bigint; a value that only coercion made fit has another encoding and is refused.
  const canonical = parsed.success && equalBytes(encodeRecord(parsed.data as object), bytes);
  return canonical ? ok(parsed.data) : refuse(recordFault('record.malformed', { kind }));
}
