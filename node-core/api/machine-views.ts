// Machines: what they are, how they are reached, and what they do just now.

import { z } from 'zod';
import { AccountText, Anchor, FaultView, Party } from './base-views.ts';

export const MaterialView = z.object({
  material: z.string(),
  colour: z.string(),
  colourName: z.string(),
  priceMicroPerGram: z.bigint(),
});

export const TemperaturesView = z.object({
  nozzleC: z.number().nullable(),
  nozzleTargetC: z.number().nullable(),
  bedC: z.number().nullable(),
  bedTargetC: z.number().nullable(),
});
export type TemperaturesView = z.infer<typeof TemperaturesView>;

export const ProgressView = z.object({
  linesAcknowledged: z.number(),
  linesTotal: z.number(),
  layer: z.number(),
  layersTotal: z.number(),
  /** Last acknowledged move in the job's toolpath. */
  moveIndex: z.number(),
  positionMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  resends: z.number(),
  elapsedMs: z.number(),
  /** Machine time left; null while unknown. */
  leftMs: z.number().nullable(),
});
export type ProgressView = z.infer<typeof ProgressView>;

export const MachineStateView = z.enum([
  'offline',
  'connecting',
  'idle',
  'heating',
  'printing',
  'pausing',
  'paused',
  'cancelling',
  'fault',
]);

export const AcceptRule = z.object({
  /** Accept orders by itself when all of these hold. */
  enabled: z.boolean(),
  minimumMicro: z.bigint(),
  quantityMax: z.number(),
});

/** How a machine is connected: simulated, at a cable, or in the network; `grbl` is a mill or a laser at a cable. */
export const ConnectionKindView = z.enum([
  'virtual',
  'serial',
  'grbl',
  'moonraker',
  'octoprint',
  'prusalink',
  'bambu',
]);
export type ConnectionKindView = z.infer<typeof ConnectionKindView>;

export const MachineView = z.object({
  /** Account of the machine's own key. */
  id: AccountText,
  name: z.string(),
  owner: Party,
  mine: z.boolean(),
  driver: ConnectionKindView,
  port: z.string().optional(),
  /** Of a printer in the network; for its owner alone. Its key is never given. */
  address: z.string().optional(),
  user: z.string().optional(),
  /** False: a print file is handed over whole and lies readable on the printer’s own computer while it prints. */
  secureStreaming: z.boolean(),
  hasEmergencyStop: z.boolean(),
  takesCommands: z.boolean(),
  /** Virtual printers only: machine seconds a real second. */
  timeScale: z.number(),
  /** Printers melt filament; the others cut, and are never offered a print. */
  process: z.enum(['fdm', 'cnc', 'laser']),
  volumeMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  /** 0 for a machine that cuts. */
  nozzleUm: z.number(),
  materials: z.array(MaterialView),
  cutter: z.object({ toolSMax: z.number(), feedMmPerMinMax: z.number() }).optional(),
  rateMicroPerHour: z.bigint(),
  setupMicro: z.bigint(),
  minimumMicro: z.bigint(),
  state: MachineStateView,
  stateReason: z.string(),
  fault: FaultView.optional(),
  temperatures: TemperaturesView,
  bedClear: z.boolean(),
  jobId: z.string().optional(),
  jobTitle: z.string().optional(),
  progress: ProgressView.optional(),
  queued: z.number(),
  rule: AcceptRule,
  registered: Anchor,
});
export type MachineView = z.infer<typeof MachineView>;

export const TerminalLine = z.object({
  direction: z.enum(['sent', 'received']),
  text: z.string(),
  atMs: z.number(),
});

/** Live stream of one machine. G-code of protected jobs never appears in terminal lines. */
export const MachineEventView = z.discriminatedUnion('type', [
  z.object({ type: z.literal('machine'), machine: MachineView }),
  z.object({ type: z.literal('temperatures'), atMs: z.number(), temperatures: TemperaturesView }),
  z.object({ type: z.literal('progress'), atMs: z.number(), progress: ProgressView }),
  z.object({ type: z.literal('lines'), lines: z.array(TerminalLine) }),
]);
export type MachineEventView = z.infer<typeof MachineEventView>;

export const TemperatureSample = TemperaturesView.extend({ atMs: z.number() });
