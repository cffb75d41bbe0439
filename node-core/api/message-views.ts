// What the pages show of the messenger: chats with people, the chat of each order, messages. Texts of others are plain
// text, whatever they look like.

import { z } from 'zod';
import { AccountText, FaultView } from './base-views.ts';

/** A message may be this long, in characters. */
export const MESSAGE_CHARS_MAX = 10_000;
/** Messages in one answer. */
export const MESSAGES_PAGE = 100;

/** `p:` and an ID, `g:` and a group, or `o:` and an order. */
export const ChatId = z.string().regex(/^([pg]:[^\s]{4,64}|o:0x[0-9a-fA-F]{40})$/);

export const ChatMember = z.object({
  /** DIMP ID; of accounts the same text as the address. */
  id: z.string(),
  /** What this console or the order calls them; else what they call themselves; else empty. */
  name: z.string(),
});
export type ChatMember = z.infer<typeof ChatMember>;

/**
 * How far a message has come: `waiting` for the receiver's key or the station, `sent` to the station, `received` by all,
 * `refused` with a reason.
 */
export const MessageState = z.enum(['waiting', 'sent', 'received', 'refused']);

/**
 * `forward`: the keys of the message are gone, and with them what a thief of keys could read. `static`: encrypted with the
 * receiver's lasting key. `downgraded`: static, although the sender's program could do better.
 */
export const MessageSecrecy = z.enum(['forward', 'static', 'downgraded']);

/** One sign beside a message. */
export const REACTION_CHARS_MAX = 24;
/** A picture of a file that travels within its message, in bytes. */
export const PICTURE_BYTES_MAX = 64 * 1024;

export const AttachmentView = z.object({
  /** Made harmless; it says nothing about what is inside. */
  name: z.string(),
  kind: z.enum(['image', 'audio', 'video', 'model', 'file']),
  /** 0 where a program of others did not say. */
  sizeBytes: z.number(),
  doneBytes: z.number(),
  /** From 0 to 1, with what protects it counted in. */
  wholeShare: z.number(),
  /** `waiting`: moving, while the station cannot be reached. */
  state: z.enum(['offered', 'moving', 'waiting', 'paused', 'failed', 'ready']),
  fault: FaultView.optional(),
  hasPicture: z.boolean(),
  /** From this device; what another device of the account sent is fetched like a file of others. */
  outgoing: z.boolean(),
  durationS: z.number().optional(),
  /** Opening it would start something: the extension by which it would. */
  danger: z.string().optional(),
  /** Not at our station, but at this host, which is asked only when its owner says so. */
  from: z.string().optional(),
});
export type AttachmentView = z.infer<typeof AttachmentView>;

export const CallOutcome = z.enum([
  'talked',
  'missed',
  'unanswered',
  'declined',
  'busy',
  'cancelled',
  'elsewhere',
  'failed',
]);

/** A call in the history of a chat. */
export const CallEntryView = z.object({
  incoming: z.boolean(),
  video: z.boolean(),
  outcome: CallOutcome,
  /** 0 unless there was talk. */
  lengthMs: z.number(),
  /** It ended because the line was lost. */
  lost: z.boolean(),
});
export type CallEntryView = z.infer<typeof CallEntryView>;

export const MessageView = z.object({
  id: z.number(),
  from: ChatMember,
  mine: z.boolean(),
  text: z.string(),
  atMs: z.number(),
  state: MessageState,
  /** Why it was refused; `said` of its data is what a station said that this console has no words for: plain text. */
  reason: FaultView.optional(),
  /** Sender and receiver are covered by the signature. */
  bound: z.boolean(),
  /** Absent until it is sealed. */
  secrecy: MessageSecrecy.optional(),
  /** When it disappears, for those that do. */
  goneMs: z.number().optional(),
  /** What it answers; without number and text where that is not here. */
  quote: z
    .object({ from: ChatMember, message: z.number().optional(), text: z.string().optional() })
    .optional(),
  /** Its sender took it back: there is no text. */
  deleted: z.boolean().optional(),
  /** When its sender wrote the text that stands. */
  editedMs: z.number().optional(),
  reactions: z.array(z.object({ sign: z.string(), by: z.array(ChatMember), mine: z.boolean() })).optional(),
  /** The line of a call, which has no text. */
  call: CallEntryView.optional(),
  file: AttachmentView.optional(),
});
export type MessageView = z.infer<typeof MessageView>;

