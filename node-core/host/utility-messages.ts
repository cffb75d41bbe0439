// What the desktop shell and the core process say to each other. Everything else runs over the ports handed to pages.

import type { Fault } from '../base/index.ts';

export type ToCore =
  /** The first message. The secret seals this console's keys and is never written by the core. */
  | {
      readonly type: 'open';
      readonly dataPath: string;
      readonly demo: boolean;
      readonly vaultSecret: Uint8Array;
      /** Program and first arguments that start the watchdog, where the program running this has no Node mode. */
      readonly watchdog?: readonly string[];
    }
  /** Comes with one port, which from then on carries the API for one page. */
  | { readonly type: 'connect' }
  /** Ends the core after what is under way is safe on disk. */
  | { readonly type: 'close' };

export type FromCore =
  | { readonly type: 'ready' }
  /** The core cannot open; starting it again would not help. */
  | { readonly type: 'refused'; readonly fault: Fault }
  | { readonly type: 'activity'; readonly activePrinters: number };
