// Going on with a print that was cut off, the part still on the bed: from which line, what must be set again before it,
// and why not, where it would not be safe. The way back is made so that nothing is ever driven into the part: the bed is
// heated first, the height is told and never searched for, only X and Y are homed, and only above the part.
// Pure bookkeeping of the file; what the machine and the bed are like now is asked of others.

import type { Bytes, Result } from '../base/index.ts';
import { concatBytes, ok, refuse, utf8ToBytes } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import { commandCode, hasWord, lineCommand, lineWord } from './gcode-words.ts';
import type { PreparedJob } from './job-lines.ts';
import { MotionTracker } from './motion-tracker.ts';
import { heightOverPrint } from './park.ts';
import type { ResumeOrder } from './types.ts';

export type ResumeWish = {
  /** Lines that were acknowledged before the print was cut off. */
  readonly linesReached: number;
  /** From where it was cut off, or from the beginning of the layer it was in. */
  readonly from: 'line' | 'layer';
  /** How high the nozzle stands above the bed now, in millimetres; without it where the file had brought it. */
  readonly nozzleHeightMm?: number | undefined;
};

export type ResumePlan = ResumeOrder & {
  readonly layer: number;
  readonly layersTotal: number;
  /** Of the layer that is gone on with. */
  readonly heightMm: number;
  /** Of the nozzle before it moves: as told, or as the file had it. */
  readonly nozzleHeightMm: number;
  readonly nozzleC: number;
  readonly bedC: number;
};

/** What a firmware may have acknowledged and not yet moved: its planner and command queue. Those moves are made again. */
const QUEUED_MOVES_MAX = 16;
const PRIME_MM = 4;
const TRAVEL_F = 6000;
const LIFT_F = 600;
const EXTRUDE_F = 300;
/** A probed height may be a little lower than the file's. */
const HEIGHT_SLACK_MM = 0.5;
const HEIGHT_MM_MAX = 2_000;

const G = (number: number) => commandCode('G', number);
const M = (number: number) => commandCode('M', number);
/** Settings of a running print that a reset forgets; the last of each is sent again as it stands. */
const SETTINGS = new Set([M(201), M(203), M(204), M(205), M(220), M(221), M(900), M(420), M(593)]);
/** Without these the coordinates of the file are not the machine's. */
const MOVES_ORIGIN = new Set([M(206), M(428), G(54), G(55), G(56), G(57), G(58), G(59)]);
const PROBES = new Set([G(29), G(30), G(33), G(34), M(48)]);
const [X, Y, Z, S, R, P, T, L] = [88, 89, 90, 83, 82, 80, 84, 76] as const;

/** `heightMmMax`: how high the machine's nozzle goes. */
export function planResume(
  job: PreparedJob,
  wish: ResumeWish,
  heightMmMax = Number.POSITIVE_INFINITY,
): Result<ResumePlan> {
  const at = lineToResume(job, wish);
  if (at === undefined) return refuse(deviceFault('device.resume.too-early'));
  const state = new FileState();
  for (let index = 0; index < at; index++)
    state.apply(job.gcode, job.starts[index] ?? 0, job.ends[index] ?? 0);
  const unsafe = state.unsafe();
  if (unsafe !== undefined) return refuse(deviceFault('device.resume.unsafe', { reason: unsafe }));
  const heightMm = state.tracker.z;
  const reached = state.after(job, at, wish.linesReached);
  const nozzleHeightMm = wish.nozzleHeightMm ?? reached.z;
  // Written so that NaN is out of range.
  const plausible = nozzleHeightMm >= heightMm - HEIGHT_SLACK_MM && nozzleHeightMm <= HEIGHT_MM_MAX;
  if (!plausible) return refuse(deviceFault('device.resume.height', { heightMm: rounded(heightMm) }));
  const topMm = reached.printed?.topMm ?? heightMm;
  const clearMm = heightOverPrint(Math.max(nozzleHeightMm, heightMm), topMm, heightMmMax);
  if (clearMm === undefined)
    return refuse(deviceFault('device.resume.unsafe', { reason: 'there is no room above the part' }));
  const layer = job.layerStarts.filter((start) => start <= at).length;
  return ok({
    line: at,
    preamble: state.preamble(nozzleHeightMm, clearMm),
    layer,
    layersTotal: job.layerStarts.length,
    heightMm,
    nozzleHeightMm,
    nozzleC: state.nozzleC,
    bedC: state.bedC,
  });
}

/** The plan as a file of its own: what the guard reads, and what the machine will be told. */
export function resumeProgram(job: PreparedJob, plan: ResumePlan): Bytes {
  const from = job.starts[plan.line] ?? job.gcode.length;
  return concatBytes(utf8ToBytes(`${plan.preamble.join('\n')}\n`), job.gcode.subarray(from));
}

/**
 * Below this temperature of the bed a part of the material comes loose from common plates. What is not known is taken
 * for loose soon.
 */
export function releaseC(material: string, bedTargetC: number): number {
  const name = material.toUpperCase();
  if (bedTargetC <= 0 || /TPU|TPE|FLEX|PP\b/.test(name)) return 0;
  if (/PLA|PVA/.test(name)) return Math.min(bedTargetC, 38);
  if (/PET/.test(name)) return Math.min(bedTargetC, 50);
  if (/ABS|ASA|HIPS|\bPC\b|PA|NYLON/.test(name)) return Math.min(bedTargetC, 75);
  return 0.8 * bedTargetC;
}

