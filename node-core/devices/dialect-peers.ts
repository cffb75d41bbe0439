// Firmwares of several makers as far as a host can tell them apart: how they complain, repeat, idle, boot and die. What
// they execute goes through the virtual printer's body. Test support; faults strike once, at a given line of the job.

import type { Clock } from '../base/index.ts';
import { utf8ToBytes } from '../base/index.ts';
import type { SerialLink } from './types.ts';
import { createMachineBody, type MachineBody } from './virtual/index.ts';

export type Dialect = {
  readonly name: string;
  readonly report: readonly string[];
  /** Numbers and checksums are looked at. */
  readonly checks: boolean;
  readonly namesLines: boolean;
  /** Complains about a line and asks for `next`. */
  complain(next: number): readonly string[];
  /** Answers a number that it has already; undefined where it complains instead. */
  repeated(number: number): readonly string[] | undefined;
  readonly busy: string | undefined;
  readonly idle: string | undefined;
  readonly boot: readonly string[] | undefined;
  readonly death: readonly string[];
};

const marlin = (next: number) => [
  `Error:Line Number is not Last Line Number+1, Last Line: ${next - 1}`,
  `Resend: ${next}`,
  'ok',
];
const MARLIN_DEATH = [
  'Error:Heating failed, system stopped! Heater_ID: 0',
  'Error:Printer halted. kill() called!',
];
const MARLIN: Dialect = {
  name: 'Marlin 2.1',
  report: ['FIRMWARE_NAME:Marlin 2.1.2 EXTRUDER_COUNT:1', 'Cap:EMERGENCY_PARSER:0'],
  checks: true,
  namesLines: false,
  complain: marlin,
  repeated: () => [],
  busy: 'echo:busy: processing',
  idle: undefined,
  boot: ['start', 'echo:Marlin 2.1.2'],
  death: MARLIN_DEATH,
};

export const DIALECTS: readonly Dialect[] = [
  MARLIN,
  {
    ...MARLIN,
    name: 'Marlin 2.1, ADVANCED_OK',
    report: ['FIRMWARE_NAME:Marlin 2.1.2 EXTRUDER_COUNT:1', 'Cap:EMERGENCY_PARSER:1'],
    namesLines: true,
  },
  {
    ...MARLIN,
    name: 'Marlin 1.0 and older',
    report: ['FIRMWARE_NAME:Marlin V1; Sprinter/grbl mashup'],
    complain: (next) => [`rs N${next} wrong checksum`],
    repeated: () => undefined,
    busy: undefined,
  },
  {
    ...MARLIN,
    name: 'Prusa',
    report: ['FIRMWARE_NAME:Prusa-Firmware 3.13.3 based on Marlin', 'Cap:PRUSA_MMU2:1'],
    repeated: () => undefined,
    busy: 'busy: processing',
  },
  {
    ...MARLIN,
    name: 'Repetier',
    report: ['FIRMWARE_NAME:Repetier_1.0.4 PROTOCOL_VERSION:1.0'],
    complain: (next) => [`Error:expected line ${next} got another`, `Resend:${next}`, 'ok'],
    repeated: (number) => [`skip ${number}`, 'ok'],
    busy: 'busy:processing',
    idle: 'wait',
    death: ['fatal:Heater/sensor error - Printer stopped and heaters disabled due to this error.'],
  },
  {
    ...MARLIN,
    name: 'Smoothie',
    report: ['FIRMWARE_NAME:Smoothieware, FIRMWARE_URL:http%3A//smoothieware.org'],
    complain: (next) => [`rs N${next}`],
    repeated: () => undefined,
    busy: undefined,
    boot: ['Smoothie', 'ok'],
    death: ['ERROR: Temperature reading is unreliable on T - HALT asserted', '!!'],
  },
  {
    ...MARLIN,
    name: 'Klipper',
    report: ['FIRMWARE_NAME:Klipper FIRMWARE_VERSION:v0.12'],
    checks: false,
    busy: undefined,
    // Its pseudo-terminal checks nothing, and goes away when it restarts.
    boot: undefined,
    death: ['!! Heater extruder not heating at expected rate'],
  },
];

export const PEER_FAULTS = [
  'nothing',
  'a line damaged',
  'a line lost',
  'a line delivered twice',
  'an answer lost',
  'an answer doubled',
  'noise between answers',
  'busy for 40 s',
  'the board restarts',
  'the firmware stops itself',
  'the firmware hangs',
  'the cable is lost',
  'the power is lost',
] as const;
export type PeerFault = (typeof PEER_FAULTS)[number];

const BUSY_MS = 40_000;
const BUSY_EVERY_MS = 2_000;
const IDLE_MS = 1_000;

export class DialectPeer {
  /** What was executed, in order, `<reset>` and `<halt>` among it. */
  readonly executed: string[] = [];
  readonly body: MachineBody;
  /** Called at the chosen line, once. */
  onStrike: () => void = () => undefined;
  private readonly dialect: Dialect;
  private readonly fault: PeerFault | undefined;
  private readonly strikeAt: string;
  private readonly link: SerialLink;
  private readonly clock: Clock;
  private text = '';
  private readonly queue: string[] = [];
  private last = 0;
  private struck = false;
  private dead = false;
  private blocked = false;
  private mangleAnswer: 'lost' | 'doubled' | undefined;

