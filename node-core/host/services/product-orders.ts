// Orders of products. The buyer confirms once; this console then opens the contracts of all parts and services by itself,
// and gives to somebody else what a producer declined, missed or failed at, by the rule of the quote. Reconciling looks at
// the proven state of the order and does what is missing, so it can be run again at any time: a crash anywhere is mended by
// running it at start. What nobody takes over goes back to the buyer by the order's own deadline.

import type { ProductOrderCard } from '../../api/index.ts';
import type { Fault, Log, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, microToDecimal, ok, refuse } from '../../base/index.ts';
import type { ChainEvent, Message } from '../../chain/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { BranchRow, Locale, Paradigm } from '../../paradigm/index.ts';
import { encodeRecord } from '../../records/index.ts';
import type { Child, OpenContract } from './contract-tree.ts';
import { childrenOf, endingOf, openContract } from './contract-tree.ts';
import type { Identities } from './identities.ts';
import { createInTurn } from './in-turn.ts';
import { batchParadigm } from './part-batches.ts';
import type { OfferBook } from './producer-offers.ts';
import type {
  ProductQuote,
  ProductQuoteParts,
  ProductQuotes,
  QuotedLine,
  QuotedService,
} from './product-quotes.ts';
import {
  heldBy,
  orderName,
  parseOrderName,
  planLines,
  productParadigm,
  productQuoteFault,
} from './product-quotes.ts';
import { createParadigmReader } from './published-paradigms.ts';
import { faultView, stopFault } from './tasks.ts';

export const productOrderFault = defineFaults('product-orders', {
  'product-orders.used': {
    message: 'This quote was ordered already.',
    next: 'Look at the order, or ask for a new quote.',
  },
  'product-orders.expired': {
    message: 'This quote is not valid any more.',
    next: 'Ask for a new quote; it takes a moment, since the parts are sliced already.',
  },
  'product-orders.unaffordable': {
    message: 'The order takes {totalDpn} DPN and the account has {balanceDpn} DPN.',
    next: 'Get test tokens in the wallet, or choose fewer.',
  },
});

/** Lists of branches, as the paradigm of product orders calls them. */
export const PART_LIST = 'parts';
export const SERVICE_LIST = 'services';

const DAY_S = 24 * 3600;
/** Time of a producer to take an order over: short enough that another one can be asked within the date. */
const ACCEPT_S_MAX = 2 * DAY_S;
const ACCEPT_S_MIN = 600;
/** Beside the time of printing: packing, sending, weekends. */
const SHIP_S = 5 * DAY_S;
const PRODUCE_S_MIN = 3600;
const PRODUCE_S_MAX = 90 * DAY_S;
/** For receiving and inspecting, and for whoever replaces the last that failed. */
const MAKE_SLACK_S = 14 * DAY_S;
const MAKE_S_MAX = 365 * DAY_S;

export type ProductOrderParts = ProductQuoteParts & {
  readonly productQuotes: ProductQuotes;
  readonly identities: Identities;
  readonly log: Log;
};

/** An order of a product that this console can act for. */
type Mine = {
  readonly open: OpenContract;
  readonly children: readonly Child[];
  readonly quote: ProductQuote;
  readonly signer: KeyPair;
};

export type Trouble = { readonly line: string; readonly fault: Fault };

export class ProductOrders {
  readonly #parts: ProductOrderParts;
  readonly #paradigm = createParadigmReader();
  #queue: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<string>();
  /** Orders being placed, by quote. */
  readonly #inTurn = createInTurn();
  /** What could not be done last time, by order. */
  readonly #trouble = new Map<string, readonly Trouble[]>();
  readonly #over = new AbortController();

  constructor(parts: ProductOrderParts) {
    this.#parts = parts;
  }

  /** Opens the order; its contracts follow by themselves. Asked twice at the same time, the second hears of the first. */
  place(actor: string, quoteId: string): Promise<Result<string>> {
    return this.#inTurn(quoteId, () => this.#place(actor, quoteId));
  }

