// Executes commands on the body as Marlin's handlers do. A handler returns at once, or says what it waits for; the
// firmware loop does the waiting and sends the `ok`.

import type { Body } from './body.ts';
import type { ParsedCommand } from './command-parser.ts';
import type { Way } from './planner.ts';

/** A handler that is not done. */
export type Wait = {
  /** Machine time of the next look, in milliseconds; infinity where only an event helps. */
  nextMs(): number;
  /** True when done; may speak. Called at nextMs and after events. */
  poll(nowMs: number): boolean;
  readonly forUser: boolean;
  /** M108 ends it. */
  readonly breakable: boolean;
};

export type Console = {
  readonly nowMs: number;
  readonly tellsEndstops: boolean;
  say(line: string): void;
  /** Machine milliseconds between two reports meant to be `ms` apart; longer in fast motion. */
  interval(ms: number): number;
  /** The plain `ok` is left out where the handler has said its own. */
  okSaid(): void;
  setAutoReport(seconds: number): void;
  setPositionReport(seconds: number): void;
  setKeepalive(seconds: number): void;
  setLineNumber(number: number): void;
  kill(reason: string): void;
  clearStop(): void;
};

const EXTRUDE_C_MIN = 170;
const EXTRUDE_MM_MAX = 200;
/** Settings that are accepted and have no effect on this machine. */
const SILENT = new Set([
  17, 21, 73, 75, 76, 77, 78, 92, 111, 117, 150, 200, 206, 207, 208, 209, 211, 218, 280, 300, 301, 304, 355,
  400, 401, 402, 412, 413, 420, 425, 500, 501, 569, 593, 851, 900, 906, 907, 914,
]);
const MM_PER_INCH = 25.4;

export class Interpreter {
  relative = false;
  relativeE = false;
  private readonly body: Body;
  private readonly console: Console;
  private readonly report: readonly string[];
  private unitMm = 1;
  private feedMmPerS = 25;
  private feedPercent = 100;
  private flowPercent = 100;
  private coldAllowed = false;
  private readonly reportsPositions: boolean;

  /** `capabilities`: those of the report that this board has or lacks. */
  constructor(body: Body, console: Console, capabilities: Readonly<Record<string, boolean>>) {
    this.body = body;
    this.console = console;
    this.reportsPositions = capabilities['AUTOREPORT_POS'] === true;
    this.report = FIRMWARE_REPORT.map((line) => {
      const name = /^Cap:([A-Z_]+):/.exec(line)?.[1];
      const has = name === undefined ? undefined : capabilities[name];
      return has === undefined ? line : `Cap:${name}:${has ? 1 : 0}`;
    });
  }

  reset(): void {
    this.relative = false;
    this.relativeE = false;
    this.unitMm = 1;
    this.feedMmPerS = 25;
    this.feedPercent = 100;
    this.flowPercent = 100;
    this.coldAllowed = false;
  }

  /** undefined: done. 'unknown': no such command. 'full': a move that needs a planner slot first. */
  execute(command: ParsedCommand): Wait | 'unknown' | 'full' | undefined {
    if (command.letter === 71) return this.executeG(command);
    if (command.letter === 77) return this.executeM(command);
    return this.selectTool(command.code);
  }

  private executeG(command: ParsedCommand): Wait | 'unknown' | 'full' | undefined {
    switch (command.code) {
      case 0:
      case 1:
        return this.move(command, 0);
      case 2:
      case 3:
        return this.arc(command);
      case 4:
        return this.dwell(command);
      case 20:
        this.unitMm = MM_PER_INCH;
        return undefined;
      case 21:
        this.unitMm = 1;
        return undefined;
      case 28:
        return this.home(command);
      case 29:
        return this.after(30_000);
      case 90:
      case 91:
        this.relative = command.code === 91;
        this.relativeE = this.relative;
        return undefined;
      case 92:
        this.setPosition(command);
        return undefined;
      case 10:
      case 11:
      case 17:
      case 18:
      case 19:
      case 80:
        return undefined;
      default:
        return 'unknown';
    }
  }

  private executeM(command: ParsedCommand): Wait | 'unknown' | undefined {
    switch (command.code) {
      case 0:
      case 1:
      case 600:
        return this.waitForUser(command);
      case 82:
      case 83:
        this.relativeE = command.code === 83;
        return undefined;
      case 104:
      case 109:
      case 140:
      case 190:
        return this.setHeater(command);
      case 106:
        this.body.fan = Number.isNaN(command.value('S')) ? 255 : Math.min(255, command.value('S'));
        return undefined;
      case 107:
        this.body.fan = 0;
        return undefined;
      case 400:
        return this.drained();
      case 18:
      case 84:
        this.disableSteppers(command);
        return this.drained();
      case 105:
        this.console.say(`ok ${this.temperatures()}`);
        this.console.okSaid();
        return undefined;
      case 112:
        this.console.kill('echo:M112 Shutdown');
        return undefined;
      case 108:
      case 410:
        return undefined;
      default:
        return this.executeSettings(command);
    }
  }

