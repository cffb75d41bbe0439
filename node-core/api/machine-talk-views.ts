// What the pages show of machines as contacts: the status card and the allowed buttons of a chat, and, to a machine's
// owner, who may ask what of it.

import { z } from 'zod';
import { AccountText, FaultView, Party } from './base-views.ts';
import { MachineStateView, TemperaturesView } from './machine-views.ts';

export const MachineActView = z.enum(['status', 'pause', 'resume', 'cancel', 'picture']);
export type MachineActView = z.infer<typeof MachineActView>;

export const MachineContactView = z.object({
  name: z.string(),
  /** As the chain has it; absent for what only says that it is a machine. */
  owner: Party.optional(),
  /** When it last answered this account; absent before it ever did since this console runs. */
  heardMs: z.number().optional(),
  stale: z.boolean(),
  /** What this account may ask of it, as it says itself. */
  may: z.array(MachineActView),
  /** Why it tells nothing. */
  refusal: FaultView.optional(),
  status: z
    .object({
      state: MachineStateView,
      temperatures: TemperaturesView,
      job: z
        .object({
          copy: z.number(),
          copies: z.number(),
          layer: z.number(),
          layers: z.number(),
          share: z.number(),
          leftMs: z.number().nullable(),
        })
        .optional(),
    })
    .optional(),
});
export type MachineContactView = z.infer<typeof MachineContactView>;

export const MachineActResult = z.object({
  /** What the machine answered, in its words. */
  text: z.string(),
  picture: z.object({ image: z.instanceof(Blob), rotate: z.number(), flip: z.boolean() }).optional(),
});
export type MachineActResult = z.infer<typeof MachineActResult>;

export const MachineTalkView = z.object({
  enabled: z.boolean(),
  /** Beside the owner, who may everything. */
  people: z.array(z.object({ account: Party, rights: z.array(MachineActView) })),
  /** The last things that were asked and changed something, or were refused; newest first. */
  log: z.array(
    z.object({
      account: Party,
      act: z.string(),
      atMs: z.number(),
      /** The code of the refusal; absent where it was done. */
      refused: z.string().optional(),
    }),
  ),
});
export type MachineTalkView = z.infer<typeof MachineTalkView>;

export const MachineTalkInput = z.object({
  id: AccountText,
  enabled: z.boolean().optional(),
  /** Without rights the account loses them all. */
  person: z.object({ account: AccountText, rights: z.array(MachineActView).max(10) }).optional(),
});
