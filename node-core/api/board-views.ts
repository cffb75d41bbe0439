// What the pages show of public boards. Texts of others are plain text, whatever they look like.

import { z } from 'zod';
import { ChatMember } from './message-views.ts';

/** Characters of one post. */
export const POST_CHARS_MAX = 5000;
export const BoardId = z.string().trim().min(4).max(64);

export const BoardDraft = z.object({
  name: z.string().trim().min(1).max(60),
  about: z.string().trim().max(500),
  /** Who may write on it. */
  posting: z.enum(['everybody', 'leaders']),
});
export type BoardDraft = z.infer<typeof BoardDraft>;

export const BoardCard = BoardDraft.extend({
  id: z.string(),
  owner: ChatMember,
  following: z.boolean(),
  /** This account decides what stands on it. */
  leads: z.boolean(),
  mayPost: z.boolean(),
});
export type BoardCard = z.infer<typeof BoardCard>;

export const BoardView = z.object({
  /** `asking`: the station has not answered yet; `away`: it cannot be asked. */
  state: z.enum(['asking', 'here', 'away']),
  /** Absent where nothing is known of it. */
  card: BoardCard.optional(),
  /** Oldest first; without their text where they are hidden or muted. */
  posts: z.array(
    z.object({
      key: z.string(),
      author: ChatMember,
      text: z.string(),
      atMs: z.number(),
      mine: z.boolean(),
      /** By a leader for everybody, or by its author. */
      hidden: z.boolean(),
      shutOut: z.boolean(),
      /** By this account, for itself. */
      muted: z.boolean(),
    }),
  ),
});
export type BoardView = z.infer<typeof BoardView>;

const entryKey = z.string().regex(/^[0-9a-f]{32}$/);
export const BoardChange = z.discriminatedUnion('act', [
  z.object({ act: z.enum(['follow', 'leave']) }),
  z.object({ act: z.enum(['hide', 'show']), target: entryKey }),
  z.object({ act: z.enum(['shut', 'admit', 'mute', 'unmute']), member: BoardId }),
]);
export type BoardChange = z.infer<typeof BoardChange>;
