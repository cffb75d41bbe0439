// The main loop of the virtual firmware: lines in, commands executed one after the other, replies out, all on machine
// time. `ok` is sent when a handler is done (a move: when it is in the planner). Also the simulated trouble.

import type { Bytes } from '../../base/index.ts';
import { bytesToHex, sha256, utf8ToBytes } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';
import { Body } from './body.ts';
import { ParsedCommand } from './command-parser.ts';
import type { FirmwareOptions, Trouble, VirtualTruth } from './firmware-types.ts';
import type { Wait } from './interpreter.ts';
import { Interpreter } from './interpreter.ts';
import type { EmergencyCommand } from './line-reader.ts';
import { LineReader, lineText } from './line-reader.ts';
import { MachineTime } from './machine-time.ts';
import { createSeeded } from './seeded.ts';
import type { HeaterTrouble } from './thermal.ts';

/** Command slots, as Marlin's BUFSIZE. */
const QUEUE_SLOTS = 4;
const KEEPALIVE_MS = 2_000;
/** Real time between looks while nothing is asked of the machine but something in it changes. */
const IDLE_LOOK_MS = 100;

type Queued = { bytes: Uint8Array; length: number; number: number };

/** Real time that a slow board adds to whatever it says. */
const SLOW_BOARD_MS = 25;

/** A GT2 belt. */
const BELT_TOOTH_MM = 2;

const OK = utf8ToBytes('ok\n');

const HEATER_TROUBLES: Readonly<
  Record<
    Exclude<Trouble, 'reset' | 'disconnect' | 'clog' | 'board-slow' | 'belt-slips'>,
    { readonly heater: 'nozzle' | 'bed'; readonly trouble: HeaterTrouble }
  >
> = {
  'nozzle-no-power': { heater: 'nozzle', trouble: 'no-power' },
  'nozzle-weak': { heater: 'nozzle', trouble: 'weak' },
  'nozzle-worn': { heater: 'nozzle', trouble: 'worn' },
  'nozzle-stuck-on': { heater: 'nozzle', trouble: 'stuck-on' },
  'bed-no-power': { heater: 'bed', trouble: 'no-power' },
  'bed-worn': { heater: 'bed', trouble: 'worn' },
  'bed-stuck-on': { heater: 'bed', trouble: 'stuck-on' },
  'sensor-open': { heater: 'nozzle', trouble: 'sensor-open' },
  'sensor-loose': { heater: 'nozzle', trouble: 'sensor-loose' },
  'sensor-jumps': { heater: 'nozzle', trouble: 'sensor-jumps' },
};

export class Firmware {
  readonly body: Body;
  private readonly options: FirmwareOptions;
  private readonly link: SerialLink;
  private readonly time: MachineTime;
  private readonly reader: LineReader;
  private readonly interpreter: Interpreter;
  private readonly random: () => number;
  private readonly command = new ParsedCommand();
  private readonly queue: Queued[] = [];
  private readonly spare: Queued[] = [];
  private current: { readonly line: Queued; readonly wait: Wait | undefined } | undefined;
  private okSaid = false;
  private running = false;
  private closed = false;
  private answersLate = false;
  private halted: string | undefined;
  private keepaliveMs = KEEPALIVE_MS;
  private nextBusyMs = 0;
  private reportEveryMs = 0;
  private nextReportMs = 0;
  private positionEveryMs = 0;
  private nextPositionMs = 0;
  private sleeping: AbortController | undefined;
  private lastReceivedRealMs = 0;
  private commands = 0;
  private unknown = 0;
  private resets = 0;
  private lineErrors = 0;
  private readonly hash = sha256.create();
  private readonly log: string[] = [];
  private readonly troubles: { readonly kind: Trouble; readonly afterCommands: number }[];

  constructor(link: SerialLink, options: FirmwareOptions) {
    this.link = link;
    this.options = options;
    this.body = new Body(options.body);
    this.time = new MachineTime(options.clock, options.timeScale);
    this.random = createSeeded(options.seed);
    this.troubles = [...options.troubles].sort((a, b) => a.afterCommands - b.afterCommands);
    this.reader = new LineReader(
      {
        onCommand: (bytes, start, end, number) => this.enqueue(bytes, start, end, number),
        onLineError: (message, last) => this.lineError(message, last),
        onEmergency: (command) => this.emergency(command),
      },
      { rxBytes: options.rxBytes, emergencyParser: options.emergencyParser },
    );
    this.interpreter = new Interpreter(this.body, this.createConsole(), {
      EMERGENCY_PARSER: options.emergencyParser,
      THERMAL_PROTECTION: options.thermalProtection,
      AUTOREPORT_POS: options.positionReports !== 'none',
    });
    this.body.nozzle.protection = options.thermalProtection;
    this.body.bed.protection = options.thermalProtection;
    link.onData((bytes) => this.receive(bytes));
    link.onClose(() => this.stop());
    this.boot();
  }

