export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };
/** Counts of vitest's JSON report. */
export function countReport(report: object): Counts;
