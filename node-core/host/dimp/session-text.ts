// Sessions of MLS as texts, to be sealed and stored.

import { base64 } from '../../base/index.ts';
import type { Carried, OutgoingSession, Session } from '../../dimp/mls/index.ts';

/** A session of somebody else's, and how this device stands in it. */
export type IncomingState = {
  readonly session: Session;
  /** Messages opened with the keys that this device joined with. */
  readonly openedCount: number;
  /** A fresh package was sent to its owner. */
  readonly hasOffered: boolean;
};

type Stored<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };
type StoredCarried = { epoch: number; commit?: string; welcome?: string };

export function sessionToText(value: OutgoingSession | IncomingState): string {
  if ('session' in value) return JSON.stringify({ ...value, session: encode(value.session) });
  const carried = value.carried.map(
    ({ epoch, commit, welcome }): StoredCarried => ({
      epoch,
      ...(commit === undefined ? {} : { commit: base64.encode(commit) }),
      ...(welcome === undefined ? {} : { welcome: base64.encode(welcome) }),
    }),
  );
  return JSON.stringify({ ...value, ...encode(value), carried });
}

const encode = ({ id, peer, state }: Session): Stored<Session> => ({ id, peer, state: base64.encode(state) });
const decode = ({ id, peer, state }: Stored<Session>): Session => ({ id, peer, state: bytesOf(state) });
const bytesOf = (text: string) => new Uint8Array(base64.decode(text));

/** Undefined where there is none, or where it was sealed under another vault. */
export function parseOutgoing(text: string | undefined): OutgoingSession | undefined {
  if (text === undefined || text === '') return undefined;
  const stored = JSON.parse(text) as Omit<Stored<OutgoingSession>, 'carried'> & {
    carried: readonly StoredCarried[];
  };
  const carried = stored.carried.map(
    ({ epoch, commit, welcome }): Carried => ({
      epoch,
      ...(commit === undefined ? {} : { commit: bytesOf(commit) }),
      ...(welcome === undefined ? {} : { welcome: bytesOf(welcome) }),
    }),
  );
  return { ...stored, ...decode(stored), carried };
}

export function parseIncoming(text: string | undefined): IncomingState | undefined {
  if (text === undefined || text === '') return undefined;
  const stored = JSON.parse(text) as Omit<IncomingState, 'session'> & { session: Stored<Session> };
  return { ...stored, session: decode(stored.session) };
}
