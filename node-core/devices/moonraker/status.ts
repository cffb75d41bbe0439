// What Klipper's objects say, as Moonraker passes them on: whole at first, afterwards only what changed.
// Fields: moonraker docs, printer_objects.md (webhooks, print_stats, virtual_sdcard, extruder, heater_bed, motion_report).

import { z } from 'zod';
import type { HostJob, HostPhase, HostStatus } from '../network/index.ts';
import { looseNumber, looseText, plainWords } from '../network/index.ts';

const Heater = z
  .object({ temperature: looseNumber, target: looseNumber, power: looseNumber })
  .optional()
  .catch(undefined);
const Position = z
  .object({
    live_position: z.array(z.number()).optional().catch(undefined),
    gcode_position: z.array(z.number()).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

/** Any part of a status; unknown objects and fields of a wrong kind are passed over. */
export const KlipperStatus = z.object({
  webhooks: z.object({ state: looseText, state_message: looseText }).optional().catch(undefined),
  print_stats: z
    .object({ state: looseText, filename: looseText, message: looseText })
    .optional()
    .catch(undefined),
  virtual_sdcard: z.object({ file_position: looseNumber, progress: looseNumber }).optional().catch(undefined),
  extruder: Heater,
  heater_bed: Heater,
  motion_report: Position,
  gcode_move: Position,
  endstop_phase: z
    .object({ last_home: z.record(z.string(), z.object({ mcu_position: looseNumber })) })
    .optional()
    .catch(undefined),
});
export type KlipperStatus = z.infer<typeof KlipperStatus>;

export const SUBSCRIBED = [
  'webhooks',
  'print_stats',
  'virtual_sdcard',
  'extruder',
  'heater_bed',
  'motion_report',
  'gcode_move',
  'endstop_phase',
] as const;

const Stepper = z
  .object({
    rotation_distance: z.number().positive(),
    microsteps: z.number().positive(),
    full_steps_per_rotation: z.number().positive().default(200),
    gear_ratio: z.array(z.tuple([z.number().positive(), z.number().positive()])).default([]),
  })
  .optional()
  .catch(undefined);

/** What a step of an axis is, from Klipper's own settings. */
export const KlipperSteps = z.object({
  status: z.object({
    configfile: z.object({
      settings: z.object({
        printer: z.object({ kinematics: z.string() }),
        stepper_x: Stepper,
        stepper_y: Stepper,
      }),
    }),
  }),
});

export type StepLengths = { readonly x?: number; readonly y?: number };

/** Millimetres a step. Only where one motor moves one axis: elsewhere a count belongs to no axis. */
export function stepLengths({ status }: z.infer<typeof KlipperSteps>): StepLengths {
  const { printer, stepper_x, stepper_y } = status.configfile.settings;
  if (printer.kinematics !== 'cartesian') return {};
  const lengthOf = (stepper: typeof stepper_x): number | undefined => {
    if (stepper === undefined) return undefined;
    const gears = stepper.gear_ratio.reduce((ratio, [motor, axis]) => (ratio * motor) / axis, 1);
    return stepper.rotation_distance / (stepper.full_steps_per_rotation * stepper.microsteps * gears);
  };
  return withoutGaps(lengthOf(stepper_x), lengthOf(stepper_y));
}

function withoutGaps(x: number | undefined, y: number | undefined): { x?: number; y?: number } {
  return { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) };
}

/** Lays what changed over what was known, object by object. */
export function mergeStatus(known: KlipperStatus, changed: KlipperStatus): KlipperStatus {
  const merged: Record<string, unknown> = { ...known };
  for (const name of SUBSCRIBED) {
    const fields = Object.entries(changed[name] ?? {}).filter(([, value]) => value !== undefined);
    if (fields.length > 0) merged[name] = { ...known[name], ...Object.fromEntries(fields) };
  }
  return merged as KlipperStatus;
}

const ENDS: Readonly<Record<string, HostJob['end']>> = {
  complete: 'complete',
  cancelled: 'cancelled',
  error: 'error',
};

export function hostStatus(status: KlipperStatus, steps: StepLengths = {}): HostStatus {
  const { webhooks, print_stats, extruder, heater_bed, motion_report, gcode_move } = status;
  const down = webhooks?.state !== undefined && webhooks.state !== 'ready';
  const words = down ? webhooks.state_message : print_stats?.message;
  const [x, y, z] = motion_report?.live_position ?? gcode_move?.gcode_position ?? [];
  const job = jobOf(status);
  return {
    phase: down ? 'down' : phaseOf(print_stats?.state),
    reason: plainWords(words, down ? `Klipper is in the state "${plainWords(webhooks.state, '?')}".` : ''),
    temperatures: {
      nozzleC: extruder?.temperature,
      nozzleTargetC: extruder?.target,
      bedC: heater_bed?.temperature,
      bedTargetC: heater_bed?.target,
    },
    duty: { nozzle: extruder?.power, bed: heater_bed?.power },
    ...(job === undefined ? {} : { job }),
    ...(x === undefined || y === undefined || z === undefined ? {} : { positionMm: { x, y, z } }),
    homedAtMm: withoutGaps(homedAt(status, 'x', steps), homedAt(status, 'y', steps)),
  };
}

function homedAt(status: KlipperStatus, axis: 'x' | 'y', steps: StepLengths): number | undefined {
  const count = status.endstop_phase?.last_home[`stepper_${axis}`]?.mcu_position;
  const lengthMm = steps[axis];
  return count === undefined || lengthMm === undefined ? undefined : count * lengthMm;
}

function phaseOf(state: string | undefined): HostPhase {
  if (state === 'printing' || state === 'paused') return state;
  return state === 'standby' || (state !== undefined && ENDS[state] !== undefined) ? 'ready' : 'busy';
}

function jobOf({ print_stats, virtual_sdcard }: KlipperStatus): HostJob | undefined {
  const file = print_stats?.filename ?? '';
  const state = print_stats?.state ?? '';
  if (file === '' || state === 'standby') return undefined;
  const end = ENDS[state];
  const byte = virtual_sdcard?.file_position;
  return { file, ...(end === undefined ? {} : { end }), ...(byte === undefined ? {} : { byte }) };
}
