// What the devices of one account tell each other: a copy of what one of them sent, and how far somebody has read a chat.
// Copies travel in the form that the protocol has for them, with the chat beside it.

import type { Result } from '../base/index.ts';
import type { Content } from './content/index.ts';
import { parseContent } from './content/index.ts';
import type { JsonObject } from './json.ts';
import { isJsonObject } from './json.ts';

const COPY = { app: 'chat.dim.messenger', mod: 'chat_history', act: 'sync_message' } as const;
const READ = { app: 'dipnet', mod: 'devices', act: 'read' } as const;
const CHAT = /^(?:[pg]:[^\s]{4,64}|o:0x[0-9a-fA-F]{40})$/;
const REFERENCE = /^[0-9a-f]{64}$/;

export type SentCopy = {
  readonly chat: string;
  readonly sender: string;
  readonly receiver: string;
  readonly timeS: number;
  readonly content: JsonObject;
};

/** The fields of the content that carries a copy. */
export function copyFields({ chat, sender, receiver, timeS, content }: SentCopy): JsonObject {
  return { ...COPY, chat, message: { sender, receiver, time: timeS, content } };
}

/** The fields of the content that says how far a chat was read. */
export const readMarkFields = (chat: string, reference: string): JsonObject => ({ ...READ, chat, reference });

export type DeviceNews =
  | { readonly kind: 'copy'; readonly chat: string; readonly content: Content }
  | { readonly kind: 'read'; readonly chat: string; readonly reference: string };

/** Reads what another device of the account said: undefined where it is something else, `void` where it is not sound. */
export function readDeviceNews({ kind, json }: Content): DeviceNews | 'void' | undefined {
  const is = ({ app, mod, act }: typeof COPY | typeof READ): boolean =>
    kind === 'customized' && json['app'] === app && json['mod'] === mod && json['act'] === act;
  const { chat, reference, message } = json;
  const isChat = typeof chat === 'string' && CHAT.test(chat);
  if (is(READ)) {
    const isSound = isChat && typeof reference === 'string' && REFERENCE.test(reference);
    return isSound ? { kind: 'read', chat, reference } : 'void';
  }
  if (!is(COPY)) return undefined;
  const said = isJsonObject(message) ? message['content'] : undefined;
  const content: Result<Content> | undefined = isJsonObject(said) ? parseContent(said) : undefined;
  return isChat && content?.ok ? { kind: 'copy', chat, content: content.value } : 'void';
}
