// The driver of Marlin-family firmware over a serial link: finds the firmware, runs one job at a time, pauses, cancels,
// watches. On every way out the heaters go off where the link still stands. It does not judge geometry (the guard
// does) and never decides to start: a job runs because somebody called print().
//
//   offline → connecting → idle → printing ⇄ heating → idle
//                           ↑        ↓ pausing → paused → printing
//                           └── cancelling          any → fault | offline

import type { Clock, Fault, Result } from '../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../base/index.ts';
import { comeToRest, sendAll, switchHeatersOff } from './channel-acts.ts';
import { comeBack } from './come-back.ts';
import { DriverState } from './driver-state.ts';
import { deviceFault } from './faults.ts';
import { HeatReports } from './heat-reports.ts';
import type { HeatLimits, PreparedJob } from './job-lines.ts';
import { checkCommand, DEFAULT_HEAT_LIMITS, prepareJob } from './job-lines.ts';
import { HELLO_ATTEMPTS_MAX, JOB_NUMBER_BASE, PROGRESS_INTERVAL_MS, WATCH_INTERVAL_MS } from './limits.ts';
import { MarlinChannel } from './marlin-channel.ts';
import type { PositionReports } from './marlin-scripts.ts';
import { blindHeatersOff, EMERGENCY_STOP } from './marlin-scripts.ts';
import { meetFirmware } from './meet-firmware.ts';
import { cancelScript, parkScript, type VolumeMm } from './park.ts';
import { PrintRun } from './print-run.ts';
import type { FirmwareReport, Reply } from './replies.ts';
import { parseDuty, parseNozzleReport } from './replies.ts';
import { StreamFeed } from './stream-feed.ts';
import { StreamedJob } from './streamed-job.ts';
import type { ThermalVerdict } from './thermal-watch.ts';
import type {
  MachineDriver,
  MachineState,
  PrintEnd,
  PrintJob,
  PrintProgress,
  ResumeOrder,
  SerialLink,
  StreamJob,
  Temperatures,
} from './types.ts';

export type MarlinOptions = {
  /** Opens the link; called on every connect. */
  readonly open: (signal?: AbortSignal) => Promise<Result<SerialLink>>;
  readonly clock: Clock;
  readonly limits?: HeatLimits;
  /** How far the axes go; without it a pause lifts the nozzle and moves it nowhere else. */
  readonly volumeMm?: VolumeMm;
  /** Time as the machine lives it, in milliseconds; differs from the clock for a virtual printer in fast motion. */
  readonly machineTimeMs?: () => number;
  /** How far a report may be from that time when it is read: more than nothing in fast motion only. */
  readonly machineTimeSlackMs?: () => number;
  /** How often to say hello before giving up; fewer where a wrong speed is likely. */
  readonly helloAttemptsMax?: number;
};

/** Firmware that brings prints back by itself, or whose files hold more than its host understands. */
const OWN_RECOVERY = /klipper|smoothie|prusa|reprapfirmware|buddy/i;
/** Shorter moves hold nothing up for so long that anybody would ask. */
const LONG_MOVE_MS = 2_000;
const RUNNING: ReadonlySet<MachineState> = new Set(['printing', 'heating']);

export function createMarlinDriver(options: MarlinOptions): MachineDriver {
  return new MarlinDriver(options);
}

class MarlinDriver extends DriverState implements MachineDriver {
  private readonly openLink: MarlinOptions['open'];
  private readonly clock: Clock;
  private readonly limits: HeatLimits;
  private readonly volumeMm: VolumeMm | undefined;
  private readonly machineTimeMs: () => number;
  private readonly heat: HeatReports;
  private readonly helloAttemptsMax: number;
  private link: SerialLink | undefined;
  private channel: MarlinChannel | undefined;
  private run: PrintRun | undefined;
  private stream: StreamFeed | undefined;
  private watching: AbortController | undefined;
  private progressAtMs = 0;
  private waitsForUser = false;
  private firmware = '';
  /** On the way back to a print that was cut off. */
  private positioning = false;
  private onMore: (() => void) | undefined;
  /** The host's own watch has spoken, and heaters are off or on their way there. */
  private thermalFault: Fault | undefined;
  private hearsEmergencies = false;
  private positions: PositionReports | undefined;
  /** Commands of the owner's that are not answered yet. */
  private asked = 0;

