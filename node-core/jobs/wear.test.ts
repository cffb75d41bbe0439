// How often the wear rules are right: seeded machines of many builds print for weeks in changing rooms, most of them
// healthy, some of them slowly wearing out. Heaters are the virtual printer's, and answers are timed by the driver's own
// meter; noise, resends, slow answers and loose contacts are made here.

import { expect, test } from 'vitest';
import { AnswerTimes } from '../devices/answer-times.ts';
import { markdownTable } from '../devices/doc-table.ts';
import { deviceFault } from '../devices/index.ts';
import {
  BED_HEATER,
  createSeeded,
  Heater,
  type HeaterModel,
  NOZZLE_HEATER,
} from '../devices/virtual/index.ts';
import { type PrintVitals, VitalsCollector, WEAR_CODES, type WearCode, wearOf } from './wear.ts';

const HEALTHY_PRINTS = 14;
const WEARING_PRINTS = 16;
const STEP_S = 0.25;

type Worn = { readonly code: WearCode; readonly share: number } | undefined;

/** A bell curve, near enough. */
const bell = (random: () => number) => random() + random() + random() + random() - 2;

type Build = {
  readonly power: number;
  readonly noise: number;
  readonly resends: number;
  readonly answerMs: number;
  /** How roughly an axis meets its end stop, and where that is: millimetres. */
  readonly homingMm: number;
  readonly homeMm: number;
  /** It counts on through a homing, or begins anew. */
  readonly countsOn: boolean;
  /** Where its files end, where they end in one place; it changes with the slicer's profile. */
  readonly endsMm: number | undefined;
  /** A bed that is switched rather than driven. */
  readonly switches: boolean;
  /** Klipper tells how many steps lie between two homings: neither the place nor the way, but what is missing. */
  readonly countsSteps?: boolean;
};

function printOnce(random: () => number, build: Build, worn: Worn): PrintVitals {
  const wears = (code: WearCode) => (worn?.code === code ? worn.share : 0);
  const ambientC = 14 + random() * 16;
  const power = (code: WearCode) => build.power * (1 - 0.5 * wears(code));
  // Lost insulation, a fan that blows at the block: the controller settles on more.
  const built = (model: HeaterModel, heater: WearCode, duty: WearCode, growth: number): HeaterModel => ({
    ...model,
    powerW: model.powerW * power(heater),
    lossWPerK: model.lossWPerK * (1 + growth * wears(duty)),
  });
  const nozzle = new Heater(built(NOZZLE_HEATER, 'nozzle-heater', 'nozzle-duty', 0.6), ambientC);
  const bed = new Heater(built(BED_HEATER, 'bed-heater', 'bed-duty', 1), ambientC);
  // One print in twelve has a window open; one in ten a radio beside the cable.
  if (random() < 1 / 12) nozzle.extraLossWPerK = 0.02;
  const burst = random() < 0.1 ? 20 * random() : 0;
  const nozzleTargetC = 190 + Math.round(random() * 40);
  const bedTargetC = 52 + Math.round(random() * 18);
  // Half of the prints follow another one.
  if (random() < 0.5) [nozzle.celsius, bed.celsius] = [50 + 100 * random(), 35 + 20 * random()];
  const fanFromMs = 1000 * Math.round(150 + 200 * random());
  const fanWPerK = 0.025 * random();
  nozzle.setTarget(nozzleTargetC, 0);
  bed.setTarget(bedTargetC, 0);
  const noise = (code: WearCode) => build.noise * (1 + 14 * wears(code));
  const collector = new VitalsCollector();
  for (let step = 0; step < 900 / STEP_S; step++) {
    const atMs = step * STEP_S * 1000;
    if (atMs === fanFromMs) nozzle.extraLossWPerK += fanWPerK;
    nozzle.step(atMs);
    bed.step(atMs);
    if (step % 4 !== 0) continue;
    const temperatures = {
      nozzleC: nozzle.readingC + noise('nozzle-sensor') * bell(random),
      nozzleTargetC,
      bedC: bed.readingC + noise('bed-sensor') * bell(random),
      bedTargetC,
    };
    const bedDuty = build.switches ? (random() < bed.duty ? 127 : 0) : Math.round(127 * bed.duty);
    const duty = { nozzle: Math.round(127 * nozzle.duty), bed: bedDuty };
    collector.record({ type: 'temperatures', temperatures, duty }, atMs);
  }
  const lines = 2_000 + Math.floor(random() * 50_000);
  const perThousand = build.resends + burst + 40 * wears('cable') * (0.7 + 0.6 * random());
  // One print in forty is sliced for too cold a nozzle.
  const cold = random() < Math.max(1 / 40, wears('cold-nozzle'));
  const reason = 'cold extrusion prevented';
  const fault = cold ? deviceFault('device.not-extruding', { reason }) : undefined;
  // One print in fifteen bumps into something; a worn belt jumps teeth of 2 mm ever more often.
  const hit = (code: WearCode) => {
    const teeth = random() < Math.max(1 / 15, 2 * wears(code)) ? 1 + Math.floor(2 * random()) : 0;
    const placeMm = build.homeMm + 2 * teeth + build.homingMm * bell(random);
    if (build.countsSteps === true)
      return { hitMm: placeMm - build.homeMm - build.homingMm * bell(random), fromMm: 0 };
    const fromMm = build.endsMm ?? 200 * random();
    return { hitMm: build.countsOn ? placeMm : placeMm - fromMm, fromMm };
  };
  const progress = { linesAcknowledged: lines, resends: Math.round((lines * perThousand) / 1000) };
  return collector.finish({
    outcome: cold ? 'failed' : 'finished',
    progress,
    signs: {
      answerMs: answersOf(random, build.answerMs * (1 + 3 * wears('board'))),
      homingHits: { x: hit('x-steps'), y: hit('y-steps') },
    },
    ...(fault === undefined ? {} : { fault }),
  } as Parameters<VitalsCollector['finish']>[0]);
}

