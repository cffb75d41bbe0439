// What every machine driver must do, whatever it drives and over whatever link: one list of cases, run by the tests
// of each driver on each of its peers. The peer's own truth is the judge, not what the driver believes.

import type { Bytes, Result } from '../base/index.ts';
import { unwrap, utf8ToBytes } from '../base/index.ts';
import type { MachineDriver, MachineEvent, PrintEnd } from './types.ts';
import type { Trouble, VirtualTruth } from './virtual/index.ts';

/** In what a peer differs from a Marlin board on a cable. */
export type PeerTraits = {
  readonly firmware: string;
  /** A program between the console and the printer that runs the file by itself. */
  readonly hosted: boolean;
  /** What stands behind a failure there, where it is not what a board on a cable would say. */
  readonly codes: Readonly<Partial<Record<Trouble | 'air' | 'emergency-stop', readonly string[]>>>;
  /** False where the peer has no way to stop at once. */
  readonly stopsAtOnce: boolean;
  /** Jobs that this peer can print although a Marlin board could not. */
  readonly accepts: readonly string[];
  /** False where the machine takes no single commands while it is paused. */
  readonly takesCommands: boolean;
  /** For machines that cut: a job of theirs, of so many rounds. They have no heaters, no filament and no layers. */
  readonly cutJob?: (rounds: number) => SampleJob;
};
export type SampleJob = { readonly lines: readonly string[]; readonly gcode: Bytes };
export const MARLIN_PEER: PeerTraits = {
  firmware: 'Marlin',
  hosted: false,
  codes: {},
  stopsAtOnce: true,
  accepts: [],
  takesCommands: true,
};

/** A driver that is not connected yet, and the machine it will find. */
export type DriverWorld = {
  readonly peer?: PeerTraits;
  readonly driver: MachineDriver;
  readonly events: readonly MachineEvent[];
  truth(): VirtualTruth;
  strike(trouble: Trouble): void;
  /** Lets time pass until the promise settles. */
  drive<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until the condition holds. @throws Error where it never does. */
  until(condition: () => boolean): Promise<void>;
};

export type DriverCase = {
  readonly name: string;
  /** About heaters or filament: not for machines that cut. */
  readonly heat?: boolean;
  run(world: DriverWorld): Promise<void>;
};

/** Those that mean something to a machine without heaters. */
export function cutterCases(): readonly DriverCase[] {
  return DRIVER_CASES.filter(({ heat }) => heat !== true);
}

const HEAT_UP = ['M140 S50', 'M104 S200', 'G28', 'M190 S50', 'M109 S200', 'G92 E0', 'G1 Z0.2 F600'];

/** Layers of a square spiral, long enough to interrupt. */
export function sampleJob(layers: number): SampleJob {
  const lines: string[] = [...HEAT_UP];
  const text: string[] = ['; sample', ...HEAT_UP];
  let e = 0;
  for (let layer = 0; layer < layers; layer++) {
    const body = [`G1 Z${((layer + 1) * 0.2).toFixed(2)} F600`, 'G1 X40 Y40 F6000'];
    for (let i = 0; i < 12; i++) {
      e += 0.4;
      const [x, y] = [40 + ((i * 7) % 50), 40 + ((i * 13) % 50)];
      body.push(`G1 X${x}.125 Y${y}.25 E${e.toFixed(4)} F1800`);
    }
    e -= 0.8;
    body.push(`G1 E${e.toFixed(4)} F2400`);
    e += 0.8;
    body.push(`G1 E${e.toFixed(4)} F2400`);
    lines.push(...body);
    text.push(';LAYER_CHANGE', ...body.map((line, i) => (i % 3 === 0 ? `${line} ; remark ${i}` : line)), '');
  }
  const end = ['G1 X5 Y5 F6000', 'M104 S0', 'M140 S0', 'M107', 'M84'];
  return { lines: [...lines, ...end], gcode: utf8ToBytes(`${[...text, ...end].join('\n')}\n`) };
}

/** Filament of sampleJob, in millimetres. */
export function sampleFilamentMm(layers: number): number {
  return layers * 12 * 0.4;
}

