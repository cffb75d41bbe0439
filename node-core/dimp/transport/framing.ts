// What the station and its clients see of a transport: payloads come in and are confirmed, payloads go out and are
// acknowledged. A framing is a pure state machine over bytes and time; whoever owns the socket writes what it returns.

import type { Bytes } from '../../base/index.ts';

export type FramingKind = 'mtp' | 'websocket' | 'mars';

/** A payload that came in; `reference` is what confirm() wants. */
export type Payload = { readonly bytes: Bytes; readonly reference: unknown };

/** Why a connection must end; `bye` is the peer's own wish. */
export type CloseReason = 'bye' | 'malformed' | 'tooLarge' | 'silent' | 'unacknowledged';

/** What follows from bytes that came in or from time that passed. */
export type Heard = {
  readonly payloads: readonly Payload[];
  /** Bytes to write now, in order. */
  readonly out: readonly Bytes[];
  /** Tokens of payloads that the peer has. */
  readonly acknowledged: readonly number[];
  /** After this the framing is done: write `out`, then end the connection. */
  readonly close?: CloseReason;
};

export interface Framing {
  readonly kind: FramingKind;
  receive(bytes: Bytes, nowMs: number): Heard;
  /** Frames a payload. `token` comes back once; `signature` is the message's own, which some peers acknowledge by. */
  send(payload: Bytes, token: number, nowMs: number, signature?: string): Bytes;
  /** Tells the peer that a payload is safe here; undefined where its framing has no word for it. */
  confirm(reference: unknown): Bytes | undefined;
  /** To be called every few seconds. */
  tick(nowMs: number): Heard;
  /** Asks the peer to go; undefined where the framing has no word for it. */
  goodbye(): Bytes | undefined;
}

/** The same shape while it is filled. */
export type HeardDraft = {
  readonly payloads: Payload[];
  readonly out: Bytes[];
  readonly acknowledged: number[];
  close?: CloseReason;
};

export function createHeard(): HeardDraft {
  return { payloads: [], out: [], acknowledged: [] };
}
