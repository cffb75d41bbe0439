// Addresses of the console's own scheme, such as dipnet://orders/0x…: what they may name, and which page that is. Anybody
// can write one, so a text is read strictly, a link names one thing and carries out nothing, and the pages ask before
// they go there.

export const LINK_SCHEME = 'dipnet';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HASH = /^[0-9a-f]{64}$/;

/** What can be named, by the first part of the link. */
const NAMED = {
  market: { kind: 'model', form: HASH },
  orders: { kind: 'order', form: ADDRESS },
  farm: { kind: 'machine', form: ADDRESS },
  paradigms: { kind: 'paradigm', form: HASH },
  // An ID of the messenger: an account, or a name and an address of either form. Its sums are checked where it is used.
  contact: {
    kind: 'contact',
    form: /^([A-Za-z0-9_.-]{1,32}@)?(0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{25,40})$/,
  },
  name: { kind: 'name', form: /^[a-z0-9][a-z0-9-]{0,62}$/ },
} as const;

/** Pages that a link may lead to as a whole. */
const PAGES = [
  'market',
  'orders',
  'farm',
  'studio',
  'paradigms',
  'messages',
  'wallet',
  'network',
  'settings',
] as const;

export type LinkPage = (typeof PAGES)[number];
export type ConsoleLink =
  | { readonly kind: 'page'; readonly page: LinkPage; readonly path: string }
  | {
      readonly kind: (typeof NAMED)[keyof typeof NAMED]['kind'];
      readonly value: string;
      /** Where the pages show it. */
      readonly path: string;
    };

/** Characters of a link; a longer text is none. */
const LINK_CHARS_MAX = 160;
const LINK = /^dipnet:\/\/([a-z]+)(?:\/([0-9A-Za-z@._-]*))?$/;

/** Undefined for every text that is not exactly one link. */
export function parseConsoleLink(text: string): ConsoleLink | undefined {
  const [, first = '', value = ''] = (text.length <= LINK_CHARS_MAX ? LINK.exec(text) : null) ?? [];
  if (value === '') {
    const page = PAGES.find((known) => known === first);
    return page === undefined ? undefined : { kind: 'page', page, path: `/${page}` };
  }
  if (!Object.hasOwn(NAMED, first)) return undefined;
  const { kind, form } = NAMED[first as keyof typeof NAMED];
  if (!form.test(value)) return undefined;
  const isPerson = kind === 'contact' || kind === 'name';
  return {
    kind,
    value,
    path: isPerson ? `/messages?add=${encodeURIComponent(value)}` : `/${first}/${value}`,
  };
}

/** The page that asks whether a link is to be followed. */
export const questionPath = (link: string): string => `/link?to=${encodeURIComponent(link)}`;
