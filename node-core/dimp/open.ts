// Receiving: the signature is checked against the sender's proven keys, always and before anything else; then the
// message is decrypted, and what it says inside must agree with what stands on it outside.

import type { Bytes, Result } from '../base/index.ts';
import { ok, parseUtf8, refuse } from '../base/index.ts';
import type { Account } from './account.ts';
import type { CipherParts } from './binding.ts';
import { bindsSince, checkBinding } from './binding.ts';
import type { CipherKeys } from './cipher-keys.ts';
import type { Content } from './content/index.ts';
import { parseContent } from './content/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts, Directory } from './directory.ts';
import { readId, visaKey } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { isGroup, isUser, sameId } from './ids.ts';
import type { JsonValue } from './json.ts';
import { isJsonObject, parseJson, parseJsonObject } from './json.ts';
import type { AesKey, PrivateKey, PublicKey } from './keys/index.ts';
import { decryptSymmetric, decryptWith, parseSymmetricKey, verifyWith, ZERO_IV } from './keys/index.ts';
import { PRIVATE_KEYS_TRIED_MAX } from './limits.ts';
import type { ReliableMessage } from './message.ts';
import { destination } from './message.ts';
import type { Meta } from './metas.ts';

export type OpenedMessage = {
  readonly message: ReliableMessage;
  readonly content: Content;
  /** When it was written: as signed inside, else as the envelope says. */
  readonly timeS: number;
  readonly isTimeSigned: boolean;
  /**
   * `bound`: sender, destination, IV and key are signed too. `unbound`: a peer that does not know of it sent it, and
   * they are the station's word. `public`: signed and readable by all.
   */
  readonly protection: 'bound' | 'unbound' | 'public';
  /** The key of this message alone, for disclosing it in a dispute; absent where it is public. */
  readonly key?: AesKey;
};

/**
 * Keeps the sender's meta and visa where they came with a first message. They prove themselves, so it does not matter
 * who attached them; what does not prove itself is not kept.
 */
export function learnAttached(message: ReliableMessage, directory: Directory, nowS: number): void {
  const { meta, visa } = message.json;
  if (isJsonObject(meta)) directory.saveMeta(message.sender, meta);
  if (isJsonObject(visa)) directory.saveDocument(visa, message.sender, nowS);
}

/**
 * Whether the message mentions newer papers of its sender or group than are known (SDT, GDT): then they are to be asked
 * for. The mention is not signed, and worth no more than the question.
 */
export function missesPapers(
  message: ReliableMessage,
  contacts: Contacts,
): { readonly sender: boolean; readonly group: boolean } {
  const isNewer = (time: JsonValue | undefined, id: DimpId | undefined) => {
    if (typeof time !== 'number' || id === undefined) return false;
    const [newest] = contacts.documents(id);
    return newest === undefined || newest.timeS < time;
  };
  const group = message.group ?? (isGroup(message.receiver) ? message.receiver : undefined);
  const { SDT: senderTime, GDT: groupTime } = message.json;
  return { sender: isNewer(senderTime, message.sender), group: isNewer(groupTime, group) };
}