  private executeSettings(command: ParsedCommand): Wait | 'unknown' | undefined {
    const { console } = this;
    switch (command.code) {
      case 110:
        if (command.has('N')) console.setLineNumber(command.value('N'));
        return undefined;
      case 113:
        if (command.has('S')) console.setKeepalive(command.value('S'));
        return undefined;
      case 114:
        console.say(this.position(false));
        return undefined;
      case 115:
        for (const line of this.report) console.say(line);
        return undefined;
      case 118:
        this.echo(command.text);
        return undefined;
      case 154:
        if (!this.reportsPositions) return 'unknown';
        console.setPositionReport(Number.isNaN(command.value('S')) ? 0 : command.value('S'));
        return undefined;
      case 155:
        console.setAutoReport(Number.isNaN(command.value('S')) ? 0 : command.value('S'));
        return undefined;
      case 201:
      case 203:
      case 204:
      case 205:
        this.setMotion(command);
        return undefined;
      case 220:
        if (command.value('S') > 0) this.feedPercent = command.value('S');
        return undefined;
      case 221:
        if (command.value('S') > 0) this.flowPercent = command.value('S');
        return undefined;
      case 302:
        this.coldAllowed = command.value('P') === 1 || command.value('S') === 0;
        return undefined;
      case 999:
        console.clearStop();
        return undefined;
      default:
        return SILENT.has(command.code) ? undefined : 'unknown';
    }
  }

  // Motion

  private move(command: ParsedCommand, arcMm: number): 'full' | undefined {
    const { body } = this;
    if (body.planner.full) return 'full';
    if (command.value('F') > 0) this.feedMmPerS = (command.value('F') * this.unitMm) / 60;
    const x = this.target(
      command.value('X'),
      body.x,
      body.offsetX,
      body.homedX ? body.options.volumeMm.x : Infinity,
    );
    const y = this.target(
      command.value('Y'),
      body.y,
      body.offsetY,
      body.homedY ? body.options.volumeMm.y : Infinity,
    );
    const z = this.target(
      command.value('Z'),
      body.z,
      body.offsetZ,
      body.homedZ ? body.options.volumeMm.z : Infinity,
    );
    const length = this.extrusion(command.value('E'));
    const stretch = arcMm > 0 ? arcMm / Math.max(1e-9, Math.hypot(x - body.x, y - body.y)) : 1;
    const begins = body.planner.length === 0 && body.motionEndMs < this.console.nowMs;
    if (begins) body.motionEndMs = this.console.nowMs;
    const dx = arcMm > 0 && x === body.x && y === body.y ? arcMm : (x - body.x) * stretch;
    const speed = (this.feedMmPerS * this.feedPercent) / 100;
    body.planner.add(
      dx,
      (y - body.y) * stretch,
      z - body.z,
      (length * this.flowPercent) / 100,
      speed,
      this.way(x, y, z),
    );
    if (length > 0 && !body.clogged) body.shape?.deposit(body.x, body.y, x, y, z);
    body.x = x;
    body.y = y;
    body.z = z;
    if (length !== 0) body.extrude((length * this.flowPercent) / 100);
    return undefined;
  }

  private way(toX: number, toY: number, toZ: number): Way | undefined {
    const { body } = this;
    if (!body.options.followsNozzle) return undefined;
    return { fromX: body.x, fromY: body.y, fromZ: body.z, toX, toY, toZ };
  }

  /** Machine coordinate that the word asks for, held inside the soft end stops of a homed axis. */
  private target(word: number, now: number, offset: number, max: number): number {
    if (Number.isNaN(word)) return now;
    const wanted = this.relative ? now + word * this.unitMm : word * this.unitMm + offset;
    return max === Infinity ? wanted : Math.max(0, Math.min(max, wanted));
  }

  /** Filament that this move really pushes; moves that would be unsafe are said and left out, and still `ok`. */
  private extrusion(word: number): number {
    if (Number.isNaN(word)) return 0;
    const { body } = this;
    const wanted = this.relativeE ? body.e + word * this.unitMm : word * this.unitMm;
    const length = wanted - body.e;
    body.e = wanted;
    if (length === 0) return 0;
    if (body.nozzle.celsius < EXTRUDE_C_MIN && !this.coldAllowed) {
      this.console.say('echo: cold extrusion prevented');
      body.coldMoves++;
      return 0;
    }
    if (Math.abs(length) > EXTRUDE_MM_MAX) {
      this.console.say('echo: too long extrusion prevented');
      return 0;
    }
    return length;
  }

