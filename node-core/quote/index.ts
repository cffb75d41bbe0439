// Prices: computed from a quote's own record, and recomputed by whoever doubts them.

export { computeQuote, findOffer, type QuoteInputs } from './compute.ts';
export { quoteFault } from './faults.ts';
export { verifyQuote } from './verify.ts';