/** Commands a host may send of its own; everything else must be a line of the job. */
const OWN =
  /^(?:M110|M105|M115|M155|M114|M104 S0|M140 S0|M10[67](?: S0)?$|M400|M84|M108|M112|G2[018]|G9[01]|M8[23]|G92 E|M5 M9$)/;

/** Every line of the job was executed, in order, once, and nothing else but the host's own commands. */
export function checkExecuted(log: readonly string[], lines: readonly string[], complete: boolean): void {
  let next = 0;
  for (const line of log) {
    if (line === lines[next]) next++;
    else
      check(
        OWN.test(line),
        `"${line}" was executed but never sent in this place (expected "${lines[next]}")`,
      );
  }
  if (complete) check(next === lines.length, `line ${next} of ${lines.length} was never executed`);
}

export const DRIVER_CASES: readonly DriverCase[] = [
  {
    name: 'connects, names the firmware, knows the temperatures',
    async run({ driver, drive, peer = MARLIN_PEER }) {
      const report = unwrap(await drive(driver.connect()));
      check(report.firmware.includes(peer.firmware), report.firmware);
      check(driver.state === 'idle', driver.state);
      if (peer.cutJob === undefined)
        check(near(driver.temperatures.nozzleC, 21, 2), `nozzle ${driver.temperatures.nozzleC}`);
      refused(await driver.connect(), 'device.busy');
    },
  },
  {
    name: 'prints a job to its end, line by line',
    async run(world) {
      const { driver, drive, truth } = world;
      const { lines, gcode } = jobOf(world, 6);
      refused(await driver.print({ jobId: 'early', gcode }), 'device.not-connected');
      unwrap(await drive(driver.connect()));
      const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
      check(end.outcome === 'finished', end.outcome);
      check(end.progress.linesAcknowledged === lines.length, `${end.progress.linesAcknowledged} lines`);
      const seen = truth();
      checkExecuted(seen.log, lines, true);
      check(seen.positionMm.x === 5 && near(seen.positionMm.z, 1.2, 1e-9), JSON.stringify(seen.positionMm));
      if (!cuts(world)) {
        check(end.progress.layer === 6, `layer ${end.progress.layer}`);
        check(end.filamentUm === Math.round(sampleFilamentMm(6) * 1000), `${end.filamentUm} µm`);
        check(near(seen.extrudedMm, sampleFilamentMm(6), 1e-6), `${seen.extrudedMm} mm`);
      }
      checkCold(world);
      check(driver.state === 'idle', driver.state);
    },
  },
  {
    name: 'one job at a time, and the owner cannot talk into it',
    async run(world) {
      const { driver, drive, until } = world;
      unwrap(await drive(driver.connect()));
      const { gcode } = jobOf(world, 2);
      const printing = driver.print({ jobId: 'a', gcode });
      await until(() => heated(world));
      refused(await driver.print({ jobId: 'b', gcode }), 'device.busy');
      refused(await driver.send('G28'), 'device.busy');
      check(unwrap(await drive(printing)).outcome === 'finished', 'the first job is undisturbed');
    },
  },
  {
    name: 'pauses aside and resumes at the same place',
    async run(world) {
      const { driver, drive, until, truth } = world;
      unwrap(await drive(driver.connect()));
      const { lines, gcode } = jobOf(world, 6);
      const printing = driver.print({ jobId: 'a', gcode });
      await until(() => reached(world, 2));
      unwrap(await drive(driver.pause()));
      check(driver.state === 'paused', driver.state);
      const before = truth();
      check(cuts(world) || before.nozzleTargetC > 0, 'stays warm');
      if (world.peer?.takesCommands !== false) unwrap(await drive(driver.send('M114')));
      unwrap(await drive(driver.resume()));
      const end = unwrap(await drive(printing));
      check(end.outcome === 'finished', end.outcome);
      const seen = truth();
      check(end.progress.linesAcknowledged === lines.length, 'all lines');
      if (cuts(world)) checkExecuted(seen.log, lines, true);
      else {
        check(near(seen.extrudedMm, sampleFilamentMm(6), 1e-6), `${seen.extrudedMm} mm`);
        checkOnce(seen.log, lines);
      }
      checkCold(world);
    },
  },
  {
    name: 'turns M0 in a job into a pause',
    heat: true,
    async run(world) {
      const { driver, drive, until, truth } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: utf8ToBytes('G28\nM0 change it\nG1 X10 F3000\n') });
      await until(() => driver.state === 'paused');
      check(!truth().log.some((line) => line.startsWith('M0')), 'M0 was sent');
      unwrap(await drive(driver.resume()));
      check(unwrap(await drive(printing)).outcome === 'finished', 'goes on');
      check(truth().positionMm.x === 10, 'moved after the pause');
    },
  },
  {
    name: 'cancels in the middle: cold, aside, ready for the next',
    async run(world) {
      const { driver, drive, until } = world;
      unwrap(await drive(driver.connect()));
      const { lines, gcode } = jobOf(world, 6);
      const printing = driver.print({ jobId: 'a', gcode });
      await until(() => reached(world, 2));
      unwrap(await drive(driver.cancel()));
      const end = unwrap(await drive(printing));
      check(end.outcome === 'cancelled' && end.fault?.code === 'device.cancelled', JSON.stringify(end.fault));
      check(end.progress.linesAcknowledged < lines.length, 'not all lines');
      checkCold(world);
      check(driver.state === 'idle', driver.state);
      refused(await driver.cancel(), 'device.busy');
      check(unwrap(await drive(driver.print({ jobId: 'b', gcode }))).outcome === 'finished', 'next job');
    },
  },
  {
    name: 'cancels a heat-up at once',
    heat: true,
    async run(world) {
      const { driver, drive, until, truth } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: jobOf(world, 2).gcode });
      await until(() => heated(world));
      unwrap(await drive(driver.cancel()));
      check(unwrap(await drive(printing)).outcome === 'cancelled', 'cancelled');
      check(!truth().log.includes('G92 E0'), 'the heat-up went on to its end');
      checkCold(world);
    },
  },
  {
    name: 'emergency stop halts the machine and ends the job',
    async run(world) {
      const { driver, drive, until, truth } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: jobOf(world, 6).gcode });
      await until(() => heated(world));
      await drive(driver.emergencyStop());
      const end = unwrap(await drive(printing));
      const codes = codesOf(world, 'emergency-stop', 'device.emergency-stop');
      check(end.outcome === 'failed' && codes.includes(end.fault?.code ?? ''), JSON.stringify(end.fault));
      if (world.peer?.stopsAtOnce !== false) await until(() => truth().halted !== undefined);
      check(driver.state === 'fault', driver.state);
      await until(() => isCold(world));
    },
  },
  failing('a board reset ends the job for good', 'reset', 'device.reset'),
  failing('a lost link ends the job', 'disconnect', 'device.link.lost'),
  failing('a heater that fails ends the job', 'bed-no-power', 'device.halted'),
  // The host's watch or the firmware's, whichever sees it first.
  failing(
    'a heater that cannot be switched off ends the job',
    'nozzle-stuck-on',
    'device.thermal.runaway',
    'device.halted',
  ),
  failing('a sensor that fails ends the job', 'sensor-open', 'device.halted'),
  {
    name: 'a print of air is not reported as finished',
    heat: true,
    async run(world) {
      const { driver, drive } = world;
      unwrap(await drive(driver.connect()));
      const gcode = utf8ToBytes('G28\nG1 X10 E5 F1200\nG1 X20 E10\nG1 X30 E15\n');
      const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
      const codes = codesOf(world, 'air', 'device.not-extruding');
      check(end.outcome === 'failed' && codes.includes(end.fault?.code ?? ''), JSON.stringify(end));
      checkCold(world);
    },
  },
  {
    name: 'refuses before anything moves what cannot be printed',
    heat: true,
    async run({ driver, drive, truth, peer = MARLIN_PEER }) {
      unwrap(await drive(driver.connect()));
      const before = truth().commands;
      const jobs = {
        'device.job.empty': '; nothing\n\n',
        'device.job.line-too-long': `G28\nM117 ${'x'.repeat(100)}\n`,
        'device.job.line-unreadable': 'G28\nM117 Überraschung\n',
        'device.job.forbidden': 'G28\nM112\n',
        'device.temperature.too-high': 'M104 S450\n',
      };
      for (const [code, text] of Object.entries(jobs)) {
        if (peer.accepts.includes(code)) continue;
        refused(await drive(driver.print({ jobId: 'a', gcode: utf8ToBytes(text) })), code);
      }
      refused(await driver.send('M104 S450'), 'device.temperature.too-high');
      check(truth().commands === before, 'something was sent');
      check(driver.state === 'idle', driver.state);
    },
  },
  {
    name: 'disconnecting in the middle of a print leaves the machine cold',
    async run(world) {
      const { driver, drive, until } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: jobOf(world, 6).gcode });
      await until(() => reached(world, 2));
      await drive(driver.disconnect());
      check(unwrap(await drive(printing)).outcome === 'cancelled', 'the job ends');
      check(driver.state === 'offline', driver.state);
      checkCold(world);
    },
  },
];

