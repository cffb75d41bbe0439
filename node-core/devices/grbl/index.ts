// The driver of GRBL 1.1 machines over a serial link: mills and lasers. It homes and unlocks only on the owner's word,
// and on every way out the tool is off: feed hold, rest, reset, in that order where there is time, the reset alone where
// there is none. It knows no heaters.
//
//   offline → connecting → idle → printing ⇄ paused → idle
//                                    ↓ cancelling       any → fault (alarm) | offline

import type { Clock, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { DriverState } from '../driver-state.ts';
import { deviceFault } from '../faults.ts';
import { PROGRESS_INTERVAL_MS, WATCH_INTERVAL_MS } from '../limits.ts';
import { PrintRun } from '../print-run.ts';
import type { FirmwareReport } from '../replies.ts';
import type { MachineDriver, PrintEnd, PrintJob, SerialLink, Temperatures } from '../types.ts';
import { prepareCutJob } from './cut-job.ts';
import { grblFault } from './faults.ts';
import { GrblChannel, REALTIME } from './grbl-channel.ts';
import {
  alarmReason,
  errorReason,
  type GrblReply,
  type GrblStatus,
  type Point,
  parseBufferBytes,
} from './replies.ts';

export { prepareCutJob } from './cut-job.ts';
export { grblFault } from './faults.ts';
export { makeCutterSafe } from './make-safe.ts';

export type GrblOptions = {
  /** Opens the link; called on every connect. */
  readonly open: (signal?: AbortSignal) => Promise<Result<SerialLink>>;
  readonly clock: Clock;
  readonly machineTimeMs?: () => number;
  /** What it works with: a laser must be in GRBL's laser mode, a spindle is given time to spin up again. */
  readonly tool?: 'spindle' | 'laser';
};

const NO_TEMPERATURES: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};
/** Opening the port resets most boards; their boot loader takes a second or two. */
const HELLO_LOOKS_MAX = 25;
/** GRBL answers a status question within milliseconds, homing and settings apart. */
const SILENCE_MS = 5_000;
const SILENCE_AT_WORK_MS = 120_000;
/** Slowing down from the fastest feed takes a second or so. */
const REST_LOOKS_MAX = 60;
const MM_PER_INCH = 25.4;
const TOOL_OFF = 'M5 M9';
/** A spindle that was stopped turns again before it is moved on. */
const SPIN_UP_MS = 4_000;
const LASER_MODE = 32;

/** Tool and coolant off at once: what is written to a machine that nobody drives any more. */
export function blindToolOff() {
  return REALTIME.reset;
}

export function createGrblDriver(options: GrblOptions): MachineDriver {
  return new GrblDriver(options);
}

class GrblDriver extends DriverState implements MachineDriver {
  readonly temperatures = NO_TEMPERATURES;
  private readonly options: GrblOptions;
  private readonly machineTimeMs: () => number;
  private link: SerialLink | undefined;
  private channel: GrblChannel | undefined;
  private watching: AbortController | undefined;
  private run: PrintRun | undefined;
  private status: GrblStatus | undefined;
  private offset: Point = { x: 0, y: 0, z: 0 };
  private readonly settings = new Map<number, number>();
  private version = '';
  private heardAtMs = 0;
  private progressAtMs = 0;
  /** Reset by this driver: the banner that follows is no surprise. */
  private resetting = false;
  private acknowledged = false;
  private finishing = false;
  private commanding = 0;
  /** In the hold that lasts now the tool was stopped by this driver. */
  private toolStopped = false;

  constructor(options: GrblOptions) {
    super();
    this.options = options;
    this.machineTimeMs = options.machineTimeMs ?? (() => options.clock.monotonicMs());
  }