/** Proves that the sender signed the message, with the identity key or the key of one of its visas. */
export function verifyMessage(
  message: ReliableMessage,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<ReliableMessage> {
  const { sender, signedBytes, signature } = message;
  const meta = contacts.meta(sender);
  if (meta === undefined) return refuse(dimpFault('dimp.contact.unknown', { id: sender.bare }));
  // One by one: the identity's key is nearly always the right one, and reading a visa's key costs more than a check.
  for (const key of verificationKeys(sender, meta, contacts))
    if (verifyWith(key, signedBytes, signature, crypto)) return ok(message);
  return refuse(dimpFault('dimp.message.forged'));
}

/** The identity's key first: it is the one that peers sign with. A visa's key counts only beside a proven meta. */
function* verificationKeys(sender: DimpId, meta: Meta, contacts: Contacts): Generator<PublicKey> {
  yield meta.key;
  for (const document of contacts.documents(sender)) {
    const key = document.type === 'visa' ? visaKey(document) : undefined;
    if (key !== undefined) yield key;
  }
}

/**
 * Verifies, decrypts and reads a message for this account. Group membership and repetition are judged elsewhere. Answer
 * the sender of an unreadable message as that of an altered one: who sends changed copies of another's ciphertext must not
 * learn which of them made sense. `cipherKeys` lets peers leave out a key that they use again.
 */
export function openMessage(
  message: ReliableMessage,
  account: Account,
  contacts: Contacts,
  crypto: DimpCrypto,
  cipherKeys?: CipherKeys,
): Result<OpenedMessage> {
  const verified = verifyMessage(message, contacts, crypto);
  if (!verified.ok) return verified;
  if (message.isBroadcast) return readOpened(message, message.signedBytes, undefined, contacts);
  // Also a message of one's own that is sent back.
  if (isUser(message.receiver) && !sameId(message.receiver, account.id))
    return refuse(dimpFault('dimp.message.altered', { what: 'receiver' }));
  const decrypted = decrypt(message, account, crypto) ?? decryptAgain(message, cipherKeys);
  if (decrypted === undefined) return refuse(dimpFault('dimp.message.unreadable'));
  const opened = readOpened(message, decrypted.plaintext, decrypted, contacts);
  if (opened.ok) cipherKeys?.keep(message.sender, destination(message), decrypted.key);
  // What decrypts to no content is like what does not decrypt.
  const isAltered = !opened.ok && opened.fault.code === 'dimp.message.altered';
  return opened.ok || isAltered ? opened : refuse(dimpFault('dimp.message.unreadable'));
}

/** Opens a verified message with its key alone, as one to whom it was disclosed. */
export function openWithKey(
  message: ReliableMessage,
  key: AesKey | undefined,
  contacts: Contacts,
): Result<OpenedMessage> {
  if (message.isBroadcast) return readOpened(message, message.signedBytes, undefined, contacts);
  const decrypted = key === undefined ? undefined : decryptData(message, key);
  if (decrypted === undefined) return refuse(dimpFault('dimp.message.unreadable'));
  return readOpened(message, decrypted.plaintext, decrypted, contacts);
}

function readOpened(
  message: ReliableMessage,
  plaintext: Bytes,
  cipher: CipherParts | undefined,
  contacts: Contacts,
): Result<OpenedMessage> {
  const content = readPlaintext(plaintext);
  if (!content.ok) return content;
  const binding = checkBinding(message, content.value, cipher);
  const altered = contradiction(message, content.value, binding, contacts);
  if (altered !== undefined) return refuse(dimpFault('dimp.message.altered', { what: altered }));
  const { timeS } = content.value;
  return ok({
    message,
    content: content.value,
    timeS: timeS ?? message.timeS,
    isTimeSigned: timeS !== undefined,
    protection: message.isBroadcast ? 'public' : binding === 'bound' ? 'bound' : 'unbound',
    ...(cipher === undefined ? {} : { key: cipher.key }),
  });
}

/** Reads the content of a broadcast whose signature was verified: what a station does with commands to itself. */
export function readBroadcast(message: ReliableMessage, contacts: Contacts): Result<Content> {
  if (!message.isBroadcast) return refuse(dimpFault('dimp.message.unreadable'));
  const opened = readOpened(message, message.signedBytes, undefined, contacts);
  return opened.ok ? ok(opened.value.content) : opened;
}

function readPlaintext(plaintext: Bytes): Result<Content> {
  const text = parseUtf8(plaintext);
  if (text === undefined) return refuse(dimpFault('dimp.content.malformed', { what: 'utf-8' }));
  const parsed = parseJsonObject(text);
  return parsed.ok ? parseContent(parsed.value.value) : parsed;
}

/** What the unsigned outside claims against the signed inside; undefined where they agree. */
function contradiction(
  message: ReliableMessage,
  content: Content,
  binding: ReturnType<typeof checkBinding>,
  contacts: Contacts,
): string | undefined {
  if (binding === 'broken') return 'binding';
  const sinceS = binding === 'unbound' ? bindsSince(message.sender, contacts) : undefined;
  // Where the time is not signed, it does not excuse.
  if (sinceS !== undefined && (content.timeS ?? sinceS) >= sinceS) return 'binding';
  if (message.code !== undefined && message.code !== 0 && message.code !== content.code) return 'type';
  const group =
    message.group ?? (isGroup(message.receiver) && !message.isBroadcast ? message.receiver : undefined);
  if (group === undefined) return undefined;
  return content.group !== undefined && sameId(content.group, group) ? undefined : 'group';
}

/**
 * Whatever fails, the outcome is the same: a stranger who sends on changed copies of somebody else's encrypted key must
 * not learn from the answers whether one was well padded. Only what is wholly an AES key is ever tried on the data.
 */
function decrypt(message: ReliableMessage, account: Account, crypto: DimpCrypto): Decrypted | undefined {
  for (const key of candidateKeys(message, account, crypto)) {
    const decrypted = decryptData(message, key);
    if (decrypted !== undefined) return decrypted;
  }
  return undefined;
}

/** With the last key of the sender, where the message brings none. */
function decryptAgain(message: ReliableMessage, cipherKeys: CipherKeys | undefined): Decrypted | undefined {
  if (message.key !== undefined || message.keys.size > 0) return undefined;
  const key = cipherKeys?.find(message.sender, destination(message), message.keyDigest);
  return key === undefined ? undefined : decryptData(message, key);
}

type Decrypted = CipherParts & { readonly plaintext: Bytes };

function decryptData(message: ReliableMessage, key: AesKey): Decrypted | undefined {
  const iv = message.iv ?? key.iv ?? ZERO_IV;
  const plaintext = decryptSymmetric(key, iv, message.signedBytes);
  return plaintext === undefined ? undefined : { plaintext, iv, key };
}

function candidateKeys(message: ReliableMessage, account: Account, crypto: DimpCrypto): readonly AesKey[] {
  const privateKeys = [...account.visaKeys, account.identityKey]
    .filter(({ algorithm }) => algorithm === 'RSA')
    .slice(0, PRIVATE_KEYS_TRIED_MAX);
  const found: AesKey[] = [];
  for (const encrypted of encryptedKeys(message, account)) {
    for (const privateKey of privateKeys) {
      const key = unwrapKey(encrypted, privateKey, crypto);
      if (key !== undefined) found.push(key);
    }
    if (found.length > 0) break;
  }
  return found;
}

/** `keys[me]`, those of my terminals, and `key`. */
function encryptedKeys(message: ReliableMessage, { id, visa }: Account): readonly Bytes[] {
  const names = [id.bare, id.text, `${id.bare}/${visa?.terminal ?? '*'}`, `${id.bare}/*`];
  const listed = [...new Set(names)].flatMap((name) => message.keys.get(name) ?? []);
  const own = message.key === undefined ? [] : [message.key];
  if (listed.length + own.length > 0) return [...listed, ...own];
  // An ID may be spelled otherwise, as an Ethereum address in lower case.
  const mine = Array.from(message.keys).filter(([name]) => {
    const other = readId(name);
    return other !== undefined && sameId(other, id);
  });
  return mine.slice(0, PRIVATE_KEYS_TRIED_MAX).map(([, encrypted]) => encrypted);
}

/** PLAIN is no key here: nothing that was to be encrypted may come in clear. */
function unwrapKey(encrypted: Bytes, privateKey: PrivateKey, crypto: DimpCrypto): AesKey | undefined {
  const bytes = decryptWith(privateKey, encrypted, crypto);
  const text = bytes === undefined ? undefined : parseUtf8(bytes);
  const json = text === undefined ? undefined : parseJson(text);
  const key = json?.ok ? parseSymmetricKey(json.value) : undefined;
  return key?.ok && key.value.algorithm === 'AES' ? key.value : undefined;
}