  async #place(actor: string, quoteId: string): Promise<Result<string>> {
    const { productQuotes, identities, chain, clock } = this.#parts;
    const quote = productQuotes.record(quoteId);
    if (quote === undefined) return refuse(productQuoteFault('product-quotes.unknown'));
    if (quote.validUntilS * 1000 < clock.nowMs()) return refuse(productOrderFault('product-orders.expired'));
    const buyer = identities.keyPair(actor);
    const unused = await this.#checkUnused(buyer, quoteId);
    if (!unused.ok) return unused;
    const affordable = await this.#checkAffordable(buyer, quote);
    if (!affordable.ok) return affordable;
    const paradigm = await productParadigm(chain);
    if (!paradigm.ok) return paradigm;
    const batch = await batchParadigm(chain);
    if (!batch.ok) return batch;
    const opened = await chain.submit(buyer, {
      type: 'contract.open',
      paradigm: paradigm.value,
      roles: { buyer: buyer.address, coordinator: quote.designer },
      params: orderParams(quote, quoteId, this.#parts.paradigmId, batch.value),
      quote: new Uint8Array(0),
    });
    if (!opened.ok) return opened;
    const id = addressToText(opened.value.result.data);
    this.look(id);
    return ok(id);
  }

  async #checkUnused(buyer: KeyPair, quoteId: string): Promise<Result<void>> {
    const orders = await this.#ordersOf(buyer.address);
    if (!orders.ok) return orders;
    const used = orders.value.some((order) => nameOf(order)?.quoteId === quoteId);
    return used ? refuse(productOrderFault('product-orders.used')) : ok(undefined);
  }

  /** Everything that is held, and the fees of all transactions: an order that cannot open its parts is worth nothing. */
  async #checkAffordable({ address }: KeyPair, quote: ProductQuote): Promise<Result<void>> {
    const account = await this.#parts.chain.account(address);
    if (!account.ok) return account;
    const neededMicro = heldBy(quote) + quote.transactionsMicro + quote.depositMicro;
    const balanceMicro = account.value.value.balances.DPN;
    if (balanceMicro >= neededMicro) return ok(undefined);
    const data = { totalDpn: microToDecimal(neededMicro), balanceDpn: microToDecimal(balanceMicro) };
    return refuse(productOrderFault('product-orders.unaffordable', data));
  }

  /** Contracts with lists of branches that the account has a part in. */
  async #ordersOf(account: KeyPair['address'], remembered = false): Promise<Result<OpenContract[]>> {
    const chain = remembered ? this.#parts.chain.known : this.#parts.chain;
    const ids = await chain.list('agreements-of', account);
    if (!ids.ok) return ids;
    const orders: OpenContract[] = [];
    for (const id of ids.value) {
      const open = await openContract(chain, this.#paradigm, id);
      if (!open.ok && open.fault.code === 'graphs.unknown') continue;
      if (!open.ok) return open;
      if (nameOf(open.value) !== undefined) orders.push(open.value);
    }
    return ok(orders);
  }

  /** Newest first. */
  async list(actor: string, locale: Locale): Promise<Result<ProductOrderCard[]>> {
    const orders = await this.#ordersOf(this.#parts.identities.keyPair(actor).address, true);
    if (!orders.ok) return orders;
    return ok(orders.value.toReversed().map((order) => orderCard(order, locale)));
  }

  troubleOf(id: string): readonly Trouble[] {
    return this.#trouble.get(id) ?? [];
  }

  onChainEvent(event: ChainEvent): void {
    const instance = event.attributes['instance'];
    // A new printer may be able to make what nobody could.
    if (event.type === 'machine.registered') for (const id of this.#trouble.keys()) this.look(id);
    if (instance !== undefined && event.type.startsWith('contract.branch'))
      this.look(addressToText(hexToBytes(instance)));
  }

  /** At start: whatever was left undone. */
  async reconcileAll(): Promise<void> {
    const { identities } = this.#parts;
    for (const { address } of identities.people()) {
      const orders = await this.#ordersOf(identities.keyPair(address).address);
      if (orders.ok) for (const order of orders.value) this.look(addressToText(order.address));
    }
  }

  /** Reconciles soon; however much happens meanwhile, looking once is enough. */
  look(id: string): void {
    if (this.#waiting.has(id)) return;
    this.#waiting.add(id);
    this.#queue = this.#queue.then(async () => {
      this.#waiting.delete(id);
      if (this.#over.signal.aborted) return;
      try {
        const trouble = await this.#reconcile(id);
        if (trouble.length === 0) this.#trouble.delete(id);
        else this.#trouble.set(id, trouble);
        this.#parts.bus.changed('orders', id);
      } catch (error) {
        this.#parts.log('error', 'product-order.failed', { id, error });
      }
    });
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#queue;
  }

  async #reconcile(id: string): Promise<readonly Trouble[]> {
    const mine = await this.#mine(id);
    if (mine === undefined) return [];
    const trouble: Trouble[] = [];
    if (mayFill(mine.open, PART_LIST)) trouble.push(...(await this.#fillParts(mine)));
    if (mayFill(mine.open, SERVICE_LIST)) trouble.push(...(await this.#fillServices(mine)));
    for (const { line, fault } of trouble)
      this.#parts.log('warn', 'product-order.trouble', { id, line, code: fault.code });
    return trouble;
  }

  /** Undefined where the order is not one that this console acts for. */
  async #mine(id: string): Promise<Mine | undefined> {
    const { chain, identities, productQuotes } = this.#parts;
    const address = parseAddress(id);
    const open = address === undefined ? undefined : await openContract(chain, this.#paradigm, address);
    if (open?.ok !== true) return undefined;
    const quote = productQuotes.record(nameOf(open.value)?.quoteId ?? '');
    const buyer = open.value.instance.roles['buyer'];
    if (quote === undefined || buyer === undefined || !identities.holds(addressToText(buyer)))
      return undefined;
    const children = await childrenOf(chain, this.#paradigm, open.value.address);
    if (!children.ok) return undefined;
    return {
      open: open.value,
      children: children.value,
      quote,
      signer: identities.keyPair(addressToText(buyer)),
    };
  }

  /** What the quote planned and is not there yet; then, for what came to nothing, whoever the rule chooses now. */
  async #fillParts(mine: Mine): Promise<Trouble[]> {
    const { open, quote, children } = mine;
    const failed = failedOwners(children);
    const used = new Set(children.map(({ contract }) => bytesToHex(contract.quote)));
    const left: (QuotedLine & { readonly row: number })[] = [];
    const trouble: Trouble[] = [];
    for (const [row, line] of quote.lines.entries()) {
      let copies = Number(open.instance.branches?.[PART_LIST]?.[row]?.open ?? 0n);
      for (const job of line.jobs) {
        const record = this.#parts.quotes.record(bytesToHex(job.quote));
        if (record === undefined || used.has(bytesToHex(job.quote)) || job.copies > copies) continue;
        if (failed.has(addressToText(record.owner))) continue;
        const filled = await this.#open(mine, line, row, record);
        if (filled.ok) copies -= job.copies;
      }
      if (copies > 0) left.push({ ...line, quantity: copies, row });
    }
    if (left.length > 0) trouble.push(...(await this.#replace(mine, left, failed)));
    return trouble;
  }

  async #replace(
    mine: Mine,
    left: readonly (QuotedLine & { readonly row: number })[],
    failed: ReadonlySet<string>,
  ): Promise<Trouble[]> {
    const { productQuotes, clock } = this.#parts;
    const { quote, open } = mine;
    const trouble: Trouble[] = [];
    const nowS = Math.floor(clock.nowMs() / 1000);
    const busyUntilS = workloads(mine.children, nowS);
    for (const line of left) {
      const { signal } = this.#over;
      const book = await productQuotes.offers.collect(
        [line],
        mine.signer.address,
        failed,
        signal,
        () => undefined,
      );
      if (!book.ok) {
        trouble.push({ line: line.name, fault: book.fault });
        continue;
      }
      const finishByS = Math.max(quote.finishByS, Number(open.instance.deadlineS ?? 0n) - MAKE_SLACK_S);
      const rule = { prefer: quote.prefer, nowS, finishByS, ratingMilliMin: 0 };
      const plan = planLines([line], withinLimit(book.value, line.unitMicro, busyUntilS), rule);
      for (const { producer, copies, finishS } of plan.jobs) {
        busyUntilS.set(producer, finishS);
        const priced = book.value.price(producer, line.key, copies);
        if (priced === undefined) continue;
        book.value.keep(producer, line.key, priced.quote);
        const filled = await this.#open(mine, line, line.row, priced.quote);
        if (!filled.ok) trouble.push({ line: line.name, fault: filled.fault });
      }
      const [missing] = plan.missing;
      if (missing !== undefined) {
        const data = { copies: missing.copies, line: line.name };
        trouble.push({ line: line.name, fault: productQuoteFault('product-quotes.missing', data) });
      }
    }
    return trouble;
  }

  #open(
    mine: Mine,
    line: QuotedLine,
    row: number,
    record: Parameters<OfferBook['keep']>[2],
  ): Promise<Result<void>> {
    const { quote, open, signer } = mine;
    const message: Message = {
      type: 'contract.open',
      paradigm: line.contract?.paradigm ?? this.#parts.paradigmId,
      roles: line.contract?.roles ?? {},
      params: { ...childTimes(quote), ...line.contract?.terms },
      quote: encodeRecord(record),
      parent: { contract: open.address, list: PART_LIST, row, quantity: record.quantity },
    };
    return this.#submit(signer, message, line.name);
  }

  /** One contract for each time a service is wanted; assembly and logistics once all parts are there. */
  async #fillServices(mine: Mine): Promise<Trouble[]> {
    const { open, quote, signer } = mine;
    const trouble: Trouble[] = [];
    const partsDone = rowsOf(open, PART_LIST).every(({ done, quantity }) => done === quantity);
    for (const [row, service] of quote.services.entries()) {
      if (!partsDone && !BEFORE_PARTS.has(service.kind)) continue;
      const pieces = rowsOf(open, SERVICE_LIST)[row]?.open ?? 0n;
      // Each that failed is tried once more; then it is for people.
      const failures = mine.children.filter(
        (child) =>
          endingOf(child) !== undefined &&
          endingOf(child) !== 'success' &&
          child.links.some((link) => link.list === SERVICE_LIST && link.row === row),
      ).length;
      if (failures > SERVICE_FAILURES_MAX) continue;
      const paradigm = await this.#paradigm(this.#parts.chain, service.contract.paradigm);
      if (!paradigm.ok) {
        trouble.push({ line: service.name, fault: paradigm.fault });
        continue;
      }
      const message = serviceMessage(open, service, paradigm.value, row);
      for (let piece = 0n; piece < pieces; piece++) {
        const opened = await this.#submit(signer, message, service.name);
        if (!opened.ok) {
          trouble.push({ line: service.name, fault: opened.fault });
          break;
        }
      }
    }
    return trouble;
  }

  async #submit(signer: KeyPair, message: Message, line: string): Promise<Result<void>> {
    if (this.#over.signal.aborted) return refuse(stopFault(this.#over.signal));
    const sent = await this.#parts.chain.submit(signer, message);
    if (!sent.ok) this.#parts.log('warn', 'product-order.refused', { line, code: sent.fault.code });
    return sent.ok ? ok(undefined) : sent;
  }
}

const SERVICE_FAILURES_MAX = 1;
const BEFORE_PARTS: ReadonlySet<QuotedService['kind']> = new Set(['inspection', 'material']);

function serviceMessage(
  open: OpenContract,
  { contract }: QuotedService,
  { roles }: Paradigm,
  row: number,
): Message {
  const { buyer } = open.instance.roles;
  // The buyer plays every role of a person that the designer left free.
  const free = Object.keys(roles).filter((role) => roles[role]?.kind === 'person');
  const own = buyer === undefined ? {} : Object.fromEntries(free.map((role) => [role, buyer]));
  return {
    type: 'contract.open',
    paradigm: contract.paradigm,
    roles: { ...own, ...contract.roles },
    params: contract.terms,
    quote: new Uint8Array(0),
    parent: { contract: open.address, list: SERVICE_LIST, row, quantity: 1 },
  };
}

export function nameOf({ instance }: OpenContract): ReturnType<typeof parseOrderName> {
  return instance.branches === undefined ? undefined : parseOrderName(instance.params['product']);
}

const rowsOf = ({ instance }: OpenContract, list: string): readonly BranchRow[] =>
  instance.branches?.[list] ?? [];

function mayFill({ paradigm, instance }: OpenContract, list: string): boolean {
  return paradigm.document.branches?.[list]?.while.includes(instance.state) === true;
}

/** Owners whose contract under this order came to nothing. */
function failedOwners(children: readonly Child[]): Set<string> {
  const failed = children.filter((child) => {
    const ending = endingOf(child);
    return ending !== undefined && ending !== 'success';
  });
  return new Set(failed.flatMap(({ quote }) => (quote === undefined ? [] : [addressToText(quote.owner)])));
}

/** Until when each printer is busy with what it has of this order. */
function workloads(children: readonly Child[], nowS: number): Map<string, number> {
  const busyUntilS = new Map<string, number>();
  for (const child of children) {
    if (child.quote === undefined || endingOf(child) !== undefined) continue;
    const machine = addressToText(child.quote.machine);
    const workS = child.quote.slice.seconds * child.quote.quantity;
    busyUntilS.set(machine, (busyUntilS.get(machine) ?? nowS) + workS);
  }
  return busyUntilS;
}

/** Offers that keep to what the order's contract pays for one copy, of printers that are busy until then. */
function withinLimit(
  book: OfferBook,
  unitMicro: bigint,
  busyUntilS: ReadonlyMap<string, number>,
): Pick<OfferBook, 'offers' | 'producers'> {
  return {
    producers: book.producers.map((producer) => ({
      ...producer,
      freeFromS: Math.max(producer.freeFromS, busyUntilS.get(producer.id) ?? 0),
    })),
    offers: book.offers.map((offer) => ({
      ...offer,
      priceMicro: (copies) => {
        const price = offer.priceMicro(copies);
        return price === undefined || price > unitMicro * BigInt(copies) ? undefined : price;
      },
    })),
  };
}

/** How long the contract of a part may take, so that all of it fits into the date. */
function childTimes({ createdS, finishByS }: ProductQuote): { acceptS: number; produceS: number } {
  const wholeS = Math.max(0, finishByS - createdS);
  const acceptS = Math.min(ACCEPT_S_MAX, Math.max(ACCEPT_S_MIN, Math.floor(wholeS / 4)));
  const produceS = Math.min(PRODUCE_S_MAX, Math.max(PRODUCE_S_MIN, wholeS + SHIP_S));
  return { acceptS, produceS };
}

/** As the document of product orders has it. */
const PART_PARADIGMS_MAX = 8;

function orderParams(
  quote: ProductQuote,
  quoteId: string,
  normal: Uint8Array,
  batch: Uint8Array | undefined,
) {
  const { acceptS, produceS } = childTimes(quote);
  const distinct = (ids: readonly Uint8Array[]) =>
    [...new Set(ids.map(bytesToHex))].map((id) => hexToBytes(id));
  return {
    product: orderName(quote.title, quote.product, quoteId),
    partDesigns: quote.lines.map(({ designHash }) => designHash),
    partPieces: quote.lines.map(({ quantity }) => quantity),
    partUnitsMicro: quote.lines.map(({ unitMicro }) => unitMicro),
    // Pieces that find no producer can join a batch, where the list has room for its kind.
    partParadigms: distinct([
      ...quote.lines.map(({ contract }) => contract?.paradigm ?? normal),
      ...(batch === undefined ? [] : [batch]),
    ]).slice(0, PART_PARADIGMS_MAX),
    servicePieces: quote.services.map(({ count }) => count),
    serviceUnitsMicro: quote.services.map(({ unitMicro }) => unitMicro),
    serviceParadigms: distinct(quote.services.map(({ contract }) => contract.paradigm)),
    feeMicro: quote.feeMicro,
    // Time for everybody, and once more for whoever replaces somebody.
    makeS: Math.min(MAKE_S_MAX, 2 * (acceptS + produceS) + MAKE_SLACK_S),
  };
}

export function orderCard(open: OpenContract, locale: Locale): ProductOrderCard {
  const { address, instance, paradigm } = open;
  const name = nameOf(open);
  const rows = Object.values(instance.branches ?? {}).flat();
  const sum = (count: (row: BranchRow) => bigint) => Number(rows.reduce((all, row) => all + count(row), 0n));
  const state = paradigm.states[instance.state];
  return {
    id: addressToText(address),
    ...(name === undefined ? {} : { productId: name.productId }),
    title: name?.title ?? paradigm.document.title[locale],
    state: instance.state,
    stateLabel: state?.label[locale] ?? instance.state,
    ...(state?.final === undefined ? {} : { ended: state.final }),
    piecesDone: sum(({ done }) => done),
    pieces: sum(({ quantity }) => quantity),
    heldMicro: instance.heldMicro,
    openedS: Number(instance.openedS),
    ...(instance.deadlineS === undefined ? {} : { deadlineS: Number(instance.deadlineS) }),
  };
}

export const troubleViews = (trouble: readonly Trouble[]) =>
  trouble.map(({ line, fault }) => ({ line, fault: faultView(fault) }));
