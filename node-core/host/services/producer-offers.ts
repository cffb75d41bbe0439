// What every registered printer would ask for the parts of a product. Each part is sliced once for all printers of a kind;
// the price of any number of copies is that of the quote which such an order would carry.

import { availableParallelism } from 'node:os';
import type { Clock, Fault, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, ok, refuse } from '../../base/index.ts';
import { checkParams, MachineState, machineKey } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { addressToText } from '../../identity/index.ts';
import { openInstance } from '../../paradigm/index.ts';
import type { ContractTerms, Offer, ProcessNeeds, Producer } from '../../production/index.ts';
import { LINE_QUANTITY_MAX } from '../../production/index.ts';
import type { MachineProfile, MaterialOffer, QuoteRecord } from '../../records/index.ts';
import { isPrinter, parseRecord, RegisteredMachine, recordHash } from '../../records/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { JobStore } from './job-store.ts';
import { createParadigmReader } from './published-paradigms.ts';
import type { PreparedQuote, Quotes } from './quotes.ts';
import { createRatings } from './ratings.ts';
import type { Report } from './tasks.ts';
import { stopFault } from './tasks.ts';

const offerFault = defineFaults('offers', {
  'offers.none': {
    message: 'No printer of this network offers “{line}” in this material and colour.',
    next: 'Choose another material or colour, or wait until somebody offers it.',
  },
});

/** A line of which copies are wanted. */
export type WantedLine = {
  /** Same for copies that can be printed together. */
  readonly key: string;
  readonly name: string;
  readonly designHash: Uint8Array;
  readonly needs: ProcessNeeds;
  readonly contract?: ContractTerms | undefined;
};

/** One order of so many copies, as it would be opened. */
export type Priced = {
  readonly quote: QuoteRecord;
  /** What opening its contract takes from the buyer: the quote's total, and what its kind of contract adds. */
  readonly costMicro: bigint;
};

export type OfferBook = {
  readonly producers: readonly Producer[];
  readonly offers: readonly Offer[];
  readonly owners: ReadonlyMap<string, string>;
  price(machineId: string, key: string, copies: number): Priced | undefined;
  /** Keeps the quote, so that it can be ordered; its id. */
  keep(machineId: string, key: string, quote: QuoteRecord): string;
};

export type OfferParts = {
  readonly chain: ChainClient;
  readonly quotes: Quotes;
  readonly store: JobStore;
  readonly paradigmId: Uint8Array;
  readonly clock: Clock;
};

type Machine = { readonly id: string; readonly state: MachineState; readonly profile: MachineProfile };

/** Slicing for many printers is one task for a person; more at once would leave nothing for the pages. */
const LINES_AT_ONCE = Math.max(1, Math.min(4, availableParallelism()));

export class ProducerOffers {
  readonly #parts: OfferParts;
  readonly #paradigm = createParadigmReader();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** Refused where a line is offered by nobody. Owners in `excluded` take no part. */
  async collect(
    lines: readonly WantedLine[],
    buyer: Address,
    excluded: ReadonlySet<string>,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<OfferBook>> {
    const machines = await this.#machines(excluded);
    if (!machines.ok) return machines;
    const offers: Offer[] = [];
    const prepared = new Map<
      string,
      { quote: PreparedQuote; price: (copies: number) => Priced | undefined }
    >();
    let [done, fault]: [number, Fault | undefined] = [0, undefined];
    const waiting = [...lines];
    const work = async () => {
      for (let line = waiting.shift(); line !== undefined && !signal.aborted; line = waiting.shift()) {
        let last: Fault | undefined;
        let found = false;
        for (const machine of machines.value) {
          const material = materialFor(line.needs, machine.profile);
          if (material === undefined) continue;
          const quote = await this.#prepare(line, machine, material, signal, () =>
            report('slicing', done / lines.length),
          );
          const price = quote.ok ? await this.#pricing(line, quote.value, buyer) : quote;
          if (!quote.ok || !price.ok) {
            last = price.ok ? undefined : price.fault;
            continue;
          }
          found = true;
          prepared.set(`${machine.id} ${line.key}`, { quote: quote.value, price: price.value });
          offers.push({
            producer: machine.id,
            part: line.key,
            secondsPerCopy: quote.value.secondsPerCopy,
            copiesMax: LINE_QUANTITY_MAX,
            priceMicro: (copies) => price.value(copies)?.costMicro,
          });
        }
        if (!found) fault ??= last ?? offerFault('offers.none', { line: line.name });
        report('slicing', ++done / lines.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(LINES_AT_ONCE, lines.length) }, work));
    if (signal.aborted) return refuse(stopFault(signal));
    if (fault !== undefined) return refuse(fault);
    const producers = await this.#producers(machines.value);
    if (!producers.ok) return producers;
    return ok({
      producers: producers.value,
      offers,
      owners: new Map(machines.value.map(({ id, state }) => [id, addressToText(state.owner)])),
      price: (machineId, key, copies) => prepared.get(`${machineId} ${key}`)?.price(copies),
      keep: (machineId, key, quote) => prepared.get(`${machineId} ${key}`)?.quote.keep(quote) ?? '',
    });
  }

