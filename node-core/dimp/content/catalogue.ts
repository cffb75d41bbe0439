// The catalogue of contents and commands: what each is called on the wire and which fields it has, under the names of
// today. Fields that are not listed are kept and passed on. wire.ts knows the names of other generations.

import { z } from 'zod';
import { parseId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { CONTENTS_MAX, GROUP_MEMBERS_MAX } from '../limits.ts';

/** An ID in a field. */
const id = z.string().transform((text, context) => {
  const parsed = parseId(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: 'not an ID' });
  return z.NEVER;
});
const text = z.string();
const optionalText = text.optional();
const json = z.custom<JsonObject>((value) => isJsonObject(value as JsonObject));
const seconds = z.number().min(0);
/** Portable file: an address, a data URI, base64, or an object with `data`, `URL`, `key`. */
const portableFile = z.union([text, json]);
const names = z.record(z.string(), z.string());
const members = z.array(id).max(GROUP_MEMBERS_MAX);
const templated = { template: optionalText, replacements: json.optional() };
const file = {
  data: portableFile.optional(),
  filename: optionalText,
  URL: optionalText,
  key: json.optional(),
  IV: optionalText,
};
const money = { currency: text, amount: z.number() };

/** By kind: the code on the wire, the names it is also given, and its fields. */
export const CONTENTS = {
  any: { code: 0x00, aliases: ['*'], fields: z.looseObject({}) },
  text: { code: 0x01, aliases: [], fields: z.looseObject({ text, format: optionalText, ...templated }) },
  file: { code: 0x10, aliases: [], fields: z.looseObject(file) },
  image: { code: 0x12, aliases: [], fields: z.looseObject({ ...file, thumbnail: portableFile.optional() }) },
  audio: {
    code: 0x14,
    aliases: [],
    fields: z.looseObject({ ...file, text: optionalText, duration: seconds.optional() }),
  },
  video: { code: 0x16, aliases: [], fields: z.looseObject({ ...file, snapshot: portableFile.optional() }) },
  page: {
    code: 0x20,
    aliases: ['web'],
    fields: z.looseObject({
      URL: optionalText,
      HTML: optionalText,
      title: optionalText,
      desc: optionalText,
      icon: portableFile.optional(),
      mime_type: optionalText,
      encoding: optionalText,
      base: optionalText,
    }),
  },
  card: {
    code: 0x33,
    aliases: [],
    fields: z.looseObject({ did: id, name: optionalText, avatar: portableFile.optional() }),
  },
  quote: { code: 0x37, aliases: [], fields: z.looseObject({ text, origin: json }) },
  money: { code: 0x40, aliases: [], fields: z.looseObject(money) },
  transfer: {
    code: 0x41,
    aliases: [],
    fields: z.looseObject({ ...money, remitter: id.optional(), remittee: id.optional() }),
  },
  luckyMoney: { code: 0x42, aliases: ['lucky_money'], fields: z.looseObject({}) },
  claimPayment: { code: 0x48, aliases: ['claim_payment'], fields: z.looseObject({}) },
  splitBill: { code: 0x49, aliases: ['split_bill'], fields: z.looseObject({}) },
  command: { code: 0x88, aliases: [], fields: z.looseObject({ command: text }) },
  history: { code: 0x89, aliases: [], fields: z.looseObject({ command: text }) },
  application: { code: 0xa0, aliases: ['app'], fields: z.looseObject({ app: text }) },
  array: { code: 0xca, aliases: [], fields: z.looseObject({ contents: z.array(json).max(CONTENTS_MAX) }) },
  customized: { code: 0xcc, aliases: [], fields: z.looseObject({ app: text, mod: text, act: text }) },
  combine: {
    code: 0xcf,
    aliases: ['combine_forward'],
    fields: z.looseObject({ title: optionalText, messages: z.array(json).max(CONTENTS_MAX) }),
  },
  forward: { code: 0xff, aliases: [], fields: z.looseObject({ secrets: z.array(json).max(CONTENTS_MAX) }) },
} as const;

export type ContentKind = keyof typeof CONTENTS;
export type ContentFields = { readonly [K in ContentKind]: z.infer<(typeof CONTENTS)[K]['fields']> };

