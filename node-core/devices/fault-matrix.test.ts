// Every dialect with every fault: what the host did, and whether the machine ended where an independent interpreter of
// the job's own lines says. Makes a page of the documentation, and fails where that page is not what happened.

import { expect, test } from 'vitest';
import { ok, unwrap } from '../base/index.ts';
import { DIALECTS, type Dialect, DialectPeer, PEER_FAULTS, type PeerFault } from './dialect-peers.ts';
import { markdownTable } from './doc-table.ts';
import { sampleJob } from './driver-conformance.ts';
import { prepareJob } from './job-lines.ts';
import { createMarlinDriver } from './marlin.ts';
import { type EndState, interpret } from './reference-machine.ts';
import { planResume } from './resume.ts';
import type { MachineDriver, PrintEnd } from './types.ts';
import { createLinkPair, createSimClock } from './virtual/index.ts';

const LAYERS = 12;
const VOLUME = { x: 220, y: 220, z: 250 };
const { lines, gcode } = sampleJob(LAYERS);
/** A move in the eighth layer, behind the lines after which a window opens. */
const STRIKE_LINE = lines.findIndex((line) => line.startsWith('G1 Z1.60')) + 6;

const OWNER = {
  'cancelled by the owner': (driver: MachineDriver) => void driver.cancel(),
  'paused and resumed': (driver: MachineDriver) => void driver.pause().then(() => driver.resume()),
  'emergency stop': (driver: MachineDriver) => void driver.emergencyStop(),
} as const;
type OwnerAct = keyof typeof OWNER;
const ACTS = Object.keys(OWNER) as OwnerAct[];
const FAULTS: readonly (PeerFault | OwnerAct)[] = [...PEER_FAULTS, ...ACTS];

type Outcome = {
  readonly end: PrintEnd;
  readonly peer: DialectPeer;
  readonly executed: readonly string[];
  readonly state: EndState;
  readonly driverState: string;
};

async function run(dialect: Dialect, fault: PeerFault | OwnerAct): Promise<Outcome> {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const act = OWNER[fault as OwnerAct] as ((driver: MachineDriver) => void) | undefined;
  const strikeAt = lines[STRIKE_LINE] ?? '';
  const peer = new DialectPeer(
    far,
    clock,
    dialect,
    act === undefined ? (fault as PeerFault) : undefined,
    strikeAt,
  );
  const driver = createMarlinDriver({ open: async () => ok(near), clock, volumeMm: VOLUME });
  peer.onStrike = () => act?.(driver);
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  await clock.drive(clock.sleep(2_000));
  return { end, peer, executed: [...peer.executed], state: peer.body.state(), driverState: driver.state };
}

/** Commands that a host may send of its own. */
const OWN =
  /^(?:M110|M105|M115|M155|M104 S0|M140 S0|M107|M400|M84|M108|G2[18]|G9[01]|M8[23]|G92 E|G1 E-1 F1800$|G1 E1 F1800$|G1 Z(?:5|10) F600$|G1 X[0-9.]+ Y[0-9.]+ F6000$|G1 Z[0-9.]+ F600$|G1 F[0-9.]+$|<)/;

/**
 * What should have been executed, from the job itself, and how many of its lines really were: a line that the machine
 * took for another one, or never got, is put right here.
 */
function intended(executed: readonly string[]): { readonly commands: string[]; readonly jobLines: number } {
  const commands: string[] = [];
  let next = 0;
  let missing = 0;
  const take = () => commands.push(lines[next++] ?? '<more than the job>');
  for (const command of executed) {
    if (command === lines[next]) take();
    else if (command === lines[next]?.replace('X', 'Y')) {
      missing++;
      take();
    } else if (OWN.test(command)) commands.push(command);
    else if (command === lines[next + 1]) {
      missing++;
      take();
      take();
    } else take();
  }
  return { commands, jobLines: next - missing };
}

