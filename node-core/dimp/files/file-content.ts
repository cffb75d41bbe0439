// Files in contents: what is written so that programs of every generation find address, key and picture, with our own
// members beside them; and what is read of anybody's. Nothing is believed of a description but what can be checked
// later: the name is cleaned, the address is only a text, sizes are bounded.

import type { Bytes } from '../../base/index.ts';
import { base64, parseHex } from '../../base/index.ts';
import type { Content, JsonObject } from '../index.ts';
import {
  encodeTransportable,
  FILE_DIGEST_FIELD,
  parsePortableFile,
  parseSymmetricKey,
  parseTransportable,
  symmetricKeyToJson,
} from '../index.ts';
import type { FileKind } from './file-names.ts';
import { cleanFileName, fileKind } from './file-names.ts';
import { FILE_BYTES_MAX, FILE_URL_CHARS_MAX, THUMBNAIL_BYTES_MAX } from './limits.ts';
import { FILE_ID } from './manifest.ts';
import type { FileSecret } from './sealed-file.ts';

/** Our own members: others ignore them. */
const ID_FIELD = 'cid';
const SIZE_FIELD = 'size';
const DURATION_S_MAX = 100 * 3600;

export type FileDescription = {
  /** Cleaned. */
  readonly name: string;
  readonly kind: FileKind;
  /** 0 where the sender did not say. */
  readonly sizeBytes: number;
  /** A small picture, as its bytes; who shows it bounds its dimensions. */
  readonly picture?: Bytes;
  readonly durationS?: number;
  readonly place: FilePlace;
};

/**
 * Where the bytes are: in blocks that prove themselves, within the message, or at an address, under whatever key.
 */
export type FilePlace =
  | { readonly at: 'blocks'; readonly id: string; readonly url?: string; readonly secret: FileSecret }
  | { readonly at: 'message'; readonly bytes: Bytes }
  | { readonly at: 'address'; readonly url: string; readonly content: JsonObject };

export type BlockPlace = Extract<FilePlace, { at: 'blocks' }>;

/** Kinds of contents that carry files. */
export type FileContentKind = 'file' | 'image' | 'audio' | 'video';

/** The kind of content by which others know the file, and its fields. */
export function writeFileContent(file: FileDescription & { readonly place: BlockPlace }): {
  readonly kind: FileContentKind;
  readonly fields: JsonObject;
} {
  const { name, kind, sizeBytes, picture, durationS, place } = file;
  const { key, iv, sha256 } = place.secret;
  const image =
    picture === undefined ? undefined : `data:${mediaOf(picture)};base64,${base64.encode(picture)}`;
  const pictureField = kind === 'video' ? 'snapshot' : 'thumbnail';
  return {
    kind: kind === 'model' ? 'file' : kind,
    fields: {
      filename: name,
      ...(place.url === undefined ? {} : { URL: place.url }),
      key: symmetricKeyToJson({ algorithm: 'AES', secret: key }),
      IV: encodeTransportable(iv),
      [FILE_DIGEST_FIELD]: sha256,
      [ID_FIELD]: place.id,
      [SIZE_FIELD]: sizeBytes,
      ...(image === undefined ? {} : { [pictureField]: image }),
      ...(durationS === undefined ? {} : { duration: durationS }),
    },
  };
}

/** The media type of a picture by its first bytes; undefined for what is none that pages are shown. */
export function pictureMedia(bytes: Bytes): 'image/jpeg' | 'image/png' | 'image/webp' | undefined {
  const starts = (...wanted: readonly number[]) => wanted.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  const isWebp = [0x57, 0x45, 0x42, 0x50].every((byte, index) => bytes[index + 8] === byte);
  return starts(0x52, 0x49, 0x46, 0x46) && isWebp ? 'image/webp' : undefined;
}

const mediaOf = (bytes: Bytes): string => pictureMedia(bytes) ?? 'application/octet-stream';

/** The file of a content; undefined where it carries none, or none that can be had. */
export function readFileContent({ kind, json }: Content): FileDescription | undefined {
  if (kind !== 'file' && kind !== 'image' && kind !== 'audio' && kind !== 'video') return undefined;
  const place = readPlace(json);
  if (place === undefined) return undefined;
  const name = cleanFileName(
    typeof json['filename'] === 'string' ? json['filename'].slice(0, 1000) : nameOf(place),
  );
  const size = place.at === 'message' ? place.bytes.length : json[SIZE_FIELD];
  const isSized =
    typeof size === 'number' && Number.isSafeInteger(size) && size > 0 && size <= FILE_BYTES_MAX;
  if (place.at === 'blocks' && !isSized) return undefined;
  const picture = parsePortableFile(json[kind === 'video' ? 'snapshot' : 'thumbnail'])?.data;
  const isShown =
    picture !== undefined && picture.length <= THUMBNAIL_BYTES_MAX && pictureMedia(picture) !== undefined;
  const duration = json['duration'];
  const isTimed = typeof duration === 'number' && duration > 0 && duration <= DURATION_S_MAX;
  return {
    name,
    kind: kind === 'file' ? fileKind(name) : kind,
    sizeBytes: isSized ? size : 0,
    ...(isShown ? { picture } : {}),
    ...(isTimed ? { durationS: duration } : {}),
    place,
  };
}

function readPlace(json: JsonObject): FilePlace | undefined {
  const { URL: url } = json;
  const address = typeof url === 'string' ? readFileAddress(url) : undefined;
  const id = json[ID_FIELD];
  if (typeof id === 'string' && FILE_ID.test(id)) {
    const secret = readSecret(json);
    return secret === undefined
      ? undefined
      : { at: 'blocks', id, secret, ...(address === undefined ? {} : { url: address.href }) };
  }
  const data = parsePortableFile(json['data'])?.data;
  if (data !== undefined && data.length > 0) return { at: 'message', bytes: data };
  if (address === undefined) return undefined;
  const content: { [name: string]: JsonObject[string] } = {};
  for (const name of ['key', 'IV', 'iv', FILE_DIGEST_FIELD]) {
    const value = json[name];
    if (value !== undefined) content[name] = value;
  }
  return { at: 'address', url: address.href, content };
}

function readSecret(json: JsonObject): FileSecret | undefined {
  const key = parseSymmetricKey(json['key']);
  const iv = parseTransportable(json['IV']);
  const digest = json[FILE_DIGEST_FIELD];
  const isSound =
    key.ok && key.value.algorithm === 'AES' && key.value.secret.length === 32 && iv?.length === 16;
  if (!isSound || typeof digest !== 'string' || parseHex(digest)?.length !== 32) return undefined;
  return { key: key.value.secret, iv, sha256: digest.toLowerCase() };
}

const ADDRESS = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?(\/[!-~]*)?$/i;

/** An address of a file: plain, over HTTP, without a name or a password in it. Undefined for anything else. */
export function readFileAddress(text: string):
  | {
      readonly href: string;
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly tls: boolean;
    }
  | undefined {
  if (text.length > FILE_URL_CHARS_MAX) return undefined;
  const found = ADDRESS.exec(text);
  const [, scheme = '', host = '', digits, path = '/'] = found ?? [];
  if (found === null || path.includes('#')) return undefined;
  const tls = scheme.toLowerCase() === 'https';
  const port = digits === undefined ? (tls ? 443 : 80) : Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  return { href: text, host: host.replace(/^\[|\]$/g, '').toLowerCase(), port, path, tls };
}

function nameOf(place: FilePlace): string {
  const url = place.at === 'message' ? undefined : place.url;
  return url === undefined ? 'file' : (url.split(/[?#]/)[0]?.split('/').at(-1) ?? 'file');
}
