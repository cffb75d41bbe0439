// What the driver of a Bambu Lab printer needs of the network: the printer's own message broker and its file store. The
// real one is in host/adapters (MQTT over TLS, FTPS, a pinned certificate); a simulated one in devices/testing.

import type { Bytes, Result } from '../../base/index.ts';

/** A session with the broker, subscribed to what this printer reports. */
export interface BambuBus {
  /** Resolves once the broker has taken it; it is not sent again by itself. */
  publish(text: string): Promise<Result<void>>;
  onText(listener: (text: string) => void): void;
  /** Called once, also where it was closed before. */
  onClose(listener: () => void): void;
  close(): void;
}

export type BambuLimit = { readonly timeoutMs: number; readonly signal?: AbortSignal };

export interface BambuLan {
  openBus(limit: BambuLimit): Promise<Result<BambuBus>>;
  /** Overwrites nothing: names are random. */
  putFile(name: string, pieces: readonly Bytes[], limit: BambuLimit): Promise<Result<void>>;
  /** Ok where it is not there. */
  deleteFile(name: string, limit: BambuLimit): Promise<Result<void>>;
}
