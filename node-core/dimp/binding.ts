// A signature of the protocol covers the ciphertext alone. Who sent it, to whom, and the IV can be changed by anybody on
// the way: a message can be sent on under another name, to another group, or with its first 16 bytes altered. Messages
// made here therefore say these three inside, where the signature covers them, and the key, so that one ciphertext cannot
// be read as two messages; others ignore the field. A visa announces it, so that taking it away shows.

import type { Bytes } from '../base/index.ts';
import { base64, taggedHash, utf8ToBytes } from '../base/index.ts';
import { BINDING_PROPERTY, BINDING_VERSION } from './account.ts';
import type { Content } from './content/index.ts';
import type { Contacts } from './directory.ts';
import { visaKey } from './documents.ts';
import type { DimpId } from './ids.ts';
import type { AesKey } from './keys/index.ts';
import type { ReliableMessage } from './message.ts';
import { destination } from './message.ts';

export const BINDING_FIELD = 'binding';
const NOTHING = new Uint8Array();
const DOMAIN = 'dipnet/dimp/binding/v1';

/** What an encrypted message was encrypted with. */
export type CipherParts = { readonly iv: Bytes; readonly key: AesKey };

/** The value of the field: a hash of sender, destination, IV and key. Broadcasts have neither of the latter. */
export function bindingOf(sender: DimpId, to: DimpId, cipher: CipherParts | undefined): string {
  const { iv, key } = cipher ?? {};
  const parts = [sender.bare, to.bare, base64.encode(iv ?? NOTHING), base64.encode(key?.secret ?? NOTHING)];
  return base64.encode(taggedHash(DOMAIN, utf8ToBytes(JSON.stringify(parts))));
}

/** `bound` and right, absent, or contradicting the message that it came in. */
export function checkBinding(
  message: ReliableMessage,
  content: Content,
  cipher: CipherParts | undefined,
): 'bound' | 'unbound' | 'broken' {
  const value = content.json[BINDING_FIELD];
  if (value === undefined) return 'unbound';
  return value === bindingOf(message.sender, destination(message), cipher) ? 'bound' : 'broken';
}

/**
 * From when on the sender binds messages, in seconds; undefined where not every device announces it. What was signed
 * earlier may come without.
 */
export function bindsSince(sender: DimpId, contacts: Contacts): number | undefined {
  const visas = contacts
    .documents(sender)
    .filter((document) => document.type === 'visa' && visaKey(document) !== undefined);
  const isEvery = visas.every(({ properties }) => properties[BINDING_PROPERTY] === BINDING_VERSION);
  return visas.length > 0 && isEvery ? Math.min(...visas.map(({ timeS }) => timeS)) : undefined;
}
