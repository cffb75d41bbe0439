// What later messages do to an earlier one: a reply refers to it, a reaction stands beside it, an edit or a deletion by its
// own sender changes it. A reference is a hash of who said what and when, the same in every copy, so that what refers to
// words cannot be put under others. In whatever order messages come, what is shown is the same.

import { bytesToHex, taggedHash, utf8ToBytes } from '../base/index.ts';
import { BINDING_FIELD } from './binding.ts';
import { NONCE_FIELD } from './commitment.ts';
import type { Content } from './content/index.ts';
import { contentFields } from './content/index.ts';
import { readId } from './documents.ts';
import type { DimpId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import { SEQUENCE_FIELD } from './sequence.ts';

/** Member of a text that replies: `sender` and `reference` of what it replies to. */
const ORIGIN_FIELD = 'origin';
/** Member of a text that takes the place of an earlier one. Programs that do not know it show a text like any other. */
const EDITS_FIELD = 'edits';
const AMENDMENT = { app: 'dipnet', mod: 'amendment' } as const;
/** Of one sender to one message, so many edits and so many reactions are kept, the latest. */
const KEPT_MAX = 50;
/** A face with a skin, joined to others, and what makes a picture of it. */
const REACTION_CHARS_MAX = 24;
const REFERENCE = /^[0-9a-f]{64}$/;
/** Differ from copy to copy of one message. */
const NOT_SAID = new Set([BINDING_FIELD, NONCE_FIELD, SEQUENCE_FIELD]);

/** The name of a message: 64 hexadecimal digits. */
export function messageReference(sender: DimpId, { json }: Content): string {
  const said = Object.fromEntries(Object.entries(json).filter(([name]) => !NOT_SAID.has(name)));
  const text = `${sender.bare}\0${canonicalText(said)}`;
  return bytesToHex(taggedHash('dipnet/dimp/reference/v1', utf8ToBytes(text)));
}

/** JSON with the members of objects in the order of their names: peers may write them in any. */
function canonicalText(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalText(item)}`).join()}}`;
}

/** A message that is referred to. */
export type Origin = { readonly sender: string; readonly reference: string };

/** What refers to a message, as it is sent. */
export const originJson = ({ sender, reference }: Origin): JsonObject => ({ sender, reference });

/** What a message replies to; undefined where it replies to nothing that can be found. */
export function readReply(content: Content): Origin | undefined {
  return content.kind === 'text' || content.kind === 'quote'
    ? readOrigin(content.json[ORIGIN_FIELD])
    : undefined;
}

function readOrigin(value: JsonValue | undefined): Origin | undefined {
  if (!isJsonObject(value)) return undefined;
  const sender = readId(value['sender']);
  const { reference } = value;
  if (sender === undefined || typeof reference !== 'string' || !REFERENCE.test(reference)) return undefined;
  return { sender: sender.bare, reference };
}

export type AmendmentAct = 'react' | 'edit' | 'delete';
export type Amendment = {
  readonly act: AmendmentAct;
  readonly target: Origin;
  /** Who amends. */
  readonly by: string;
  readonly timeS: number;
  /** The amendment's own. */
  readonly reference: string;
  /** The new words of an edit; the sign of a reaction, empty where it is taken back. */
  readonly text: string;
};

/** The fields of a content that replies to `origin`. */
export const replyFields = (text: string, origin: JsonObject): JsonObject => ({
  text,
  [ORIGIN_FIELD]: origin,
});

/** Kind and fields of the content of an amendment. An edit is a text, so that whoever knows no edits reads it too. */
export function amendmentFields(
  act: AmendmentAct,
  text: string,
  target: JsonObject,
): { readonly kind: 'text' | 'customized'; readonly fields: JsonObject } {
  if (act === 'edit') return { kind: 'text', fields: { text, [EDITS_FIELD]: target } };
  const fields = { ...AMENDMENT, act, [ORIGIN_FIELD]: target };
  return { kind: 'customized', fields: act === 'react' ? { ...fields, text } : fields };
}

/**
 * Reads an amendment: undefined where the content is none, `void` where it is one that counts for nothing: not sound, or
 * of words that are not the sender's own.
 */