/** Median of a print's answers: a jittering link, a computer that is sometimes busy, for a moment or for the whole print. */
function answersOf(random: () => number, usualMs: number): number | undefined {
  const times = new AnswerTimes();
  const busy = random() < 0.1 ? 1 + 2 * random() : 1;
  for (let number = 1; number <= 60; number++) {
    times.sent(number, 0);
    const hiccupMs = random() < 0.1 ? 40 * random() : 0;
    times.answered(number, usualMs * busy * (0.7 + 0.6 * random()) + hiccupMs);
  }
  return times.medianMs;
}

/** Codes in the order in which they were first said, and at which print. */
function weeksOf(
  seed: number,
  fault: WearCode | undefined,
  countsSteps = false,
): { code: WearCode; print: number }[] {
  const random = createSeeded(seed);
  const build: Build = {
    power: 0.8 + 0.4 * random(),
    noise: 0.05 + 0.15 * random(),
    resends: 2 * random(),
    answerMs: 1 + 7 * random(),
    switches: random() < 0.5,
    // A switch, or the motors' own feeling.
    homingMm: random() < 0.7 ? 0.03 : 0.3,
    homeMm: random() < 0.5 ? 0 : -20 * random(),
    countsOn: random() < 0.5,
    endsMm: random() < 0.5 ? 200 * random() : undefined,
    countsSteps,
  };
  const newProfileAt = Math.floor((HEALTHY_PRINTS + WEARING_PRINTS) * random());
  const history: PrintVitals[] = [];
  const said: { code: WearCode; print: number }[] = [];
  for (let print = 0; print < HEALTHY_PRINTS + WEARING_PRINTS; print++) {
    const share = Math.max(0, print - HEALTHY_PRINTS + 1) / WEARING_PRINTS;
    const built =
      print < newProfileAt || build.endsMm === undefined ? build : { ...build, endsMm: build.endsMm / 2 };
    history.push(printOnce(random, built, fault === undefined ? undefined : { code: fault, share }));
    for (const { code } of wearOf(history))
      if (!said.some((known) => known.code === code)) said.push({ code, print });
  }
  return said;
}

const MACHINES = 12;
const HEALTHY_MACHINES = 24;

