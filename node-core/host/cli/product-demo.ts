// `dipnet demo --product`: one product of several parts, made by several producers, one of whom fails. Ends with 0 only if
// everything was delivered, every micro-unit is accounted for, and every step was verified.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Result } from '../../base/index.ts';
import { FaultError, ok, refuse, unwrap } from '../../base/index.ts';
import { verifyEvidence } from '../../evidence/index.ts';
import { createPrism, createSampleModel } from '../../models/index.ts';
import { systemClock } from '../adapters/system.ts';
import { createConsole } from '../core.ts';
import { closeOnCrash } from '../crash.ts';
import { PRODUCERS_MAX } from '../services/demo-world.ts';
import { cliFault, parseWhole } from './arguments.ts';
import type { PartFile, ProductOutcome, ProductStoryOptions } from './product-story.ts';
import { playProductStory } from './product-story.ts';
import { EXIT_STOPPED, StoppedError, stopOnSignal } from './stop.ts';
import type { Terminal } from './terminal.ts';
import { createTerminal, toStandardError } from './terminal.ts';

const PRODUCT_DEMO_HELP = `dipnet demo --product: parts of several files become one product, made by several producers

  --part FILE[:N]  a part and how many of it the product has, 1 to 100; again for each part, up to 48
                   (default: five bundled parts)
  --title TEXT     what the product is called (default "Cable stand")
  --producers N    printer owners, 2 to ${PRODUCERS_MAX} (default 5)
  --no-failure     nobody fails
  --speed N        how much faster than real time the virtual printers run, 1 to 10000 (default 2000)
  --seed N         make the identities of the world reproducible
  --json           print the story to standard error and one JSON object to standard output
  --help           this text

One confirmation opens the contracts of all parts. One producer fails in the middle of a print; what was his is given to
others by itself. Ends with exit code 0 only if the product was delivered whole, the money is right to the last
micro-unit, and the light node and the evidence of every part say so.
`;

