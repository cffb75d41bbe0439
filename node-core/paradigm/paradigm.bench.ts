// How fast the paradigm machine is on one core: steps of the normal order beside bare evaluations of its condition by
// the CEL library, what a unit of gas costs on each step, and how long the checker needs for each bundled document.
// Breaks its promise below 50 000 steps a second, or where a document takes the checker more than 2 s.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@marcbachmann/cel-js';
import { unwrap } from '../base/index.ts';
import { checkDocument, checkParadigm } from './check.ts';
import type { Instance, Paradigm, ParadigmValue, StepOutcome } from './index.ts';
import {
  applyBranch,
  applyDeadline,
  applyEvent,
  encodeParadigm,
  fillBranch,
  noteBranch,
  openInstance,
  parseParadigm,
  readSource,
  sealValue,
} from './index.ts';
import { mutantsOf } from './mutants.ts';

const FOLDER = join(process.cwd(), 'assets', 'paradigms');
const STEPS_PER_SECOND_MIN = 50_000;
const CHECK_MS_MAX = 2000;
const MUTANTS_FOUND_MIN = 0.95;
/** How far the time behind a unit of gas may be from the typical one, either way. */
const GAS_FACTOR_MAX = 3;

const load = (name: string) =>
  unwrap(parseParadigm(unwrap(encodeParadigm(readFileSync(join(FOLDER, name), 'utf8')))));

function milliseconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Best of several rounds: what the machine can do when nothing else takes the core. */
function nanosecondsEach(count: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++)
    best = Math.min(
      best,
      milliseconds(() => {
        for (let i = 0; i < count; i++) work();
      }),
    );
  return (best * 1e6) / count;
}

const account = (byte: number) => new Uint8Array(20).fill(byte);
const roles = {
  buyer: account(1),
  owner: account(2),
  designer: account(3),
  machine: account(4),
  author: account(5),
  network: account(6),
};
const params = {
  quoteHash: new Uint8Array(32),
  designHash: new Uint8Array(32),
  quantity: 3n,
  totalMicro: 10_000_000n,
  ownerMicro: 7_000_000n,
  designerMicro: 2_000_000n,
  authorMicro: 400_000n,
  networkMicro: 600_000n,
};
const facts = { copiesReported: 3n, copiesFinished: 3n, licenceReleased: true, quantity: 3n };
const STORY: readonly [keyof typeof roles, string, Record<string, ParadigmValue>][] = [
  ['owner', 'accept', {}],
  ['machine', 'printed', { facts }],
  ['owner', 'ship', { carrier: 'Post', tracking: 'RX123456789' }],
  ['buyer', 'dispute', { reason: 'layers split' }],
  ['owner', 'propose', { refundMicro: 100n }],
  ['buyer', 'agree', { refundMicro: 100n }],
];

type Timed = { readonly name: string; readonly run: () => StepOutcome };

function steps(p: Paradigm): readonly Timed[] {
  const open = () => unwrap(openInstance(p, { roles, params, caller: roles.buyer, timeS: 1000n }));
  const timed: Timed[] = [{ name: 'open', run: open }];
  let instance: Instance = open().instance;
  for (const [role, event, args] of STORY) {
    const before = instance;
    const run = () => unwrap(applyEvent(p, before, { event, caller: roles[role], args, timeS: 1000n }));
    timed.push({ name: event, run });
    instance = run().instance;
  }
  return timed;
}

/** Steps of a full crowd: each pays fifty, joins as the fiftieth, opens a seal. */
function crowdSteps(): readonly Timed[] {
  const purchase = load('group-purchase.yaml');
  const seller = account(1);
  const offer = { article: '', unitMicro: 5n, minimum: 1n };
  let { instance } = unwrap(
    openInstance(purchase, { roles: { supplier: seller }, params: offer, caller: seller, timeS: 1n }),
  );
  const join = (byte: number, before: Instance) =>
    unwrap(
      applyEvent(purchase, before, { event: 'join', caller: account(byte), args: { items: 1n }, timeS: 1n }),
    );
  for (let byte = 10; byte < 59; byte++) instance = join(byte, instance).instance;
  const full = instance;
  const last = join(59, full).instance;
  const bidding = load('sealed-bidding.yaml');
  const asked = { job: '', budgetMicro: 100n, depositMicro: 1n };
  const salt = new Uint8Array(32).fill(3);
  const opened = unwrap(
    openInstance(bidding, { roles: { buyer: seller }, params: asked, caller: seller, timeS: 1n }),
  );
  const bid = { bid: sealValue(account(10), 7n, salt) };
  const sealed = unwrap(
    applyEvent(bidding, opened.instance, { event: 'bid', caller: account(10), args: bid, timeS: 1n }),
  );
  const opening = unwrap(applyDeadline(bidding, sealed.instance, sealed.instance.deadlineS ?? 0n)).instance;
  const reveal = {
    event: 'reveal',
    caller: account(10),
    args: { bidMicro: 7n, salt },
    timeS: opening.deadlineS ?? 1n,
  };
  return [
    { name: 'join 50th', run: () => join(59, full) },
    { name: 'pay 50', run: () => unwrap(applyDeadline(purchase, last, last.deadlineS ?? 0n)) },
    {
      name: 'reveal',
      run: () => unwrap(applyEvent(bidding, opening, { ...reveal, timeS: reveal.timeS - 1n })),
    },
  ];
}

