// What a designer fills in to compose a product, and the bill of materials that it becomes.

import type { ProductDraft } from '../../../node-core/api/index.ts';

export const TITLE_LENGTH_MAX = 120;
export const DESCRIPTION_LENGTH_MAX = 2000;
export const PARTS_MAX = 48;

/** How a part is printed, in words for people; the figures behind each are fixed. */
export const QUALITIES = ['standard', 'fine', 'strong'] as const;
export type Quality = (typeof QUALITIES)[number];

const SETTINGS: Readonly<Record<Quality, NonNullable<ProductDraft['parts'][number]['settings']>>> = {
  standard: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
  fine: { layerHeightUm: 120, infillPercent: 20, perimeters: 3, supports: false, brim: false },
  strong: { layerHeightUm: 200, infillPercent: 45, perimeters: 4, supports: false, brim: false },
};

/** A line of the form. `item` names a model, or a product after `product:`. */
export type LineInput = {
  readonly key: number;
  readonly item: string | null;
  readonly quantity: number;
  readonly material: string;
  readonly quality: Quality;
};

export type ComposeInput = {
  readonly title: string;
  readonly description: string;
  /** As typed. */
  readonly fee: string;
  readonly lines: readonly LineInput[];
};

export type ComposeFaults = Partial<Record<'title' | 'fee' | 'lines', string>>;

const PRODUCT = 'product:';
export const productItem = (id: string) => `${PRODUCT}${id}`;
export const isProduct = (item: string | null) => item?.startsWith(PRODUCT) === true;

/** The draft, or message ids of what is wrong. */
export function toDraft(
  input: ComposeInput,
  parseFee: (text: string) => bigint | undefined,
): { readonly draft?: ProductDraft; readonly faults: ComposeFaults } {
  const title = input.title.trim();
  const feeMicro = input.fee.trim() === '' ? 0n : parseFee(input.fee);
  const chosen = input.lines.filter(({ item }) => item !== null);
  const faults: ComposeFaults = {
    ...(title === '' ? { title: 'products.compose.title.missing' } : {}),
    ...(feeMicro === undefined ? { fee: 'products.compose.fee.wrong' } : {}),
    ...(chosen.length === 0 ? { lines: 'products.compose.lines.missing' } : {}),
  };
  if (feeMicro === undefined || Object.keys(faults).length > 0) return { faults };
  const parts = chosen.map(({ item, quantity, material, quality }) =>
    isProduct(item)
      ? { productId: (item ?? '').slice(PRODUCT.length), quantity }
      : { modelId: item ?? '', quantity, material, settings: SETTINGS[quality] },
  );
  const description = input.description.trim();
  return { draft: { title, description, feeMicro, parts, services: [] }, faults };
}