/** What an order's chat has beside its parties. */
export const OrderCallView = z.object({
  /** The chat as a group of the protocol, which other applications show; absent before the order is accepted. */
  group: z.string().optional(),
  mediators: z.array(ChatMember),
  /** Who has called whom to mediate. */
  calls: z.array(z.object({ by: ChatMember, called: ChatMember })),
  /** This account may call somebody now. */
  mayCall: z.boolean(),
  /** This account is in it. */
  member: z.boolean(),
});
export type OrderCallView = z.infer<typeof OrderCallView>;

export const ChatCard = z.object({
  id: ChatId,
  kind: z.enum(['person', 'order', 'group']),
  /** The contact says of itself that it is a machine. */
  machine: z.boolean().optional(),
  title: z.string(),
  members: z.array(ChatMember),
  last: z
    .object({
      id: z.number(),
      text: z.string(),
      atMs: z.number(),
      mine: z.boolean(),
      deleted: z.boolean().optional(),
      call: CallEntryView.optional(),
    })
    .optional(),
  unread: z.number(),
  draft: z.string(),
  blocked: z.boolean(),
  /** Nobody is told of what comes here. */
  muted: z.boolean(),
  /** How the next message would go, to the one for whom it is the least protected; of a group only where it is looked at. */
  secrecy: z.enum(['forward', 'static', 'downgraded', 'unknown']).optional(),
  /** Those in a group or an order to whom everything goes without forward secrecy. */
  plain: z.array(ChatMember).optional(),
  /** The contact's devices changed since somebody looked at them. */
  alert: z.boolean(),
  /** The safety number was compared. */
  verified: z.boolean(),
  /** Messages stay so many seconds; 0 for ever. */
  timerS: z.number(),
  group: z
    .object({
      owner: z.string(),
      administrators: z.array(z.string()),
      /** Proposed by members, until somebody who leads the group decides. */
      waiting: z.array(ChatMember),
      /** This account is its owner or an administrator. */
      leads: z.boolean(),
      /** This account is in it. */
      member: z.boolean(),
    })
    .optional(),
  /** Of the chat of an order. */
  order: OrderCallView.optional(),
});
export type ChatCard = z.infer<typeof ChatCard>;

export const ChatView = z.object({
  chat: ChatCard,
  /** Oldest first. */
  messages: z.array(MessageView),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
});
export type ChatView = z.infer<typeof ChatView>;

export const EarlierText = z.object({ text: z.string(), atMs: z.number() });
export type EarlierText = z.infer<typeof EarlierText>;

export const ChatHit = z.object({ chat: ChatId, title: z.string(), message: MessageView });
export type ChatHit = z.infer<typeof ChatHit>;

export const MessengerView = z.object({
  /** DIMP ID of the acting account. */
  id: z.string(),
  searchNumber: z.string().optional(),
  station: z.object({
    host: z.string(),
    port: z.number(),
    /** Run by this console. */
    own: z.boolean(),
    id: z.string().optional(),
    state: z.enum(['connecting', 'connected', 'away']),
    fault: FaultView.optional(),
  }),
  unread: z.number(),
});
export type MessengerView = z.infer<typeof MessengerView>;

export const DeviceView = z.object({
  terminal: z.string().optional(),
  fingerprint: z.string().optional(),
  sinceS: z.number(),
  removed: z.boolean(),
  /** The one in use. */
  current: z.boolean(),
});
export type DeviceView = z.infer<typeof DeviceView>;

export const SafetyView = z.object({
  /** Twelve groups of five digits; absent where the contact's identity is not known yet. */
  number: z.string().optional(),
  secrecy: z.enum(['forward', 'static', 'downgraded', 'unknown']),
  /**
   * The session began with a package that is not used once alone: `open` until the contact’s device has given fresh keys,
   * `renewed` since.
   */
  reserve: z.enum(['open', 'renewed']).optional(),
  verified: z.boolean(),
  alert: z.boolean(),
  /** Messages go without forward secrecy, though the contact had it. */
  allowed: z.boolean(),
  devices: z.array(DeviceView),
});
export type SafetyView = z.infer<typeof SafetyView>;

/** Messages in one disclosure. */
export const DISCLOSED_MAX = 1000;
/** Characters of a disclosure that is checked. */
export const DISCLOSURE_CHARS_MAX = 16_777_216;