  get timeMs(): number {
    return this.time.nowMs;
  }

  setTimeScale(scale: number): void {
    this.time.setScale(scale);
    this.wake();
  }

  /** Power off: it does and says nothing more. */
  stop(): void {
    this.closed = true;
    this.sleeping?.abort();
  }

  /** The owner presses the button (filament change, M0). */
  pressContinue(): void {
    this.emergency(108);
    this.run();
  }

  strike(kind: Trouble): void {
    switch (kind) {
      case 'reset':
        this.restart();
        break;
      case 'disconnect':
        this.stop();
        void this.link.close();
        break;
      case 'clog':
        this.body.clogged = true;
        break;
      case 'belt-slips':
        this.body.slippedXMm += BELT_TOOTH_MM;
        break;
      case 'board-slow':
        this.answersLate = true;
        break;
      default: {
        const { heater, trouble } = HEATER_TROUBLES[kind];
        this.body[heater].trouble = trouble;
      }
    }
    this.wake();
  }

  /** The reset button: everything volatile is gone, the board greets. */
  restart(): void {
    this.resets++;
    this.halted = undefined;
    this.queue.length = 0;
    this.current = undefined;
    this.reader.reset();
    this.interpreter.reset();
    this.body.lose(this.time.nowMs);
    this.reportEveryMs = 0;
    this.positionEveryMs = 0;
    this.keepaliveMs = KEEPALIVE_MS;
    this.boot();
  }

  truth(): VirtualTruth {
    const { body } = this;
    return {
      timeMs: this.time.nowMs,
      commands: this.commands,
      unknownCommands: this.unknown,
      logHash: bytesToHex(this.hash.clone().digest()),
      log: this.log,
      positionMm: { x: body.x, y: body.y, z: body.z, e: body.e },
      nozzleMm: body.nozzleAt(this.time.nowMs),
      homed: body.homed,
      extrudedMm: body.extrudedMm,
      depositedMm: body.depositedMm,
      coldMoves: body.coldMoves,
      collisions: body.collisions,
      bedOccupied: body.bedOccupied,
      nozzleC: body.nozzle.celsius,
      nozzleTargetC: body.nozzle.targetC,
      bedC: body.bed.celsius,
      bedTargetC: body.bed.targetC,
      fan: body.fan,
      halted: this.halted,
      resets: this.resets,
      lineErrors: this.lineErrors,
      overflowBytes: this.reader.overflow,
    };
  }

  // In

  private receive(bytes: Bytes): void {
    if (this.closed) return;
    this.lastReceivedRealMs = this.options.clock.monotonicMs();
    if (this.halted !== undefined) return; // interrupts off: only a reset helps
    if (this.time.live) this.advance(this.time.possibleMs);
    else this.time.capCredit();
    this.reader.receive(bytes);
    this.run();
  }

  private enqueue(bytes: Bytes, start: number, end: number, number: number): void {
    const slot = this.spare.pop() ?? { bytes: new Uint8Array(96), length: 0, number: -1 };
    for (let i = start; i < end; i++) slot.bytes[i - start] = bytes[i] ?? 0;
    slot.length = end - start;
    slot.number = number;
    this.queue.push(slot);
    // Without the emergency parser these act when read into the queue, and only then.
    if (!this.options.emergencyParser && slot.bytes[0] === 77) {
      const code = lineText(slot.bytes, 0, Math.min(4, slot.length));
      if (code === 'M108' || code === 'M112' || code === 'M410') {
        this.emergency(Number(code.slice(1)) as EmergencyCommand);
      }
    }
  }

  private lineError(message: string, last: number): void {
    this.lineErrors++;
    this.say(`Error:${message}, Last Line: ${last}`);
    this.say(`Resend: ${last + 1}`);
    this.sendOk(undefined);
  }

  private emergency(command: EmergencyCommand): void {
    if (command === 112) {
      this.kill('echo:M112 Shutdown');
    } else if (command === 410) {
      this.body.stopMotion(this.time.nowMs);
    } else if (this.current?.wait?.breakable === true) {
      this.finishCurrent();
    }
  }

  // The loop