  async connect(signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    if (this.state !== 'offline' && this.state !== 'fault')
      return refuse(deviceFault('device.busy', { state: this.state }));
    await this.closeLink();
    this.setState('connecting', 'opening the port');
    const opened = await this.options.open(signal);
    if (!opened.ok) return this.notConnected(opened.fault);
    this.link = opened.value;
    const channel: GrblChannel = new GrblChannel(opened.value, {
      onReply: (reply, line) => this.onReply(channel, reply, line),
      onSent: (text) => this.emit({ type: 'line', direction: 'sent', text }),
      onJobLine: (index) => this.onJobLine(index),
      onJobAcknowledged: () => {
        this.acknowledged = true;
      },
      onJobError: (index, number) => this.onJobError(index, number),
      onLost: () => this.onLost(channel),
    });
    this.channel = channel;
    this.status = undefined;
    this.version = '';
    this.resetting = true;
    const greeted = await this.greet(channel, signal);
    if (!greeted.ok) {
      await this.closeLink();
      return this.notConnected(greeted.fault);
    }
    this.resetting = false;
    this.heardAtMs = this.options.clock.monotonicMs();
    this.watching = new AbortController();
    void this.watch(channel, this.watching.signal);
    if (this.is('connecting')) this.setState('idle', 'connected');
    if (this.status !== undefined) this.onStatus(this.status);
    return greeted;
  }

  private async greet(channel: GrblChannel, signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    const { clock } = this.options;
    for (let look = 0; look < HELLO_LOOKS_MAX && this.status === undefined; look++) {
      channel.realtime(REALTIME.status);
      await clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
      if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    }
    if (this.channel !== channel) return refuse(deviceFault('device.link.lost'));
    if (this.status === undefined) return refuse(deviceFault('device.no-answer'));
    // Another program may have been sending: nothing of it may be left in the buffer.
    channel.realtime(REALTIME.reset);
    channel.forget(deviceFault('device.aborted'));
    await clock.sleep(WATCH_INTERVAL_MS * 2, signal).catch(() => undefined);
    const info = await channel.command('$I');
    if (!info.ok) return info;
    for (const line of info.value) channel.bufferBytes = parseBufferBytes(line) ?? channel.bufferBytes;
    const settings = await channel.command('$$');
    if (!settings.ok) return settings;
    this.status = undefined;
    for (let look = 0; look < HELLO_LOOKS_MAX && this.status === undefined; look++) {
      channel.realtime(REALTIME.status);
      await clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
    }
    if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    const on = (number: number) => (this.settings.get(number) ?? 0) !== 0;
    const capabilities = [
      ...(on(22) ? ['HOMING'] : []),
      ...(on(20) ? ['SOFT_LIMITS'] : []),
      ...(on(32) ? ['LASER'] : []),
    ];
    return ok({ firmware: `GRBL ${this.version}`.trim(), capabilities });
  }

  private notConnected(fault: Fault): Result<never> {
    if (this.is('connecting')) this.setState('offline', fault.message);
    return refuse(fault);
  }

