// What each disclosed message says, whatever its kind: texts as they are, everything else in words. What refers to another
// message names its number among those disclosed; of one outside the span nothing is told.

import type { DisclosedSaid } from '../../api/index.ts';
import { isCallContent, readCallContent } from '../../dimp/calls/index.ts';
import { readFileContent } from '../../dimp/files/index.ts';
import type { CheckedDisclosure, Content, DimpId, Origin } from '../../dimp/index.ts';
import { contentFields, messageReference, readAmendment, readId, readReply } from '../../dimp/index.ts';

type Shown = CheckedDisclosure['messages'][number];

/** What the messages say, in their order. */
export function disclosedSaid(messages: readonly Shown[]): readonly DisclosedSaid[] {
  const numbers = new Map<string, number>();
  for (const [index, { message, content }] of messages.entries()) {
    const name = `${message.sender.bare} ${messageReference(message.sender, content)}`;
    // The same words may have gone to several readers: the first of them stands for all.
    if (!numbers.has(name)) numbers.set(name, index + 1);
  }
  const numberOf = ({ sender, reference }: Origin) => numbers.get(`${sender} ${reference}`);
  return messages.map(({ message, content }) => saidOf(message.sender, content, numberOf));
}

type NumberOf = (origin: Origin) => number | undefined;

function saidOf(sender: DimpId, content: Content, numberOf: NumberOf): DisclosedSaid {
  const amended = amendmentSaid(sender, content, numberOf);
  if (amended !== undefined) return amended;
  const written = contentFields(content, 'text') ?? contentFields(content, 'quote');
  if (written !== undefined) {
    const origin = readReply(content);
    const answers = origin === undefined ? undefined : numberOf(origin);
    return { kind: 'text', text: written.text, ...(answers === undefined ? {} : { answers }) };
  }
  const file = readFileContent(content);
  if (file !== undefined) return { kind: 'file', name: file.name, sizeBytes: file.sizeBytes };
  return isCallContent(content.json) ? callSaid(content) : cardSaid(content);
}

function amendmentSaid(sender: DimpId, content: Content, numberOf: NumberOf): DisclosedSaid | undefined {
  const amendment = readAmendment(sender, content);
  if (amendment === undefined) return undefined;
  if (amendment === 'void') return { kind: 'other', name: 'amendment' };
  const of = numberOf(amendment.target);
  const target = of === undefined ? {} : { of };
  const { act, text } = amendment;
  if (act === 'delete') return { kind: 'deletion', ...target };
  if (act === 'edit') return { kind: 'edit', text, ...target };
  return { kind: 'reaction', text, ...target };
}

function callSaid(content: Content): DisclosedSaid {
  const said = readCallContent(content.json)?.said;
  if (said === undefined) return { kind: 'other', name: 'call' };
  return { kind: 'call', act: said.act, ...('video' in said ? { video: said.video } : {}) };
}

function cardSaid(content: Content): DisclosedSaid {
  const card = contentFields(content, 'card');
  if (card !== undefined)
    return { kind: 'contact', id: readId(card.did.text)?.bare ?? '', name: card.name ?? '' };
  const page = contentFields(content, 'page');
  if (page !== undefined) return { kind: 'page', title: page.title ?? '', address: page.URL ?? '' };
  const money = contentFields(content, 'money') ?? contentFields(content, 'transfer');
  if (money !== undefined) return { kind: 'money', amount: String(money.amount), currency: money.currency };
  const list = contentFields(content, 'combine')?.messages ?? contentFields(content, 'array')?.contents;
  if (list !== undefined) return { kind: 'several', count: list.length };
  return { kind: 'other', name: nameOf(content) };
}

/** The name that a content goes by, where nothing is known of what it means. */
function nameOf(content: Content): string {
  const customized = contentFields(content, 'customized');
  if (customized !== undefined) return [customized.app, customized.mod, customized.act].join(' ');
  return content.command ?? content.kind;
}

/** What terminals obey beyond what JSON escapes, and what turns the direction of writing. */
const ACTING = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function quoted(text: string): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(ACTING, escaped);
}

/** For a terminal and for other programs. What others wrote stands in quotes, and cannot act on what shows it. */
export function saidInWords(said: DisclosedSaid): string {
  const to = (number: number | undefined) =>
    number === undefined ? 'a message that is not shown' : `message ${number}`;
  switch (said.kind) {
    case 'text':
      return `${quoted(said.text)}${said.answers === undefined ? '' : `  (answers message ${said.answers})`}`;
    case 'edit':
      return `changes ${to(said.of)} to ${quoted(said.text)}`;
    case 'deletion':
      return `takes ${to(said.of)} back`;
    case 'reaction':
      return said.text === ''
        ? `takes back a reaction to ${to(said.of)}`
        : `reacts to ${to(said.of)} with ${quoted(said.text)}`;
    case 'file':
      return `sends the file ${quoted(said.name)}${said.sizeBytes === 0 ? '' : ` of ${said.sizeBytes} bytes`}`;
    case 'call':
      return `call: ${said.act}${said.video === undefined ? '' : said.video ? ' (video)' : ' (voice)'}`;
    case 'contact':
      return `sends the contact ${quoted(said.name)}, ${quoted(said.id)}`;
    case 'page':
      return `sends the page ${quoted(said.title)}, ${quoted(said.address)}`;
    case 'money':
      return `speaks of money: ${quoted(`${said.amount} ${said.currency}`)}`;
    case 'several':
      return `sends ${said.count} contents in one`;
    case 'other':
      return `sends something of another kind: ${quoted(said.name)}`;
  }
}