  constructor(options: MarlinOptions) {
    super();
    this.openLink = options.open;
    this.clock = options.clock;
    this.limits = options.limits ?? DEFAULT_HEAT_LIMITS;
    this.volumeMm = options.volumeMm;
    this.machineTimeMs = options.machineTimeMs ?? (() => options.clock.monotonicMs());
    this.heat = new HeatReports(this.limits, options.machineTimeSlackMs ?? (() => 0));
    this.helloAttemptsMax = options.helloAttemptsMax ?? HELLO_ATTEMPTS_MAX;
  }

  get temperatures(): Temperatures {
    return this.heat.latest;
  }

  async connect(signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    if (this.state !== 'offline' && this.state !== 'fault') {
      return refuse(deviceFault('device.busy', { state: this.state }));
    }
    await this.closeLink();
    this.setState('connecting', 'opening the port');
    const opened = await this.openLink(signal);
    if (!opened.ok) return this.notConnected(opened.fault);
    const link = opened.value;
    if (!this.is('connecting')) {
      await link.close();
      return refuse(deviceFault('device.aborted'));
    }
    this.link = link;
    const channel = new MarlinChannel(link, this.clock, {
      onReply: (reply, line) => this.onReply(channel, reply, line),
      onSent: (text) => this.emit({ type: 'line', direction: 'sent', text }),
      onJobLine: (index) => this.onJobLine(index),
      onJobPause: () => void this.pauseAt('the job asked for a pause'),
      onJobDone: () => void this.finish(),
      onFault: (fault) => this.onFault(channel, fault),
    });
    this.channel = channel;
    this.heat.begin(this.clock.monotonicMs());
    this.thermalFault = undefined;
    link.onClose(() => channel.fail(deviceFault('device.link.lost')));
    this.watching = new AbortController();
    void this.watch(channel, this.watching.signal);
    const met = await meetFirmware(channel, this.helloAttemptsMax, signal);
    if (!met.ok) {
      await this.closeLink();
      return this.notConnected(met.fault);
    }
    const { report, hearsEmergencies, positions } = met.value;
    this.firmware = report.firmware;
    this.hearsEmergencies = hearsEmergencies;
    this.positions = positions;
    this.setState('idle', 'connected');
    return ok(report);
  }

  private notConnected(fault: Fault): Result<never> {
    if (this.state === 'connecting') this.setState('offline', fault.message);
    return refuse(fault);
  }

  async print(job: PrintJob): Promise<Result<PrintEnd>> {
    const free = this.free();
    if (!free.ok) return free;
    const prepared = prepareJob(job.gcode, this.limits);
    return prepared.ok ? await this.printLines(prepared.value, free.value, job.resume) : prepared;
  }

  async printStream(source: StreamJob): Promise<Result<PrintEnd>> {
    const free = this.free();
    if (!free.ok) return free;
    const channel = free.value;
    const job = new StreamedJob(source, this.limits);
    const feed = new StreamFeed(source, job, {
      onMore: () => {
        this.onMore?.();
        channel.more();
      },
      onDry: () => {
        const runs = RUNNING.has(this.state) && !this.positioning;
        if (runs) void this.pauseAt('waiting for the print file');
        return runs;
      },
      onFault: (fault) => {
        const { run } = this;
        if (run !== undefined && !run.ended && !this.is('cancelling'))
          void this.stopRun(run, channel, 'failed', fault);
      },
    });
    this.stream = feed;
    const printing = this.printLines(job, channel, source.resume);
    void feed.run();
    try {
      return await printing;
    } finally {
      this.stream = undefined;
      feed.close();
    }
  }

