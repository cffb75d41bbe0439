// A simulated GRBL 1.1h board at the far end of a link, written from its documentation: receive buffer of 128 bytes that
// loses what does not fit, 15 planner blocks, realtime bytes, feed hold, alarms, homing lock, soft limits, settings.
// Motion takes its time; a move ends where it was stopped. Shares no code with the driver.

import type { Bytes, Clock } from '../../base/index.ts';
import { utf8ToBytes } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';

export type SimGrblOptions = {
  readonly clock: Clock;
  /** Machine seconds a real second. */
  readonly timeScale?: number;
  readonly settings?: Readonly<Record<number, number>>;
};

type Point = { x: number; y: number; z: number };
type Block = {
  readonly to: Point;
  readonly from: Point;
  readonly durationMs: number;
  readonly state: 'Run' | 'Jog';
  leftMs: number;
};
type Modal = {
  motion: number;
  absolute: boolean;
  inches: boolean;
  feed: number;
  tool: number;
  speed: number;
};

const RX_BYTES = 128;
const PLANNER_BLOCKS = 15;
const BANNER = "Grbl 1.1h ['$' for help]";
const RAPID_MM_PER_MIN = 3_000;
const KNOWN_G = new Set([
  0, 1, 2, 3, 4, 10, 17, 18, 19, 20, 21, 28, 30, 40, 49, 53, 54, 61, 80, 90, 91, 91.1, 92, 94,
]);
const KNOWN_M = new Set([0, 1, 2, 3, 4, 5, 7, 8, 9, 30]);

export class SimGrbl {
  /** Every line that was executed. */
  readonly log: string[] = [];
  readonly position: Point = { x: 0, y: 0, z: 0 };
  spindle = 0;
  coolant = false;
  overflowBytes = 0;
  resets = 0;
  toolToggles = 0;
  state: 'Idle' | 'Run' | 'Jog' | 'Hold' | 'Alarm' | 'Home' | 'Door' = 'Idle';
  /** Where the zero of the files' coordinates lies (G10). */
  readonly zero: Point = { x: 0, y: 0, z: 0 };
  private readonly options: SimGrblOptions;
  private readonly link: SerialLink;
  private readonly settings = new Map<number, number>([
    [10, 1],
    [13, 0],
    [20, 0],
    [22, 0],
    [30, 1000],
    [32, 0],
    [130, 300],
    [131, 300],
    [132, 100],
  ]);
  private rx: number[] = [];
  private planner: Block[] = [];
  private modal: Modal = freshModal();
  private moving: AbortController | undefined;
  private holding = false;
  private waiting: (() => boolean) | undefined;
  private homed = false;
  private dead = false;
  private epoch = 0;

  constructor(link: SerialLink, options: SimGrblOptions) {
    this.link = link;
    this.options = options;
    for (const [number, value] of Object.entries(options.settings ?? {}))
      this.settings.set(Number(number), value);
    link.onData((bytes) => this.receive(bytes));
    link.onClose(() => {
      this.dead = true;
      this.moving?.abort();
    });
    if (this.setting(22) === 1) this.state = 'Alarm';
    this.greet();
  }

  private setting(number: number): number {
    return this.settings.get(number) ?? 0;
  }

  /** A limit switch is hit in motion. */
  hitLimit(): void {
    this.alarm(1);
  }

  /** The power comes back after it was gone. */
  powerCycle(): void {
    this.homed = false;
    this.state = this.setting(22) === 1 ? 'Alarm' : 'Idle';
    this.clear();
    this.greet();
  }

  openDoor(): void {
    this.hold();
    this.state = 'Door';
    this.spindle = 0;
  }

  get atWork(): boolean {
    return this.state === 'Run' || this.planner.length > 0;
  }

  /** Silent for good, as after a crash. */
  freeze(): void {
    this.dead = true;
    this.moving?.abort();
  }

  private greet(): void {
    this.say(`\r\n${BANNER}`);
    if (this.state === 'Alarm') this.say("[MSG:'$H'|'$X' to unlock]");
  }

  private say(line: string): void {
    if (!this.dead) void this.link.write(utf8ToBytes(`${line}\r\n`)).catch(() => undefined);
  }

  // In