/** A heater with less power, and one that loses more warmth, are told by the same two figures. */
const ALIKE: Partial<Record<WearCode, WearCode>> = {
  'nozzle-heater': 'nozzle-duty',
  'nozzle-duty': 'nozzle-heater',
  'bed-heater': 'bed-duty',
  'bed-duty': 'bed-heater',
};

/** How often each of the faults is found, and what else is said, over machines that have one of them and healthy ones. */
function figuresOf(codes: readonly WearCode[], firstSeed: number, countsSteps = false) {
  const table = codes.map((code) => ({ code, found: 0, missed: 0, falsely: 0, print: 0 }));
  let healthyAlarms = 0;
  const count = (said: readonly { code: WearCode; print: number }[], fault: WearCode | undefined) => {
    for (const row of table) {
      const hit = said.find(({ code }) => code === row.code);
      const early = hit !== undefined && hit.print < HEALTHY_PRINTS;
      if (row.code === fault && hit !== undefined && !early) {
        row.found++;
        row.print += hit.print - HEALTHY_PRINTS + 1;
      } else if (row.code === fault) row.missed++;
      const fits = row.code === fault || (fault !== undefined && ALIKE[fault] === row.code);
      if (hit !== undefined && (!fits || early)) row.falsely++;
    }
    if (fault === undefined && said.length > 0) healthyAlarms++;
  };
  for (const [index, fault] of [undefined, ...codes].entries())
    for (let machine = 0; machine < (fault === undefined ? HEALTHY_MACHINES : MACHINES); machine++)
      count(weeksOf(firstSeed + 1000 * index + machine, fault, countsSteps), fault);
  const figures = table.map(({ code, found, missed, falsely, print }) => ({
    code,
    recall: found / (found + missed),
    precision: found / Math.max(1, found + falsely),
    printsUntil: Math.round(print / Math.max(1, found)),
  }));
  return { figures, healthyAlarms };
}

test('precision and recall over machines that wear and machines that do not: the table of the documentation', async () => {
  const all = figuresOf(WEAR_CODES, 0);
  const counted = figuresOf(['x-steps', 'y-steps'], 100_000, true);
  await expect(pageText(all.figures, counted.figures)).toMatchFileSnapshot('../../docs/wear.md');
  for (const { recall, precision } of [...all.figures, ...counted.figures]) {
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  }
  expect(all.healthyAlarms).toBeLessThanOrEqual(1);
  expect(counted.healthyAlarms).toBeLessThanOrEqual(1);
}, 60_000);

type Figures = {
  readonly code: WearCode;
  readonly recall: number;
  readonly precision: number;
  readonly printsUntil: number;
};

const FAULTS: Readonly<Record<WearCode, readonly [fault: string, seen: string]>> = {
  'nozzle-heater': ['weak nozzle heater', 'degrees a second from 100 to 170 °C'],
  'bed-heater': ['weak bed heater', 'degrees a second from 32 to 45 °C'],
  'nozzle-duty': ['nozzle that loses warmth', 'duty that holds it (`@:`), for each kelvin over the room'],
  'bed-duty': ['bed that loses warmth', 'duty that holds it (`B@:`), for each kelvin over the room'],
  'nozzle-sensor': ['loose nozzle sensor', 'difference of neighbouring readings at a steady target'],
  'bed-sensor': ['loose bed sensor', 'difference of neighbouring readings at a steady target'],
  cable: ['bad cable', 'lines sent again, of each thousand'],
  board: ['slow board', 'median time from a short line to its `ok`'],
  'cold-nozzle': ['loose contact of the nozzle', 'prints stopped by `cold extrusion prevented`'],
  'x-steps': ['slipping belt of X', 'where the axis meets its end stop when it is homed again'],
  'y-steps': ['slipping belt of Y', 'where the axis meets its end stop when it is homed again'],
};