  private free(): Result<MarlinChannel> {
    const { channel } = this;
    if (channel === undefined || this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    return this.is('idle') ? ok(channel) : refuse(deviceFault('device.busy', { state: this.state }));
  }

  private async printLines(
    job: PreparedJob,
    channel: MarlinChannel,
    resume: ResumeOrder | undefined,
  ): Promise<Result<PrintEnd>> {
    // These have recoveries of their own, or coordinates that a host does not know.
    if (resume !== undefined && OWN_RECOVERY.test(this.firmware))
      return refuse(deviceFault('device.resume.unsupported'));
    const run = new PrintRun(job, this.machineTimeMs, channel.resends, this.positions !== undefined);
    this.run = run;
    this.waitsForUser = false;
    this.setState('printing', 'print started');
    const numbered = await channel.renumber(JOB_NUMBER_BASE);
    if (numbered.ok) await this.reportPositions(channel, 'on');
    const there = resume === undefined || (numbered.ok && (await this.leadBack(run, channel, resume)));
    if (there && numbered.ok && !run.ended && RUNNING.has(this.state)) channel.start(run.job, resume?.line);
    const end = await run.done;
    if (this.run === run) this.run = undefined;
    this.emit({ type: 'end', end });
    return ok(end);
  }

  /** To the place where an earlier print was cut off; false where it does not come to that. */
  private async leadBack(run: PrintRun, channel: MarlinChannel, resume: ResumeOrder): Promise<boolean> {
    // Nothing is set aside meanwhile: the machine does not know yet where it is.
    this.positioning = true;
    const there = await comeBack(run, channel, resume, {
      passed: (lines) => this.stream?.acknowledge(lines),
      more: () =>
        new Promise<void>((resolve) => {
          this.onMore = resolve;
        }),
      goesOn: () => RUNNING.has(this.state),
    });
    this.positioning = false;
    this.onMore = undefined;
    return there;
  }

  /** The last line is acknowledged: wait for the motion to end, switch off, and only then call it finished. */
  private async finish(): Promise<void> {
    const { run, channel } = this;
    if (run === undefined || channel === undefined) return;
    // The last lines may still be asked for again; the number of M400 is what makes the firmware notice.
    const drained = await channel.command('M400');
    if (!drained.ok || run.ended || this.is('cancelling')) return;
    run.trace?.drained(this.machineTimeMs());
    const off = await this.heatersOff(channel);
    if (run.ended || this.is('cancelling')) return;
    if (!off.ok && off.fault.code !== 'device.still-hot') return;
    await this.reportPositions(channel, 'off');
    if (run.ended || this.is('cancelling')) return;
    channel.drop();
    this.endRun(run, 'finished');
    await this.haltIfStillHot(off);
    if (off.ok) this.setState('idle', 'print finished');
  }

  pause(): Promise<Result<void>> {
    return this.pauseAt('paused by the owner');
  }

  private async pauseAt(reason: string): Promise<Result<void>> {
    const { run, channel } = this;
    if (channel === undefined || run === undefined || !RUNNING.has(this.state) || this.positioning) {
      return refuse(deviceFault('device.busy', { state: this.state }));
    }
    this.setState('pausing', reason);
    channel.hold();
    // However long it takes: a heat-up in flight may last minutes, and a dead link ends the channel by itself.
    const drained = await channel.command('M400');
    if (!drained.ok) return drained;
    if (!this.is('pausing')) return refuse(deviceFault('device.busy', { state: this.state }));
    run.trace?.drained(this.machineTimeMs());
    const park = parkScript(run.tracker, this.temperatures, this.volumeMm);
    run.parked = park.back;
    const moved = await sendAll(channel, park.away);
    if (!moved.ok) return moved;
    if (!this.is('pausing')) return refuse(deviceFault('device.busy', { state: this.state }));
    this.setState('paused', reason);
    return ok(undefined);
  }

  async resume(): Promise<Result<void>> {
    const { run, channel } = this;
    if (channel !== undefined && this.waitsForUser && RUNNING.has(this.state)) {
      // The firmware itself waits (filament change, M0 behind a macro).
      this.waitsForUser = false;
      channel.raw('M108');
      return ok(undefined);
    }
    if (channel === undefined || run === undefined || this.state !== 'paused') {
      return refuse(deviceFault('device.busy', { state: this.state }));
    }
    const { stream } = this;
    if (stream?.dry === true) {
      if (!stream.replenished) return refuse(deviceFault('device.stream.waiting'));
      stream.dry = false;
    }
    this.setState('printing', 'resumed');
    const back = run.parked ?? [];
    run.parked = undefined;
    const returned = await sendAll(channel, back);
    if (!returned.ok) return returned;
    if (RUNNING.has(this.state)) channel.resume();
    return ok(undefined);
  }

  async cancel(): Promise<Result<void>> {
    const { run, channel } = this;
    if (run === undefined || channel === undefined || run.ended || this.is('cancelling')) {
      return refuse(deviceFault('device.busy', { state: this.state }));
    }
    return await this.stopRun(run, channel, 'cancelled', deviceFault('device.cancelled'));
  }

  /** Ends the print in order: no further line, heaters and fan off, aside, motors free. */
  private async stopRun(
    run: PrintRun,
    channel: MarlinChannel,
    outcome: 'cancelled' | 'failed',
    fault: Fault,
    rest: 'idle' | 'fault' = 'idle',
  ): Promise<Result<void>> {
    const waiting = this.state === 'heating' || this.waitsForUser;
    this.setState('cancelling', fault.message);
    channel.drop();
    // Breaks a heat-up or a wait for the user; one line is out, so the firmware's queue has room to read it.
    if (waiting) channel.raw('M108');
    const stopped = await this.comeToRest(channel, run);
    if (run.ended) return stopped;
    this.endRun(run, outcome, fault);
    await this.haltIfStillHot(stopped);
    if (!this.is('fault')) this.setState(rest, fault.message);
    return stopped;
  }

  /** `run`: the print that ends with it. */
  private comeToRest(channel: MarlinChannel, run?: PrintRun): Promise<Result<void>> {
    const park =
      run === undefined ? undefined : () => cancelScript(run.tracker.homed, run.tracker, this.volumeMm);
    return comeToRest(channel, this.clock, () => this.temperatures, park, this.positions?.off);
  }

  emergencyStop(): Promise<void> {
    return this.halt(deviceFault('device.emergency-stop'));
  }

  private async halt(fault: Fault): Promise<void> {
    const { link, channel } = this;
    if (link === undefined || channel === undefined) return;
    // Straight to the port, before anything else is thought of; the second one starts a fresh line in any case.
    const sent = link.write(EMERGENCY_STOP);
    channel.fail(fault);
    await sent.catch(() => undefined);
  }

  /** Heaters off for a reason of the host's own; where that does not help against a runaway, the emergency stop. */
  private onThermal(channel: MarlinChannel, { fault, isRunaway }: ThermalVerdict): void {
    const again = this.thermalFault !== undefined;
    if (isRunaway && (this.hearsEmergencies || again)) {
      this.thermalFault = fault;
      void this.halt(fault);
      return;
    }
    if (again) return;
    this.thermalFault = fault;
    this.emit({ type: 'fault', fault });
    const { run } = this;
    if (this.is('cancelling')) return;
    if (run !== undefined && !run.ended) {
      void this.stopRun(run, channel, 'failed', fault, 'fault');
      return;
    }
    this.setState('fault', fault.message);
    channel.raw('M108');
    void this.heatersOff(channel).then((off) => this.haltIfStillHot(off));
  }

  async send(command: string): Promise<Result<readonly string[]>> {
    const { channel } = this;
    if (channel === undefined || this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    const text = command.replace(/;.*$/, '').trim();
    if (/^M112\b/i.test(text)) {
      await this.emergencyStop();
      return ok([]);
    }
    if (this.state !== 'idle' && this.state !== 'paused') {
      return refuse(deviceFault('device.busy', { state: this.state }));
    }
    const checked = checkCommand(utf8ToBytes(text), this.limits);
    if (!checked.ok) return checked;
    this.asked++;
    try {
      return await channel.command(text);
    } finally {
      this.asked--;
    }
  }

  async disconnect(): Promise<void> {
    const { channel, run } = this;
    if (this.state === 'connecting') {
      channel?.fail(deviceFault('device.aborted'));
    } else if (channel !== undefined && this.state !== 'fault' && this.state !== 'offline') {
      this.setState('cancelling', 'disconnecting');
      channel.drop();
      channel.raw('M108');
      await this.haltIfStillHot(await this.comeToRest(channel, run?.ended === false ? run : undefined));
    }
    if (run !== undefined && !run.ended) this.endRun(run, 'cancelled', deviceFault('device.cancelled'));
    await this.closeLink();
    this.setState('offline', 'disconnected');
  }

  // What the channel tells

  private onJobLine(index: number): void {
    const { run } = this;
    if (run === undefined) return;
    if (this.state === 'heating') this.setState('printing', 'temperature reached');
    this.waitsForUser = false;
    this.stream?.acknowledge(index + 1);
    if (run.acknowledge(index)) this.emitProgress(run);
    if (run.moveMs > LONG_MOVE_MS) this.channel?.expectMotion(run.moveMs);
  }

  private onReply(channel: MarlinChannel, reply: Reply, line: string): void {
    if (channel !== this.channel) return;
    const nowMs = this.clock.monotonicMs();
    if (this.heat.take(line, nowMs)) {
      const duty = parseDuty(line);
      const { temperatures } = this;
      this.emit({ type: 'temperatures', temperatures, ...(duty === undefined ? {} : { duty }) });
      const verdict = this.heat.judge(nowMs, this.machineTimeMs());
      if (verdict !== undefined && !this.is('connecting')) this.onThermal(channel, verdict);
    } else if (reply.type !== 'ok' && !(reply.type === 'report' && this.notePosition(line))) {
      this.emit({ type: 'line', direction: 'received', text: this.redact(line) });
    }
    if (reply.type === 'text') this.run?.heard(line);
    switch (reply.type) {
      case 'heating':
        if (this.state === 'printing') this.setState('heating', 'waiting for temperature');
        break;
      case 'busy':
        this.waitsForUser = reply.forUser;
        break;
      case 'start':
        if (this.state !== 'connecting') channel.fail(deviceFault('device.reset'));
        break;
      case 'halted':
        channel.fail(deviceFault('device.halted', { reason: this.haltReason(reply.reason) }));
        break;
      case 'error':
        this.lastError = reply.lineOrder ? this.lastError : reply.reason;
        break;
      case 'not-extruding':
        this.onNotExtruding(channel, reply.reason);
        break;
      case 'action':
        this.onAction(reply.action);
        break;
      default:
        break;
    }
  }

  /** True for a report that came by itself: it goes into the picture, not onto the terminal. */
  private notePosition(line: string): boolean {
    const place = parseNozzleReport(line);
    const { run } = this;
    if (place === undefined || run === undefined || this.positions === undefined) return false;
    run.trace?.report(place, this.machineTimeMs());
    return this.asked === 0;
  }

  private lastError = '';
  private haltReason(reason: string): string {
    return /printer halted|kill\(\)/i.test(reason) && this.lastError !== '' ? this.lastError : reason;
  }

  private onNotExtruding(channel: MarlinChannel, reason: string): void {
    const { run } = this;
    const fault = deviceFault('device.not-extruding', { reason });
    this.emit({ type: 'fault', fault });
    // A print that goes on would report success for air.
    if (run !== undefined && !run.ended && this.state !== 'cancelling') {
      void this.stopRun(run, channel, 'failed', fault);
    }
  }

  /** Host actions ask; only those a person at the printer could mean are obeyed. */
  private onAction(action: string): void {
    const running = RUNNING.has(this.state);
    if (action === 'pause' && running) void this.pauseAt('paused at the printer');
    else if (action === 'paused' && running) {
      // The printer has parked already and knows the way back itself.
      this.channel?.hold();
      this.setState('paused', 'paused at the printer');
    } else if (action === 'resume' || action === 'resumed') void this.resume();
    else if (action === 'cancel') void this.cancel();
  }

  private onFault(channel: MarlinChannel, fault: Fault): void {
    if (channel !== this.channel) return;
    const lost = fault.code === 'device.link.lost';
    if (!lost) this.link?.write(blindHeatersOff()).catch(() => undefined);
    if (this.state === 'connecting') return;
    this.emit({ type: 'fault', fault });
    const { run } = this;
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.setState(lost ? 'offline' : 'fault', fault.message);
    if (lost) void this.closeLink();
  }

  /** Lines of the job never reach the terminal: an echo of one is cut. */
  private redact(line: string): string {
    if (this.run === undefined) return line;
    return line.replace(/(Unknown command:).*$/i, '$1 …');
  }

  // Small parts

  /** Nothing to do where the machine has no such reports. */
  private async reportPositions(channel: MarlinChannel, wanted: 'on' | 'off'): Promise<Result<void>> {
    const { positions } = this;
    return positions === undefined ? ok(undefined) : toVoid(await channel.command(positions[wanted]));
  }

  private heatersOff(channel: MarlinChannel): Promise<Result<void>> {
    return switchHeatersOff(channel, () => this.temperatures);
  }

  /** The emergency stop where the machine was heard, and said that it goes on heating. */
  private async haltIfStillHot(off: Result<unknown>): Promise<void> {
    if (!off.ok && off.fault.code === 'device.still-hot') await this.halt(off.fault);
  }

  private async watch(channel: MarlinChannel, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const nowMs = this.clock.monotonicMs();
      this.heat.look(nowMs);
      channel.watch(nowMs);
      this.watchStream(nowMs);
      const { run } = this;
      if (run !== undefined && !run.ended && nowMs - this.progressAtMs >= PROGRESS_INTERVAL_MS)
        this.emitProgress(run);
      if (this.is('idle') || this.is('paused') || RUNNING.has(this.state))
        void this.heat.askWhereSilent(nowMs, () => channel.command('M105'));
    }
  }

  /** A nozzle that was set aside for want of lines goes back once there are some: nobody else is needed for that. */
  private watchStream(nowMs: number): void {
    const { stream } = this;
    stream?.watch(nowMs);
    if (stream?.replenished === true && this.is('paused')) void this.resume();
  }

  private emitProgress(run: PrintRun): void {
    this.progressAtMs = this.clock.monotonicMs();
    const progress: PrintProgress = run.progress(this.channel?.resends ?? 0);
    this.emit({ type: 'progress', progress });
  }

  private endRun(run: PrintRun, outcome: PrintEnd['outcome'], fault?: Fault): void {
    this.emitProgress(run);
    const answerMs = this.channel?.answerMs;
    const homingHits = run.homing.hits;
    const signs = {
      ...(answerMs === undefined ? {} : { answerMs }),
      ...(homingHits === undefined ? {} : { homingHits }),
    };
    run.end(outcome, this.channel?.resends ?? 0, fault, signs);
  }

  private async closeLink(): Promise<void> {
    this.watching?.abort();
    const { link } = this;
    this.link = undefined;
    this.channel = undefined;
    if (link !== undefined) await link.close().catch(() => undefined);
  }
}

function toVoid(result: Result<unknown>): Result<void> {
  return result.ok ? ok(undefined) : result;
}
