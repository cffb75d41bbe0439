// Products: bills of materials on the chain, read with proof and opened up to what has to be made. A designer publishes
// one; everybody can look into it.

import type {
  ContractChoice,
  ExampleValues,
  ProductCard,
  ProductDraft,
  ProductView,
} from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, microToDecimal, ok, refuse } from '../../base/index.ts';
import type { WireValue } from '../../chain/index.ts';
import { ModelState, modelKey, ProductState, productKey } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { Paradigm } from '../../paradigm/index.ts';
import type {
  Bill,
  ContractTerms,
  ProductPart,
  ProductRecord,
  ProductService,
} from '../../production/index.ts';
import {
  encodeProduct,
  explodeProduct,
  PRODUCT_DEPTH_MAX,
  parseProduct,
  productFault,
} from '../../production/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Identities } from './identities.ts';
import { toWire } from './paradigm-values.ts';
import type { Parties } from './parties.ts';
import { createParadigmReader } from './published-paradigms.ts';
import { servicePriceMicro } from './service-price.ts';

const productServiceFault = defineFaults('products', {
  'products.unknown': {
    message: 'No product with this id is registered on this network.',
    next: 'Go back to the market and choose another one.',
  },
  'products.part.choice': {
    message: 'Part {position} of the product names neither a model nor a product, or both.',
    next: 'Choose one of them.',
  },
  'products.part.needs': {
    message: 'Part {position} of the product does not say how it is to be printed.',
    next: 'Choose its material, its colour and its settings.',
  },
  'products.name': {
    message: '“{name}” cannot name a service.',
    next: 'Use small letters, digits and hyphens, at most 32.',
  },
  'products.service.price': {
    message: 'The contract of “{name}” takes {taken} DPN when it is opened, not {price} DPN.',
    next: 'Give what it takes as the price of the service.',
  },
  'products.account': {
    message: '“{text}” is not an account.',
    next: 'Paste the address of an account, or choose one of the people you know.',
  },
});

export type ProductParts = {
  readonly chain: ChainClient;
  readonly clock: Clock;
  readonly identities: Identities;
  readonly parties: Parties;
};

/** A product with everything within it. */
export type OpenProduct = {
  readonly id: string;
  readonly state: ProductState;
  readonly record: ProductRecord;
  /** Products within it, at any depth, by id. */
  readonly inner: ReadonlyMap<string, ProductRecord>;
};

/** Models by which a card shows a product. */
const CARD_MODELS_MAX = 4;

export class Products {
  readonly #parts: ProductParts;
  readonly #paradigm = createParadigmReader();

  constructor(parts: ProductParts) {
    this.#parts = parts;
  }

  /** As the chain has it now: for ordering it. */
  open(id: string): Promise<Result<OpenProduct>> {
    return this.#openBy(this.#parts.chain, id);
  }

