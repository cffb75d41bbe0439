// The ways in which a machine can be connected, and what each of them can and cannot do. Whoever matches jobs to machines
// or tells an owner what to expect asks here.

import type { GcodeDialect } from '../records/index.ts';

export const CONNECTION_KINDS = [
  'virtual',
  'serial',
  'grbl',
  'moonraker',
  'octoprint',
  'prusalink',
  'bambu',
] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];
/** A program in the network has the printer and takes whole files. */
export type NetworkKind = 'moonraker' | 'octoprint' | 'prusalink' | 'bambu';
/** A board at the end of a cable, which is fed line by line. */
export type CableKind = 'serial' | 'grbl';

export type ConnectionTraits = {
  /**
   * The print file can be released piece by piece while it prints. False: the whole file is handed to a program in the
   * network, where it lies readable until the print is over.
   */
  readonly secureStreaming: boolean;
  /** False: the most the console can do is cancel the print. */
  readonly emergencyStop: boolean;
  /** Takes single commands of the owner's. */
  readonly commands: boolean;
  readonly process: 'printing' | 'cutting';
  /** The machine stores what it is sent, and nobody but its owner can tell whether it was removed: no files of others. */
  readonly keepsFiles: boolean;
};

const TRAITS: Readonly<Record<ConnectionKind, ConnectionTraits>> = {
  virtual: {
    secureStreaming: true,
    emergencyStop: true,
    commands: true,
    process: 'printing',
    keepsFiles: false,
  },
  serial: {
    secureStreaming: true,
    emergencyStop: true,
    commands: true,
    process: 'printing',
    keepsFiles: false,
  },
  grbl: {
    secureStreaming: false,
    emergencyStop: true,
    commands: true,
    process: 'cutting',
    keepsFiles: false,
  },
  moonraker: {
    secureStreaming: false,
    emergencyStop: true,
    commands: true,
    process: 'printing',
    keepsFiles: false,
  },
  octoprint: {
    secureStreaming: false,
    emergencyStop: true,
    commands: true,
    process: 'printing',
    keepsFiles: false,
  },
  prusalink: {
    secureStreaming: false,
    emergencyStop: false,
    commands: false,
    process: 'printing',
    keepsFiles: false,
  },
  bambu: {
    secureStreaming: false,
    emergencyStop: false,
    commands: true,
    process: 'printing',
    keepsFiles: true,
  },
};

export function connectionTraits(kind: ConnectionKind): ConnectionTraits {
  return TRAITS[kind];
}

export function isNetworkKind(kind: ConnectionKind): kind is NetworkKind {
  return kind === 'moonraker' || kind === 'octoprint' || kind === 'prusalink' || kind === 'bambu';
}

export function isCableKind(kind: ConnectionKind): kind is CableKind {
  return kind === 'serial' || kind === 'grbl';
}

const NAMES: readonly (readonly [RegExp, GcodeDialect])[] = [
  [/klipper/i, 'klipper'],
  [/repetier/i, 'repetier'],
  [/smoothie/i, 'smoothie'],
  [/prusa/i, 'prusa'],
];

/** What a machine reads, by how it is connected and what its firmware calls itself; Marlin's where nothing is known. */
export function dialectOf(kind: ConnectionKind, firmware: string): GcodeDialect {
  if (kind === 'moonraker') return 'klipper';
  if (kind === 'prusalink') return 'prusa';
  return NAMES.find(([name]) => name.test(firmware))?.[1] ?? 'marlin';
}