const OPTIONS = {
  part: { type: 'string', multiple: true },
  title: { type: 'string' },
  producers: { type: 'string' },
  'no-failure': { type: 'boolean' },
  speed: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const PARTS_MAX = 48;

/** A stand for cables: small parts that print in minutes. */
function sampleParts(): PartFile[] {
  return [
    { name: 'cable-hook.stl', bytes: createSampleModel(), quantity: 2 },
    { name: 'foot.stl', bytes: createPrism(6, 12, 3), quantity: 2 },
    { name: 'post.stl', bytes: createPrism(8, 5, 20), quantity: 1 },
    { name: 'cap.stl', bytes: createPrism(24, 8, 4), quantity: 1 },
    { name: 'spacer.stl', bytes: createPrism(16, 6, 5), quantity: 2 },
  ];
}

type ProductPlan = ProductStoryOptions & { readonly producers: number; readonly seed: string | undefined };

export async function runProductDemo(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const terminal = createTerminal(json);
  if (args.includes('--help')) {
    process.stdout.write(PRODUCT_DEMO_HELP);
    return 0;
  }
  const plan = planProductDemo(args);
  if (!plan.ok) {
    terminal.fault(plan.fault);
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-demo-'));
  try {
    const summary = await playDemo(plan.value, folder, terminal);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    return summary.verified ? 0 : 1;
  } catch (error) {
    if (error instanceof StoppedError) return EXIT_STOPPED;
    if (!(error instanceof FaultError)) throw error;
    terminal.fault(error.fault);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function planProductDemo(args: readonly string[]): Result<ProductPlan> {
  const usage = (problem: string) => refuse(cliFault('cli.usage', { command: 'demo --product', problem }));
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false, strict: true }));
  } catch (error) {
    return usage(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  const producers = parseWhole('demo --product', 'producers', values.producers ?? '5', 2, PRODUCERS_MAX);
  if (!producers.ok) return producers;
  const speed = parseWhole('demo --product', 'speed', values.speed ?? '2000', 1, 10_000);
  if (!speed.ok) return speed;
  const given = values.part ?? [];
  if (given.length > PARTS_MAX) return usage(`--part is taken ${PARTS_MAX} times at most.`);
  const parts: PartFile[] = [];
  for (const text of given) {
    const part = readPart(text);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok({
    title: values.title?.trim().slice(0, 60) || 'Cable stand',
    parts: parts.length === 0 ? sampleParts() : parts,
    speed: speed.value,
    failure: values['no-failure'] !== true,
    producers: producers.value,
    seed: values.seed,
  });
}

/** `FILE` or `FILE:N`. */
function readPart(text: string): Result<PartFile> {
  const match = /^(.*):(\d{1,3})$/.exec(text);
  const file = match?.[1] ?? text;
  const quantity = parseWhole('demo --product', 'part', match?.[2] ?? '1', 1, 100);
  if (!quantity.ok) return quantity;
  try {
    return ok({ name: basename(file), bytes: new Uint8Array(readFileSync(file)), quantity: quantity.value });
  } catch {
    return refuse(cliFault('cli.file.unreadable', { file }));
  }
}

async function playDemo(plan: ProductPlan, folder: string, terminal: Terminal) {
  const startedMs = performance.now();
  const { producers } = plan;
  const demo = plan.seed === undefined ? { producers } : { producers, seed: plan.seed };
  const console = unwrap(await createConsole({ dataPath: folder, demo }));
  const stopping = stopOnSignal(console.close);
  closeOnCrash(console.close, toStandardError, process);
  try {
    const outcome = await playProductStory(console.api, systemClock, plan, (event) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
      const line = `${seconds} s  ${event.step.padEnd(10)} ${event.text}`;
      if (event.done) terminal.line(line);
      else terminal.progress(line, event.progress);
    });
    const { light } = await console.api.network.view();
    return summarise(outcome, light, terminal);
  } catch (error) {
    // A world that was closed under the story makes it stumble; that is no failure of its own.
    if (stopping.asked()) throw new StoppedError();
    throw error;
  } finally {
    await console.close();
    stopping.forget();
  }
}

type LightView = {
  readonly height: number;
  readonly headersVerified: number;
  readonly proofsVerified: number;
  readonly fault?: unknown;
};

function summarise(outcome: ProductOutcome, light: LightView, terminal: Terminal) {
  const { graph, quote, orders, evidence, failedOwner, money } = outcome;
  const reports = evidence.map(({ bytes }) => verifyEvidence(bytes));
  for (const { orderId, ok: good, broken } of reports)
    terminal.line(`          ${good ? '✓' : '✗'} evidence of ${orderId} ${broken ?? ''}`);
  const settled = orders.filter(({ state }) => state === 'settled');
  const lightOk = light.fault === undefined && settled.every(({ truth }) => truth === 'verified');
  const evidenceOk = reports.length === settled.length && reports.every((report) => report.ok);
  const whole = graph.ended === 'success' && graph.piecesDone === graph.pieces;
  const verified = whole && money.exact && lightOk && evidenceOk;
  terminal.line(`          ${money.exact ? '✓' : '✗'} every micro-unit is accounted for`);
  terminal.line(verified ? '          everything is verified' : '          something is not as it should be');
  return {
    orderId: graph.id,
    state: graph.state,
    verified,
    pieces: graph.pieces,
    piecesDone: graph.piecesDone,
    producers: new Set(settled.map(({ owner }) => owner.address)).size,
    failedOwner: failedOwner ?? null,
    quote: {
      id: quote.id,
      producers: quote.producers,
      totalMicro: quote.totalMicro.toString(),
      reserveMicro: quote.reserveMicro.toString(),
    },
    orders: orders.map(({ id, title, quantity, state, totalMicro, owner }) => ({
      id,
      title,
      quantity,
      state,
      totalMicro: totalMicro.toString(),
      owner: owner.address,
    })),
    money: {
      exact: money.exact,
      buyerPaidMicro: money.buyerPaidMicro.toString(),
      partsMicro: money.partsMicro.toString(),
      coordinatorMicro: money.coordinatorMicro.toString(),
      feesMicro: money.feesMicro.toString(),
      depositsMicro: money.depositsMicro.toString(),
    },
    evidenceOk,
    lightNode: {
      ok: lightOk,
      height: light.height,
      headersVerified: light.headersVerified,
      proofsVerified: light.proofsVerified,
    },
  };
}
