// How often the wear rules are right: seeded machines of many builds print for weeks in changing rooms, most of them
// healthy, some of them slowly wearing out. Heaters are the virtual printer's; sensors and cables are made noisy here.

import { expect, test } from 'vitest';
import { BED_HEATER, createSeeded, Heater, NOZZLE_HEATER } from '../devices/virtual/index.ts';
import { type PrintVitals, VitalsCollector, WEAR_CODES, type WearCode, wearOf } from './wear.ts';

const HEALTHY_PRINTS = 14;
const WEARING_PRINTS = 16;
const STEP_S = 0.25;

type Worn = { readonly code: WearCode; readonly share: number } | undefined;

/** A bell curve, near enough. */
const bell = (random: () => number) => random() + random() + random() + random() - 2;

function printOnce(
  random: () => number,
  build: { power: number; noise: number; resends: number },
  worn: Worn,
): PrintVitals {
  const wears = (code: WearCode) => (worn?.code === code ? worn.share : 0);
  const ambientC = 14 + random() * 16;
  const power = (code: WearCode) => build.power * (1 - 0.5 * wears(code));
  const nozzle = new Heater(
    { ...NOZZLE_HEATER, powerW: NOZZLE_HEATER.powerW * power('nozzle-heater') },
    ambientC,
  );
  const bed = new Heater({ ...BED_HEATER, powerW: BED_HEATER.powerW * power('bed-heater') }, ambientC);
  // One print in twelve has a window open; one in ten a radio beside the cable.
  if (random() < 1 / 12) nozzle.extraLossWPerK = 0.02;
  const burst = random() < 0.1 ? 20 * random() : 0;
  const nozzleTargetC = 190 + Math.round(random() * 40);
  const bedTargetC = 52 + Math.round(random() * 18);
  nozzle.setTarget(nozzleTargetC, 0);
  bed.setTarget(bedTargetC, 0);
  const noise = (code: WearCode) => build.noise * (1 + 14 * wears(code));
  const collector = new VitalsCollector();
  for (let step = 0; step < 900 / STEP_S; step++) {
    const atMs = step * STEP_S * 1000;
    nozzle.step(atMs);
    bed.step(atMs);
    if (step % 4 !== 0) continue;
    const temperatures = {
      nozzleC: nozzle.readingC + noise('nozzle-sensor') * bell(random),
      nozzleTargetC,
      bedC: bed.readingC + noise('bed-sensor') * bell(random),
      bedTargetC,
    };
    collector.record({ type: 'temperatures', temperatures }, atMs);
  }
  const lines = 2_000 + Math.floor(random() * 50_000);
  const perThousand = build.resends + burst + 40 * wears('cable') * (0.7 + 0.6 * random());
  const progress = { linesAcknowledged: lines, resends: Math.round((lines * perThousand) / 1000) };
  return collector.finish({ progress } as Parameters<VitalsCollector['finish']>[0]);
}

/** Codes in the order in which they were first said, and at which print. */
function weeksOf(seed: number, fault: WearCode | undefined): { code: WearCode; print: number }[] {
  const random = createSeeded(seed);
  const build = { power: 0.8 + 0.4 * random(), noise: 0.05 + 0.15 * random(), resends: 2 * random() };
  const history: PrintVitals[] = [];
  const said: { code: WearCode; print: number }[] = [];
  for (let print = 0; print < HEALTHY_PRINTS + WEARING_PRINTS; print++) {
    const share = Math.max(0, print - HEALTHY_PRINTS + 1) / WEARING_PRINTS;
    history.push(printOnce(random, build, fault === undefined ? undefined : { code: fault, share }));
    for (const { code } of wearOf(history))
      if (!said.some((known) => known.code === code)) said.push({ code, print });
  }
  return said;
}

const MACHINES = 12;

test('precision and recall over machines that wear and machines that do not', () => {
  const table = WEAR_CODES.map((code) => ({ code, found: 0, missed: 0, falsely: 0, print: 0 }));
  let healthyAlarms = 0;
  const count = (said: readonly { code: WearCode; print: number }[], fault: WearCode | undefined) => {
    for (const row of table) {
      const hit = said.find(({ code }) => code === row.code);
      const early = hit !== undefined && hit.print < HEALTHY_PRINTS;
      if (row.code === fault && hit !== undefined && !early) {
        row.found++;
        row.print += hit.print - HEALTHY_PRINTS + 1;
      } else if (row.code === fault) row.missed++;
      if (hit !== undefined && (row.code !== fault || early)) row.falsely++;
    }
    if (fault === undefined && said.length > 0) healthyAlarms++;
  };
  for (const [index, fault] of [undefined, undefined, ...WEAR_CODES].entries())
    for (let machine = 0; machine < MACHINES; machine++) count(weeksOf(1000 * index + machine, fault), fault);
  const figures = table.map(({ code, found, missed, falsely, print }) => ({
    code,
    recall: found / (found + missed),
    precision: found / Math.max(1, found + falsely),
    printsUntil: Math.round(print / Math.max(1, found)),
  }));
  expect(figures).toMatchInlineSnapshot(`
    [
      {
        "code": "nozzle-heater",
        "precision": 1,
        "printsUntil": 6,
        "recall": 1,
      },
      {
        "code": "bed-heater",
        "precision": 1,
        "printsUntil": 7,
        "recall": 1,
      },
      {
        "code": "nozzle-sensor",
        "precision": 1,
        "printsUntil": 8,
        "recall": 1,
      },
      {
        "code": "bed-sensor",
        "precision": 1,
        "printsUntil": 8,
        "recall": 1,
      },
      {
        "code": "cable",
        "precision": 1,
        "printsUntil": 7,
        "recall": 1,
      },
    ]
  `);
  for (const { recall, precision } of figures) {
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  }
  expect(healthyAlarms).toBeLessThanOrEqual(1);
}, 60_000);

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