  /** G2 and G3 as one block of the arc's length: right in time and place, straight in between. */
  private arc(command: ParsedCommand): 'full' | undefined {
    const { body, unitMm } = this;
    if (body.planner.full) return 'full';
    const i = Number.isNaN(command.value('I')) ? 0 : command.value('I') * unitMm;
    const j = Number.isNaN(command.value('J')) ? 0 : command.value('J') * unitMm;
    const endX = this.target(command.value('X'), body.x, body.offsetX, Infinity);
    const endY = this.target(command.value('Y'), body.y, body.offsetY, Infinity);
    const fromAngle = Math.atan2(-j, -i);
    const toAngle = Math.atan2(endY - (body.y + j), endX - (body.x + i));
    let sweep = command.code === 2 ? fromAngle - toAngle : toAngle - fromAngle;
    if (sweep <= 1e-9) sweep += 2 * Math.PI;
    const radius = Math.hypot(i, j);
    const chord = Math.hypot(endX - body.x, endY - body.y);
    return this.move(command, radius > 0 ? radius * sweep : Math.max(chord, 1e-6));
  }

  private home(command: ParsedCommand): Wait {
    const { body } = this;
    const all = !command.has('X') && !command.has('Y') && !command.has('Z');
    const wait = this.after(all ? 12_000 : 5_000);
    if (all) body.beginPrint();
    if (all || command.has('X')) {
      this.touch('X', body.homedX ? body.slippedXMm : body.x);
      body.slippedXMm = 0;
    }
    if (all || command.has('Y')) this.touch('Y', body.homedY ? 0 : body.y);
    if (all || command.has('X')) [body.x, body.offsetX, body.homedX] = [0, 0, true];
    if (all || command.has('Y')) [body.y, body.offsetY, body.homedY] = [0, 0, true];
    if (all || command.has('Z')) [body.z, body.offsetZ, body.homedZ] = [0, 0, true];
    return wait;
  }

  /** Where the firmware believes the axis to be when it meets its end stop. */
  private touch(axis: 'X' | 'Y', atMm: number): void {
    if (this.console.tellsEndstops) this.console.say(`echo:endstops hit:  ${axis}:${(-atMm).toFixed(2)}`);
  }

  private setPosition(command: ParsedCommand): void {
    const { body, unitMm } = this;
    if (!Number.isNaN(command.value('X'))) body.offsetX = body.x - command.value('X') * unitMm;
    if (!Number.isNaN(command.value('Y'))) body.offsetY = body.y - command.value('Y') * unitMm;
    if (!Number.isNaN(command.value('Z'))) body.offsetZ = body.z - command.value('Z') * unitMm;
    if (!Number.isNaN(command.value('E'))) body.e = command.value('E') * unitMm;
  }

  private setMotion(command: ParsedCommand): void {
    const { planner } = this.body;
    const { limits } = planner;
    const axes = (old: readonly [number, number, number, number]): [number, number, number, number] => {
      const pick = (letter: string, value: number) =>
        command.value(letter) > 0 ? command.value(letter) : value;
      return [pick('X', old[0]), pick('Y', old[1]), pick('Z', old[2]), pick('E', old[3])];
    };
    if (command.code === 201) {
      planner.limits = { ...limits, accelerationMmPerS2: axes(limits.accelerationMmPerS2) };
    } else if (command.code === 203) {
      planner.limits = { ...limits, speedMmPerS: axes(limits.speedMmPerS) };
    } else if (command.code === 205) {
      planner.limits = { ...limits, jerkMmPerS: axes(limits.jerkMmPerS) };
    } else {
      const value = command.value('P') > 0 ? command.value('P') : command.value('S');
      if (value > 0) planner.limits = { ...limits, printAccelerationMmPerS2: value };
    }
  }

  private selectTool(tool: number): undefined {
    if (tool !== 0) this.console.say(`echo:T${tool} Invalid extruder`);
    return undefined;
  }

  private disableSteppers(command: ParsedCommand): void {
    if (command.has('S')) return; // only sets the idle timeout
    const { body } = this;
    body.homedX = false;
    body.homedY = false;
    body.homedZ = false;
  }

  // Waiting

  private drained(): Wait {
    return this.after(0);
  }

  private dwell(command: ParsedCommand): Wait {
    const seconds = Number.isNaN(command.value('S')) ? 0 : command.value('S') * 1000;
    return this.after(Number.isNaN(command.value('P')) ? seconds : command.value('P'));
  }

  /** Waits for the motion to end and then for `ms` more. */
  private after(ms: number): Wait {
    const { body, console } = this;
    const endMs = Math.max(body.settleMotion(), console.nowMs) + ms;
    body.motionEndMs = endMs;
    return { nextMs: () => endMs, poll: (nowMs) => nowMs >= endMs, forUser: false, breakable: false };
  }