const groupCommand = z.looseObject({ group: id, members: members.optional() });
const staff = z.looseObject({
  group: id,
  administrators: members.optional(),
  assistants: members.optional(),
});
const account = z.looseObject({ title: optionalText, data: optionalText, key: optionalText });
const blockList = z.looseObject({
  list: z
    .array(id)
    .max(CONTENTS_MAX * 10)
    .optional(),
});
const search = z.looseObject({
  keywords: optionalText,
  start: z.number().optional(),
  limit: z.number().optional(),
  users: z.array(id).max(CONTENTS_MAX).optional(),
  station: z.union([text, json]).optional(),
});

/** By name: which content carries the command, and its fields. */
export const COMMANDS = {
  handshake: {
    carrier: 'command',
    fields: z.looseObject({
      title: text,
      session: optionalText,
      remote_address: z.tuple([text, z.number()]).optional(),
      force: z.boolean().optional(),
    }),
  },
  meta: { carrier: 'command', fields: z.looseObject({ did: id, meta: json.optional() }) },
  documents: {
    carrier: 'command',
    fields: z.looseObject({
      did: id,
      meta: json.optional(),
      documents: z.array(json).max(CONTENTS_MAX).optional(),
      last_time: seconds.optional(),
    }),
  },
  receipt: { carrier: 'command', fields: z.looseObject({ text, origin: json.optional(), ...templated }) },
  login: {
    carrier: 'command',
    fields: z.looseObject({
      did: id,
      device: optionalText,
      station: z.looseObject({ did: id, host: optionalText, port: z.number().optional() }).optional(),
      provider: json.optional(),
      terminal: optionalText,
    }),
  },
  report: { carrier: 'command', fields: z.looseObject({ title: text }) },
  search: { carrier: 'command', fields: search },
  users: { carrier: 'command', fields: search },
  ans: {
    carrier: 'command',
    fields: z.looseObject({
      names: optionalText,
      records: names.optional(),
      missed: z.array(text).max(CONTENTS_MAX).optional(),
    }),
  },
  block: { carrier: 'command', fields: blockList },
  mute: { carrier: 'command', fields: blockList },
  storage: { carrier: 'command', fields: account },
  contacts: { carrier: 'command', fields: account },
  private_key: { carrier: 'command', fields: account },
  push: { carrier: 'command', fields: z.looseObject({ items: z.array(json).max(CONTENTS_MAX) }) },
  found: { carrier: 'history', fields: groupCommand },
  abdicate: { carrier: 'history', fields: groupCommand },
  invite: { carrier: 'history', fields: groupCommand },
  expel: { carrier: 'history', fields: groupCommand },
  join: { carrier: 'history', fields: groupCommand },
  quit: { carrier: 'history', fields: groupCommand },
  reset: { carrier: 'history', fields: groupCommand },
  hire: { carrier: 'history', fields: staff },
  fire: { carrier: 'history', fields: staff },
  resign: { carrier: 'history', fields: groupCommand },
  query: {
    carrier: 'history',
    fields: z.looseObject({ group: id, last_time: seconds.optional() }),
  },
} as const;

export type CommandName = keyof typeof COMMANDS;
export type CommandFields = { readonly [K in CommandName]: z.infer<(typeof COMMANDS)[K]['fields']> };

/** What the title of a handshake says. */
export const HANDSHAKE_TITLES = { start: 'Hello world!', ask: 'DIM?', accepted: 'DIM!' } as const;

const KINDS_BY_NAME = new Map<string, ContentKind>();
const KINDS_BY_CODE = new Map<number, ContentKind>();
for (const kind of Object.keys(CONTENTS) as ContentKind[]) {
  const { code, aliases } = CONTENTS[kind];
  KINDS_BY_CODE.set(code, kind);
  for (const name of [kind, ...aliases]) KINDS_BY_NAME.set(name, kind);
}

/** The code of a type as number, as digits or by name; undefined for what is no type at all. */
export function parseContentType(type: unknown): number | undefined {
  if (typeof type !== 'number' && typeof type !== 'string') return undefined;
  const kind = KINDS_BY_NAME.get(String(type));
  if (kind !== undefined) return CONTENTS[kind].code;
  const code = /^(0|[1-9][0-9]{0,4})$/.test(String(type)) ? Number(type) : undefined;
  return code;
}

/** The kind of a code, or undefined where only newer programs know it. */
export function codeToKind(code: number): ContentKind | undefined {
  return KINDS_BY_CODE.get(code);
}