  async #openBy(chain: ChainReader, id: string): Promise<Result<OpenProduct>> {
    const inner = new Map<string, ProductRecord>();
    const top = await this.#read(chain, hexToBytes(id));
    if (!top.ok) return top;
    let level = [top.value.record];
    for (let depth = 1; level.length > 0 && depth < PRODUCT_DEPTH_MAX; depth++) {
      const next: ProductRecord[] = [];
      for (const part of level.flatMap(({ parts }) => parts)) {
        const name = part.kind === 'product' ? bytesToHex(part.product) : undefined;
        if (part.kind !== 'product' || name === undefined || inner.has(name)) continue;
        const found = await this.#read(chain, part.product);
        if (!found.ok) return found;
        inner.set(name, found.value.record);
        next.push(found.value.record);
      }
      level = next;
    }
    return ok({ id, ...top.value, inner });
  }

  async #read(chain: ChainReader, id: Bytes): Promise<Result<Pick<OpenProduct, 'state' | 'record'>>> {
    const found = await chain.read(ProductState, productKey(id));
    if (!found.ok) return found;
    if (found.value === undefined) return refuse(productServiceFault('products.unknown'));
    const record = parseProduct(found.value.value.product);
    return record.ok ? ok({ state: found.value.value, record: record.value }) : record;
  }

  billOf({ record, inner }: OpenProduct, quantity: number): Result<Bill> {
    return explodeProduct(record, quantity, (id) => inner.get(id));
  }

  /** Newest first; every word of the search must occur in title, description or designer. */
  async list(search: string | undefined, designer: string | undefined): Promise<Result<ProductCard[]>> {
    const { known } = this.#parts.chain;
    const scope = designer === undefined ? undefined : parseAddress(designer);
    const ids = await (scope === undefined ? known.list('products') : known.list('products-of', scope));
    if (!ids.ok) return ids;
    const words = (search ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const cards: ProductCard[] = [];
    for (const id of ids.value.toReversed()) {
      const product = await this.#openBy(known, bytesToHex(id));
      if (!product.ok) return product;
      const card = this.#card(product.value);
      const text = `${card.title} ${card.description} ${card.designer.name}`.toLowerCase();
      if (words.every((word) => text.includes(word))) cards.push(card);
    }
    return ok(cards);
  }

  #card(product: OpenProduct): ProductCard {
    const { id, record, state } = product;
    const bill = this.billOf(product, 1);
    const models = bill.ok ? bill.value.lines.map(({ designHash }) => bytesToHex(designHash)) : [];
    return {
      id,
      title: record.title,
      description: record.description,
      designer: this.#parts.parties.ofBytes(record.designer),
      feeMicro: record.feeMicro,
      units: state.units,
      modelIds: [...new Set(models)].slice(0, CARD_MODELS_MAX),
      registered: {
        truth: 'verified',
        height: Number(state.registeredHeight),
        timeS: Number(state.registeredS),
      },
    };
  }

  async get(id: string): Promise<Result<ProductView>> {
    const { chain, parties } = this.#parts;
    const product = await this.#openBy(chain.known, id);
    if (!product.ok) return product;
    const { record, inner, state } = product.value;
    const bill = this.billOf(product.value, 1);
    if (!bill.ok) return bill;
    const lines: ProductView['lines'] = [];
    for (const { name, designHash, quantity, needs, uses } of bill.value.lines) {
      const model = await chain.known.read(ModelState, modelKey(designHash));
      if (!model.ok) return model;
      lines.push({
        name,
        modelId: bytesToHex(designHash),
        title: model.value?.value.title ?? '',
        quantity,
        material: needs.material,
        ...(needs.colour === undefined ? {} : { colour: needs.colour }),
        settings: needs.settings,
        licenceMicroPerCopy: model.value?.value.priceMicroPerCopy ?? 0n,
        uses: uses.map((use) => ({ path: [...use.path], quantity: use.quantity })),
      });
    }
    return ok({
      ...this.#card(product.value),
      lines,
      services: record.services.map(({ id: name, kind, priceMicro, contract }) => ({
        name,
        kind,
        priceMicro,
        providers: Object.values(contract.roles).map((role) => parties.ofBytes(role)),
        paradigmId: bytesToHex(contract.paradigm),
      })),
      products: record.parts.flatMap((part) => {
        const innerId = part.kind === 'product' ? bytesToHex(part.product) : '';
        const found = inner.get(innerId);
        return found === undefined ? [] : [{ id: innerId, title: found.title, quantity: part.quantity }];
      }),
      depth: state.depth,
    });
  }

  /** The new product's id. */
  async register(actor: string, draft: ProductDraft): Promise<Result<string>> {
    const { chain, identities } = this.#parts;
    const designer = identities.keyPair(actor);
    const record = await this.#record(designer.address, draft);
    if (!record.ok) return record;
    const product = encodeProduct(record.value);
    const sent = await chain.submit(designer, { type: 'product.register', product });
    return sent.ok ? ok(bytesToHex(sent.value.result.data)) : sent;
  }

  async #record(designer: Address, draft: ProductDraft): Promise<Result<ProductRecord>> {
    const parts: ProductPart[] = [];
    const names = new Set(draft.services.map(({ name }) => name));
    for (const [index, line] of draft.parts.entries()) {
      const part = await this.#part(line, index + 1, names);
      if (!part.ok) return part;
      names.add(part.value.id);
      parts.push(part.value);
    }
    const services: ProductService[] = [];
    for (const { name, kind, contract, priceMicro } of draft.services) {
      if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))
        return refuse(productServiceFault('products.name', { name }));
      const terms = await this.#contract(contract);
      if (!terms.ok) return terms;
      const priced = await this.#takenBy(terms.value);
      if (!priced.ok) return priced;
      if (priced.value !== priceMicro) {
        const data = { name, taken: microToDecimal(priced.value), price: microToDecimal(priceMicro) };
        return refuse(productServiceFault('products.service.price', data));
      }
      services.push({ id: name, kind, contract: terms.value, priceMicro, covers: [] });
    }
    const { title, description, feeMicro } = draft;
    return ok({ v: 1, kind: 'product', designer, title, description, feeMicro, parts, services });
  }

  /** What the contract of a service takes with these terms, for one product. */
  async servicePrice(contract: ContractChoice): Promise<Result<{ readonly priceMicro: bigint }>> {
    const terms = await this.#contract(contract);
    if (!terms.ok) return terms;
    const priced = await this.#takenBy(terms.value);
    return priced.ok ? ok({ priceMicro: priced.value }) : priced;
  }

  async #contract({ paradigmId, roles, terms }: ContractChoice): Promise<Result<ContractTerms>> {
    const accounts: Record<string, Address> = {};
    for (const [role, text] of Object.entries(roles)) {
      const account = parseAddress(text);
      if (account === undefined) return refuse(productServiceFault('products.account', { text }));
      accounts[role] = account;
    }
    const id = hexToBytes(paradigmId);
    const paradigm = await this.#paradigm(this.#parts.chain.known, id);
    if (!paradigm.ok) return paradigm;
    const kept = termsOf(paradigm.value, terms);
    return kept.ok ? ok({ paradigm: id, roles: accounts, terms: kept.value }) : kept;
  }

  async #takenBy(terms: ContractTerms): Promise<Result<bigint>> {
    const { chain, clock } = this.#parts;
    const paradigm = await this.#paradigm(chain.known, terms.paradigm);
    if (!paradigm.ok) return paradigm;
    return servicePriceMicro(paradigm.value, terms, BigInt(Math.floor(clock.nowMs() / 1000)));
  }

  async #part(
    line: ProductDraft['parts'][number],
    position: number,
    taken: ReadonlySet<string>,
  ): Promise<Result<ProductPart>> {
    const { modelId, productId, quantity, material, colour, settings } = line;
    if ((modelId === undefined) === (productId === undefined))
      return refuse(productServiceFault('products.part.choice', { position }));
    if (productId !== undefined) {
      const found = await this.#read(this.#parts.chain, hexToBytes(productId));
      if (!found.ok) return found;
      const id = lineName(found.value.record.title, taken);
      return ok({ kind: 'product', id, product: hexToBytes(productId), quantity });
    }
    const designHash = hexToBytes(modelId ?? '');
    const model = await this.#parts.chain.read(ModelState, modelKey(designHash));
    if (!model.ok) return model;
    const id = lineName(model.value?.value.title ?? '', taken);
    if (model.value === undefined) return refuse(productFault('product.part.unknown', { id }));
    if (material === undefined || settings === undefined || !/^[A-Z0-9-]{2,12}$/.test(material))
      return refuse(productServiceFault('products.part.needs', { position }));
    const terms = line.contract === undefined ? undefined : await this.#contract(line.contract);
    if (terms?.ok === false) return terms;
    const needs = {
      process: 'fdm' as const,
      material,
      settings,
      ...(colour === undefined ? {} : { colour }),
    };
    const contract = terms === undefined ? {} : { contract: terms.value };
    return ok({ kind: 'model', id, designHash, quantity, needs, ...contract });
  }
}