/** What a disclosed message says. `of` and `answers` are numbers of other disclosed messages, counted from 1. */
export const DisclosedSaid = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), answers: z.number().optional() }),
  z.object({ kind: z.literal('edit'), text: z.string(), of: z.number().optional() }),
  z.object({ kind: z.literal('deletion'), of: z.number().optional() }),
  /** Without text it takes an earlier one back. */
  z.object({ kind: z.literal('reaction'), text: z.string(), of: z.number().optional() }),
  /** 0 bytes where the sender did not say how many. */
  z.object({ kind: z.literal('file'), name: z.string(), sizeBytes: z.number() }),
  z.object({ kind: z.literal('call'), act: z.string(), video: z.boolean().optional() }),
  z.object({ kind: z.literal('contact'), id: z.string(), name: z.string() }),
  z.object({ kind: z.literal('page'), title: z.string(), address: z.string() }),
  z.object({ kind: z.literal('money'), amount: z.string(), currency: z.string() }),
  z.object({ kind: z.literal('several'), count: z.number() }),
  z.object({ kind: z.literal('other'), name: z.string() }),
]);
export type DisclosedSaid = z.infer<typeof DisclosedSaid>;

export const CheckedDisclosureView = z.object({
  /** Genuine, each proven by its sender's signature. */
  messages: z.array(
    z.object({ from: ChatMember, to: ChatMember, said: DisclosedSaid, atMs: z.number(), bound: z.boolean() }),
  ),
  /** Of each sender: whether anything is missing between the first and the last shown, counted from 1. */
  chains: z.array(z.object({ from: ChatMember, first: z.number(), last: z.number(), complete: z.boolean() })),
});
export const DisclosureView = CheckedDisclosureView.extend({
  /** The file. */
  text: z.string(),
  /** Messages of the span without a proof: not in the file. */
  missing: z.number(),
});
export type DisclosureView = z.infer<typeof DisclosureView>;

/** Members of one group. */
export const GROUP_MEMBERS_MAX = 500;
const MemberId = z.string().min(4).max(64);
export const GroupInput = z.object({
  actor: AccountText,
  name: z.string().trim().min(1).max(60),
  members: z.array(MemberId).max(GROUP_MEMBERS_MAX - 1),
});
/** One change at a time. */
export const GroupChangeInput = z.object({
  actor: AccountText,
  chat: ChatId,
  add: z.array(MemberId).max(GROUP_MEMBERS_MAX).optional(),
  remove: z.array(MemberId).max(GROUP_MEMBERS_MAX).optional(),
  appoint: z.object({ id: MemberId, administrator: z.boolean() }).optional(),
  leave: z.boolean().optional(),
  /** By its owner alone. */
  rename: z.string().trim().min(1).max(60).optional(),
});

/** What strangers show one of; nothing set asks for nothing. Whom one has written to is no stranger. */
export const StrangerPrice = z.object({
  /** Work of their computer for each message, in leading zero bits: each more doubles it. */
  workBits: z.int().min(1).max(24).optional(),
  /** Locked by them on the chain, in millionths. */
  stakeMicro: z
    .string()
    .regex(/^[1-9][0-9]{0,29}$/)
    .optional(),
});
export type StrangerPrice = z.infer<typeof StrangerPrice>;

/** What somebody asks of the account; nothing set where nothing is asked, or nothing is known yet. */
export const AskedPrice = z.object({
  workBits: z.int().optional(),
  stakeMicro: z.bigint().optional(),
  /** What the account has locked; absent where it cannot be proven now. */
  lockedMicro: z.bigint().optional(),
});
export type AskedPrice = z.infer<typeof AskedPrice>;

export const StationChoice = z.object({
  host: z.string().trim().min(1).max(255),
  port: z.int().min(1).max(65_535),
});

/** Characters of the passphrase of an account file. */
export const PASSPHRASE_CHARS_MIN = 12;
export const PASSPHRASE_CHARS_MAX = 200;

export const AccountFileView = z.object({
  /** Whose it says it is; proven when it is opened. */
  id: z.string(),
  sealed: z.boolean(),
  /** What this console calls the account, where it has it already. */
  held: z.string().optional(),
});
export type AccountFileView = z.infer<typeof AccountFileView>;

export const ContactInput = z.object({
  actor: AccountText,
  /** A DIMP ID, an account, or a name of the network. */
  id: z.string().trim().min(3).max(64),
  name: z.string().trim().max(40),
});