/** Undefined where nothing worth keeping was printed. */
function lineToResume(job: PreparedJob, { linesReached, from }: ResumeWish): number | undefined {
  const reached = Math.max(0, Math.min(job.count, Math.trunc(linesReached) || 0));
  let layer = job.layerStarts.length - 1;
  while (layer >= 0 && (job.layerStarts[layer] ?? 0) >= reached) layer--;
  const start = job.layerStarts[layer];
  // The first layer holds the part: gone on with, it would be printed twice in places.
  if (start === undefined || layer < 1 || reached >= job.count) return undefined;
  if (from === 'layer') return start;
  let at = reached;
  for (let moves = 0; at > start && moves < QUEUED_MOVES_MAX; at--) if (isMove(job, at - 1)) moves++;
  return at;
}

function isMove(job: PreparedJob, index: number): boolean {
  const command = lineCommand(job.gcode, job.starts[index] ?? 0, job.ends[index] ?? 0);
  return command >= G(0) && command <= G(3);
}

/** Everything that the lines so far left set in the firmware. */
class FileState {
  readonly tracker = new MotionTracker();
  nozzleC = 0;
  bedC = 0;
  private fan: string | undefined;
  private problem: string | undefined;
  private retractedMm = 0;
  private firmwareRetracted = false;
  private readonly settings = new Map<string, string>();

  apply(bytes: Bytes, start: number, end: number): void {
    const command = lineCommand(bytes, start, end);
    if (command >= G(0) && command <= G(3)) {
      const before = this.tracker.extrudedMm;
      this.tracker.apply(bytes, start, end);
      // How far the filament is drawn back behind where it came furthest.
      this.retractedMm = Math.max(0, this.retractedMm - (this.tracker.extrudedMm - before));
      return;
    }
    this.tracker.apply(bytes, start, end);
    this.watch(command, bytes, start, end);
  }

  private watch(command: number, bytes: Bytes, start: number, end: number): void {
    const has = (letter: number) => hasWord(bytes, start, end, letter);
    const word = (letter: number) => lineWord(bytes, start, end, letter);
    const text = () =>
      new TextDecoder()
        .decode(bytes.subarray(start, end))
        .replace(/\(.*?\)/g, '')
        .trim();
    if (command === M(104) || command === M(109) || command === M(140) || command === M(190)) {
      const celsius = Number.isNaN(word(S)) ? word(R) : word(S);
      if (Number.isNaN(celsius)) return;
      if (command === M(104) || command === M(109)) this.nozzleC = celsius;
      else this.bedC = celsius;
    } else if (command === M(106) && Number.isNaN(word(P))) this.fan = text();
    else if (command === M(107) && Number.isNaN(word(P))) this.fan = undefined;
    else if (command === M(106) || command === M(107)) this.settings.set(`fan ${word(P)}`, text());
    else if (SETTINGS.has(command)) this.settings.set(`${command} ${has(T) ? word(T) : ''}`, text());
    else if (command === G(92) && (has(X) || has(Y) || has(Z)))
      this.problem ??= 'its file moves the zero point';
    else if (command === G(10)) this.firmwareRetracted = !has(P) && !has(L);
    else if (command === G(11)) this.firmwareRetracted = false;
    else if (PROBES.has(command)) this.problem ??= 'its file measured the bed, and the measure is lost';
    else if (MOVES_ORIGIN.has(command)) this.problem ??= 'its file moves the zero point';
    else if (command === M(600) || (command > commandCode('T', 0) && command <= commandCode('T', 0xffff)))
      this.problem ??= 'it changes tools or filament';
  }

  /** Further on, from line `at` to line `reached`. Changes nothing that the plan needs. */
  after(job: PreparedJob, at: number, reached: number): MotionTracker {
    const further = Object.assign(new MotionTracker(), this.tracker);
    if (this.tracker.printed !== undefined) further.printed = { ...this.tracker.printed };
    for (let index = at; index < Math.min(reached, job.count); index++)
      further.apply(job.gcode, job.starts[index] ?? 0, job.ends[index] ?? 0);
    return further;
  }

  unsafe(): string | undefined {
    if (this.problem !== undefined) return this.problem;
    if (!this.tracker.homed) return 'its position is not known';
    if (this.nozzleC <= 0) return 'the nozzle was off by then';
    return undefined;
  }

  /** Heat, height, home, prime, go there, and leave everything set as the next line expects it. */
  preamble(nozzleHeightMm: number, clearMm: number): readonly string[] {
    const { tracker: at, bedC, nozzleC } = this;
    return [
      'G21',
      'G90',
      'M83',
      ...(bedC > 0 ? [`M140 S${rounded(bedC)}`, `M190 S${rounded(bedC)}`] : []),
      `G92 Z${rounded(nozzleHeightMm)}`,
      `G1 Z${rounded(clearMm)} F${LIFT_F}`,
      'G28 X Y',
      ...this.settings.values(),
      `M109 S${rounded(nozzleC)}`,
      'G92 E0',
      `G1 E${PRIME_MM} F${EXTRUDE_F}`,
      ...(this.retractedMm > 0 ? [`G1 E-${rounded(this.retractedMm)} F1800`] : []),
      ...(this.fan === undefined ? [] : [this.fan]),
      `G1 X${rounded(at.x)} Y${rounded(at.y)} F${TRAVEL_F}`,
      `G1 Z${rounded(at.z)} F${LIFT_F}`,
      ...(this.firmwareRetracted ? ['G10'] : []),
      `G92 E${rounded(at.e)}`,
      ...(at.feedMmPerMin > 0 ? [`G1 F${rounded(at.feedMmPerMin)}`] : []),
      ...(at.inches ? ['G20'] : []),
      at.relative ? 'G91' : 'G90',
      at.relativeE ? 'M83' : 'M82',
    ];
  }
}

function rounded(value: number): number {
  return Math.round(value * 100_000) / 100_000;
}
