// What two consoles say to each other about a call: customized contents of the protocol, which stations pass on and other
// programs say they do not know. Each names its call, its device and when it is out of date. Who said it, and to whom, is
// for the signature of its message.

import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { TIME_MAX_S } from '../limits.ts';
import type { Candidate, Description } from './description.ts';
import { parseCandidate, parseDescription } from './description.ts';
import { CANDIDATES_MAX, ROUNDS_MAX } from './limits.ts';

const CALL_APP = 'dipnet.call';

/** Why a call ended, as it is told to the other side. */
const END_REASONS = ['hangup', 'unanswered', 'declined', 'failed', 'lost', 'glare'] as const;
export type EndReason = (typeof END_REASONS)[number];

export type CallSaid =
  /** From the caller: do you want to talk? */
  | { readonly act: 'invite'; readonly video: boolean }
  /** From the called: this device rings; does not ring, for it is in another call; was told no; was told yes. */
  | { readonly act: 'ringing' | 'busy' | 'decline' | 'accept' }
  /** From the caller: this device of yours was the first; the others may stop ringing. */
  | { readonly act: 'taken' }
  /** The caller offers, the called answers. `round` counts the offers of a call. */
  | { readonly act: 'offer' | 'answer'; readonly round: number; readonly description: Description }
  | { readonly act: 'candidates'; readonly round: number; readonly list: readonly Candidate[] }
  /** From the called: the line is lost, make another offer. */
  | { readonly act: 'restart' }
  | { readonly act: 'end'; readonly reason: EndReason };

export type CallContent = {
  /** 32 hexadecimal digits, made by the caller. */
  readonly call: string;
  /** The device that says so. */
  readonly from: string;
  /** The device that it is meant for; all others see it too. Absent: all. */
  readonly to?: string;
  readonly expiresS: number;
  readonly said: CallSaid;
};

const Device = z.string().regex(/^[\w-]{1,64}$/);
const Head = z.object({
  mod: z.literal('call'),
  call: z.string().regex(/^[0-9a-f]{32}$/),
  device: Device,
  to: Device.optional(),
  expires: z.number().min(0).max(TIME_MAX_S),
});
const round = z.int().min(1).max(ROUNDS_MAX);
const DescriptionText = z.string().transform((text, context) => {
  const parsed = parseDescription(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'not a description' });
  return z.NEVER;
});
/** A candidate of a kind that is not known here is left out: another way may work. */
const Candidates = z
  .array(z.object({ candidate: z.string(), mid: z.string() }))
  .max(CANDIDATES_MAX)
  .transform((list) => list.flatMap((one) => parseCandidate(one, 'all') ?? []));
const Said = z.discriminatedUnion('act', [
  z.object({ act: z.literal('invite'), video: z.boolean() }),
  z.object({ act: z.enum(['ringing', 'busy', 'decline', 'accept']) }),
  z.object({ act: z.literal('taken') }),
  z.object({ act: z.enum(['offer', 'answer']), round, description: DescriptionText }),
  z.object({ act: z.literal('candidates'), round, list: Candidates }),
  z.object({ act: z.literal('restart') }),
  z.object({ act: z.literal('end'), reason: z.enum(END_REASONS) }),
]);

/** The fields of the content. */
export function callFields({ call, from, to, expiresS, said }: CallContent): JsonObject {
  const head = { app: CALL_APP, mod: 'call', call, device: from, expires: expiresS };
  const body =
    'description' in said
      ? { ...said, description: said.description.sdp }
      : 'list' in said
        ? { ...said, list: said.list.map(({ candidate, mid }) => ({ candidate, mid })) }
        : said;
  return { ...head, ...body, ...(to === undefined ? {} : { to }) };
}

/** Whether a content is about calls at all. */
export const isCallContent = (json: JsonObject): boolean => json['app'] === CALL_APP;

/** Reads what is said about a call; undefined where it is not sound, or of a kind that came later. */
export function readCallContent(json: JsonObject): CallContent | undefined {
  if (!isCallContent(json)) return undefined;
  const [head, said] = [Head.safeParse(json), Said.safeParse(json)];
  if (!head.success || !said.success) return undefined;
  const { call, device, to, expires } = head.data;
  return { call, from: device, expiresS: expires, said: said.data, ...(to === undefined ? {} : { to }) };
}