/** A product of as many parts as it can have: opened, a part given away, done, and the step that the last one causes. */
function branchSteps(): readonly Timed[] {
  const p = load('product.yaml');
  const kind = new Uint8Array(32);
  const rows = Array.from({ length: 48 }, (_, row) => row);
  const [list, services] = ['parts', { servicePieces: [], serviceUnitsMicro: [], serviceParadigms: [] }];
  const values = {
    ...{ product: '', partDesigns: rows.map(() => kind), partPieces: rows.map(() => 2n) },
    ...{ partUnitsMicro: rows.map(() => 5n), partParadigms: [kind], feeMicro: 1n, ...services },
  };
  const parties = { buyer: account(1), coordinator: account(2) };
  const run = () =>
    unwrap(openInstance(p, { roles: parties, params: values, caller: account(1), timeS: 1n }));
  const asked = { list, quantity: 2n, amountMicro: 10n, paradigm: kind, caller: account(1), timeS: 2n };
  const give = (before: Instance, row: number) => unwrap(fillBranch(p, before, { ...asked, row }));
  const end = (before: Instance, row: number) =>
    noteBranch(before, { list, row, returnedMicro: 1n, ended: { quantity: 2n, done: true } });
  const opened = run().instance;
  const given = give(opened, 0).instance;
  const done = rows.reduce((before, row) => end(give(before, row).instance, row).instance, opened);
  const caused = () => applyBranch(p, done, list, 3n)?.outcome;
  return [
    { name: 'open 48', run },
    { name: 'fill', run: () => give(opened, 0) },
    { name: 'note', run: () => end(given, 0) },
    { name: 'caused', run: () => caused() ?? run() },
  ];
}

function story(p: Paradigm): void {
  let { instance } = unwrap(openInstance(p, { roles, params, caller: roles.buyer, timeS: 1000n }));
  for (const [role, event, args] of STORY)
    instance = unwrap(applyEvent(p, instance, { event, caller: roles[role], args, timeS: 1000n })).instance;
}

const normal = load('normal.json');
let broken = false;

const reference = new Environment()
  .registerVariable({ name: 'facts', schema: { copiesFinished: 'int', licenceReleased: 'bool' } })
  .registerVariable({ name: 'params', schema: { quantity: 'int' } })
  .parse('facts.copiesFinished == params.quantity && facts.licenceReleased');
reference.check();
const guardNs = nanosecondsEach(200_000, () => reference({ facts, params }));
const stepNs = nanosecondsEach(5000, () => story(normal)) / (STORY.length + 1);
const perSecond = Math.round(1e9 / stepNs);
broken ||= perSecond < STEPS_PER_SECOND_MIN;
console.log(
  `normal order   ${perSecond.toLocaleString('en')} steps/s (promise: ${STEPS_PER_SECOND_MIN.toLocaleString('en')})`,
);
console.log(
  `CEL alone      ${Math.round(1e9 / guardNs).toLocaleString('en')} conditions/s; a step costs ${(stepNs / guardNs).toFixed(1)} of them`,
);

console.log('\nstep            ns      gas    ns per gas');
const rates = [...steps(normal), ...crowdSteps(), ...branchSteps()].map(({ name, run }) => {
  const ns = nanosecondsEach(5000, run);
  const gas = Number(run().gas);
  console.log(
    `${name.padEnd(10)} ${ns.toFixed(0).padStart(7)} ${String(gas).padStart(8)} ${(ns / gas).toFixed(2).padStart(10)}`,
  );
  return ns / gas;
});
const typical = Math.exp(rates.reduce((sum, rate) => sum + Math.log(rate), 0) / rates.length);
const factor = Math.max(Math.max(...rates) / typical, typical / Math.min(...rates));
broken ||= factor > GAS_FACTOR_MAX;
console.log(
  `a unit of gas is ${typical.toFixed(1)} ns; the step farthest from it is off by ${factor.toFixed(1)} (promise: ${GAS_FACTOR_MAX})`,
);

console.log('\ndocument             read ms   check ms   situations');
const FILES = readdirSync(FOLDER).filter((file) => /\.(json|yaml)$/.test(file) && !file.includes('schema'));
for (const name of FILES) {
  let p: Paradigm | undefined;
  const readMs = milliseconds(() => {
    p = load(name);
  });
  if (p === undefined) continue;
  const paradigm = p;
  let situations = 0;
  const checkMs = milliseconds(() => {
    situations = checkParadigm(paradigm).situations;
  });
  broken ||= checkMs > CHECK_MS_MAX;
  console.log(
    `${name.padEnd(20)} ${readMs.toFixed(0).padStart(7)} ${checkMs.toFixed(0).padStart(10)} ${String(situations).padStart(12)}`,
  );
}
console.log('\ndocument             mutants   found');
for (const name of FILES) {
  const { $schema: _schema, ...document } = unwrap(readSource(readFileSync(join(FOLDER, name), 'utf8')))
    .value as Record<string, unknown>;
  const mutants = mutantsOf(document);
  const found = mutants.filter(
    ({ document: mutant }) => !checkDocument(mutant, { firstDefectOnly: true }).ok,
  );
  const share = found.length / mutants.length;
  broken ||= share < MUTANTS_FOUND_MIN;
  console.log(
    `${name.padEnd(20)} ${String(mutants.length).padStart(7)} ${(share * 100).toFixed(1).padStart(6)} %`,
  );
}
if (broken) process.exitCode = 1;