/** What was filled into the form of the kind of contract, as its record keeps it. */
function termsOf(p: Paradigm, given: ContractChoice['terms']): Result<ContractTerms['terms']> {
  const values: ExampleValues = {};
  for (const [name, value] of Object.entries(given))
    values[name] = Array.isArray(value) ? value.map(inBaseUnits) : inBaseUnits(value);
  const fields = Object.fromEntries(Object.entries(p.params).filter(([name]) => name in given));
  const wire = toWire(fields, values, 'en');
  if (!wire.ok) return wire;
  const terms: ContractTerms['terms'] = {};
  for (const [name, value] of Object.entries(given)) {
    // What the document does not know is refused by the contract itself, with its name.
    const kept = name in fields ? wire.value[name] : value;
    if (Array.isArray(kept)) terms[name] = kept.map(recorded);
    else if (kept !== undefined) terms[name] = recorded(kept);
  }
  return ok(terms);
}

type Term = Exclude<ContractTerms['terms'][string], readonly unknown[]>;

const inBaseUnits = (value: boolean | number | string) => (typeof value === 'number' ? BigInt(value) : value);
const recorded = (value: WireValue): Term =>
  typeof value === 'bigint' ? Number(value) : (value as Exclude<Term, bigint>);

/** A name for a line, made of the title of what it is; numbered where it is taken. */
function lineName(title: string, taken: ReadonlySet<string>): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 28)
    .replace(/-+$/, '');
  const base = words === '' ? 'part' : words;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