function judge({ end, executed, state }: Outcome): { readonly same: boolean; readonly jobLines: number } {
  const { commands, jobLines } = intended(executed);
  const truth = interpret(commands);
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  const machine = (Object.keys(truth) as (keyof EndState)[]).every((key) => near(truth[key], state[key]));
  // What the host tells of the print, against the same interpreter over the lines that it says were acknowledged.
  const { linesAcknowledged, positionMm } = end.progress;
  const told = interpret(lines.slice(0, linesAcknowledged));
  const host =
    near(told.x, positionMm.x) &&
    near(told.y, positionMm.y) &&
    near(told.z, positionMm.z) &&
    near(told.extrudedMm, end.filamentUm / 1000) &&
    linesAcknowledged <= jobLines;
  return { same: machine && host, jobLines };
}

function did({ end, driverState }: Pick<Outcome, 'end' | 'driverState'>): string {
  const { resends } = end.progress;
  const again = resends === 0 ? '' : `, ${resends} ${resends === 1 ? 'line' : 'lines'} asked for again`;
  const code = end.fault === undefined ? '' : ` (\`${end.fault.code}\`)`;
  return `${end.outcome}${code}${again}; machine ${driverState}`;
}

function heat({ nozzleTargetC, bedTargetC }: EndState): string {
  return nozzleTargetC === 0 && bedTargetC === 0 ? 'off' : `on (${nozzleTargetC}/${bedTargetC} °C)`;
}

/** What stops a machine where it stands, so that a print can be gone on with. */
const CUTS = ['the board restarts', 'the firmware hangs', 'the cable is lost', 'the power is lost'] as const;

type GoneOn = {
  readonly did: string;
  /** Lines of the job that are sent again from there. */
  readonly from: string;
  readonly same: boolean;
  readonly state: EndState;
};

/** Cut off, switched off and on, connected anew and gone on with from the line that was reached. */
async function goOn(dialect: Dialect, cut: (typeof CUTS)[number]): Promise<GoneOn> {
  const { end, peer } = await run(dialect, cut);
  if (peer.executed.at(-1) !== '<reset>') peer.powerOff();
  const before = intended(peer.executed).commands;
  const { linesAcknowledged: linesReached } = end.progress;
  const wish = { linesReached, from: 'line', nozzleHeightMm: interpret(before).z } as const;
  const plan = unwrap(planResume(unwrap(prepareJob(gcode)), wish));
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const again = new DialectPeer(far, clock, dialect, undefined, '', peer.body);
  const driver = createMarlinDriver({ open: async () => ok(near), clock, volumeMm: VOLUME });
  unwrap(await clock.drive(driver.connect()));
  const printed = await clock.drive(driver.print({ jobId: 'a', gcode, resume: plan }));
  await clock.drive(clock.sleep(2_000));
  const state = peer.body.state();
  const machine = isNear(interpret([...before, ...again.executed]), state);
  if (!printed.ok)
    return { did: `refused (\`${printed.fault.code}\`)`, from: '–', same: machine && isCold(state), state };
  // The rest of the file, each line once and in order, and nothing of the host's own among it but its questions.
  const rest = lines.slice(plan.line);
  const sent = again.executed.slice(again.executed.lastIndexOf(plan.preamble.at(-1) ?? '') + 1);
  const moved = sent.filter((command) => !/^M(?:105|155)/.test(command)).slice(0, rest.length);
  const whole = interpret(lines);
  const { extrudedMm: _, ...place } = whole;
  const { extrudedMm: __, ...there } = state;
  const same = machine && isNear(place, there) && moved.join('\n') === rest.join('\n');
  return {
    did: `${did({ end: printed.value, driverState: driver.state })}`,
    from: `${plan.line + 1} (${linesReached} acknowledged)`,
    same,
    state,
  };
}

function isNear<T extends Readonly<Record<string, number>>>(one: T, other: T): boolean {
  return Object.keys(one).every((key) => Math.abs((one[key] ?? 0) - (other[key] ?? 0)) < 1e-6);
}

function isCold({ nozzleTargetC, bedTargetC }: EndState): boolean {
  return nozzleTargetC === 0 && bedTargetC === 0;
}

/** Where nobody can reach the machine any more; see machine-safety.md for who does later. */
const UNREACHABLE: ReadonlySet<string> = new Set(['the firmware hangs', 'the cable is lost']);

