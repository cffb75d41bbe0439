// The one interface of every machine driver, and the ports it stands on. One conformance suite runs on all drivers.

import type { Bytes, Fault, Result } from '../base/index.ts';

/** A byte stream to a machine: a serial port, a pseudo-terminal, or the virtual printer in memory. */
export interface SerialLink {
  /** Writes in order; resolves when the bytes were handed to the system. Rejects once closed. */
  write(bytes: Bytes): Promise<void>;
  onData(listener: (bytes: Bytes) => void): void;
  /** Called once, with the cause where the link was lost rather than closed. */
  onClose(listener: (cause: string | undefined) => void): void;
  close(): Promise<void>;
}

/** The state words a person sees. `offline`: no link; `fault`: the machine needs the owner. */
export type MachineState =
  | 'offline'
  | 'connecting'
  | 'idle'
  | 'heating'
  | 'printing'
  | 'pausing'
  | 'paused'
  | 'cancelling'
  | 'fault';

/** Degrees Celsius; undefined where the machine has no such heater or has not reported yet. */
export type Temperatures = {
  readonly nozzleC: number | undefined;
  readonly nozzleTargetC: number | undefined;
  readonly bedC: number | undefined;
  readonly bedTargetC: number | undefined;
};

/** How hard the heaters are driven, in the firmware's own measure (Marlin: 0 … 127, Klipper: 0 … 1); undefined where it does not say. */
export type HeaterDuty = { readonly nozzle: number | undefined; readonly bed: number | undefined };

/**
 * Where the firmware says that the end stop was met, and where the axis had been sent before, in millimetres. Boards
 * count on through a homing, or count the way to the end stop from nought.
 */
export type EndstopHit = { readonly hitMm: number; readonly fromMm: number };
/** Steps that the motors had made when their axes last met the end stop, in millimetres from anywhere. */
export type HomedPlaces = { readonly x?: number; readonly y?: number };
export type HomingHits = { readonly x?: EndstopHit; readonly y?: EndstopHit };

/** What a print showed of the machine besides, where its driver can tell. */
export type PrintSigns = {
  /** Median time from a short line that waits for nothing to its acknowledgement, milliseconds. */
  readonly answerMs?: number;
  /** Where axes met their end stops when they were homed again. */
  readonly homingHits?: HomingHits;
};

export type PrintProgress = {
  /** Lines of the job that the firmware acknowledged, and that it has in all. */
  readonly linesAcknowledged: number;
  readonly linesTotal: number;
  /** 1-based; 0 before the first. */
  readonly layer: number;
  readonly layersTotal: number;
  /**
   * For the live view: moves of the job's toolpath that are done, with the done part of the one in motion, where the
   * machine reports positions; else the index of the last acknowledged one.
   */
  readonly moveIndex: number;
  /** Nozzle position in millimetres as last commanded and acknowledged. */
  readonly positionMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly resends: number;
  readonly elapsedMs: number;
};

export type PrintEnd = {
  readonly outcome: 'finished' | 'cancelled' | 'failed';
  readonly progress: PrintProgress;
  /** Net extruded filament in micrometres as commanded and acknowledged. */
  readonly filamentUm: number;
  readonly fault?: Fault;
  readonly signs?: PrintSigns;
};

export type MachineEvent =
  | { readonly type: 'state'; readonly state: MachineState; readonly reason: string }
  | { readonly type: 'temperatures'; readonly temperatures: Temperatures; readonly duty?: HeaterDuty }
  | { readonly type: 'progress'; readonly progress: PrintProgress }
  | { readonly type: 'line'; readonly direction: 'sent' | 'received'; readonly text: string }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'end'; readonly end: PrintEnd };

/** Where a print that was cut off is gone on with. */
export type ResumeOrder = {
  /** Index of the first line that is sent; the ones before it only count. */
  readonly line: number;
  /** What is sent before it, one command each (resume.ts). */
  readonly preamble: readonly string[];
};

/** A job as the driver wants it: G-code text in memory, already checked by the guard. Never written to disk. */
export type PrintJob = {
  readonly jobId: string;
  readonly gcode: Bytes;
  readonly resume?: ResumeOrder;
};

/** A job that comes in pieces while it prints, for a machine that is fed line by line. */
export type StreamJob = {
  readonly jobId: string;
  readonly resume?: ResumeOrder;
  /** Lines that are sent, and the first one of each layer. */
  readonly lines: number;
  readonly layerStarts: readonly number[];
  readonly pieceBytesMax: number;
  /** Pieces that may be here before they are printed. */
  readonly aheadMax: number;
  /**
   * The next piece, of whole lines, or undefined behind the last. `done` is how many pieces are printed. Waits until it
   * is there, however long; a fault ends the job. The buffer is the caller's to wipe.
   */
  next(done: number, signal: AbortSignal): Promise<Result<Bytes | undefined>>;
};

export interface MachineDriver {
  /** Opens the link and finds the firmware; resolves once the machine answers. */
  connect(
    signal?: AbortSignal,
  ): Promise<Result<{ readonly firmware: string; readonly capabilities: readonly string[] }>>;
  readonly state: MachineState;
  readonly temperatures: Temperatures;
  onEvent(listener: (event: MachineEvent) => void): () => void;
  /** Runs the job to its end. One at a time; refused with a fault unless idle. */
  print(job: PrintJob): Promise<Result<PrintEnd>>;
  /** The same with a job that comes in pieces; absent where the machine takes whole files only. */
  printStream?(job: StreamJob): Promise<Result<PrintEnd>>;
  pause(): Promise<Result<void>>;
  resume(): Promise<Result<void>>;
  /** Stops feeding, then heaters and fan off, parks where homed. */
  cancel(): Promise<Result<void>>;
  /** M112 straight to the port, past every queue; never waits for an acknowledgement. */
  emergencyStop(): Promise<void>;
  /** Sends one command of the owner's while idle or paused. */
  send(command: string): Promise<Result<readonly string[]>>;
  /** Heaters off where the link still stands, then closes it. */
  disconnect(): Promise<void>;
}