  async #machines(excluded: ReadonlySet<string>): Promise<Result<Machine[]>> {
    const { chain } = this.#parts;
    const ids = await chain.list('machines');
    if (!ids.ok) return ids;
    const machines: Machine[] = [];
    for (const id of ids.value) {
      const state = await chain.read(MachineState, machineKey(id));
      if (!state.ok) return state;
      if (state.value === undefined || excluded.has(addressToText(state.value.value.owner))) continue;
      const profile = parseRecord(RegisteredMachine, 'machine', state.value.value.profile);
      if (profile.ok && isPrinter(profile.value))
        machines.push({ id: addressToText(id), state: state.value.value, profile: profile.value });
    }
    return ok(machines);
  }

  #prepare(
    line: WantedLine,
    machine: Machine,
    { material, colour }: MaterialOffer,
    signal: AbortSignal,
    report: () => void,
  ): Promise<Result<PreparedQuote>> {
    const request = {
      modelId: bytesToHex(line.designHash),
      machineId: machine.id,
      material,
      colour,
      settings: line.needs.settings,
    };
    return this.#parts.quotes.prepare(request, signal, report);
  }

  /** The price by number of copies; each number is computed once, so that its quote stays the same. */
  async #pricing(
    line: WantedLine,
    prepared: PreparedQuote,
    buyer: Address,
  ): Promise<Result<(copies: number) => Priced | undefined>> {
    const { chain, paradigmId } = this.#parts;
    const params = await chain.params();
    if (!params.ok) return params;
    const paradigm = await this.#paradigm(chain, line.contract?.paradigm ?? paradigmId);
    if (!paradigm.ok) return paradigm;
    const known = new Map<number, Priced | undefined>();
    const compute = (copies: number): Priced | undefined => {
      const quote = prepared.price(copies);
      if (!quote.ok) return undefined;
      const record = quote.value;
      const values = checkParams(
        paradigm.value,
        { record, hash: recordHash(record) },
        line.contract?.terms ?? {},
      );
      if (!values.ok) return undefined;
      const { treasury } = params.value;
      const { owner, designer, machine } = record;
      // Who is paid the fees does not change what is held.
      const all = {
        buyer,
        owner,
        designer,
        machine,
        author: treasury,
        network: treasury,
        ...line.contract?.roles,
      };
      const roles = Object.fromEntries(Object.entries(all).filter(([role]) => role in paradigm.value.roles));
      const timeS = BigInt(record.createdS);
      const opened = openInstance(paradigm.value, { roles, params: values.value, caller: buyer, timeS });
      return opened.ok ? { quote: record, costMicro: opened.value.instance.heldMicro } : undefined;
    };
    return ok((copies) => {
      if (!known.has(copies)) known.set(copies, compute(copies));
      return known.get(copies);
    });
  }

  async #producers(machines: readonly Machine[]): Promise<Result<Producer[]>> {
    const { chain, clock, store } = this.#parts;
    const nowS = Math.floor(clock.nowMs() / 1000);
    const ratings = createRatings(chain);
    const byOwner = new Map<string, number>();
    const producers: Producer[] = [];
    for (const { id, state } of machines) {
      const owner = addressToText(state.owner);
      const rating = byOwner.has(owner) ? ok(byOwner.get(owner) ?? 0) : await ratings.ofOwner(state.owner);
      if (!rating.ok) return rating;
      byOwner.set(owner, rating.value);
      const queued = store.state.jobs.filter(
        (job) => job.machineId === id && !['finished', 'failed', 'cancelled'].includes(job.phase),
      );
      const queuedS = queued.reduce((sum, job) => sum + job.secondsEstimated, 0);
      producers.push({ id, freeFromS: nowS + queuedS, ratingMilli: rating.value });
    }
    return ok(producers);
  }
}

/** The cheapest offer of the machine that will do; of equal prices the first. */
function materialFor(needs: ProcessNeeds, profile: MachineProfile): MaterialOffer | undefined {
  const fitting = profile.materials.filter(
    ({ material, colour }) =>
      material === needs.material && (needs.colour === undefined || colour === needs.colour),
  );
  return fitting.reduce<MaterialOffer | undefined>(
    (best, offer) => (best === undefined || offer.priceMicroPerGram < best.priceMicroPerGram ? offer : best),
    undefined,
  );
}
