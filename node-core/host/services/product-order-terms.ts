// What the contract of a product order says: its lists of branches, and how long its parts and all of it may take.

import { bytesToHex, hexToBytes } from '../../base/index.ts';
import { orderName, type ProductQuote } from './product-quotes.ts';

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
export const MAKE_SLACK_S = 14 * DAY_S;

const MAKE_S_MAX = 365 * DAY_S;

/** As the document of product orders has it. */
const PART_PARADIGMS_MAX = 8;

/** How long the contract of a part may take, so that all of it fits into the date. */
export function childTimes({ createdS, finishByS }: ProductQuote): { acceptS: number; produceS: number } {
  const wholeS = Math.max(0, finishByS - createdS);
  const acceptS = Math.min(ACCEPT_S_MAX, Math.max(ACCEPT_S_MIN, Math.floor(wholeS / 4)));
  const produceS = Math.min(PRODUCE_S_MAX, Math.max(PRODUCE_S_MIN, wholeS + SHIP_S));
  return { acceptS, produceS };
}

export function orderParams(
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
