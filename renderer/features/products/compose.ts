// What a designer fills in to compose a product, and the bill of materials that it becomes.

import type {
  ContractChoice,
  ExampleValues,
  ParadigmPage,
  ProductDraft,
} from '../../../node-core/api/index.ts';

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

export const SERVICES_MAX = 8;
/** Of a text among the terms that a designer fixes. */
export const TERM_LENGTH_MAX = 200;
export const SERVICE_KINDS = ['inspection', 'material', 'assembly', 'logistics'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

/** What a contract is for: a part, with its quote, or a service, without one. */
export type ChoiceUse = 'part' | 'service';
/** Roles that the order itself fills in. */
export const PARTIES_OF_ORDER: ReadonlySet<string> = new Set(['buyer', 'owner', 'designer', 'machine']);

/** A kind of contract with what the designer fixes of it. */
export type ChoiceInput = {
  readonly paradigmId: string | null;
  /** As typed: accounts, or names of people. */
  readonly roles: Readonly<Record<string, string>>;
  readonly values: ExampleValues;
};
export const NO_CHOICE: ChoiceInput = { paradigmId: null, roles: {}, values: {} };

export type ServiceInput = {
  readonly key: number;
  readonly kind: ServiceKind;
  readonly choice: ChoiceInput;
};

/** A line of the form. `item` names a model, or a product after `product:`. */
export type LineInput = {
  readonly key: number;
  readonly item: string | null;
  readonly quantity: number;
  readonly material: string;
  readonly quality: Quality;
  /** The network's normal order where none is chosen. */
  readonly choice: ChoiceInput;
};

export type ComposeInput = {
  readonly title: string;
  readonly description: string;
  /** As typed. */
  readonly fee: string;
  readonly lines: readonly LineInput[];
  readonly services: readonly ServiceInput[];
};

export type ComposeFaults = Partial<Record<'title' | 'fee' | 'lines' | 'services', string>>;

/** A bill before it is known what its services take. */
export type UnpricedDraft = Omit<ProductDraft, 'services'> & {
  readonly services: readonly Omit<ProductDraft['services'][number], 'priceMicro'>[];
};

const PRODUCT = 'product:';
export const productItem = (id: string) => `${PRODUCT}${id}`;
export const isProduct = (item: string | null) => item?.startsWith(PRODUCT) === true;

/** The draft, or message ids of what is wrong. */
export function toDraft(
  input: ComposeInput,
  parseFee: (text: string) => bigint | undefined,
  addressOf: (name: string) => string,
): { readonly draft?: UnpricedDraft; readonly faults: ComposeFaults } {
  const title = input.title.trim();
  const feeMicro = input.fee.trim() === '' ? 0n : parseFee(input.fee);
  const chosen = input.lines.filter(({ item }) => item !== null);
  const faults: ComposeFaults = {
    ...(title === '' ? { title: 'products.compose.title.missing' } : {}),
    ...(feeMicro === undefined ? { fee: 'products.compose.fee.wrong' } : {}),
    ...(chosen.length === 0 ? { lines: 'products.compose.lines.missing' } : {}),
    ...(input.services.some(({ choice }) => choice.paradigmId === null)
      ? { services: 'products.compose.services.missing' }
      : {}),
  };
  if (feeMicro === undefined || Object.keys(faults).length > 0) return { faults };
  const parts = chosen.map(({ item, quantity, material, quality, choice }) =>
    isProduct(item)
      ? { productId: (item ?? '').slice(PRODUCT.length), quantity }
      : {
          ...{ modelId: item ?? '', quantity, material, settings: SETTINGS[quality] },
          ...(choice.paradigmId === null ? {} : { contract: toContract(choice, addressOf) }),
        },
  );
  const services = input.services.map(({ kind, choice }, index) => {
    const number = input.services.slice(0, index + 1).filter((other) => other.kind === kind).length;
    const name = number === 1 ? kind : `${kind}-${number}`;
    return { name, kind, contract: toContract(choice, addressOf) };
  });
  const description = input.description.trim();
  return { draft: { title, description, feeMicro, parts, services }, faults };
}

/** Roles that were left empty are free; values that were left alone keep their defaults. */
function toContract(
  { paradigmId, roles, values }: ChoiceInput,
  addressOf: (name: string) => string,
): ContractChoice {
  const named = Object.entries(roles).filter(([, text]) => text.trim() !== '');
  const terms: ContractChoice['terms'] = {};
  const plain = (value: boolean | bigint | string) => (typeof value === 'bigint' ? Number(value) : value);
  for (const [name, value] of Object.entries(values))
    terms[name] = Array.isArray(value) ? value.map(plain) : plain(value);
  return {
    paradigmId: paradigmId ?? '',
    roles: Object.fromEntries(named.map(([role, text]) => [role, addressOf(text.trim())])),
    terms,
  };
}

/** Whether it needs values that a bill of materials cannot fix: a bill never changes, so it can name no date. */
export function isUnfit({ fields }: Pick<ParadigmPage, 'fields'>): boolean {
  return fields.some(
    ({ kind, of, fromQuote }) => !fromQuote && [kind, of].some((one) => one === 'time' || one === 'other'),
  );
}