function pageText(figures: readonly Figures[], counted: readonly Figures[]): string {
  const table = markdownTable([
    ['fault', 'what is read', 'recall', 'precision', 'prints until it is said'],
    ...figures.map((row) => rowOf(row, FAULTS[row.code][1])),
    ...counted.map((row) => rowOf(row, 'steps between two homings, counted by Klipper')),
  ]);
  return `# Wear

<!-- Written by node-core/jobs/wear.test.ts. -->

Each print gives a few figures, without any added sensor. Three prints in a row that differ from what is usual for that very machine make a finding, with what to check; one open window or one bad hour makes none. Of refused extrusions three among six prints are needed, because a loose contact comes and goes. "Seen to" begins to learn anew.

The figures come from ${String(MACHINES)} simulated machines for each fault, which grows over ${String(WEARING_PRINTS)} prints, and ${String(HEALTHY_MACHINES)} healthy ones: of many builds, in changing rooms, half of the prints on a machine still warm, with draughts, radios beside the cable, busy computers and files sliced too cold. Real machines are less kind than these.

${table}

A heater that has less power and one that loses more warmth show in both of their figures; either is right.

- **Duty** (\`@:\` of Marlin, \`power\` of Klipper) of a nozzle is read in the first minutes at the target, the first layer, while the part fan usually rests. For a bed it counts only where the print began on a cold machine, because a bed knows the room better than any thermometer.
- **Answers** are timed for lines that wait for nothing (\`M105\`, \`M106\`, \`G92\` and the like), sent alone, once, and answered by their own \`ok\`. Moves wait for the planner and are never timed.
- **Lost steps** show where the firmware tells where its end stops were hit (\`echo:endstops hit:\`), at a homing of an axis that was homed before in the same print and whose motors stayed on: the \`G28 X\` at the end of many files. Marlin begins to count anew at each homing, so \`M114\` before and after it tells nothing of lost steps. Klipper behind Moonraker counts on and says so where its set-up has \`[endstop_phase]\` and one motor moves one axis (not CoreXY): its two counts are compared. Z is homed once a print, before anything is printed, and its motor is let go at the end: of Z nothing can be told, and nothing over Klipper's pseudo-terminal.
- A virtual printer shows each: \`nozzle-worn\`, \`bed-worn\`, \`board-slow\`, \`belt-slips\`, and \`nozzle-no-power\` for the cold nozzle.
`;
}

function rowOf({ code, recall, precision, printsUntil }: Figures, seen: string): readonly string[] {
  return [FAULTS[code][0], seen, recall.toFixed(2), precision.toFixed(2), String(printsUntil)];
}

test('one bad print, and a machine that nobody knows yet, raise no alarm', () => {
  const usual: PrintVitals = { nozzleRate: 3, resends: 1 };
  const bad: PrintVitals = { nozzleRate: 1, resends: 90 };
  const prints = (count: number) => Array.from({ length: count }, () => usual);
  expect(wearOf([])).toEqual([]);
  expect(wearOf([bad, bad, bad])).toEqual([]);
  expect(wearOf([...prints(10), bad])).toEqual([]);
  expect(wearOf([...prints(10), bad, usual, bad])).toEqual([]);
  expect(wearOf([...prints(10), bad, bad, bad])).toEqual([
    { code: 'nozzle-heater', now: 1, usual: 3 },
    { code: 'cable', now: 90, usual: 1 },
  ]);
});

test('a belt is told of however the board counts, and files that end elsewhere are no belt', () => {
  const hits = (count: number, hitMm: number, fromMm: number): PrintVitals[] =>
    Array.from({ length: count }, () => ({ xHit: hitMm, xWay: Math.abs(hitMm) - Math.abs(fromMm) }));
  const codes = (...parts: PrintVitals[][]) => wearOf(parts.flat()).map(({ code }) => code);
  // Counts on: the end stop is where it was. Counts anew: it is as far away as the axis had been sent.
  expect(codes(hits(9, -5, 100), hits(3, -5, 30))).toEqual([]);
  expect(codes(hits(9, -100, 100), hits(3, -30, 30))).toEqual([]);
  expect(codes(hits(9, -5, 100), hits(3, -7, 30))).toEqual(['x-steps']);
  expect(codes(hits(9, -100, 100), hits(3, -32, 30))).toEqual(['x-steps']);
  // Neither figure is steady: nothing is known of how it counts.
  const wild = Array.from({ length: 9 }, (_, print) => hits(1, -40 * (print % 5), 11 * (print % 7))).flat();
  expect(codes(wild, hits(3, -400, 30))).toEqual([]);
});
