// The price of an order from the figures in its own record: integers only, every line rounded up to the micro-unit.
// Each line can be recomputed alone: amount = ⌈count × rate ÷ (3600 s/h, 1000 mg/g, 10 000 basis points, or 1)⌉.

import type { Result } from '../base/index.ts';
import { divideUp, ok, refuse } from '../base/index.ts';
import type { MaterialOffer, QuoteLine } from '../records/index.ts';
import { QuoteRecord } from '../records/index.ts';
import { quoteFault } from './faults.ts';

/** Everything that a price follows from: the record without its lines, payouts and total. */
export type QuoteInputs = Omit<QuoteRecord, 'v' | 'kind' | 'lines' | 'payouts' | 'totalMicro'>;

const QuoteInputsShape = QuoteRecord.omit({
  v: true,
  kind: true,
  lines: true,
  payouts: true,
  totalMicro: true,
});

const SECONDS_PER_HOUR = 3600n;
const MILLIGRAMS_PER_GRAM = 1000n;
const BASIS_POINTS = 10_000n;
/** The record's own bound: 10^11 tokens, all that ever exist. */
const AMOUNT_MICRO_MAX = 10n ** 17n;

/** The offer of this profile for a material and colour; undefined where there is none. */
export function findOffer(
  profile: QuoteInputs['profile'],
  material: string,
  colour: string,
): MaterialOffer | undefined {
  return profile.materials.find((offer) => offer.material === material && offer.colour === colour);
}

/**
 * The quote for these inputs. Refused where the machine does not offer the material, where the dates are reversed, or
 * where an amount leaves the range of the record. A fee is that many basis points of production and licence together.
 */
export function computeQuote(inputs: QuoteInputs): Result<QuoteRecord> {
  if (!QuoteInputsShape.safeParse(inputs).success) return refuse(quoteFault('quote.record.malformed'));
  const offer = findOffer(inputs.profile, inputs.material, inputs.colour);
  if (offer === undefined) {
    return refuse(
      quoteFault('quote.material.not-offered', { material: inputs.material, colour: inputs.colour }),
    );
  }
  if (offer.nozzleC > inputs.profile.nozzleCMax || offer.bedC > inputs.profile.bedCMax) {
    return refuse(quoteFault('quote.material.too-hot', { material: inputs.material }));
  }
  if (inputs.validUntilS < inputs.createdS) return refuse(quoteFault('quote.dates.invalid'));

  const production = productionLines(inputs, offer);
  const productionMicro = sumLines(production);
  const licence = line('licence', inputs.quantity, 'copy', inputs.licenceMicroPerCopy, 1n);
  const feeBaseMicro = productionMicro + licence.amountMicro;
  const author = line('author', inputs.authorBasisPoints, 'basis-point', feeBaseMicro, BASIS_POINTS);
  const network = line('network', inputs.networkBasisPoints, 'basis-point', feeBaseMicro, BASIS_POINTS);
  const lines = [...production, licence, author, network];
  const totalMicro = sumLines(lines);
  if (totalMicro > AMOUNT_MICRO_MAX) return refuse(quoteFault('quote.amount.too-large'));

  const parsed = QuoteRecord.safeParse({
    ...inputs,
    v: 1,
    kind: 'quote',
    lines,
    payouts: {
      owner: productionMicro,
      designer: licence.amountMicro,
      author: author.amountMicro,
      network: network.amountMicro,
    },
    totalMicro,
  });
  return parsed.success ? ok(parsed.data) : refuse(quoteFault('quote.record.malformed'));
}

/** Machine time, material, set-up, and what is missing to the owner's minimum; the last only where something is. */
function productionLines(inputs: QuoteInputs, offer: MaterialOffer): QuoteLine[] {
  const { profile, slice, quantity } = inputs;
  const lines = [
    line('machine-time', slice.seconds * quantity, 'second', profile.rateMicroPerHour, SECONDS_PER_HOUR),
    line('material', slice.milligrams * quantity, 'milligram', offer.priceMicroPerGram, MILLIGRAMS_PER_GRAM),
    line('setup', 1, 'job', profile.setupMicro, 1n),
  ];
  const missingMicro = profile.minimumMicro - sumLines(lines);
  if (missingMicro > 0n) lines.push(line('minimum', 1, 'job', missingMicro, 1n));
  return lines;
}

function line(
  code: QuoteLine['code'],
  count: number,
  unit: QuoteLine['unit'],
  rateMicro: bigint,
  divisor: bigint,
): QuoteLine {
  return { code, count, unit, rateMicro, amountMicro: divideUp(BigInt(count) * rateMicro, divisor) };
}

function sumLines(lines: readonly QuoteLine[]): bigint {
  return lines.reduce((sum, { amountMicro }) => sum + amountMicro, 0n);
}