  /** `strikeAt`: the command at whose arrival the fault strikes. `body`: of the machine as an earlier peer left it. */
  constructor(
    link: SerialLink,
    clock: Clock,
    dialect: Dialect,
    fault: PeerFault | undefined,
    strikeAt: string,
    body = createMachineBody(),
  ) {
    this.body = body;
    this.link = link;
    this.clock = clock;
    this.dialect = dialect;
    this.fault = fault;
    this.strikeAt = strikeAt;
    link.onData((bytes) => {
      this.text += String.fromCharCode(...bytes);
      const lines = this.text.split('\n');
      this.text = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.arrive(line);
    });
  }

  private arrive(line: string): void {
    if (this.struck || !line.includes(` ${this.strikeAt}*`)) {
      this.accept(line);
      return;
    }
    this.struck = true;
    this.onStrike();
    switch (this.fault) {
      case 'a line damaged':
        this.accept(line.replace('X', 'Y'));
        return;
      case 'a line lost':
        return;
      case 'a line delivered twice':
        this.accept(line);
        this.accept(line);
        return;
      case 'an answer lost':
        this.mangleAnswer = 'lost';
        break;
      case 'an answer doubled':
        this.mangleAnswer = 'doubled';
        break;
      case 'noise between answers':
        this.say('\u0001k\u00ff T:\u0000 \u0007');
        break;
      case 'busy for 40 s':
        void this.beBusy();
        break;
      case 'the board restarts':
        this.restart();
        return;
      case 'the firmware stops itself':
        this.halt();
        return;
      case 'the firmware hangs':
        this.blocked = true;
        break;
      case 'the cable is lost':
        void this.link.close();
        return;
      case 'the power is lost':
        this.powerOff();
        void this.link.close();
        return;
      default:
        break;
    }
    this.accept(line);
  }

  private accept(line: string): void {
    if (this.dead) return;
    this.queue.push(line);
    this.work();
  }

  private work(): void {
    for (;;) {
      if (this.blocked || this.dead) return;
      const line = this.queue.shift();
      if (line === undefined) break;
      this.take(line);
    }
    const { idle } = this.dialect;
    if (idle !== undefined) void this.sayWhenIdle(idle, this.executed.length);
  }

  private take(line: string): void {
    const { dialect } = this;
    const framed = /^N(\d+) (.*)\*(\d+)$/.exec(line);
    if (framed === null) {
      this.execute(line.trim(), undefined);
      return;
    }
    const number = Number(framed[1]);
    const command = framed[2] ?? '';
    if (dialect.checks && !command.startsWith('M110')) {
      if (number !== this.last + 1) {
        const near = number === this.last || number === this.last - 1;
        const answer = near ? dialect.repeated(number) : undefined;
        for (const text of answer ?? dialect.complain(this.last + 1)) this.say(text);
        return;
      }
      let sum = 0;
      for (let i = 0; i < line.lastIndexOf('*'); i++) sum ^= line.charCodeAt(i);
      if (sum !== Number(framed[3])) {
        for (const text of dialect.complain(this.last + 1)) this.say(text);
        return;
      }
    }
    this.last = command.startsWith('M110') ? Number(/N(\d+)/.exec(command)?.[1] ?? number) : number;
    this.execute(command, number);
  }

  private execute(command: string, number: number | undefined): void {
    if (command.startsWith('M112')) {
      this.halt();
      return;
    }
    this.executed.push(command);
    this.body.execute(command);
    if (command === 'M105') {
      const { nozzleTargetC, bedTargetC } = this.body.state();
      this.say(`ok T:${nozzleTargetC}.0 /${nozzleTargetC}.0 B:${bedTargetC}.0 /${bedTargetC}.0`);
      return;
    }
    if (command === 'M115') for (const line of this.dialect.report) this.say(line);
    const name = this.dialect.namesLines && number !== undefined ? ` N${number} P15 B3` : '';
    const times = this.mangleAnswer === 'lost' ? 0 : this.mangleAnswer === 'doubled' ? 2 : 1;
    this.mangleAnswer = undefined;
    for (let i = 0; i < times; i++) this.say(`ok${name}`);
  }

  private async beBusy(): Promise<void> {
    this.blocked = true;
    for (let ms = 0; ms < BUSY_MS; ms += BUSY_EVERY_MS) {
      await this.clock.sleep(BUSY_EVERY_MS);
      if (this.dialect.busy !== undefined) this.say(this.dialect.busy);
    }
    this.blocked = false;
    this.work();
  }

  private async sayWhenIdle(idle: string, executed: number): Promise<void> {
    await this.clock.sleep(IDLE_MS);
    if (!this.blocked && !this.dead && this.executed.length === executed && this.queue.length === 0)
      this.say(idle);
  }

  /** Everything that the board knew is gone; the machine stands where it stood. */
  powerOff(): void {
    this.executed.push('<reset>');
    this.body.reset();
  }

  private restart(): void {
    this.powerOff();
    this.queue.length = 0;
    this.last = 0;
    if (this.dialect.boot === undefined) void this.link.close();
    else for (const line of this.dialect.boot) this.say(line);
  }

  private halt(): void {
    if (this.dead) return;
    this.dead = true;
    this.executed.push('<halt>');
    this.body.reset();
    for (const line of this.dialect.death) this.say(line);
  }

  private say(text: string): void {
    this.link.write(utf8ToBytes(`${text}\n`)).catch(() => undefined);
  }
}