  private receive(bytes: Bytes): void {
    if (this.dead) return;
    for (const byte of bytes) {
      if (byte === 0x18) this.reset();
      else if (byte === 0x3f) this.report();
      else if (byte === 0x21) this.hold();
      else if (byte === 0x7e) this.resume();
      else if (byte === 0x9e) this.toggleTool();
      else if (this.rx.length >= RX_BYTES) this.overflowBytes++;
      else this.rx.push(byte);
    }
    this.pump();
  }

  private reset(): void {
    this.resets++;
    const inMotion = this.state === 'Run' || this.state === 'Home';
    this.clear();
    if (inMotion) {
      this.say('ALARM:3');
      this.state = 'Alarm';
    } else if (this.state !== 'Alarm') this.state = 'Idle';
    this.greet();
  }

  private clear(): void {
    this.epoch++;
    this.rx = [];
    this.planner = [];
    this.holding = false;
    this.waiting = undefined;
    this.modal = freshModal();
    this.spindle = 0;
    this.coolant = false;
    this.moving?.abort();
  }

  private alarm(number: number): void {
    this.say(`ALARM:${number}`);
    this.planner = [];
    this.epoch++;
    this.moving?.abort();
    this.rx = [];
    this.waiting = undefined;
    this.state = 'Alarm';
    // The documentation: the tool is left as it is until the reset.
    if (number === 1) this.homed = false;
  }

  private hold(): void {
    if (this.state !== 'Run') return;
    this.holding = true;
    this.moving?.abort();
    this.state = 'Hold';
    // In laser mode a hold switches the light off by itself.
    if (this.setting(32) === 1) this.spindle = 0;
  }

  /** In a hold alone: off, and on again. */
  private toggleTool(): void {
    if (this.state !== 'Hold') return;
    this.toolToggles++;
    this.spindle = this.spindle > 0 || this.modal.tool === 5 ? 0 : this.modal.speed;
  }

  private resume(): void {
    if (this.state !== 'Hold' && this.state !== 'Door') return;
    this.holding = false;
    this.state = this.planner.length > 0 ? 'Run' : 'Idle';
    if (this.modal.tool !== 5) this.spindle = this.modal.speed;
    this.pump();
    void this.runMotion();
  }

  private report(): void {
    const { x, y, z } = this.position;
    const at = [x, y, z].map((value) => value.toFixed(3)).join(',');
    const zero = [this.zero.x, this.zero.y, this.zero.z].map((value) => value.toFixed(3)).join(',');
    const name = this.state === 'Hold' ? 'Hold:0' : this.state === 'Door' ? 'Door:1' : this.state;
    const blocks = PLANNER_BLOCKS - this.planner.length;
    this.say(
      `<${name}|MPos:${at}|Bf:${blocks},${RX_BYTES - this.rx.length}|FS:0,${this.spindle}|WCO:${zero}>`,
    );
  }

  // Lines

  private pump(): void {
    while (!this.dead) {
      if (this.waiting !== undefined) {
        if (!this.waiting()) return;
        this.waiting = undefined;
        this.say('ok');
        continue;
      }
      if (this.holding || this.planner.length >= PLANNER_BLOCKS) return;
      const end = this.rx.findIndex((byte) => byte === 10 || byte === 13);
      if (end < 0) return;
      const text = String.fromCharCode(...this.rx.slice(0, end));
      this.rx = this.rx.slice(end + 1);
      this.line(text.trim().toUpperCase());
    }
  }