export function readAmendment(sender: DimpId, content: Content): Amendment | 'void' | undefined {
  const said = readAct(content);
  if (said === undefined) return undefined;
  const { act, target: json, text } = said;
  const target = readOrigin(json);
  const { timeS } = content;
  if (target === undefined || timeS === undefined || typeof text !== 'string') return 'void';
  if (act !== 'react' && act !== 'edit' && act !== 'delete') return 'void';
  if (act !== 'react' && target.sender !== sender.bare) return 'void';
  if (act === 'react' && text !== '' && !isReaction(text)) return 'void';
  return { act, target, by: sender.bare, timeS, text, reference: messageReference(sender, content) };
}

function readAct(content: Content) {
  const { json } = content;
  if (content.kind === 'text' && json[EDITS_FIELD] !== undefined && json[EDITS_FIELD] !== null)
    return { act: 'edit', target: json[EDITS_FIELD], text: contentFields(content, 'text')?.text };
  if (content.kind !== 'customized' || json['app'] !== AMENDMENT.app || json['mod'] !== AMENDMENT.mod)
    return undefined;
  const act = json['act'] === 'edit' ? undefined : json['act'];
  return { act, target: json[ORIGIN_FIELD], text: act === 'react' ? json['text'] : '' };
}

/** One sign, and nothing that could be read as words: reactions of many stand in one line. */
export function isReaction(text: string): boolean {
  const sign = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\u{1f3fb}-\u{1f3ff}\ufe0f\u20e3]*/u;
  if (text.length > REACTION_CHARS_MAX) return false;
  let rest = text;
  for (;;) {
    const found = sign.exec(rest)?.[0];
    if (found === undefined) return false;
    rest = rest.slice(found.length);
    if (rest === '') return true;
    if (!rest.startsWith('\u200d')) return false;
    rest = rest.slice(1);
  }
}

export type AmendedMessage = {
  readonly text: string;
  readonly isDeleted: boolean;
  /** What it said before, the oldest first, with the time of each. */
  readonly earlier: readonly { readonly text: string; readonly timeS: number }[];
  /** When the text that stands was written, where it is not the first one. */
  readonly editedS?: number;
  /** The sign of each person, in the order in which they gave it. */
  readonly reactions: readonly { readonly by: string; readonly text: string }[];
};

/** A message as it stands after these amendments, which may come in any order and more than once. */
export function amendMessage(
  original: Origin & { readonly text: string; readonly timeS: number },
  amendments: readonly Amendment[],
): AmendedMessage {
  const mine = inOrder(amendments).filter(({ target }) => target.reference === original.reference);
  const own = mine.filter(({ by }) => by === original.sender);
  // Nobody can take back a deletion.
  if (own.some(({ act }) => act === 'delete'))
    return { text: '', isDeleted: true, earlier: [], reactions: [] };
  const edits = own.filter(({ act }) => act === 'edit').slice(-KEPT_MAX);
  const texts = [original, ...edits].map(({ text, timeS }) => ({ text, timeS }));
  const [last, ...earlier] = texts.reverse();
  const latest = new Map<string, Amendment>();
  for (const one of mine) {
    if (one.act !== 'react') continue;
    latest.delete(one.by);
    latest.set(one.by, one);
  }
  const given = [...latest.values()].filter(({ text }) => text !== '');
  return {
    text: last?.text ?? original.text,
    isDeleted: false,
    earlier: earlier.reverse(),
    ...(edits.length === 0 || last === undefined ? {} : { editedS: last.timeS }),
    reactions: given.map(({ by, text }) => ({ by, text })),
  };
}

/** By the signed time; those of one instant by their references, so that all readers agree. Each once. */
function inOrder(amendments: readonly Amendment[]): readonly Amendment[] {
  const unique = new Map(amendments.map((one) => [`${one.reference} ${one.by}`, one] as const));
  const rank = (one: Amendment) => `${one.reference} ${one.by}`;
  return [...unique.values()].sort((a, b) => a.timeS - b.timeS || (rank(a) < rank(b) ? -1 : 1));
}

/** Those that are past the bound of one person and act, the earliest: they change nothing that is shown. */
export function surplusAmendments(amendments: readonly Amendment[]): readonly Amendment[] {
  const lists = new Map<string, Amendment[]>();
  for (const one of inOrder(amendments)) {
    const name = `${one.act} ${one.by} ${one.target.reference}`;
    lists.set(name, [...(lists.get(name) ?? []), one]);
  }
  return [...lists.values()].flatMap((list) => list.slice(0, -KEPT_MAX));
}
