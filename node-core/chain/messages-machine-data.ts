// The message by which what machines record outside of the chain comes under a root that the chain holds.

import { z } from 'zod';
import { AddressBytes, Hash, SignatureBytes } from './fields.ts';

/** Leaves of one tree: more than a figure a second for a century. */
const COUNT_MAX = 2 ** 32;

/** Records the root over a machine's data as it stands. Sent by the machine's owner, or by the machine itself. */
export const MachineCheckpoint = z.strictObject({
  type: z.literal('machine.checkpoint'),
  machine: AddressBytes,
  /** Of the machine's own log: rises with every checkpoint. */
  height: z.int().min(1),
  /** Leaves in the tree. */
  count: z.int().min(1).max(COUNT_MAX),
  /** RFC 6962 root over them. */
  root: Hash,
  /** The machine key's own signature: no owner can invent what a machine has not recorded. */
  proof: SignatureBytes,
});