  private waitForUser(command: ParsedCommand): Wait {
    const { console, body } = this;
    body.settleMotion();
    const text = command.text === '' ? 'Click to Resume...' : command.text;
    console.say('//action:prompt_end');
    console.say(`//action:prompt_begin ${text}`);
    console.say('//action:prompt_button Continue');
    console.say('//action:prompt_show');
    return { nextMs: () => Infinity, poll: () => false, forUser: true, breakable: true };
  }

  private setHeater(command: ParsedCommand): Wait | undefined {
    const { body, console } = this;
    const bed = command.code === 140 || command.code === 190;
    const heater = bed ? body.bed : body.nozzle;
    const waits = command.code === 109 || command.code === 190;
    const target = Number.isNaN(command.value('S')) ? command.value('R') : command.value('S');
    if (!Number.isNaN(target)) heater.setTarget(target, console.nowMs);
    if (!waits) return undefined;
    const noCooling = Number.isNaN(command.value('R')) && heater.celsius > heater.targetC;
    if (noCooling || heater.targetC === 0) return undefined;
    // The motion goes on during a heat-up, but the next command waits for both.
    body.settleMotion();
    let inBandSinceMs = -1;
    let reportMs = console.nowMs + console.interval(1000);
    let lookMs = console.nowMs;
    return {
      nextMs: () => lookMs,
      poll: (nowMs) => {
        lookMs = nowMs + 250;
        if (Math.abs(heater.celsius - heater.targetC) > 1.5) inBandSinceMs = -1;
        else if (inBandSinceMs < 0) inBandSinceMs = nowMs;
        if (nowMs >= reportMs) {
          reportMs = nowMs + console.interval(1000);
          console.say(` ${this.temperatures()} W:?`);
        }
        return inBandSinceMs >= 0 && nowMs - inBandSinceMs >= 1000;
      },
      forUser: false,
      breakable: true,
    };
  }

  // Reports

  temperatures(): string {
    const { nozzle, bed } = this.body;
    const t = `T:${nozzle.readingC.toFixed(2)} /${nozzle.targetC.toFixed(2)}`;
    const b = `B:${bed.readingC.toFixed(2)} /${bed.targetC.toFixed(2)}`;
    return `${t} ${b} @:${Math.round(nozzle.duty * 127)} B@:${Math.round(bed.duty * 127)}`;
  }

  /** As M114 says it: where it plans to be (`real`: where the steppers are), and where the steppers are, in steps. */
  position(real: boolean): string {
    const { body } = this;
    const steppers = body.nozzleAt(this.console.nowMs);
    const at = real ? steppers : body;
    const x = at.x - body.offsetX;
    const y = at.y - body.offsetY;
    const z = at.z - body.offsetZ;
    const place = `X:${x.toFixed(2)} Y:${y.toFixed(2)} Z:${z.toFixed(2)} E:${body.e.toFixed(2)}`;
    const [a, b, c] = [steppers.x * 80, steppers.y * 80, steppers.z * 400].map(Math.round);
    return `${place} Count X:${a} Y:${b} Z:${c}`;
  }

  private echo(text: string): void {
    const match = /^((?:[AEP]\d+\s*)*)(.*)$/.exec(text);
    const flags = match?.[1] ?? '';
    const prefix = `${flags.includes('E1') ? 'echo:' : ''}${flags.includes('A1') ? '//' : ''}`;
    this.console.say(`${prefix}${match?.[2] ?? text}`);
  }
}

const FIRMWARE_REPORT = [
  'FIRMWARE_NAME:Marlin 2.1.2.1 (DIPNET virtual printer) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin PROTOCOL_VERSION:1.0 MACHINE_TYPE:Virtual Printer EXTRUDER_COUNT:1 UUID:cede2a2f-41a2-4748-9b12-c55c62f367ff',
  'Cap:SERIAL_XON_XOFF:0',
  'Cap:BINARY_FILE_TRANSFER:0',
  'Cap:EEPROM:0',
  'Cap:VOLUMETRIC:1',
  'Cap:AUTOREPORT_POS:0',
  'Cap:AUTOREPORT_TEMP:1',
  'Cap:PROGRESS:0',
  'Cap:PRINT_JOB:1',
  'Cap:AUTOLEVEL:1',
  'Cap:EMERGENCY_PARSER:1',
  'Cap:HOST_ACTION_COMMANDS:1',
  'Cap:PROMPT_SUPPORT:1',
  'Cap:SDCARD:0',
  'Cap:THERMAL_PROTECTION:1',
  'Cap:BUSY_PROTOCOL:1',
  'Cap:ARCS:1',
];
