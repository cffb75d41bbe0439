// Groups and history in an account file: groups as the signed papers and commands that made them, which prove themselves;
// messages as contents of the protocol, with who said them and when, which prove nothing. Reading bounds all of it.

import { z } from 'zod';
import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Content } from './content/index.ts';
import { parseContent } from './content/index.ts';
import { readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonObject } from './json.ts';
import { ID_CHARS_MAX } from './limits.ts';
import { CHAT_NAME } from './own-devices.ts';

/** Groups of one account in a file, and the signed texts of one group. */
const GROUPS_MAX = 2000;
const GROUP_TEXTS_MAX = 1000;
const CHATS_MAX = 100_000;
/** Messages in one file, with what amends them. */
export const HISTORY_MESSAGES_MAX = 500_000;
const TEXT_CHARS_MAX = 65_536;
/** The last day that a date can name. */
const TIME_MAX_MS = 8_640_000_000_000_000;

const Id = z
  .string()
  .max(ID_CHARS_MAX)
  .refine((text) => readId(text) !== undefined);
const Reference = z.string().regex(/^[0-9a-f]{64}$/);
const Origin = z.object({ sender: Id, reference: Reference });
const Json = z.custom<JsonObject>((value) => isJsonObject(value as JsonValue));

/** The signed papers and commands of a group, as they are forwarded to members. */
const MovedGroup = z.object({ id: Id, commands: z.array(Json).max(GROUP_TEXTS_MAX) });
export type MovedGroup = z.infer<typeof MovedGroup>;

const Said = z.object({
  sender: Id,
  /** Unix milliseconds. */
  atMs: z.int().min(0).max(TIME_MAX_MS),
  /** By which others refer to it. */
  reference: Reference.optional(),
  /** Sender and receiver were covered by the signature. */
  bound: z.boolean(),
  secrecy: z.enum(['forward', 'static', 'downgraded']).optional(),
});
const MovedMessage = Said.extend({ content: Json, origin: Origin.optional() });
const MovedAmendment = Said.extend({
  reference: Reference,
  amends: z.object({
    act: z.enum(['react', 'edit', 'delete']),
    target: Origin,
    text: z.string().max(TEXT_CHARS_MAX),
  }),
});
export type MovedMessage = z.infer<typeof MovedMessage>;
export type MovedAmendment = z.infer<typeof MovedAmendment>;
const MovedChat = z.object({
  chat: z.string().regex(CHAT_NAME),
  /** The oldest first. */
  messages: z.array(z.union([MovedAmendment, MovedMessage])).max(HISTORY_MESSAGES_MAX),
});
export type MovedChat = z.infer<typeof MovedChat>;

export type AccountHistory = {
  readonly groups: readonly MovedGroup[];
  readonly history: readonly MovedChat[];
};

const Sections = z.object({
  groups: z.array(MovedGroup).max(GROUPS_MAX).default([]),
  history: z.array(MovedChat).max(CHATS_MAX).default([]),
});

/** Both sections of a file, where it has them. What is not sound refuses the whole: nothing of it is taken by halves. */
export function readAccountHistory(json: JsonObject): Result<AccountHistory> {
  const read = Sections.safeParse({ groups: json['groups'], history: json['history'] });
  if (!read.success) return refuse(dimpFault('dimp.account-file.history'));
  const count = read.data.history.reduce((sum, { messages }) => sum + messages.length, 0);
  return count > HISTORY_MESSAGES_MAX ? refuse(dimpFault('dimp.account-file.history')) : ok(read.data);
}

/** What a message says; undefined where it is no content of the protocol, or says more than a message may. */
export function movedContent({ content }: MovedMessage): Content | undefined {
  const parsed = parseContent(content);
  const { text } = content;
  const isLong = typeof text === 'string' && text.length > TEXT_CHARS_MAX;
  return parsed.ok && !isLong ? parsed.value : undefined;
}
