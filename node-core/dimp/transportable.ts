// Bytes as text in JSON (TED): plain base64 is what is written; data URIs, the form `base64,…` and the map form
// {"algorithm":"base64","data":…} are read too.

import type { Bytes } from '../base/index.ts';
import { base64 } from '../base/index.ts';
import type { JsonValue } from './json.ts';
import { isJsonObject } from './json.ts';

/** The bytes, or undefined where the value is none of the known forms. */
export function parseTransportable(value: JsonValue | undefined): Bytes | undefined {
  if (typeof value === 'string') return parseText(value);
  if (!isJsonObject(value)) return undefined;
  const { algorithm, data } = value;
  if (algorithm !== undefined && algorithm !== 'base64') return undefined;
  return typeof data === 'string' ? parseText(data) : undefined;
}

export function encodeTransportable(bytes: Bytes): string {
  return base64.encode(bytes);
}

function parseText(text: string): Bytes | undefined {
  const start = base64Start(text);
  if (start === undefined) return undefined;
  try {
    return base64.decode(text.slice(start));
  } catch {
    return undefined;
  }
}

/** Where the base64 begins: 0 for plain text, after the comma of `data:image/png;base64,` and of `base64,`. */
function base64Start(text: string): number | undefined {
  if (text.startsWith('base64,')) return 7;
  if (!text.startsWith('data:')) return 0;
  const comma = text.indexOf(',');
  return comma > 0 && text.slice(0, comma).endsWith(';base64') ? comma + 1 : undefined;
}
