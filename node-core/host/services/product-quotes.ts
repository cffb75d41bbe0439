// One quote for a whole product: who would make what by the rule that the buyer chose, what each line costs, and how much
// is held besides so that whoever fails can be replaced.

import { z } from 'zod';
import type { ProductPreference, ProductQuoteView } from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, divideUp, hexToBytes, ok, refuse } from '../../base/index.ts';
import { ModelState, modelKey, ParadigmNameState, paradigmNameKey } from '../../chain/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { Bill, Plan, PlanRule } from '../../production/index.ts';
import {
  ContractTerms,
  LINE_QUANTITY_MAX,
  ProcessNeeds,
  planProduction,
  productFault,
  replanProduction,
  SERVICE_KINDS,
} from '../../production/index.ts';
import { encodeRecord, parseRecord, recordHash } from '../../records/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainReader } from './chain-reader.ts';
import type { EventBus } from './event-bus.ts';
import { openingCosts } from './opening-costs.ts';
import type { Parties } from './parties.ts';
import type { OfferBook, OfferParts, WantedLine } from './producer-offers.ts';
import { ProducerOffers } from './producer-offers.ts';
import type { OpenProduct, Products } from './products.ts';
import { createParadigmReader } from './published-paradigms.ts';
import type { Report } from './tasks.ts';

export const productQuoteFault = defineFaults('product-quotes', {
  'product-quotes.unknown': {
    message: 'This quote of a product is not known here.',
    next: 'Ask for a new quote.',
  },
  'product-quotes.missing': {
    message: 'Nobody can make {copies} of “{line}” by the date.',
    next: 'Choose a later date, or order fewer.',
  },
  'product-quotes.paradigm': {
    message: 'The kind of contract for orders of products is not published on this network.',
    next: 'Publish “product” from the gallery of contracts first, or ask whoever runs the network.',
  },
  'product-quotes.lines': {
    message: 'The product has {lines} different parts; one order holds {linesMax}.',
    next: 'Order the products within it one by one.',
  },
});

const micro = z.coerce.bigint().min(0n);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');

const QuotedJob = z.strictObject({
  machine: bytes,
  copies: z.int().min(1),
  /** Hash of the quote by which its order is opened. */
  quote: bytes,
  costMicro: micro,
  finishS: z.int(),
});

/** A line of the bill: a row of the order's contract, in this order. */
const QuotedLine = z.strictObject({
  key: z.string(),
  name: z.string(),
  designHash: bytes,
  needs: ProcessNeeds,
  contract: ContractTerms.optional(),
  quantity: z.int().min(1),
  /** The most that one copy may cost, replacements included. */
  unitMicro: micro,
  jobs: z.array(QuotedJob),
});
export type QuotedLine = z.infer<typeof QuotedLine>;

const QuotedService = z.strictObject({
  name: z.string(),
  kind: z.enum(SERVICE_KINDS),
  contract: ContractTerms,
  count: z.int().min(1),
  unitMicro: micro,
});
export type QuotedService = z.infer<typeof QuotedService>;

export const ProductQuote = z.strictObject({
  v: z.literal(1),
  kind: z.literal('product-quote'),
  product: bytes,
  title: z.string(),
  quantity: z.int().min(1),
  prefer: z.enum(['price', 'date', 'rating']),
  finishByS: z.int(),
  designer: bytes,
  feeMicro: micro,
  transactionsMicro: micro,
  /** Of all contracts; comes back after they have ended. */
  depositMicro: micro,
  lines: z.array(QuotedLine),
  services: z.array(QuotedService),
  createdS: z.int(),
  validUntilS: z.int(),
});
export type ProductQuote = z.infer<typeof ProductQuote>;

/** As the quotes that it is made of. */
const VALID_S = 24 * 3600;
/** By when everything has to be made where the buyer names no date. */
const FINISH_WITHIN_S = 14 * 24 * 3600;
/** What the paradigm of product orders has room for. */
const ROWS_MAX = 48;

export type ProductQuoteRequest = {
  readonly actor: string;
  readonly productId: string;
  readonly quantity: number;
  readonly prefer: ProductPreference;
  readonly finishByS?: number | undefined;
};

export type ProductQuoteParts = OfferParts & {
  readonly database: Sqlite;
  readonly products: Products;
  readonly parties: Parties;
  readonly bus: EventBus;
};

