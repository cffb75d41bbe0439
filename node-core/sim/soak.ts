// A farm left to itself for hours or days: many virtual printers at once, each behind a bad cable and hit by seeded
// trouble, driven by the real driver from the real queue, with owners who pause and cancel and a console that dies and
// comes back. The printers' own truth is the judge: no wrong line, no heater left on, no job lost or printed twice.

import type { Bytes, Result } from '../base/index.ts';
import { assert, ok, unwrap, utf8ToBytes } from '../base/index.ts';
import type { MachineDriver, PrintEnd, SerialLink } from '../devices/index.ts';
import { createMarlinDriver, makeSafe } from '../devices/index.ts';
import type { Trouble, VirtualPrinter } from '../devices/virtual/index.ts';
import {
  createLinkPair,
  createNoisyLink,
  createSeeded,
  type LinkPair,
  runVirtualPrinter,
} from '../devices/virtual/index.ts';
import type { JobCommand, JobEvent, QueueState } from '../jobs/index.ts';
import { decide, EMPTY_QUEUE, findJob, nextJob, replay, stateOf } from '../jobs/index.ts';
import { createSoakClock, type SoakClock } from './soak-clock.ts';

export type SoakOptions = {
  readonly printers: number;
  readonly hours: number;
  readonly seed: number;
  /** Resolves after every pending callback has run (in Node: setImmediate). */
  readonly settle: () => Promise<void>;
  /** Told once a simulated hour. */
  readonly onHour?: (hour: number, report: SoakReport) => void;
};

export type SoakReport = {
  prints: number;
  finished: number;
  linesExecuted: number;
  troubles: number;
  pauses: number;
  cancels: number;
  restarts: number;
  // What must stay at nothing.
  wrongLines: number;
  heatersLeftOn: number;
  jobsLost: number;
  printedTwice: number;
};

const TROUBLES: readonly Trouble[] = [
  'reset',
  'disconnect',
  'nozzle-no-power',
  'nozzle-weak',
  'nozzle-stuck-on',
  'bed-no-power',
  'bed-stuck-on',
  'sensor-loose',
  'sensor-jumps',
  'sensor-open',
  'clog',
];
/**
 * Machine seconds a second of the clock, as in the demo: what only waits is jumped over, every line is still said,
 * acknowledged and executed. All times here are machine time.
 */
const PACE = 100;
const HOUR_MS = 3_600_000 / PACE;
/** Time by which a report may be behind what the machine has done by then. */
const SLACK_MS = 100;
const TROUBLE_CHANCE = 0.2;
const PAUSE_CHANCE = 0.15;
const CANCEL_CHANCE = 0.05;
/** Of the whole console, once in so many hours. */
const RESTART_HOURS = 3;
const EXPIRES_MS = 10_000;
/** A firmware in trouble kills its heaters by itself within this time; what is still asked to be hot was left on. */
const COOL_MS = 120_000;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const farm = new Farm(options);
  await farm.run();
  return farm.report;
}

class Farm {
  readonly clock: SoakClock = createSoakClock();
  readonly random: () => number;
  readonly report: SoakReport = {
    prints: 0,
    finished: 0,
    linesExecuted: 0,
    troubles: 0,
    pauses: 0,
    cancels: 0,
    restarts: 0,
    wrongLines: 0,
    heatersLeftOn: 0,
    jobsLost: 0,
    printedTwice: 0,
  };
  state: QueueState = EMPTY_QUEUE;
  /** Counts up each time the console dies; whatever ran for an earlier one is over. */
  life = 0;
  private log: JobEvent[] = [];
  private readonly options: SoakOptions;
  private readonly finishes = new Map<string, number>();
  private readonly ordered = new Set<string>();
  private orders = 0;
  private readonly crashes = new Set<() => void>();

  constructor(options: SoakOptions) {
    this.options = options;
    this.random = createSeeded(options.seed);
  }

