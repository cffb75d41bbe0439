// Messages shown to a third party in a dispute: each as it was signed, with its own key, and the papers of their
// senders. Whoever gets them can check by themselves that they are genuine and, of a chain, that none is missing between
// the first and the last shown. Every message has its own key, so nothing else is shown.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { openCommitment } from './commitment.ts';
import { parseContent } from './content/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import { createDirectory } from './directory.ts';
import { documentToJson, readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonArray, isJsonObject, parseJsonObject } from './json.ts';
import { parseSymmetricKey, symmetricKeyToJson } from './keys/index.ts';
import { CONTENTS_MAX, DOCUMENTS_MAX, TIME_MAX_S } from './limits.ts';
import { messageToText, parseMessage } from './message.ts';
import { metaToJson } from './metas.ts';
import type { OpenedMessage } from './open.ts';
import { openWithKey, verifyMessage } from './open.ts';
import type { SequenceEnd, SequenceLink } from './sequence.ts';
import { endAfter, followSequence, readSequence, SEQUENCE_FIELD } from './sequence.ts';

const VERSION = 1;
const DISCLOSURE_CHARS_MAX = 64 * 1024 * 1024;

/** A message to show: as it was opened, and what was encrypted in it once more, where it came in a session of MLS. */
export type Disclosable = Pick<OpenedMessage, 'message' | 'key'> & { readonly inner?: string };

/** The text to hand over: the chosen messages and what proves their senders. */
export function discloseMessages(chosen: readonly Disclosable[], contacts: Contacts): Result<string> {
  const senders = new Map(chosen.map(({ message: { sender } }) => [sender.bare, sender] as const));
  const parties: JsonObject[] = [];
  for (const sender of senders.values()) {
    const meta = contacts.meta(sender);
    if (meta === undefined) return refuse(dimpFault('dimp.contact.unknown', { id: sender.bare }));
    const documents = contacts.documents(sender).map(documentToJson);
    parties.push({ id: sender.bare, meta: metaToJson(meta), documents });
  }
  const messages = chosen.map(({ message, key, inner }) => ({
    message: messageToText(message),
    ...(key === undefined ? {} : { key: symmetricKeyToJson(key) }),
    ...(inner === undefined ? {} : { inner }),
  }));
  return ok(JSON.stringify({ disclosure: VERSION, parties, messages }));
}

export type DisclosedChain = {
  readonly sender: DimpId;
  readonly chain: string;
  readonly first: number;
  readonly last: number;
  /** Of this chain, nothing is missing from the first to the last. */
  readonly isComplete: boolean;
};

export type CheckedDisclosure = {
  /**
   * Genuine, in the order given. Only of those that are `bound` or `public` are destination and sender proven; of an
   * `unbound` one, that the sender signed these words to somebody.
   */
  readonly messages: readonly OpenedMessage[];
  readonly chains: readonly DisclosedChain[];
};

/** Checks a disclosure with nothing but itself. A fault where any message in it is not genuine. */
export function checkDisclosure(text: string, crypto: DimpCrypto): Result<CheckedDisclosure> {
  const parsed = parseJsonObject(text, DISCLOSURE_CHARS_MAX);
  if (!parsed.ok) return parsed;
  const { disclosure, parties, messages } = parsed.value.value;
  const isSound = disclosure === VERSION && isList(parties) && isList(messages);
  if (!isSound) return refuse(dimpFault('dimp.message.malformed', { what: 'disclosure' }));
  const contacts = createDirectory(createMemoryKv(), crypto);
  for (const party of parties) {
    const met = meetParty(party, contacts);
    if (!met.ok) return met;
  }
  const opened: OpenedMessage[] = [];
  for (const item of messages) {
    const message = openDisclosed(item, contacts, crypto);
    if (!message.ok) return message;
    opened.push(message.value);
  }
  return ok({ messages: opened, chains: chainsOf(opened) });
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  isJsonArray(value) && value.length <= CONTENTS_MAX * 10;

function meetParty(party: JsonValue, contacts: ReturnType<typeof createDirectory>): Result<true> {
  const fields = isJsonObject(party) ? party : {};
  const id = readId(fields['id']);
  if (id === undefined) return refuse(dimpFault('dimp.id.malformed'));
  const meta = contacts.saveMeta(id, fields['meta']);
  if (!meta.ok) return meta;
  const documents = isJsonArray(fields['documents']) ? fields['documents'].slice(0, DOCUMENTS_MAX) : [];
  for (const document of documents) {
    // Proven by the meta just checked; when they were made does not matter here.
    const saved = contacts.saveDocument(document, id, TIME_MAX_S);
    if (!saved.ok) return saved;
  }
  return ok(true);
}

function openDisclosed(item: JsonValue, contacts: Contacts, crypto: DimpCrypto): Result<OpenedMessage> {
  const { message: text, key: keyJson, inner } = isJsonObject(item) ? item : {};
  if (typeof text !== 'string') return refuse(dimpFault('dimp.message.malformed', { what: 'disclosure' }));
  const message = parseMessage(text);
  if (!message.ok) return message;
  const verified = verifyMessage(message.value, contacts, crypto);
  if (!verified.ok) return verified;
  const key = keyJson === undefined ? undefined : parseSymmetricKey(keyJson);
  if (key !== undefined && !key.ok) return key;
  const aes = key?.value.algorithm === 'AES' ? key.value : undefined;
  const opened = openWithKey(message.value, aes, contacts);
  return opened.ok && inner !== undefined ? openInner(opened.value, inner) : opened;
}

/** What a message of a session says, by the commitment that its sender signed. The place in the chain is the outer one's. */
function openInner(opened: OpenedMessage, inner: JsonValue): Result<OpenedMessage> {
  const { commitment } = opened.content.json;
  const altered = () => refuse(dimpFault('dimp.message.altered', { what: 'commitment' }));
  if (typeof inner !== 'string' || typeof commitment !== 'string') return altered();
  const json = openCommitment(commitment, inner);
  const content = json === undefined ? undefined : parseContent(json);
  if (content === undefined) return altered();
  if (!content.ok) return content;
  const place = opened.content.json[SEQUENCE_FIELD];
  const { [SEQUENCE_FIELD]: _, ...said } = content.value.json;
  const all = place === undefined ? said : { ...said, [SEQUENCE_FIELD]: place };
  return ok({ ...opened, content: { ...content.value, json: all } });
}

type Linked = { readonly link: SequenceLink; readonly opened: OpenedMessage };

function chainsOf(opened: readonly OpenedMessage[]): readonly DisclosedChain[] {
  const chains = new Map<string, Linked[]>();
  for (const one of opened) {
    const link = readSequence(one.content);
    if (link === undefined) continue;
    const name = `${one.message.sender.bare} ${link.chain}`;
    chains.set(name, [...(chains.get(name) ?? []), { link, opened: one }]);
  }
  return Array.from(chains.values(), (links) => {
    const sorted = links.sort((a, b) => a.link.index - b.link.index);
    const [first, last] = [sorted[0] as Linked, sorted.at(-1) as Linked];
    return {
      sender: first.opened.message.sender,
      chain: first.link.chain,
      first: first.link.index,
      last: last.link.index,
      isComplete: isUnbroken(sorted),
    };
  });
}

function isUnbroken(sorted: readonly Linked[]): boolean {
  let end: SequenceEnd | undefined;
  for (const { link, opened } of sorted) {
    if (end !== undefined && followSequence(end, link) !== 'next') return false;
    end = endAfter(link, opened.message);
  }
  return true;
}
