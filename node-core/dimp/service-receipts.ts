// What users sign for what a station brought them: a day's receipts of one user, as they travel to the station in a content
// that others pass on. What a receipt must say, and what it is worth, the network decides; here is its form alone.

import { z } from 'zod';
import type { JsonObject } from './json.ts';

/** In one content; a user's whole weight takes fewer. */
const SERVICE_RECEIPTS_MAX = 8;

const SERVICE = { app: 'dipnet', mod: 'service', act: 'receipts' } as const;
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** One message: its sender, its hash, and the user's signature. */
const ServiceReceiptText = z.strictObject({ sender: address, message: hex(32), signature: hex(64) });
export type ServiceReceiptText = z.infer<typeof ServiceReceiptText>;

/** For one provider and one day of its network. Unknown members are passed over. */
export const ServiceReceipts = z.object({
  app: z.literal(SERVICE.app),
  mod: z.literal(SERVICE.mod),
  act: z.literal(SERVICE.act),
  network: z.string().min(1).max(64),
  day: z.int().min(0),
  provider: address,
  /** Public key of the user, compressed: its address is the one that the message comes from. */
  user: hex(33),
  /** A name of the user whose fee counts; empty for none. */
  name: z.string().max(64),
  receipts: z.array(ServiceReceiptText).min(1).max(SERVICE_RECEIPTS_MAX),
});
export type ServiceReceipts = z.infer<typeof ServiceReceipts>;

/** Member of the station's answer: the messages whose receipts it has. */
const KEPT_FIELD = 'kept';

export const serviceReceiptsContent = (what: Omit<ServiceReceipts, 'app' | 'mod' | 'act'>): JsonObject => ({
  ...SERVICE,
  network: what.network,
  day: what.day,
  provider: what.provider,
  user: what.user,
  name: what.name,
  receipts: what.receipts.map((receipt) => ({ ...receipt })),
});

export const keptReceipts = (messages: readonly string[]): JsonObject => ({ [KEPT_FIELD]: [...messages] });

/** The messages whose receipts a station says it has; undefined where it says nothing of receipts. */
export function readKeptReceipts(json: JsonObject): readonly string[] | undefined {
  const parsed = z.array(hex(32)).max(SERVICE_RECEIPTS_MAX).safeParse(json[KEPT_FIELD]);
  return parsed.success ? parsed.data : undefined;
}
