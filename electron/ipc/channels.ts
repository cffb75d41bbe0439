// The contract between the desktop shell and its pages: one entry for each message, with the schema of what is sent.
// The core's API is not here; it runs over the port that `core.connect` asks for.

import { z } from 'zod';

const nothing = z.undefined();
/** What a save dialog may be asked to write, in bytes: an evidence file with its attachments. */
const FILE_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/** A line or two: what is longer, systems cut. */
const words = z.string().min(1).max(400);
/** A page, and one thing on it: no query, so that a click shows and does not ask. */
const NOTICE_PATH = /^\/(messages|orders|farm)(\/[A-Za-z0-9%._~!'()*-]{1,200})?$/;

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
  /** Tells of something in the system's way; one of a tag takes the place of the one before. */
  'notice.show': z.object({
    tag: z.string().min(1).max(200),
    text: words,
    /** The same without names and words of others, for a screen that is locked. */
    plain: words,
    /** Where a click leads. */
    path: z.string().regex(NOTICE_PATH),
    /** Stays until it is answered, where the system has that. */
    stays: z.boolean(),
  }),
  'notice.close': z.object({ tag: z.string().min(1).max(200) }),
  /** How many messages wait, at the program's icon where the system shows that. */
  'badge.set': z.object({ count: z.int().min(0).max(99_999) }),
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
  'notice.show': { readonly shown: boolean };
  'notice.close': undefined;
  'badge.set': { readonly shown: boolean };
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
