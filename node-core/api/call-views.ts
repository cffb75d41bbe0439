// What the pages show of calls, and what they exchange with the core about the media, which flow from page to page.

import { z } from 'zod';
import { CallEntryView, ChatId, ChatMember } from './message-views.ts';

const Round = z.int().min(1).max(1000);
/** Characters of a session description. */
const DESCRIPTION_CHARS_MAX = 32_768;

export const CallView = z.object({
  /** The account of this console that is in the call. */
  actor: z.string(),
  call: z.string(),
  chat: ChatId,
  peer: ChatMember,
  /** What the called account is called, for consoles of several. */
  actorName: z.string(),
  incoming: z.boolean(),
  video: z.boolean(),
  /** `interrupted`: the line is lost and waited for. */
  phase: z.enum(['calling', 'ringing', 'connecting', 'talking', 'interrupted']),
  /** The other side's devices ring; for calls that go out. */
  rings: z.boolean(),
  /** When the talk began. */
  sinceMs: z.number().optional(),
  /** The page that has the media, as it named itself. */
  seat: z.string().optional(),
});
export type CallView = z.infer<typeof CallView>;

/** The last call of an account, until there is another. */
export const EndedCallView = CallEntryView.extend({
  actor: z.string(),
  call: z.string(),
  peer: ChatMember,
});
export type EndedCallView = z.infer<typeof EndedCallView>;

export const CallsView = z.object({ calls: z.array(CallView), ended: z.array(EndedCallView) });
export type CallsView = z.infer<typeof CallsView>;

/** A server that says how one is seen from outside (STUN), or passes the media on (TURN). */
export const IceServer = z
  .object({
    url: z
      .string()
      .trim()
      .max(300)
      .regex(/^(stuns?|turns?):(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/),
    username: z.string().max(200),
    credential: z.string().max(500),
  })
  .refine(
    ({ url, username, credential }) => !url.startsWith('turn') || (username !== '' && credential !== ''),
  );
export type IceServer = z.infer<typeof IceServer>;

/** `relay`: the other side learns the address of a relay alone. */
export const CallSettings = z.object({
  addresses: z.enum(['all', 'relay']),
  servers: z.array(IceServer).max(8),
});
export type CallSettings = z.infer<typeof CallSettings>;

export const CandidateView = z.object({ candidate: z.string().max(512), mid: z.string().max(16) });

/** For the page that has the media of a call. */
export const SeatSignal = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('begin'),
    call: z.string(),
    role: z.enum(['caller', 'callee']),
    settings: CallSettings,
  }),
  z.object({ kind: z.enum(['offer', 'answer']), call: z.string(), round: z.number(), sdp: z.string() }),
  z.object({
    kind: z.literal('candidates'),
    call: z.string(),
    round: z.number(),
    list: z.array(CandidateView),
  }),
  z.object({ kind: z.literal('restart'), call: z.string() }),
  z.object({ kind: z.literal('over'), call: z.string() }),
]);
export type SeatSignal = z.infer<typeof SeatSignal>;

/** A page's name for itself, made anew with each load. */
export const SeatName = z.string().regex(/^[0-9a-f]{32}$/);

/** What the page that has the media says of a call. */
export const MediaReport = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['offer', 'answer']),
    round: Round,
    sdp: z.string().max(DESCRIPTION_CHARS_MAX),
  }),
  z.object({ kind: z.literal('candidates'), round: Round, list: z.array(CandidateView).max(40) }),
  z.object({ kind: z.enum(['restart', 'connected', 'interrupted', 'failed']) }),
]);
export type MediaReport = z.infer<typeof MediaReport>;