test('each dialect and each fault: the table of the documentation', { timeout: 120_000 }, async () => {
  const rows: string[][] = [];
  const wrong: string[] = [];
  const hot: string[] = [];
  for (const dialect of DIALECTS) {
    for (const fault of FAULTS) {
      const outcome = await run(dialect, fault);
      const { same, jobLines } = judge(outcome);
      const name = `${dialect.name}: ${fault}`;
      if (!same) wrong.push(name);
      if (heat(outcome.state) !== 'off') hot.push(name);
      const { linesAcknowledged } = outcome.end.progress;
      rows.push([
        dialect.name,
        fault,
        did(outcome),
        `${linesAcknowledged} / ${jobLines} of ${lines.length}`,
        same ? 'yes' : 'no',
        heat(outcome.state),
      ]);
    }
  }
  const goneOn: string[][] = [];
  for (const dialect of DIALECTS)
    for (const cut of CUTS) {
      const { did: how, from, same, state } = await goOn(dialect, cut);
      expect([same, isCold(state)], `${dialect.name}: ${cut}, gone on with`).toEqual([true, true]);
      goneOn.push([dialect.name, cut, how, from, same ? 'yes' : 'no', heat(state)]);
    }
  await expect(pageText(rows, wrong, goneOn)).toMatchFileSnapshot('../../docs/printing-faults.md');
  // A pseudo-terminal of Klipper's has no numbers and no checksums to look at: what no host can see.
  expect(wrong).toEqual(['Klipper: a line damaged', 'Klipper: a line lost']);
  const reachable = hot.filter((name) => ![...UNREACHABLE].some((fault) => name.endsWith(fault)));
  expect(reachable).toEqual([]);
});

type Rows = readonly (readonly string[])[];

function pageText(rows: Rows, wrong: readonly string[], goneOn: Rows): string {
  const head = [
    'Firmware',
    'What befell it',
    'What the host did',
    'Acknowledged / executed',
    'Same end',
    'Heaters',
  ];
  return `# Printing faults

What the host does when something goes wrong in the middle of a print, for each firmware that it speaks to. A test makes
this page by printing ${LAYERS} layers (${lines.length} commands) to a peer that speaks the firmware's dialect, lets the fault strike
once at the same command of the eighth layer, and fails when anything here changes.

- **Acknowledged / executed:** commands of the job that the host saw acknowledged, and that the machine executed. The host
  never claims more than was executed.
- **Same end:** position, extruded length, heaters and fan of the machine equal those of an independent interpreter that is
  given the job's own lines as far as they were executed, and the host's own; and what the host tells of the print
  (position, filament) equals the same interpreter's word on the acknowledged lines.
- **Heaters:** at the end. Where the machine cannot be reached any more they are as they were; the host switches them off
  before anything else when it is connected again, see [machine safety](machine-safety.md).

${rows.length - wrong.length} of ${rows.length} end where they should. The exceptions: ${wrong.join('; ')}. Klipper's
pseudo-terminal accepts any number and any checksum, so no host can notice such a line; there is no cable on that way that
could damage or lose one. When it restarts its terminal vanishes, and the host sees a lost cable.

A print that is paused is held aside, above everything that it has made: see [machine safety](machine-safety.md#a-held-print).

After a restart of the board, a lost cable or a machine that fell silent, the owner can have the print gone on with, where
that is safe: see [after a loss of power](farm.md#after-a-loss-of-power).

Noise on the line, byte by byte in both directions with lost answers, has a test of its own (\`marlin.test.ts\`): nothing
wrong is executed, with one line out and with a window of lines.

${markdownTable([head, ...rows])}

## Gone on with

After each cut the machine was switched off and on, connected anew, and the print gone on with from the line that was
reached, by the height of the nozzle that the interpreter knows. **Same end:** the rest of the file was executed, each line
once and in order; position, heaters and fan at the end are those of a print that was never cut off, and the machine's
state is the interpreter's word on everything that was executed, before and after. Firmwares with a recovery of their own
are refused, and stay cold.

${markdownTable([['Firmware', 'What befell it', 'What the host did', 'From line', 'Same end', 'Heaters'], ...goneOn])}
`;
}
