// Contents of messages: reading what came, of any generation and of kinds that are not known here, and making new ones
// in the form that every peer reads.

import type { z } from 'zod';
import type { Random, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { readId } from '../documents.ts';
import { dimpFault } from '../faults.ts';
import type { DimpId } from '../ids.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { TIME_MAX_S } from '../limits.ts';
import type { CommandFields, CommandName, ContentFields, ContentKind } from './catalogue.ts';
import { COMMANDS, CONTENTS, codeToKind, parseContentType } from './catalogue.ts';
import { readContent, writeContent } from './wire.ts';

export type Content = {
  readonly code: number;
  readonly kind: ContentKind | 'unknown';
  /** Serial number: 0 where the peer gave none. */
  readonly sn: number;
  readonly timeS?: number;
  readonly group?: DimpId;
  /** The command's name of today, of commands and history alone. */
  readonly command?: string;
  /** What came, with today's names beside it. */
  readonly json: JsonObject;
};

/** Reads a content. Only what all contents share is judged here; contentFields and commandFields judge the rest. */
export function parseContent(value: JsonObject): Result<Content> {
  const malformed = (what: string) => refuse(dimpFault('dimp.content.malformed', { what }));
  const json = readContent(value);
  const code = parseContentType(json['type']);
  if (code === undefined) return malformed('type');
  const { group, command } = json;
  const sn = json['sn'] ?? 0;
  const time = json['time'] ?? undefined;
  if (typeof sn !== 'number' || !Number.isSafeInteger(sn) || sn < 0) return malformed('sn');
  if (time !== undefined && (typeof time !== 'number' || time < 0 || time > TIME_MAX_S))
    return malformed('time');
  const groupId = readId(group);
  if (group !== undefined && group !== null && groupId === undefined) return malformed('group');
  const kind = codeToKind(code) ?? 'unknown';
  const isCommand = kind === 'command' || kind === 'history';
  if (isCommand && typeof command !== 'string') return malformed('command');
  return ok({
    code,
    kind,
    sn,
    ...(time === undefined ? {} : { timeS: time }),
    ...(groupId === undefined ? {} : { group: groupId }),
    ...(isCommand ? { command: String(command) } : {}),
    json,
  });
}

/** The fields of a content of this kind; undefined where it is of another kind or its fields are not sound. */
export function contentFields<K extends ContentKind>(
  content: Content,
  kind: K,
): ContentFields[K] | undefined {
  if (content.kind !== kind) return undefined;
  const schema: z.ZodType = CONTENTS[kind].fields;
  const parsed = schema.safeParse(presentFields(content.json));
  return parsed.success ? (parsed.data as ContentFields[K]) : undefined;
}

/** The fields of a command of this name; undefined where it is another or its fields are not sound. */
export function commandFields<K extends CommandName>(
  content: Content,
  name: K,
): CommandFields[K] | undefined {
  if (content.command !== name || content.kind !== COMMANDS[name].carrier) return undefined;
  const schema: z.ZodType = COMMANDS[name].fields;
  const parsed = schema.safeParse(presentFields(content.json));
  return parsed.success ? (parsed.data as CommandFields[K]) : undefined;
}

/** Peers write null where they have nothing to say. */
function presentFields(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}

export type ContentStamp = {
  /** 1 … 2^31-1; see createSerials. */
  readonly sn: number;
  readonly timeS: number;
  readonly group?: DimpId;
};

/** A content in the form for the wire. IDs in `fields` are texts. */
export function createContent(kind: ContentKind, fields: JsonObject, stamp: ContentStamp): JsonObject {
  return writeContent({ ...stampFields(CONTENTS[kind].code, stamp), ...fields });
}

/** A command, or a group command where the name is one, in the form for the wire. */
export function createCommand(name: CommandName, fields: JsonObject, stamp: ContentStamp): JsonObject {
  const { code } = CONTENTS[COMMANDS[name].carrier];
  return writeContent({ ...stampFields(code, stamp), command: name, ...fields });
}

function stampFields(code: number, { sn, timeS, group }: ContentStamp): JsonObject {
  const common: { [name: string]: JsonValue } = { type: code, sn, time: timeS };
  return group === undefined ? common : { ...common, group: group.text };
}

const SERIAL_MAX = 0x7fff_ffff;

/** Serial numbers from a random start, as the protocol wants them. */
export function createSerials(random: Random): () => number {
  const bytes = random.bytes(4);
  let last = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) & SERIAL_MAX;
  return () => {
    last = last >= SERIAL_MAX ? 1 : last + 1;
    return last;
  };
}
