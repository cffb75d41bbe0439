// Work on paradigm documents that strangers wrote: checking, playing, working examples. Pure; run in a thread of its own.

import type { Bytes, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import type { CheckReport, SimulationReport, Values, WorkedExample } from '../../paradigm/index.ts';
import {
  checkDocument,
  encodeParadigm,
  parseParadigm,
  simulateParadigm,
  workedExample,
} from '../../paradigm/index.ts';

export type ParadigmWork = {
  readonly report: CheckReport;
  /** Canonical bytes; undefined where the text is no document. */
  readonly document: Bytes | undefined;
  /** Of a document without defects. */
  readonly simulation: SimulationReport | undefined;
};

export type ParadigmJob =
  | { readonly kind: 'check'; readonly text: string }
  | { readonly kind: 'judge'; readonly document: Bytes }
  | { readonly kind: 'example'; readonly document: Bytes; readonly values: Values };

export type ParadigmJobResult = {
  readonly check: ParadigmWork;
  readonly judge: CheckReport;
  readonly example: WorkedExample;
};

const RUNS = 500;
const SEED = 1;

export function runParadigmJob(job: ParadigmJob): Result<ParadigmJobResult[ParadigmJob['kind']]> {
  if (job.kind === 'check') return ok(checkText(job.text));
  if (job.kind === 'judge') return ok(checkDocument(job.document));
  const parsed = parseParadigm(job.document);
  return parsed.ok ? workedExample(parsed.value, job.values) : parsed;
}

function checkText(text: string): ParadigmWork {
  const report = checkDocument(text);
  const encoded = encodeParadigm(text);
  const document = encoded.ok ? encoded.value : undefined;
  const parsed = document === undefined ? undefined : parseParadigm(document);
  const play = report.ok && parsed?.ok === true;
  return {
    report,
    document,
    simulation: play ? simulateParadigm(parsed.value, SEED, { runs: RUNS }) : undefined,
  };
}
