// A signed commitment to a content that is encrypted once more, under keys that are deleted: whoever has the text can show
// that the sender signed it, without a key of its session.

import type { Random } from '../base/index.ts';
import { base64, taggedHash, utf8ToBytes } from '../base/index.ts';
import type { JsonObject } from './json.ts';
import { parseJsonObject } from './json.ts';

export const NONCE_FIELD = 'nonce';

/** What is encrypted: the content, and a random value without which its commitment tells nothing about it. */
export function innerText(content: JsonObject, random: Random): string {
  return JSON.stringify({ ...content, [NONCE_FIELD]: base64.encode(random.bytes(32)) });
}

/** Binding because of the hash, hiding because of the random value inside. */
export function commitmentTo(inner: string): string {
  return base64.encode(taggedHash('dipnet/dimp/mls/commitment/v1', utf8ToBytes(inner)));
}

/** The content that was committed to, for whoever has the text; undefined where it is another one. */
export function openCommitment(commitment: string, inner: string): JsonObject | undefined {
  if (commitmentTo(inner) !== commitment) return undefined;
  const parsed = parseJsonObject(inner);
  return parsed.ok && typeof parsed.value.value[NONCE_FIELD] === 'string' ? parsed.value.value : undefined;
}
