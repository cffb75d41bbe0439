// Addresses in both directions. Inwards: dipnet:// links of other programs, which lead to the page that asks whether to
// follow them. Outwards: web addresses, which open in the person's own browser where they are on the allow-list.

import { shell } from 'electron';
import { parseConsoleLink, questionPath } from '../../node-core/links/index.ts';

export { LINK_SCHEME } from '../../node-core/links/index.ts';

/** The route of a dipnet:// link; undefined for everything that is not exactly one. */
export const parseLink = (text: string): string | undefined =>
  parseConsoleLink(text) === undefined ? undefined : questionPath(text);

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
