// Addresses in both directions. Inwards: dipnet:// links, which may only lead to a page of the console and never carry
// out anything. Outwards: web addresses, which open in the person's own browser where they are on the allow-list.

import { shell } from 'electron';

export const LINK_SCHEME = 'dipnet';

/** Pages a link may lead to, with the form of what may follow. */
const LINK_PAGES: Readonly<Record<string, RegExp>> = {
  market: /^$|^\/[0-9a-f]{64}$/,
  orders: /^$|^\/0x[0-9a-fA-F]{40}$/,
  farm: /^$|^\/0x[0-9a-fA-F]{40}$/,
  studio: /^$/,
  wallet: /^$/,
  network: /^$/,
  settings: /^$/,
};

/** The route of a dipnet:// link; undefined for everything that is not exactly one. */
export function parseLink(text: string): string | undefined {
  const match = /^dipnet:\/\/([a-z]+)(\/[0-9a-zA-Z]*)?$/.exec(text.slice(0, 200));
  const [, name = '', rest = ''] = match ?? [];
  const detail = rest === '/' ? '' : rest;
  return Object.hasOwn(LINK_PAGES, name) && LINK_PAGES[name]?.test(detail) ? `/${name}${detail}` : undefined;
}

/** The last link among a program's arguments, where another program started us with one. */
export function findLink(args: readonly string[]): string | undefined {
  return args.map(parseLink).findLast((route) => route !== undefined);
}

/** What the pages link to: the licence the console is under, as those who wrote it publish it. */
const OUTSIDE_LINKS = ['https://www.gnu.org/licenses/agpl-3.0.html'];

/** The address in canonical form where it may be opened outside; undefined where not. */
export function parseOutsideLink(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { href } = new URL(text);
  return OUTSIDE_LINKS.includes(href) ? href : undefined;
}

/** True where the address was opened in the person's browser. */
export async function openOutside(text: string): Promise<boolean> {
  const url = parseOutsideLink(text);
  if (url === undefined) return false;
  await shell.openExternal(url);
  return true;
}