  async run(): Promise<void> {
    const { printers, hours, settle, onHour } = this.options;
    const machines = Array.from({ length: printers }, (_, index) => new Machine(this, `m${index}`, index));
    for (const machine of machines) void machine.work();
    let restartAtHour = RESTART_HOURS * (0.5 + this.random());
    for (let quarter = 1; quarter <= hours * 4; quarter++) {
      await this.clock.run((quarter * HOUR_MS) / 4, settle);
      if (quarter / 4 >= restartAtHour) {
        this.restart();
        restartAtHour += RESTART_HOURS * (0.5 + this.random());
      }
      this.forget();
      if (quarter % 4 === 0) onHour?.(quarter / 4, this.report);
    }
    for (const machine of machines) machine.stop();
    this.countJobs();
  }

  /** The real queue's word; its events are the durable log. */
  command(command: JobCommand): Result<readonly JobEvent[]> {
    const decided = decide(this.state, command);
    if (!decided.ok) return decided;
    this.log.push(...decided.value);
    this.state = replay(decided.value, this.state);
    return decided;
  }

  order(machineId: string): void {
    const orderId = `o${this.orders++}`;
    const copies = 1 + Math.floor(this.random() * 3);
    const jobs = {
      orderId,
      machineId,
      title: '',
      copies,
      material: 'PLA',
      colour: '#ffffff',
      gcodeHash: '',
      secondsEstimated: 600,
    };
    unwrap(this.command({ type: 'add', jobs, nowMs: this.clock.nowMs() }));
    for (let copy = 1; copy <= copies; copy++) this.ordered.add(`${orderId}.${copy}`);
  }

  countFinish(jobId: string): void {
    const times = (this.finishes.get(jobId) ?? 0) + 1;
    this.finishes.set(jobId, times);
    if (times > 1) this.report.printedTwice++;
  }

  onCrash(crash: () => void): () => void {
    this.crashes.add(crash);
    return () => this.crashes.delete(crash);
  }

  /** The console dies without a word, and comes back from its log. */
  private restart(): void {
    this.report.restarts++;
    this.life++;
    for (const crash of [...this.crashes]) crash();
    const again = replay(JSON.parse(JSON.stringify(this.log)) as JobEvent[], this.base);
    assert(JSON.stringify(again.jobs) === JSON.stringify(this.state.jobs), 'the log rebuilds the queue');
    this.state = again;
    unwrap(this.command({ type: 'recover', nowMs: this.clock.nowMs() }));
  }

  private base: QueueState = EMPTY_QUEUE;

  /** Orders that are over are counted and let go, so that days of them fit in memory. */
  private forget(): void {
    this.countJobs();
    const open = new Set(
      this.state.jobs.filter(({ phase }) => phase !== 'finished').map(({ orderId }) => orderId),
    );
    const jobs = this.state.jobs.filter(({ orderId }) => open.has(orderId));
    this.state = { ...this.state, jobs };
    this.base = this.state;
    this.log = [];
    const known = new Set(jobs.map(({ id }) => id));
    for (const id of this.ordered) {
      if (known.has(id)) continue;
      this.ordered.delete(id);
      this.finishes.delete(id);
    }
  }

  /** Every copy that was ordered is in the queue, and is finished where and only where a printer finished it. */
  private countJobs(): void {
    for (const id of this.ordered) {
      const job = findJob(this.state, id);
      const finished = (this.finishes.get(id) ?? 0) > 0;
      if (job === undefined || (job.phase === 'finished') !== finished) this.report.jobsLost++;
    }
  }
}

/** One printer with its owner. */
class Machine {
  private readonly farm: Farm;
  private readonly id: string;
  private readonly random: () => number;
  private readonly socket = new Socket();
  private printer: VirtualPrinter;
  private prints = 0;
  private readonly seed: number;

  constructor(farm: Farm, id: string, index: number) {
    this.farm = farm;
    this.id = id;
    this.seed = Math.floor(farm.random() * 1e9) + index;
    this.random = createSeeded(this.seed);
    this.printer = this.powerOn();
  }

