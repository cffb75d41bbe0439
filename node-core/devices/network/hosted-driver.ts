// The driver of a printer behind a print host: sends the whole file, has it begun once, follows it to its end. The host
// feeds the printer, so a print outlives a lost connection; this driver finds it again and never begins it twice.
// Secure streaming is not possible here: the file lies on the host while it prints, and is removed afterwards.
//
//   offline → connecting → idle → printing ⇄ heating → idle
//                           ↑        ↓ pausing → paused → printing      (connection lost: same state, trying again)
//                           └── cancelling          any → fault | offline

import type { Bytes, Clock, Fault, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse, utf8ToBytes } from '../../base/index.ts';
import { DriverState } from '../driver-state.ts';
import { deviceFault } from '../faults.ts';
import type { HeatLimits } from '../job-lines.ts';
import { checkCommand, DEFAULT_HEAT_LIMITS } from '../job-lines.ts';
import { PROGRESS_INTERVAL_MS } from '../limits.ts';
import type { FirmwareReport } from '../replies.ts';
import { parseReply } from '../replies.ts';
import { ThermalWatch } from '../thermal-watch.ts';
import type { MachineDriver, PrintEnd, PrintJob, Temperatures } from '../types.ts';
import { printhostFault } from './faults.ts';
import { checkKlipperCommand, prepareHostedJob } from './file-rules.ts';
import { HostLink, type HostLinkEvents } from './host-link.ts';
import { HostedRun } from './hosted-run.ts';
import {
  CANCEL_TIMEOUT_MS,
  COLD_LOOK_MS,
  COLD_LOOKS_MAX,
  GOODBYE_MS,
  LOST_IDLE_MS,
  LOST_PRINTING_MS,
  START_SETTLE_MS,
} from './limits.ts';
import type { HostStatus, PrintHost } from './types.ts';

export type HostedDriverOptions = {
  readonly host: PrintHost;
  readonly clock: Clock;
  readonly random: Random;
  /** Marks the files of this machine on the host, so that a print this console lost is known for its own. */
  readonly tag: string;
  readonly limits?: HeatLimits;
  /** Time as the machine lives it; differs from the clock for a simulated one in fast motion. */
  readonly machineTimeMs?: () => number;
  readonly machineTimeSlackMs?: () => number;
};

const UNKNOWN: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};
/** So far below its target a nozzle or bed is still on its way up. */
const WARM_K = 5;

export function createHostedDriver(options: HostedDriverOptions): MachineDriver {
  return new HostedDriver(options);
}

class HostedDriver extends DriverState implements MachineDriver {
  temperatures: Temperatures = UNKNOWN;
  private readonly host: PrintHost;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly prefix: string;
  private readonly limits: HeatLimits;
  private readonly machineTimeMs: () => number;
  private readonly machineTimeSlackMs: () => number;
  private thermal: ThermalWatch;
  private run: HostedRun | undefined;
  private status: HostStatus | undefined;
  private link: HostLink | undefined;
  private settling = false;
  private stopOwed = false;
  private progressAtMs = 0;

  constructor(options: HostedDriverOptions) {
    super();
    this.host = options.host;
    this.clock = options.clock;
    this.random = options.random;
    this.prefix = `dipnet-${options.tag}-`;
    this.limits = options.limits ?? DEFAULT_HEAT_LIMITS;
    this.machineTimeMs = options.machineTimeMs ?? (() => options.clock.monotonicMs());
    this.machineTimeSlackMs = options.machineTimeSlackMs ?? (() => 0);
    this.thermal = new ThermalWatch(this.limits, this.machineTimeSlackMs);
  }

  async connect(signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    if (this.state !== 'offline' && this.state !== 'fault')
      return refuse(deviceFault('device.busy', { state: this.state }));
    this.drop();
    this.stopOwed = false;
    this.thermal = new ThermalWatch(this.limits, this.machineTimeSlackMs);
    this.setState('connecting', 'connecting');
    const link = new HostLink(this.host, this.clock, this.linkEvents());
    this.link = link;
    const abort = () => link.close();
    signal?.addEventListener('abort', abort, { once: true });
    const report = await this.greet(link);
    signal?.removeEventListener('abort', abort);
    const fault = link.closed ? deviceFault('device.aborted') : report.ok ? undefined : report.fault;
    if (fault !== undefined) {
      this.drop();
      if (!this.is('fault')) this.setState('offline', fault.message);
      return refuse(fault);
    }
    if (this.is('connecting')) this.setState('idle', 'connected');
    if (this.status !== undefined) this.observe(this.status);
    link.follow();
    return report;
  }