/** A job that runs into trouble after its second layer. */
function failing(name: string, trouble: Trouble, ...codes: readonly string[]): DriverCase {
  return {
    name,
    heat: trouble !== 'reset' && trouble !== 'disconnect',
    async run(world) {
      const { driver, drive, until, truth } = world;
      unwrap(await drive(driver.connect()));
      const { lines, gcode } = jobOf(world, 400);
      const printing = driver.print({ jobId: 'a', gcode });
      await until(() => reached(world, 2));
      world.strike(trouble);
      const end: PrintEnd = unwrap(await drive(printing));
      const known = codesOf(world, trouble, ...codes);
      check(end.outcome === 'failed' && known.includes(end.fault?.code ?? ''), JSON.stringify(end.fault));
      check(end.progress.linesAcknowledged < lines.length, 'not all lines');
      // Whatever came after the trouble, no line of the job ran on a machine that had lost its place.
      const seen = truth();
      if (trouble === 'reset') checkExecuted(seen.log, lines, false);
      // What the host sent last may still be on its way.
      if (trouble !== 'disconnect') await until(() => isCold(world));
      const offline = trouble === 'disconnect' && world.peer?.hosted !== true;
      check(driver.state === (offline ? 'offline' : 'fault'), driver.state);
    },
  };
}

