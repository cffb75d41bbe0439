// What the pages show of the messenger: chats with people, the chat of each order, messages. Texts of others are plain
// text, whatever they look like.

import { z } from 'zod';
import { AccountText, FaultView } from './views.ts';

/** A message may be this long, in characters. */
export const MESSAGE_CHARS_MAX = 10_000;
/** Messages in one answer. */
export const MESSAGES_PAGE = 100;

/** `p:` and an ID, or `o:` and an order. */
export const ChatId = z.string().regex(/^(p:[^\s]{4,64}|o:0x[0-9a-fA-F]{40})$/);

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

export const MessageView = z.object({
  id: z.number(),
  from: ChatMember,
  mine: z.boolean(),
  text: z.string(),
  atMs: z.number(),
  state: MessageState,
  /** Why it was refused, in the station's words: plain text. */
  reason: z.string().optional(),
  /** Sender and receiver are covered by the signature. */
  bound: z.boolean(),
});
export type MessageView = z.infer<typeof MessageView>;

export const ChatCard = z.object({
  id: ChatId,
  kind: z.enum(['person', 'order']),
  title: z.string(),
  members: z.array(ChatMember),
  last: z.object({ text: z.string(), atMs: z.number(), mine: z.boolean() }).optional(),
  unread: z.number(),
  draft: z.string(),
  blocked: z.boolean(),
});
export type ChatCard = z.infer<typeof ChatCard>;

export const ChatView = z.object({
  chat: ChatCard,
  /** Oldest first. */
  messages: z.array(MessageView),
  hasOlder: z.boolean(),
});
export type ChatView = z.infer<typeof ChatView>;

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

export const StationChoice = z.object({
  host: z.string().trim().min(1).max(255),
  port: z.int().min(1).max(65_535),
});

export const ContactInput = z.object({
  actor: AccountText,
  /** A DIMP ID, an account, or a name of the network. */
  id: z.string().trim().min(3).max(64),
  name: z.string().trim().max(40),
});
