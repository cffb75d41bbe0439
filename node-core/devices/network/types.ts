// What a print host is to its driver: a program (Moonraker, OctoPrint, PrusaLink) that has the printer, takes whole files
// and prints them by itself. One adapter a kind; the driver (hosted-driver.ts) holds all the rules they have in common.

import type { Bytes, Result } from '../../base/index.ts';
import type { FirmwareReport } from '../replies.ts';
import type { HeaterDuty, HomedPlaces, Temperatures } from '../types.ts';

/** `busy`: at something that is no print. `down`: the host answers, but its printer does not work. */
export type HostPhase = 'ready' | 'printing' | 'paused' | 'busy' | 'down';

export type HostJob = {
  /** As it was uploaded. */
  readonly file: string;
  /** Set once it is over. */
  readonly end?: 'complete' | 'cancelled' | 'error';
  /** How far it is in the file, in bytes where the host says so, else as a share from 0 to 1. */
  readonly byte?: number;
  readonly share?: number;
};

export type HostStatus = {
  readonly phase: HostPhase;
  /** The host's own words, for `down`, `busy` and a print that ended in error. */
  readonly reason: string;
  readonly temperatures: Temperatures;
  /** How hard the heaters are driven, where the host says so. */
  readonly duty?: HeaterDuty;
  /** The print under way, or the last one. */
  readonly job?: HostJob;
  /** Real or commanded position, where the host reports one. */
  readonly positionMm?: { readonly x: number; readonly y: number; readonly z: number };
  /** Where the host counts steps through homings. */
  readonly homedAtMm?: HomedPlaces;
};

export type HostListener = {
  status(status: HostStatus): void;
  /** A line of the printer's own talk. */
  line(direction: 'sent' | 'received', text: string): void;
  /** The connection is gone; nothing follows before the next open(). */
  lost(): void;
};

/** Each call is one attempt with its own time limit; none is repeated by itself, because a start must never be. */
export interface PrintHost {
  /** How often to ask where nothing is pushed. */
  readonly pollMs: number;
  /** Lines of Klipper's own kind, and what a pause in the file is called. */
  readonly dialect: 'marlin' | 'klipper';
  /** False where M0 in a file must be replaced by the host's own word for it, which the set-up may lack. */
  readonly pausesAtM0: boolean;
  /** What takes the place of M0 there; `PAUSE` where it says nothing. */
  readonly pauseLine?: string;
  readonly canPause: boolean;
  open(listener: HostListener, signal?: AbortSignal): Promise<Result<FirmwareReport>>;
  read(): Promise<Result<HostStatus>>;
  upload(file: string, gcode: Bytes, signal: AbortSignal): Promise<Result<void>>;
  start(file: string): Promise<Result<void>>;
  pause(): Promise<Result<void>>;
  resume(): Promise<Result<void>>;
  cancel(): Promise<Result<void>>;
  remove(file: string): Promise<Result<void>>;
  /** Refused with printhost.no-commands where the host has no way to. */
  heatersOff(): Promise<Result<void>>;
  /** Goes out before anything else is waited for. */
  emergencyStop(): Promise<Result<void>>;
  send(command: string): Promise<Result<readonly string[]>>;
  close(): void;
}