  stop(): void {
    this.printer.stop();
  }

  async work(): Promise<void> {
    const { farm } = this;
    for (;;) {
      await this.wait(this.random() * 60_000);
      if (nextJob(farm.state, this.id) === undefined) farm.order(this.id);
      await this.printNext();
    }
  }

  /** Switched off and on after each print, as machines in trouble must be; what it kept of the last print goes with it. */
  private powerOn(): VirtualPrinter {
    return runVirtualPrinter(this.socket, {
      clock: this.farm.clock,
      keepLog: true,
      timeScale: PACE,
      seed: this.seed + this.prints,
      lostReplies: 0.002,
      advancedOk: this.seed % 2 === 0,
    });
  }

  private async printNext(): Promise<void> {
    const { farm } = this;
    const nowMs = () => farm.clock.nowMs();
    unwrap(farm.command({ type: 'confirm-bed-clear', machineId: this.id, nowMs: nowMs() }));
    const job = nextJob(farm.state, this.id);
    if (job === undefined) return;
    const { id: jobId } = job;
    const expiresMs = nowMs() + EXPIRES_MS;
    unwrap(farm.command({ type: 'start', jobId, nowMs: nowMs(), expiresMs }));
    const { life } = farm;
    const pair = createLinkPair(farm.clock);
    this.socket.plug(pair.far);
    const driver = this.drive(pair);
    const stop = farm.onCrash(() => pair.unplug('the console died'));
    const connected = await driver.connect();
    const part = partOf(1 + Math.floor(this.random() * 30));
    let end: PrintEnd | undefined;
    if (connected.ok && farm.life === life) {
      farm.command({ type: 'printing', jobId, nowMs: nowMs() });
      void this.disturb(driver, pair);
      const printed = await driver.print({ jobId, gcode: part.gcode });
      end = printed.ok ? printed.value : undefined;
    }
    stop();
    // What the printer did counts, whether or not the console lived to hear of it.
    if (end?.outcome === 'finished') farm.countFinish(jobId);
    // One that died in between has told the queue already, as failed.
    if (farm.life === life) this.close(jobId, end);
    await driver.disconnect();
    await this.judge(part.lines, end);
    this.renew();
    this.retryFailed();
  }

  private close(jobId: string, end: PrintEnd | undefined): void {
    const { farm } = this;
    const outcome = end?.outcome ?? 'failed';
    unwrap(farm.command({ type: 'ended', jobId, outcome, nowMs: farm.clock.nowMs() }));
    if (outcome === 'finished') farm.report.finished++;
  }

  /** Failed and cancelled copies are printed again. */
  private retryFailed(): void {
    const { farm, id } = this;
    for (const job of farm.state.jobs) {
      const over = job.phase === 'failed' || job.phase === 'cancelled';
      if (job.machineId !== id || !over) continue;
      unwrap(farm.command({ type: 'retry', jobId: job.id, nowMs: farm.clock.nowMs() }));
      assert(stateOf(farm.state, job) !== 'ready', 'nothing is ready on a bed that was used');
    }
  }

  private drive(pair: LinkPair): MachineDriver {
    const noise = { seed: this.seed + this.prints, toMachine: 0.0002, toHost: 0.0002, gapBytes: 60 };
    const near = createNoisyLink(pair.near, noise);
    const { clock } = this.farm;
    return createMarlinDriver({
      open: async () => ok(near),
      clock,
      machineTimeMs: () => this.printer.timeMs,
      machineTimeSlackMs: () => PACE * SLACK_MS,
    });
  }

  private wait(machineMs: number): Promise<void> {
    return this.farm.clock.sleep(machineMs / PACE);
  }