  private wake(): void {
    this.sleeping?.abort();
    this.run();
  }

  private run(): void {
    if (this.running || this.closed) return;
    this.running = true;
    for (;;) {
      if (this.halted !== undefined || this.closed) break;
      // Lines are read during a wait, too: that is how M108 arrives on boards without the emergency parser.
      while (this.queue.length < QUEUE_SLOTS && this.reader.readLine()) {
        // fills the queue
      }
      if (this.halted !== undefined) break;
      if (this.current !== undefined) {
        if (!this.tryFinish()) break;
        continue;
      }
      const line = this.queue.shift();
      if (line === undefined) break;
      this.start(line);
    }
    this.running = false;
    this.planLook();
  }

  private start(line: Queued): void {
    const parsed = this.command.parse(line.bytes, 0, line.length);
    const outcome = parsed ? this.interpreter.execute(this.command) : 'unknown';
    if (outcome === 'full') {
      this.current = { line, wait: undefined };
      this.nextBusyMs = this.time.nowMs + this.keepalive();
      return;
    }
    this.record(line, outcome === 'unknown');
    if (outcome === 'unknown') {
      this.say(`echo:Unknown command: "${lineText(line.bytes, 0, line.length)}"`);
    }
    if (typeof outcome === 'object') {
      this.current = { line, wait: outcome };
      this.nextBusyMs = this.time.nowMs + this.keepalive();
    } else if (this.halted === undefined) {
      this.finish(line);
    }
  }

  /** Moves machine time on for what the current command waits for; false where real time must pass first. */
  private tryFinish(): boolean {
    const { current, body, time } = this;
    if (current === undefined) return true;
    const { wait, line } = current;
    if (wait === undefined) {
      if (body.planner.full) {
        const dueMs = Math.max(body.motionEndMs, time.nowMs);
        if (time.waitMs(dueMs) > 0) return false;
        this.advance(dueMs);
        body.move(time.nowMs);
        return this.halted === undefined;
      }
      this.current = undefined;
      this.start(line);
      return true;
    }
    const nextMs = Math.min(wait.nextMs(), this.nextBusyMs);
    if (nextMs > time.nowMs) {
      if (time.waitMs(nextMs) > 0) return false;
      this.advance(nextMs);
      if (this.halted !== undefined) return false;
    }
    if (wait.poll(time.nowMs)) this.finishCurrent();
    else if (time.nowMs >= this.nextBusyMs) {
      this.nextBusyMs = time.nowMs + this.keepalive();
      if (this.keepaliveMs > 0) this.say(`echo:busy: ${wait.forUser ? 'paused for user' : 'processing'}`);
    }
    return true;
  }

  private finishCurrent(): void {
    const { current } = this;
    this.current = undefined;
    if (current !== undefined) this.finish(current.line);
  }

  private finish(line: Queued): void {
    if (this.okSaid) this.okSaid = false;
    else this.sendOk(line);
    this.spare.push(line);
    if (this.troubles.length > 0 && this.commands >= (this.troubles[0]?.afterCommands ?? 0)) {
      const trouble = this.troubles.shift();
      if (trouble !== undefined) this.strike(trouble.kind);
    }
  }

  /** Machine time goes on to `ms`: motion, heat, reports. Never back. */
  private advance(ms: number): void {
    if (ms <= this.time.nowMs) return;
    this.time.nowMs = ms;
    this.body.move(ms);
    const reason = this.body.heat(ms);
    if (reason !== undefined) {
      this.kill(`Error:${reason}`);
      return;
    }
    if (this.reportEveryMs > 0 && ms >= this.nextReportMs) {
      this.nextReportMs = ms + this.interval(this.reportEveryMs);
      this.say(` ${this.interpreter.temperatures()}`);
    }
    // In fast motion the picture is late by less than a report could mend.
    if (this.positionEveryMs > 0 && this.time.live && ms >= this.nextPositionMs) {
      this.nextPositionMs = ms + this.interval(this.positionEveryMs);
      this.say(this.interpreter.position(this.options.positionReports === 'real'));
    }
  }

  /** Plans the next look where something waits, moves, cools or reports. */
  private planLook(): void {
    if (this.closed || this.sleeping !== undefined) return;
    const { current, body, time } = this;
    let delayMs = IDLE_LOOK_MS;
    if (this.halted !== undefined && body.nozzle.settled && body.bed.settled) return;
    if (current !== undefined && this.halted === undefined) {
      const dueMs = current.wait?.nextMs() ?? body.motionEndMs;
      delayMs = Math.max(1, Math.min(IDLE_LOOK_MS, time.waitMs(Math.min(dueMs, this.nextBusyMs))));
    } else if (this.quiet()) return;
    const sleeping = new AbortController();
    this.sleeping = sleeping;
    const look = () => {
      if (this.sleeping === sleeping) this.sleeping = undefined;
      if (!this.closed) this.look();
    };
    this.options.clock.sleep(delayMs, sleeping.signal).then(look, look);
  }

