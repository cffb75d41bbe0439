// Bytes as text in JSON (TED): plain base64 is what is written; data URIs, the form `base64,…` and the map form
// {"algorithm":"base64","data":…} are read too. And files in JSON (PNF), which are such bytes or an address.

import type { Bytes } from '../base/index.ts';
import { base64, parseBase64 } from '../base/index.ts';
import type { JsonObject, JsonValue } from './json.ts';
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

/** A picture or another small file beside a message: its bytes, or where they are and how they are decrypted. */
export type PortableFile = {
  readonly data?: Bytes;
  /** As text: nothing is fetched or opened because a peer named it. */
  readonly url?: string;
  readonly filename?: string;
  /** The key's JSON, where the bytes at the address are encrypted. */
  readonly key?: JsonObject;
  readonly iv?: Bytes;
};

/** Reads an address, a data URI, base64, or an object of these; undefined for anything else, and for "" (none). */
export function parsePortableFile(value: JsonValue | undefined): PortableFile | undefined {
  if (typeof value === 'string' && /^https?:\/\//i.test(value)) return { url: value };
  if (!isJsonObject(value) || 'algorithm' in value) {
    const data = parseTransportable(value);
    return data === undefined || data.length === 0 ? undefined : { data };
  }
  const { filename, URL: url, key } = value;
  const data = parseTransportable(value['data']);
  const iv = parseTransportable(value['IV'] ?? value['iv']);
  if (data === undefined && typeof url !== 'string') return undefined;
  return {
    ...(data === undefined ? {} : { data }),
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof filename === 'string' ? { filename } : {}),
    ...(isJsonObject(key) ? { key } : {}),
    ...(iv === undefined ? {} : { iv }),
  };
}

function parseText(text: string): Bytes | undefined {
  const start = base64Start(text);
  return start === undefined ? undefined : parseBase64(text.slice(start));
}

/** Where the base64 begins: 0 for plain text, after the comma of `data:image/png;base64,` and of `base64,`. */
function base64Start(text: string): number | undefined {
  if (text.startsWith('base64,')) return 7;
  if (!text.startsWith('data:')) return 0;
  const comma = text.indexOf(',');
  return comma > 0 && text.slice(0, comma).endsWith(';base64') ? comma + 1 : undefined;
}