  /** What happens to a print: mostly nothing. */
  private async disturb(driver: MachineDriver, pair: LinkPair): Promise<void> {
    const { farm, printer } = this;
    const chance = this.random();
    await this.wait(60_000 + this.random() * 400_000);
    if (driver.state === 'offline' || driver.state === 'idle') return;
    if (chance < TROUBLE_CHANCE) {
      farm.report.troubles++;
      const trouble = TROUBLES[Math.floor(this.random() * TROUBLES.length)] ?? 'reset';
      if (trouble === 'disconnect') pair.unplug('the cable was pulled');
      else printer.strike(trouble);
    } else if (chance < TROUBLE_CHANCE + PAUSE_CHANCE) {
      const paused = await driver.pause();
      if (!paused.ok) return;
      farm.report.pauses++;
      await this.wait(this.random() * 300_000);
      await driver.resume();
    } else if (chance < TROUBLE_CHANCE + PAUSE_CHANCE + CANCEL_CHANCE) {
      farm.report.cancels++;
      await driver.cancel();
    }
  }

  /** The printer's own truth against the job and the end that the driver told. */
  private async judge(lines: readonly string[], end: PrintEnd | undefined): Promise<void> {
    const { report } = this.farm;
    report.prints++;
    await this.makeSafe();
    await this.wait(COOL_MS);
    const { log, nozzleTargetC, bedTargetC, halted } = this.printer.truth();
    if (!halted && (nozzleTargetC > 0 || bedTargetC > 0)) report.heatersLeftOn++;
    const wanted = lines.filter(isExtrusion);
    const done = log.filter(isExtrusion);
    report.linesExecuted += done.length;
    if (end?.outcome === 'finished' && done.length !== wanted.length) report.wrongLines++;
    for (const [index, line] of done.entries()) if (line !== wanted[index]) report.wrongLines++;
  }

  /** As the watchdog does for a port that a console left hot. */
  private async makeSafe(): Promise<void> {
    const { nozzleTargetC, bedTargetC, halted } = this.printer.truth();
    if (halted || (nozzleTargetC === 0 && bedTargetC === 0)) return;
    const pair = createLinkPair(this.farm.clock);
    this.socket.plug(pair.far);
    await makeSafe(pair.near, this.farm.clock, { homed: false });
    await pair.near.close();
  }

  private renew(): void {
    this.printer.stop();
    this.prints++;
    this.printer = this.powerOn();
  }
}

/** A printer's port: cables are plugged in and pulled while the printer stays on. */
class Socket implements SerialLink {
  private cable: SerialLink | undefined;
  private listener: ((bytes: Bytes) => void) | undefined;

  plug(cable: SerialLink): void {
    this.cable = cable;
    cable.onData((bytes) => {
      if (this.cable === cable) this.listener?.(bytes);
    });
    cable.onClose(() => {
      if (this.cable === cable) this.cable = undefined;
    });
  }

  write(bytes: Bytes): Promise<void> {
    return this.cable?.write(bytes).catch(() => undefined) ?? Promise.resolve();
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.listener = listener;
  }

  onClose(): void {
    // A printer does not notice that its cable is gone.
  }

  async close(): Promise<void> {
    await this.cable?.close();
  }
}

/** Of the job's lines alone: parking and priming move without a place to go to. */
function isExtrusion(line: string): boolean {
  return /^G1 X\S+ Y\S+ E/.test(line);
}

/** A part of so many layers of long moves; each extruding line is its own. */
function partOf(layers: number): { readonly lines: readonly string[]; readonly gcode: Bytes } {
  const lines = ['M140 S50', 'M104 S200', 'G28', 'M190 S50', 'M109 S200', 'G92 E0'];
  let e = 0;
  for (let layer = 1; layer <= layers; layer++) {
    lines.push(`G1 Z${(layer * 0.2).toFixed(2)} F600`);
    for (let i = 0; i < 12; i++) {
      e += 0.8;
      lines.push(`G1 X${20 + ((i * 67) % 150)}.5 Y${20 + ((i * 113) % 150)}.25 E${e.toFixed(3)} F1200`);
    }
  }
  lines.push('M104 S0', 'M140 S0', 'M107', 'M84');
  return { lines, gcode: utf8ToBytes(`${lines.join('\n')}\n`) };
}
