// Going on with a print: the rest of the file must do exactly what it would have done without the interruption, by the
// word of the independent interpreter, and nothing on the way back may be driven into the part.

import { describe, expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { sampleJob } from './driver-conformance.ts';
import { prepareJob } from './job-lines.ts';
import { createMarlinDriver } from './marlin.ts';
import { interpret } from './reference-machine.ts';
import { planResume, releaseC, resumeProgram } from './resume.ts';
import type { StreamJob } from './types.ts';
import { createLinkPair, createSimClock, runVirtualPrinter } from './virtual/index.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const START = ['M140 S60', 'M104 S210', 'G28', 'M190 S60', 'M109 S210', 'M204 P900', 'M221 S95', 'G92 E0'];

/** Layers of a small part as different slicers write them. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'absolute extrusion': layers(8, (layer, i) => `G1 X${50 + i * 3} Y${60 + layer} E${layer * 10 + i} F1500`),
  'relative extrusion': ['M83', ...layers(8, (layer, i) => `G1 X${50 + i * 3} Y${60 + layer} E0.4`)],
  'extrusion from 0 in each layer': layers(8, (_layer, i) =>
    i === 0 ? 'G92 E0' : `G1 X${50 + i * 3} Y${61 + (i % 4)} E${i * 0.5}`,
  ),
  'drawn back at the end of each layer': layers(8, (layer, i) =>
    i < 10
      ? `G1 X${50 + i * 3} Y60 E${layer * 8 + i}`
      : i === 10
        ? `G1 E${layer * 8 + 8} F2400`
        : 'G1 X5 Y5 F9000',
  ),
  'relative moves': [
    'M83',
    ...layers(8, (_layer, i) => (i === 2 ? 'G91' : i === 11 ? 'G90\nM83' : `G1 X${i < 2 ? 60 : 0.5} E0.3`)),
  ],
  'a fan from the second layer on': layers(8, (layer, i) =>
    i === 0 ? `M106 S${20 * layer}` : `G1 X${50 + i} Y60 E${layer * 12 + i}`,
  ),
};

function layers(count: number, line: (layer: number, i: number) => string): readonly string[] {
  const lines: string[] = [];
  for (let layer = 1; layer <= count; layer++) {
    lines.push(';LAYER_CHANGE', `G1 Z${(layer * 0.3).toFixed(2)} F600`);
    for (let i = 0; i < 12; i++) lines.push(...line(layer, i).split('\n'));
  }
  return lines;
}

function jobOf(body: readonly string[]) {
  const lines = [...START, ...body, 'M104 S0', 'M140 S0', 'M107', 'M84'];
  const job = unwrap(prepareJob(utf8ToBytes(`${lines.join('\n')}\n`)));
  return { job, lines: lines.filter((line) => !line.startsWith(';')) };
}

describe.each(Object.entries(FILES))('%s', (_name, body) => {
  const { job, lines } = jobOf(body);

  test('the rest of the file moves and extrudes as if nothing had been', () => {
    let gone = 0;
    for (let reached = 20; reached < lines.length - 4; reached += 5) {
      for (const from of ['line', 'layer'] as const) {
        const before = interpret(lines.slice(0, reached));
        const plan = planResume(job, { linesReached: reached, from, nozzleHeightMm: before.z + 0.2 });
        if (!plan.ok) {
          expect(plan.fault.code).toBe('device.resume.too-early');
          continue;
        }
        gone++;
        const { line, preamble } = plan.value;
        expect(line).toBeLessThanOrEqual(reached);
        const away = [...lines.slice(0, reached), '<reset>', ...preamble];
        const fromMm = [interpret(lines.slice(0, line)).extrudedMm, interpret(away).extrudedMm] as const;
        for (let end = line; end <= lines.length; end += 3) {
          const [was, is] = [interpret(lines.slice(0, end)), interpret([...away, ...lines.slice(line, end)])];
          expect(is.extrudedMm - fromMm[1]).toBeCloseTo(was.extrudedMm - fromMm[0], 4);
          expect([is.x, is.y, is.z]).toEqual([
            expect.closeTo(was.x, 4),
            expect.closeTo(was.y, 4),
            expect.closeTo(was.z, 4),
          ]);
          expect([is.nozzleTargetC, is.bedTargetC, is.fan]).toEqual([
            was.nozzleTargetC,
            was.bedTargetC,
            was.fan,
          ]);
        }
      }
    }
    expect(gone).toBeGreaterThan(10);
  });

  test('bed first, up first, only X and Y homed, filament only aside and hot', () => {
    const plan = unwrap(planResume(job, { linesReached: 80, from: 'line', nozzleHeightMm: 40 }));
    const { preamble } = plan;
    const at = (pattern: RegExp) => preamble.findIndex((line) => pattern.test(line));
    expect(preamble.filter((line) => line.startsWith('G28'))).toEqual(['G28 X Y']);
    expect(at(/^M190 S60/)).toBeLessThan(at(/^G1 Z/));
    expect(preamble[at(/^G1 Z/)]).toBe('G1 Z45 F600');
    expect(at(/^G1 Z/)).toBeLessThan(at(/^G28/));
    expect(at(/^M109 S210/)).toBeLessThan(at(/^G1 E/));
    expect(at(/^G1 E/)).toBeLessThan(at(/^G1 X/));
    expect(preamble).toContain('M204 P900');
    expect(preamble).toContain('M221 S95');
    expect(prepareJob(resumeProgram(job, plan)).ok).toBe(true);
  });
});

describe('it is refused', () => {
  const codeOf = (body: readonly string[], linesReached: number, nozzleHeightMm = 30) => {
    const plan = planResume(jobOf(body).job, { linesReached, from: 'line', nozzleHeightMm });
    return plan.ok ? 'ok' : plan.fault.code;
  };
  const part = layers(6, (layer, i) => `G1 X${50 + i} Y60 E${layer * 12 + i}`);

  test('in the first layer, behind the end, and before anything', () => {
    expect(codeOf(part, 0)).toBe('device.resume.too-early');
    expect(codeOf(part, 12)).toBe('device.resume.too-early');
    expect(codeOf(part, 10_000)).toBe('device.resume.too-early');
    expect(codeOf(part, Number.NaN)).toBe('device.resume.too-early');
    expect(codeOf(part, 60)).toBe('ok');
  });

  test('with a height that cannot be', () => {
    for (const heightMm of [0, -1, 0.1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(codeOf(part, 60, heightMm)).toBe('device.resume.height');
  });

  test.each(['G29', 'G92 Z0', 'G92 X10', 'T1', 'M600', 'M206 Z0.1', 'G55'])('after %s', (line) => {
    expect(codeOf([line, ...part], 60)).toBe('device.resume.unsafe');
  });

  test('without a home', () => {
    const file = ['M104 S200', ...part].join('\n');
    const job = unwrap(prepareJob(utf8ToBytes(file)));
    const plan = planResume(job, { linesReached: 60, from: 'line', nozzleHeightMm: 30 });
    expect(plan).toMatchObject({ ok: false, fault: { code: 'device.resume.unsafe' } });
  });

  test('parts come loose at the temperatures of their material, and unknown ones early', () => {
    expect([releaseC('PLA', 60), releaseC('PETG', 85), releaseC('ABS', 100), releaseC('TPU', 50)]).toEqual([
      38, 50, 75, 0,
    ]);
    expect(releaseC('Something', 60)).toBe(48);
    expect(releaseC('PLA', 0)).toBe(0);
  });
});

/** A print that the board's reset cut off, and the same driver gone on with it. */
async function interrupted(streamed: boolean) {
  const { lines, gcode } = sampleJob(12);
  const prepared = unwrap(prepareJob(gcode));
  const clock = createSimClock(settle);
  const setUp = (before?: Parameters<typeof runVirtualPrinter>[1]['before']) => {
    const pair = createLinkPair(clock);
    const printer = runVirtualPrinter(pair.far, {
      clock,
      keepLog: true,
      ...(before === undefined ? {} : { before }),
    });
    const driver = createMarlinDriver({
      open: async () => ok(pair.near),
      clock,
      machineTimeMs: () => printer.timeMs,
    });
    return { printer, driver };
  };
  const first = setUp();
  unwrap(await clock.drive(first.driver.connect()));
  first.driver.onEvent((event) => {
    if (event.type === 'progress' && event.progress.layer === 8) first.printer.strike('reset');
  });
  const cut = unwrap(await clock.drive(first.driver.print({ jobId: 'a', gcode })));
  expect(cut.fault?.code).toBe('device.reset');
  const wish = { linesReached: cut.progress.linesAcknowledged, from: 'line', nozzleHeightMm: 1.6 } as const;
  const plan = unwrap(planResume(prepared, wish));
  const second = setUp(first.printer.truth());
  unwrap(await clock.drive(second.driver.connect()));
  const pieces = chunksOf(gcode);
  const stream: StreamJob = {
    jobId: 'a',
    resume: plan,
    lines: prepared.count,
    layerStarts: [...prepared.layerStarts],
    pieceBytesMax: 1024,
    aheadMax: 2,
    next: async () => ok(pieces.shift()),
  };
  const print = () =>
    streamed
      ? (second.driver.printStream?.(stream) ?? expect.unreachable())
      : second.driver.print({ jobId: 'a', gcode, resume: plan });
  return { clock, lines, plan, cut, print, ...second };
}

/** Pieces of whole lines. */
function chunksOf(gcode: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < gcode.length; ) {
    const end = gcode.lastIndexOf(10, Math.min(gcode.length, at + 1000) - 1) + 1;
    pieces.push(gcode.slice(at, end));
    at = end;
  }
  return pieces;
}

