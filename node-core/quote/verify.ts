// Recomputes a quote from nothing but itself. A quote that verifies has the only price its figures allow.

import type { Result } from '../base/index.ts';
import { encodeCbor, equalBytes, ok, refuse } from '../base/index.ts';
import { encodeRecord, QuoteRecord } from '../records/index.ts';
import { computeQuote } from './compute.ts';
import { quoteFault } from './faults.ts';

/** Ok only where every line, every payout and the total are exactly what computeQuote makes of the record's inputs. */
export function verifyQuote(quote: QuoteRecord): Result<void> {
  // Not trusted to be of its type: quotes arrive from peers, and a field too many must not hide in the hash.
  const parsed = QuoteRecord.safeParse(quote);
  if (!parsed.success) return refuse(quoteFault('quote.record.malformed'));
  const { v: _v, kind: _kind, lines, payouts, totalMicro, ...inputs } = parsed.data;
  const recomputed = computeQuote(inputs);
  if (!recomputed.ok) return recomputed;
  const expected = recomputed.value;
  for (let i = 0; i < Math.max(lines.length, expected.lines.length); i++) {
    const [given, wanted] = [lines[i], expected.lines[i]];
    const part = wanted?.code ?? given?.code ?? 'lines';
    if (given === undefined || wanted === undefined) return differ(`${part} line`);
    if (!equalBytes(encodeCbor(given), encodeCbor(wanted))) return differ(`${part} line`);
  }
  for (const role of ['owner', 'designer', 'author', 'network'] as const) {
    if (payouts[role] !== expected.payouts[role]) return differ(`payout to the ${role}`);
  }
  if (totalMicro !== expected.totalMicro) return differ('total');
  return equalBytes(encodeRecord(expected), encodeRecord(quote)) ? ok(undefined) : differ('record');
}

function differ(part: string): Result<void> {
  return refuse(quoteFault('quote.figures.differ', { part }));
}
