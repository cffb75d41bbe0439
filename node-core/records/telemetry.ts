// What a machine did, as a hash chain: each entry names the hash of the one before, and the machine signs checkpoints,
// so no entry can be changed, dropped, added or reordered without it showing.

import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const hash = bytes.refine((value) => value.length === 32, 'a SHA-256 digest has 32 bytes');

/** Temperatures in tenths of a degree Celsius; times in milliseconds since the job began (machine time). */
export const TelemetryEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('begin'),
    job: hash,
    copy: z.int().min(1),
    gcodeHash: hash,
    startedS: z.int(),
  }),
  /** A rule of the machine without which the guard would have stopped this job, and the account that made it. */
  z.strictObject({
    type: z.literal('allowed'),
    rule: z.string().min(1).max(64),
    value: z.number().optional(),
    by: bytes.refine((value) => value.length === 20, 'an address has 20 bytes'),
  }),
  z.strictObject({ type: z.literal('state'), state: z.string().max(32), reason: z.string().max(200) }),
  z.strictObject({
    type: z.literal('temperature'),
    nozzleDeciC: z.int(),
    nozzleTargetDeciC: z.int(),
    bedDeciC: z.int(),
    bedTargetDeciC: z.int(),
  }),
  z.strictObject({ type: z.literal('progress'), linesAcknowledged: z.int().min(0), layer: z.int().min(0) }),
  /** The print goes on where an earlier attempt was cut off: its first line, 0-based, and the layer it is in. */
  z.strictObject({ type: z.literal('resumed'), line: z.int().min(0), layer: z.int().min(0) }),
  /** A picture of the machine, by the hash of its JPEG file. */
  z.strictObject({ type: z.literal('photo'), layer: z.int().min(0), hash }),
  /** Somebody whom the owner lets do so changed the print by message: what was asked, and the account that did. */
  z.strictObject({
    type: z.literal('command'),
    act: z.enum(['pause', 'resume', 'cancel']),
    by: bytes.refine((value) => value.length === 20, 'an address has 20 bytes'),
  }),
  z.strictObject({ type: z.literal('fault'), code: z.string().max(64), detail: z.string().max(200) }),
  z.strictObject({
    type: z.literal('end'),
    outcome: z.enum(['finished', 'cancelled', 'failed']),
    linesAcknowledged: z.int().min(0),
    resends: z.int().min(0),
    layers: z.int().min(0),
    filamentUm: z.int(),
    durationMs: z.int().min(0),
  }),
]);
export type TelemetryEvent = z.infer<typeof TelemetryEvent>;

export const TelemetryEntry = z.strictObject({
  v: z.literal(1),
  /** 0-based position in the chain of this job. */
  index: z.int().min(0),
  /** Hash of the entry before; 32 zero bytes for the first. */
  previous: hash,
  atMs: z.int().min(0),
  event: TelemetryEvent,
});
export type TelemetryEntry = z.infer<typeof TelemetryEntry>;

/** The machine key's signature over the chain up to and including entry `index`. */
export const TelemetryCheckpoint = z.strictObject({
  index: z.int().min(0),
  /** Hash of entry `index`. */
  head: hash,
  signature: bytes.refine((value) => value.length === 64, 'a signature has 64 bytes'),
});
export type TelemetryCheckpoint = z.infer<typeof TelemetryCheckpoint>;
