// One connection of a station: its framing, who it has proven to be, and what is to be confirmed when it is safe.

import type { Bytes } from '../../base/index.ts';
import type { DimpId } from '../index.ts';
import type { Framing, Payload } from '../transport/index.ts';
import type { Outlet } from './mailboxes.ts';

/** The socket, as the station sees it. Nothing of it throws. */
export interface Wire {
  readonly remote: { readonly address: string; readonly port: number };
  write(bytes: Bytes): void;
  /** Bytes written and not taken by the network yet. */
  writtenBytes(): number;
  /** Stops reading for a while: the sender is faster than it may be. */
  pause(delayMs: number): void;
  /** Writes what is to be written, then ends. */
  end(): void;
}

export type Connection = {
  readonly wire: Wire;
  readonly framing: Framing;
  readonly outlet: Outlet;
  readonly openedMs: number;
  /** 32 random bytes in hexadecimal that the peer must sign; made when it first asks. */
  challenge?: string;
  /** Who is here, proven by a signature over the challenge. */
  user?: DimpId;
  /** A station on the operator's list: what it brings has other senders. */
  isNeighbour: boolean;
  /** A connection that this station made to a neighbour, which is to let it in. */
  readonly dialled?: DimpId;
  /** Says that acknowledgements of the framing are enough. */
  wantsReceipts: boolean;
  /** What came before the login and waits for it. */
  readonly suspended: Payload[];
  readonly unconfirmed: unknown[];
  payloads: number;
  /** Messages that wait for what their sender has locked. */
  held: number;
  strikes: number;
  isClosed: boolean;
};

export function createConnection(
  wire: Wire,
  framing: Framing,
  nowMs: () => number,
  dialled?: DimpId,
): Connection {
  const outlet: Outlet = {
    write: ({ number, text, signature }) =>
      wire.write(framing.send(new TextEncoder().encode(text), number, nowMs(), signature)),
    writtenBytes: () => wire.writtenBytes(),
  };
  return {
    wire,
    framing,
    outlet,
    openedMs: nowMs(),
    isNeighbour: false,
    wantsReceipts: true,
    suspended: [],
    unconfirmed: [],
    payloads: 0,
    held: 0,
    strikes: 0,
    isClosed: false,
    ...(dialled === undefined ? {} : { dialled }),
  };
}