export class ProductQuotes {
  readonly #parts: ProductQuoteParts;
  readonly offers: ProducerOffers;
  readonly #paradigm = createParadigmReader();

  constructor(parts: ProductQuoteParts) {
    this.#parts = parts;
    this.offers = new ProducerOffers(parts);
  }

  /** Slices, prices and plans; the result names the quote. */
  async request(
    request: ProductQuoteRequest,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    const { products, clock } = this.#parts;
    const buyer = parseAddress(request.actor) ?? new Uint8Array(20);
    report('reading', null);
    const product = await products.open(request.productId);
    if (!product.ok) return product;
    const bill = products.billOf(product.value, request.quantity);
    if (!bill.ok) return bill;
    const { lines } = bill.value;
    if (lines.length > ROWS_MAX)
      return refuse(productQuoteFault('product-quotes.lines', { lines: lines.length, linesMax: ROWS_MAX }));
    if (lines.some(({ quantity }) => quantity > LINE_QUANTITY_MAX))
      return refuse(
        productFault('product.quantity', { quantityMax: mostAtOnce(bill.value, request.quantity) }),
      );
    const book = await this.offers.collect(lines, buyer, new Set(), signal, report);
    if (!book.ok) return book;
    report('planning', null);
    const nowS = Math.floor(clock.nowMs() / 1000);
    const rule: PlanRule = {
      prefer: request.prefer,
      nowS,
      finishByS: Math.max(nowS, request.finishByS ?? nowS + FINISH_WITHIN_S),
      ratingMilliMin: 0,
    };
    const plan = planLines(lines, book.value, rule);
    const [missing] = plan.missing;
    if (missing !== undefined) {
      const line = lines.find(({ key }) => key === missing.part)?.name ?? '';
      return refuse(productQuoteFault('product-quotes.missing', { copies: missing.copies, line }));
    }
    const quote = quoteOf(product.value, request.quantity, bill.value, plan, book.value, rule);
    const costs = await this.#openingCosts(quote);
    return costs.ok ? ok({ resultId: this.#store({ ...quote, ...costs.value }) }) : costs;
  }

  /** What opening the contracts of an order costs beside what is held in them. */
  async #openingCosts(
    quote: PlannedQuote,
  ): Promise<Result<Pick<ProductQuote, 'transactionsMicro' | 'depositMicro'>>> {
    const { chain, quotes, paradigmId } = this.#parts;
    const product = await productParadigm(chain);
    if (!product.ok) return product;
    const contracts: { readonly paradigm: Bytes; readonly quoteSizeBytes: number }[] = [
      { paradigm: product.value, quoteSizeBytes: 0 },
      ...quote.lines.flatMap(({ contract, jobs }) =>
        jobs.map((job) => {
          const record = quotes.record(bytesToHex(job.quote));
          const quoteSizeBytes = record === undefined ? 0 : encodeRecord(record).length;
          return { paradigm: contract?.paradigm ?? paradigmId, quoteSizeBytes };
        }),
      ),
      ...quote.services.flatMap(({ contract, count }) =>
        Array.from({ length: count }, () => ({ paradigm: contract.paradigm, quoteSizeBytes: 0 })),
      ),
    ];
    let [transactionsMicro, depositMicro] = [0n, 0n];
    for (const { paradigm, quoteSizeBytes } of contracts) {
      const costs = await openingCosts(chain, this.#paradigm, paradigm, quoteSizeBytes);
      if (!costs.ok) return costs;
      transactionsMicro += costs.value.feeMicro;
      depositMicro += costs.value.depositMicro;
    }
    return ok({ transactionsMicro, depositMicro });
  }

  record(id: string): ProductQuote | undefined {
    const row = this.#parts.database
      .prepare<[string], { record: Buffer }>('SELECT record FROM product_quotes WHERE id = ?')
      .get(id);
    const parsed =
      row === undefined ? undefined : parseRecord(ProductQuote, 'product-quote', new Uint8Array(row.record));
    return parsed?.ok === true ? parsed.value : undefined;
  }

  #store(record: ProductQuote): string {
    const id = bytesToHex(recordHash(record));
    this.#parts.database
      .prepare('INSERT OR IGNORE INTO product_quotes (id, record, created_ms) VALUES (?, ?, ?)')
      .run(id, encodeRecord(record), this.#parts.clock.nowMs());
    this.#parts.bus.changed('quotes', id);
    return id;
  }

  async get(id: string): Promise<Result<ProductQuoteView>> {
    const record = this.record(id);
    if (record === undefined) return refuse(productQuoteFault('product-quotes.unknown'));
    const lines: ProductQuoteView['lines'] = [];
    for (const line of record.lines) {
      lines.push({
        name: line.name,
        modelId: bytesToHex(line.designHash),
        title: await modelTitle(this.#parts.chain.known, line.designHash),
        quantity: line.quantity,
        amountMicro: costOf(line),
        shares: line.jobs.flatMap((job) => this.#share(job)),
      });
    }
    const services = record.services.map(({ name, kind, count, unitMicro }) => ({
      name,
      kind,
      count,
      amountMicro: unitMicro * BigInt(count),
    }));
    const sum = (rows: readonly { readonly amountMicro: bigint }[]) =>
      rows.reduce((all, { amountMicro }) => all + amountMicro, 0n);
    const [partsMicro, servicesMicro] = [sum(lines), sum(services)];
    const { feeMicro, transactionsMicro, depositMicro } = record;
    const producers = new Set(
      record.lines.flatMap(({ jobs }) => jobs.map(({ machine }) => bytesToHex(machine))),
    );
    return ok({
      id,
      productId: bytesToHex(record.product),
      title: record.title,
      quantity: record.quantity,
      prefer: record.prefer,
      lines,
      services,
      partsMicro,
      servicesMicro,
      feeMicro,
      transactionsMicro,
      depositMicro,
      totalMicro: partsMicro + servicesMicro + feeMicro + transactionsMicro,
      reserveMicro: heldBy(record) - partsMicro - servicesMicro - feeMicro,
      producers: producers.size,
      finishS: Math.max(
        record.createdS,
        ...record.lines.flatMap(({ jobs }) => jobs.map((job) => job.finishS)),
      ),
      finishByS: record.finishByS,
      createdS: record.createdS,
      validUntilS: record.validUntilS,
    });
  }

  #share({ machine, copies, quote, costMicro, finishS }: z.infer<typeof QuotedJob>) {
    const record = this.#parts.quotes.record(bytesToHex(quote));
    if (record === undefined) return [];
    const extraMicro = costMicro - record.totalMicro;
    return [
      {
        machineId: addressToText(machine),
        machineName: record.profile.name,
        owner: this.#parts.parties.ofBytes(record.owner),
        copies,
        material: record.material,
        colour: record.colour,
        finishS,
        amountMicro: record.totalMicro + extraMicro,
        lines: record.lines.map(({ code, amountMicro }) => ({ code, amountMicro })),
      },
    ];
  }
}

/** Needs of one order of these lines; the order has no name before it is placed. */
export function planLines(
  lines: readonly (WantedLine & { readonly quantity: number })[],
  book: Pick<OfferBook, 'offers' | 'producers'>,
  rule: PlanRule,
): Plan {
  const needs = lines.map(({ key, name, quantity }) => ({
    order: '',
    line: name,
    part: key,
    copies: quantity,
  }));
  return planProduction({ needs, producers: book.producers, offers: book.offers, rule });
}

/** Of the whole product, so that no line is longer than a quote can be. */
function mostAtOnce(bill: Bill, quantity: number): number {
  const longest = Math.max(...bill.lines.map((line) => line.quantity));
  return Math.floor((LINE_QUANTITY_MAX * quantity) / longest);
}

const costOf = ({ jobs }: Pick<QuotedLine, 'jobs'>): bigint =>
  jobs.reduce((sum, { costMicro }) => sum + costMicro, 0n);

/** What the order's contract takes. */
export function heldBy({ lines, services, feeMicro }: ProductQuote): bigint {
  const parts = lines.reduce((sum, { quantity, unitMicro }) => sum + unitMicro * BigInt(quantity), 0n);
  return services.reduce((sum, { count, unitMicro }) => sum + unitMicro * BigInt(count), parts + feeMicro);
}

type PlannedQuote = Omit<ProductQuote, 'transactionsMicro' | 'depositMicro'>;

function quoteOf(
  product: OpenProduct,
  quantity: number,
  bill: Bill,
  plan: Plan,
  book: OfferBook,
  rule: PlanRule,
): PlannedQuote {
  const units = unitPrices(plan, book, rule);
  const lines = bill.lines.map((line): QuotedLine => {
    const jobs = plan.jobs.filter(({ part }) => part === line.key);
    return {
      key: line.key,
      name: line.name,
      designHash: line.designHash,
      needs: line.needs,
      ...(line.contract === undefined ? {} : { contract: line.contract }),
      quantity: line.quantity,
      unitMicro: units.get(line.key) ?? 0n,
      jobs: jobs.flatMap(({ producer, copies, finishS }) => {
        const priced = book.price(producer, line.key, copies);
        if (priced === undefined) return [];
        const { machine } = priced.quote;
        const quote = hexToBytes(book.keep(producer, line.key, priced.quote));
        return [{ machine, copies, quote, costMicro: priced.costMicro, finishS }];
      }),
    };
  });
  const services = bill.services.map(({ path, service, count }) => ({
    name: path.join('/'),
    kind: service.kind,
    contract: service.contract,
    count,
    unitMicro: service.priceMicro,
  }));
  return {
    v: 1,
    kind: 'product-quote',
    product: hexToBytes(product.id),
    title: product.record.title,
    quantity,
    prefer: rule.prefer,
    finishByS: rule.finishByS,
    designer: product.record.designer,
    feeMicro: product.record.feeMicro * BigInt(quantity),
    lines,
    services,
    createdS: rule.nowS,
    validUntilS: rule.nowS + VALID_S,
  };
}

/** The dearest copy of each line in the plan, and in the plans that would follow if any one owner failed. */
function unitPrices(plan: Plan, book: OfferBook, rule: PlanRule): Map<string, bigint> {
  const ownerOf = (producer: string) => book.owners.get(producer) ?? producer;
  const plans = [plan];
  for (const failed of new Set(plan.jobs.map(({ producer }) => ownerOf(producer)))) {
    const jobs = plan.jobs.flatMap(({ producer }, position) =>
      ownerOf(producer) === failed ? [position] : [],
    );
    const excluded = new Set([...book.owners].flatMap(([id, owner]) => (owner === failed ? [id] : [])));
    plans.push(replanProduction(plan, { jobs, excluded }, { ...book, rule }));
  }
  const units = new Map<string, bigint>();
  for (const { part, priceMicro, copies } of plans.flatMap(({ jobs }) => jobs)) {
    const unit = divideUp(priceMicro, BigInt(copies));
    if (unit > (units.get(part) ?? 0n)) units.set(part, unit);
  }
  return units;
}

/** Name of the paradigm by which products are ordered. */
export const PRODUCT_PARADIGM = 'product';

/** The paradigm by which products are ordered. */
export async function productParadigm(chain: Pick<ChainReader, 'read'>): Promise<Result<Bytes>> {
  const named = await chain.read(ParadigmNameState, paradigmNameKey(PRODUCT_PARADIGM));
  if (!named.ok) return named;
  return named.value === undefined
    ? refuse(productQuoteFault('product-quotes.paradigm'))
    : ok(named.value.value.paradigm);
}

/** The title of a model as it was registered; empty where that is not known. */
export async function modelTitle(chain: Pick<ChainReader, 'read'>, designHash: Bytes): Promise<string> {
  const model = await chain.read(ModelState, modelKey(designHash));
  return model.ok ? (model.value?.value.title ?? '') : '';
}

/** What the order's contract is called on the chain: words for people, then the product and the quote it rests on. */
export function orderName(title: string, product: Bytes, quoteId: string): string {
  const words = title
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 60)
    // The cut may have gone through a character of two units.
    .replace(/\p{Cs}$/u, '');
  return `${words} ${bytesToHex(product)} ${quoteId}`;
}

/** What an order's name says; undefined where it was not placed from a quote of a product. */
export function parseOrderName(
  text: unknown,
): { readonly title: string; readonly productId: string; readonly quoteId: string } | undefined {
  const match = typeof text === 'string' ? /^(.*) ([0-9a-f]{64}) ([0-9a-f]{64})$/u.exec(text) : null;
  return match === null
    ? undefined
    : { title: match[1] ?? '', productId: match[2] ?? '', quoteId: match[3] ?? '' };
}
