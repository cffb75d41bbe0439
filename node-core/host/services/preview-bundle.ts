// What the public sees of a model: a picture and a coarse mesh, as one block, so that one content id names both.

import { z } from 'zod';
import type { Bytes, Result } from '../../base/index.ts';
import { encodeRecord, parseRecord } from '../../records/index.ts';

const bytes = z.custom<Bytes>((value) => value instanceof Uint8Array, 'bytes');

const PreviewBundle = z.strictObject({
  v: z.literal(1),
  /** PNG. */
  thumbnail: bytes,
  /** Coarse mesh in the compact codec of node-core/models. */
  mesh: bytes,
});
export type PreviewBundle = Omit<z.infer<typeof PreviewBundle>, 'v'>;

export function encodePreviewBundle(bundle: PreviewBundle): Bytes {
  return encodeRecord({ v: 1, ...bundle });
}

export function parsePreviewBundle(block: Bytes): Result<PreviewBundle> {
  return parseRecord(PreviewBundle, 'preview', block);
}