  private line(text: string): void {
    const plain = text.replace(/\([^)]*\)|;.*$/g, '').replace(/\s+/g, '');
    const error =
      plain.length > 79 ? 11 : plain.startsWith('$') ? this.system(plain) : this.gcode(plain, text);
    if (error > 0) this.say(`error:${error}`);
    else if (this.waiting === undefined && this.state !== 'Home') this.say('ok');
  }

  private system(text: string): number {
    if (text === '$I') {
      this.say('[VER:1.1h.20190830:]');
      this.say(`[OPT:V,${PLANNER_BLOCKS},${RX_BYTES}]`);
      return 0;
    }
    if (text === '$$') {
      for (const [number, value] of this.settings) this.say(`$${number}=${value}`);
      return 0;
    }
    if (text === '$X') {
      if (this.state === 'Alarm') this.say('[MSG:Caution: Unlocked]');
      if (this.state === 'Alarm') this.state = 'Idle';
      return 0;
    }
    if (text.startsWith('$J=')) return this.jog(text.slice(3));
    if (this.state !== 'Idle' && this.state !== 'Alarm') return 8;
    if (text === '$H') return this.home();
    const setting = /^\$(\d+)=(-?[\d.]+)$/.exec(text);
    if (setting === null) return 3;
    this.settings.set(Number(setting[1]), Number(setting[2]));
    return 0;
  }

  /** A move by hand: of its own modes, and refused where it would leave the travel. */
  private jog(text: string): number {
    if (this.state !== 'Idle' && this.state !== 'Jog') return 8;
    const words = new Map(
      [...text.matchAll(/([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))/g)].map(([word, letter = '', value]) => [
        letter === 'G' ? word : letter,
        Number(value),
      ]),
    );
    const known = ['G20', 'G21', 'G53', 'G90', 'G91', 'X', 'Y', 'Z', 'F'];
    if ([...words.keys()].some((word) => !known.includes(word))) return 16;
    const feed = words.get('F');
    if (feed === undefined) return 22;
    const from = this.planner.at(-1)?.to ?? { ...this.position };
    const unit = words.has('G20') ? 25.4 : 1;
    const to = { ...from };
    for (const axis of ['x', 'y', 'z'] as const) {
      const value = words.get(axis.toUpperCase());
      if (value === undefined) continue;
      const base = words.has('G91') ? from[axis] : words.has('G53') ? 0 : this.zero[axis];
      to[axis] = base + value * unit;
    }
    if (this.setting(20) === 1 && this.homed && this.isOutside(to)) return 15;
    this.log.push(`$J=${text}`);
    this.plan(from, to, feed * unit, 'Jog');
    return 0;
  }

  private home(): number {
    if (this.setting(22) !== 1) return 5;
    this.state = 'Home';
    const { epoch } = this;
    void this.options.clock.sleep(4_000 / (this.options.timeScale ?? 1)).then(() => {
      if (this.epoch !== epoch || this.dead) return;
      Object.assign(this.position, { x: 0, y: 0, z: 0 });
      this.homed = true;
      this.state = 'Idle';
      this.say('ok');
      this.pump();
    });
    return 0;
  }

  private gcode(plain: string, text: string): number {
    if (plain === '') return 0;
    if (this.state === 'Alarm') return 9;
    const words = [...plain.matchAll(/([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))/g)].map(
      ([, letter = '', value]) => [letter, Number(value)] as const,
    );
    if (
      words.map(([letter]) => letter).join('') === '' ||
      plain.replace(/([A-Z])[+-]?(?:\d+\.?\d*|\.\d+)/g, '') !== ''
    )
      return /^[A-Z]/.test(plain) ? 2 : 1;
    for (const [letter, value] of words) {
      if (letter === 'G' && !KNOWN_G.has(value)) return 20;
      if (letter === 'M' && !KNOWN_M.has(value)) return 20;
    }
    this.log.push(text);
    return this.execute(words);
  }

  private execute(words: readonly (readonly [string, number])[]): number {
    const { modal } = this;
    const value = (letter: string) => words.find(([name]) => name === letter)?.[1];
    let dwellMs = 0;
    for (const [letter, number] of words) {
      if (letter === 'F') modal.feed = number * (modal.inches ? 25.4 : 1);
      else if (letter === 'S') modal.speed = number;
      else if (letter === 'G') dwellMs = this.modalG(number, value('P') ?? 0) || dwellMs;
    }
    for (const [letter, number] of words) if (letter === 'M') this.modalM(number);
    if (dwellMs > 0) this.dwell(dwellMs);
    const axes = (['X', 'Y', 'Z'] as const).filter((axis) => value(axis) !== undefined);
    if (axes.length === 0) return 0;
    if (modal.motion > 0 && modal.feed === 0) return 22;
    if (words.some(([letter, number]) => letter === 'G' && number === 10)) {
      if (value('L') !== 20) return 20;
      for (const axis of axes) {
        const key = axis.toLowerCase() as keyof Point;
        this.zero[key] = this.position[key] - (value(axis) ?? 0);
      }
      return 0;
    }
    const last = this.planner.at(-1)?.to ?? { ...this.position };
    const unit = modal.inches ? 25.4 : 1;
    const to = { ...last };
    for (const axis of axes) {
      const key = axis.toLowerCase() as keyof Point;
      const number = (value(axis) ?? 0) * unit;
      to[key] = modal.absolute ? this.zero[key] + number : to[key] + number;
    }
    if (this.setting(20) === 1 && this.homed && this.isOutside(to)) {
      this.alarm(2);
      return 0;
    }
    this.plan(last, to);
    return 0;
  }

  private isOutside({ x, y, z }: Point): boolean {
    const within = (value: number, travel: number) => value <= 0 && value >= -travel;
    return !(within(x, this.setting(130)) && within(y, this.setting(131)) && within(z, this.setting(132)));
  }

  /** Milliseconds of a dwell, or 0. */
  private modalG(number: number, p: number): number {
    const { modal } = this;
    if (number <= 3) modal.motion = number;
    else if (number === 4) return p * 1000;
    else if (number === 20 || number === 21) modal.inches = number === 20;
    else if (number === 90 || number === 91) modal.absolute = number === 90;
    return 0;
  }

  private modalM(number: number): void {
    const { modal } = this;
    if (number === 3 || number === 4 || number === 5) {
      modal.tool = number;
      this.whenStill(() => {
        this.spindle = number === 5 ? 0 : modal.speed;
        return true;
      });
    } else if (number === 8 || number === 9) this.coolant = number === 8;
    else if (number === 2 || number === 30) {
      this.whenStill(() => {
        this.modal = { ...freshModal(), feed: 0 };
        this.spindle = 0;
        this.coolant = false;
        return true;
      });
    } else if (number === 0 || number === 1) {
      let held = false;
      this.whenStill(() => {
        if (held) return true;
        held = true;
        this.holding = true;
        this.state = 'Hold';
        return false;
      });
    }
  }

  private dwell(ms: number): void {
    let over = false;
    let begun = false;
    const { epoch } = this;
    this.whenStill(() => {
      if (!begun) {
        begun = true;
        this.state = 'Run';
        void this.options.clock.sleep(ms / (this.options.timeScale ?? 1)).then(() => {
          over = true;
          if (this.epoch !== epoch) return;
          this.state = 'Idle';
          this.pump();
        });
      }
      return over;
    });
  }

  /** The line is answered once all motion is over and `then` says so. */
  private whenStill(then: () => boolean): void {
    const before = this.waiting;
    this.waiting = () => this.planner.length === 0 && (before?.() ?? true) && then();
  }

  // Motion

  private plan(from: Point, to: Point, jogMmPerMin?: number, state: 'Run' | 'Jog' = 'Run'): void {
    const length = Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z);
    if (length === 0) return;
    const feed = jogMmPerMin ?? (this.modal.motion === 0 ? RAPID_MM_PER_MIN : this.modal.feed);
    const durationMs = (length / feed) * 60_000;
    this.planner.push({ from, to, durationMs, leftMs: durationMs, state });
    void this.runMotion();
  }

  private async runMotion(): Promise<void> {
    if (this.moving !== undefined || this.holding || this.dead) return;
    const { clock, timeScale = 1 } = this.options;
    for (;;) {
      const [block] = this.planner;
      if (block === undefined || this.holding || this.dead || this.state === 'Alarm') break;
      this.state = block.state;
      const moving = new AbortController();
      this.moving = moving;
      const sinceMs = clock.monotonicMs();
      await clock.sleep(block.leftMs / timeScale, moving.signal).catch(() => undefined);
      this.moving = undefined;
      const gone = Math.min(block.leftMs, (clock.monotonicMs() - sinceMs) * timeScale);
      block.leftMs = moving.signal.aborted ? block.leftMs - gone : 0;
      const share = 1 - block.leftMs / block.durationMs;
      for (const axis of ['x', 'y', 'z'] as const)
        this.position[axis] = block.from[axis] + (block.to[axis] - block.from[axis]) * share;
      if (block.leftMs <= 0 && this.planner[0] === block) this.planner.shift();
      this.pump();
    }
    if (this.planner.length === 0 && (this.state === 'Run' || this.state === 'Jog')) {
      this.state = 'Idle';
      this.pump();
    }
  }
}

function freshModal(): Modal {
  return { motion: 0, absolute: true, inches: false, feed: 0, tool: 5, speed: 0 };
}