function codesOf(
  { peer = MARLIN_PEER }: DriverWorld,
  trouble: Trouble | 'air' | 'emergency-stop',
  ...usual: readonly string[]
): readonly string[] {
  return peer.codes[trouble] ?? usual;
}

function cuts({ peer }: DriverWorld): boolean {
  return peer?.cutJob !== undefined;
}

function jobOf({ peer }: DriverWorld, layers: number): SampleJob {
  return peer?.cutJob?.(layers) ?? sampleJob(layers);
}

function heated(world: DriverWorld): boolean {
  if (cuts(world)) return reached(world, 1);
  return world.events.some((event) => event.type === 'state' && event.state === 'heating');
}

/** A round of a cutting job is 14 lines. */
function reached(world: DriverWorld, layer: number): boolean {
  return world.events.some(
    (event) =>
      event.type === 'progress' &&
      (cuts(world) ? event.progress.linesAcknowledged >= layer * 14 : event.progress.layer >= layer),
  );
}

function isCold({ truth }: DriverWorld): boolean {
  const { nozzleTargetC, bedTargetC, fan } = truth();
  return nozzleTargetC === 0 && bedTargetC === 0 && fan === 0;
}

function checkCold(world: DriverWorld): void {
  const { nozzleTargetC, bedTargetC, fan } = world.truth();
  check(isCold(world), `left at ${nozzleTargetC}/${bedTargetC}/${fan}`);
}

/** Each extruding line of the job was executed exactly once. */
function checkOnce(log: readonly string[], lines: readonly string[]): void {
  const extruding = lines.filter((line) => / E[\d.]+ F1800$/.test(line));
  const executed = log.filter((line) => / E[\d.]+ F1800$/.test(line) && line.startsWith('G1 X'));
  check(executed.join('\n') === extruding.join('\n'), `${executed.length} of ${extruding.length} lines`);
}

function refused(result: Result<unknown>, code: string): void {
  check(!result.ok && result.fault.code === code, `expected ${code}: ${JSON.stringify(result)}`);
}

function near(value: number | undefined, expected: number, tolerance: number): boolean {
  return value !== undefined && Math.abs(value - expected) <= tolerance;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