test.each([false, true])('on a machine, streamed: %s', async (streamed) => {
  const { clock, lines, plan, cut, print, printer } = await interrupted(streamed);
  const end = unwrap(await clock.drive(print()));
  expect(end).toMatchObject({ outcome: 'finished' });
  expect(end.progress).toMatchObject({ linesAcknowledged: lines.length, layer: 12, layersTotal: 12 });
  expect(plan.line).toBeLessThanOrEqual(cut.progress.linesAcknowledged);
  const { log, positionMm, coldMoves, collisions } = printer.truth();
  const tail = lines.slice(plan.line);
  expect(log.slice(log.length - tail.length - 20).join('\n')).toContain(tail.slice(0, 40).join('\n'));
  expect(log.filter((line) => line.startsWith('G28'))).toEqual(['G28 X Y']);
  expect([coldMoves, collisions]).toEqual([0, 0]);
  const whole = interpret(lines);
  expect([positionMm.x, positionMm.y, positionMm.z]).toEqual([whole.x, whole.y, expect.closeTo(whole.z, 3)]);
  const rest = whole.extrudedMm - interpret(lines.slice(0, plan.line)).extrudedMm;
  expect(end.filamentUm / 1000).toBeCloseTo(rest, 2);
});

test('on the way back it is not paused, and a cancel makes it safe', async () => {
  const { clock, print, printer, driver } = await interrupted(false);
  let refusal: string | undefined;
  driver.onEvent((event) => {
    if (event.type !== 'state' || event.state !== 'heating' || refusal !== undefined) return;
    void driver.pause().then((paused) => {
      refusal = paused.ok ? 'paused' : paused.fault.code;
      void driver.cancel();
    });
  });
  const end = unwrap(await clock.drive(print()));
  expect([refusal, end.outcome]).toEqual(['device.busy', 'cancelled']);
  const { nozzleTargetC, bedTargetC, log } = printer.truth();
  expect([nozzleTargetC, bedTargetC]).toEqual([0, 0]);
  expect(log.some((line) => /^G28(?! X Y)/.test(line))).toBe(false);
});