  async print(job: PrintJob): Promise<Result<PrintEnd>> {
    const { channel } = this;
    if (channel === undefined || this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    if (this.state !== 'idle') return refuse(deviceFault('device.busy', { state: this.state }));
    // Without it the light stays on wherever the machine stands still.
    if (this.options.tool === 'laser' && this.settings.get(LASER_MODE) !== 1)
      return refuse(grblFault('grbl.laser-mode'));
    const prepared = prepareCutJob(job.gcode);
    if (!prepared.ok) return prepared;
    const run = new PrintRun(prepared.value, this.machineTimeMs, 0);
    this.run = run;
    this.acknowledged = false;
    this.finishing = false;
    this.toolStopped = false;
    this.setState('printing', 'job started');
    const { gcode, starts, ends } = prepared.value;
    channel.start({ bytes: gcode, starts, ends });
    const end = await run.done;
    if (this.run === run) this.run = undefined;
    this.emit({ type: 'end', end });
    return ok(end);
  }

  async pause(): Promise<Result<void>> {
    const { channel } = this;
    if (channel === undefined || this.run === undefined || this.state !== 'printing')
      return refuse(deviceFault('device.busy', { state: this.state }));
    this.setState('pausing', 'paused by the owner');
    channel.realtime(REALTIME.hold);
    await this.lookUntil(() => !this.is('pausing'));
    return this.is('paused') ? ok(undefined) : refuse(deviceFault('device.busy', { state: this.state }));
  }

  async resume(): Promise<Result<void>> {
    const { channel, status } = this;
    if (channel === undefined || this.state !== 'paused')
      return refuse(deviceFault('device.busy', { state: this.state }));
    if (status?.state === 'Door' && status.phase !== 0) return refuse(grblFault('grbl.door'));
    // It turns again before it moves on: a tool at rest breaks in the material.
    if (this.toolStopped) {
      channel.realtime(REALTIME.toolStop);
      await this.options.clock.sleep(SPIN_UP_MS);
      if (this.channel !== channel || !this.is('paused'))
        return refuse(deviceFault('device.busy', { state: this.state }));
    }
    this.toolStopped = false;
    this.status = undefined;
    this.setState('printing', 'resumed');
    channel.realtime(REALTIME.resume);
    return ok(undefined);
  }

  /**
   * At rest in a hold: a tool that still turns is stopped. In laser mode GRBL has switched the light off by itself, and
   * the same byte would switch it on again.
   */
  private stopTool({ toolS }: GrblStatus): void {
    if (this.toolStopped || (toolS ?? 0) === 0 || this.settings.get(LASER_MODE) === 1) return;
    this.toolStopped = true;
    this.channel?.realtime(REALTIME.toolStop);
  }

  async cancel(): Promise<Result<void>> {
    const { run } = this;
    if (run === undefined || run.ended || this.is('cancelling'))
      return refuse(deviceFault('device.busy', { state: this.state }));
    return await this.stop('cancelled', deviceFault('device.cancelled'), 'idle');
  }

  /** To rest first, so that the position is kept; then the reset, which switches tool and coolant off. */
  private async stop(
    outcome: 'cancelled' | 'failed',
    fault: Fault,
    rest: 'idle' | 'fault',
  ): Promise<Result<void>> {
    const { channel, run } = this;
    if (channel === undefined) return refuse(deviceFault('device.not-connected'));
    this.setState('cancelling', fault.message);
    channel.drop();
    channel.realtime(REALTIME.hold);
    this.status = undefined;
    const still = () =>
      this.status !== undefined && /^(?:Idle|Alarm|Sleep)$|^Hold0$|^Door[01]$/.test(nameOf(this.status));
    await this.lookUntil(() => still() || !this.is('cancelling'));
    if (this.channel === channel) {
      await this.reset(channel, fault);
      if (run !== undefined && !run.ended) this.endRun(run, outcome, fault);
      if (this.is('cancelling')) this.setState(rest, fault.message);
      if (this.status !== undefined) this.onStatus(this.status);
    }
    return ok(undefined);
  }

  private async reset(channel: GrblChannel, fault: Fault): Promise<void> {
    this.resetting = true;
    channel.realtime(REALTIME.reset);
    channel.forget(fault);
    this.status = undefined;
    await this.lookUntil(() => this.status !== undefined || this.channel !== channel);
    this.resetting = false;
  }

  async emergencyStop(): Promise<void> {
    const { link, channel, run } = this;
    if (link === undefined || channel === undefined) return;
    const sent = link.write(REALTIME.reset);
    const fault = deviceFault('device.emergency-stop');
    this.resetting = true;
    channel.forget(fault);
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.emit({ type: 'fault', fault });
    this.setState('fault', fault.message);
    await sent.catch(() => undefined);
  }

  /** G-code and `$` commands; `$H` and `$X` also while it is locked. `M115` asks who it is, as everywhere. */
  async send(command: string): Promise<Result<readonly string[]>> {
    const { channel } = this;
    if (channel === undefined || this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    const text = command
      .replace(/[;(].*$/, '')
      .trim()
      .toUpperCase();
    if (/^M112\b/.test(text)) {
      await this.emergencyStop();
      return ok([]);
    }
    const unlocks = /^\$[HX][XYZ]?$/.test(text);
    if (this.state !== 'idle' && !(this.state === 'fault' && (unlocks || text.startsWith('$'))))
      return refuse(deviceFault('device.busy', { state: this.state }));
    const checked = checkCutCommand(text);
    if (!checked.ok) return checked;
    this.commanding++;
    const answered = await channel.command(checked.value);
    this.commanding--;
    this.heardAtMs = this.options.clock.monotonicMs();
    if (answered.ok && unlocks) {
      this.resetting = false;
      if (this.is('fault')) this.setState('idle', 'unlocked');
    }
    return answered;
  }

  async disconnect(): Promise<void> {
    const { channel, run } = this;
    if (channel !== undefined && this.state !== 'connecting' && this.state !== 'offline') {
      if (run !== undefined && !run.ended && !this.is('cancelling'))
        await this.stop('cancelled', deviceFault('device.cancelled'), 'idle');
      else await this.reset(channel, deviceFault('device.aborted'));
    }
    await this.closeLink();
    this.setState('offline', 'disconnected');
  }

  // What the channel tells

  private onReply(channel: GrblChannel, reply: GrblReply, line: string): void {
    if (channel !== this.channel) return;
    this.heardAtMs = this.options.clock.monotonicMs();
    if (reply.type !== 'status' && reply.type !== 'ok')
      this.emit({ type: 'line', direction: 'received', text: line.trim() });
    switch (reply.type) {
      case 'status':
        this.onStatus(reply.status);
        break;
      case 'setting':
        this.settings.set(reply.number, reply.value);
        break;
      case 'banner':
        this.version = reply.version;
        if (!this.resetting) this.onSurprise(channel, deviceFault('device.reset'));
        break;
      case 'alarm':
        if (!this.resetting) this.onAlarm(channel, reply.number);
        break;
      default:
        break;
    }
  }

  private onAlarm(channel: GrblChannel, number: number): void {
    this.onSurprise(channel, grblFault('grbl.alarm', { number, reason: alarmReason(number) }));
  }

  /** The machine stopped by itself, and what was out is lost. */
  private onSurprise(channel: GrblChannel, fault: Fault): void {
    channel.forget(fault);
    // An alarm leaves the tool as it is.
    this.resetting = true;
    channel.realtime(REALTIME.reset);
    const { run } = this;
    this.emit({ type: 'fault', fault });
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.setState('fault', fault.message);
  }

  private onStatus(status: GrblStatus): void {
    this.status = status;
    if (status.offset !== undefined) this.offset = status.offset;
    const { run } = this;
    if (this.is('connecting') || this.is('offline') || this.is('fault') || this.is('cancelling')) return;
    const name = nameOf(status);
    if (status.state === 'Alarm') {
      const fault = grblFault('grbl.locked');
      this.emit({ type: 'fault', fault });
      if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
      this.setState('fault', fault.message);
    } else if (status.state === 'Door') {
      if (!this.is('paused')) this.emit({ type: 'fault', fault: grblFault('grbl.door') });
      this.setState('paused', 'the safety door is open');
    } else if (name === 'Hold0') {
      this.stopTool(status);
      this.setState(
        'paused',
        this.is('pausing') ? 'paused by the owner' : 'paused by the file or at the machine',
      );
    } else if (run !== undefined && !run.ended) {
      if (status.state === 'Run') this.toolStopped = false;
      if (status.state === 'Run' && this.is('paused')) this.setState('printing', 'resumed at the machine');
      if (status.state === 'Idle' && this.acknowledged && !this.finishing) void this.finish(run);
    } else if (status.state === 'Idle') this.setState('idle', 'at rest');
  }

  /** Every line is acknowledged and the machine at rest: the tool off, whatever the file said. */
  private async finish(run: PrintRun): Promise<void> {
    const { channel } = this;
    if (channel === undefined) return;
    this.finishing = true;
    const off = await channel.command(TOOL_OFF);
    if (run.ended || !this.is('printing')) return;
    if (!off.ok) {
      await this.stop('failed', off.fault, 'fault');
      return;
    }
    channel.drop();
    this.endRun(run, 'finished');
    this.setState('idle', 'job finished');
  }

  private onJobLine(index: number): void {
    this.run?.acknowledge(index);
  }

  private onJobError(index: number, number: number): void {
    const { run } = this;
    if (run === undefined || run.ended || this.is('cancelling')) return;
    const fault = grblFault('grbl.error', { line: index + 1, number, reason: errorReason(number) });
    this.emit({ type: 'fault', fault });
    // The lines behind it are out already: to rest before they are cut.
    void this.stop('failed', fault, 'idle');
  }

  private onLost(channel: GrblChannel): void {
    if (channel !== this.channel) return;
    const fault = deviceFault('device.link.lost');
    const { run } = this;
    this.channel = undefined;
    this.link = undefined;
    this.watching?.abort();
    if (this.is('connecting') || this.is('offline')) return;
    this.emit({ type: 'fault', fault });
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.setState('offline', fault.message);
  }

  // Small parts

  private async watch(channel: GrblChannel, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    while (!signal.aborted) {
      await clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted || this.channel !== channel) return;
      channel.realtime(REALTIME.status);
      const { run } = this;
      const nowMs = clock.monotonicMs();
      if (run !== undefined && !run.ended && nowMs - this.progressAtMs >= PROGRESS_INTERVAL_MS)
        this.emitProgress(run);
      const patienceMs = this.commanding > 0 ? SILENCE_AT_WORK_MS : SILENCE_MS;
      if (nowMs - this.heardAtMs < patienceMs || this.is('fault')) continue;
      this.onSurprise(channel, deviceFault('device.no-answer'));
    }
  }

  /** Until the condition holds, or for as long as coming to rest may take. */
  private async lookUntil(condition: () => boolean): Promise<void> {
    for (let look = 0; look < REST_LOOKS_MAX && !condition(); look++) {
      this.channel?.realtime(REALTIME.status);
      await this.options.clock.sleep(WATCH_INTERVAL_MS);
    }
  }

  private emitProgress(run: PrintRun): void {
    this.progressAtMs = this.options.clock.monotonicMs();
    this.emit({ type: 'progress', progress: this.progressOf(run) });
  }

  private progressOf(run: PrintRun) {
    const progress = run.progress(0);
    const positionMm = this.positionMm();
    return positionMm === undefined ? progress : { ...progress, positionMm };
  }

  /** Of the tool, in the file's own coordinates. */
  private positionMm(): Point | undefined {
    const { machine, work } = this.status ?? {};
    const { offset } = this;
    const unit = this.settings.get(13) === 1 ? MM_PER_INCH : 1;
    if (work !== undefined) return { x: work.x * unit, y: work.y * unit, z: work.z * unit };
    if (machine === undefined) return undefined;
    return {
      x: (machine.x - offset.x) * unit,
      y: (machine.y - offset.y) * unit,
      z: (machine.z - offset.z) * unit,
    };
  }

  private endRun(run: PrintRun, outcome: PrintEnd['outcome'], fault?: Fault): void {
    this.emitProgress(run);
    run.end(outcome, 0, fault);
  }

  private async closeLink(): Promise<void> {
    this.watching?.abort();
    const { link } = this;
    this.link = undefined;
    this.channel = undefined;
    if (link !== undefined) await link.close().catch(() => undefined);
  }
}

/** `Hold0`, `Door1`, or the state alone. */
function nameOf({ state, phase }: GrblStatus): string {
  return state === 'Hold' || state === 'Door' ? `${state}${phase}` : state;
}

function checkCutCommand(text: string): Result<string> {
  const reason = /[!~?]|[^\x20-\x7e]/.test(text)
    ? 'it holds a character with a meaning of its own'
    : undefined;
  if (reason !== undefined) return refuse(deviceFault('device.command.refused', { reason }));
  if (text === 'M115') return ok('$I');
  if (text.length > 79)
    return refuse(deviceFault('device.command.refused', { reason: 'it is longer than 79 bytes' }));
  if (/^M1(?:04|09|40|90)\b/.test(text))
    return refuse(deviceFault('device.command.refused', { reason: 'the machine has no heaters' }));
  if (!/^[$A-Z]/.test(text))
    return refuse(deviceFault('device.command.refused', { reason: 'it is not a G-code command' }));
  return ok(text);
}