  private look(): void {
    const idleMs = this.options.clock.monotonicMs() - this.lastReceivedRealMs;
    // Behind a host that talks all the time, fast motion moves on with the commands alone.
    if (this.time.live || (this.current === undefined && idleMs >= IDLE_LOOK_MS))
      this.advance(this.time.possibleMs);
    this.run();
  }

  private quiet(): boolean {
    const { body } = this;
    return (
      body.planner.length === 0 &&
      body.nozzle.settled &&
      body.bed.settled &&
      this.reportEveryMs + this.positionEveryMs === 0
    );
  }

  // Out

  private sendOk(line: Queued | undefined): void {
    if (this.options.lostReplies > 0 && line !== undefined && this.random() < this.options.lostReplies)
      return;
    if (!this.options.advancedOk || line === undefined) {
      this.write(OK);
      return;
    }
    const number = line.number >= 0 ? ` N${line.number}` : '';
    const free = Math.max(0, 15 - this.body.planner.length);
    this.say(`ok${number} P${free} B${QUEUE_SLOTS - 1 - this.queue.length}`);
  }

  private say(line: string): void {
    this.write(utf8ToBytes(`${line}\n`));
  }

  private write(bytes: Bytes): void {
    if (!this.answersLate) this.transmit(bytes);
    // In order all the same: each waits as long as the one before.
    else void this.options.clock.sleep(SLOW_BOARD_MS).then(() => this.transmit(bytes));
  }

  private transmit(bytes: Bytes): void {
    if (!this.closed) this.link.write(bytes).catch(() => this.stop());
  }

  private record(line: Queued, unknown: boolean): void {
    this.commands++;
    if (unknown) this.unknown++;
    this.hash.update(line.bytes.subarray(0, line.length));
    this.hash.update(NEWLINE);
    if (this.options.keepLog) this.log.push(lineText(line.bytes, 0, line.length));
  }

  private kill(reason: string): void {
    if (this.halted !== undefined) return;
    this.halted = reason.replace(/^(?:echo|Error):/, '');
    this.body.lose(this.time.nowMs);
    this.queue.length = 0;
    this.current = undefined;
    this.say(reason);
    this.say('Error:Printer halted. kill() called!');
    this.say('//action:poweroff');
  }

  private boot(): void {
    this.say('start');
    this.say('echo:Marlin 2.1.2.1');
    this.say('echo: Last Updated: 2022-12-23 | Author: (DIPNET virtual printer)');
    this.say(`echo: Free Memory: 4096  PlannerBufferBytes: 1792`);
  }

  private interval(ms: number): number {
    // In fast motion reports follow real time, or they would drown the conversation.
    return Math.max(ms, 20 * this.time.scale);
  }

  private keepalive(): number {
    return this.keepaliveMs > 0 ? this.interval(this.keepaliveMs) : Number.POSITIVE_INFINITY;
  }

  private createConsole(): ConstructorParameters<typeof Interpreter>[1] {
    const time = this.time;
    return {
      get nowMs() {
        return time.nowMs;
      },
      tellsEndstops: this.options.tellsEndstops,
      say: (line) => this.say(line),
      interval: (ms) => this.interval(ms),
      okSaid: () => {
        this.okSaid = true;
      },
      setAutoReport: (seconds) => {
        this.reportEveryMs = Math.max(0, Math.min(60, seconds)) * 1000;
        this.nextReportMs = time.nowMs + this.interval(this.reportEveryMs);
      },
      setPositionReport: (seconds) => {
        this.positionEveryMs = Math.max(0, Math.min(60, seconds)) * 1000;
        this.nextPositionMs = time.nowMs + this.interval(this.positionEveryMs);
      },
      setKeepalive: (seconds) => {
        this.keepaliveMs = Math.max(0, Math.min(60, seconds)) * 1000;
      },
      setLineNumber: (number) => {
        if (Number.isInteger(number)) this.reader.lastNumber = number;
      },
      kill: (reason) => this.kill(reason),
      clearStop: () => undefined,
    };
  }
}

const NEWLINE = Uint8Array.of(10);
