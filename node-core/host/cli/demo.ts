// `dipnet demo`: the whole story without a screen, told as it happens. Ends with 0 only if every step was verified.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Bytes, Result } from '../../base/index.ts';
import { FaultError, ok, refuse, unwrap } from '../../base/index.ts';
import type { EvidenceReport } from '../../evidence/index.ts';
import { verifyEvidence } from '../../evidence/index.ts';
import { systemClock } from '../adapters/system.ts';
import { createConsole } from '../core.ts';
import { closeOnCrash } from '../crash.ts';
import { sampleModel } from '../services/demo-world.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseOptions, parseWhole } from './arguments.ts';
import { runProductDemo } from './product-demo.ts';
import { EXIT_STOPPED, StoppedError, stopOnSignal } from './stop.ts';
import type { StoryOutcome } from './story.ts';
import { playStory } from './story.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal, toStandardError } from './terminal.ts';

export const DEMO_HELP = `dipnet demo: a model becomes a paid, printed, delivered part, on this machine alone

  --product       the story of a product instead: several parts, several producers, one of whom fails
                  (dipnet demo --product --help tells more)
  --model FILE    STL, 3MF or OBJ file (default: a bundled sample)
  --quantity N    copies to order, 1 to 100 (default 1)
  --speed N       how much faster than real time the virtual printer runs, 1 to 10000 (default 1000)
  --keep DIR      keep the demo world in DIR; run again with the same DIR to go on after an interruption
  --seed N        make the identities of the world reproducible
  --json          print the story to standard error and one JSON object to standard output
  --help          this text

Ends with exit code 0 only if every step was verified by the light node and the evidence file.
`;

const OPTIONS = {
  model: { type: 'string' },
  quantity: { type: 'string' },
  speed: { type: 'string' },
  keep: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type DemoPlan = {
  readonly model: { readonly name: string; readonly bytes: Bytes };
  readonly quantity: number;
  readonly speed: number;
  readonly seed: string | undefined;
  readonly keep: string | undefined;
};

export async function runDemo(args: readonly string[]): Promise<number> {
  if (args.includes('--product')) return runProductDemo(args.filter((arg) => arg !== '--product'));
  const parsed = parseOptions('demo', args, OPTIONS);
  const terminal = createTerminal(parsed.ok && parsed.value.values['json'] === true);
  if (!parsed.ok) return fail(terminal, parsed);
  if (parsed.value.values['help'] === true) {
    process.stdout.write(DEMO_HELP);
    return 0;
  }
  const plan = planDemo(parsed.value);
  if (!plan.ok) return fail(terminal, plan);
  const json = parsed.value.values['json'] === true;
  const folder = plan.value.keep ?? mkdtempSync(join(tmpdir(), 'dipnet-demo-'));
  try {
    const summary = await playDemo(plan.value, folder, terminal);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    return summary.verified ? 0 : 1;
  } catch (error) {
    if (error instanceof StoppedError) return EXIT_STOPPED;
    if (!(error instanceof FaultError)) throw error;
    return fail(terminal, refuse(error.fault));
  } finally {
    if (plan.value.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function fail(terminal: Terminal, result: Result<unknown>): number {
  if (!result.ok) terminal.fault(result.fault);
  return 1;
}

function planDemo({ values }: Parsed): Result<DemoPlan> {
  const text = (name: string, fallback: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : fallback;
  };
  const quantity = parseWhole('demo', 'quantity', text('quantity', '1'), 1, 100);
  if (!quantity.ok) return quantity;
  const speed = parseWhole('demo', 'speed', text('speed', '1000'), 1, 10_000);
  if (!speed.ok) return speed;
  const model = readModel(values['model']);
  if (!model.ok) return model;
  const keep = typeof values['keep'] === 'string' ? values['keep'] : undefined;
  const seed = typeof values['seed'] === 'string' ? values['seed'] : undefined;
  return ok({ model: model.value, quantity: quantity.value, speed: speed.value, keep, seed });
}

function readModel(path: string | boolean | undefined): Result<DemoPlan['model']> {
  if (typeof path !== 'string') return ok(sampleModel());
  try {
    return ok({ name: basename(path), bytes: new Uint8Array(readFileSync(path)) });
  } catch {
    return refuse(cliFault('cli.file.unreadable', { file: path }));
  }
}

async function playDemo(plan: DemoPlan, folder: string, terminal: Terminal) {
  const startedMs = performance.now();
  const world = plan.seed === undefined ? {} : { seed: plan.seed };
  const console = unwrap(await createConsole({ dataPath: folder, demo: world }));
  const stopping = stopOnSignal(console.close);
  closeOnCrash(console.close, toStandardError, process);
  try {
    const outcome = await playStory(console.api, systemClock, plan, (event) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
      if (event.done) terminal.line(`${seconds} s  ${event.step.padEnd(10)} ${event.text}`);
      else terminal.progress(`${seconds} s  ${event.step.padEnd(10)} ${event.text}`, event.progress);
    });
    // Without --keep the file outlives the world it tells of, in the working folder.
    const file = join(plan.keep === undefined ? process.cwd() : folder, outcome.evidence.fileName);
    writeFileSync(file, outcome.evidence.bytes);
    const report = verifyEvidence(outcome.evidence.bytes);
    tellReport(terminal, report, file);
    const light = await console.api.network.view();
    return summarise(outcome, report, file, light.light);
  } catch (error) {
    // A world that was closed under the story makes it stumble; that is no failure of its own.
    if (stopping.asked()) throw new StoppedError();
    throw error;
  } finally {
    await console.close();
    stopping.forget();
  }
}

function tellReport(terminal: Terminal, report: EvidenceReport, file: string): void {
  for (const link of report.links)
    terminal.line(`          ${link.ok ? '✓' : '✗'} ${link.name.padEnd(14)} ${link.detail}`);
  terminal.line(`          evidence   ${file}`);
  terminal.line(
    report.ok ? '          every step is verified' : `          broken at "${report.broken ?? ''}"`,
  );
}

type LightView = {
  readonly height: number;
  readonly headersVerified: number;
  readonly proofsVerified: number;
  readonly fault?: unknown;
};

function summarise(outcome: StoryOutcome, report: EvidenceReport, file: string, light: LightView) {
  const { order, quote, jobs } = outcome;
  const prints = jobs.map((job) => ({
    copy: job.copy,
    state: job.state,
    lines: job.progress?.linesAcknowledged ?? 0,
    layers: job.progress?.layersTotal ?? 0,
    resends: job.progress?.resends ?? 0,
    machineSeconds: Math.round((job.progress?.elapsedMs ?? 0) / 1000),
  }));
  const lightOk = light.fault === undefined && order.truth === 'verified';
  return {
    orderId: order.id,
    state: order.state,
    verified: report.ok && lightOk && order.state === 'settled',
    quote: {
      id: quote.id,
      slicer: quote.slicer,
      secondsPerCopy: quote.secondsPerCopy,
      milligramsPerCopy: quote.milligramsPerCopy,
      totalMicro: quote.totalMicro.toString(),
      lines: quote.lines.map(({ code, count, unit, amountMicro }) => ({
        code,
        count,
        unit,
        amountMicro: amountMicro.toString(),
      })),
    },
    prints,
    payoutsMicro: Object.fromEntries(
      order.payouts.map(({ role, amountMicro }) => [role, amountMicro.toString()]),
    ),
    evidence: existsSync(file) ? file : null,
    lightNode: {
      ok: lightOk,
      height: light.height,
      headersVerified: light.headersVerified,
      proofsVerified: light.proofsVerified,
    },
    evidenceReport: report,
  };
}
