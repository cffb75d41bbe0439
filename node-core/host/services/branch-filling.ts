// Fills the branches of a product order: opens the contracts that its quote planned, and gives to others, by the rule of
// the quote, what came to nothing.

import { bytesToHex, type Fault, type Log, ok, type Result, refuse } from '../../base/index.ts';
import type { Message } from '../../chain/index.ts';
import { addressToText, type KeyPair } from '../../identity/index.ts';
import type { BranchRow, Paradigm } from '../../paradigm/index.ts';
import { encodeRecord } from '../../records/index.ts';
import { type Child, endingOf, type OpenContract } from './contract-tree.ts';
import type { OfferBook } from './producer-offers.ts';
import { childTimes, MAKE_SLACK_S, PART_LIST, SERVICE_LIST } from './product-order-terms.ts';
import {
  modelTitle,
  type ProductQuote,
  type ProductQuoteParts,
  type ProductQuotes,
  planLines,
  productQuoteFault,
  type QuotedLine,
  type QuotedService,
} from './product-quotes.ts';
import type { ReadParadigmOf } from './published-paradigms.ts';
import { stopFault } from './tasks.ts';

export type BranchFillingParts = ProductQuoteParts & {
  readonly productQuotes: ProductQuotes;
  readonly log: Log;
};

/** An order of a product that this console can act for. */
export type Mine = {
  readonly open: OpenContract;
  readonly children: readonly Child[];
  readonly quote: ProductQuote;
  readonly signer: KeyPair;
};

/** `title`: what people call the line; its name in the bill where that has none. */
export type Trouble = { readonly line: string; readonly title: string; readonly fault: Fault };

export class BranchFilling {
  readonly #parts: BranchFillingParts;
  readonly #paradigm: ReadParadigmOf;
  readonly #signal: AbortSignal;

  constructor(parts: BranchFillingParts, paradigm: ReadParadigmOf, signal: AbortSignal) {
    this.#parts = parts;
    this.#paradigm = paradigm;
    this.#signal = signal;
  }

  /** What could not be done. */
  async fill(mine: Mine): Promise<Trouble[]> {
    const trouble: Trouble[] = [];
    if (mayFill(mine.open, PART_LIST)) trouble.push(...(await this.#fillParts(mine)));
    if (mayFill(mine.open, SERVICE_LIST)) trouble.push(...(await this.#fillServices(mine)));
    return trouble;
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
      const title = (await modelTitle(this.#parts.chain.known, line.designHash)) || line.name;
      const book = await productQuotes.offers.collect(
        [{ ...line, name: title }],
        mine.signer.address,
        failed,
        this.#signal,
        () => undefined,
      );
      if (!book.ok) {
        trouble.push({ line: line.name, title, fault: book.fault });
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
        if (!filled.ok) trouble.push({ line: line.name, title, fault: filled.fault });
      }
      const [missing] = plan.missing;
      if (missing !== undefined) {
        const data = { copies: missing.copies, line: title };
        trouble.push({ line: line.name, title, fault: productQuoteFault('product-quotes.missing', data) });
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
        trouble.push({ line: service.name, title: service.name, fault: paradigm.fault });
        continue;
      }
      const message = serviceMessage(open, service, paradigm.value, row);
      for (let piece = 0n; piece < pieces; piece++) {
        const opened = await this.#submit(signer, message, service.name);
        if (!opened.ok) {
          trouble.push({ line: service.name, title: service.name, fault: opened.fault });
          break;
        }
      }
    }
    return trouble;
  }

  async #submit(signer: KeyPair, message: Message, line: string): Promise<Result<void>> {
    if (this.#signal.aborted) return refuse(stopFault(this.#signal));
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
