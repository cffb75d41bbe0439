// What consoles say to each other beside what people write: short-lived, in no chat and no file, and gone where nobody
// hears it. Other programs see a customised content of an application that they do not know.

import type { Bytes } from '../../base/index.ts';
import type { JsonObject, OpenedMessage } from '../../dimp/index.ts';
import { contentFields, encodeTransportable, parseTransportable } from '../../dimp/index.ts';

const APPLICATION = 'dipnet.words';
const WORD_BYTES_MAX = 64 * 1024;
const WORD_CHARS_MAX = Math.ceil(WORD_BYTES_MAX / 3) * 4;

/** `subject`: which part of a console it is for; `act`: what it is there. */
export type ConsoleWord = { readonly subject: string; readonly act: string; readonly data: Bytes };

export function wordFields({ subject, act, data }: ConsoleWord): JsonObject {
  return { app: APPLICATION, mod: subject, act, data: encodeTransportable(data) };
}

/** Undefined for whatever is none, and for what its sender did not sign as meant for this reader. */
export function wordOf({ content, protection }: OpenedMessage): ConsoleWord | undefined {
  const fields = contentFields(content, 'customized');
  if (fields?.app !== APPLICATION || protection !== 'bound') return undefined;
  const { data } = content.json;
  if (typeof data !== 'string' || data.length > WORD_CHARS_MAX) return undefined;
  const bytes = parseTransportable(data);
  return bytes === undefined ? undefined : { subject: fields.mod, act: fields.act, data: bytes };
}
