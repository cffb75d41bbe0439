// Accounts of this console, their money, and what brings them back.

import { z } from 'zod';
import { TOKENS } from '../base/index.ts';
import { AccountText, Anchor, Party, Role } from './base-views.ts';

export const AccountView = z.object({
  address: AccountText,
  name: z.string(),
  role: Role,
  balances: z.record(z.enum(TOKENS), z.bigint()),
  /** Held in escrow for this account's open orders. */
  escrowMicro: z.bigint(),
  backedUp: z.boolean(),
  verifiedHeight: z.number(),
});
export type AccountView = z.infer<typeof AccountView>;

/** What recovery words lead to, before the account is taken. */
export const AccountFound = z.object({
  address: AccountText,
  /** This console has it already. */
  held: z.object({ name: z.string(), role: Role }).optional(),
  /** This console knew it, but cannot open its key. */
  locked: z.object({ name: z.string(), role: Role }).optional(),
  chainId: z.string(),
  balances: z.record(z.enum(TOKENS), z.bigint()),
  escrowMicro: z.bigint(),
  verifiedHeight: z.number(),
  orders: z.object({ open: z.number(), total: z.number() }),
  /** Titles and names, as registered. */
  models: z.array(z.string()),
  machines: z.array(z.string()),
  roleSuggested: Role,
});
export type AccountFound = z.infer<typeof AccountFound>;

const RestoredCount = z.object({ restored: z.number(), missing: z.number() });

/** What came back with an account; `missing` is registered but was stored under keys that the words do not give. */
export const Recovered = z.object({ address: AccountText, models: RestoredCount, machines: RestoredCount });
export type Recovered = z.infer<typeof Recovered>;

export const LockedAccount = z.object({ address: AccountText, name: z.string(), role: Role });
export type LockedAccount = z.infer<typeof LockedAccount>;

export const WalletEntry = z.object({
  id: z.string(),
  kind: z.enum([
    'received',
    'sent',
    'escrow',
    'refund',
    'earning',
    'author',
    'fee',
    'name',
    'review',
    'review-back',
    'deposit',
    'deposit-back',
    'faucet',
  ]),
  token: z.enum(TOKENS),
  /** Signed: negative leaves the account. */
  amountMicro: z.bigint(),
  counterparty: Party.optional(),
  orderId: AccountText.optional(),
  orderTitle: z.string().optional(),
  anchor: Anchor,
});
export type WalletEntry = z.infer<typeof WalletEntry>;
