// What stands in a text from others: words, web addresses, and signs that turn the direction of writing or cannot be seen.
// An address is shown whole and says by itself where it leads; what could mislead about that is named.

import { parseConsoleLink, questionPath } from '../../../node-core/links/index.ts';

/** Why an address may lead elsewhere than it seems to. */
export type LinkDoubt = 'foreign' | 'mixed' | 'userinfo' | 'number' | 'plain' | 'port';
export type TextLink = {
  /** As it was written. */
  readonly shown: string;
  readonly url: string;
  /** Where it leads, in the letters of the internet’s names: look-alikes of other alphabets stand out. */
  readonly host: string;
  /** The same in the alphabet that it was written in, where it is another one. */
  readonly written?: string;
  readonly doubts: readonly LinkDoubt[];
};
export type TextPart =
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'sign'; readonly code: string; readonly turns: boolean }
  | { readonly kind: 'link'; readonly link: TextLink }
  /** An address of the console's own; `path` is the page that asks whether to follow it. */
  | { readonly kind: 'own'; readonly shown: string; readonly path: string };

/** Marks, embeddings, overrides and isolates of the direction (Unicode, UAX 9), and spaces without a width. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const SIGNS = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/;
const ADDRESS = /(?:https?|dipnet):\/\/[^\s<>"'`{}|\\^]+/giu;
/** What ends a sentence, not an address. */
const TRAILING = /[.,;:!?…。，；：！？、）】」』’”]+$/u;
const LINK_CHARS_MAX = 2000;

/** Cuts a text into parts; put together again they are the whole text. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const part = readOwn(match[0]) ?? readPart(match[0]);
    if (part === undefined) continue;
    parts.push(...wordParts(text.slice(at, match.index)), part);
    at = match.index + (part.kind === 'own' ? part.shown : part.link.shown).length;
  }
  return [...parts, ...wordParts(text.slice(at))];
}

function readPart(raw: string): Extract<TextPart, { kind: 'link' }> | undefined {
  const link = readLink(raw);
  return link === undefined ? undefined : { kind: 'link', link };
}

function readOwn(raw: string): Extract<TextPart, { kind: 'own' }> | undefined {
  const shown = (raw.split(SIGNS, 1)[0] ?? '').replace(TRAILING, '').replace(/[)\]]+$/, '');
  return parseConsoleLink(shown) === undefined
    ? undefined
    : { kind: 'own', shown, path: questionPath(shown) };
}

function wordParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let words = '';
  for (const sign of text) {
    if (!SIGNS.test(sign)) {
      words += sign;
      continue;
    }
    if (words !== '') parts.push({ kind: 'words', text: words });
    words = '';
    const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    parts.push({ kind: 'sign', code: `U+${code}`, turns: TURNING.test(sign) });
  }
  return words === '' ? parts : [...parts, { kind: 'words', text: words }];
}

/** A text in one line of a list: signs that turn or hide are named in it, and nothing is a link. */
export const plainLine = (text: string): string =>
  SIGNS.test(text)
    ? wordParts(text)
        .map((part) => (part.kind === 'words' ? part.text : part.kind === 'sign' ? `[${part.code}]` : ''))
        .join('')
    : text;

/** An address, without what follows it; undefined where it is none, or holds signs that cannot be seen. */
export function readLink(raw: string): TextLink | undefined {
  const visible = raw.split(SIGNS, 1)[0] ?? '';
  if (visible.length > LINK_CHARS_MAX) return undefined;
  const shown = withoutClosing(visible.replace(TRAILING, ''));
  if (!URL.canParse(shown)) return undefined;
  const { hostname, href, username, password, protocol, port } = new URL(shown);
  if ((protocol !== 'https:' && protocol !== 'http:') || hostname === '') return undefined;
  const written = /^https?:\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(shown)?.[1] ?? '';
  const isForeign = hostname.split('.').some((label) => label.startsWith('xn--'));
  const doubts: LinkDoubt[] = [
    ...(isForeign ? (['foreign'] as const) : []),
    ...(isMixed(written) ? (['mixed'] as const) : []),
    ...(username !== '' || password !== '' ? (['userinfo'] as const) : []),
    ...(isNumber(hostname) ? (['number'] as const) : []),
    ...(protocol === 'http:' ? (['plain'] as const) : []),
    ...(port === '' ? [] : (['port'] as const)),
  ];
  const isOther = written.toLowerCase() !== hostname && /[^\0-\x7f]/.test(written);
  return { shown, url: href, host: hostname, ...(isOther ? { written } : {}), doubts };
}

/** A bracket at the end belongs to the address where its other half does. */
function withoutClosing(text: string): string {
  let rest = text;
  for (const [open, close] of ['()', '[]'] as const)
    while (rest.endsWith(close ?? '') && rest.split(open ?? '').length < rest.split(close ?? '').length)
      rest = rest.slice(0, -1).replace(TRAILING, '');
  return rest;
}

const isNumber = (host: string): boolean => /^[0-9.]+$/.test(host) || host.startsWith('[');

/** Letters of several alphabets in one part of a name, as in a Latin word with a Cyrillic а. Chinese and Japanese mix. */
function isMixed(host: string): boolean {
  const alphabets = [
    /\p{Script=Latin}/u,
    /\p{Script=Cyrillic}/u,
    /\p{Script=Greek}/u,
    /\p{Script=Armenian}/u,
  ];
  return host.split('.').some((label) => alphabets.filter((one) => one.test(label)).length > 1);
}
