// Expected refusals are values: Result<T> is either ok or a Fault made for people. Bugs are assertions
// (assert.ts); failures of the outer world are caught by adapters and turned into faults.

/** What a person is told: one sentence, a stable code, a next step. `data` fills the sentence's {placeholders}. */
export type Fault = {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly data?: FaultData;
};

export type FaultData = Readonly<Record<string, string | number | boolean>>;

export type Result<T, F = Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: F };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse<F>(fault: F): { readonly ok: false; readonly fault: F } {
  return { ok: false, fault };
}

export type FaultText = { readonly message: string; readonly next: string };
export type FaultCatalogue = Readonly<Record<string, FaultText>>;

/** Every catalogue made by defineFaults, for the test that each code is translated. Keyed by area. */
export const FAULT_CATALOGUES = new Map<string, FaultCatalogue>();

/**
 * Declares the faults of one area and returns the function that makes them. Codes are `area.what.how`; texts may hold
 * {placeholders} that `data` fills. Texts are English; the console translates by code.
 */
export function defineFaults<C extends FaultCatalogue>(area: string, catalogue: C) {
  FAULT_CATALOGUES.set(area, catalogue);
  return (code: keyof C & string, data?: FaultData): Fault => {
    const text = catalogue[code] as FaultText;
    const message = fillText(text.message, data);
    const next = fillText(text.next, data);
    return data === undefined ? { code, message, next } : { code, message, next, data };
  };
}

function fillText(text: string, data: FaultData | undefined): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = data?.[name];
    return value === undefined ? whole : String(value);
  });
}

/** Carries a fault through code that can only throw (stream callbacks, third-party interfaces). */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;
  constructor(fault: Fault, options?: { cause?: unknown }) {
    super(`${fault.message} (${fault.code})`, options);
    this.fault = fault;
  }
}

/** The value, or a thrown FaultError: for command lines and tests, where a refusal ends the work. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}