  /** Opens, looks, and ends a print of this machine that an earlier console lost: nobody would account for it. */
  private async greet(link: HostLink): Promise<Result<FirmwareReport>> {
    const opened = await link.open();
    if (!opened.ok) return opened;
    const read = await this.host.read();
    if (!read.ok) return read;
    this.take(read.value);
    const { phase, reason, job } = read.value;
    if (phase === 'down') return refuse(printhostFault('printhost.down', { reason }));
    if ((phase === 'printing' || phase === 'paused') && job?.file.startsWith(this.prefix) === true) {
      this.setState('cancelling', 'a lost print is ended');
      const ended = await this.endOnHost(job.file);
      if (!ended.ok) return ended;
      this.emit({ type: 'fault', fault: printhostFault('printhost.left-running') });
      if (this.is('cancelling')) this.setState('idle', 'connected');
    }
    return opened;
  }

  private async endOnHost(file: string): Promise<Result<void>> {
    const cancelled = await this.host.cancel();
    if (!cancelled.ok) return cancelled;
    const stopped = await this.waitUntilStopped();
    if (!stopped.ok) return stopped;
    const cold = await this.coolDown();
    await this.removeFile(file);
    return cold;
  }

  async print(job: PrintJob): Promise<Result<PrintEnd>> {
    if (this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    if (this.state !== 'idle') return refuse(deviceFault('device.busy', { state: this.state }));
    const prepared = prepareHostedJob(job.gcode, this.limits, this.host);
    if (!prepared.ok) return prepared;
    const free = await this.isFree();
    if (!free.ok) return free;
    if (!this.is('idle')) {
      // A report overtook the answer.
      const now = await this.isFree();
      return now.ok ? refuse(deviceFault('device.busy', { state: this.state })) : now;
    }
    const file = `${this.prefix}${bytesToHex(this.random.bytes(8))}.gcode`;
    const run = new HostedRun(prepared.value, file, this.machineTimeMs);
    this.run = run;
    this.setState('printing', 'sending the file');
    const begun = await this.begin(run, prepared.value.gcode);
    if (!begun.ok && !run.ended) {
      this.run = undefined;
      if (this.is('printing')) this.setState('idle', begun.fault.message);
      return begun;
    }
    const end = await run.print.done;
    if (this.run === run) this.run = undefined;
    this.emit({ type: 'end', end });
    return ok(end);
  }

  private async isFree(): Promise<Result<void>> {
    const read = await this.host.read();
    if (!read.ok) return read;
    this.take(read.value);
    const { phase, reason, job } = read.value;
    if (phase === 'ready') return ok(undefined);
    if (phase === 'down') return refuse(printhostFault('printhost.down', { reason }));
    const file = job?.file ?? reason;
    return refuse(printhostFault('printhost.occupied', { file: file === '' ? '?' : file }));
  }

  /** File over, look once more, begin. The begin is sent once, whatever becomes of its answer. */
  private async begin(run: HostedRun, gcode: Bytes): Promise<Result<void>> {
    const { host } = this;
    const uploaded = await host.upload(run.file, gcode, run.uploading.signal);
    if (run.ended) {
      if (uploaded.ok) await this.removeFile(run.file);
      return ok(undefined);
    }
    const free = uploaded.ok ? await this.isFree() : uploaded;
    if (run.ended || !free.ok) {
      if (uploaded.ok) await this.removeFile(run.file);
      return free;
    }
    run.startedMs = this.clock.monotonicMs();
    const started = await host.start(run.file);
    // Refused in so many words: it will not begin. Anything else is unclear, and following it tells.
    if (started.ok || run.seen || run.ended || started.fault.code !== 'printhost.refused')
      return ok(undefined);
    await this.removeFile(run.file);
    return started;
  }

  async pause(): Promise<Result<void>> {
    const { host } = this;
    if (this.state !== 'printing' && this.state !== 'heating')
      return refuse(deviceFault('device.busy', { state: this.state }));
    if (this.run !== undefined && !this.run.seen)
      return refuse(deviceFault('device.busy', { state: this.state }));
    if (!this.reachable) return refuse(printhostFault('printhost.interrupted'));
    if (!host.canPause) return refuse(printhostFault('printhost.no-pause'));
    const before = this.state;
    this.setState('pausing', 'paused by the owner');
    const asked = await host.pause();
    if (!asked.ok) {
      if (this.is('pausing')) this.setState(before, asked.fault.message);
      return asked;
    }
    // However long it takes: Klipper finishes a heat-up first.
    while (this.is('pausing')) {
      await this.refresh();
      if (this.is('pausing')) await this.clock.sleep(COLD_LOOK_MS);
    }
    return this.is('paused') ? ok(undefined) : refuse(deviceFault('device.busy', { state: this.state }));
  }

  async resume(): Promise<Result<void>> {
    if (this.state !== 'paused') return refuse(deviceFault('device.busy', { state: this.state }));
    if (!this.reachable) return refuse(printhostFault('printhost.interrupted'));
    const asked = await this.host.resume();
    if (asked.ok && this.is('paused')) {
      this.setState('printing', 'resumed');
      await this.refresh();
    }
    return asked;
  }

  async cancel(): Promise<Result<void>> {
    const { run } = this;
    const working = this.state === 'printing' || this.state === 'heating' || this.state === 'paused';
    if (run === undefined ? !working : run.ended || this.is('cancelling'))
      return refuse(deviceFault('device.busy', { state: this.state }));
    if (!this.reachable) return refuse(printhostFault('printhost.interrupted'));
    return await this.stop('cancelled', deviceFault('device.cancelled'), 'idle');
  }

  /** Ends whatever prints, in order: the print, the heaters, the file. */
  private async stop(
    outcome: 'cancelled' | 'failed',
    fault: Fault,
    rest: 'idle' | 'fault',
  ): Promise<Result<void>> {
    const { run } = this;
    this.setState('cancelling', fault.message);
    if (run !== undefined && run.startedMs === undefined) {
      run.uploading.abort();
      this.endRun(run, outcome, fault);
      this.setState(rest, fault.message);
      return ok(undefined);
    }
    const asked = await this.host.cancel();
    const stopped = asked.ok || run?.over !== undefined ? await this.waitUntilStopped() : asked;
    if (!stopped.ok) {
      // It may still print: not over for the books, and the owner is told.
      if (this.is('cancelling'))
        this.setState(run === undefined ? 'idle' : 'printing', stopped.fault.message);
      if (this.status !== undefined) this.observe(this.status);
      return stopped;
    }
    const cold = await this.coolDown();
    if (run !== undefined) {
      await this.removeFile(run.file);
      if (!run.ended) this.endRun(run, outcome, fault);
    }
    if (this.is('cancelling')) this.setState(cold.ok ? rest : 'fault', fault.message);
    return cold;
  }

  emergencyStop(): Promise<void> {
    return this.halt(deviceFault('device.emergency-stop'));
  }

  private async halt(fault: Fault): Promise<void> {
    if (this.state === 'offline') return;
    const sent = this.host.emergencyStop();
    const { run } = this;
    run?.uploading.abort();
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.emit({ type: 'fault', fault });
    this.setState('fault', fault.message);
    const stopped = await sent;
    this.stopOwed = !stopped.ok && stopped.fault.code === 'printhost.stop-failed';
    if (!stopped.ok) this.emit({ type: 'fault', fault: stopped.fault });
  }

  async send(command: string): Promise<Result<readonly string[]>> {
    if (this.state === 'offline') return refuse(deviceFault('device.not-connected'));
    const text = command.replace(/;.*$/, '').trim();
    if (/^M112\b/i.test(text)) {
      await this.emergencyStop();
      return ok([]);
    }
    if (this.state !== 'idle' && this.state !== 'paused')
      return refuse(deviceFault('device.busy', { state: this.state }));
    const extended = this.host.dialect === 'klipper' && /^[a-z_]{2}/i.test(text);
    const checked = extended
      ? checkKlipperCommand(text, this.limits)
      : checkCommand(utf8ToBytes(text), this.limits);
    return checked.ok ? await this.host.send(text) : checked;
  }

  /** Ends the print first. Where the host does not get it done soon, the emergency stop: nothing stays hot unwatched. */
  async disconnect(): Promise<void> {
    const { run } = this;
    if (run !== undefined && !run.ended) {
      if (this.reachable && !this.is('cancelling')) await this.stopSoon();
      if (!run.ended) this.endRun(run, 'failed', printhostFault('printhost.end-unseen'));
    }
    this.drop();
    this.setState('offline', 'disconnected');
  }

  private async stopSoon(): Promise<void> {
    const over = new AbortController();
    const late = this.clock.sleep(GOODBYE_MS, over.signal).then(
      () => true,
      () => false,
    );
    const stopped = this.stop('cancelled', deviceFault('device.cancelled'), 'idle').then(() => false);
    const isLate = await Promise.race([stopped, late]);
    over.abort();
    if (isLate) await this.halt(deviceFault('device.drain-timeout'));
  }

  // Following

  private linkEvents(): HostLinkEvents {
    return {
      status: (status) => this.onStatus(status),
      line: (direction, text) => this.onLine(direction, text),
      interrupted: () => {
        this.emit({ type: 'fault', fault: printhostFault('printhost.interrupted') });
        if (this.is('idle')) this.setState('connecting', 'the connection is interrupted');
      },
      again: async () => {
        this.thermal.interrupted();
        await this.oweNoStop();
        if (this.is('connecting')) this.setState('idle', 'connected again');
      },
      lost: (fault) => this.giveUp(fault),
      patienceMs: () => (this.run === undefined || this.run.ended ? LOST_IDLE_MS : LOST_PRINTING_MS),
    };
  }

  private get reachable(): boolean {
    return this.link?.reachable === true;
  }

  private async refresh(): Promise<void> {
    await this.link?.refresh();
  }

  /** An emergency stop that did not get through is given as soon as there is a way: it is never too late. */
  private async oweNoStop(): Promise<void> {
    if (!this.stopOwed) return;
    const stopped = await this.host.emergencyStop();
    this.stopOwed = !stopped.ok && stopped.fault.code === 'printhost.stop-failed';
  }

  private giveUp(fault: Fault): void {
    const { run } = this;
    if (run !== undefined && !run.ended) this.endRun(run, 'failed', fault);
    this.emit({ type: 'fault', fault });
    this.drop();
    this.setState('offline', fault.message);
  }

  private onLine(direction: 'sent' | 'received', text: string): void {
    // Lines of a job never reach the terminal; what the printer answers may echo one.
    if (this.run === undefined) this.emit({ type: 'line', direction, text });
    const { run } = this;
    if (direction !== 'received' || run === undefined || run.ended || this.is('cancelling')) return;
    const reply = parseReply(text);
    if (reply.type !== 'not-extruding') return;
    const fault = deviceFault('device.not-extruding', { reason: reply.reason });
    this.emit({ type: 'fault', fault });
    void this.stop('failed', fault, 'idle');
  }

  private onStatus(status: HostStatus): void {
    this.take(status);
    if (!this.is('connecting') && !this.is('offline')) this.observe(status);
  }

  /** Remembers what was reported, and tells it. */
  private take(status: HostStatus): void {
    this.status = status;
    this.temperatures = status.temperatures;
    const { temperatures, duty } = status;
    this.emit({ type: 'temperatures', temperatures, ...(duty === undefined ? {} : { duty }) });
    if (this.is('connecting') || this.is('offline') || status.phase === 'down') return;
    const verdict = this.thermal.observe(status.temperatures, this.machineTimeMs());
    if (verdict === undefined || this.is('fault')) return;
    if (verdict.isRunaway) {
      void this.halt(verdict.fault);
      return;
    }
    this.emit({ type: 'fault', fault: verdict.fault });
    if (this.is('cancelling')) return;
    if (this.run === undefined || this.run.ended) {
      this.setState('fault', verdict.fault.message);
      void this.host.heatersOff();
    } else void this.stop('failed', verdict.fault, 'fault');
  }

  /** What a report means for the print, or for a machine without one. */
  private observe(status: HostStatus): void {
    const { run } = this;
    if (this.is('fault')) return;
    if (status.phase === 'down') {
      this.onDown(status.reason);
      return;
    }
    if (run === undefined || run.ended) {
      if (!this.is('cancelling')) this.followOther(status);
      return;
    }
    if (run.startedMs === undefined) return;
    const over = run.take(status);
    this.emitProgress(run);
    if (over !== undefined) {
      if (!this.is('cancelling') && !this.settling) void this.finish(run);
      return;
    }
    const waitedMs = this.clock.monotonicMs() - run.startedMs;
    if (!run.seen && waitedMs >= START_SETTLE_MS && !this.settling) void this.notStarted(run);
    if (run.seen) this.followPhase(status, run);
  }

  private onDown(reason: string): void {
    const { run } = this;
    const fault = deviceFault('device.halted', { reason });
    this.emit({ type: 'fault', fault });
    if (run !== undefined && !run.ended) {
      run.uploading.abort();
      this.endRun(run, 'failed', fault);
    }
    this.setState('fault', fault.message);
  }

  /** A print that somebody else began: shown, and not started over. */
  private followOther({ phase, reason, job }: HostStatus): void {
    if (phase === 'ready') this.setState('idle', reason);
    else if (phase === 'paused') this.setState('paused', job?.file ?? reason);
    else if (!this.is('pausing') || phase === 'busy') this.setState('printing', job?.file ?? reason);
  }

  private followPhase({ phase, temperatures }: HostStatus, run: HostedRun): void {
    if (this.is('cancelling')) return;
    if (phase === 'paused') {
      this.setState('paused', this.is('pausing') ? 'paused by the owner' : 'paused at the printer');
      return;
    }
    if (this.is('pausing') || phase === 'busy') return;
    const warming = run.print.layer === 0 && isWarming(temperatures);
    this.setState(warming ? 'heating' : 'printing', warming ? 'waiting for temperature' : 'printing');
  }

  /** The host says that the print is over. */
  private async finish(run: HostedRun): Promise<void> {
    const { over } = run;
    if (over === undefined) return;
    this.settling = true;
    const cold = await this.coolDown();
    await this.removeFile(run.file);
    this.settling = false;
    if (run.ended) return;
    if (over.outcome === 'finished') this.endRun(run, 'finished');
    else this.endRun(run, 'failed', over.fault);
    if (!this.is('fault'))
      this.setState(cold.ok ? 'idle' : 'fault', cold.ok ? 'print over' : cold.fault.message);
  }

  private async notStarted(run: HostedRun): Promise<void> {
    this.settling = true;
    await this.removeFile(run.file);
    // It may have begun in the very last moment.
    await this.refresh();
    this.settling = false;
    if (run.seen || run.ended) return;
    const fault = printhostFault('printhost.not-started');
    this.emit({ type: 'fault', fault });
    this.endRun(run, 'failed', fault);
    this.setState('idle', fault.message);
  }

  private async waitUntilStopped(): Promise<Result<void>> {
    const untilMs = this.clock.monotonicMs() + CANCEL_TIMEOUT_MS;
    while (this.clock.monotonicMs() < untilMs) {
      const read = await this.host.read();
      if (this.is('offline')) return refuse(deviceFault('device.not-connected'));
      if (read.ok) {
        this.take(read.value);
        this.run?.take(read.value);
        if (read.value.phase === 'ready' || read.value.phase === 'down') return ok(undefined);
      }
      await this.clock.sleep(COLD_LOOK_MS);
    }
    return refuse(deviceFault('device.drain-timeout'));
  }

  /** Heaters off and seen to be off; the emergency stop where they stay on. */
  private async coolDown(): Promise<Result<void>> {
    for (let look = 0; look < COLD_LOOKS_MAX; look++) {
      // Whoever has begun the next print meanwhile needs them.
      const { phase, job } = this.status ?? {};
      const isOthers = job?.file.startsWith(this.prefix) === false;
      if ((phase === 'printing' || phase === 'paused') && isOthers) return ok(undefined);
      const off = await this.host.heatersOff();
      await this.refresh();
      const { nozzleTargetC, bedTargetC } = this.temperatures;
      if ((nozzleTargetC ?? 0) === 0 && (bedTargetC ?? 0) === 0) return ok(undefined);
      if (!off.ok && off.fault.code === 'printhost.no-commands' && look === COLD_LOOKS_MAX - 1) {
        const fault = printhostFault('printhost.still-hot');
        this.emit({ type: 'fault', fault });
        return refuse(fault);
      }
      await this.clock.sleep(COLD_LOOK_MS);
    }
    const fault = deviceFault('device.still-hot');
    await this.halt(fault);
    return refuse(fault);
  }

  private async removeFile(file: string): Promise<void> {
    const removed = await this.host.remove(file);
    if (!removed.ok) this.emit({ type: 'fault', fault: printhostFault('printhost.file-left', { file }) });
  }

  // Small parts

  private emitProgress(run: HostedRun): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.progressAtMs < PROGRESS_INTERVAL_MS) return;
    this.progressAtMs = nowMs;
    this.emit({ type: 'progress', progress: run.progress() });
  }

  private endRun(run: HostedRun, outcome: PrintEnd['outcome'], fault?: Fault): void {
    if (outcome === 'finished') run.complete();
    this.emit({ type: 'progress', progress: run.progress() });
    run.end(outcome, fault);
  }

  private drop(): void {
    this.link?.close();
    this.link = undefined;
  }
}

function isWarming({ nozzleC, nozzleTargetC, bedC, bedTargetC }: Temperatures): boolean {
  const below = (now: number | undefined, target: number | undefined) =>
    target !== undefined && target > 0 && (now ?? 0) < target - WARM_K;
  return below(nozzleC, nozzleTargetC) || below(bedC, bedTargetC);
}
