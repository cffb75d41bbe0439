// What the other views are made of: accounts and hashes as text, parties, faults, and how far a statement can be
// believed. Hashes are lower-case hex, accounts EIP-55 text, amounts bigint micro-units, times Unix seconds unless the
// name says otherwise; so in every view.

import { z } from 'zod';

export const FaultView = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** How far a statement can be believed: only here · handed to the chain · proven to the light node. */
export const Truth = z.enum(['local', 'sent', 'verified']);
export type Truth = z.infer<typeof Truth>;

export const Role = z.enum(['designer', 'owner', 'buyer']);
export type Role = z.infer<typeof Role>;

export const AccountText = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
export const HashText = z.string().regex(/^[0-9a-f]{64}$/);

export const Party = z.object({
  address: AccountText,
  /** What this console calls it; empty for a stranger. */
  name: z.string(),
  /** The name of the network that it goes by, as the light node proved it. */
  handle: z.string().optional(),
});
export type Party = z.infer<typeof Party>;

/** Where on the chain a thing was recorded. */
export const Anchor = z.object({
  truth: Truth,
  txHash: HashText.optional(),
  height: z.number().optional(),
  timeS: z.number().optional(),
});
export type Anchor = z.infer<typeof Anchor>;
