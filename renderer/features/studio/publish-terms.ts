// The terms of a publication, checked before they leave the page.

export const LICENCES = [
  'print-per-copy',
  'print-per-copy-resale',
  'CC-BY-4.0',
  'CC-BY-NC-4.0',
  'CC0-1.0',
] as const;
export type Licence = (typeof LICENCES)[number];

export const TITLE_LENGTH_MAX = 120;
export const DESCRIPTION_LENGTH_MAX = 2000;

export type PublishDraft = {
  readonly title: string;
  readonly description: string;
  readonly licence: Licence;
  readonly price: string;
};

export type PublishTerms = {
  readonly title: string;
  readonly description: string;
  readonly licence: Licence;
  readonly priceMicroPerCopy: bigint;
};

export type PublishProblems = {
  readonly title?: 'title-missing' | 'title-long';
  readonly price?: 'price-malformed';
};

export function checkTerms(
  draft: PublishDraft,
  parse: (text: string) => bigint | undefined,
): { readonly terms: PublishTerms | undefined; readonly problems: PublishProblems } {
  const title = draft.title.trim();
  const priceMicroPerCopy = parse(draft.price);
  const problems: PublishProblems = {
    ...(title === '' ? { title: 'title-missing' } : {}),
    ...(title.length > TITLE_LENGTH_MAX ? { title: 'title-long' } : {}),
    ...(priceMicroPerCopy === undefined ? { price: 'price-malformed' } : {}),
  };
  if (Object.keys(problems).length > 0 || priceMicroPerCopy === undefined)
    return { terms: undefined, problems };
  const description = draft.description.trim().slice(0, DESCRIPTION_LENGTH_MAX);
  return { terms: { title, description, licence: draft.licence, priceMicroPerCopy }, problems };
}

/** A first title from the file's name: `x-carriage_v2.stl` → `X carriage v2`. */
export function titleFromFileName(fileName: string): string {
  const words = fileName
    .replace(/\.[a-z0-9]{1,4}$/i, '')
    .replaceAll(/[_\-.\s]+/g, ' ')
    .trim();
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, TITLE_LENGTH_MAX);
}
