// What the devices of one account tell each other: a copy of what one of them sent, how far somebody has read a chat, and
// what is set in chats: drafts, names of contacts, who is muted or blocked. Copies travel in the form that the protocol has for them,
// with the chat beside it. Of a setting the newest counts, on every device the same, in whatever order they hear of it.

import { z } from 'zod';
import type { Result } from '../base/index.ts';
import type { Content } from './content/index.ts';
import { parseContent } from './content/index.ts';
import type { JsonObject } from './json.ts';
import { isJsonObject } from './json.ts';

const COPY = { app: 'chat.dim.messenger', mod: 'chat_history', act: 'sync_message' } as const;
const READ = { app: 'dipnet', mod: 'devices', act: 'read' } as const;
const SETTINGS = { app: 'dipnet', mod: 'devices', act: 'settings' } as const;
/** A chat with a person, of a group, or of an order. */
export const CHAT_NAME = /^(?:[pg]:[^\s]{4,64}|o:0x[0-9a-fA-F]{40})$/;
const REFERENCE = /^[0-9a-f]{64}$/;
/** Chats in one content. */
export const SETTINGS_MAX = 256;

/** When it was set, in Unix milliseconds, and to what. */
const set = <T extends z.ZodType>(value: T) => z.object({ atMs: z.int().min(0), value });
const ChatSettings = z.object({
  chat: z.string().regex(CHAT_NAME),
  draft: set(z.string().max(16_384)).optional(),
  name: set(z.string().max(256)).optional(),
  muted: set(z.boolean()).optional(),
  blocked: set(z.boolean()).optional(),
});
export type ChatSettings = z.infer<typeof ChatSettings>;
export type SettingName = Exclude<keyof ChatSettings, 'chat'>;
export const SETTING_NAMES = ['draft', 'name', 'muted', 'blocked'] as const satisfies readonly SettingName[];
const SettingsNews = z.object({ settings: z.array(ChatSettings).max(SETTINGS_MAX) });

type Setting = { readonly atMs: number; readonly value: string | boolean };

/** Whether what was heard stands instead of what is here: it is newer, or, set in the same instant, comes later in order. */
export function isNewerSetting(heard: Setting, here: Setting): boolean {
  return heard.atMs === here.atMs ? String(heard.value) > String(here.value) : heard.atMs > here.atMs;
}

/** The fields of the content that says what is set in chats. */
export const settingsFields = (settings: readonly ChatSettings[]): JsonObject => ({
  ...SETTINGS,
  settings: settings.map((one) => JSON.parse(JSON.stringify(one)) as JsonObject),
});

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
  | { readonly kind: 'read'; readonly chat: string; readonly reference: string }
  | { readonly kind: 'settings'; readonly settings: readonly ChatSettings[] };

/** Reads what another device of the account said: undefined where it is something else, `void` where it is not sound. */
export function readDeviceNews({ kind, json }: Content): DeviceNews | 'void' | undefined {
  const is = ({ app, mod, act }: typeof COPY | typeof READ | typeof SETTINGS): boolean =>
    kind === 'customized' && json['app'] === app && json['mod'] === mod && json['act'] === act;
  const { chat, reference, message } = json;
  const isChat = typeof chat === 'string' && CHAT_NAME.test(chat);
  if (is(READ)) {
    const isSound = isChat && typeof reference === 'string' && REFERENCE.test(reference);
    return isSound ? { kind: 'read', chat, reference } : 'void';
  }
  if (is(SETTINGS)) {
    const news = SettingsNews.safeParse(json);
    return news.success ? { kind: 'settings', settings: news.data.settings } : 'void';
  }
  if (!is(COPY)) return undefined;
  const said = isJsonObject(message) ? message['content'] : undefined;
  const content: Result<Content> | undefined = isJsonObject(said) ? parseContent(said) : undefined;
  return isChat && content?.ok ? { kind: 'copy', chat, content: content.value } : 'void';
}
