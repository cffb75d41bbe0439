// The contract between the desktop shell and its pages: one entry for each message, with the schema of what is sent.
// The core's API is not here; it runs over the port that `core.connect` asks for.

import { z } from 'zod';

const nothing = z.undefined();
/** What a save dialog may be asked to write, in bytes: an evidence file with its attachments. */
const FILE_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/** Requests of the pages, answered by the shell. */
export const REQUESTS = {
  /** Hands the page a new port to the core; it arrives as a window message `dipnet:port`. */
  'core.connect': nothing,
  'shell.info': nothing,
  /** Asks where to save, and saves. */
  'file.save': z.object({
    fileName: z
      .string()
      .min(1)
      .max(120)
      .regex(/^[^\\/:*?"<>|]+$/)
      // Control characters could hide the real ending of a name.
      .refine((name) => [...name].every((letter) => letter >= ' ' && letter !== '\u007f')),
    data: z.custom<Uint8Array>((data) => data instanceof Uint8Array && data.length <= FILE_SIZE_BYTES_MAX),
  }),
  /** Opens an address of the allow-list in the person's own browser. */
  'link.open': z.object({ url: z.string().max(2000) }),
  /** Shows the data folder in the system's file manager. */
  'folder.open': nothing,
  /** Restarts into the update that was downloaded. */
  'update.install': nothing,
} as const;

export type RequestChannel = keyof typeof REQUESTS;
export type RequestInput<C extends RequestChannel> = z.infer<(typeof REQUESTS)[C]>;

export type ShellInfo = {
  readonly version: string;
  readonly platform: string;
  /** `system`: secrets are sealed by the operating system's key store. `plain`: there is none, they are only hidden. */
  readonly vault: 'system' | 'plain';
  readonly update: UpdateState;
};

/** `off`: this build does not update itself. */
export type UpdateState = 'off' | 'none' | 'downloading' | 'ready';

export type RequestOutputs = {
  'core.connect': undefined;
  'shell.info': ShellInfo;
  'file.save': { readonly saved: boolean };
  'link.open': { readonly opened: boolean };
  'folder.open': { readonly opened: boolean };
  'update.install': { readonly installing: boolean };
};

/** What crosses back: errors lose everything but their text on the way, so refusals travel as data. */
export type Reply<C extends RequestChannel> =
  | { readonly ok: true; readonly value: RequestOutputs[C] }
  | { readonly ok: false; readonly code: 'shell.refused' | 'shell.invalid' | 'shell.failed' };

/** News of the shell for its pages. */
export type ShellEvents = {
  'shell.update': UpdateState;
};

/** The channel on which the port to the core arrives in the preload script. */
export const PORT_CHANNEL = 'dipnet:port';
