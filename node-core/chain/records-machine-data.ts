// What the chain keeps of data that machines record outside of it: the roots of the last weeks, and on which terms. A change
// of shape is a change of protocol.

import { z } from 'zod';
import { AddressBytes, Hash } from './fields.ts';

const micro = z.coerce.bigint().min(0n);
const unixS = z.coerce.bigint();
const height = z.coerce.bigint().min(0n);
const DAY_S = 86_400;

export const MachineDataTerms = z.strictObject({
  /** Paid for each checkpoint beside the transaction's own fee. */
  feeMicro: micro.max(1_000_000_000_000n),
  /** Least time between two checkpoints of one machine. */
  intervalS: z.int().min(1).max(DAY_S),
  /** How long a checkpoint is kept: figures under it can be proven to contracts as long. */
  keepS: z
    .int()
    .min(3600)
    .max(366 * DAY_S),
});
export type MachineDataTerms = z.infer<typeof MachineDataTerms>;

/** Six checkpoints an hour at most, some thousands of each machine at any time. */
export const DEFAULT_MACHINE_DATA: MachineDataTerms = {
  feeMicro: 1_000n,
  intervalS: 600,
  keepS: 30 * DAY_S,
};

/** One recorded root, under its id. */
export const CheckpointState = z.strictObject({
  v: z.literal(1),
  machine: AddressBytes,
  height,
  count: z.int().min(1),
  root: Hash,
  recordedS: unixS,
  recordedHeight: height,
});
export type CheckpointState = z.infer<typeof CheckpointState>;

/** Which numbered checkpoints of a machine are kept: `oldest` up to, but not with, `next`. */
export const MachineDataState = z.strictObject({
  v: z.literal(1),
  oldest: z.coerce.bigint().min(0n),
  next: z.coerce.bigint().min(0n),
  /** Of the newest one that there ever was. */
  height,
  recordedS: unixS,
});
export type MachineDataState = z.infer<typeof MachineDataState>;

/** Id of a machine's n-th checkpoint. */
export const CheckpointId = z.strictObject({ id: Hash });
export type CheckpointId = z.infer<typeof CheckpointId>;
