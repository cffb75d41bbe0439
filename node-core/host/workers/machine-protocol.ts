// What the main thread and the machine worker say to each other: calls with one reply each, and events.
// Plain data only; G-code and keys cross as bytes in memory and are never written anywhere.

import type { Bytes, Result } from '../../base/index.ts';
import type { ChunkRequest, ReleasedChunk, StreamGrant } from '../../content/index.ts';
import type {
  CableKind,
  FirmwareReport,
  HeatLimits,
  MachineEvent,
  MachineState,
  NetworkKind,
  PrintEnd,
  ResumeOrder,
  Temperatures,
} from '../../devices/index.ts';
import type { Trouble, VirtualTruth } from '../../devices/virtual/index.ts';
import type { TelemetryBatch, TelemetryStart } from '../../jobs/index.ts';
import type { MachineProfile } from '../../records/index.ts';
import type { InspectionRules } from './mesh-jobs.ts';

export type MachineConfig = {
  readonly machineId: string;
  readonly limits?: HeatLimits;
  readonly volumeMm?: { readonly x: number; readonly y: number; readonly z: number };
} & (
  | {
      readonly driver: 'virtual';
      /** Machine seconds a real second. */
      readonly timeScale: number;
      readonly seed?: number;
    }
  | {
      readonly driver: CableKind;
      readonly path: string;
      readonly baudRate: number;
      /** Of a machine that cuts. */
      readonly tool?: 'spindle' | 'laser';
    }
  | {
      readonly driver: NetworkKind;
      readonly address: string;
      readonly user: string;
      /** The certificate that a printer showed first. */
      readonly pin?: string | undefined;
      /** In memory alone. */
      readonly key: string;
    }
);

/**
 * A job's G-code: as it is, as encrypted content with its key, decrypted in the worker's memory only, or chunk by chunk
 * as whoever holds the key releases it.
 */
export type JobSource =
  | { readonly kind: 'plain'; readonly gcode: Bytes }
  | {
      readonly kind: 'sealed';
      readonly contentId: string;
      readonly key: Bytes;
      readonly blocks: readonly (readonly [id: string, block: Bytes])[];
    }
  | {
      readonly kind: 'stream';
      readonly grant: StreamGrant;
      /** Of a stream that is released elsewhere: the key of its session, and the guard that nobody here could ask before. */
      readonly remote?: { readonly sessionSecret: Bytes; readonly guard: StreamGuard };
    };

export type StreamGuard = Pick<InspectionRules, 'rules' | 'dialect'> & { readonly profile: MachineProfile };

export type PrintRequest = {
  readonly jobId: string;
  readonly source: JobSource;
  /** With it the print is recorded, and refused unless the G-code has the hash it names. */
  readonly record?: TelemetryStart;
  /** Goes on with what an earlier attempt left on the bed. */
  readonly resume?: ResumeOrder;
  /** Photographs are taken: the record waits a little for the last one. */
  readonly photos?: boolean;
};

/** `last`: nothing more comes for this print. Without a hash no picture was to be had. */
export type PhotoNote = {
  readonly jobId: string;
  readonly layer: number;
  readonly hash?: Bytes;
  readonly last: boolean;
};

/** Somebody changes the running print by message: what they ask, and their account. */
export type CommandNote = {
  readonly jobId: string;
  readonly act: 'pause' | 'resume' | 'cancel';
  readonly by: Bytes;
};

/** Where the worker notes which ports are hot, and where the watchdog hears its heartbeat. */
export type WatchPlace = { readonly folder: string; readonly socket: string };

/** A part of a file that is released elsewhere: it passed the guard, and is about to be printed. */
export type ReleasedPart = {
  /** Parts that are here or were, of how many, and the commands in them. */
  readonly parts: number;
  readonly partsTotal: number;
  readonly lines: number;
  /** What it adds to the path of the nozzle, in the compact codec. */
  readonly path: Bytes;
};

/** `id` names the question. */
export type ChunkAnswer = { readonly id: number; readonly result: Result<ReleasedChunk> };

export type MachineCalls = {
  readonly open: { readonly args: MachineConfig; readonly value: undefined };
  readonly connect: { readonly args: WatchPlace | undefined; readonly value: FirmwareReport };
  readonly abortConnect: { readonly args: undefined; readonly value: undefined };
  readonly print: { readonly args: PrintRequest; readonly value: PrintEnd };
  /** The answer to a chunk that the worker asked for. */
  readonly chunk: { readonly args: ChunkAnswer; readonly value: undefined };
  readonly pause: { readonly args: undefined; readonly value: undefined };
  readonly resume: { readonly args: undefined; readonly value: undefined };
  readonly cancel: { readonly args: undefined; readonly value: undefined };
  readonly emergencyStop: { readonly args: undefined; readonly value: undefined };
  readonly send: { readonly args: string; readonly value: readonly string[] };
  readonly disconnect: { readonly args: undefined; readonly value: undefined };
  readonly close: { readonly args: undefined; readonly value: undefined };
  readonly setTimeScale: { readonly args: number; readonly value: undefined };
  readonly clearBed: { readonly args: undefined; readonly value: undefined };
  readonly strike: { readonly args: Trouble; readonly value: undefined };
  readonly truth: { readonly args: undefined; readonly value: VirtualTruth };
  /** What a camera would see, in RGB of PICTURE_WIDTH × PICTURE_HEIGHT. */
  readonly picture: { readonly args: undefined; readonly value: Bytes };
  /** The hash of a photograph that was taken of the running print, for its record. */
  readonly photo: { readonly args: PhotoNote; readonly value: undefined };
  /** Who changes the running print by message, for its record. */
  readonly command: { readonly args: CommandNote; readonly value: undefined };
};
export type MachineMethod = keyof MachineCalls;

export type CallMessage = {
  [M in MachineMethod]: {
    readonly id: number;
    readonly machineId: string;
    readonly method: M;
    readonly args: MachineCalls[M]['args'];
  };
}[MachineMethod];

export type WorkerMessage =
  | { readonly type: 'reply'; readonly id: number; readonly result: Result<unknown> }
  /** In order; progress, temperatures and lines are gathered, state changes come at once. */
  | {
      readonly type: 'events';
      readonly machineId: string;
      readonly events: readonly MachineEvent[];
      readonly state: MachineState;
      readonly temperatures: Temperatures;
    }
  | {
      readonly type: 'chunk';
      readonly machineId: string;
      readonly id: number;
      readonly request: ChunkRequest;
    }
  | ({ readonly type: 'part'; readonly machineId: string } & ReleasedPart)
  | { readonly type: 'pin'; readonly machineId: string; readonly pin: string }
  | {
      readonly type: 'telemetry';
      readonly machineId: string;
      readonly jobId: string;
      readonly batch: TelemetryBatch;
    };
